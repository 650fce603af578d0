//! Small jobs in two versions. What the command says of whole projects is in `tests/golden/cli/diff.md`.

use std::path::Path;

use super::*;
use crate::world::MemoryWorld;
use crate::{CheckOptions, check};

const JOB: &str = r#"
jobs:
  j:
    job_bookmark: enable
    sources:
      orders:
        type: file
        path: orders.csv
        format: csv
        schema: { columns: [{ name: id, type: int }, { name: amount, type: double }, { name: note, type: string }] }
    transforms:
      dq:
        type: evaluate_data_quality
        inputs: [orders]
        ruleset: 'Rules = [ IsComplete "id", Completeness "amount" > 0.9, ColumnValues "amount" > 0 ]'
        stop_job_on_failure: immediate
        quarantine: { max_rate: 0.1 }
    sinks:
      good: { type: file, inputs: [dq.passed], path: out/good, format: parquet, mode: overwrite }
      bad: { type: file, inputs: [dq.failed], path: out/bad, format: parquet, mode: append }
"#;

fn program(text: &str) -> Program {
    let world = MemoryWorld::default().with_file("/p/j.glue.yaml", text);
    let checked = check(&world, Path::new("/p"), &CheckOptions::default());
    let errors: Vec<_> = checked.diagnostics.iter().filter(|d| d.severity == crate::diag::Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    checked.program.unwrap()
}

/// What an edit of the job changes: the kind, `!` if it breaks, the message.
fn changes(from: &str, to: &str) -> Vec<(Kind, bool)> {
    assert!(JOB.contains(from), "{from}");
    compare(&program(JOB), &program(&JOB.replace(from, to))).into_iter().map(|change| (change.kind, change.breaking)).collect()
}

#[test]
fn nothing_changed_is_no_change() {
    let commented = JOB.replace("    sources:", "    # what it reads\n    sources:");
    assert_eq!(compare(&program(JOB), &program(&commented)), []);
}

#[test]
fn columns_of_sinks_are_a_contract() {
    let removed = changes("{ name: amount, type: double }, { name: note, type: string }", "{ name: amount, type: double }");
    let twice = [(Kind::ColumnRemoved, true), (Kind::ColumnRemoved, true), (Kind::SourceColumnRemoved, false)];
    assert_eq!(removed, twice);
    let wider = changes("name: id, type: int ", "name: id, type: bigint ");
    assert_eq!(wider, [(Kind::SourceColumnType, false), (Kind::ColumnType, false), (Kind::ColumnType, false)]);
    let narrower = changes("name: id, type: int ", "name: id, type: string ");
    assert_eq!(narrower, [(Kind::ColumnType, true), (Kind::ColumnType, true), (Kind::SourceColumnType, false)]);
    let renamed = changes("name: note", "name: remark");
    assert!(renamed.contains(&(Kind::ColumnAdded, false)) && renamed.contains(&(Kind::ColumnRemoved, true)), "{renamed:?}");
}

#[test]
fn sinks_that_write_elsewhere_or_otherwise_break_their_readers() {
    assert_eq!(changes("path: out/good", "path: out/better"), [(Kind::SinkPath, true)]);
    assert_eq!(changes("mode: append", "mode: overwrite"), [(Kind::SinkMode, true)]);
    assert_eq!(
        changes("out/good, format: parquet", "out/good, format: parquet, partition_keys: [note]"),
        [(Kind::SinkPartitions, true)]
    );
    assert_eq!(changes("out/good, format: parquet", "out/good, format: parquet, compression: zstd"), [(Kind::Setting, false)]);
}

#[test]
fn rules_are_loosened_or_tightened() {
    assert_eq!(changes("> 0.9", "> 0.5"), [(Kind::RuleLoosened, true)]);
    assert_eq!(changes("> 0.9", "> 0.95"), [(Kind::RuleTightened, false)]);
    assert_eq!(changes("ColumnValues \"amount\" > 0", "ColumnValues \"amount\" >= 0"), [(Kind::RuleLoosened, true)]);
    assert_eq!(changes("IsComplete \"id\"", "IsComplete \"id\" where \"amount > 1\""), [(Kind::RuleLoosened, true)]);
    assert_eq!(changes("IsComplete \"id\", ", ""), [(Kind::RuleRemoved, true)]);
    assert_eq!(changes("immediate", "never"), [(Kind::GateLoosened, true)]);
    assert_eq!(changes("max_rate: 0.1", "max_rate: 0.2"), [(Kind::GateLoosened, true)]);
    let warned = changes("IsComplete \"id\"", "IsComplete \"id\" labels=[\"severity\"=\"warn\"]");
    assert!(warned.contains(&(Kind::RuleLoosened, true)), "{warned:?}");
}

#[test]
fn sources_are_known_by_their_names() {
    assert_eq!(changes("path: orders.csv", "path: all/orders.csv"), [(Kind::BookmarkIdentity, true)]);
    let renamed = compare(&program(JOB), &program(&JOB.replace("orders:", "sales:").replace("[orders]", "[sales]")));
    assert!(renamed.iter().any(|change| change.kind == Kind::BookmarkIdentity && change.breaking), "{renamed:#?}");
}

#[test]
fn declared_tables_are_a_contract() {
    let text = "
catalog:
  tables:
    shop.orders:
      location: data/orders/
      classification: parquet
      columns: [{ name: id, type: int, nullable: false }, { name: amount, type: double }]
      partition_keys: [{ name: day, type: date }]
jobs:
  j:
    sources:
      orders: { type: file, catalog: { database: shop, table: orders } }
    sinks:
      out: { type: file, inputs: [orders], path: out, format: parquet }
";
    let check = |from: &str, to: &str, expected: &[(Kind, bool)]| {
        assert!(text.contains(from), "{from}");
        let changes = compare(&program(text), &program(&text.replace(from, to)));
        let of_tables = changes.into_iter().filter(|change| change.table.is_some());
        let found: Vec<_> = of_tables
            .map(|change| {
                assert_eq!(change.touches, ["source `orders` of job `j`"], "{change:?}");
                (change.kind, change.breaking)
            })
            .collect();
        assert_eq!(found, expected, "{from} -> {to}");
    };
    check("type: int,", "type: bigint,", &[(Kind::TableColumnType, false)]);
    check("type: double", "type: string", &[(Kind::TableColumnType, true)]);
    check(", nullable: false", "", &[(Kind::TableColumnNullability, true)]);
    check("name: amount", "name: total", &[(Kind::TableColumnRemoved, true), (Kind::TableColumnAdded, false)]);
    check("data/orders/", "data/sales/", &[(Kind::TableLocation, true)]);
    check("classification: parquet", "classification: json", &[(Kind::TableFormat, true)]);
    check(
        "name: day",
        "name: month",
        &[(Kind::TableColumnRemoved, true), (Kind::TablePartitions, true), (Kind::TableColumnAdded, false)],
    );
}

#[test]
fn tables_come_and_go() {
    let text = "
catalog:
  tables:
    shop.orders: { columns: [{ name: id, type: int }] }
jobs: {}
";
    let kinds = |old: &str, new: &str| -> Vec<_> {
        compare(&program(old), &program(new)).into_iter().map(|change| (change.kind, change.breaking)).collect()
    };
    assert_eq!(kinds("jobs: {}", text), [(Kind::TableAdded, false)]);
    assert_eq!(kinds(text, "jobs: {}"), [(Kind::TableRemoved, true)]);
}
