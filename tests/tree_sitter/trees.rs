//! A text as the two grammars read it, in one form: its nodes in their order, with depth and place.

use std::fmt;

use pest::Parser as _;
use pest::iterators::Pair;
use tree_sitter::TreeCursor;

use self::grammar::{Grammar, Rule};
use self::scan::{DEEPEST, Trust};

/// What makes texts of others DQDL's own before the compiler's grammar reads them.
#[path = "../../src/syntax/dqdl/scan.rs"]
mod scan;

/// The compiler's grammar once more: its own is not for others to see.
mod grammar {
    #![allow(unreachable_pub, missing_docs, clippy::pedantic, reason = "derived")]

    #[derive(pest_derive::Parser)]
    #[grammar = "grammar/dqdl.pest"]
    pub struct Grammar;
}

/// A node that both grammars have, under the name that it has for editors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    depth: usize,
    name: &'static str,
    start: usize,
    /// Of what has no nodes inside: others end with their last sign, of which the compiler's grammar keeps no record.
    end: Option<usize>,
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:indent$}{} {}", "", self.name, self.start, indent = 2 * self.depth)?;
        self.end.map_or(Ok(()), |end| write!(f, "..{end}"))
    }
}

/// What the compiler's grammar reads; `None` if it rejects the text, or if the text does not get as far.
pub fn compiler(text: &str) -> Option<Vec<Node>> {
    let scanned = scan::scan(text, Trust::Trusting);
    if scanned.open_string || scanned.too_deep.is_some() {
        return None;
    }
    let mut nodes = Vec::new();
    for pair in Grammar::parse(Rule::document, &scanned.clean).ok()? {
        push_pair(&pair, 0, &mut nodes);
    }
    Some(nodes)
}

/// Whether the compiler gives up because of brackets in brackets, which editors do not count.
pub fn is_too_deep(text: &str) -> bool {
    text.matches(['(', '[', '{']).count() > DEEPEST && scan::scan(text, Trust::Trusting).too_deep.is_some()
}

/// What the editors' grammar reads; `None` if there is an error in it.
pub fn editor(parser: &mut tree_sitter::Parser, text: &str) -> Option<Vec<Node>> {
    let tree = parser.parse(text, None).expect("the parser has a language and no limit");
    (!tree.root_node().has_error()).then(|| nodes(&tree))
}

/// The nodes of a tree of the editors' grammar.
pub fn nodes(tree: &tree_sitter::Tree) -> Vec<Node> {
    let mut nodes = Vec::new();
    push_node(&mut tree.walk(), 0, &mut nodes);
    nodes
}

