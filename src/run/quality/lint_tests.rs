//! What lints say is true: random rules beside each other, judged on random tables.

use std::sync::Arc;

use chrono::DateTime;
use datafusion::arrow::array::{ArrayRef, Date32Array, Float64Array, Int8Array, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlanBuilder;
use proptest::prelude::*;

use super::{Beside, QualityOptions, prepare, scan};
use crate::diag::{Diagnostic, Label, Safety, Sink};
use crate::plan::nodes::Planner;
use crate::run::report::RuleOutcome;
use crate::source::{EmbedMap, SourceMap};
use crate::stdlib::expr::NO_FATES;
use crate::stdlib::expr::engine::{EngineOptions, session};
use crate::stdlib::rule::{self, Columns, Scope};
use crate::syntax::dqdl::{self, Dialect};

/// A number that is never null, a large one, a small one, a text, a double, a day.
type Row = (i64, Option<i64>, Option<i8>, Option<String>, Option<f64>, Option<i32>);

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let text = proptest::sample::select(vec!["", " ", "x", "xy", "7", "x7"]).prop_map(str::to_owned);
    let double = proptest::sample::select(vec![0.0, -0.0, 1.0, 1.5, 3.0, f64::NAN, f64::INFINITY]);
    let some = |range| proptest::option::weighted(0.9, range);
    let row = (
        0_i64..4,
        some(0_i64..4),
        proptest::option::weighted(0.9, proptest::sample::select(vec![-128_i8, 0, 1, 2, 127])),
        proptest::option::weighted(0.9, text),
        proptest::option::weighted(0.9, double),
        // 2024-01-01 and the days after it.
        proptest::option::weighted(0.9, 19_723_i32..19_727),
    );
    proptest::collection::vec(row, 1..6)
}

fn batch(rows: &[Row]) -> RecordBatch {
    let columns: Vec<(Field, ArrayRef)> = vec![
        (Field::new("n", DataType::Int64, false), Arc::new(rows.iter().map(|row| row.0).collect::<Int64Array>())),
        (Field::new("a", DataType::Int64, true), Arc::new(rows.iter().map(|row| row.1).collect::<Int64Array>())),
        (Field::new("t", DataType::Int8, true), Arc::new(rows.iter().map(|row| row.2).collect::<Int8Array>())),
        (Field::new("s", DataType::Utf8, true), Arc::new(rows.iter().map(|row| row.3.as_deref()).collect::<StringArray>())),
        (Field::new("v", DataType::Float64, true), Arc::new(rows.iter().map(|row| row.4).collect::<Float64Array>())),
        (Field::new("d", DataType::Date32, true), Arc::new(rows.iter().map(|row| row.5).collect::<Date32Array>())),
    ];
    let (fields, arrays): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
}

/// `> 1`, `between 0 and 2`, `not in [1, 3]`
fn number_condition(numbers: &'static [&'static str]) -> impl Strategy<Value = String> {
    let one = move || proptest::sample::select(numbers);
    let operator = proptest::sample::select(vec!["=", "!=", ">", ">=", "<", "<="]);
    let not = || proptest::sample::select(vec!["", "not "]);
    prop_oneof![
        3 => (operator, one()).prop_map(|(operator, number)| format!("{operator} {number}")),
        1 => (not(), one(), one()).prop_map(|(not, low, high)| format!("{not}between {low} and {high}")),
        1 => (not(), proptest::collection::vec(one(), 1..4)).prop_map(|(not, list)| format!("{not}in [{}]", list.join(", "))),
    ]
}

