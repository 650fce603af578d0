//! What holds for the whole of DQDL's syntax.

use std::path::Path;

use proptest::prelude::*;

use super::ast::{
    ArithmeticOp, CompareOp, Composite, Condition, ConditionKind, Duration, DurationUnit, Ident, Keyword, LabelPair, Logic,
    Operand, OperandKind, Parameter, ParameterValue, Rule, RuleNode, Ruleset, Set, SizeUnit, StringLit, Tag,
};
use super::{Dialect, format, parse, rule_text, simple_rule_text};
use crate::diag::{Diagnostic, Safety, Severity, Sink};
use crate::source::{EmbedMap, SourceMap, Span};

/// Parses a text as a file of its own.
fn read(text: &str, dialect: Dialect) -> (Ruleset, Vec<Diagnostic>) {
    let mut map = SourceMap::default();
    let file = map.add("rules.dqdl", text);
    let mut sink = Sink::default();
    let ruleset = parse(text, &EmbedMap::file(file, text.len()), dialect, &mut sink);
    (ruleset, sink.finish(&map))
}

fn is_ok(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().all(|diagnostic| diagnostic.severity != Severity::Error)
}

/// The canonical texts of the rules.
fn texts(ruleset: &Ruleset) -> Vec<String> {
    ruleset.rules.iter().flat_map(|section| &section.items).map(rule_text).collect()
}

fn shown(text: &str, diagnostics: &[Diagnostic]) -> String {
    let line = |d: &Diagnostic| {
        let at = d.primary().map(|label| label.span.range()).unwrap_or_default();
        format!("  {}[{}] {:?}: {} | {}", d.severity.name(), d.code.number, &text[at], d.message, d.helps.join(". "))
    };
    diagnostics.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// The cases that are rejected for what a rule type takes: not a matter of syntax.
static VOCABULARY: &[&str] = &[
    "customsql-025",
    "syntax-055",
    "seed-009",
    "invalid-024",
    "invalid-025",
    "invalid-028",
    "invalid-029",
    "invalid-030",
    "invalid-031",
    "invalid-032",
    "invalid-034",
    "invalid-035",
    "invalid-036",
    "invalid-037",
    "invalid-038",
    "invalid-039",
    "invalid-040",
    "invalid-041",
    "invalid-042",
    "invalid-043",
    "invalid-044",
    "invalid-045",
    "invalid-046",
    "invalid-047",
    "invalid-049",
    "invalid-050",
    "invalid-051",
    "invalid-052",
    "invalid-053",
    "invalid-056",
    "invalid-057",
    "invalid-058",
    "invalid-060",
    "invalid-061",
    "invalid-110",
    "invalid-143",
    "invalid-144",
    "invalid-150",
    "invalid-151",
    "invalid-153",
    "invalid-154",
    "invalid-155",
    "invalid-158",
    "invalid-159",
    "invalid-164",
    "invalid-166",
    "invalid-169",
    "invalid-173",
    "invalid-174",
    "invalid-181",
    "invalid-182",
    "invalid-184",
    "invalid-248",
    "invalid-250",
    "invalid-252",
    "invalid-275",
    "invalid-277",
    "invalid-280",
    "invalid-283",
    "invalid-284",
    "invalid-287",
];

/// Runs the conformance cases at the path in `DQDL_CASES`, if it is set: what AWS's parser accepts, and how it prints rules.
#[test]
fn conformance() {
    let Some(path) = std::env::var_os("DQDL_CASES") else { return };
    let cases: serde_json::Value = serde_json::from_slice(&std::fs::read(Path::new(&path)).unwrap()).unwrap();
    let mut wrong = Vec::new();
    for case in cases.as_array().unwrap() {
        let (id, text) = (case["id"].as_str().unwrap(), case["ruleset"].as_str().unwrap());
        let expect_ok = case["expect"]["parse"] == "ok";
        let mark = if case["doubtful"] == true { " (doubtful)" } else { "" };
        let (ruleset, diagnostics) = read(text, Dialect::Strict);
        if is_ok(&diagnostics) != expect_ok && !VOCABULARY.contains(&id) {
            wrong.push(format!("{id}{mark}: AWS {expect_ok}\n{text}\n{}", shown(text, &diagnostics)));
        }
        let (lenient, loose) = read(text, Dialect::Superset);
        if expect_ok && (!is_ok(&loose) || texts(&lenient) != texts(&ruleset)) {
            wrong.push(format!("{id}{mark}: superset differs\n{text}\n{}", shown(text, &loose)));
        }
        if let Some(rules) = case["expect"]["rules"].as_array() {
            let wanted: Vec<_> = rules.iter().map(|rule| rule["rule"].as_str().unwrap()).collect();
            if wanted != texts(&ruleset) {
                wrong.push(format!("{id}{mark}: printed\n{:#?}\nAWS\n{wanted:#?}", texts(&ruleset)));
            }
        }
    }
    assert!(wrong.is_empty(), "{} disagreements\n\n{}", wrong.len(), wrong.join("\n\n"));
}

#[test]
fn analyzers_print_too() {
    let (ruleset, diagnostics) = read("Analyzers = [ Distribution \"Age\" with bins = 10, rebin = false ]", Dialect::Strict);
    assert!(is_ok(&diagnostics), "{diagnostics:#?}");
    let analyzers: Vec<_> = ruleset.analyzers.iter().flat_map(|section| &section.items).map(simple_rule_text).collect();
    assert_eq!(analyzers, ["Distribution \"Age\" with bins = 10 with rebin = \"false\""]);
}

// ── Properties ──────────────────────────────────────────────────────────────────────────────────────────────────────

/// The tree without its places.
fn tree(ruleset: &Ruleset) -> String {
    without_spans(&format!("{ruleset:?}"))
}

fn without_spans(tree: &str) -> String {
    static SPANS: std::sync::LazyLock<regex::Regex> = std::sync::LazyLock::new(|| regex::Regex::new(r"Span \{[^}]*\}").unwrap());
    SPANS.replace_all(tree, "").into_owned()
}

fn column() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z_]{1,6}", "[a-z ]{1,4}[A-Zä#,']{0,3}"].prop_map(|name| format!("\"{name}\""))
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof!["-?[0-9]{1,4}", "-?[0-9]{1,3}\\.[0-9]{1,3}"]
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![number(), Just("last(3)".to_owned()), Just("NULL".to_owned())];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            (inner.clone(), "[-+*/]", inner.clone()).prop_map(|(left, sign, right)| format!("{left} {sign} {right}")),
            (inner.clone(), "[-+*/]", inner.clone()).prop_map(|(left, sign, right)| format!("({left} {sign} {right})")),
            inner.prop_map(|inner| format!("avg({inner})")),
        ]
    })
}

