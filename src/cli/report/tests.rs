//! One report, in text and as JSON.

use std::time::Duration;

use chrono::DateTime;
use indexmap::IndexMap;

use super::*;
use crate::diag::render::terminal::Style;
use crate::run::report::{FailedRow, NodeReport, QualityReport, RowCounts, RuleOutcome, RunReport, SinkReport, Status};
use crate::source::{FileId, SourceMap, Span};

fn outcome(rule: &str, metric: (&str, f64), failed_rows: Option<u64>, reason: Option<&str>) -> RuleOutcome {
    RuleOutcome {
        evaluated: None,
        rule: rule.to_owned(),
        passed: reason.is_none(),
        reason: reason.map(str::to_owned),
        note: None,
        metrics: IndexMap::from([(metric.0.to_owned(), metric.1)]),
        labels: IndexMap::new(),
        failed_rows,
        place: Span::file_start(FileId(0)),
    }
}

fn report() -> RunReport {
    let quality = QualityReport {
        outcomes: vec![
            outcome("RowCount > 10", ("Dataset.*.RowCount", 1200.0), None, None),
            outcome(
                "IsComplete \"order_id\"",
                ("Column.order_id.Completeness", 0.875),
                Some(150),
                Some("Value: 0.875 does not meet the constraint requirement!"),
            ),
        ],
        rows: RowCounts { input: 1200, passed: 1050, failed: 150 },
        samples: vec![FailedRow {
            rule: "IsComplete \"order_id\"".to_owned(),
            place: Some("orders.csv:17".to_owned()),
            column: Some("order_id".to_owned()),
            value: None,
        }],
        ..QualityReport::default()
    };
    let source = NodeReport {
        rows_out: Some(1200),
        bytes_in: Some(84_000),
        elapsed: Some(Duration::from_millis(12)),
        ..NodeReport::default()
    };
    RunReport {
        job: "orders".to_owned(),
        run_id: "r1".to_owned(),
        status: Status::Succeeded,
        started_at: DateTime::UNIX_EPOCH,
        elapsed: Duration::from_millis(1234),
        sampled: None,
        nodes: IndexMap::from([("orders".to_owned(), source)]),
        quality: IndexMap::from([("dq".to_owned(), quality)]),
        sinks: IndexMap::from([(
            "good".to_owned(),
            SinkReport { path: "out/good/".to_owned(), rows: 1050, files: 2, bytes: 4096 },
        )]),
        diagnostics: Vec::new(),
    }
}

#[test]
fn text_tells_nodes_rules_sinks_and_verdict() {
    let actual = text::run(&report(), Style::default());
    let expected = "  node    rows out  bytes in   time
  orders     1,200  82.0 KiB  12 ms

dq: 1 of 2 rules hold; of 1,200 rows 1,050 passed, 150 failed (12.5 %)
     rule                   failed rows  metrics
  ✓  RowCount > 10                    -  RowCount 1200
  ✗  IsComplete \"order_id\"          150  Completeness 0.875
  ✗ IsComplete \"order_id\"
      Value: 0.875 does not meet the constraint requirement!
      order_id = null at orders.csv:17

  sink   rows  files    bytes  path
  good  1,050      2  4.0 KiB  out/good/

orders SUCCEEDED in 1.2 s (run r1)
";
    assert!(actual == expected, "expected:\n{expected}\nactual:\n{actual}");
}

#[test]
fn json_has_awss_names_in_rule_outcomes() {
    let mut report = report();
    report.quality["dq"].outcomes[0].metrics["Dataset.*.RowCount"] = f64::NAN;
    let document: serde_json::Value = serde_json::from_str(&json::run(&report, &[], &SourceMap::default())).unwrap();
    assert_eq!(document["version"], 1);
    assert_eq!(document["status"], "SUCCEEDED");
    assert_eq!(document["started_at"], "1970-01-01T00:00:00.000Z");
    assert_eq!(document["elapsed_ms"], 1234.0);
    assert_eq!(document["nodes"]["orders"]["rows_out"], 1200);
    let quality = &document["quality"]["dq"];
    assert_eq!(quality["rows"], serde_json::json!({ "input": 1200, "passed": 1050, "failed": 150 }));
    assert_eq!(quality["score"], 0.5);
    assert_eq!(quality["ruleOutcomes"][0]["EvaluatedMetrics"]["Dataset.*.RowCount"], "NaN");
    assert_eq!(quality["ruleOutcomes"][1]["Outcome"], "Failed");
    assert_eq!(quality["ruleOutcomes"][1]["FailureReason"], "Value: 0.875 does not meet the constraint requirement!");
    assert_eq!(document["sinks"]["good"]["files"], 2);
}

#[test]
fn an_evaluation_without_a_report_has_no_outcomes() {
    let document = json::evaluation(None, &[], &SourceMap::default());
    assert_eq!(document, "{\n  \"version\": 1,\n  \"diagnostics\": []\n}\n");
}
