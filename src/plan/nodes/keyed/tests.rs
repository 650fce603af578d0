//! The operators against a reference that compares every row with every other, in memory and with files.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Decimal128Array, Float64Array, Int32Array, Int64Array, RecordBatch, StringViewArray,
    TimestampMicrosecondArray, UInt64Array,
};
use datafusion::arrow::compute::{concat_batches, sort_to_indices, take_record_batch};
use datafusion::arrow::datatypes::{DataType, Field, UInt64Type};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::common::stats::Precision;
use datafusion::common::{DataFusionError, Result};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use proptest::option::of;
use proptest::prelude::*;

use crate::plan::nodes::Planner;
use crate::stdlib::expr::engine::{EngineOptions, session_with_runtime};
use crate::stdlib::node::OrderBy;
use crate::stdlib::node::keep::Keep;
use crate::stdlib::node::running::{Function, FunctionKind, Running};

#[derive(Debug, Clone, Default)]
struct Row {
    key: Option<i64>,
    text: Option<String>,
    number: Option<f64>,
    at: Option<i64>,
    small: Option<i32>,
    money: Option<i128>,
}

const TEXTS: &[&str] = &["", "a", "b", "longer than twelve bytes", "longer than twelve bytes, too"];

fn row() -> impl Strategy<Value = Row> {
    let numbers = prop_oneof![Just(0.0), Just(-0.0), Just(f64::NAN), Just(-f64::NAN), (-3..3_i32).prop_map(f64::from)];
    let times = prop_oneof![Just(i64::MIN), Just(i64::MAX), -2..4_i64];
    let text = (0..TEXTS.len()).prop_map(|at| TEXTS[at].to_owned());
    (of(-2..5_i64), of(text), of(numbers), of(times), of(-9..9_i32), of(-999..999_i128))
        .prop_map(|(key, text, number, at, small, money)| Row { key, text, number, at, small, money })
}

/// A batch; `id` tells in which order rows are read.
fn batch(first: usize, rows: &[Row]) -> RecordBatch {
    let ids: UInt64Array = (first..first + rows.len()).map(|id| id as u64).collect();
    let money: Decimal128Array = rows.iter().map(|row| row.money).collect();
    let at: TimestampMicrosecondArray = rows.iter().map(|row| row.at).collect();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(ids)),
        ("key", Arc::new(rows.iter().map(|row| row.key).collect::<Int64Array>())),
        ("text", Arc::new(rows.iter().map(|row| row.text.as_deref()).collect::<StringViewArray>())),
        ("number", Arc::new(rows.iter().map(|row| row.number).collect::<Float64Array>())),
        ("at", Arc::new(at.with_timezone("UTC"))),
        ("small", Arc::new(rows.iter().map(|row| row.small).collect::<Int32Array>())),
        ("money", Arc::new(money.with_precision_and_scale(10, 2).unwrap())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true))).unwrap()
}

/// A table of several partitions, cut into small batches.
fn table(partitions: &[Vec<Row>], rows_of_batch: usize) -> LogicalPlan {
    let mut first = 0;
    let mut parts = Vec::new();
    for rows in partitions {
        let mut batches = Vec::new();
        for rows in rows.chunks(rows_of_batch) {
            batches.push(batch(first, rows));
            first += rows.len();
        }
        parts.push(batches);
    }
    let table = MemTable::try_new(batch(0, &[]).schema(), parts).unwrap();
    let scan = LogicalPlanBuilder::scan("t", provider_as_source(Arc::new(table)), None).unwrap().build().unwrap();
    let columns = scan.schema().columns().into_iter().map(|column| Expr::Column(column.clone()).alias(column.name));
    LogicalPlanBuilder::from(scan.clone()).project(columns.collect::<Vec<_>>()).unwrap().build().unwrap()
}

/// A session; with a limit of memory, rows go to files when it is reached.
fn session(limit: Option<usize>) -> SessionState {
    let mut runtime = RuntimeEnvBuilder::new();
    if let Some(bytes) = limit {
        runtime = runtime.with_memory_pool(Arc::new(FairSpillPool::new(bytes)));
    }
    let options = EngineOptions { target_partitions: 3, batch_size: 1024 };
    let state = session_with_runtime(&options, runtime.build_arc().unwrap());
    SessionStateBuilder::new_from_existing(state).with_query_planner(Arc::new(Planner)).build()
}

