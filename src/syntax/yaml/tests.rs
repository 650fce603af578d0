use proptest::prelude::*;

use super::{Node, NodeKind, ScalarValue, Style, parse};
use crate::diag::Sink;
use crate::source::{FileId, SourceMap, Span};

fn read(text: &str) -> (Option<Node>, Vec<(String, String)>) {
    let mut map = SourceMap::default();
    let file = map.add("test.yaml", text);
    let mut sink = Sink::default();
    let node = parse(file, text, &mut sink);
    let said = sink.finish(&map);
    let told = said.iter().map(|diagnostic| {
        let span = diagnostic.primary().expect("every YAML message has a place").span;
        (format!("{} {}", diagnostic.code.number, diagnostic.message), map.text(span).to_owned())
    });
    (node, told.collect())
}

fn tree(text: &str) -> Node {
    let (node, told) = read(text);
    assert_eq!(told, [], "{text}");
    node.expect("a text without errors has a tree")
}

/// The tree in short: scalars as `value@bytes`.
fn show(node: &Node, text: &str) -> String {
    let join = |parts: Vec<String>| parts.join(", ");
    match &node.kind {
        NodeKind::Scalar(scalar) => format!("{:?}", &text[scalar.text.span().range()]),
        NodeKind::List(items) => format!("[{}]", join(items.iter().map(|item| show(item, text)).collect())),
        NodeKind::Map(entries) => {
            format!(
                "{{{}}}",
                join(entries.iter().map(|e| format!("{}: {}", &text[e.key.span().range()], show(&e.value, text))).collect())
            )
        }
    }
}

