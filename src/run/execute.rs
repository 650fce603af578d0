//! Runs a job: sources listed, stages set up, sinks written side by side, rules judged, then everything published at once.

mod failure;
mod quality;
mod write;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use chrono::{DateTime, Utc};
use datafusion::catalog::TableProvider;
use datafusion::common::Result;
use datafusion::execution::session_state::SessionState;
use indexmap::IndexMap;
use tempfile::TempDir;

pub use self::failure::describe;
use self::quality::Evaluated;
pub(super) use self::quality::ruleset_hash;
use super::commit::{Recovered, SinkTotals, Transaction};
use super::report::{NodeReport, RunReport, SinkReport, Status};
use super::session::{Limits, overflow, session};
use super::sources::{self, Sources};
use super::stage::{Activity, Running, Split};
use crate::diag::{Diagnostic, codes};
use crate::ir::{Edge, Job, NodeId};
use crate::plan::nodes::meter::Counter;
use crate::plan::nodes::stage::StageOutput;
use crate::plan::{self, JobPlan, Mode, Parts, Purpose, StageKind};
use crate::spec::job::Role;
use crate::stdlib::connector::source::MALFORMED;
use crate::stdlib::transform::port;
use crate::world::World;

/// What a run is called and when it began.
#[derive(Debug, Clone)]
pub struct RunIdentity {
    /// Names the run.
    pub run_id: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
}

impl RunIdentity {
    /// A new run at this moment: the time and some random digits, so that names sort by time and do not meet.
    pub fn new(now: DateTime<Utc>) -> Self {
        use std::hash::{BuildHasher, Hasher};
        let mut hasher = std::hash::RandomState::new().build_hasher();
        hasher.write_i64(now.timestamp_nanos_opt().unwrap_or_default());
        let run_id = format!("{}-{:06x}", now.format("%Y%m%dT%H%M%SZ"), hasher.finish() & 0x00ff_ffff);
        Self { run_id, started_at: now }
    }
}

/// What a progress display may look at while a job runs.
pub trait Watch: Send + Sync {
    /// The job's sources are listed and it is about to run.
    fn begin(&self, scans: Vec<(String, Arc<crate::stdlib::connector::ScanProgress>)>);
    /// It is over, however it went.
    fn end(&self);
}

/// How much of a job is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// All of it.
    Whole,
    /// So many rows of each source, the first ones; rules are judged, and nothing is written or recorded.
    First(usize),
}

/// Runs a job that was checked without errors.
pub async fn run(job: &Job, root: &Path, world: &dyn World, identity: &RunIdentity, watch: &dyn Watch) -> RunReport {
    run_to(job, root, world, identity, watch, Extent::Whole).await
}

/// Runs a job on the first `rows` rows of each of its sources. Rules are judged on what they become; gates stop nothing,
/// because nothing is written, and no figure is recorded.
pub async fn sample(
    job: &Job,
    root: &Path,
    world: &dyn World,
    identity: &RunIdentity,
    watch: &dyn Watch,
    rows: usize,
) -> RunReport {
    run_to(job, root, world, identity, watch, Extent::First(rows)).await
}

async fn run_to(
    job: &Job,
    root: &Path,
    world: &dyn World,
    identity: &RunIdentity,
    watch: &dyn Watch,
    extent: Extent,
) -> RunReport {
    let start = Instant::now();
    let mut report = RunReport {
        job: job.name.value.clone(),
        run_id: identity.run_id.clone(),
        status: Status::Failed,
        started_at: identity.started_at,
        elapsed: std::time::Duration::ZERO,
        sampled: match extent {
            Extent::Whole => None,
            Extent::First(rows) => Some(rows as u64),
        },
        nodes: IndexMap::new(),
        quality: IndexMap::new(),
        sinks: IndexMap::new(),
        diagnostics: Vec::new(),
    };
    let ended = tokio::select! {
        ended = attempt(job, root, world, identity, watch, extent, &mut report) => ended,
        () = interrupted() => Err(Diagnostic::bare(&codes::run::INTERRUPTED, "the run was interrupted; nothing was published")),
    };
    watch.end();
    match ended {
        Ok(status) => report.status = status,
        Err(diagnostic) => report.diagnostics.push(diagnostic),
    }
    report.elapsed = start.elapsed();
    report
}

/// Ctrl-C, and what services, `timeout` and closed terminals send: all end a run in good order.
async fn interrupted() {
    let told = async {
        if tokio::signal::ctrl_c().await.is_err() {
            // Without a signal handler a run cannot be interrupted this way.
            std::future::pending::<()>().await;
        }
    };
    tokio::select! {
        () = told => {}
        () = ended() => {}
    }
}

#[cfg(unix)]
async fn ended() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminated), Ok(mut hung_up)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminated.recv() => {}
        _ = hung_up.recv() => {}
    }
}

#[cfg(not(unix))]
async fn ended() {
    std::future::pending().await
}