/// The rows of a plan, by their ids.
fn run(plan: &LogicalPlan, session: &SessionState) -> Result<RecordBatch> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let physical = session.create_physical_plan(plan).await?;
        let schema = physical.schema();
        let batches = datafusion::physical_plan::collect(physical, session.task_ctx()).await?;
        let all = concat_batches(&schema, &batches)?;
        let ids = sort_to_indices(all.column_by_name("id").unwrap(), None, None)?;
        Ok(take_record_batch(&all, &ids)?)
    })
}

/// The value of a column, in a form that is equal for equal keys.
fn key_of(row: &Row, column: &str) -> String {
    match column {
        "key" => format!("{:?}", row.key),
        "text" => format!("{:?}", row.text),
        "number" => match row.number {
            Some(number) if number.is_nan() => "NaN".to_owned(),
            number => format!("{:?}", number.map(|number| number + 0.0)),
        },
        "money" => format!("{:?}", row.money),
        _ => format!("{:?}", row.at),
    }
}

fn keys_of(row: &Row, keys: &[&str]) -> Vec<String> {
    keys.iter().map(|column| key_of(row, column)).collect()
}

fn total(a: Option<f64>, b: Option<f64>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.total_cmp(&b),
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn compare(a: &Row, b: &Row, order: &[(&str, bool)]) -> Ordering {
    let one = |(column, ascending): &(&str, bool)| {
        let ordering = match *column {
            "at" => a.at.cmp(&b.at),
            "text" => a.text.cmp(&b.text),
            "number" => total(a.number, b.number),
            "money" => a.money.cmp(&b.money),
            _ => a.small.cmp(&b.small),
        };
        if *ascending { ordering } else { ordering.reverse() }
    };
    order.iter().map(one).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

fn by(order: &[(&str, bool)]) -> Vec<OrderBy> {
    order.iter().map(|(column, ascending)| OrderBy { column: (*column).to_owned(), ascending: *ascending }).collect()
}

fn names(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|column| (*column).to_owned()).collect()
}

fn keys() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![
        Just(vec!["key"]),
        Just(vec!["text"]),
        Just(vec!["number"]),
        Just(vec!["money"]),
        Just(vec!["key", "text"]),
        Just(vec!["text", "number", "money"]),
    ]
}

fn order() -> impl Strategy<Value = Vec<(&'static str, bool)>> {
    let columns = prop_oneof![
        Just(vec![]),
        Just(vec!["at"]),
        Just(vec!["text"]),
        Just(vec!["number"]),
        Just(vec!["money"]),
        Just(vec!["at", "small"]),
        Just(vec!["text", "at"]),
    ];
    (columns, any::<bool>(), any::<bool>())
        .prop_map(|(columns, first, others)| columns.into_iter().zip([first, others]).collect())
}

fn partitions() -> impl Strategy<Value = Vec<Vec<Row>>> {
    proptest::collection::vec(proptest::collection::vec(row(), 0..40), 1..4)
}

/// Unlimited, or so little that all rows go to files.
fn limits() -> impl Strategy<Value = Option<usize>> {
    prop_oneof![Just(None), Just(Some(1)), Just(Some(6000))]
}

