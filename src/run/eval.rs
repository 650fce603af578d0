//! Evaluates a ruleset on a data set, without a project.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlanProperties;
use futures::StreamExt;
use indexmap::IndexMap;
use tokio::task::JoinSet;

use super::dataset::{self, Stop};
use super::execute::{RunIdentity, ruleset_hash};
use super::quality::{Beside, Files, Prepared, QualityOptions, QualityResult, prepare};
use super::report::{FailedRow, QualityReport};
use super::rows::RowWriter;
use crate::diag::levels::{self, Levels};
use crate::diag::{Diagnostic, Sink};
use crate::plan::quality::RuleNames;
use crate::plan::scans;
use crate::source::{EmbedMap, SourceMap};
use crate::state::{self, Reader, SqliteStore, Status, Store};
use crate::stdlib::expr::NO_FATES;
use crate::stdlib::rule::{self, Behind, BoundRuleset, Scope};
use crate::syntax::dqdl::{self, Dialect};
use crate::world::World;

/// What to evaluate.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent flags of the command")]
pub struct EvalRequest {
    /// The `.dqdl` file.
    pub ruleset: PathBuf,
    /// The primary data set: Parquet, CSV or JSON lines; a file, a folder or a glob.
    pub data: PathBuf,
    /// Other data sets by alias.
    pub references: IndexMap<String, PathBuf>,
    /// Accept only what AWS's parser accepts.
    pub strict: bool,
    /// A rule that does not check has failed, with the diagnostic as its reason; the others are evaluated.
    pub keep_going: bool,
    /// Where every row is written with the rules it passes, fails and skips.
    pub rows: Option<PathBuf>,
    /// The state store that figures are recorded in and that functions over earlier runs read.
    pub state: Option<PathBuf>,
    /// Whose figures they are there; the stem of the ruleset's name if it is not said.
    pub context: Option<String>,
    /// Compare all figures with their history, not only those that a rule is about.
    pub observe_all: bool,
    /// Only say which passes over the data there would be.
    pub plan: bool,
    /// Whether a row outside a `where` skips the rule; else it passes.
    pub filtered_rows_skip: bool,
    /// Whether composites are judged row by row where that is possible.
    pub composites_by_rows: bool,
    /// `--deny`, `--warn`, `--allow`
    pub levels: Levels,
}

/// What came of it.
#[derive(Debug, Clone, Default)]
pub struct Evaluation {
    /// The ruleset's text.
    pub map: SourceMap,
    /// What there is to say, in the order in which it is shown.
    pub diagnostics: Vec<Diagnostic>,
    /// The outcomes; `None` if nothing was evaluated.
    pub report: Option<QualityReport>,
    /// The passes over data that there would be, if that was asked for.
    pub plan: Option<String>,
    /// Whether nothing was evaluated because data could not be read or written.
    pub unreadable: bool,
}

/// How many failed rows the report shows.
const SAMPLES: usize = 5;

/// Reads the ruleset and the data and judges every rule.
pub fn evaluate(world: &dyn World, request: &EvalRequest) -> Evaluation {
    let mut map = SourceMap::default();
    let mut sink = Sink::default();
    let result = parsed(world, request, &mut map, &mut sink);
    let mut evaluation = Evaluation::default();
    match result {
        Ok(Judged::Nothing) => {}
        Ok(Judged::Planned(plan)) => evaluation.plan = Some(plan),
        Ok(Judged::Rules(report)) => evaluation.report = Some(*report),
        Err(Stop(diagnostic)) => {
            sink.push(*diagnostic);
            evaluation.unreadable = true;
        }
    }
    evaluation.diagnostics = levels::apply(sink.finish(&map), &map, &request.levels);
    evaluation.map = map;
    evaluation
}

/// How far an evaluation came.
enum Judged {
    /// The ruleset has errors.
    Nothing,
    /// What would be read was asked for.
    Planned(String),
    /// The rules were judged.
    Rules(Box<QualityReport>),
}

fn parsed(world: &dyn World, request: &EvalRequest, map: &mut SourceMap, sink: &mut Sink) -> Result<Judged, Stop> {
    let text = world.read(&request.ruleset).map_err(|error| {
        Stop::unreadable(&request.ruleset, &error.to_string())
            .help("name a file of DQDL rules; paths start at the current folder")
    })?;
    let file = map.add(&request.ruleset, Arc::clone(&text));
    let dialect = if request.strict { Dialect::Strict } else { Dialect::Superset };
    let place = EmbedMap::file(file, text.len());
    let ruleset = dqdl::parse(&text, &place, dialect, sink);
    let rejected = sink.has_errors();
    let session = dataset::session(request.rows.is_some(), world.now());
    dataset::runtime()?.block_on(async {
        let primary = dataset::read(&session, world, &request.data).await?;
        let mut aliases = Vec::new();
        for (alias, path) in &request.references {
            aliases.push((alias.clone(), dataset::read(&session, world, path).await?));
        }
        let mut store = request.state.as_deref().map(SqliteStore::open).transpose()?;
        let context = context(request);
        let contexts = store.as_ref().map(Reader::contexts).transpose()?.unwrap_or_default();
        let scope = Scope {
            engine: &session,
            primary: &primary,
            aliases: &aliases,
            fates: NO_FATES,
            behind: Behind::Files,
            now: world.now(),
            has_history: contexts.contains(&context),
            dialect,
        };
        let bound = rule::bind(&ruleset, &scope, sink);
        rule::lint(&ruleset, &bound, &scope, rule::Columns::Found, (&text, &place), sink);
        if rejected || bound.rejected || (sink.has_errors() && !request.keep_going) {
            return Ok(Judged::Nothing);
        }
        if request.plan {
            return Ok(Judged::Planned(scans(&bound)));
        }
        let wanted = bound.wanted(request.observe_all);
        let history = store.as_ref().map(|store| store.history(&context, &wanted)).transpose()?;
        let at = world.now();
        let beside =
            Beside { files: Files::of_data(&dataset::files(world, &request.data)?), history: history.unwrap_or_default(), at };
        let report = judge(&session, &bound, primary, aliases, request, beside).await?;
        if let Some(store) = &mut store {
            let evaluation = state::Evaluation {
                run_id: RunIdentity::new(at).run_id,
                context,
                ruleset: ruleset_hash(&text),
                at,
                status: Status::Succeeded,
                statistics: report.statistics.clone(),
            };
            store.record(&[evaluation])?;
        }
        Ok(Judged::Rules(Box::new(report)))
    })
}