async fn attempt(
    job: &Job,
    root: &Path,
    world: &dyn World,
    identity: &RunIdentity,
    watch: &dyn Watch,
    extent: Extent,
    report: &mut RunReport,
) -> std::result::Result<Status, Diagnostic> {
    let mut transaction = match extent {
        Extent::Whole => {
            let begun = Transaction::begin(root, job.name.as_str(), &identity.run_id);
            let (transaction, recovered) = begun.map_err(|failure| failure.0)?;
            report.diagnostics.extend(told(&recovered));
            Some(transaction)
        }
        Extent::First(_) => None,
    };
    let mut sources = sources::list(job, world, root)?;
    let mut limits = Limits::of(&job.args);
    if let Extent::First(rows) = extent {
        sources.first(rows);
        // One partition reads files in their order: the same rows at every run.
        limits.partitions = Some(1);
    }
    let overflow = overflow(limits).map_err(|error| no_folder(&error))?;
    let session = session(limits, overflow.as_ref().map(TempDir::path), identity.started_at);
    let session = session.map_err(|error| describe(&error, None))?;
    let mut connected =
        Connected { job, sources: &sources, activity: Arc::default(), counters: BTreeMap::new(), stages: Vec::new() };
    let plan = plan::lower(job, &session, &mut connected).map_err(|error| describe(&error, None))?;
    let Connected { stages, counters, .. } = connected;
    watch.begin(sources.iter().map(|(id, listed)| (job.node(id).name.value.clone(), Arc::clone(&listed.progress))).collect());

    let run = Run { job, root, identity, limits, session: &session, sources: &sources, stages: &stages };
    let outcome = run.everything(&plan, transaction.as_mut()).await;
    if outcome.is_err() {
        stages.iter().for_each(|stage| stage.abort());
    }
    count(job, &sources, &counters, report);
    let (written, evaluated) = outcome.map_err(|error| describe(&error, Some(job)))?;
    let gate = quality::report(job, &evaluated, report)?;
    count_ports(job, &sources, &counters, report);
    let Some(transaction) = transaction else { return Ok(Status::Succeeded) };
    let figures = quality::evaluations(job, identity, &evaluated, report, gate.as_ref());
    if let Some(gate) = &gate
        && gate.stops_publishing
    {
        report.diagnostics.push(gate.diagnostic.clone());
        // What was measured is known whatever becomes of the rows.
        transaction.record(&figures).map_err(|failure| failure.0)?;
        return Ok(Status::GateFailed);
    }
    let prepared = transaction.prepare(written, figures).map_err(|failure| failure.0)?;
    let totals = prepared.commit().map_err(|failure| failure.0)?;
    published(root, &totals, report);
    match gate {
        Some(gate) => {
            report.diagnostics.push(gate.diagnostic);
            Ok(Status::GateFailed)
        }
        None => Ok(Status::Succeeded),
    }
}

fn no_folder(error: &std::io::Error) -> Diagnostic {
    let folder = std::env::temp_dir();
    Diagnostic::bare(&codes::run::WRITE_FAILED, format!("no folder can be made in `{}`", folder.display()))
        .note(format!("the system says: {error}"))
        .help("what does not fit into `settings.memory_limit` goes there: make room, or name another folder in `TMPDIR`")
}

/// Connects plans to what is really there.
struct Connected<'a> {
    job: &'a Job,
    sources: &'a Sources,
    activity: Arc<Activity>,
    counters: BTreeMap<NodeId, Arc<Counter>>,
    stages: Vec<Arc<Running>>,
}

impl Parts for Connected<'_> {
    fn source(&mut self, node: NodeId, purpose: Purpose) -> Result<Arc<dyn TableProvider>> {
        self.sources.table(self.job, node, purpose)
    }

    fn stage(&mut self, node: NodeId) {
        // Rows of a stage are counted where they leave it; its own plan has a counter of its own.
        let counter = if self.job.node(node).is_quality() { self.counter(node) } else { Arc::default() };
        self.stages.push(Arc::new(Running::new(counter, Arc::clone(&self.activity))));
    }

    fn reader(&mut self, stage: usize, port: usize, mode: Mode) -> Arc<dyn StageOutput> {
        self.stages[stage].reader(port, mode)
    }

    fn counter(&mut self, node: NodeId) -> Arc<Counter> {
        Arc::clone(self.counters.entry(node).or_default())
    }
}

struct Run<'a> {
    job: &'a Job,
    /// The folder of the project.
    root: &'a Path,
    identity: &'a RunIdentity,
    limits: Limits,
    session: &'a SessionState,
    sources: &'a Sources,
    stages: &'a [Arc<Running>],
}