fn condition() -> impl Strategy<Value = String> {
    let not = prop_oneof![Just(""), Just("not ")];
    let date = prop_oneof![
        Just("now()".to_owned()),
        "\\(now\\(\\) [-+] [1-9][0-9]? (days|hours|minutes)\\)",
        "\"20[0-9]{2}-[01][0-9]-[0-3][0-9]\"",
        "\"1[0-2]:[0-5][0-9]\"",
    ];
    let quantity = prop_oneof!["[1-9][0-9]{0,3} (days|hours|minutes)", "[1-9][0-9]{0,3} (B|KB|MB|GB|TB)"];
    let text = prop_oneof![column(), Just("EMPTY".to_owned()), Just("WHITESPACES_ONLY".to_owned())];
    prop_oneof![
        ("(=|!=|>|>=|<|<=)", value()).prop_map(|(sign, value)| format!("{sign} {value}")),
        ("(=|!=|>|>=|<|<=)", date.clone()).prop_map(|(sign, value)| format!("{sign} {value}")),
        ("(=|!=)", text.clone()).prop_map(|(sign, value)| format!("{sign} {value}")),
        ("(=|>|<=)", quantity).prop_map(|(sign, value)| format!("{sign} {value}")),
        (not.clone(), value(), value()).prop_map(|(not, low, high)| format!("{not}between {low} and {high}")),
        (not.clone(), date.clone(), date).prop_map(|(not, low, high)| format!("{not}between {low} and {high}")),
        (not.clone(), prop::collection::vec(text, 1..4)).prop_map(|(not, list)| format!("{not}in [{}]", list.join(","))),
        (not.clone(), prop::collection::vec(number(), 1..9)).prop_map(|(not, list)| format!("{not}in [{}]", list.join(","))),
        not.clone().prop_map(|not| format!("{not}in $list")),
        (not, column()).prop_map(|(not, pattern)| format!("{not}matches {pattern}")),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    let parameters = prop::collection::vec(prop_oneof![column(), "[a-z]{3}[0-9]", Just("$name".to_owned())], 0..3);
    let clause = |text: &'static str| prop_oneof![Just(String::new()), Just(text.to_owned())];
    (
        "(RowCount|ColumnValues|Mean|Custom9)",
        parameters,
        prop::option::of(condition()),
        clause(" where \"a > 'x y' -- z\""),
        clause(" with threshold >= 0.5"),
        clause(" with format = \"yyyy\""),
    )
        .prop_map(|(kind, parameters, condition, filter, threshold, tag)| {
            let parameters = parameters.iter().fold(String::new(), |all, parameter| format!("{all} {parameter}"));
            let condition = condition.map_or_else(String::new, |condition| format!(" {condition}"));
            format!("{kind}{parameters}{condition}{filter}{threshold}{tag}")
        })
}

fn node() -> impl Strategy<Value = String> {
    rule().prop_recursive(3, 6, 3, |inner| {
        (prop::collection::vec(inner, 2..4), prop_oneof![Just(" AND "), Just(" OR ")])
            .prop_map(|(parts, operator)| parts.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(operator))
    })
}

/// A rule as it reads, and as its canonical text reads.
fn reread(rule: &str) -> (Ruleset, Ruleset) {
    let around = |rule: &str| format!("name = \"a\"\nlist = [\"a\"]\nRules = [\n    {rule}\n]\n");
    let strict = |text: &str| {
        let (ruleset, diagnostics) = read(text, Dialect::Strict);
        assert!(is_ok(&diagnostics), "{text}\n{}", shown(text, &diagnostics));
        ruleset
    };
    let first = strict(&around(rule));
    let second = strict(&around(&texts(&first).join(", ")));
    (first, second)
}

// Trees that no text was read from: what is printed of them reads as themselves.

fn nowhere() -> Span {
    Span::new(SourceMap::default().add("nowhere", ""), 0, 0)
}

fn literal() -> impl Strategy<Value = StringLit> {
    "[a-zA-Z][a-zA-Z_ äß#,']{0,8}".prop_map(|raw: String| StringLit { value: raw.clone(), raw, span: nowhere() })
}

fn word(text: &str) -> Ident {
    Ident { text: text.to_owned(), span: nowhere() }
}

fn operand(kind: OperandKind) -> Operand {
    Operand { kind, span: nowhere() }
}

fn number_tree() -> impl Strategy<Value = Operand> {
    let leaf = prop_oneof![
        "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?".prop_map(OperandKind::Number),
        Just(OperandKind::Keyword(Keyword::Null)),
    ];
    let operator =
        prop::sample::select(vec![ArithmeticOp::Add, ArithmeticOp::Subtract, ArithmeticOp::Multiply, ArithmeticOp::Divide]);
    leaf.prop_map(operand).prop_recursive(4, 10, 2, move |inner| {
        // One level that binds to the left: on the right, arithmetic stands in parentheses.
        let right = inner.clone().prop_map(|right| match right.kind {
            OperandKind::Arithmetic { .. } => operand(OperandKind::Parenthesized(Box::new(right))),
            _ => right,
        });
        let call = ("(last|avg|foo)", prop::collection::vec(inner.clone(), 1..3));
        prop_oneof![
            (operator.clone(), inner, right).prop_map(|(operator, left, right)| {
                operand(OperandKind::Arithmetic { operator, left: Box::new(left), right: Box::new(right) })
            }),
            call.prop_map(|(name, arguments)| operand(OperandKind::Call { name: word(&name), arguments })),
        ]
    })
}

fn date_tree() -> impl Strategy<Value = Operand> {
    let shifted = (1_u16..90, prop::sample::select(vec![DurationUnit::Days, DurationUnit::Hours, DurationUnit::Minutes]));
    prop_oneof![
        Just(OperandKind::Now),
        "20[0-9]{2}-0[1-9]-[12][0-9]".prop_map(OperandKind::Date),
        "1[0-9]:[0-5][0-9]".prop_map(OperandKind::Time),
        shifted.prop_map(|(amount, unit)| {
            let duration = operand(OperandKind::Duration(Duration { amount: amount.to_string(), unit }));
            let (left, right) = (Box::new(operand(OperandKind::Now)), Box::new(duration));
            let operator = ArithmeticOp::Subtract;
            OperandKind::Parenthesized(Box::new(operand(OperandKind::Arithmetic { operator, left, right })))
        }),
    ]
    .prop_map(operand)
}

fn size_tree() -> impl Strategy<Value = Operand> {
    let unit = prop::sample::select(vec![SizeUnit::B, SizeUnit::Kb, SizeUnit::Mb, SizeUnit::Gb, SizeUnit::Tb]);
    (1_u16..999, unit).prop_map(|(amount, unit)| operand(OperandKind::Size { amount: amount.to_string(), unit }))
}

fn text_tree() -> impl Strategy<Value = Operand> {
    prop_oneof![
        literal().prop_map(OperandKind::String),
        prop::sample::select(vec![Keyword::Empty, Keyword::WhitespacesOnly]).prop_map(OperandKind::Keyword),
    ]
    .prop_map(operand)
}

fn condition_tree() -> impl Strategy<Value = Condition> {
    use CompareOp::{Eq, Ge, Gt, Le, Lt, Ne};
    let order = || prop::sample::select(vec![Eq, Ne, Gt, Ge, Lt, Le]);
    let ordered = prop_oneof![number_tree(), date_tree(), size_tree()];
    prop_oneof![
        (order(), ordered).prop_map(|(operator, operand)| ConditionKind::Compare(operator, operand)),
        (prop::sample::select(vec![Eq, Ne]), text_tree())
            .prop_map(|(operator, operand)| ConditionKind::Compare(operator, operand)),
        (any::<bool>(), number_tree(), number_tree()).prop_map(|(negated, low, high)| ConditionKind::Between {
            negated,
            low,
            high
        }),
        (any::<bool>(), date_tree(), date_tree()).prop_map(|(negated, low, high)| ConditionKind::Between { negated, low, high }),
        (any::<bool>(), prop::collection::vec(text_tree(), 1..5))
            .prop_map(|(negated, values)| ConditionKind::In { negated, set: Set::Listed(values) }),
        (any::<bool>(), prop::collection::vec(number_tree(), 1..5))
            .prop_map(|(negated, values)| ConditionKind::In { negated, set: Set::Listed(values) }),
        any::<bool>().prop_map(|negated| ConditionKind::In { negated, set: Set::Variable(word("list")) }),
        (any::<bool>(), literal())
            .prop_map(|(negated, pattern)| ConditionKind::Matches { negated, pattern: operand(OperandKind::String(pattern)) }),
    ]
    .prop_map(|kind| Condition { kind, span: nowhere() })
}

fn parameter_tree() -> impl Strategy<Value = Parameter> {
    let connector = prop::option::of(prop::sample::select(vec!["of", "and", "AND"]).prop_map(word));
    prop_oneof![
        (connector, literal()).prop_map(|(connector, text)| (connector, ParameterValue::Quoted(text))),
        "[a-z]{3}[0-9]".prop_map(|name| (None, ParameterValue::Bare(name))),
        Just((None, ParameterValue::Variable("name".to_owned()))),
    ]
    .prop_map(|(connector, value)| Parameter { connector, value, span: nowhere() })
}

fn clauses_tree() -> impl Strategy<Value = (Vec<Tag>, Vec<LabelPair>)> {
    let tag = |name: &'static str| {
        move |kind| Tag { name: word(name), condition: Condition { kind, span: nowhere() }, span: nowhere() }
    };
    let number = "0\\.[0-9]{1,3}".prop_map(|number| operand(OperandKind::Number(number)));
    let threshold =
        prop::option::of(number.prop_map(|number| ConditionKind::Compare(CompareOp::Ge, number)).prop_map(tag("threshold")));
    let text = literal().prop_map(|text| ConditionKind::Compare(CompareOp::Eq, operand(OperandKind::String(text))));
    let format = prop::option::of(text.prop_map(tag("format")));
    let tags = (threshold, format).prop_map(|(threshold, format)| (threshold.into_iter().chain(format).collect(), Vec::new()));
    let labels = literal().prop_map(|value| {
        let key = StringLit { raw: "team".to_owned(), value: "team".to_owned(), span: nowhere() };
        (Vec::new(), vec![LabelPair { key, value }])
    });
    // AWS prints labels behind tags and does not read them there.
    prop_oneof![3 => tags, 1 => labels]
}