#[test]
fn spans_are_the_contents_of_the_tokens() {
    let check = |text: &str, expected: &str| assert_eq!(show(&tree(text), text), expected, "{text}");
    check("a: 1\n", r#"{a: "1"}"#);
    check("é: \"ü\"\n'ß': 'ö'\n", r#"{é: "ü", ß: "ö"}"#);
    check("a: [x, 'y', {k: v, w}]\n", r#"{a: ["x", "y", {k: "v", w: ""}]}"#);
    check("a:\n  - b: 1\n    c: 2\n  - \n", r#"{a: [{b: "1", c: "2"}, ""]}"#);
    check("a: |\n  one\n   two\n\nb: 1\n", "{a: \"one\\n   two\", b: \"1\"}");
    check("a: >-\n\n  one\n  two\n", "{a: \"one\\n  two\"}");
    check("a: &x 1 # note\nb: *x\n", r#"{a: "1", b: "1"}"#);
    check("base: &b {x: 1, y: 2}\nuse: {<<: *b, y: 3}\n", r#"{base: {x: "1", y: "2"}, use: {y: "3", x: "1"}}"#);
    check("a: &a {x: 1}\nb: &b {x: 2, z: 3}\nc:\n  <<: [*b, *a]\n", r#"{a: {x: "1"}, b: {x: "2", z: "3"}, c: {x: "2", z: "3"}}"#);
    check("\u{feff}a: 1\n", r#"{a: "1"}"#);
    check("a: 1\r\nb: x y\r\n", r#"{a: "1", b: "x y"}"#);
    check("# nothing\n", "\"\"");
    check("", "\"\"");
}

#[test]
fn collections_reach_from_their_first_to_their_last_token() {
    let check = |text: &str, expected: &str| {
        let node = tree(text);
        let value = &node.entries()[0].value;
        assert_eq!(&text[value.span.range()], expected, "{text}");
    };
    check("a: [1, 2]  # x\nb: 1\n", "[1, 2]");
    check("a:\n  b: 'q'\n  c: \"r\"  # x\n\nd: 1\n", "b: 'q'\n  c: \"r\"");
    check("a:\n  - 1\n  - |\n    x\n    y\n\n\nd: 1\n", "- 1\n  - |\n    x\n    y");
    check("a:\n- 1\n- b: 2\nd: 1\n", "- 1\n- b: 2");
    check("a: &n [1]\nb: *n\n", "[1]");
}

#[test]
fn an_alias_stands_at_its_use() {
    let text = "a: &n [1]\nb: *n\n";
    let node = tree(text);
    assert_eq!(&text[node.get("b").unwrap().span.range()], "*n");
}

#[test]
fn plain_scalars_follow_the_core_schema() {
    let check = |text: &str, expected: ScalarValue| {
        let source = format!("a: {text}\n");
        let node = tree(&source);
        let NodeKind::Scalar(scalar) = &node.entries()[0].value.kind else { panic!("{text} is a scalar") };
        assert_eq!(scalar.value, expected, "{text}");
    };
    for text in ["true", "True", "TRUE"] {
        check(text, ScalarValue::Bool(true));
    }
    for text in ["~", "null", "Null", ""] {
        check(text, ScalarValue::Null);
    }
    for text in [
        "no", "on", "yes", "y", "NO", "0123", "1_000", "12:30:00", "1.2.3", "0x", "e9", "1e", "'1'", "\"true\"", "!!str 1",
        "inf", "nan",
    ] {
        check(text, ScalarValue::Str);
    }
    for (text, value) in [("0", 0), ("-7", -7), ("+7", 7), ("0x1F", 31), ("0o17", 15), ("9223372036854775807", i64::MAX)] {
        check(text, ScalarValue::Int(value));
    }
    for (text, value) in
        [("1.5", 1.5), (".5", 0.5), ("-1e3", -1000.0), ("1.", 1.0), ("9223372036854775808", 9_223_372_036_854_775_808.0)]
    {
        check(text, ScalarValue::Float(value));
    }
    check(".inf", ScalarValue::Float(f64::INFINITY));
}

#[test]
fn every_word_of_an_embedded_text_maps_to_its_bytes() {
    let check = |text: &str, expected: &str| {
        let node = tree(text);
        let NodeKind::Scalar(scalar) = &node.entries()[0].value.kind else { panic!("{text} is a scalar") };
        let value = &scalar.text.value;
        assert_eq!(value, expected, "{text}");
        let mut from = 0;
        for word in value.split_whitespace() {
            let at = from + value[from..].find(word).unwrap();
            from = at + word.len();
            let written = &text[scalar.text.map.span(at, from).range()];
            let unescaped = written.replace("\\\"", "\"").replace("''", "'").replace("\\u00e9", "é").replace("\\t", "");
            assert_eq!(unescaped, word, "{text}");
        }
    };
    check("a: select x from y\n", "select x from y");
    check("a: 'select ''x'' from y'\n", "select 'x' from y");
    check("a: \"select \\\"x\\\" from y\"\n", "select \"x\" from y");
    check("a: \"caf\\u00e9 au lait\"\n", "café au lait");
    check("a: select x\n   from y\n\n   where z\n", "select x from y\nwhere z");
    check(
        "a: |\n  Rules = [\n      IsComplete \"é\",\n\n    RowCount > 1\n  ]\n",
        "Rules = [\n    IsComplete \"é\",\n\n  RowCount > 1\n]\n",
    );
    check("a: |2-\n\n    x\n   y\n", "\n  x\n y");
    check("a: |\r\n  one\r\n  two\r\n", "one\ntwo\n");
    check("a: |+\n\n  one\n\n\n", "\none\n\n\n");
    check("a: >\n  one\n  two\n\n    three\n  four\n", "one two\n\n  three\nfour\n");
    check("a: \"one \\\n   two\"\n", "one two");
}

#[test]
fn a_literal_block_has_a_segment_for_every_line() {
    let text = "a: |\n  one\n  two\n";
    let node = tree(text);
    let NodeKind::Scalar(scalar) = &node.entries()[0].value.kind else { panic!("a scalar") };
    assert_eq!(scalar.style, Style::Block);
    assert_eq!(&text[scalar.text.map.span(4, 7).range()], "two");
    assert_eq!(&text[scalar.text.map.span(1, 6).range()], "ne\n  tw");
}

#[test]
fn faults_are_reported_at_their_token() {
    let check = |text: &str, code: &str, token: &str| {
        let (_, told) = read(text);
        let found: Vec<_> = told.iter().map(|(said, at)| (said.split(' ').next().unwrap(), at.as_str())).collect();
        assert_eq!(found, [(code, token)], "{text:?} {told:?}");
    };
    check("a: 1\nb: 2\na: 3\n", "GC0202", "a");
    check("a: {x: 1, \"x\": 2}\n", "GC0202", "x");
    check("a: &a 1\n<<: {x: 1}\n<<: {y: 1}\n", "GC0202", "<<");
    check("a: !Ref x\n", "GC0203", "!Ref");
    check("? [a]\n: 1\n", "GC0203", "[a]");
    check("a: 1\n---\nb: 1\n", "GC0203", "---");
    check("<<: 1\n", "GC0203", "1");
    check("a: &one 1\nb: *on\n", "GC0204", "on");
    check("a: &one [*one]\n", "GC0204", "*one");
    check("a: \"x\nb: 1\n", "GC0201", "\"x");
    check("a: [1, 2\nb: 3\n", "GC0201", "[");
    check("a: {x: 1\nb: 3\n", "GC0201", "{");
    check("a: [1, 2\n", "GC0201", "[");
    check("a: [1}\n", "GC0201", "[");
    check("a: ]\n", "GC0201", "]");
    check("a: b: c\n", "GC0201", ":");
    check("a: 1\n  b: 2\n", "GC0201", "b");
    check("a: 1\nb\nc: 1\n", "GC0201", "b");
    check("a:\n  b\n  c: 1\n", "GC0201", "b");
    check("a:\n\tb: 1\n", "GC0201", "\t");
    check("a: @x\n", "GC0201", "@");
    check("a: `x`\n", "GC0201", "`");
    check("a: \"x \\d\"\n", "GC0201", "\\d");
    check("a: 'x' y\n", "GC0201", "y");
    check("- a\nb: 1\n", "GC0201", "b:");
    check(": 1\n", "GC0201", "");
    check(&"[".repeat(300), "GC0205", "[".repeat(300 - 128).as_str());
}

#[test]
fn alias_bombs_are_refused() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}, ", level - 1).repeat(10);
        text += &format!("a{level}: &a{level} [{before}]\n");
    }
    let (node, told) = read(&text);
    assert!(node.is_none());
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].0.starts_with("GC0205"), "{told:?}");
}

#[test]
fn aliases_cannot_nest_without_end() {
    let nest = |inside: &str| format!("{}{inside}{}", "[".repeat(60), "]".repeat(60));
    let mut text = format!("a0: &a0 {}\n", nest("1"));
    for level in 1..20 {
        text += &format!("a{level}: &a{level} {}\n", nest(&format!("*a{}", level - 1)));
    }
    let (node, told) = read(&text);
    assert!(node.is_none());
    assert!(told[0].0.starts_with("GC0205"), "{told:?}");
}

fn same(ours: &Node, theirs: &serde_yaml::Value) -> bool {
    use serde_yaml::Value;
    match (&ours.kind, theirs) {
        (NodeKind::Scalar(scalar), theirs) => match (&scalar.value, theirs) {
            (ScalarValue::Null, Value::Null) => true,
            (ScalarValue::Bool(a), Value::Bool(b)) => a == b,
            (ScalarValue::Int(a), Value::Number(b)) => b.as_i64() == Some(*a),
            (ScalarValue::Float(a), Value::Number(b)) => b.as_f64().is_some_and(|b| a.to_bits() == b.to_bits()),
            (ScalarValue::Str, Value::String(b)) => scalar.text.value == *b,
            _ => false,
        },
        (NodeKind::List(a), Value::Sequence(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (NodeKind::Map(a), Value::Mapping(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, (key, b))| key.as_str() == Some(&a.key.value) && same(&a.value, b))
        }
        _ => false,
    }
}

/// Every span of the tree, keys and embedded texts included.
fn spans(node: &Node, into: &mut Vec<Span>) {
    into.push(node.span);
    match &node.kind {
        NodeKind::Scalar(scalar) => {
            into.push(scalar.text.span());
            for (at, character) in scalar.text.value.char_indices() {
                into.push(scalar.text.map.span(at, at));
                into.push(scalar.text.map.span(at, at + character.len_utf8()));
                into.push(scalar.text.map.span(at, scalar.text.value.len()));
            }
        }
        NodeKind::List(items) => items.iter().for_each(|item| spans(item, into)),
        NodeKind::Map(entries) => entries.iter().for_each(|entry| {
            into.push(entry.key.span());
            spans(&entry.value, into);
        }),
    }
}

fn assert_sound(text: &str) {
    let mut sink = Sink::default();
    let node = parse(FileId(0), text, &mut sink);
    let mut all = Vec::new();
    if let Some(node) = &node {
        spans(node, &mut all);
    } else {
        assert!(sink.has_errors(), "no tree and no reason: {text:?}");
    }
    all.extend(sink.iter().flat_map(|diagnostic| diagnostic.labels.iter().map(|label| label.span)));
    all.extend(sink.iter().filter_map(|d| d.fix.as_ref()).flat_map(|fix| fix.edits.iter().map(|edit| edit.span)));
    for span in all {
        assert!(text.get(span.range()).is_some(), "{span:?} is not in {text:?}");
    }
}

/// Values that both readers must agree on, with the way to write them.
fn scalar_text() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("no".to_owned()),
        any::<i32>().prop_map(|n| n.to_string()),
        (-1000i32..1000, 0u8..100).prop_map(|(a, b)| format!("{a}.{b}")),
        "[a-z]{1,5}( [a-zé]{1,4}){0,3}",
        "[a-zé'\\\\\"#: ]{0,12}".prop_map(|text| format!("'{}'", text.replace('\'', "''"))),
        "[ -~é\n\t]{0,16}".prop_map(|text| format!("{}", serde_json::Value::String(text))),
    ]
}

fn document(depth: u32) -> BoxedStrategy<serde_json::Value> {
    // The shape as JSON: strings hold the scalars as they are to be written.
    let leaf = scalar_text().prop_map(serde_json::Value::String);
    leaf.prop_recursive(depth, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..4).prop_map(serde_json::Value::Array),
            proptest::collection::btree_map("k[a-zé]{0,3}", inner, 1..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
    .boxed()
}

fn write_block(value: &serde_json::Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        serde_json::Value::Array(items) => {
            for item in items {
                out.push_str(&format!("{pad}-"));
                write_value(item, indent, out);
            }
        }
        serde_json::Value::Object(map) => {
            for (key, item) in map {
                out.push_str(&format!("{pad}{key}:"));
                write_value(item, indent, out);
            }
        }
        scalar => out.push_str(&format!("{pad}{}\n", scalar.as_str().unwrap())),
    }
}

fn write_value(value: &serde_json::Value, indent: usize, out: &mut String) {
    match value {
        serde_json::Value::String(text) => out.push_str(&format!(" {text}\n")),
        other => {
            out.push('\n');
            write_block(other, indent + 2, out);
        }
    }
}

fn write_flow(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Array(items) => format!("[{}]", items.iter().map(write_flow).collect::<Vec<_>>().join(", ")),
        serde_json::Value::Object(map) => {
            format!("{{{}}}", map.iter().map(|(key, item)| format!("{key}: {}", write_flow(item))).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.as_str().unwrap().to_owned(),
    }
}

proptest! {
    #[test]
    fn an_independent_reader_reads_the_same(value in document(4)) {
        let mut block = String::new();
        write_block(&value, 0, &mut block);
        for text in [block, format!("{}\n", write_flow(&value))] {
            let theirs: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
            let ours = tree(&text);
            prop_assert!(same(&ours, &theirs), "{text}\n{ours:?}\n{theirs:?}");
        }
    }

    #[test]
    fn literal_blocks_read_the_same(lines in proptest::collection::vec("[ a-zé#:\"'-]{0,8}", 1..6), keep in prop_oneof![Just(""), Just("-"), Just("+")], indent in 1usize..5) {
        let pad = " ".repeat(indent);
        let body = lines.iter().fold(String::new(), |body, line| body + &pad + line + "\n");
        let text = format!("a: |{indent}{keep}\n{body}b: 1\n");
        let theirs: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
        let ours = tree(&text);
        prop_assert!(same(&ours, &theirs), "{text}\n{ours:?}\n{theirs:?}");
        let NodeKind::Scalar(scalar) = &ours.entries()[0].value.kind else { panic!("a scalar") };
        // Every character that is not white space stands where the map says.
        for (at, character) in scalar.text.value.char_indices().filter(|(_, c)| !c.is_whitespace()) {
            let span = scalar.text.map.span(at, at + character.len_utf8());
            prop_assert_eq!(&text[span.range()], character.to_string());
        }
    }

    #[test]
    fn any_text_is_read_without_panic(text in "[ \n\ta-c:\\-?,\\[\\]{}\"'|>&*!%@`#\\\\~0-9é\u{feff}\r<]{0,60}") {
        assert_sound(&text);
    }

    #[test]
    fn any_unicode_is_read_without_panic(text in any::<String>()) {
        assert_sound(&text);
    }
}
