//! Joins whose held side does not fit give the rows of those that do.

use std::sync::Arc;

use datafusion::arrow::array::{Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::MemTable;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::physical_plan::displayable;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::Bounded;

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
    let mut config = SessionConfig::new().with_target_partitions(3).with_batch_size(512);
    let most = if shared { usize::MAX } else { 0 };
    config.options_mut().optimizer.hash_join_single_partition_threshold = most;
    config.options_mut().optimizer.hash_join_single_partition_threshold_rows = most;
    let mut builder = SessionStateBuilder::new().with_config(config).with_default_features();
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