fn rule_tree() -> impl Strategy<Value = Rule> {
    let parameters = prop::collection::vec(parameter_tree(), 0..4);
    let parts = (parameters, prop::option::of(condition_tree()), prop::option::of(literal()), clauses_tree());
    ("(RowCount|ColumnValues|Mean|Custom9)", parts).prop_map(|(kind, (parameters, condition, filter, (tags, labels)))| Rule {
        rule_type: word(&kind),
        parameters,
        condition,
        filter,
        labels,
        tags,
        span: nowhere(),
    })
}

/// Composites as AWS's binary trees print flat: one operator throughout, or two parts.
fn node_tree() -> impl Strategy<Value = RuleNode> {
    let leaf = || rule_tree().prop_map(RuleNode::Rule);
    let composite = |operator, parts| RuleNode::Composite(Composite { operator, parts, labels: Vec::new(), span: nowhere() });
    let flat = (prop::sample::select(vec![Logic::And, Logic::Or]), prop::collection::vec(leaf(), 2..5));
    let flat = flat.prop_map(move |(operator, parts)| composite(operator, parts));
    let node = prop_oneof![2 => leaf(), 1 => flat];
    node.prop_recursive(2, 8, 2, move |inner| {
        (inner.clone(), inner).prop_map(move |(one, other)| {
            let is = |node: &RuleNode, operator| matches!(node, RuleNode::Composite(node) if node.operator == operator);
            match (is(&one, Logic::And) || is(&other, Logic::And), is(&one, Logic::Or) || is(&other, Logic::Or)) {
                // Either operator would make one run with one of the parts.
                (true, true) => one,
                (true, false) => composite(Logic::Or, vec![one, other]),
                (false, _) => composite(Logic::And, vec![one, other]),
            }
        })
    })
}

