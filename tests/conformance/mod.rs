//! Recorded outcomes of AWS's engine, held against the build: verdicts, metrics, verdicts of rows, rejections.
//!
//! `cases.json` is a part of a larger recording, `data/` the tables it is about; `docs/conformance.md` says what they are.
//! `DQDL_CASES=PATH/TO/cases.json` runs another recording, its tables beside it, instead of this one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use glue_compile::diag::Severity;
use glue_compile::run::eval::{self, EvalRequest, Evaluation};
use glue_compile::run::os_world::OsWorld;
use glue_compile::run::report::{QualityReport, RuleOutcome};
use glue_compile::stdlib::rule;
use indexmap::IndexMap;
use libtest_mimic::Trial;
use regex::Regex;
use serde_json::Value;

/// What is evaluated where a case names no data.
const ANY_DATA: &str = "data/orders.parquet";

/// How far a metric may be off, relative to itself where it is greater than 1.
const TOLERANCE: f64 = 1e-9;

/// Rule types whose rows the recorded engine leaves open although the documentation decides them.
static ROWS_NOT_RECORDED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b(ReferentialIntegrity|DatasetMatch|DataFreshness|ColumnDataType)\b").expect("the pattern is right")
});

/// A trial for each case.
pub fn trials(root: &Path) -> Vec<Trial> {
    let path = crate::support::environment("DQDL_CASES");
    let path = path.map_or_else(|| root.join("tests/conformance/cases.json"), PathBuf::from);
    let folder: Arc<Path> = path.parent().unwrap_or(Path::new(".")).into();
    let trial = |case: Value| {
        let folder = folder.clone();
        let name = format!("conformance {} {}", text(&case["category"]), text(&case["id"]));
        Trial::test(name, move || {
            let faults = run(&case, &folder)?;
            if faults.is_empty() { Ok(()) } else { Err(format!("{}\n{}", text(&case["ruleset"]), faults.join("\n")).into()) }
        })
    };
    let cases = cases(&path);
    let mut faults = not_shown(&cases);
    faults.extend(not_told(&cases, root));
    let mut trials: Vec<Trial> = cases.into_iter().map(trial).collect();
    trials.push(Trial::test("conformance shows every rule type, and its page names every doubtful case", move || {
        if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
    }));
    trials
}

/// Rule types that no recorded ruleset can show: the parser knows them and the engine does not, or the other way round.
static NOT_EVALUATED: &[&str] = &[
    // AWS's documentation says what they mean.
    "AllStatistics",
    "DetectAnomalies",
    "Distribution",
    "FileFreshness",
    "FileMatch",
    "FileSize",
    "FileUniqueness",
    // The engine's source says it.
    "DuplicateRowCount",
    "InterquartileRange",
    "Kurtosis",
    "Range",
    "Skewness",
    "ZerosCount",
];

/// Rule types of which no recorded rule holds, or none fails.
fn not_shown(cases: &[Value]) -> Vec<String> {
    let rules = || cases.iter().filter_map(|case| case["expect"]["rules"].as_array()).flatten();
    let shown = |name: &str, verdict: &str| {
        rules().any(|rule| text(&rule["rule"]).split(' ').next() == Some(name) && rule["outcome"] == verdict)
    };
    let types = rule::all().map(|def| def.name).filter(|name| !NOT_EVALUATED.contains(name));
    let pairs = types.flat_map(|name| ["Passed", "Failed"].map(|verdict| (name, verdict)));
    let missing = pairs.filter(|(name, verdict)| !shown(name, verdict));
    missing.map(|(name, verdict)| format!("no case where a rule `{name}` is {verdict}")).collect()
}

/// The cases of a recording.
pub fn cases(path: &Path) -> Vec<Value> {
    let recorded = fs::read(path).expect("the recorded cases are readable");
    serde_json::from_slice(&recorded).expect("the recorded cases are a JSON list")
}

/// Doubtful cases of which the page about conformance says nothing.
fn not_told(cases: &[Value], root: &Path) -> Vec<String> {
    let page = fs::read_to_string(root.join("docs/conformance.md")).unwrap_or_default();
    let doubtful = cases.iter().filter(|case| !case["doubtful"].is_null()).map(|case| text(&case["id"]));
    doubtful.filter(|id| !page.contains(id)).map(|id| format!("docs/conformance.md does not name {id}")).collect()
}