/// Whose figures those of an evaluation are.
fn context(request: &EvalRequest) -> String {
    let stem = || request.ruleset.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    request.context.clone().unwrap_or_else(stem)
}

async fn judge(
    session: &SessionState,
    ruleset: &BoundRuleset,
    primary: LogicalPlan,
    aliases: Vec<(String, LogicalPlan)>,
    request: &EvalRequest,
    beside: Beside,
) -> Result<QualityReport, Stop> {
    let options = QualityOptions {
        composites_by_rows: request.composites_by_rows,
        filtered_passes: !request.filtered_rows_skip,
        observe_all: request.observe_all,
        verdicts: request.rows.is_some().then_some(RuleNames::Text),
        // Nobody sees more than the samples.
        told: Some(SAMPLES),
        ..QualityOptions::default()
    };
    let unreadable = |error: DataFusionError| Stop::engine("evaluated", &request.data, &error);
    let prepared = prepare(ruleset, primary.clone(), primary, aliases, session, &options, beside).await.map_err(unreadable)?;
    let samples = drain(session, &prepared, request).await?;
    let QualityResult { outcomes, rows, analyzers, statistics, observations, .. } = prepared.finish().map_err(unreadable)?;
    Ok(QualityReport { outcomes, rows, samples, analyzers, statistics, observations })
}

/// Runs the main pass, writes the rows if asked to, and keeps a few failed ones.
async fn drain(session: &SessionState, prepared: &Prepared, request: &EvalRequest) -> Result<Vec<FailedRow>, Stop> {
    let unreadable = |error: DataFusionError| Stop::engine("evaluated", &request.data, &error);
    let physical = session.create_physical_plan(prepared.plan()).await.map_err(unreadable)?;
    let mut writer = match &request.rows {
        Some(path) => Some(RowWriter::new(path, &physical.schema()).map_err(|error| Stop::engine("written", path, &error))?),
        None => None,
    };
    // Every partition reads what the plan gave it, so that the same rows are shown at every evaluation.
    let config = session.config().clone().set_bool("datafusion.execution.enable_file_stream_work_stealing", false);
    let context = SessionStateBuilder::new_from_existing(session.clone()).with_config(config).build().task_ctx();
    let count = physical.output_partitioning().partition_count();
    let mut samples = Vec::new();
    if writer.is_none() {
        let mut tasks: JoinSet<Result<(usize, Vec<FailedRow>)>> = JoinSet::new();
        for partition in 0..count {
            let stream = physical.execute(partition, Arc::clone(&context)).map_err(unreadable)?;
            tasks.spawn(async move { Ok((partition, failed(stream).await?)) });
        }
        let mut parts = vec![Vec::new(); count];
        while let Some(done) = tasks.join_next().await {
            let done = done.unwrap_or_else(|error| Err(DataFusionError::External(Box::new(error))));
            let (partition, found) = done.map_err(unreadable)?;
            parts[partition] = found;
        }
        samples.extend(parts.into_iter().flatten().take(SAMPLES));
        return Ok(samples);
    }
    let mut stream = datafusion::physical_plan::execute_stream(physical, context).map_err(unreadable)?;
    while let Some(batch) = stream.next().await {
        let batch: RecordBatch = batch.map_err(unreadable)?;
        super::rows::samples(&batch, SAMPLES, &mut samples);
        if let (Some(writer), Some(path)) = (&mut writer, &request.rows) {
            writer.write(&batch).map_err(|error| Stop::engine("written", path, &error))?;
        }
    }
    if let (Some(writer), Some(path)) = (writer, &request.rows) {
        writer.finish().map_err(|error| Stop::engine("written", path, &error))?;
    }
    Ok(samples)
}

/// A few of the rows of a partition that fail.
async fn failed(mut stream: SendableRecordBatchStream) -> Result<Vec<FailedRow>> {
    let mut found = Vec::new();
    while let Some(batch) = stream.next().await {
        super::rows::samples(&batch?, SAMPLES, &mut found);
    }
    Ok(found)
}
