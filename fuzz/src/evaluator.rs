//! The evaluator: any ruleset over any small tables is judged without a fault, and all ways of judging it agree.

use std::sync::{Arc, LazyLock};

use chrono::DateTime;
use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use datafusion::common::Result;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use futures::StreamExt;
use glue_compile::diag::Sink;
use glue_compile::plan::nodes::Planner;
use glue_compile::plan::nodes::quality::FAILURES;
use glue_compile::plan::quality::RuleNames;
use glue_compile::run::quality::{Beside, QualityOptions, QualityResult, prepare};
use glue_compile::source::{EmbedMap, SourceMap};
use glue_compile::stdlib::expr::NO_FATES;
use glue_compile::stdlib::expr::engine::{EngineOptions, session};
use glue_compile::stdlib::rule::{self, Behind, BoundRuleset, Scope, VERDICTS};
use glue_compile::syntax::dqdl::{self, Dialect};
use tokio::runtime::Runtime;

use super::choices::Choices;
use super::generate;

/// The threads that evaluations run on.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("threads can be started")
});
/// A session with one partition, and one with three.
static SESSIONS: LazyLock<[SessionState; 2]> = LazyLock::new(|| [engine(1), engine(3)]);

fn engine(target_partitions: usize) -> SessionState {
    let options = EngineOptions { target_partitions, ..EngineOptions::CHECK };
    SessionStateBuilder::new_from_existing(session(&options)).with_query_planner(Arc::new(Planner)).build()
}

/// A ruleset and the tables it is about.
#[derive(Debug)]
pub struct Input {
    /// The rules, which need not make sense.
    pub rules: Vec<String>,
    /// The primary data set.
    pub primary: RecordBatch,
    /// The data source `ref`.
    pub reference: RecordBatch,
}

/// What came of one evaluation.
struct Judged {
    result: QualityResult,
    /// Rows with failures.
    routed: u64,
    /// For each rule, how often its text is among the rules that rows fail.
    fails: Vec<u64>,
}

/// Makes an input out of bytes.
pub fn input(bytes: &[u8]) -> Input {
    let mut choices = Choices(bytes);
    let rules = generate::ruleset(&mut choices);
    let (many, few) = (choices.below(14), choices.below(5));
    Input { rules, primary: table(&mut choices, many), reference: table(&mut choices, few) }
}

/// Holds for all bytes.
pub fn holds(bytes: &[u8]) {
    let input = input(bytes);
    let rules = &input.rules;
    let total = input.primary.num_rows() as u64;
    let (strict, superset) = (is_accepted(&input, rules, Dialect::Strict), is_accepted(&input, rules, Dialect::Superset));
    assert!(superset || !strict, "strict accepts what the superset refuses");
    let together = evaluate(&input, rules, 1, QualityOptions { verdicts: Some(RuleNames::Plain), ..QualityOptions::default() });
    let Some(together) = together else { return };
    let rows = together.result.rows;
    assert_eq!(rows.input, total, "rows read");
    assert_eq!(rows.passed + rows.failed, rows.input, "rows that pass and rows that fail");
    assert_eq!(rows.failed, together.routed, "rows with failures");
    assert_eq!(together.result.outcomes.len(), rules.len(), "outcomes");
    for (outcome, fails) in together.result.outcomes.iter().zip(&together.fails) {
        let alike = together.result.outcomes.iter().filter(|other| other.rule == outcome.rule).count() as u64;
        assert_eq!(outcome.failed_rows.unwrap_or(0) * alike, *fails, "rows that list `{}` as failed", outcome.rule);
        assert!(outcome.passed || outcome.reason.is_some(), "`{}` fails without a reason", outcome.rule);
    }
    for (at, rule) in rules.iter().enumerate() {
        let alone = evaluate(&input, std::slice::from_ref(rule), 1, QualityOptions::default());
        let alone = alone.expect("a rule that is accepted among others is accepted alone");
        same(&together.result, at, &alone.result, 0, "alone");
    }
    let parted = evaluate(&input, rules, 3, QualityOptions::default()).expect("partitions refuse nothing");
    (0..rules.len()).for_each(|at| same(&together.result, at, &parted.result, at, "in partitions"));
    assert_eq!(parted.result.rows, rows, "rows in partitions");
    let by_rows = QualityOptions { composites_by_rows: true, only_failed_rules_route: true, ..QualityOptions::default() };
    let by_rows = evaluate(&input, rules, 1, by_rows).expect("options refuse nothing");
    assert!(by_rows.result.rows.failed <= rows.failed, "rows of rules that fail");
    for (one, other) in together.result.outcomes.iter().zip(&by_rows.result.outcomes) {
        assert_eq!(one.failed_rows, other.failed_rows, "`{}`: rows that fail, composites by rows", one.rule);
    }
}

/// One rule's outcome in two evaluations.
fn same(one: &QualityResult, at: usize, other: &QualityResult, place: usize, how: &str) {
    let (one, other) = (&one.outcomes[at], &other.outcomes[place]);
    let rule = &one.rule;
    assert_eq!(one.failed_rows, other.failed_rows, "`{rule}` {how}: rows that fail");
    let names = |metrics: &indexmap::IndexMap<String, f64>| metrics.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&one.metrics), names(&other.metrics), "`{rule}` {how}: metrics");
    let figures = || one.metrics.iter().map(|(name, value)| (name, *value, other.metrics[name]));
    for (name, a, b) in figures() {
        let near = a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * a.abs().max(b.abs());
        assert!(near, "`{rule}` {how}: {name} is {a} and {b}");
    }
    // The order of additions may decide about the last digit, and that about the rule.
    if figures().all(|(_, a, b)| a.to_bits() == b.to_bits() || a.is_nan()) {
        assert_eq!(one.passed, other.passed, "`{rule}` {how}: {:?} {:?}", one.reason, other.reason);
    }
}

