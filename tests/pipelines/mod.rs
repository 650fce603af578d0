//! The pipelines we ship, run as they stand: what they find is compared with figures that were counted without the engine.

#[expect(dead_code, reason = "an example has a `main` of its own")]
#[path = "../../examples/generate_orders.rs"]
mod generate_orders;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;

use crate::support;

/// What a pipeline must find.
struct Expected {
    /// The folder below `pipelines/`, and its job.
    name: &'static str,
    /// The quality node's rows: input, passed, failed.
    rows: [u64; 3],
    /// The rules, in order.
    rules: &'static [Rule],
    /// Sinks and the rows they publish.
    sinks: &'static [(&'static str, u64)],
    /// Rows of the quarantine by the number of their reasons, 1 first.
    reasons: &'static [usize],
}

/// The beginning of a rule's text, whether it holds, and one of its metrics.
type Rule = (&'static str, bool, Option<(&'static str, f64)>);

/// Counted with Python's `csv` module.
static ORDERS: Expected = Expected {
    name: "orders",
    rows: [1993, 1920, 73],
    rules: &[
        ("Completeness \"order_id\"", false, Some(("Column.order_id.Completeness", 1985.0 / 1993.0))),
        ("Completeness \"customer_id\"", true, Some(("Column.customer_id.Completeness", 1980.0 / 1993.0))),
        ("IsComplete \"order_timestamp\"", false, Some(("Column.order_timestamp.Completeness", 1987.0 / 1993.0))),
        ("ColumnValues \"order_id\" matches", false, None),
        ("Uniqueness \"order_id\"", true, Some(("Column.order_id.Uniqueness", 1943.0 / 1985.0))),
        ("ColumnValues \"total_amount\" between", false, None),
        ("ColumnValues \"status\"", false, None),
        ("ColumnValues \"region\"", false, None),
        ("ReferentialIntegrity \"customer_id\"", false, Some(("Column.customers.ReferentialIntegrity", 1970.0 / 1993.0))),
        ("RowCountMatch", true, Some(("Dataset.orders_yesterday.RowCountMatch", 1993.0 / 1781.0))),
        ("RowCount between", true, Some(("Dataset.*.RowCount", 1993.0))),
        ("Completeness \"customer_email\"", true, Some(("Column.customer_email.Completeness", 1919.0 / 1993.0))),
        ("CustomSql", false, None),
    ],
    sinks: &[("curated", 1760), ("monthly_revenue", 245), ("quarantine", 73), ("malformed", 7)],
    reasons: &[52, 18, 0, 3],
};

/// The table of `pipelines/flights/data/README.md`.
static FLIGHTS: Expected = Expected {
    name: "flights",
    rows: [27004, 21723, 5281],
    rules: &[
        ("RowCount", true, Some(("Dataset.*.RowCount", 27004.0))),
        ("ColumnCount", true, Some(("Dataset.*.ColumnCount", 19.0))),
        ("DistinctValuesCount", true, Some(("Column.carrier.DistinctValuesCount", 16.0))),
        ("Mean \"dep_delay\"", true, Some(("Column.dep_delay.Mean", 10.036_665_030_396_858))),
        ("StandardDeviation \"dep_delay\"", true, Some(("Column.dep_delay.StandardDeviation", 36.389_625_766_576_18))),
        ("IsComplete \"year\"", true, None),
        ("IsComplete \"month\"", true, None),
        ("IsComplete \"day\"", true, None),
        ("IsComplete \"carrier\"", true, Some(("Column.carrier.Completeness", 1.0))),
        ("IsComplete \"flight\"", true, Some(("Column.flight.Completeness", 1.0))),
        ("IsPrimaryKey", true, None),
        ("ColumnValues \"origin\"", true, None),
        ("(ColumnValues \"month\"", true, None),
        ("ColumnValues \"distance\"", true, None),
        ("ColumnLength \"dest\"", true, None),
        ("ColumnLength \"tailnum\"", true, None),
        ("ColumnValues \"tailnum\" matches", true, None),
        ("ReferentialIntegrity \"carrier\"", true, Some(("Column.airlines.ReferentialIntegrity", 1.0))),
        ("IsComplete \"tailnum\"", false, Some(("Column.tailnum.Completeness", 1.0 - 155.0 / 27004.0))),
        ("ReferentialIntegrity \"tailnum\"", false, Some(("Column.planes.ReferentialIntegrity", 1.0 - 4479.0 / 27004.0))),
        ("IsComplete \"dep_time\"", false, Some(("Column.dep_time.Completeness", 1.0 - 521.0 / 27004.0))),
        ("ReferentialIntegrity \"dest\"", false, Some(("Column.airports.ReferentialIntegrity", 1.0 - 680.0 / 27004.0))),
        ("ColumnValues \"dep_delay\"", false, None),
    ],
    sinks: &[("departures", 21723), ("per_day", 459), ("quarantine", 5281)],
    reasons: &[4883, 242, 156],
};

/// A trial for each pipeline, and one for the generated data.
pub fn trials(root: &Path) -> Vec<Trial> {
    let mut trials = vec![trial("pipelines orders data is what the generator writes", root, generated_data)];
    for expected in [&ORDERS, &FLIGHTS] {
        trials.push(trial(&format!("pipelines {} finds what is there", expected.name), root, move |root| run(root, expected)));
    }
    trials
}

