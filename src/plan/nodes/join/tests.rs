//! Joins whose held side does not fit give the rows of those that do.

use std::sync::Arc;

use datafusion::arrow::array::{Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::Column;
use datafusion::datasource::MemTable;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::logical_expr::{Expr, LogicalPlanBuilder, lit};
use datafusion::physical_plan::displayable;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::{Bounded, EarlyFilters};
use crate::plan::nodes::Planner;
use crate::plan::nodes::meter::{Counter, meter};

/// Rows of `(key, word)`; some keys are null, some come again.
fn table(rows: i64, step: i64, partitions: usize) -> MemTable {
    let schema = Arc::new(Schema::new(vec![Field::new("key", DataType::Int64, true), Field::new("word", DataType::Utf8, true)]));
    let batch = |rows: Vec<i64>| {
        let keys: Int64Array = rows.iter().map(|row| (row % 11 != 0).then_some(row * step % 5000)).collect();
        let words: StringArray = rows.iter().map(|row| Some(format!("word number {row}"))).collect();
        RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(keys), Arc::new(words)]).unwrap()
    };
    let all: Vec<i64> = (0..rows).collect();
    let share = all.len().div_ceil(partitions).max(1);
    let parts = all.chunks(share).map(|part| part.chunks(700).map(|rows| batch(rows.to_vec())).collect()).collect();
    MemTable::try_new(schema, parts).unwrap()
}

fn context(memory: Option<usize>, shared: bool) -> SessionContext {
    context_with(memory, shared, false)
}

fn context_with(memory: Option<usize>, shared: bool, early: bool) -> SessionContext {
    let mut config = SessionConfig::new().with_target_partitions(3).with_batch_size(512);
    let most = if shared { usize::MAX } else { 0 };
    config.options_mut().optimizer.hash_join_single_partition_threshold = most;
    config.options_mut().optimizer.hash_join_single_partition_threshold_rows = most;
    let mut builder =
        SessionStateBuilder::new().with_config(config).with_default_features().with_query_planner(Arc::new(Planner));
    if early {
        builder = builder.with_physical_optimizer_rule(Arc::new(EarlyFilters));
    }
    if let Some(memory) = memory {
        let runtime = RuntimeEnvBuilder::new().with_memory_pool(Arc::new(FairSpillPool::new(memory))).build_arc().unwrap();
        builder = builder.with_runtime_env(runtime).with_physical_optimizer_rule(Arc::new(Bounded));
    }
    let context = SessionContext::new_with_state(builder.build());
    context.register_table("a", Arc::new(table(4000, 3, 2))).unwrap();
    context.register_table("b", Arc::new(table(9000, 7, 3))).unwrap();
    context
}

async fn rows(context: &SessionContext, sql: &str) -> Vec<String> {
    let batches = context.sql(sql).await.unwrap().collect().await.unwrap();
    let text = pretty_format_batches(&batches).unwrap().to_string();
    let mut lines: Vec<String> = text.lines().filter(|line| line.starts_with('|')).skip(1).map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn joins_that_do_not_fit_give_the_same_rows() {
    let queries = [
        "select a.key, a.word, b.word from a join b on a.key = b.key",
        "select a.key, a.word, b.word from a left join b on a.key = b.key",
        "select a.key, a.word, b.word from a right join b on a.key = b.key and a.word < b.word",
        "select a.key, a.word, b.key, b.word from a full join b on a.key = b.key",
        "select * from a left semi join b on a.key = b.key",
        "select * from a left anti join b on a.key = b.key",
        "select b.word from a join b on a.key = b.key where a.word like '%9'",
    ];
    for shared in [true, false] {
        let (free, roomy, tight) = (context(None, shared), context(Some(64 << 20), shared), context(Some(600 << 10), shared));
        for query in queries {
            let expected = rows(&free, query).await;
            assert!(!expected.is_empty(), "{query}");
            for context in [&roomy, &tight] {
                assert_eq!(rows(context, query).await, expected, "shared: {shared}, {query}");
            }
        }
    }
}

#[tokio::test]
async fn every_hash_join_is_replaced() {
    let context = context(Some(1 << 20), true);
    let plan = context.sql("select count(*) from a join b on a.key = b.key").await.unwrap().create_physical_plan().await.unwrap();
    let text = displayable(plan.as_ref()).indent(false).to_string();
    assert!(text.contains("BoundedJoinExec: HashJoinExec"), "{text}");
    assert_eq!(text.matches("HashJoinExec").count(), 1, "{text}");
}

/// `a join b`, counted; a column computed of it, counted; a filter over that.
async fn filtered(how: &str, early: bool, memory: Option<usize>) -> (String, Vec<String>, [(u64, u64); 2]) {
    let context = context_with(memory, true, early);
    let counters = [Arc::new(Counter::default()), Arc::new(Counter::default())];
    let sql = format!("select a.key, a.word, b.word as other from a {how} join b on a.key = b.key");
    let joined = context.sql(&sql).await.unwrap().into_optimized_plan().unwrap();
    let joined = meter("joined", joined, Arc::clone(&counters[0]));
    let column = |name: &str| Expr::Column(Column::new_unqualified(name));
    let longer = LogicalPlanBuilder::from(joined)
        .project(vec![column("word").alias("word"), (column("key") + lit(1_i64)).alias("next"), column("other").alias("other")])
        .unwrap();
    let longer = meter("longer", longer.build().unwrap(), Arc::clone(&counters[1]));
    let kept = column("next").gt(lit(2500_i64)).and(column("other").like(lit("%9")));
    let plan = LogicalPlanBuilder::from(longer).filter(kept).unwrap().build().unwrap();
    let physical = context.state().create_physical_plan(&plan).await.unwrap();
    let text = displayable(physical.as_ref()).indent(false).to_string();
    let batches = datafusion::physical_plan::collect(physical, context.task_ctx()).await.unwrap();
    let mut rows: Vec<String> = pretty_format_batches(&batches).unwrap().to_string().lines().map(str::to_owned).collect();
    rows.sort_unstable();
    (text, rows, counters.map(|counter| (counter.rows(), counter.bytes())))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_behind_an_inner_join_is_judged_in_it_and_every_node_still_counts_its_rows() {
    let (plan, expected, counts) = filtered("inner", false, None).await;
    assert!(plan.contains("FilterExec"), "{plan}");
    assert!(expected.len() > 10, "{expected:?}");
    for memory in [None, Some(64 << 20), Some(600 << 10)] {
        let (plan, rows, early) = filtered("inner", true, memory).await;
        assert!(!plan.contains("FilterExec"), "{plan}");
        assert_eq!(rows, expected);
        same_counts(early, counts);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_filter_behind_an_outer_join_stays_where_it_is() {
    let (plan, expected, counts) = filtered("left", false, None).await;
    let (early_plan, rows, early) = filtered("left", true, None).await;
    assert_eq!((early_plan, rows), (plan, expected));
    same_counts(early, counts);
}

/// Rows are counted exactly; bytes depend on how the rows were cut into batches, and on what
/// dropped rows are taken to have been.
fn same_counts(found: [(u64, u64); 2], expected: [(u64, u64); 2]) {
    for ((rows, bytes), (expected, expected_bytes)) in found.into_iter().zip(expected) {
        assert_eq!(rows, expected);
        assert!(bytes.abs_diff(expected_bytes) < expected_bytes / 10, "{bytes} {expected_bytes}");
    }
}
