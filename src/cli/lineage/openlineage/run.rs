//! A run as events of `OpenLineage`: one when it begins, one when it ends, each a line at the end of a file.
//!
//! The last one has what is known by then: rows and bytes of every data set that was published, and for the data sets that were
//! read what the rules said of them.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::{PRODUCER, inputs, job_view, names, output};
use crate::cli::lineage::view::Chosen;
use crate::diag::{Severity, codes};
use crate::ir::{Job, NodeId, Program};
use crate::lineage::{Direct, How, RuleUse};
use crate::plan::reads_rows;
use crate::run::execute::RunIdentity;
use crate::run::report::{RuleOutcome, RunReport, Status};
use crate::stdlib::rule::Action;

const EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";
const ASSERTIONS: &str =
    "https://openlineage.io/spec/facets/1-1-0/DataQualityAssertionsDatasetFacet.json#/$defs/DataQualityAssertionsDatasetFacet";
const STATISTICS: &str =
    "https://openlineage.io/spec/facets/1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet";
const ERROR: &str = "https://openlineage.io/spec/facets/1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet";

/// The events of one run.
pub(in crate::cli) struct RunEvents<'a> {
    file: File,
    program: &'a Program,
    chosen: Chosen<'a>,
    run: String,
}

impl<'a> RunEvents<'a> {
    /// Says that a run begins.
    pub(in crate::cli) fn begin(file: &Path, program: &'a Program, job: &'a Job, identity: &RunIdentity) -> io::Result<Self> {
        if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
            std::fs::create_dir_all(folder)?;
        }
        let file = OpenOptions::new().append(true).create(true).open(file)?;
        let mut events = Self { file, program, chosen: Chosen::whole(job), run: uuid(identity).to_string() };
        let (inputs, outputs) = (inputs(program, &events.chosen), events.outputs(None));
        events.write("START", identity.started_at, Map::new(), inputs.into_values().collect(), outputs)?;
        Ok(events)
    }

    /// Says how it ended.
    pub(in crate::cli) fn end(mut self, report: &RunReport) -> io::Result<()> {
        let is_interrupted = report.diagnostics.iter().any(|one| one.code.number == codes::run::INTERRUPTED.number);
        let (word, facets) = match report.status {
            Status::Succeeded => ("COMPLETE", Map::new()),
            Status::Failed if is_interrupted => ("ABORT", error(report)),
            Status::Failed | Status::GateFailed => ("FAIL", error(report)),
        };
        let mut inputs = inputs(self.program, &self.chosen);
        for (name, assertions) in self.assertions(report) {
            let Some(dataset) = inputs.get_mut(&name) else { continue };
            let facet = json!({ "_producer": PRODUCER, "_schemaURL": ASSERTIONS, "assertions": assertions });
            dataset["inputFacets"] = json!({ "dataQualityAssertions": facet });
        }
        let ended = report.started_at + report.elapsed;
        let outputs = self.outputs(Some(report));
        self.write(word, ended, facets, inputs.into_values().collect(), outputs)
    }

    /// What the job writes, with what was published of it.
    fn outputs(&self, report: Option<&RunReport>) -> Vec<Value> {
        let mut all = Vec::new();
        for (id, edge) in &self.chosen.sinks {
            let published = report.and_then(|report| report.sinks.get(self.chosen.job.node(*id).name.as_str()));
            for mut dataset in output(self.program, &self.chosen, *id, *edge) {
                if let Some(sink) = published {
                    dataset["outputFacets"] = json!({ "outputStatistics": {
                        "_producer": PRODUCER, "_schemaURL": STATISTICS,
                        "rowCount": sink.rows, "size": sink.bytes, "fileCount": sink.files,
                    } });
                }
                all.push(dataset);
            }
        }
        all
    }

    /// What the rules said, by the data set whose rows or columns they are about.
    fn assertions(&self, report: &RunReport) -> BTreeMap<(String, String), Vec<Value>> {
        let job = self.chosen.job;
        let mut found: BTreeMap<(String, String), Vec<Value>> = BTreeMap::new();
        for (id, node) in job.iter() {
            let Some(quality) = report.quality.get(node.name.as_str()) else { continue };
            for (rule, outcome) in self.chosen.lineage.nodes[id.0].rules.iter().zip(&quality.outcomes) {
                for (source, column) in self.about(id, rule) {
                    let assertion = assertion(job.node(id).name.as_str(), rule, outcome, column.as_deref());
                    for name in names(job.node(source), &self.program.root) {
                        found.entry(name).or_default().push(assertion.clone());
                    }
                }
            }
        }
        found
    }

    /// The sources that a rule is about, each with the column if it is there what the rule looks at. A rule that names no column
    /// is about the rows: those of the source that they come from.
    fn about(&self, node: NodeId, rule: &RuleUse) -> BTreeMap<NodeId, Option<String>> {
        let mut found: BTreeMap<NodeId, Option<String>> = BTreeMap::new();
        let edge = self.chosen.job.node(node).inputs.first();
        for column in &rule.columns {
            let Some(trace) = edge.and_then(|edge| self.chosen.traces.column(edge.node, edge.port, column)) else { continue };
            for (end, hows) in trace.ends.iter().filter(|(_, hows)| hows.iter().any(|how| how.is_direct())) {
                let is_it = hows.iter().all(|how| matches!(how, How::Direct(Direct::Identity | Direct::Cast) | How::Indirect(_)));
                let own = (is_it && end.path.is_empty() && rule.columns.len() == 1).then(|| end.column.clone());
                let known = found.entry(end.node).or_insert_with(|| own.clone());
                // Of several columns the rule is about none in particular.
                if *known != own {
                    *known = None;
                }
            }
        }
        if found.is_empty() {
            found.extend(reads_rows(self.chosen.job, node).map(|source| (source, None)));
        }
        found
    }

    fn write(
        &mut self,
        word: &str,
        time: DateTime<Utc>,
        facets: Map<String, Value>,
        inputs: Vec<Value>,
        outputs: Vec<Value>,
    ) -> io::Result<()> {
        let event = json!({
            "eventType": word,
            "eventTime": time.to_rfc3339_opts(SecondsFormat::Millis, true),
            "producer": PRODUCER,
            "schemaURL": EVENT,
            "run": { "runId": self.run, "facets": facets },
            "job": job_view(self.program, self.chosen.job),
            "inputs": inputs,
            "outputs": outputs,
        });
        // One call, so that two runs that write to one file do not mix their lines.
        self.file.write_all(format!("{event}\n").as_bytes())
    }
}

