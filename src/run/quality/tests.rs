//! Properties of evaluation over random small tables with nulls everywhere.

use std::sync::Arc;

use chrono::DateTime;
use datafusion::arrow::array::{Array, AsArray, Float64Array, Int64Array, RecordBatch, StringArray};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use proptest::prelude::*;

use super::*;
use crate::diag::Sink;
use crate::plan::nodes::Planner;
use crate::plan::nodes::quality::{FAILURES, WARNINGS};
use crate::run::report::Counted;
use crate::source::{EmbedMap, SourceMap};
use crate::stdlib::expr::NO_FATES;
use crate::stdlib::expr::engine::{EngineOptions, session};
use crate::stdlib::rule::{self, Scope, VERDICTS};
use crate::syntax::dqdl::{self, Dialect};

type Row = (Option<i64>, Option<String>, Option<f64>);

/// Rules that judge rows, whose metric is the share of rows that pass.
const SHARES: &[&str] = &[
    r#"IsComplete "a""#,
    r#"Completeness "s" > 0.5"#,
    r#"ColumnValues "a" in [1, 2, 3]"#,
    r#"ColumnValues "a" not in [1, NULL]"#,
    r#"ColumnValues "a" != 2"#,
    r#"ColumnValues "a" not between 1 and 4"#,
    r#"ColumnValues "s" in ["x", "", NULL]"#,
    r#"ColumnValues "s" matches "[a-z]+" with threshold > 0.5"#,
    r#"ColumnValues "v" not in [0, 1.5]"#,
    r#"ColumnDataType "s" = "INTEGER""#,
    r#"ReferentialIntegrity "a" "ref.a" >= 0.5"#,
    r#"CustomSql "select a, s from primary where a > 1""#,
    r#"ColumnValues "a" in [1, 2] with threshold > 0.5"#,
    r#"ColumnValues "a" between 0 and 4 with threshold >= 0.5"#,
    r#"ColumnValues "s" not matches "7""#,
    r#"ColumnValues "s" = "x""#,
    r#"ColumnValues "s" != "x""#,
    r#"ColumnLength "s" in [1, 2]"#,
    r#"ColumnLength "s" not in [2]"#,
    r#"ColumnLength "s" not between 1 and 3"#,
    r#"ColumnDataType "s" != "DATE" with threshold > 0.1"#,
    r#"DataFreshness "s" > 24 hours"#,
    r#"DatasetMatch "ref" "a" "s" >= 0.5"#,
    r#"CustomSql "select s from primary where s = 'x'" with threshold > 0.3"#,
];

/// Rules that hold if no row fails, and if there is a value: of whole numbers and texts.
const EXTREMES: &[&str] = &[
    r#"ColumnValues "a" > 0"#,
    r#"ColumnValues "a" >= 1"#,
    r#"ColumnValues "a" < 4"#,
    r#"ColumnValues "a" <= 3"#,
    r#"ColumnValues "a" = 2"#,
    r#"ColumnValues "a" between 0 and 5"#,
    r#"ColumnLength "s" > 0"#,
    r#"ColumnLength "s" >= 1"#,
    r#"ColumnLength "s" < 2"#,
    r#"ColumnLength "s" <= 2"#,
    r#"ColumnLength "s" = 1"#,
    r#"ColumnLength "s" between 0 and 3"#,
];