impl Run<'_> {
    /// Sets up the stages in order, writes the sinks side by side, and lets every rule be judged. Without a transaction the
    /// rows of the sinks are only looked at.
    async fn everything(
        &self,
        plan: &JobPlan,
        transaction: Option<&mut Transaction>,
    ) -> Result<(write::AllWritten, Vec<Evaluated>)> {
        let mut evaluated = Vec::new();
        for (stage, running) in plan.stages.iter().zip(self.stages) {
            let (physical, split) = match &stage.kind {
                StageKind::Rows { port } => {
                    let physical = self.session.create_physical_plan(&stage.plan).await?;
                    let schema = physical.schema();
                    (physical, Split::Whole { port: *port, schema })
                }
                StageKind::Malformed => {
                    let physical = self.session.create_physical_plan(&stage.plan).await?;
                    let main = quality::without(&physical.schema(), MALFORMED);
                    let outputs = &self.job.node(stage.node).outputs;
                    let malformed = outputs.get(1).and_then(|output| output.schema.clone()).unwrap_or_else(|| Arc::clone(&main));
                    (physical, Split::Malformed { marker: MALFORMED, main, malformed })
                }
                StageKind::Quality { again, references } => {
                    let (physical, split, one) = self.evaluate(stage, again, references).await?;
                    evaluated.push(one);
                    (physical, split)
                }
            };
            running.planned(physical, self.session.task_ctx(), split)?;
            if stage.mode == Mode::Store {
                running.store().await?;
            }
        }
        let written = match transaction {
            Some(transaction) => self.write(plan, transaction).await?,
            None => {
                self.look(plan).await?;
                Vec::new()
            }
        };
        for (stage, running) in plan.stages.iter().zip(self.stages) {
            if stage.mode == Mode::Tee {
                running.finish().await?;
            }
        }
        Ok((written, evaluated))
    }
}

/// How many rows an output gave. A source counts the records that could not be read with the others.
fn given(edge: &Edge, sources: &Sources, counters: &BTreeMap<NodeId, Arc<Counter>>) -> Option<u64> {
    let all = counters.get(&edge.node)?.rows();
    let Some(listed) = sources.get(edge.node) else { return Some(all) };
    let progress = &listed.progress;
    let malformed = progress.malformed.load(Ordering::Relaxed).saturating_sub(progress.dropped.load(Ordering::Relaxed));
    Some(if edge.port == 0 { all.saturating_sub(malformed) } else { malformed })
}

/// What each node took in and gave out.
fn count(job: &Job, sources: &Sources, counters: &BTreeMap<NodeId, Arc<Counter>>, report: &mut RunReport) {
    let out = |id: NodeId| counters.get(&id).map(|counter| counter.rows());
    for (id, node) in job.iter() {
        let mut counted = NodeReport::default();
        if node.role == Role::Source {
            let progress = sources.get(id).map(|listed| &listed.progress);
            counted.bytes_in = progress.map(|progress| progress.bytes_total.load(Ordering::Relaxed));
        } else {
            counted.rows_in = node.inputs.iter().map(|edge| given(edge, sources, counters)).sum();
        }
        if node.role != Role::Sink {
            counted.rows_out = out(id);
            counted.bytes_out = counters.get(&id).map(|counter| counter.bytes());
        }
        report.nodes.insert(node.name.value.clone(), counted);
    }
}

/// A node that reads ports of a quality node takes in the rows of those ports only.
fn count_ports(job: &Job, sources: &Sources, counters: &BTreeMap<NodeId, Arc<Counter>>, report: &mut RunReport) {
    for (_, node) in job.iter() {
        let of_port = |edge: &Edge| {
            let before = job.node(edge.node).name.as_str();
            match report.quality.get(before) {
                Some(quality) => Some(match edge.port {
                    port::PASSED => quality.rows.passed,
                    port::FAILED => quality.rows.failed,
                    port::ORIGINAL | port::ROW_LEVEL => quality.rows.input,
                    port::RULE_OUTCOMES => quality.outcomes.len() as u64,
                    _ => 1,
                }),
                None => given(edge, sources, counters),
            }
        };
        if node.inputs.iter().any(|edge| report.quality.contains_key(job.node(edge.node).name.as_str())) {
            let rows = node.inputs.iter().map(of_port).sum();
            if let Some(counted) = report.nodes.get_mut(node.name.as_str()) {
                counted.rows_in = rows;
            }
        }
    }
}

fn published(root: &Path, totals: &[SinkTotals], report: &mut RunReport) {
    for total in totals {
        let path = total.folder.strip_prefix(root).unwrap_or(&total.folder).display().to_string();
        report.sinks.insert(total.sink.clone(), SinkReport { path, rows: total.rows, files: total.files, bytes: total.bytes });
        if let Some(node) = report.nodes.get_mut(&total.sink) {
            node.rows_in = Some(total.rows);
            node.bytes_out = Some(total.bytes);
        }
    }
}

fn told(recovered: &Recovered) -> Vec<Diagnostic> {
    let hint = |text: String| Diagnostic::bare(&codes::run::RECOVERED, text);
    let published =
        recovered.published.iter().map(|run| hint(format!("published what run `{run}` had committed before it ended")));
    let discarded = recovered.discarded.iter().map(|run| hint(format!("removed what run `{run}` had written and not committed")));
    published.chain(discarded).collect()
}
