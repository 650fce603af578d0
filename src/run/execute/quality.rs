//! Quality nodes in a run: what they evaluate, what they found, and whether the job may go on.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;

use super::Run;
use crate::diag::{Diagnostic, codes};
use crate::ir::{Job, NodeId};
use crate::plan::nodes::quality::FAILURES;
use crate::plan::quality::RuleNames;
use crate::plan::{Stage, quality_output, reads_rows};
use crate::run::execute::RunIdentity;
use crate::run::quality::{Beside, Files, Outcomes, Prepared, QualityOptions, QualityResult, prepare};
use crate::run::report::{QualityReport, RuleOutcome, RunReport};
use crate::run::stage::{Judgement, Quarantine, Samples, Split};
use crate::spec::param::Args;
use crate::state::{self, Evaluation, Reader, Status};
use crate::stdlib::connector::source::{ORIGINAL, ROW};
use crate::stdlib::rule::{BoundRuleset, History};
use crate::stdlib::transform::port;

/// A quality node that is being evaluated.
pub(super) struct Evaluated {
    node: NodeId,
    prepared: Arc<Prepared>,
    samples: Arc<Samples>,
}

/// Why a job may not go on as if nothing was.
pub(super) struct Gate {
    pub(super) diagnostic: Diagnostic,
    /// Whether nothing is published at all.
    pub(super) stops_publishing: bool,
}

/// The schema without a column.
pub(super) fn without(schema: &Schema, name: &str) -> SchemaRef {
    Arc::new(Schema::new(schema.fields().iter().filter(|field| field.name() != name).cloned().collect::<Vec<_>>()))
}

/// The columns before one of that name.
fn before(schema: &Schema, name: &str) -> Schema {
    Schema::new(schema.fields().iter().take_while(|field| field.name() != name).cloned().collect::<Vec<_>>())
}

impl Run<'_> {
    /// Runs the passes that come before the main one, and plans the main one.
    pub(super) async fn evaluate(
        &self,
        stage: &Stage,
        again: &LogicalPlan,
        references: &[(String, LogicalPlan)],
    ) -> Result<(Arc<dyn ExecutionPlan>, Split, Evaluated)> {
        let node = self.job.node(stage.node);
        let (Some(quality), Some(args)) = (&node.quality, &node.args) else {
            return internal_err!("quality node `{}` was not checked", node.name);
        };
        let glue = node.is_glue();
        let wanted: Vec<bool> = (0..port::COUNT).map(|port| self.job.is_read(stage.node, port)).collect();
        let names = if args.flag("row_level_labels") { RuleNames::Labelled } else { RuleNames::Plain };
        let options = QualityOptions::of(args);
        let options = QualityOptions {
            verdicts: (glue || wanted[port::ROW_LEVEL]).then_some(names),
            warnings: !glue && quality.rules.can_annotate(&options.actions),
            ..options
        };
        let files = Files { root: self.root.to_owned(), source: self.entries(stage.node) };
        let history = self.history(stage.node, &quality.rules, options.observe_all)?;
        let beside = Beside { files, history, at: self.identity.started_at };
        let (input, again, references) = (stage.plan.clone(), again.clone(), references.to_vec());
        let prepared = prepare(&quality.rules, input, again, references, self.session, &options, beside).await?;
        let prepared = Arc::new(prepared);
        let physical = self.session.create_physical_plan(prepared.plan()).await?;
        let input = before(&physical.schema(), FAILURES);
        let mut schemas = Vec::with_capacity(port::COUNT);
        for (port, output) in node.outputs.iter().enumerate() {
            let Some(checked) = &output.schema else {
                return internal_err!("the columns of `{}` are not known", node.output_name(port));
            };
            schemas.push(quality_output(&input, checked, port));
        }
        let limit = args.record("quarantine").and_then(|quarantine| quarantine.int("samples")).unwrap_or(SAMPLES);
        let samples = Arc::new(Samples::new(usize::try_from(limit).unwrap_or_default()));
        let quarantine = Quarantine {
            run_id: self.identity.run_id.clone(),
            node: node.name.value.clone(),
            ruleset: ruleset_hash(&quality.text),
            at: self.identity.started_at,
            files: Arc::new(self.entries(stage.node).into_iter().map(|(_, shown)| shown).collect()),
            row: input.field_with_name(ROW).is_ok().then_some(ROW),
            original: node.keeps_original().then_some(ORIGINAL),
            samples: Arc::clone(&samples),
        };
        let at_end = Arc::new(Outcomes(Arc::clone(&prepared)));
        let width = input.fields().len();
        let split = Split::Quality(Box::new(Judgement { width, schemas, wanted, glue, quarantine, at_end }));
        Ok((physical, split, Evaluated { node: stage.node, prepared, samples }))
    }

    /// What earlier runs recorded of the figures that rules compare with.
    fn history(&self, node: NodeId, rules: &BoundRuleset, all: bool) -> Result<History> {
        let wanted = rules.wanted(all);
        if wanted.is_empty() {
            return Ok(History::default());
        }
        let store = state::open_existing(&state::path(self.root))?;
        Ok(store.map(|store| store.history(&context(self.job, node), &wanted)).transpose()?.unwrap_or_default())
    }

    /// The files that rows of a node come from, each with the name it is shown by.
    fn entries(&self, node: NodeId) -> Vec<(PathBuf, String)> {
        let listed = reads_rows(self.job, node).and_then(|source| self.sources.get(source));
        listed.map(|listed| listed.files.iter().map(|file| (file.path.clone(), file.shown.clone())).collect()).unwrap_or_default()
    }
}