/// Pieces of DQDL in any order: nearer to what people write than arbitrary characters.
fn scraps() -> impl Strategy<Value = String> {
    let scrap = prop_oneof![
        "(Rules|rules|Analyzers|DefaultLabels|Metadata|DataSources) ?= ?[\\[{(]",
        "[\\](){}\\[,;:=<>!$\"'`#%-]",
        "\n|\r\n| |\t|\u{feff}|\u{a0}|“|”|--|//|/\\*|\\*/",
        "(and|or|not|between|in|matches|where|with|labels|of|NULL|now\\(\\)|days|MB|Is|like)",
        "(RowCount|IsComplete|Größe|x|[0-9]{1,3}|\\.5|1e3|5%|\"a\"|\"2024-01-01\"|\"12:30\"|\"b)",
        rule(),
    ];
    prop::collection::vec(scrap, 0..40).prop_map(|scraps| scraps.join(" "))
}

/// Nothing panics, every place lies in the file, and what is formatted stays what it was.
fn holds_up(text: &str) {
    for dialect in [Dialect::Strict, Dialect::Superset] {
        let mut map = SourceMap::default();
        // The ruleset stands somewhere inside a file.
        let file = map.add("rules.dqdl", format!("###{text}###"));
        let whole = Span::new(file, 3, 3 + text.len());
        let mut sink = Sink::default();
        parse(text, &EmbedMap::shifted(whole), dialect, &mut sink);
        for diagnostic in sink.finish(&map) {
            let edits = diagnostic.fix.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
            for span in diagnostic.labels.iter().map(|label| label.span).chain(edits) {
                assert!(whole.start <= span.start && span.start <= span.end && span.end <= whole.end, "{span:?} {diagnostic:?}");
                let content = &map.file(file).text;
                assert!(
                    content.is_char_boundary(span.start as usize) && content.is_char_boundary(span.end as usize),
                    "{diagnostic:?}"
                );
            }
        }
    }
    safe_fixes_are_safe(text);
    let Some(formatted) = format(text) else { return };
    let (before, _) = read(text, Dialect::Superset);
    let (after, diagnostics) = read(&formatted, Dialect::Superset);
    assert!(is_ok(&diagnostics), "{text}\n→\n{formatted}\n{}", shown(&formatted, &diagnostics));
    assert_eq!(tree(&before), tree(&after), "{text}\n→\n{formatted}");
    assert_eq!(format(&formatted).as_deref(), Some(formatted.as_str()), "{text}\n→\n{formatted}");
}

