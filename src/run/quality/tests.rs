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
];

fn row() -> impl Strategy<Value = Row> {
    let text = prop_oneof![Just("x".to_owned()), Just(String::new()), Just("7".to_owned()), Just("  ".to_owned())];
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
        let (result, failed) = evaluate(&texts(SHARES.iter().chain(OTHERS)), &rows, partitions, QualityOptions::default());
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
    fn together_is_as_one_by_one(rows in rows(), partitions in 1_usize..4) {
        let rules = texts(SHARES.iter().chain(OTHERS));
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