/// All the others.
const OTHERS: &[&str] = &[
    "RowCount > 3",
    "ColumnCount = 3",
    r#"Uniqueness "a" > 0.2"#,
    r#"IsUnique "a" "s""#,
    r#"IsPrimaryKey "a""#,
    r#"UniqueValueRatio "s" > 0.1"#,
    r#"DistinctValuesCount "a" < 5"#,
    r#"Entropy "s" > 0.1"#,
    r#"Mean "a" > 1"#,
    r#"Sum "v" > 1"#,
    r#"StandardDeviation "a" < 2"#,
    r#"ColumnValues "a" > 0"#,
    r#"ColumnValues "v" between -1 and 3"#,
    r#"ColumnLength "s" <= 2"#,
    r#"RowCountMatch "ref" > 0.5"#,
    r#"(IsComplete "a") and (ColumnValues "a" > 0)"#,
    r#"(IsComplete "a") or (ColumnLength "s" = 1)"#,
    r#"AggregateMatch "sum(a)" "sum(ref.a)" > 0.5"#,
    r#"Uniqueness "a" "s" > 0.5"#,
    r#"IsPrimaryKey "a" "s""#,
    r#"ColumnValues "s" in ["x", EMPTY, WHITESPACES_ONLY]"#,
    r#"ColumnValues "a" = 2 with threshold > 0.2"#,
    r#"ColumnValues "s" > "2023-01-01" with threshold < 1"#,
    r#"ColumnLength "s" != 1"#,
    r#"ColumnLength "s" not in [0, 1]"#,
    r#"Variance "v" > 1"#,
    r#"ColumnCorrelation "a" "v" > 0.1"#,
    r#"ColumnExists "a""#,
    r#"ColumnNamesMatchPattern "[a-z]""#,
    r#"SchemaMatch "ref" = 1"#,
    r#"CustomSql "select count(*) from primary" > 3"#,
    r#"((IsComplete "a") or (IsUnique "s")) and (ColumnValues "a" < 4)"#,
    r#"ZerosCount "v" > 1"#,
    r#"Range "a" < 4"#,
    r#"Range "v" > 1"#,
    r#"InterquartileRange "a" >= 2"#,
    r#"InterquartileRange "v" >= 1"#,
    r#"Skewness "a" between -1 and 1"#,
    r#"Kurtosis "a" < 0"#,
    "DuplicateRowCount < 3",
    r#"DuplicateRowCount "a" = 0"#,
    r#"DuplicateRowCount "a" "s" > 2"#,
];

/// Rule types that take a `where`, without one.
const FILTERABLE: &[&str] = &[
    "RowCount > 3",
    r#"IsComplete "a""#,
    r#"Uniqueness "a" > 0.2"#,
    r#"DistinctValuesCount "s" > 1"#,
    r#"Mean "a" > 1"#,
    r#"ColumnValues "a" > 0"#,
    r#"ColumnValues "s" in ["x", "7"]"#,
    r#"ColumnLength "s" in [1]"#,
    r#"IsPrimaryKey "a""#,
    r#"ZerosCount "v" > 1"#,
    r#"Range "a" < 4"#,
    r#"InterquartileRange "a" >= 2"#,
    r#"Skewness "a" > 0.1"#,
    r#"Kurtosis "a" < 0"#,
    r#"DuplicateRowCount "a" "s" > 2"#,
    r#"Completeness "s" >= 0.5"#,
    r#"IsUnique "s""#,
    r#"UniqueValueRatio "s" > 0.2"#,
    r#"Sum "v" > 1"#,
    r#"StandardDeviation "a" < 1"#,
    r#"Variance "a" < 1"#,
    r#"Entropy "s" > 0.5"#,
    r#"ColumnCorrelation "a" "v" > 0.1"#,
    r#"ColumnDataType "s" = "INTEGER""#,
    r#"DataFreshness "s" > 24 hours"#,
    r#"ColumnValues "s" matches "x""#,
    r#"ColumnValues "a" between 1 and 5"#,
    r#"ColumnLength "s" > 0"#,
];

/// Parts of composites.
const PARTS: &[&str] = &[
    r#"IsComplete "a""#,
    r#"ColumnValues "a" > 1"#,
    r#"ColumnLength "s" = 1"#,
    r#"IsUnique "s""#,
    r#"Completeness "s" > 0.5"#,
    r#"ColumnValues "s" in ["x", "7"] with threshold > 0.2"#,
    r#"ColumnValues "a" > 2 where "s = 'x'""#,
    r#"ReferentialIntegrity "a" "ref.a" >= 0.5"#,
];