fn is_accepted(input: &Input, rules: &[String], dialect: Dialect) -> bool {
    let mut sink = Sink::default();
    bind(input, rules, &SESSIONS[0], dialect, 1, &mut sink);
    !sink.has_errors()
}

fn bind(
    input: &Input,
    rules: &[String],
    session: &SessionState,
    dialect: Dialect,
    partitions: usize,
    sink: &mut Sink,
) -> (BoundRuleset, LogicalPlan, Vec<(String, LogicalPlan)>) {
    let text = format!("Rules = [\n    {}\n]\n", rules.join(",\n    "));
    let file = SourceMap::default().add("rules.dqdl", text.as_str());
    let ruleset = dqdl::parse(&text, &EmbedMap::file(file, text.len()), dialect, sink);
    let (primary, aliases) = (scan(&input.primary, partitions), vec![("ref".to_owned(), scan(&input.reference, 1))]);
    let now = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
    let scope = Scope {
        engine: session,
        primary: &primary,
        aliases: &aliases,
        fates: NO_FATES,
        behind: Behind::Files,
        now,
        has_history: false,
        dialect,
    };
    let bound = rule::bind(&ruleset, &scope, sink);
    (bound, primary, aliases)
}

/// Evaluates what can be evaluated; nothing if the ruleset is no ruleset.
fn evaluate(input: &Input, rules: &[String], partitions: usize, options: QualityOptions) -> Option<Judged> {
    let session = &SESSIONS[usize::from(partitions > 1)];
    let mut sink = Sink::default();
    let (bound, primary, aliases) = bind(input, rules, session, Dialect::Superset, partitions, &mut sink);
    if bound.rejected {
        return None;
    }
    let judged: Result<Judged> = RUNTIME.block_on(async {
        let prepared = prepare(&bound, primary.clone(), primary, aliases, session, &options, Beside::default()).await?;
        let physical = session.create_physical_plan(prepared.plan()).await?;
        let mut stream = datafusion::physical_plan::execute_stream(physical, session.task_ctx())?;
        let (mut routed, mut listed) = (0, Vec::new());
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            let failures = batch.column_by_name(FAILURES).expect("failures are a column");
            routed += (batch.num_rows() - failures.null_count()) as u64;
            let Some(fails) = batch.column_by_name(VERDICTS[1]) else { continue };
            let texts = fails.as_list::<i32>().values().clone();
            listed.extend(texts.as_string::<i32>().iter().flatten().map(str::to_owned));
        }
        let result = prepared.finish()?;
        let count = |rule: &str| listed.iter().filter(|text| *text == rule).count() as u64;
        let fails = result.outcomes.iter().map(|outcome| count(&outcome.rule)).collect();
        Ok(Judged { result, routed, fails })
    });
    Some(judged.unwrap_or_else(|error| panic!("the engine stops: {}", error.strip_backtrace())))
}

fn scan(batch: &RecordBatch, partitions: usize) -> LogicalPlan {
    let size = batch.num_rows().div_ceil(partitions).max(1);
    let parts = (0..partitions).map(|at| {
        let start = (at * size).min(batch.num_rows());
        vec![batch.slice(start, size.min(batch.num_rows() - start))]
    });
    let table = MemTable::try_new(batch.schema(), parts.collect()).expect("the batches have the schema");
    let scan = LogicalPlanBuilder::scan("t", provider_as_source(Arc::new(table)), None);
    scan.and_then(LogicalPlanBuilder::build).expect("a table can be scanned")
}

/// A table of some rows, with a column for each kind of type and nulls in all of them.
fn table(choices: &mut Choices<'_>, rows: usize) -> RecordBatch {
    let whole = column(choices, rows, &[1, 2, 3, 0, -1, 5, 9_007_199_254_740_993]);
    let texts = column(choices, rows, &["x", "", "7", " ", "ab", "é", "it's", "\\", "2023-11-14", "1.5"]);
    let numbers = column(choices, rows, &[1.5, 0.0, -0.0, 2.0, f64::NAN, f64::INFINITY, -1e300, 0.1]);
    let times = column(choices, rows, &[1_700_000_000_000_000, 1_699_900_000_000_000, 0, 1_700_003_600_000_000]);
    let flags = column(choices, rows, &[true, false]);
    let money: Decimal128Array = column(choices, rows, &[150_i128, 0, 10, 99_999_999, -1]).into_iter().collect();
    let money = money.with_precision_and_scale(10, 2).expect("ten digits hold them");
    let days = column(choices, rows, &[19_675, 0, 19_723]);
    let columns: [(&str, ArrayRef); 7] = [
        ("a", Arc::new(whole.into_iter().collect::<Int64Array>())),
        ("s", Arc::new(texts.into_iter().collect::<StringArray>())),
        ("d", Arc::new(numbers.into_iter().collect::<Float64Array>())),
        ("t", Arc::new(times.into_iter().collect::<TimestampMicrosecondArray>())),
        ("b", Arc::new(flags.into_iter().collect::<BooleanArray>())),
        ("m", Arc::new(money)),
        ("y", Arc::new(days.into_iter().collect::<Date32Array>())),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true)))
        .expect("the columns are of one length")
}

fn column<T: Clone>(choices: &mut Choices<'_>, rows: usize, values: &[T]) -> Vec<Option<T>> {
    // Some columns have no nulls, some nothing else.
    let nulls = *choices.pick(&[5, 255, 1, 5]);
    (0..rows).map(|_| if choices.one_in(nulls) { None } else { Some(choices.pick(values).clone()) }).collect()
}