/// What a rule said: its type is the kind of the assertion, its text what was asserted.
fn assertion(node: &str, rule: &RuleUse, outcome: &RuleOutcome, column: Option<&str>) -> Value {
    let kind = rule.text.trim_start_matches('(').split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let severity = match rule.action {
        Action::Route => "error",
        Action::Annotate | Action::Ignore => "warn",
    };
    let mut view = json!({
        "assertion": kind,
        "success": outcome.passed,
        "severity": severity,
        "name": format!("{node}.{}", rule.id),
        "content": rule.text,
        "contentType": "dqdl",
    });
    if let Some(column) = column {
        view["column"] = column.into();
    }
    if let Some((metric, value)) = outcome.metrics.first() {
        view["actual"] = value.to_string().into();
        view["params"] = json!({ "metric": metric });
    }
    if let Some(reason) = &outcome.reason {
        view["description"] = reason.as_str().into();
    }
    view
}

/// Why a run did not succeed.
fn error(report: &RunReport) -> Map<String, Value> {
    let errors = report.diagnostics.iter().filter(|one| one.severity == Severity::Error);
    let texts: Vec<_> = errors.map(|one| format!("{}: {}", one.code.number, one.message)).collect();
    let facet = json!({
        "_producer": PRODUCER, "_schemaURL": ERROR, "message": texts.join("\n"), "programmingLanguage": "Rust",
    });
    Map::from_iter([("errorMessage".to_owned(), facet)])
}

/// The run's name as a UUID of version 7, as `OpenLineage` recommends: the time it began, then digits that its name decides.
fn uuid(identity: &RunIdentity) -> Uuid {
    let mut bytes = [0_u8; 16];
    let time = u64::try_from(identity.started_at.timestamp_millis()).unwrap_or_default();
    bytes[..6].copy_from_slice(&time.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&blake3::hash(identity.run_id.as_bytes()).as_bytes()[..10]);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    Uuid(bytes)
}

struct Uuid([u8; 16]);

impl std::fmt::Display for Uuid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (at, byte) in self.0.iter().enumerate() {
            let dash = if matches!(at, 4 | 6 | 8 | 10) { "-" } else { "" };
            write!(f, "{dash}{byte:02x}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_one_uuid_which_sorts_by_time() {
        let identity = |millis: i64, name: &str| RunIdentity {
            run_id: name.to_owned(),
            started_at: DateTime::from_timestamp_millis(millis).unwrap(),
        };
        let first = uuid(&identity(1_767_225_600_000, "20260101T000000Z-000001")).to_string();
        let second = uuid(&identity(1_767_225_600_001, "20260101T000000Z-000002")).to_string();
        assert_eq!(first, uuid(&identity(1_767_225_600_000, "20260101T000000Z-000001")).to_string());
        assert!(first < second && first.starts_with("019b76da-a800-7"), "{first} {second}");
        assert!(matches!(first.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{first}");
    }
}
