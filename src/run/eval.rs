//! Evaluates a ruleset on a file, without a project.

use std::path::PathBuf;

use datafusion::arrow::array::RecordBatch;
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use futures::StreamExt;
use indexmap::IndexMap;

use super::dataset::{self, Stop};
use super::quality::{Prepared, QualityOptions, prepare};
use super::report::{FailedRow, QualityReport};
use super::rows::RowWriter;
use crate::diag::levels::{self, Levels};
use crate::diag::{Diagnostic, Sink};
use crate::source::{EmbedMap, SourceMap};
use crate::stdlib::expr::NO_FATES;
use crate::stdlib::rule::{self, BoundRuleset, Scope};
use crate::syntax::dqdl::{self, Dialect};
use crate::world::World;

/// What to evaluate.
#[derive(Debug, Clone)]
pub struct EvalRequest {
    /// The `.dqdl` file.
    pub ruleset: PathBuf,
    /// The primary data set: Parquet, CSV or JSON lines.
    pub data: PathBuf,
    /// Other data sets by alias.
    pub references: IndexMap<String, PathBuf>,
    /// Accept only what AWS's parser accepts.
    pub strict: bool,
    /// A rule that does not check has failed, with the diagnostic as its reason; the others are evaluated.
    pub keep_going: bool,
    /// Where every row is written with the rules it passes, fails and skips.
    pub rows: Option<PathBuf>,
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
    let (report, unreadable) = match result {
        Ok(report) => (report, false),
        Err(Stop(diagnostic)) => {
            sink.push(*diagnostic);
            (None, true)
        }
    };
    let diagnostics = levels::apply(sink.finish(&map), &map, &request.levels);
    Evaluation { map, diagnostics, report, unreadable }
}

fn parsed(world: &dyn World, request: &EvalRequest, map: &mut SourceMap, sink: &mut Sink) -> Result<Option<QualityReport>, Stop> {
    let text = world.read(&request.ruleset).map_err(|error| Stop::unreadable(&request.ruleset, &error.to_string()))?;
    let file = map.add(&request.ruleset, text.as_str());
    let dialect = if request.strict { Dialect::Strict } else { Dialect::Superset };
    let ruleset = dqdl::parse(&text, &EmbedMap::file(file, text.len()), dialect, sink);
    let rejected = sink.has_errors();
    let session = dataset::session();
    dataset::runtime()?.block_on(async {
        let primary = dataset::read(&session, &request.data).await?;
        let mut aliases = Vec::new();
        for (alias, path) in &request.references {
            aliases.push((alias.clone(), dataset::read(&session, path).await?));
        }
        let scope = Scope { engine: &session, primary: &primary, aliases: &aliases, fates: NO_FATES, now: world.now(), dialect };
        let bound = rule::bind(&ruleset, &scope, sink);
        if rejected || bound.rejected || (sink.has_errors() && !request.keep_going) {
            return Ok(None);
        }
        judge(&session, &bound, primary, aliases, request).await.map(Some)
    })
}

async fn judge(
    session: &SessionState,
    ruleset: &BoundRuleset,
    primary: LogicalPlan,
    aliases: Vec<(String, LogicalPlan)>,
    request: &EvalRequest,
) -> Result<QualityReport, Stop> {
    let options = QualityOptions { verdicts: request.rows.is_some(), ..QualityOptions::default() };
    let unreadable = |error: DataFusionError| Stop::engine("evaluated", &request.data, &error);
    let prepared = prepare(ruleset, primary.clone(), primary, aliases, session, &options).await.map_err(unreadable)?;
    let samples = drain(session, &prepared, request).await?;
    let result = prepared.finish().map_err(unreadable)?;
    Ok(QualityReport { outcomes: result.outcomes, rows: result.rows, samples })
}

/// Runs the main pass, writes the rows if asked to, and keeps a few failed ones.
async fn drain(session: &SessionState, prepared: &Prepared, request: &EvalRequest) -> Result<Vec<FailedRow>, Stop> {
    let unreadable = |error: DataFusionError| Stop::engine("evaluated", &request.data, &error);
    let physical = session.create_physical_plan(prepared.plan()).await.map_err(unreadable)?;
    let mut writer = match &request.rows {
        Some(path) => Some(RowWriter::new(path, &physical.schema()).map_err(|error| Stop::engine("written", path, &error))?),
        None => None,
    };
    let mut samples = Vec::new();
    let mut stream = datafusion::physical_plan::execute_stream(physical, session.task_ctx()).map_err(unreadable)?;
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