/// How many failing rows of a rule the report shows unless told otherwise.
const SAMPLES: i64 = 5;

/// Names the text of a ruleset.
pub(in crate::run) fn ruleset_hash(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex()[..16].to_owned()
}

/// Whose figures those of a node are.
fn context(job: &Job, node: NodeId) -> String {
    format!("{}/{}", job.name, job.node(node).name)
}

/// What is recorded of the evaluations of a run.
pub(super) fn evaluations(
    job: &Job,
    identity: &RunIdentity,
    evaluated: &[Evaluated],
    report: &RunReport,
    gate: Option<&Gate>,
) -> Vec<Evaluation> {
    let one = |one: &Evaluated| {
        let node = job.node(one.node);
        let found = report.quality.get(node.name.as_str())?;
        Some(Evaluation {
            run_id: identity.run_id.clone(),
            context: context(job, one.node),
            ruleset: ruleset_hash(&node.quality.as_ref()?.text),
            at: identity.started_at,
            status: if gate.is_some() { Status::GateFailed } else { Status::Succeeded },
            statistics: found.statistics.clone(),
        })
    };
    evaluated.iter().filter_map(one).collect()
}

/// Judges the rules of all quality nodes, puts what was found into the report, and tells whether a gate is shut.
pub(super) fn report(
    job: &Job,
    evaluated: &[Evaluated],
    report: &mut RunReport,
) -> std::result::Result<Option<Gate>, Diagnostic> {
    let mut gate: Option<Gate> = None;
    for one in evaluated {
        let node = job.node(one.node);
        let result = one.prepared.finish().map_err(|error: DataFusionError| super::describe(&error, Some(job)))?;
        let name = node.name.value.clone();
        if let Some(counted) = report.nodes.get_mut(&name) {
            counted.rows_in = Some(result.rows.input);
            counted.rows_out = Some(result.rows.passed + result.rows.failed);
        }
        let QualityResult { outcomes, rows, analyzers, statistics, observations, .. } = result;
        let found = QualityReport { outcomes, rows, samples: one.samples.take(), analyzers, statistics, observations };
        let shut = node.args.as_ref().and_then(|args| shut(&name, args, &found));
        if let Some(shut) = shut
            && gate.as_ref().is_none_or(|gate| !gate.stops_publishing)
        {
            gate = Some(shut);
        }
        report.quality.insert(name, found);
    }
    Ok(gate)
}

/// `1 row`, `200 rows`
fn rows(number: u64) -> String {
    if number == 1 { "1 row".to_owned() } else { format!("{number} rows") }
}

/// How many failed rules a message points at beside the first.
const SHOWN: usize = 4;

/// Whether what was found shuts the node's gate.
fn shut(node: &str, args: &Args, found: &QualityReport) -> Option<Gate> {
    let failed: Vec<&RuleOutcome> = found.outcomes.iter().filter(|outcome| !outcome.passed).collect();
    let quarantine = args.record("quarantine");
    let max_rate = quarantine.and_then(|quarantine| quarantine.float("max_rate"));
    let rate = if found.rows.input == 0 { 0.0 } else { found.rows.failed as f64 / found.rows.input as f64 };
    if let Some(max_rate) = max_rate.filter(|max_rate| rate > *max_rate) {
        let message = format!("{:.2} % of the rows of `{node}` fail, more than {:.2} %", rate * 100.0, max_rate * 100.0);
        let diagnostic = Diagnostic::bare(&codes::run::QUALITY_GATE, message)
            .note(format!("{} of {}", found.rows.failed, rows(found.rows.input)))
            .note("nothing was published: `quarantine.max_rate` was exceeded")
            .help("look at the failing rows in the report, mend the data or the rules, or raise `max_rate`");
        return Some(Gate { diagnostic, stops_publishing: true });
    }
    let max_rows = quarantine.and_then(|quarantine| u64::try_from(quarantine.int("max_rows")?).ok());
    if let Some(max_rows) = max_rows.filter(|max_rows| found.rows.failed > *max_rows) {
        let message = format!("{} of `{node}` fail, more than {max_rows}", rows(found.rows.failed));
        let diagnostic = Diagnostic::bare(&codes::run::QUALITY_GATE, message)
            .note(format!("{} of {}", found.rows.failed, rows(found.rows.input)))
            .note("nothing was published: `quarantine.max_rows` was exceeded")
            .help("look at the failing rows in the report, mend the data or the rules, or raise `max_rows`");
        return Some(Gate { diagnostic, stops_publishing: true });
    }
    let stops_publishing = match args.str("stop_job_on_failure") {
        Some("immediate") => true,
        Some("after_data_load") => false,
        _ => return None,
    };
    let (first, others) = failed.split_first()?;
    let more = if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
    let message = format!("rules of `{node}` failed: `{}`{more}", first.rule);
    let diagnostic =
        Diagnostic::new(&codes::run::QUALITY_GATE, first.place, message).here("does not hold").note(if stops_publishing {
            "nothing was published: `stop_job_on_failure` is `immediate`"
        } else {
            "everything was published: `stop_job_on_failure` is `after_data_load`"
        });
    let diagnostic = others.iter().take(SHOWN).fold(diagnostic, |diagnostic, rule| diagnostic.also(rule.place, "nor does this"));
    Some(Gate { diagnostic, stops_publishing })
}
