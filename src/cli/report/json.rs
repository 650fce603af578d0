//! The JSON documents of `run` and `quality eval`: versioned views of the plain report.
//!
//! Fields are added, never renamed or removed. Rule outcomes have AWS's names.

use chrono::SecondsFormat;
use indexmap::IndexMap;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::diag::Diagnostic;
use crate::diag::render::json::{DiagnosticView, view};
use crate::run::dry::DryRun;
use crate::run::report::{
    AnalyzerOutcome, Counted, NodeReport, Observation, QualityReport, RowCounts, RuleOutcome, RunReport, SinkReport, Spread,
    Status, Strength,
};
use crate::source::SourceMap;
use crate::stdlib::connector::FileEntry;
use crate::stdlib::connector::file::sink::WritePlan;

#[derive(Serialize)]
struct RunView {
    version: u32,
    job: Option<String>,
    run_id: Option<String>,
    status: &'static str,
    started_at: Option<String>,
    elapsed_ms: f64,
    /// How many rows of each source were read at most, in a run on a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    sampled_rows: Option<u64>,
    nodes: Map<String, Value>,
    quality: Map<String, Value>,
    sinks: Map<String, Value>,
    diagnostics: Vec<DiagnosticView>,
}

#[derive(Serialize)]
struct NodeView {
    rows_in: Option<u64>,
    rows_out: Option<u64>,
    bytes_in: Option<u64>,
    bytes_out: Option<u64>,
    elapsed_ms: Option<f64>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct QualityView {
    rule_outcomes: Vec<OutcomeView>,
    analyzer_results: Vec<AnalyzerView>,
    observations: Vec<ObservationView>,
    rows: RowsView,
    score: f64,
    samples: Vec<SampleView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct OutcomeView {
    rule: String,
    outcome: &'static str,
    failure_reason: Option<String>,
    #[serde(rename = "note", skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    evaluated_metrics: Map<String, Value>,
    evaluated_rule: Option<String>,
    labels: Map<String, Value>,
    #[serde(rename = "failed_rows")]
    failed_rows: Option<u64>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct AnalyzerView {
    name: String,
    evaluated_metrics: Map<String, Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    distributions: Vec<DistributionView>,
}

/// AWS's `DistributionValue`, and what lies outside of it.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct DistributionView {
    column: String,
    data_type: String,
    bin_edges: Vec<Value>,
    count: Vec<u64>,
    #[serde(flatten)]
    outside: OutsideView,
}

#[derive(Serialize)]
#[serde(untagged)]
enum OutsideView {
    #[serde(rename_all = "PascalCase")]
    Bins { below: u64, above: u64, not_a_number: u64 },
    #[serde(rename_all = "PascalCase")]
    Values { other_values: u64, other_rows: u64 },
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ObservationView {
    description: String,
    strength: &'static str,
    rule: String,
    metric_based_observation: MetricView,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricView {
    metric_name: String,
    metric_values: MetricValuesView,
    new_rules: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct MetricValuesView {
    actual_value: Value,
    expected_value: Option<Value>,
    lower_limit: Option<Value>,
    upper_limit: Option<Value>,
}

#[derive(Serialize)]
struct RowsView {
    input: u64,
    passed: u64,
    failed: u64,
}

#[derive(Serialize)]
struct SampleView {
    rule: String,
    place: Option<String>,
    column: Option<String>,
    value: Option<String>,
}

#[derive(Serialize)]
struct SinkView {
    path: String,
    rows: u64,
    files: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct EvaluationView {
    version: u32,
    diagnostics: Vec<DiagnosticView>,
    #[serde(flatten)]
    quality: Option<QualityView>,
}

#[derive(Serialize)]
struct DryRunView {
    version: u32,
    job: String,
    sources: Vec<PlannedSourceView>,
    sinks: Vec<PlannedSinkView>,
    diagnostics: Vec<DiagnosticView>,
}

#[derive(Serialize)]
struct PlannedSourceView {
    name: String,
    files: Vec<FileView>,
}

#[derive(Serialize)]
struct FileView {
    path: String,
    bytes: u64,
}

#[derive(Serialize)]
struct PlannedSinkView {
    name: String,
    path: String,
    mode: &'static str,
    partition_keys: Vec<String>,
    existing_files: usize,
    existing_bytes: u64,
}

/// The document of a run. `diagnostics` are all there are: of the check, then of the run.
pub(in crate::cli) fn run(report: &RunReport, diagnostics: &[Diagnostic], map: &SourceMap) -> String {
    let views = RunView {
        version: 1,
        job: Some(report.job.clone()),
        run_id: Some(report.run_id.clone()),
        status: match report.status {
            Status::Succeeded => "SUCCEEDED",
            Status::GateFailed | Status::Failed => "FAILED",
        },
        started_at: Some(report.started_at.to_rfc3339_opts(SecondsFormat::Millis, true)),
        elapsed_ms: milliseconds(report.elapsed),
        sampled_rows: report.sampled,
        nodes: object(report.nodes.iter().map(|(name, node)| (name, node_view(node)))),
        quality: object(report.quality.iter().map(|(name, quality)| (name, quality_view(quality)))),
        sinks: object(report.sinks.iter().map(|(name, sink)| (name, sink_view(sink)))),
        diagnostics: view(diagnostics, map),
    };
    document(&views)
}

/// The document of a run that never began, because its project has errors.
pub(in crate::cli) fn refused(job: Option<&str>, diagnostics: &[Diagnostic], map: &SourceMap) -> String {
    document(&RunView {
        version: 1,
        job: job.map(str::to_owned),
        run_id: None,
        status: "FAILED",
        started_at: None,
        elapsed_ms: 0.0,
        sampled_rows: None,
        nodes: Map::new(),
        quality: Map::new(),
        sinks: Map::new(),
        diagnostics: view(diagnostics, map),
    })
}

/// The document of `run --dry-run`.
pub(in crate::cli) fn dry_run(plan: &DryRun, diagnostics: &[Diagnostic], map: &SourceMap) -> String {
    let source = |(name, files): &(String, Vec<FileEntry>)| {
        let files = files.iter().map(|file| FileView { path: file.shown.clone(), bytes: file.size }).collect();
        PlannedSourceView { name: name.clone(), files }
    };
    let sink = |sink: &WritePlan| PlannedSinkView {
        name: sink.sink.clone(),
        path: sink.shown.clone(),
        mode: sink.mode.name(),
        partition_keys: sink.partition_keys.clone(),
        existing_files: sink.existing.len(),
        existing_bytes: sink.existing_bytes(),
    };
    document(&DryRunView {
        version: 1,
        job: plan.job.clone(),
        sources: plan.sources.iter().map(source).collect(),
        sinks: plan.sinks.iter().map(sink).collect(),
        diagnostics: view(diagnostics, map),
    })
}

/// The document of `quality eval`; without a report if nothing was evaluated.
pub(in crate::cli) fn evaluation(report: Option<&QualityReport>, diagnostics: &[Diagnostic], map: &SourceMap) -> String {
    document(&EvaluationView { version: 1, diagnostics: view(diagnostics, map), quality: report.map(quality_view) })
}

pub(super) fn document(view: &impl Serialize) -> String {
    serde_json::to_string_pretty(view).expect("the views hold only strings, numbers and maps of them") + "\n"
}

/// A JSON object in the order of the entries.
fn object<'a>(entries: impl Iterator<Item = (&'a String, impl Serialize)>) -> Map<String, Value> {
    let value = |view| serde_json::to_value(view).expect("the views hold only strings, numbers and maps of them");
    entries.map(|(name, view)| (name.clone(), value(view))).collect()
}

fn node_view(node: &NodeReport) -> NodeView {
    let NodeReport { rows_in, rows_out, bytes_in, bytes_out, elapsed } = *node;
    NodeView { rows_in, rows_out, bytes_in, bytes_out, elapsed_ms: elapsed.map(milliseconds) }
}

fn quality_view(quality: &QualityReport) -> QualityView {
    let RowCounts { input, passed, failed } = quality.rows;
    let sample = |row: &crate::run::report::FailedRow| SampleView {
        rule: row.rule.clone(),
        place: row.place.clone(),
        column: row.column.clone(),
        value: row.value.clone(),
    };
    QualityView {
        rule_outcomes: quality.outcomes.iter().map(outcome_view).collect(),
        analyzer_results: quality.analyzers.iter().map(analyzer_view).collect(),
        observations: quality.observations.iter().map(observation_view).collect(),
        rows: RowsView { input, passed, failed },
        score: quality.score(),
        samples: quality.samples.iter().map(sample).collect(),
    }
}

fn outcome_view(outcome: &RuleOutcome) -> OutcomeView {
    OutcomeView {
        rule: outcome.rule.clone(),
        outcome: if outcome.passed { "Passed" } else { "Failed" },
        failure_reason: outcome.reason.clone(),
        note: outcome.note.clone(),
        evaluated_metrics: metrics(&outcome.metrics),
        evaluated_rule: outcome.evaluated.clone(),
        labels: object(outcome.labels.iter()),
        failed_rows: outcome.failed_rows,
    }
}

fn analyzer_view(analyzer: &AnalyzerOutcome) -> AnalyzerView {
    AnalyzerView {
        name: analyzer.analyzer.clone(),
        evaluated_metrics: metrics(&analyzer.metrics),
        distributions: analyzer.distributions.iter().map(distribution_view).collect(),
    }
}

fn distribution_view(spread: &Spread) -> DistributionView {
    let (bin_edges, count, outside) = match &spread.counted {
        Counted::Bins { edges, counts, below, above, not_a_number } => (
            edges.iter().copied().map(number).collect(),
            counts.clone(),
            OutsideView::Bins { below: *below, above: *above, not_a_number: *not_a_number },
        ),
        Counted::Values { frequent, others, other_rows } => (
            frequent.iter().map(|(value, _)| value.clone().into()).collect(),
            frequent.iter().map(|(_, count)| *count).collect(),
            OutsideView::Values { other_values: *others, other_rows: *other_rows },
        ),
    };
    DistributionView { column: spread.column.clone(), data_type: spread.data_type.clone(), bin_edges, count, outside }
}

fn observation_view(observation: &Observation) -> ObservationView {
    ObservationView {
        description: observation.description.clone(),
        strength: match observation.strength {
            Strength::Info => "info",
            Strength::Strong => "strong",
        },
        rule: observation.rule.clone(),
        metric_based_observation: MetricView {
            metric_name: observation.metric.clone(),
            metric_values: MetricValuesView {
                actual_value: number(observation.actual),
                expected_value: observation.expected.map(number),
                lower_limit: observation.lower.map(number),
                upper_limit: observation.upper.map(number),
            },
            new_rules: observation.new_rules.clone(),
        },
    }
}

fn metrics(metrics: &IndexMap<String, f64>) -> Map<String, Value> {
    object(metrics.iter().map(|(name, value)| (name, number(*value))))
}

fn sink_view(sink: &SinkReport) -> SinkView {
    SinkView { path: sink.path.clone(), rows: sink.rows, files: sink.files, bytes: sink.bytes }
}

/// JSON has no word for these three.
pub(super) fn number(value: f64) -> Value {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity".into() } else { "-Infinity".into() };
    }
    value.into()
}

fn milliseconds(duration: std::time::Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