/// Rule types that no table is enough for: files, earlier runs, analyzers.
const ELSEWHERE: &[&str] =
    &["AllStatistics", "DetectAnomalies", "Distribution", "FileFreshness", "FileMatch", "FileSize", "FileUniqueness"];

/// A condition on whole numbers.
#[derive(Debug, Clone)]
enum NumberTest {
    Compare(&'static str, i64),
    Between(bool, i64, i64),
    In(bool, Vec<i64>, bool),
}

impl NumberTest {
    fn text(&self) -> String {
        let not = |inside: bool| if inside { "" } else { "not " };
        match self {
            Self::Compare(sign, y) => format!("{sign} {y}"),
            Self::Between(inside, low, high) => format!("{}between {low} and {high}", not(*inside)),
            Self::In(inside, list, with_null) => {
                let texts: Vec<String> = list.iter().map(i64::to_string).collect();
                format!("{}in [{}{}]", not(*inside), texts.join(", "), if *with_null { ", NULL" } else { "" })
            }
        }
    }

    /// Whether a value satisfies it; null satisfies only what denies single values.
    fn holds(&self, x: Option<i64>) -> bool {
        match (self, x) {
            (Self::Compare(sign, _), None) => *sign == "!=",
            (Self::Compare(sign, y), Some(x)) => match *sign {
                "=" => x == *y,
                "!=" => x != *y,
                ">" => x > *y,
                ">=" => x >= *y,
                "<" => x < *y,
                _ => x <= *y,
            },
            (Self::Between(inside, low, high), x) => x.is_some_and(|x| (*low < x && x < *high) == *inside),
            (Self::In(inside, list, with_null), x) => x.map_or(*with_null, |x| list.contains(&x)) == *inside,
        }
    }
}

fn number_test() -> impl Strategy<Value = NumberTest> {
    let signs = proptest::sample::select(vec!["=", "!=", ">", ">=", "<", "<="]);
    prop_oneof![
        (signs, -1_i64..7).prop_map(|(sign, y)| NumberTest::Compare(sign, y)),
        (any::<bool>(), -1_i64..7, -1_i64..7).prop_map(|(inside, low, high)| NumberTest::Between(inside, low, high)),
        (any::<bool>(), proptest::collection::vec(-1_i64..7, 1..4), any::<bool>())
            .prop_map(|(inside, list, with_null)| NumberTest::In(inside, list, with_null)),
    ]
}

/// For each rule, what each row does: passes, fails, neither.
fn verdicts(rules: &[String], rows: &[Row], options: QualityOptions) -> (QualityResult, Vec<Vec<Option<bool>>>) {
    let options = QualityOptions { verdicts: Some(RuleNames::Plain), ..options };
    let (result, batches) = judged(rules, rows, 1, options);
    let mut found = vec![Vec::new(); rules.len()];
    for batch in batches.iter().flatten() {
        let lists = |name: &str, row: usize, rule: &str| {
            let texts = batch.column_by_name(name).unwrap().as_list::<i32>().value(row);
            texts.as_string::<i32>().iter().flatten().any(|text| text == rule)
        };
        for (outcome, found) in result.outcomes.iter().zip(&mut found) {
            let verdict = |row| match (lists(VERDICTS[0], row, &outcome.rule), lists(VERDICTS[1], row, &outcome.rule)) {
                (false, false) => None,
                (passes, _) => Some(passes),
            };
            found.extend((0..batch.num_rows()).map(verdict));
        }
    }
    (result, found)
}

/// Every rule type is in one of the lists, and every one that takes a `where` in that list.
#[test]
fn the_lists_have_every_rule_type() {
    let kinds = |rules: &[&'static str]| rules.iter().map(|rule| rule.split(' ').next().unwrap_or_default()).collect::<Vec<_>>();
    let all = [kinds(SHARES), kinds(EXTREMES), kinds(OTHERS)].concat();
    for def in rule::all().filter(|def| !ELSEWHERE.contains(&def.name)) {
        assert!(all.contains(&def.name), "no property looks at {}", def.name);
        assert!(!def.filter || kinds(FILTERABLE).contains(&def.name), "no property filters {}", def.name);
    }
}

fn row() -> impl Strategy<Value = Row> {
    let text = prop_oneof![
        Just("x".to_owned()),
        Just(String::new()),
        Just("7".to_owned()),
        Just("  ".to_owned()),
        Just("2023-11-01".to_owned())
    ];
    let number = prop_oneof![Just(0.0), Just(-0.0), Just(1.5), Just(f64::NAN), Just(f64::INFINITY)];
    (proptest::option::of(0_i64..6), proptest::option::of(text), proptest::option::of(number))
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    proptest::collection::vec(row(), 0..20)
}

fn batch(rows: &[Row]) -> RecordBatch {
    let a: Int64Array = rows.iter().map(|(a, _, _)| *a).collect();
    let s: StringArray = rows.iter().map(|(_, s, _)| s.as_deref()).collect();
    let v: Float64Array = rows.iter().map(|(_, _, v)| *v).collect();
    RecordBatch::try_from_iter_with_nullable([
        ("a", Arc::new(a) as _, true),
        ("s", Arc::new(s) as _, true),
        ("v", Arc::new(v) as _, true),
    ])
    .unwrap()
}

fn table(rows: &[Row], partitions: usize) -> LogicalPlan {
    let whole = batch(rows);
    let size = rows.len().div_ceil(partitions).max(1);
    let parts = (0..partitions).map(|at| {
        let start = (at * size).min(rows.len());
        vec![whole.slice(start, size.min(rows.len() - start))]
    });
    let table = MemTable::try_new(whole.schema(), parts.collect()).unwrap();
    LogicalPlanBuilder::scan("t", provider_as_source(Arc::new(table)), None).unwrap().build().unwrap()
}

/// The result, and how many rows are routed to `failed`.
fn evaluate(rules: &[String], rows: &[Row], partitions: usize, options: QualityOptions) -> (QualityResult, usize) {
    let (result, batches) = judged(rules, rows, partitions, options);
    let failed = batches.iter().flatten().map(|batch| {
        let failures = batch.column_by_name(FAILURES).unwrap();
        batch.num_rows() - failures.null_count()
    });
    (result, failed.sum())
}

/// The result, and the judged batches of every partition.
fn judged(rules: &[String], rows: &[Row], partitions: usize, options: QualityOptions) -> (QualityResult, Vec<Vec<RecordBatch>>) {
    judged_text(&format!("Rules = [\n{}\n]", rules.join(",\n")), rows, partitions, options)
}

/// The same of a whole ruleset.
fn judged_text(text: &str, rows: &[Row], partitions: usize, options: QualityOptions) -> (QualityResult, Vec<Vec<RecordBatch>>) {
    let mut sink = Sink::default();
    let file = SourceMap::default().add("rules.dqdl", text);
    let ruleset = dqdl::parse(text, &EmbedMap::file(file, text.len()), Dialect::Superset, &mut sink);
    let engine = EngineOptions { target_partitions: partitions, ..EngineOptions::CHECK };
    let session = SessionStateBuilder::new_from_existing(session(&engine)).with_query_planner(Arc::new(Planner)).build();
    let primary = table(rows, partitions);
    let reference: Vec<Row> = vec![(Some(1), None, None), (Some(3), None, None), (None, None, None)];
    let aliases = vec![("ref".to_owned(), table(&reference, 1))];
    let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
    let scope = Scope {
        engine: &session,
        primary: &primary,
        aliases: &aliases,
        fates: NO_FATES,
        behind: rule::Behind::Files,
        now,
        has_history: false,
        dialect: Dialect::Superset,
    };
    let bound = rule::bind(&ruleset, &scope, &mut sink);
    assert!(!sink.has_errors(), "{:?}", sink.iter().collect::<Vec<_>>());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let aliases = aliases.clone();
        let prepared =
            prepare(&bound, primary.clone(), primary.clone(), aliases, &session, &options, Beside::default()).await.unwrap();
        let batches = scan::fold(prepared.plan(), &session, Vec::new, |batches: &mut Vec<RecordBatch>, batch| {
            batches.push(batch);
            Ok(())
        });
        let batches = batches.await.unwrap();
        (prepared.finish().unwrap(), batches)
    })
}