fn text_condition() -> impl Strategy<Value = String> {
    let texts = proptest::sample::select(vec![r#""x""#, r#""xy""#, r#""7""#, r#""""#, "NULL", "EMPTY", "WHITESPACES_ONLY"]);
    let patterns = proptest::sample::select(vec!["x", "[a-z]+", "[0-9]*", ".*", "x.?", "x|7"]);
    let not = || proptest::sample::select(vec!["", "not "]);
    prop_oneof![
        2 => (not(), proptest::collection::vec(texts.clone(), 1..4)).prop_map(|(not, list)| format!("{not}in [{}]", list.join(", "))),
        1 => (proptest::sample::select(vec!["=", "!="]), texts).prop_map(|(operator, text)| format!("{operator} {text}")),
        1 => (not(), patterns).prop_map(|(not, pattern)| format!("{not}matches \"{pattern}\"")),
    ]
}

fn rule() -> impl Strategy<Value = String> {
    const SHARES: &[&str] = &["0", "0.5", "1", "1.0", "1.5"];
    const COUNTS: &[&str] = &["-1", "0", "1", "2", "2.5", "3"];
    const VALUES: &[&str] = &["-1", "0", "1", "1.5", "2", "3"];
    const SMALL: &[&str] = &["-129", "-128", "0", "1.5", "127", "128"];
    const DAYS: &[&str] = &[r#""2024-01-01""#, r#""2024-01-02""#, r#""2024-01-04""#];
    let column = || proptest::sample::select(vec!["n", "a", "s", "v"]);
    let numeric = || proptest::sample::select(vec!["n", "a", "v"]);
    let share = proptest::sample::select(vec!["Completeness", "Uniqueness", "UniqueValueRatio"]);
    let of_all = proptest::sample::select(vec!["IsComplete", "IsUnique", "IsPrimaryKey"]);
    let count = (column(), number_condition(COUNTS)).prop_map(|(column, is)| format!("DistinctValuesCount \"{column}\" {is}"));
    let figure =
        (proptest::sample::select(vec!["Mean", "Sum", "StandardDeviation", "Entropy"]), numeric(), number_condition(VALUES))
            .prop_map(|(figure, column, is)| format!("{figure} \"{column}\" {is}"));
    let rule = prop_oneof![
        2 => (share, column(), number_condition(SHARES)).prop_map(|(share, column, is)| format!("{share} \"{column}\" {is}")),
        2 => (of_all, column()).prop_map(|(name, column)| format!("{name} \"{column}\"")),
        1 => number_condition(COUNTS).prop_map(|is| format!("RowCount {is}")),
        1 => count,
        1 => figure,
        4 => (numeric(), number_condition(VALUES)).prop_map(|(column, is)| format!("ColumnValues \"{column}\" {is}")),
        2 => number_condition(SMALL).prop_map(|is| format!("ColumnValues \"t\" {is}")),
        2 => number_condition(DAYS).prop_map(|is| format!("ColumnValues \"d\" {is}")),
        3 => text_condition().prop_map(|is| format!("ColumnValues \"s\" {is}")),
        3 => number_condition(COUNTS).prop_map(|is| format!("ColumnLength \"s\" {is}")),
        1 => proptest::collection::vec(proptest::sample::select(vec![r#""1""#, r#""3""#]), 1..3)
            .prop_map(|list| format!("ColumnValues \"a\" in [{}]", list.join(", "))),
        1 => proptest::sample::select(vec![r#""DATE""#, r#""LONG""#])
            .prop_flat_map(move |is| column().prop_map(move |column| format!("ColumnDataType \"{column}\" = {is}"))),
    ];
    (rule, proptest::bool::weighted(0.2)).prop_map(|(rule, filtered)| {
        if filtered && !rule.starts_with("ColumnExists") { format!("{rule} where \"n > 1\"") } else { rule }
    })
}

/// What is said of the rules, each on a line of its own, and what becomes of them.
fn lint_and_judge(text: &str, rows: &[Row]) -> (SourceMap, Vec<Diagnostic>, Vec<RuleOutcome>) {
    let (mut map, mut sink) = (SourceMap::default(), Sink::default());
    let file = map.add("rules.dqdl", text);
    let place = EmbedMap::file(file, text.len());
    let ruleset = dqdl::parse(text, &place, Dialect::Superset, &mut sink);
    let engine = EngineOptions { target_partitions: 1, ..EngineOptions::CHECK };
    let session = SessionStateBuilder::new_from_existing(session(&engine)).with_query_planner(Arc::new(Planner)).build();
    let batch = batch(rows);
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap();
    let primary = LogicalPlanBuilder::scan("t", provider_as_source(Arc::new(table)), None).unwrap().build().unwrap();
    let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let scope = Scope {
        engine: &session,
        primary: &primary,
        aliases: &[],
        fates: NO_FATES,
        now,
        has_history: false,
        behind: rule::Behind::Files,
        dialect: Dialect::Superset,
    };
    let bound = rule::bind(&ruleset, &scope, &mut sink);
    rule::lint(&ruleset, &bound, &scope, Columns::Declared, (text, &place), &mut sink);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let outcomes = runtime.block_on(async {
        let options = QualityOptions::default();
        let prepared =
            prepare(&bound, primary.clone(), primary.clone(), Vec::new(), &session, &options, Beside::default()).await.unwrap();
        scan::fold(prepared.plan(), &session, || (), |(), _| Ok(())).await.unwrap();
        prepared.finish().unwrap().outcomes
    });
    let said = sink.finish(&map);
    (map, said, outcomes)
}

fn ruleset(rules: &[String]) -> String {
    format!("Rules = [\n{}\n]\n", rules.join(",\n"))
}

fn edited(text: &str, diagnostic: &Diagnostic) -> String {
    let mut edits = diagnostic.fix.clone().unwrap().edits;
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.span.start));
    let mut text = text.to_owned();
    for edit in edits {
        text.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    text
}

/// Whether what is said of a rule that can only fail, or only hold, can be seen: it has something to judge.
fn has_values(rows: &[Row], filtered: bool) -> bool {
    let inside = || rows.iter().filter(|row| !filtered || row.0 > 1);
    inside().any(|row| row.1.is_some())
        && inside().any(|row| row.2.is_some())
        && inside().any(|row| row.3.is_some())
        && inside().any(|row| row.4.is_some())
        && inside().any(|row| row.5.is_some())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn what_is_said_is_so(rules in proptest::collection::vec(rule(), 2..7), rows in rows()) {
        let text = ruleset(&rules);
        let (map, said, outcomes) = lint_and_judge(&text, &rows);
        // A line for each rule, after the first.
        let rule = |label: &Label| map.start(label.span).line - 2;
        for diagnostic in &said {
            let at = rule(diagnostic.primary().unwrap());
            let other = diagnostic.labels.iter().find(|label| !label.primary).map(rule);
            let outcome = outcomes.get(at);
            let filtered = rules.get(at).is_some_and(|rule| rule.contains("where"));
            let judged = has_values(&rows, filtered);
            let shown = format!("{} {} at {at} {other:?} {rows:?}", diagnostic.code.number, diagnostic.message);
            match (diagnostic.code.number, outcome, other) {
                ("GC0810", Some(outcome), _) => prop_assert!(!outcome.passed || !judged, "{shown}"),
                ("GC0820", Some(outcome), _) => prop_assert!(outcome.passed || !judged, "{shown}"),
                ("GC0821", Some(outcome), Some(other)) => {
                    prop_assert!(!(outcome.passed && outcomes[other].passed && judged), "{shown}");
                }
                ("GC0822", Some(outcome), Some(other)) => {
                    prop_assert!(outcome.passed || !outcomes[other].passed, "{shown}");
                }
                _ => {}
            }
            let Some(fix) = diagnostic.fix.as_ref().filter(|fix| fix.safety == Safety::Safe) else { continue };
            let (_, _, mut after) = lint_and_judge(&edited(&text, diagnostic), &rows);
            if fix.title == "remove it" {
                after.insert(at, outcomes[at].clone());
            }
            let verdicts = |outcomes: &[RuleOutcome]| -> Vec<_> {
                outcomes.iter().map(|outcome| (outcome.passed, outcome.failed_rows)).collect()
            };
            prop_assert_eq!(verdicts(&outcomes), verdicts(&after), "{}", shown);
        }
    }
}