/// Evaluates a case as AWS's engine would, keeping going, and says what differs.
fn run(case: &Value, folder: &Path) -> Result<Vec<String>, String> {
    // Where the engine misbehaves, what was decided counts. A recording without decisions says nothing there.
    let expected = match (&case["doubtful"], &case["decided"]) {
        (Value::Null, _) => &case["expect"],
        (_, Value::Null) => return Ok(Vec::new()),
        (_, decided) => decided,
    };
    let scratch = tempfile::tempdir().map_err(|error| error.to_string())?;
    let (ruleset, rows) = (scratch.path().join("rules.dqdl"), scratch.path().join("rows.jsonl"));
    fs::write(&ruleset, text(&case["ruleset"])).map_err(|error| error.to_string())?;
    let references = case["additional"].as_object().into_iter().flatten();
    let request = EvalRequest {
        ruleset,
        data: folder.join(case["primary"].as_str().unwrap_or(ANY_DATA)),
        references: references.map(|(alias, path)| (alias.clone(), folder.join(text(path)))).collect(),
        strict: true,
        keep_going: true,
        rows: Some(rows.clone()),
        ..EvalRequest::default()
    };
    let evaluation = eval::evaluate(&OsWorld, &request);
    if evaluation.unreadable {
        return Err(format!("nothing was evaluated: {}", messages(&evaluation)));
    }
    if expected["parse"] == "error" {
        let rejects = evaluation.report.is_none() && evaluation.diagnostics.iter().any(|d| d.severity == Severity::Error);
        return Ok(if rejects { Vec::new() } else { vec!["it is accepted, and AWS's parser rejects it".to_owned()] });
    }
    let Some(report) = &evaluation.report else {
        return Ok(vec![format!("it is rejected, and AWS's parser accepts it: {}", messages(&evaluation))]);
    };
    // Accepted, and no more is known: the engine did not survive.
    let Some(rules) = expected["rules"].as_array() else { return Ok(Vec::new()) };
    if rules.len() != report.outcomes.len() {
        return Ok(vec![format!("{} outcomes of {} rules", report.outcomes.len(), rules.len())]);
    }
    let mut faults: Vec<String> = rules.iter().zip(&report.outcomes).flat_map(|(rule, found)| outcome(rule, found)).collect();
    if let Some(recorded) = expected["rows"].as_array() {
        let judged = fs::read_to_string(&rows).map_err(|error| error.to_string())?;
        let judged = judged.lines().map(serde_json::from_str).collect::<Result<Vec<Value>, _>>();
        let open = if case["doubtful"].is_null() { not_recorded(rules) } else { BTreeSet::new() };
        faults.extend(row_verdicts(recorded, &judged.map_err(|error| error.to_string())?, report, &open));
    }
    Ok(faults)
}

/// What differs of one rule's verdict and metrics.
fn outcome(recorded: &Value, found: &RuleOutcome) -> Vec<String> {
    let Some(verdict) = recorded["outcome"].as_str() else { return Vec::new() };
    let mut faults = Vec::new();
    if found.passed != (verdict == "Passed") {
        let reason = found.reason.as_deref().unwrap_or("it holds");
        faults.push(format!("{}: expected {verdict}, and {reason}", found.rule));
    }
    for (name, value) in recorded["metrics"].as_object().into_iter().flatten() {
        match found.metrics.get(name) {
            None => faults.push(format!("{}: no metric {name}, expected {value}", found.rule)),
            Some(own) if near(*own, number(value)) => {}
            Some(own) => faults.push(format!("{}: {name} = {own}, expected {value}", found.rule)),
        }
    }
    faults
}

/// The places of rules about whose rows the recording says nothing.
fn not_recorded(rules: &[Value]) -> BTreeSet<usize> {
    let is_open = |rule: &Value| rule["outcome"].is_null() || ROWS_NOT_RECORDED.is_match(text(&rule["rule"]));
    rules.iter().enumerate().filter(|(_, rule)| is_open(rule)).map(|(at, _)| at).collect()
}

/// What differs of the rows: rules of one text share their verdict.
fn row_verdicts(recorded: &[Value], judged: &[Value], report: &QualityReport, open: &BTreeSet<usize>) -> Vec<String> {
    if recorded.len() != judged.len() {
        return vec![format!("{} rows written of {}", judged.len(), recorded.len())];
    }
    let mut places: IndexMap<&str, Vec<usize>> = IndexMap::new();
    report.outcomes.iter().enumerate().for_each(|(at, outcome)| places.entry(&outcome.rule).or_default().push(at));
    let mut faults = Vec::new();
    for (row, (recorded, judged)) in recorded.iter().zip(judged).enumerate() {
        // Where the `where` of a rule is null in this row, the engine's verdict is an accident.
        let accidents = indices(&recorded["undecided"]);
        let counts = |at: &usize| !open.contains(at) && !accidents.contains(at);
        for (key, column) in [("pass", "DataQualityRulesPass"), ("fail", "DataQualityRulesFail")] {
            let rule = |at: usize| report.outcomes.get(at).map_or("?", |outcome| outcome.rule.as_str());
            let wanted: BTreeSet<&str> = indices(&recorded[key]).into_iter().filter(counts).map(rule).collect();
            let listed = judged[column].as_array().into_iter().flatten().map(text);
            let found: BTreeSet<&str> = listed.filter(|rule| places.get(rule).is_none_or(|at| at.iter().any(counts))).collect();
            if wanted != found {
                faults.push(format!("row {row}: {key} {found:?}, expected {wanted:?}"));
            }
        }
    }
    faults
}

fn indices(list: &Value) -> BTreeSet<usize> {
    let numbers = list.as_array().into_iter().flatten().filter_map(Value::as_u64);
    numbers.filter_map(|number| usize::try_from(number).ok()).collect()
}

fn near(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()) || (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()).max(1.0)
}

/// A number; those that JSON has no words for are strings. What is neither differs from every number.
fn number(value: &Value) -> f64 {
    match value.as_str() {
        Some("Infinity") => f64::INFINITY,
        Some("-Infinity") => f64::NEG_INFINITY,
        _ => value.as_f64().unwrap_or(f64::NAN),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or("")
}

fn messages(evaluation: &Evaluation) -> String {
    let said = evaluation.diagnostics.iter().map(|diagnostic| format!("{} {}", diagnostic.code.number, diagnostic.message));
    said.collect::<Vec<_>>().join("; ")
}