/// A safe fix in a text without errors takes its diagnostic away, brings no other, and changes no meaning.
fn safe_fixes_are_safe(text: &str) {
    let (before, diagnostics) = read(text, Dialect::Superset);
    if !is_ok(&diagnostics) {
        return;
    }
    for fix in diagnostics.iter().filter_map(|diagnostic| diagnostic.fix.as_ref()).filter(|fix| fix.safety == Safety::Safe) {
        let mut edits = fix.edits.clone();
        edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
        let mut fixed = text.to_owned();
        for edit in &edits {
            fixed.replace_range(edit.span.range(), &edit.text);
        }
        let (after, rest) = read(&fixed, Dialect::Superset);
        assert!(is_ok(&rest) && rest.len() < diagnostics.len(), "{}\n{text}\n→\n{fixed}\n{}", fix.title, shown(&fixed, &rest));
        assert_eq!(tree(&before), tree(&after), "{}\n{text}\n→\n{fixed}", fix.title);
    }
}

/// Rulesets as people write them: with much that AWS's parser rejects and nothing that is wrong.
fn careless() -> impl Strategy<Value = String> {
    let rule = prop_oneof![
        "RowCount (==|<>|=>|=<|> =|< =|=) (\\.5|1e3|1_000|\\+5|7|5\\.)",
        "(RowCount|Mean 'x') (BETWEEN|Between|Not Between) 1 (AND|And) 5",
        "ColumnValues (\"a\"|'a'|“a”|‘a’|`a`|a) (IN|in|Not in) (\\[|\\()'x', \"y\"(,)?(\\]|\\))"
            .prop_filter("brackets that match", |rule| { rule.contains('[') == rule.contains(']') }),
        "DataFreshness \"d\" <= (3days|3 day|3 Days|24 HOURS)( WITH x = 1)?( WHERE 'a > 1')?",
        "ColumnValues \"d\" > (now\\(\\) - 3 days|NOW\\(\\)|\\(now\\(\\) \\+ 1 hours\\))",
        "IsComplete \"a\"( labels=\\[(a|\"a\")(=|:)(b|\"c\")\\])?( where \"x\")?",
        "\\(IsComplete \"a\"\\) (AND|And|&&|or|\\|\\|) \\(RowCount > 5\\)",
    ];
    let comment = prop_oneof![
        Just(""),
        Just(" -- why\n"),
        Just(" // why\n"),
        Just(" /* why */\n"),
        Just(" # why\n"),
        Just("\r\n"),
        Just("\u{a0}")
    ];
    let end = prop_oneof![Just("]"), Just(",]"), Just("]\n# end"), Just("]\r\n")];
    let head = prop_oneof![Just("Rules ="), Just("rules ="), Just("\u{feff}Rules="), Just("RULES ==")];
    (head, prop::collection::vec((rule, comment), 1..5), end).prop_map(|(head, rules, end)| {
        let rules: Vec<_> = rules.into_iter().map(|(rule, comment)| format!("{rule}{comment}")).collect();
        format!("{head} [{}{end}", rules.join(", "))
    })
}

