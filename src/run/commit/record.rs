//! The record of a commit on disk: the one wire format of this module, versioned.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::DateTime;
use serde::{Deserialize, Serialize};

use super::Step;
use super::state::write_whole;
use crate::diag::Diagnostic;
use crate::diag::codes::run as codes;
use crate::state::{Evaluation, Statistic, Status};
use crate::stdlib::connector::file::sink::Mode;
use crate::stdlib::connector::file::sink::publish::{Action, PublishPlan};
use crate::stdlib::failure::RunFailure;
use crate::stdlib::rule::Series;

/// A record that was read.
pub(super) struct Record {
    pub(super) run_id: String,
    pub(super) plans: Vec<PublishPlan>,
    pub(super) figures: Vec<Evaluation>,
}

/// The version this release writes. Records of version 1 have no figures.
const VERSION: u32 = 2;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordView {
    version: u32,
    job: String,
    run_id: String,
    sinks: Vec<SinkView>,
    #[serde(default)]
    figures: Vec<EvaluationView>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct EvaluationView {
    context: String,
    ruleset: String,
    /// Microseconds since 1970.
    at: i64,
    status: String,
    statistics: Vec<StatisticView>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StatisticView {
    metric: String,
    detail: String,
    columns: Vec<String>,
    rule: String,
    /// As text: JSON has no infinities.
    value: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SinkView {
    name: String,
    /// Relative to the project where that is possible: a project may be moved between crash and recovery.
    path: PathBuf,
    mode: String,
    staging: String,
    actions: Vec<ActionView>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ActionView {
    Move(String, String),
    Delete(String),
    Prune(String),
}

/// Writes a record; when this returns without an error, the run is committed.
pub(super) fn write(
    path: &Path,
    root: &Path,
    job: &str,
    run_id: &str,
    plans: &[PublishPlan],
    figures: &[Evaluation],
    step: Step,
) -> io::Result<()> {
    let sinks = plans.iter().map(|plan| SinkView {
        name: plan.sink.clone(),
        path: plan.folder.strip_prefix(root).unwrap_or(&plan.folder).to_owned(),
        mode: plan.mode.name().to_owned(),
        staging: plan.staging.clone(),
        actions: plan.actions.iter().map(view).collect(),
    });
    let record = RecordView {
        version: VERSION,
        job: job.to_owned(),
        run_id: run_id.to_owned(),
        sinks: sinks.collect(),
        figures: figures.iter().map(evaluation_view).collect(),
    };
    let text = serde_json::to_string_pretty(&record).map_err(io::Error::other)?;
    write_whole(path, &text, step)
}

/// Reads a record.
pub(super) fn read(path: &Path, root: &Path) -> Result<Record, RunFailure> {
    let bad = |why: String| {
        RunFailure(
            Diagnostic::bare(&codes::BAD_RECORD, format!("the commit record `{}` cannot be read", path.display()))
                .note(why)
                .help("the run that wrote it committed: restore the file; remove it only to give the output of that run up"),
        )
    };
    let text = fs::read_to_string(path).map_err(|error| bad(format!("the system says: {error}")))?;
    let record: RecordView = serde_json::from_str(&text).map_err(|error| bad(error.to_string()))?;
    if !(1..=VERSION).contains(&record.version) {
        return Err(bad(format!("it has version {}, this release knows version {VERSION}", record.version)));
    }
    let figures = record.figures.into_iter().map(|view| evaluation(&record.run_id, view)).collect();
    let plans = record.sinks.into_iter().map(|sink| PublishPlan {
        sink: sink.name,
        folder: root.join(sink.path),
        mode: Mode::parse(&sink.mode),
        staging: sink.staging,
        actions: sink.actions.into_iter().map(action).collect(),
    });
    Ok(Record { plans: plans.collect(), figures, run_id: record.run_id })
}

fn evaluation_view(evaluation: &Evaluation) -> EvaluationView {
    let statistics = evaluation.statistics.iter().map(|statistic| StatisticView {
        metric: statistic.series.metric.clone(),
        detail: statistic.series.detail.clone(),
        columns: statistic.columns.clone(),
        rule: statistic.rule.clone(),
        value: statistic.value.to_string(),
    });
    EvaluationView {
        context: evaluation.context.clone(),
        ruleset: evaluation.ruleset.clone(),
        at: evaluation.at.timestamp_micros(),
        status: evaluation.status.name().to_owned(),
        statistics: statistics.collect(),
    }
}

fn evaluation(run_id: &str, view: EvaluationView) -> Evaluation {
    let statistics = view.statistics.into_iter().map(|statistic| Statistic {
        series: Series { metric: statistic.metric, detail: statistic.detail },
        columns: statistic.columns,
        rule: statistic.rule,
        value: statistic.value.parse().unwrap_or(f64::NAN),
    });
    Evaluation {
        run_id: run_id.to_owned(),
        context: view.context,
        ruleset: view.ruleset,
        at: DateTime::from_timestamp_micros(view.at).unwrap_or_default(),
        status: Status::parse(&view.status),
        statistics: statistics.collect(),
    }
}

fn view(action: &Action) -> ActionView {
    match action {
        Action::Move { from, to } => ActionView::Move(from.clone(), to.clone()),
        Action::Delete(name) => ActionView::Delete(name.clone()),
        Action::Prune(name) => ActionView::Prune(name.clone()),
    }
}

fn action(view: ActionView) -> Action {
    match view {
        ActionView::Move(from, to) => Action::Move { from, to },
        ActionView::Delete(name) => Action::Delete(name),
        ActionView::Prune(name) => Action::Prune(name),
    }
}