fn ids(batch: &RecordBatch) -> Vec<u64> {
    batch.column_by_name("id").unwrap().as_primitive::<UInt64Type>().values().to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_first_row_of_each_key_stays(
        partitions in partitions(), size in 1_usize..20, keys in keys(), order in order(), limit in limits(),
    ) {
        let rows: Vec<&Row> = partitions.iter().flatten().collect();
        let mut kept: BTreeMap<Vec<String>, usize> = BTreeMap::new();
        for (id, row) in rows.iter().enumerate() {
            let best = kept.entry(keys_of(row, &keys)).or_insert(id);
            if compare(row, rows[*best], &order).is_lt() {
                *best = id;
            }
        }
        let mut expected: Vec<u64> = kept.into_values().map(|id| id as u64).collect();
        expected.sort_unstable();
        let plan = Keep::plan(table(&partitions, size), names(&keys), by(&order));
        let found = run(&plan, &session(limit)).unwrap();
        prop_assert_eq!(ids(&found), expected);
        let all = batch(0, &rows.iter().map(|row| (*row).clone()).collect::<Vec<_>>());
        let same = take_record_batch(&all, &found.column_by_name("id").unwrap().clone()).unwrap();
        prop_assert_eq!(same.columns(), found.columns());
    }

    #[test]
    fn columns_are_computed_of_the_rows_up_to_each(
        partitions in partitions(), size in 1_usize..20, keys in keys(), order in order(), limit in limits(),
    ) {
        let rows: Vec<&Row> = partitions.iter().flatten().collect();
        let functions: Vec<_> = all_functions();
        let input = table(&partitions, size);
        let own = functions.iter().map(|(kind, sql, argument)| function(&input, *kind, sql, *argument, sql)).collect();
        let plan = Running::plan(input, names(&keys), by(&order), own).unwrap();
        let found = run(&plan, &session(limit)).unwrap();
        prop_assert_eq!(found.num_rows(), rows.len());
        for (kind, sql, argument) in functions {
            let column = found.column_by_name(sql).unwrap();
            for id in 0..rows.len() {
                let shown = if column.is_null(id) { "NULL".to_owned() } else { array_value_to_string(column, id).unwrap() };
                let expected = reference(&rows, id, &keys, &order, kind, argument);
                prop_assert_eq!(shown, expected, "{} of row {}", sql, id);
            }
        }
    }
}

/// The functions with the engine's words for them, and their arguments.
fn all_functions() -> Vec<(FunctionKind, &'static str, Option<&'static str>)> {
    use FunctionKind as K;
    vec![
        (K::Sum, "sum(small)", Some("small")),
        (K::Sum, "sum(number)", Some("number")),
        (K::Sum, "sum(money)", Some("money")),
        (K::Avg, "avg(small)", Some("small")),
        (K::Avg, "avg(number)", Some("number")),
        (K::Count, "count(text)", Some("text")),
        (K::Count, "count(1)", None),
        (K::Min, "min(small)", Some("small")),
        (K::Max, "max(number)", Some("number")),
        (K::Min, "min(money)", Some("money")),
        (K::Max, "max(at)", Some("at")),
        (K::First, "first_value(small)", Some("small")),
        (K::Last, "last_value(money)", Some("money")),
        (K::Lag(1), "lag(number, 1)", Some("number")),
        (K::Lead(2), "lead(at, 2)", Some("at")),
        (K::RowNumber, "row_number()", None),
        (K::Rank, "rank()", None),
        (K::DenseRank, "dense_rank()", None),
        (K::PercentRank, "percent_rank()", None),
        (K::CumeDist, "cume_dist()", None),
        (K::Ntile(3), "ntile(3)", None),
    ]
}

/// The function with the type that the engine gives it.
fn function(input: &LogicalPlan, kind: FunctionKind, sql: &str, argument: Option<&str>, name: &str) -> Function {
    let expr = session(None).create_logical_expr(&format!("{sql} over (order by id)"), input.schema()).unwrap();
    let (_, field) = expr.to_field(input.schema()).unwrap();
    let field = Arc::new(field.as_ref().clone().with_name(name));
    let of = argument.map(|name| input.schema().field_with_unqualified_name(name).unwrap().data_type().clone());
    assert!(kind.is_computed(of.as_ref(), field.data_type()), "{sql}");
    Function { kind, argument: argument.map(str::to_owned), field }
}

/// A value as text, by the engine's own display.
fn shown(array: &dyn Array) -> String {
    if array.is_null(0) { "NULL".to_owned() } else { array_value_to_string(array, 0).unwrap() }
}

fn value(row: Option<&Row>, column: &str) -> String {
    let Some(row) = row else { return "NULL".to_owned() };
    shown(batch(0, std::slice::from_ref(row)).column_by_name(column).unwrap())
}