fn trial(name: &str, root: &Path, test: impl FnOnce(&Path) -> Result<(), String> + Send + 'static) -> Trial {
    let root = root.to_path_buf();
    Trial::test(name, move || test(&root).map_err(Failed::from))
}

fn generated_data(root: &Path) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let options = generate_orders::Options { out: folder.path().to_path_buf(), rows: 2000, seed: 2026 };
    generate_orders::generate(&options).map_err(|e| e.to_string())?;
    let committed = root.join("pipelines/orders/data/raw");
    let (written, there) = (contents(folder.path()), contents(&committed));
    let differing = written.iter().zip(&there).find(|(a, b)| a != b).map(|((path, _), _)| path.display().to_string());
    if written == there {
        return Ok(());
    }
    Err(format!(
        "pipelines/orders/data/raw is not what the generator writes ({}); to write it again: cargo run --example generate_orders -- pipelines/orders/data/raw",
        differing.unwrap_or_else(|| "the files are others".to_owned())
    ))
}

/// The CSV files of a folder, sorted, with their text.
fn contents(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let relative = |path: &Path| path.strip_prefix(folder).unwrap_or(path).to_path_buf();
    support::files(folder, "csv").iter().map(|path| (relative(path), fs::read(path).unwrap_or_default())).collect()
}

fn run(root: &Path, expected: &Expected) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let project = folder.path().join(expected.name);
    support::console::copy(&root.join("pipelines").join(expected.name), &project).map_err(|e| e.to_string())?;
    let mut faults = Vec::new();
    // Twice: a run over its own results leaves the same results.
    for attempt in ["first run", "second run"] {
        let report = report_of_run(&project)?;
        faults.extend(compare(&report, expected).into_iter().map(|fault| format!("{attempt}: {fault}")));
    }
    faults.extend(compare_reasons(&project.join("out/quarantine"), expected));
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// The JSON document that `run` prints.
fn report_of_run(project: &Path) -> Result<Value, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_glue-compile"))
        .args(["run", "--format", "json"])
        .arg(project)
        .output()
        .map_err(|e| e.to_string())?;
    let messages = String::from_utf8_lossy(&output.stderr).into_owned();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        return Err(format!("{}\n{messages}\n{printed}", output.status));
    }
    serde_json::from_str(&printed).map_err(|e| format!("not one JSON document: {e}\n{messages}\n{printed}"))
}

fn compare(report: &Value, expected: &Expected) -> Vec<String> {
    let mut faults = Vec::new();
    let mut same = |what: String, actual: &Value, wanted: Value| {
        if *actual != wanted {
            faults.push(format!("{what} is {actual}, expected {wanted}"));
        }
    };
    same("status".into(), &report["status"], "SUCCEEDED".into());
    let quality = &report["quality"]["dq"];
    for (port, wanted) in ["input", "passed", "failed"].into_iter().zip(expected.rows) {
        same(format!("rows {port}"), &quality["rows"][port], wanted.into());
    }
    for (sink, wanted) in expected.sinks {
        same(format!("rows of sink {sink}"), &report["sinks"][sink]["rows"], (*wanted).into());
    }
    let outcomes = quality["ruleOutcomes"].as_array().cloned().unwrap_or_default();
    same("the number of rules".into(), &outcomes.len().into(), expected.rules.len().into());
    for (outcome, (rule, holds, metric)) in outcomes.iter().zip(expected.rules) {
        let text = outcome["Rule"].as_str().unwrap_or_default();
        same(format!("whether `{text}` is rule {rule}"), &text.starts_with(rule).into(), true.into());
        same(text.to_owned(), &outcome["Outcome"], if *holds { "Passed" } else { "Failed" }.into());
        let Some((name, wanted)) = metric else { continue };
        let actual = outcome["EvaluatedMetrics"][name].as_f64();
        let is_near = actual.is_some_and(|actual| (actual - wanted).abs() < 1e-9 * wanted.abs().max(1.0));
        same(format!("{text}: {name} = {}, expected {wanted}; it", outcome["EvaluatedMetrics"]), &is_near.into(), true.into());
    }
    faults
}

/// How many reasons the rows of the quarantine have; JSON lines only.
fn compare_reasons(quarantine: &Path, expected: &Expected) -> Option<String> {
    let mut reasons = vec![0; expected.reasons.len()];
    for path in support::files(quarantine, "json").iter().filter(|path| !path.to_string_lossy().contains("malformed")) {
        for line in fs::read_to_string(path).ok()?.lines() {
            let row: Value = serde_json::from_str(line).ok()?;
            // A rule that only warns is a reason to look, none to be here.
            let failures = row["_dq_failures"].as_array().cloned().unwrap_or_default();
            let count = failures.iter().filter(|failure| !warns(failure)).count();
            *reasons.get_mut(count.checked_sub(1)?)? += 1;
        }
    }
    (reasons != expected.reasons).then(|| format!("rows by number of reasons: {reasons:?}, expected {:?}", expected.reasons))
}

/// Labels are a map or a list of `key = value`.
fn warns(failure: &Value) -> bool {
    failure["labels"].to_string().contains("warn")
}