/// Rules that judge rows, and one that does not.
const LABELLED: &[&str] = &[
    r#"IsComplete "a""#,
    r#"IsUnique "s""#,
    r#"ColumnValues "a" > 1 where "s = 'x'""#,
    r#"((IsComplete "a") or (ColumnLength "s" = 1))"#,
    r#"IsPrimaryKey "a" "s""#,
    r#"ReferentialIntegrity "a" "ref.a" >= 0.5"#,
    "RowCount > 3",
];

fn close(a: &IndexMap<String, f64>, b: &IndexMap<String, f64>) -> bool {
    let near = |x: f64, y: f64| {
        (x.is_nan() && y.is_nan()) || x.total_cmp(&y).is_eq() || (x - y).abs() <= 1e-9 * x.abs().max(y.abs()).max(1.0)
    };
    a.len() == b.len() && a.iter().all(|(name, x)| b.get(name).is_some_and(|y| near(*x, *y)))
}

fn texts<'a>(rules: impl IntoIterator<Item = &'a &'static str>) -> Vec<String> {
    rules.into_iter().map(|rule| (*rule).to_owned()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn no_row_is_lost_or_doubled(rows in rows(), partitions in 1_usize..4) {
        let (result, failed) = evaluate(&texts(SHARES.iter().chain(EXTREMES).chain(OTHERS)), &rows, partitions, QualityOptions::default());
        prop_assert_eq!(result.rows.input, rows.len() as u64);
        prop_assert_eq!(result.rows.passed + result.rows.failed, result.rows.input);
        prop_assert_eq!(result.rows.failed, failed as u64);
    }

    #[test]
    fn a_share_is_the_mean_of_the_row_test(rows in rows()) {
        let (result, _) = evaluate(&texts(SHARES), &rows, 2, QualityOptions::default());
        for outcome in result.outcomes {
            let Some(failed) = outcome.failed_rows else { continue };
            let Some((_, share)) = outcome.metrics.first() else { continue };
            let total = rows.len() as f64;
            prop_assert!((share * total - (total - failed as f64)).abs() < 1e-6, "{} {share} {failed}", outcome.rule);
        }
    }

    #[test]
    fn a_share_under_a_filter_counts_the_rows_inside(rows in rows()) {
        let filterable = |rule: &&&str| rule::find(rule.split(' ').next().unwrap()).unwrap().filter && !rule.contains(" with ");
        let filtered: Vec<String> = SHARES.iter().filter(filterable).map(|rule| format!("{rule} where \"a > 1\"")).collect();
        let inside = rows.iter().filter(|(a, _, _)| a.is_some_and(|a| a > 1)).count() as f64;
        let (result, _) = evaluate(&filtered, &rows, 2, QualityOptions::default());
        for outcome in result.outcomes {
            let (Some(failed), Some((_, share))) = (outcome.failed_rows, outcome.metrics.first()) else { continue };
            prop_assert!((share * inside - (inside - failed as f64)).abs() < 1e-6, "{} {share} {failed}", outcome.rule);
        }
    }

    #[test]
    fn a_rule_on_extremes_holds_if_no_row_fails(rows in rows()) {
        let (result, _) = evaluate(&texts(EXTREMES), &rows, 2, QualityOptions::default());
        for outcome in result.outcomes {
            let about_numbers = outcome.rule.contains("\"a\"");
            let has_values = rows.iter().any(|(a, s, _)| if about_numbers { a.is_some() } else { s.is_some() });
            let holds = has_values && outcome.failed_rows == Some(0);
            prop_assert_eq!(outcome.passed, holds, "{} {:?}", outcome.rule, outcome.failed_rows);
        }
    }

    #[test]
    fn conditions_on_numbers_judge_each_value(test in number_test(), rows in rows()) {
        let condition = test.text();
        let (result, found) = verdicts(&[format!("ColumnValues \"a\" {condition}")], &rows, QualityOptions::default());
        let wanted: Vec<_> = rows.iter().map(|(a, _, _)| Some(test.holds(*a))).collect();
        prop_assert_eq!(&found[0], &wanted, "{}", condition);
        if let Some(share) = result.outcomes[0].metrics.get("Column.a.ColumnValues.Compliance") {
            let right = wanted.iter().filter(|verdict| **verdict == Some(true)).count() as f64;
            prop_assert!((share * rows.len() as f64 - right).abs() < 1e-6, "{condition} {share} {right}");
        }
        if !rows.is_empty() {
            prop_assert_eq!(result.outcomes[0].passed, wanted.iter().all(|verdict| *verdict == Some(true)), "{}", condition);
        }
    }

    #[test]
    fn composites_are_the_logic_of_their_parts(
        rows in rows(),
        first in 0_usize..PARTS.len(),
        second in 0_usize..PARTS.len(),
        composites_by_rows: bool,
    ) {
        let (first, second) = (PARTS[first], PARTS[second]);
        let rules = [first.to_owned(), second.to_owned(), format!("({first}) AND ({second})"), format!("({first}) OR ({second})")];
        let options = QualityOptions { composites_by_rows, ..QualityOptions::default() };
        let (result, found) = verdicts(&rules, &rows, options);
        let parts = found[0].iter().zip(&found[1]).zip(found[2].iter().zip(&found[3]));
        for (row, ((a, b), (both, either))) in parts.enumerate() {
            let and = if *a == Some(false) || *b == Some(false) { Some(false) } else { a.and(*b) };
            let or = if *a == Some(true) || *b == Some(true) { Some(true) } else { a.and(*b) };
            prop_assert_eq!((*both, *either), (and, or), "row {} of {} and {}", row, first, second);
        }
        let passed: Vec<bool> = result.outcomes.iter().map(|outcome| outcome.passed).collect();
        let excluded = |part: &str| part.contains("threshold") || rule::find(part.split(' ').next().unwrap()).unwrap().excluded_from_row_composites;
        if composites_by_rows && !rows.is_empty() && !excluded(first) && !excluded(second) {
            prop_assert_eq!(passed[2], result.outcomes[2].failed_rows == Some(0));
            prop_assert_eq!(passed[3], result.outcomes[3].failed_rows == Some(0));
        } else {
            prop_assert_eq!((passed[2], passed[3]), (passed[0] && passed[1], passed[0] || passed[1]));
        }
    }

    #[test]
    fn together_is_as_one_by_one(rows in rows(), partitions in 1_usize..4) {
        let rules = texts(SHARES.iter().chain(EXTREMES).chain(OTHERS));
        let (together, _) = evaluate(&rules, &rows, partitions, QualityOptions::default());
        for (rule, outcome) in rules.iter().zip(&together.outcomes) {
            let (alone, _) = evaluate(std::slice::from_ref(rule), &rows, 1, QualityOptions::default());
            let alone = &alone.outcomes[0];
            prop_assert_eq!((alone.passed, alone.failed_rows), (outcome.passed, outcome.failed_rows), "{}", rule);
            prop_assert!(close(&alone.metrics, &outcome.metrics), "{rule}: {:?} {:?}", alone.metrics, outcome.metrics);
        }
    }

    #[test]
    fn a_filter_is_the_rule_on_the_rows_it_leaves(rows in rows()) {
        let inside: Vec<Row> = rows.iter().filter(|(a, _, _)| a.is_some_and(|a| a > 1)).cloned().collect();
        prop_assume!(!inside.is_empty());
        let filtered: Vec<String> = FILTERABLE.iter().map(|rule| format!("{rule} where \"a > 1\"")).collect();
        let (with, _) = evaluate(&filtered, &rows, 1, QualityOptions::default());
        let (without, _) = evaluate(&texts(FILTERABLE), &inside, 1, QualityOptions::default());
        for (with, without) in with.outcomes.iter().zip(&without.outcomes) {
            prop_assert!(close(&with.metrics, &without.metrics), "{}: {:?} {:?}", with.rule, with.metrics, without.metrics);
            prop_assert_eq!(with.failed_rows, without.failed_rows, "{}", with.rule);
            if !without.metrics.is_empty() {
                prop_assert_eq!(with.passed, without.passed, "{}", with.rule);
            }
        }
    }

    #[test]
    fn every_row_goes_one_way_and_carries_what_is_said_of_it(
        rows in rows(),
        partitions in 1_usize..4,
        chosen in proptest::collection::vec((0_usize..LABELLED.len(), 0_usize..3), 1..8),
        filtered_passes: bool,
    ) {
        let labels = ["", " labels=[\"severity\"=\"warn\"]", " labels=[\"severity\"=\"error\"]"];
        let rules: Vec<String> = chosen.iter().map(|(rule, label)| format!("{}{}", LABELLED[*rule], labels[*label])).collect();
        let options =
            QualityOptions { verdicts: Some(RuleNames::Labelled), warnings: true, filtered_passes, ..QualityOptions::default() };
        let (result, batches) = judged(&rules, &rows, partitions, options);
        // The rows of every partition are those that came in, in their order.
        let size = rows.len().div_ceil(partitions).max(1);
        for (at, batches) in batches.iter().enumerate() {
            let input = batch(&rows).slice((at * size).min(rows.len()), size.min(rows.len() - (at * size).min(rows.len())));
            let width = input.num_columns();
            let output = datafusion::arrow::compute::concat_batches(&batches.first().map_or(input.schema(), RecordBatch::schema), batches);
            if batches.is_empty() {
                prop_assert_eq!(input.num_rows(), 0);
                continue;
            }
            let output = output.unwrap();
            prop_assert_eq!(&output.columns()[..width], input.columns());
            let (failures, warnings) = (output.column_by_name(FAILURES).unwrap(), output.column_by_name(WARNINGS).unwrap());
            let failing = output.column_by_name(VERDICTS[1]).unwrap().as_list::<i32>();
            let verdict = output.column_by_name(VERDICTS[3]).unwrap().as_string::<i32>();
            for row in 0..output.num_rows() {
                let fails = failing.value(row);
                let fails: Vec<&str> = fails.as_string::<i32>().iter().flatten().collect();
                let warns = |text: &&&str| text.ends_with("labels=[\"severity\"=\"warn\"]");
                prop_assert_eq!(verdict.value(row) == "Failed", !fails.is_empty());
                let routed = fails.iter().any(|text| !warns(&text));
                prop_assert_eq!(failures.is_valid(row), routed);
                prop_assert_eq!(warnings.is_valid(row), !routed && !fails.is_empty());
                if routed {
                    prop_assert_eq!(failures.as_list::<i32>().value(row).len(), fails.len());
                } else if !fails.is_empty() {
                    prop_assert_eq!(warnings.as_list::<i32>().value(row).len(), fails.len());
                }
                let listed: usize = VERDICTS[..3].iter().map(|name| {
                    output.column_by_name(name).unwrap().as_list::<i32>().value(row).len()
                }).sum();
                prop_assert_eq!(listed, rules.len());
            }
        }
        prop_assert_eq!(result.rows.passed + result.rows.failed, rows.len() as u64);
        prop_assert!(result.faulty >= result.rows.failed);
    }

    #[test]
    fn rules_that_hold_route_nothing_if_told_so(rows in rows()) {
        let options = QualityOptions { only_failed_rules_route: true, ..QualityOptions::default() };
        let (result, failed) = evaluate(&texts(&[r#"Completeness "a" >= 0"#]), &rows, 2, options);
        prop_assert_eq!(failed, if result.outcomes[0].passed { 0 } else { rows.len() });
    }

    #[test]
    fn all_statistics_are_those_of_the_rules(rows in rows(), partitions in 1_usize..4) {
        let of_any = |c: &str| ["Completeness", "Uniqueness", "UniqueValueRatio", "DistinctValuesCount", "Entropy"].map(|name| format!("{name} \"{c}\" >= 0"));
        let of_numbers = |c: &str| ["ColumnValues", "Mean", "Sum", "StandardDeviation"].map(|name| format!("{name} \"{c}\" = 0"));
        let mut rules = vec!["RowCount = 0".to_owned(), "ColumnCount = 0".to_owned(), "ColumnLength \"s\" = 0".to_owned()];
        rules.extend(["a", "s", "v"].into_iter().flat_map(of_any));
        rules.extend(["a", "v"].into_iter().flat_map(of_numbers));
        let (by_rules, _) = evaluate(&rules, &rows, 1, QualityOptions::default());
        let text = "Analyzers = [ AllStatistics of AllColumns ]";
        let (at_once, _) = judged_text(text, &rows, partitions, QualityOptions::default());
        let figures = |result: &QualityResult| -> IndexMap<String, f64> {
            let mut figures: IndexMap<_, _> = result.statistics.iter().map(|one| (one.series.metric.clone(), one.value)).collect();
            figures.sort_keys();
            figures
        };
        prop_assert!(close(&figures(&by_rules), &figures(&at_once)), "{:?} {:?}", figures(&by_rules), figures(&at_once));
        let columns = |metric: &str| at_once.statistics.iter().find(|one| one.series.metric == metric).map(|one| one.columns.clone());
        prop_assert_eq!(columns("Dataset.*.RowCount"), Some(Vec::new()));
        prop_assert_eq!(columns("Column.s.DistinctValuesCount"), Some(vec!["s".to_owned()]));
    }

    #[test]
    fn every_value_is_counted_once_in_a_distribution(rows in rows(), partitions in 1_usize..4) {
        let text = "Analyzers = [ Distribution AllColumns, Distribution \"v\" with bins = 3 ]";
        let (result, _) = judged_text(text, &rows, partitions, QualityOptions::default());
        let (alone, _) = judged_text(text, &rows, 1, QualityOptions::default());
        prop_assert_eq!(&result.analyzers, &alone.analyzers);
        for spread in result.analyzers.iter().flat_map(|analyzer| &analyzer.distributions) {
            let values = rows.iter().filter(|(a, s, v)| match spread.column.as_str() {
                "a" => a.is_some(),
                "s" => s.is_some(),
                _ => v.is_some(),
            });
            let values = values.count() as u64;
            match &spread.counted {
                Counted::Bins { edges, counts, not_a_number, .. } if edges.is_empty() => {
                    // Without a finite value there are no bins.
                    prop_assert!(counts.is_empty() && *not_a_number == 0);
                    prop_assert!(spread.column != "a" || values == 0);
                }
                Counted::Bins { edges, counts, not_a_number, .. } => {
                    prop_assert_eq!(counts.iter().sum::<u64>() + not_a_number, values);
                    prop_assert_eq!(counts.len() + 1, edges.len());
                }
                Counted::Values { frequent, other_rows, .. } => {
                    prop_assert_eq!(frequent.iter().map(|(_, count)| count).sum::<u64>() + other_rows, values);
                }
            }
        }
    }
}