/// How a rule of the compiler's grammar is seen.
enum Seen {
    /// A node with others inside.
    Inner(&'static str),
    /// A node that is looked at as a whole.
    Leaf(&'static str),
    /// Only what is inside.
    Through,
    Nothing,
}

use Seen::{Inner, Leaf, Nothing, Through};

fn push_pair(pair: &Pair<'_, Rule>, depth: usize, nodes: &mut Vec<Node>) {
    let span = pair.as_span();
    let node = |name, end| Node { depth, name, start: span.start(), end };
    let inside = match seen(pair) {
        Nothing => return,
        Through => depth,
        Leaf(name) => {
            nodes.push(node(name, Some(end(pair))));
            return;
        }
        Inner(name) => {
            nodes.push(node(name, (name == "number").then(|| end(pair))));
            depth + 1
        }
    };
    pair.clone().into_inner().for_each(|inner| push_pair(&inner, inside, nodes));
}

/// Where the last sign of a pair ends: blanks behind it belong to it where something may follow that does not.
fn end(pair: &Pair<'_, Rule>) -> usize {
    if let Some(last) = pair.clone().into_inner().last() {
        return last.as_span().end();
    }
    let span = pair.as_span();
    if pair.as_rule() != Rule::comparison_sign {
        return span.end();
    }
    let mut is_comment = false;
    let signs = span.as_str().char_indices().filter(|(_, c)| {
        is_comment = (is_comment || *c == '#') && *c != '\n';
        !is_comment && "!<>=".contains(*c)
    });
    span.start() + signs.last().map_or(0, |(at, _)| at + 1)
}

fn seen(pair: &Pair<'_, Rule>) -> Seen {
    let is_one = || pair.clone().into_inner().count() == 1;
    match pair.as_rule() {
        Rule::document => Inner("source_file"),
        Rule::metadata => Inner("metadata"),
        Rule::data_sources => Inner("data_sources"),
        Rule::default_labels => Inner("default_labels"),
        Rule::rules => Inner("rules"),
        Rule::analyzers => Inner("analyzers"),
        Rule::constant => Inner("constant"),
        Rule::constant_list => Inner("constant_list"),
        Rule::dictionary => Inner("dictionary"),
        Rule::pair => Inner("pair"),
        Rule::text_list => Inner("text_list"),
        Rule::rule_list => Inner("rule_list"),
        Rule::any_of if !is_one() => Inner("any_of"),
        Rule::all_of if !is_one() => Inner("all_of"),
        Rule::group => Inner("group"),
        Rule::rule => Inner("rule"),
        Rule::filter => Inner("filter"),
        Rule::labels => Inner("labels"),
        Rule::tag => Inner("tag"),
        Rule::tag_list => Inner("tag_list"),
        Rule::label_list => Inner("label_list"),
        Rule::label => Inner("label"),
        Rule::between => Inner("between"),
        Rule::within => Inner("within"),
        Rule::matches => Inner("matches"),
        Rule::comparison => Inner("comparison"),
        Rule::list => Inner("list"),
        Rule::round_list => Inner("round_list"),
        Rule::operand if !is_one() => Inner("arithmetic"),
        Rule::parenthesized => Inner("parenthesized"),
        Rule::word if !is_one() => Inner("function_call"),
        Rule::arguments => Inner("arguments"),
        Rule::number => Inner("number"),
        Rule::variable => Inner("variable"),
        Rule::rule_type => Leaf("rule_type"),
        Rule::column => Leaf("column"),
        Rule::tag_name | Rule::repeated_tag => Leaf("tag_name"),
        Rule::label_word => Leaf("label_word"),
        Rule::comparison_sign => Leaf("comparison_sign"),
        Rule::arithmetic_sign => Leaf("arithmetic_sign"),
        Rule::word => Leaf("word"),
        Rule::now => Leaf("now"),
        Rule::keyword => Leaf("keyword"),
        Rule::unit => Leaf("unit"),
        Rule::identifier => Leaf("identifier"),
        Rule::string => Leaf("string"),
        Rule::connector => Leaf("connector"),
        Rule::metadata_word => Leaf("Metadata"),
        Rule::data_sources_word => Leaf("DataSources"),
        Rule::default_labels_word => Leaf("DefaultLabels"),
        Rule::rules_word => Leaf("Rules"),
        Rule::analyzers_word => Leaf("Analyzers"),
        Rule::and_word => Leaf("and"),
        Rule::or_word => Leaf("or"),
        Rule::not_word => Leaf("not"),
        Rule::between_word => Leaf("between"),
        Rule::in_word => Leaf("in"),
        Rule::matches_word => Leaf("matches"),
        Rule::where_word => Leaf("where"),
        Rule::labels_word => Leaf("labels"),
        Rule::with_word => Leaf("with"),
        Rule::equals | Rule::colon => Leaf("="),
        Rule::comma | Rule::separator | Rule::trailing_comma => Leaf(","),
        Rule::any_of | Rule::all_of | Rule::operand => Through,
        Rule::constant_text | Rule::label_text | Rule::parameter | Rule::condition => Through,
        Rule::sign | Rule::number_word | Rule::EOI => Nothing,
        Rule::WHITESPACE | Rule::COMMENT | Rule::lone_rule | Rule::lone_part | Rule::part | Rule::term | Rule::known_unit => {
            Nothing
        }
        Rule::reserved_after_number | Rule::clause_ahead | Rule::word_char | Rule::reserved => Nothing,
    }
}

/// Nodes of the editors' grammar that are looked at as a whole.
static LEAVES: &[&str] = &[
    "rule_type",
    "column",
    "tag_name",
    "label_word",
    "comparison_sign",
    "arithmetic_sign",
    "word",
    "now",
    "keyword",
    "unit",
    "identifier",
    "string",
    "connector",
];

fn push_node(cursor: &mut TreeCursor<'_>, depth: usize, nodes: &mut Vec<Node>) {
    let here = cursor.node();
    let (kind, range) = (here.kind(), here.byte_range());
    let name = match kind {
        "comment" | "[" | "]" | "(" | ")" | "{" | "}" | "$" | "-" | "+" => return,
        "&&" => "and",
        "||" => "or",
        "==" | ":" => "=",
        ";" => ",",
        _ => kind,
    };
    let is_leaf = LEAVES.contains(&kind) || !here.is_named();
    let end = (is_leaf || kind == "number").then_some(range.end);
    // A document begins where the text does.
    let start = if kind == "source_file" { 0 } else { range.start };
    nodes.push(Node { depth, name, start, end });
    if !is_leaf && cursor.goto_first_child() {
        loop {
            push_node(cursor, depth + 1, nodes);
            if !cursor.goto_next_sibling() {
                break;
            }
        }
        cursor.goto_parent();
    }
}
