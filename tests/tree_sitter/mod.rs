//! The grammar for editors (`editors/tree-sitter-dqdl/`) in step with the compiler's: both read every text alike, its parser is
//! what was generated from it, its queries and its corpus hold.

mod corpus;
mod mutants;
mod queries;
mod source;
mod texts;
mod trees;
mod words;

use std::path::Path;

use libtest_mimic::Trial;
use tree_sitter::{InputEdit, Point};

use crate::fuzz::properties::choices::Random;
use crate::support::diff;
use trees::Node;

pub use corpus::update as update_corpus;

/// How many texts by chance of each kind are read.
const MUTANTS: usize = 4000;

/// A trial for each promise.
pub fn trials(root: &Path) -> Vec<Trial> {
    let promises: [(&str, fn(&Path) -> Vec<String>); 8] = [
        ("both grammars read every text alike", every_text),
        ("both grammars read every word alike, wherever it stands", words::faults),
        ("both grammars read texts near those alike", near_texts),
        ("after an edit a text is read as if it were new", edits),
        ("the corpus has the trees that are read", corpus::faults),
        ("the queries fit and no word is without colour", queries::faults),
        ("the parser was generated from the grammar as it is", source::stale),
        ("the scanner's tokens are the grammar's", source::scanner),
    ];
    promises
        .into_iter()
        .map(|(name, check)| {
            let root = root.to_path_buf();
            Trial::test(format!("tree-sitter {name}"), move || {
                let faults = check(&root);
                if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
            })
        })
        .collect()
}

/// A parser of the editors' grammar.
fn parser() -> tree_sitter::Parser {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_dqdl::LANGUAGE.into()).expect("the runtime takes the parser's version");
    parser
}

fn every_text(root: &Path) -> Vec<String> {
    let mut parser = parser();
    let (mut faults, mut accepted, mut rejected) = (Vec::new(), 0, 0);
    for (place, text) in texts::all(root) {
        if trees::is_too_deep(&text) {
            continue;
        }
        let read = trees::compiler(&text);
        *if read.is_some() { &mut accepted } else { &mut rejected } += 1;
        faults.extend(difference(&mut parser, read, &text).map(|fault| format!("{place}: {fault}")));
    }
    if accepted < 600 || rejected < 50 {
        faults.push(format!("{accepted} texts without and {rejected} with errors were read only"));
    }
    faults
}

fn near_texts(root: &Path) -> Vec<String> {
    let mut parser = parser();
    let mut random = Random(41);
    let all = texts::all(root);
    let valid = short_and_valid(&all);
    let (mut faults, mut accepted) = (Vec::new(), 0);
    for round in 0..2 * MUTANTS {
        let text = if round % 2 == 0 { mutants::mutant(&valid, &mut random) } else { mutants::strewn(&mut random) };
        if is_beyond(&text) {
            continue;
        }
        let read = trees::compiler(&text);
        accepted += usize::from(read.is_some());
        faults.extend(difference(&mut parser, read, &text));
    }
    if accepted < MUTANTS / 8 {
        faults.push(format!("{accepted} of {} texts were without errors only", 2 * MUTANTS));
    }
    faults
}

/// What the editors' grammar does not hold for, all of it far from any ruleset: brackets beyond the compiler's limit; a NUL, which the
/// runtime takes for the end; `--`, which is a comment or two signs by the character before, which a scanner cannot see.
fn is_beyond(text: &str) -> bool {
    text.contains('\0') || text.contains("--") || trees::is_too_deep(text)
}

fn short_and_valid(texts: &[(String, String)]) -> Vec<&str> {
    texts.iter().map(|(_, text)| text.as_str()).filter(|text| text.len() < 600 && trees::compiler(text).is_some()).collect()
}

/// How the editors' grammar reads a text otherwise than the compiler's.
fn difference(parser: &mut tree_sitter::Parser, read: Option<Vec<Node>>, text: &str) -> Option<String> {
    let other = trees::editor(parser, text);
    let shown = |nodes: Option<Vec<Node>>| match nodes {
        None => "an error\n".to_owned(),
        Some(nodes) => nodes.iter().fold(String::new(), |shown, node| format!("{shown}{node}\n")),
    };
    (read != other).then(|| format!("{text}\nthe compiler (-) and editors (+):\n{}", diff::lines(&shown(read), &shown(other))))
}

/// The parser keeps what an edit has not touched: what a word is may depend on text far behind it.
fn edits(root: &Path) -> Vec<String> {
    let mut parser = parser();
    let mut random = Random(42);
    let all = texts::all(root);
    let valid = short_and_valid(&all);
    let mut faults = Vec::new();
    for _ in 0..MUTANTS / 2 {
        let before = valid[random.below(valid.len())];
        let after = mutants::mutant(&[before], &mut random);
        let mut tree = parser.parse(before, None).expect("the parser has a language and no limit");
        tree.edit(&edit(before, &after));
        let tree = parser.parse(&after, Some(&tree)).expect("the parser has a language and no limit");
        let fresh = parser.parse(&after, None).expect("the parser has a language and no limit");
        // From an error there may be several ways out.
        if !fresh.root_node().has_error() && trees::nodes(&tree) != trees::nodes(&fresh) {
            faults.push(format!("{before}\nbecomes\n{after}\nwhich is read otherwise than if it were new"));
        }
    }
    faults
}

/// From one text to another: what they have in common at both ends stays.
fn edit(before: &str, after: &str) -> InputEdit {
    let same = |(one, other): &(u8, u8)| one == other;
    let start = before.bytes().zip(after.bytes()).take_while(same).count();
    let (old, new) = (&before.as_bytes()[start..], &after.as_bytes()[start..]);
    let end = old.iter().copied().rev().zip(new.iter().copied().rev()).take_while(same).count();
    let (old_end, new_end) = (before.len() - end, after.len() - end);
    InputEdit {
        start_byte: start,
        old_end_byte: old_end,
        new_end_byte: new_end,
        start_position: point(before, start),
        old_end_position: point(before, old_end),
        new_end_position: point(after, new_end),
    }
}

fn point(text: &str, at: usize) -> Point {
    let before = &text.as_bytes()[..at];
    let last = before.split(|byte| *byte == b'\n').next_back().unwrap_or_default();
    Point { row: before.split(|byte| *byte == b'\n').count() - 1, column: last.len() }
}