proptest! {
    // Few in everyday runs; `PROPTEST_CASES=40000` looks harder.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, ..ProptestConfig::default() })]

    #[test]
    fn printed_rules_read_the_same(rule in rule()) {
        let (first, second) = reread(&rule);
        prop_assert_eq!(tree(&second), tree(&first));
    }

    #[test]
    fn printed_trees_read_as_themselves(node in node_tree()) {
        let (read, _) = reread(&rule_text(&node));
        let whole = |nodes: &[RuleNode]| without_spans(&format!("{nodes:?}"));
        prop_assert_eq!(whole(&read.rules.unwrap().items), whole(std::slice::from_ref(&node)), "{}", rule_text(&node));
    }

    /// AWS flattens composites of one operator, so the text is what stays.
    #[test]
    fn printed_composites_print_the_same(node in node()) {
        let (first, second) = reread(&node);
        prop_assert_eq!(texts(&second), texts(&first));
    }

    #[test]
    fn scraps_hold_up(text in scraps()) {
        holds_up(&text);
    }

    #[test]
    fn rulesets_hold_up(nodes in prop::collection::vec(node(), 1..4), tail in "[ \\n]{0,3}(# c)?\\n?") {
        holds_up(&format!("name = \"a\"\nlist = [\"a\"]\nRules = [{}\n]{tail}", nodes.join(" , # why\n\n\n ")));
    }

    #[test]
    fn careless_rulesets_hold_up(text in careless()) {
        let (_, diagnostics) = read(&text, Dialect::Superset);
        prop_assert!(is_ok(&diagnostics), "{}\n{}", text, shown(&text, &diagnostics));
        prop_assert!(format(&text).is_some(), "{}", text);
        let formatted = format(&text).unwrap_or_default();
        let (_, strict) = read(&formatted, Dialect::Strict);
        prop_assert!(is_ok(&strict), "{}\n{}\n{}", text, formatted, shown(&formatted, &strict));
        holds_up(&text);
    }

    #[test]
    fn any_text_holds_up(text in "\\PC{0,200}") {
        holds_up(&text);
    }

    #[test]
    fn any_bytes_hold_up(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        holds_up(&String::from_utf8_lossy(&bytes));
    }
}