/// What a function gives for a row, by its definition.
fn reference(
    rows: &[&Row],
    id: usize,
    keys: &[&str],
    order: &[(&str, bool)],
    kind: FunctionKind,
    argument: Option<&str>,
) -> String {
    use FunctionKind as K;
    let mut key: Vec<usize> = (0..rows.len()).filter(|other| keys_of(rows[*other], keys) == keys_of(rows[id], keys)).collect();
    key.sort_by(|a, b| compare(rows[*a], rows[*b], order));
    let at = key.iter().position(|other| *other == id).unwrap();
    let is_peer = |other: usize| compare(rows[other], rows[id], order).is_eq();
    let before = key.iter().filter(|other| compare(rows[**other], rows[id], order).is_lt()).count();
    let frame: Vec<&Row> = key
        .iter()
        .take_while(|other| is_peer(**other) || compare(rows[**other], rows[id], order).is_lt())
        .map(|other| rows[*other])
        .collect();
    let column = argument.unwrap_or("id");
    let double = |value: Option<f64>| shown(&Float64Array::from(vec![value]));
    let number = |value: usize| value.to_string();
    let numbers: Vec<f64> = match column {
        "small" => frame.iter().filter_map(|row| row.small.map(f64::from)).collect(),
        _ => frame.iter().filter_map(|row| row.number).collect(),
    };
    let extreme = |greatest: bool| {
        let valid = frame.iter().filter(|row| value(Some(row), column) != "NULL").copied();
        let column = if column == "small" { "small" } else { column };
        let ordering = |a: &&Row, b: &&Row| compare(a, b, &[(column, true)]);
        value(if greatest { valid.max_by(ordering) } else { valid.min_by(ordering) }, column)
    };
    match (kind, column) {
        (K::Sum, "small") => {
            let sum = numbers.iter().sum::<f64>();
            if numbers.is_empty() {
                "NULL".to_owned()
            } else {
                format!("{sum:.0}").replace("-0", if sum == 0.0 { "0" } else { "-0" })
            }
        }
        (K::Sum, "money") => {
            let money: Vec<i128> = frame.iter().filter_map(|row| row.money).collect();
            let sum = (!money.is_empty()).then(|| money.iter().sum::<i128>());
            shown(&Decimal128Array::from(vec![sum]).with_precision_and_scale(20, 2).unwrap())
        }
        (K::Sum, _) => double((!numbers.is_empty()).then(|| numbers.iter().fold(0.0, |a, b| a + b))),
        (K::Avg, _) => double((!numbers.is_empty()).then(|| numbers.iter().fold(0.0, |a, b| a + b) / numbers.len() as f64)),
        (K::Count, "text") => number(frame.iter().filter(|row| row.text.is_some()).count()),
        (K::Count, _) => number(frame.len()),
        (K::Min, _) => extreme(false),
        (K::Max, _) => extreme(true),
        (K::First, _) => value(Some(rows[key[0]]), column),
        (K::Last, _) => value(frame.last().copied(), column),
        (K::Lag(offset), _) => value(at.checked_sub(offset).map(|at| rows[key[at]]), column),
        (K::Lead(offset), _) => value(key.get(at + offset).map(|other| rows[*other]), column),
        (K::RowNumber, _) => number(at + 1),
        (K::Rank, _) => number(before + 1),
        (K::DenseRank, _) => {
            let different = key.windows(2).take(at).filter(|pair| compare(rows[pair[0]], rows[pair[1]], order).is_ne()).count();
            number(different + 1)
        }
        (K::PercentRank, _) => double(Some(if key.len() == 1 { 0.0 } else { before as f64 / (key.len() - 1) as f64 })),
        (K::CumeDist, _) => double(Some(frame.len() as f64 / key.len() as f64)),
        (K::Ntile(buckets), _) => {
            // As equal as possible, the first ones greater.
            let sizes = (0..buckets).map(|bucket| key.len() / buckets + usize::from(bucket < key.len() % buckets));
            let mut end = 0;
            let ends: Vec<usize> = sizes
                .map(|size| {
                    end += size;
                    end
                })
                .collect();
            number(ends.iter().position(|end| at < *end).unwrap() + 1)
        }
    }
}

/// Many rows, of as many keys.
fn many(rows: usize, keys: usize) -> Vec<Vec<Row>> {
    let row = |at: usize| Row {
        text: Some(format!("key number {}", at * 7919 % keys)),
        at: i64::try_from(at * 31 % 1000).ok(),
        small: Some(1),
        ..Row::default()
    };
    (0..rows).map(row).collect::<Vec<_>>().chunks(rows.div_ceil(2)).map(<[Row]>::to_vec).collect()
}

