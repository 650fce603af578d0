//! Rows against rows, and edits. Whole tests are run in `tests/golden/cli/test.md`.

use proptest::prelude::*;
use serde_json::json;

use super::compare::{self, fits};
use super::load::{Matching, Rows};
use super::{Row, update};
use crate::diag::{Edit, Sink};
use crate::source::SourceMap;
use crate::syntax::yaml::{self, NodeKind};

const ANY: Matching = Matching { subset: false, ordered: false };
const SUBSET: Matching = Matching { subset: true, ordered: false };
const ORDERED: Matching = Matching { subset: false, ordered: true };

/// The rows of a list in YAML.
fn expected(text: &str) -> (Rows, SourceMap) {
    let mut map = SourceMap::default();
    let file = map.add("t.test.yaml", text);
    let mut sink = Sink::default();
    let tree = yaml::parse(file, text, &mut sink).unwrap();
    let list = tree.get("rows").unwrap().clone();
    let NodeKind::List(items) = list.kind else { panic!("no list: {text}") };
    (Rows { items, span: list.span }, map)
}

fn rows(values: serde_json::Value) -> Vec<Row> {
    values.as_array().unwrap().iter().map(|row| row.as_object().unwrap().clone()).collect()
}

fn differences(text: &str, actual: serde_json::Value, matching: Matching) -> Vec<(Option<usize>, Option<usize>)> {
    let (expected, _) = expected(text);
    let compared = compare::rows(&expected, &rows(actual), matching);
    compared.differences.iter().map(|difference| (difference.expected, difference.actual)).collect()
}

#[test]
fn values_are_the_same_however_they_are_written() {
    let check = |text: &str, actual: serde_json::Value, same: bool| {
        let (expected, _) = expected(&format!("rows: [{{ v: {text} }}]"));
        let value = expected.items[0].get("v").unwrap();
        assert_eq!(fits(value, Some(&actual), false), same, "{text} and {actual}");
    };
    check("1", json!(1), true);
    check("1.0", json!(1), true);
    check("1.10", json!("1.1"), true);
    check("\"1.10\"", json!("1.1"), false);
    check("a", json!("a"), true);
    check("null", json!(null), true);
    check("\"\"", json!(null), false);
    check("null", json!(""), false);
    check("true", json!(true), true);
    check("\"2026-06-02 10:00:00\"", json!("2026-06-02T10:00:00"), true);
    check("\"2026-06-02 10:00:00\"", json!("2026-06-02T10:00:00.000Z"), true);
    check("\"2026-06-02 10:00:00\"", json!("2026-06-02T10:00:01"), false);
    check("[1, 2]", json!([1, 2]), true);
    check("[2, 1]", json!([1, 2]), false);
    check("{ a: 1 }", json!({ "a": 1, "b": null }), true);
    check("{ a: 1 }", json!({ "a": 1, "b": 2 }), false);
    check("9007199254740993", json!(9_007_199_254_740_992_i64), false);
}

#[test]
fn rows_are_matched_one_to_one() {
    let two = json!([{ "a": 1, "b": 1 }, { "a": 1, "b": 2 }]);
    // The first row says less and must not take the only row that fits the second.
    assert_eq!(differences("rows: [{ a: 1 }, { a: 1, b: 1 }]", two.clone(), ANY), []);
    assert_eq!(differences("rows: [{ a: 1, b: 2 }, { a: 1, b: 1 }]", two.clone(), ANY), []);
    assert_eq!(
        differences("rows: [{ a: 1, b: 2 }, { a: 1, b: 1 }]", two.clone(), ORDERED),
        [(Some(0), Some(0)), (Some(1), Some(1))]
    );
    assert_eq!(differences("rows: [{ b: 2 }]", two.clone(), SUBSET), []);
    assert_eq!(differences("rows: [{ b: 2 }]", two.clone(), ANY), [(None, Some(0))]);
    assert_eq!(differences("rows: [{ b: 2 }, { b: 2 }]", two.clone(), SUBSET), [(Some(1), None)]);
    assert_eq!(differences("rows: []", two, ANY), [(None, Some(0)), (None, Some(1))]);
}

/// The text after the edits that would make a test pass.
fn updated(text: &str, actual: &[Row]) -> String {
    let (expected, map) = expected(text);
    let compared = compare::rows(&expected, actual, ANY);
    let mut edits: Vec<Edit> = update::edits(&expected, actual, &compared, ANY, &map);
    edits.sort_by_key(|edit| std::cmp::Reverse((edit.span.start, edit.span.end)));
    let mut out = text.to_owned();
    for edit in edits {
        out.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    out
}

#[test]
fn an_update_changes_cells_and_keeps_comments() {
    let check = |text: &str, actual: serde_json::Value, wanted: &str| assert_eq!(updated(text, &rows(actual)), wanted);
    check(
        "rows:\n  # the first\n  - { a: x, b: \"1\" }  # why\n  - a: y\n    b: 2 # two\n",
        json!([{ "a": "x", "b": "3" }, { "a": "y", "b": 5 }]),
        "rows:\n  # the first\n  - { a: x, b: \"3\" }  # why\n  - a: y\n    b: 5 # two\n",
    );
    check(
        "rows:\n  - { a: 1 } # one\n  - { a: 2 }\n",
        json!([{ "a": 1 }, { "a": 3 }, { "a": 4 }]),
        "rows:\n  - { a: 1 } # one\n  - { a: 3 }\n  - { a: 4 }\n",
    );
    check("rows: [{ a: 1 }, { a: 2 }]\n", json!([{ "a": 1 }]), "rows: [{ a: 1 }]\n");
    check("rows: [{ a: 1 }, { a: 2 }]\n", json!([{ "a": 2 }]), "rows: [{ a: 2 }]\n");
    check("rows: [{ a: 1 }]\n", json!([{ "a": 1 }, { "a": "no" }]), "rows: [{ a: 1 }, { a: \"no\" }]\n");
    check("rows: []\n", json!([{ "a": 1 }]), "rows: [{ a: 1 }]\n");
}

proptest! {
    /// Whatever is there, after an update the test passes.
    #[test]
    fn an_updated_test_passes(
        wanted in prop::collection::vec((0..3_i64, "[a-c]?"), 0..5),
        actual in prop::collection::vec((0..3_i64, "[a-c]?"), 0..5),
        block in any::<bool>(),
    ) {
        let row = |(n, s): &(i64, String)| format!("{{ n: {n}, s: \"{s}\" }}");
        let list: Vec<String> = wanted.iter().map(row).collect();
        let text = if block && !list.is_empty() {
            format!("rows:\n{}", list.iter().flat_map(|row| ["  - ", row, " # kept\n"]).collect::<String>())
        } else {
            format!("rows: [{}]\n", list.join(", "))
        };
        let actual: Vec<Row> = actual.iter().map(|(n, s)| json!({ "n": n, "s": s }).as_object().unwrap().clone()).collect();
        let after = updated(&text, &actual);
        let (again, _) = expected(&after);
        let compared = compare::rows(&again, &actual, ANY);
        prop_assert!(compared.differences.is_empty(), "{text} became {after}");
    }
}