/// Each takes some 100 ms without optimisation; this fails only if reading is not linear.
#[test]
fn many_rules_and_many_faults_are_read_in_no_time() {
    let rules = |rule: &str, count: usize| format!("Rules = [\n{}\n]\n", vec![rule; count].join(",\n"));
    for rule in [
        "    ColumnValues \"status\" in [\"A\", \"B\"] where \"x > 1\" with threshold > 0.9",
        "    (IsComplete \"a\") and (RowCount > avg(last(3)) * 0.9)",
        "    ColumnValues \"status\" in [\"A\", \"B\"",
        "    RowCount > > 5",
        "    IsComplete \"a",
        "    IsComplete \"a\"\n    RowCount > 5",
        "    (((((((((((((((((((((((((RowCount > 5",
    ] {
        let started = std::time::Instant::now();
        for text in [rules(rule, 600), rules(rule, 600).replace(",\n    ", "\n    ")] {
            read(&text, Dialect::Superset);
        }
        assert!(started.elapsed().as_secs() < 5, "{rule}: {:?}", started.elapsed());
    }
}

// ── Cases in files ──────────────────────────────────────────────────────────────────────────────────────────────────

/// The cases of a file: their names and texts.
fn cases(file: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    file.split("\n=== ").skip(1).map(|case| case.split_once('\n').unwrap())
}

#[test]
fn formats() {
    for (name, case) in cases(include_str!("../../../tests/golden/dqdl/format.txt")) {
        let (text, wanted) = case.split_once("\n---\n").unwrap();
        let formatted =
            format(text).unwrap_or_else(|| panic!("{name}: has errors\n{}", shown(text, &read(text, Dialect::Superset).1)));
        assert_eq!(formatted.trim_end(), wanted.trim_end(), "{name}");
        holds_up(text);
    }
}

/// What AWS's parser accepts and rejects for its syntax, and how it prints what it accepts.
#[test]
fn strict() {
    for (name, case) in cases(include_str!("../../../tests/golden/dqdl/strict.txt")) {
        let (verdict, _) = name.split_once(' ').unwrap();
        let (text, wanted) = case.split_once("\n---\n").map_or((case, None), |(text, wanted)| (text, Some(wanted)));
        let (ruleset, diagnostics) = read(text, Dialect::Strict);
        assert_eq!(is_ok(&diagnostics), verdict == "ok", "{name}\n{text}\n{}", shown(text, &diagnostics));
        if let Some(wanted) = wanted {
            assert_eq!(texts(&ruleset).join("\n"), wanted.trim_end(), "{name}");
        }
        holds_up(text);
    }
}