#[test]
fn piles_that_are_too_large_are_parted_again() {
    let rows = many(4000, 200);
    let keep = Keep::plan(table(&rows, 100), names(&["text"]), by(&[("at", false)]));
    let running = |input| {
        let functions = vec![function(&input, FunctionKind::Sum, "sum(small)", Some("small"), "total")];
        Running::plan(input, names(&["text"]), by(&[("at", true)]), functions).unwrap()
    };
    for plan in [keep, running(table(&rows, 100))] {
        assert_eq!(run(&plan, &session(Some(1))).unwrap(), run(&plan, &session(None)).unwrap());
    }
}

#[test]
fn one_key_that_does_not_fit_is_told() {
    let rows = many(6000, 1);
    let plan = Keep::plan(table(&rows, 100), names(&["text"]), by(&[("at", false)]));
    let error = run(&plan, &session(Some(1))).unwrap_err();
    assert!(matches!(error.find_root(), DataFusionError::ResourcesExhausted(_)), "{error}");
    assert_eq!(run(&plan, &session(None)).unwrap().num_rows(), 1);
}

#[test]
fn types_and_values_are_those_of_the_engine() {
    let rows: Vec<Vec<Row>> = (0..3)
        .map(|part: i64| {
            let row = |at: i64| Row {
                key: (at % 5 != 0).then_some(at % 4),
                number: (at % 3 != 0).then_some(at as f64 / 4.0),
                at: Some((at * 37 + part * 11) % 100),
                small: i32::try_from(at % 7).ok(),
                money: (at % 2 == 0).then_some(i128::from(at) * 3),
                text: (at % 4 == 0).then(|| "x".to_owned()),
            };
            (0..50).map(row).collect()
        })
        .collect();
    let input = table(&rows, 16);
    let state = session(None);
    let order = [("at", false), ("id", true)];
    let mut own = Vec::new();
    let mut engine = Vec::new();
    for (kind, sql, argument) in all_functions() {
        own.push(function(&input, kind, sql, argument, sql));
        let over = "partition by key order by at desc nulls last, id asc";
        let expr = state.create_logical_expr(&format!("{sql} over ({over})"), input.schema()).unwrap();
        engine.push(expr.alias(sql));
    }
    let running = Running::plan(input.clone(), names(&["key"]), by(&order), own).unwrap();
    let columns: Vec<Expr> = input.schema().columns().into_iter().map(Expr::Column).collect();
    let windows = LogicalPlanBuilder::from(input)
        .window(datafusion::logical_expr::utils::find_window_exprs(&engine))
        .unwrap()
        .project(columns.into_iter().chain(engine).collect::<Vec<_>>())
        .unwrap()
        .build()
        .unwrap();
    let (found, expected) = (run(&running, &state).unwrap(), run(&windows, &state).unwrap());
    assert_eq!(found.schema(), expected.schema());
    for (found, (expected, field)) in found.columns().iter().zip(expected.columns().iter().zip(expected.schema().fields())) {
        assert_eq!(found, expected, "{}", field.name());
    }
    assert_eq!(found.schema().field_with_name("sum(small)").unwrap(), &Field::new("sum(small)", DataType::Int64, true));
}

#[test]
fn columns_that_nobody_needs_are_not_read() {
    let plan = Keep::plan(table(&[vec![Row::default()]], 8), names(&["key"]), by(&[("at", true)]));
    let plan = LogicalPlanBuilder::from(plan).project(vec![datafusion::prelude::col("small")]).unwrap().build().unwrap();
    let optimized = session(None).optimize(&plan).unwrap().display_indent().to_string();
    assert!(optimized.contains("projection=[key, at, small]"), "{optimized}");
}

#[test]
fn a_join_over_it_knows_how_many_rows_there_are() {
    let rows = many(500, 50);
    let keep = Keep::plan(table(&rows, 100), names(&["text"]), Vec::new());
    let input = table(&rows, 100);
    let functions = vec![function(&input, FunctionKind::Sum, "sum(small)", Some("small"), "total")];
    let running = Running::plan(input, names(&["text"]), Vec::new(), functions).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for plan in [keep, running] {
        let physical = runtime.block_on(session(None).create_physical_plan(&plan)).unwrap();
        let found = StatisticsContext::new().compute(physical.as_ref(), &StatisticsArgs::default()).unwrap();
        assert_eq!(found.num_rows, Precision::Inexact(500));
        assert_eq!(found.column_statistics.len(), physical.schema().fields().len());
    }
}
