//! The graph of a job to engine plans: every node lowered over its inputs, cut where an output has several readers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::catalog::TableProvider;
use datafusion::common::{Column, DataFusionError, Result};
use datafusion::datasource::provider_as_source;
use datafusion::execution::session_state::SessionState;
use datafusion::functions::core::expr_fn::named_struct;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit};

use super::nodes::meter::{Counter, meter};
use super::nodes::stage::{self, StageOutput};
use super::{JobPlan, Mode, SinkPlan, Stage, StageKind};
use crate::diag::Sink;
use crate::ir::{Edge, Job, Kind, NodeId};
use crate::spec::job::Role;
use crate::stdlib::connector::source::{MALFORMED, ORIGINAL};
use crate::stdlib::expr::{NO_FATES, is_hidden};
use crate::stdlib::failure::fail;
use crate::stdlib::transform::{Input, LowerCx, Lowering, port};

/// Whether a plan is the one that runs, or a repetition for a pass before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Runs once; counted and shared.
    Main,
    /// Reads again what the main plan will read.
    Again,
}

/// What the plans are connected to; the planner itself opens nothing.
pub trait Parts {
    /// The table of a source.
    fn source(&mut self, node: NodeId, purpose: Purpose) -> Result<Arc<dyn TableProvider>>;
    /// A new stage: the output of a node. Stages are numbered as they are made.
    fn stage(&mut self, node: NodeId);
    /// A new reader of an output of a stage.
    fn reader(&mut self, stage: usize, port: usize, mode: Mode) -> Arc<dyn StageOutput>;
    /// Where the rows that a node gives out are counted.
    fn counter(&mut self, node: NodeId) -> Arc<Counter>;
}

/// The plans of a job.
pub fn lower(job: &Job, engine: &SessionState, parts: &mut dyn Parts) -> Result<JobPlan> {
    let mut lowering = Lower { job, engine, parts, stored: stored(job), stages: Vec::new(), at: BTreeMap::new() };
    let mut sinks = Vec::new();
    for (id, node) in job.iter().filter(|(_, node)| node.role == Role::Sink) {
        let Some(edge) = node.inputs.first() else { continue };
        let plan = lowering.output(*edge, Purpose::Main)?;
        sinks.push(SinkPlan { node: id, plan: visible(plan)? });
    }
    // Rules are evaluated even if nobody reads the rows.
    for (id, _) in job.iter().filter(|(_, node)| node.is_quality()) {
        lowering.stage(id, None)?;
    }
    let plan = JobPlan { stages: lowering.stages, sinks };
    tell_patient(&plan);
    Ok(plan)
}

/// Tells readers that wait for nothing else: a plan that reads one queue, and whose own rows go to a sink or to readers
/// of the same kind. A stage can wait for these without a deadlock, so their rows stay in memory.
fn tell_patient(plan: &JobPlan) {
    let queues = |leaves: Vec<(usize, Arc<dyn StageOutput>)>| {
        leaves.into_iter().filter(|(stage, _)| plan.stages[*stage].mode == Mode::Tee).collect::<Vec<_>>()
    };
    // Whether some reader of a stage is not patient.
    let mut impatient = vec![false; plan.stages.len()];
    let tell = |leaves: Vec<(usize, Arc<dyn StageOutput>)>, downstream: bool, impatient: &mut Vec<bool>| match leaves.as_slice() {
        [(_, output)] if downstream => output.patient(),
        others => others.iter().for_each(|(stage, _)| impatient[*stage] = true),
    };
    for sink in &plan.sinks {
        tell(queues(stage::leaves(&sink.plan)), true, &mut impatient);
    }
    // A stage comes after those it reads.
    for at in (0..plan.stages.len()).rev() {
        let downstream = !impatient[at];
        tell(queues(stage::leaves(&plan.stages[at].plan)), downstream, &mut impatient);
    }
}

/// Whether rows of this source can reach a quality node as they are, so that their place in the file is worth knowing.
pub fn wants_row_ids(job: &Job, source: NodeId) -> bool {
    job.iter().any(|(id, node)| node.is_quality() && reads_rows(job, id) == Some(source))
}

/// Whether failing rows of this source are kept as it read them.
fn wants_original(job: &Job, source: NodeId) -> bool {
    job.iter().any(|(id, node)| node.is_quality() && node.keeps_original() && reads_rows(job, id) == Some(source))
}

/// The columns of a quality node's output as they run: of rows that go on, with the hidden ones of its input.
///
/// `input` are the columns of the input as they run, `checked` those of the output as they were checked.
pub fn quality_output(input: &Schema, checked: &Schema, output: usize) -> SchemaRef {
    if !matches!(output, port::PASSED | port::ORIGINAL | port::ROW_LEVEL) {
        return Arc::new(checked.clone());
    }
    let visible = input.fields().iter().filter(|field| !is_hidden(field.name())).count();
    let added = checked.fields().iter().skip(visible);
    Arc::new(Schema::new(input.fields().iter().chain(added).cloned().collect::<Vec<_>>()))
}

/// The source whose rows a node's rows are, as far as that is known: along first inputs.
pub fn reads_rows(job: &Job, node: NodeId) -> Option<NodeId> {
    let mut at = node;
    // A path without cycles is no longer than the job.
    for _ in 0..=job.nodes.len() {
        if job.node(at).role == Role::Source {
            return Some(at);
        }
        at = job.node(at).inputs.first()?.node;
    }
    None
}

/// Quality nodes whose rows another quality node reads: these rows are read more than once.
fn stored(job: &Job) -> BTreeSet<NodeId> {
    let mut found = BTreeSet::new();
    for (_, node) in job.iter().filter(|(_, node)| node.is_quality()) {
        let mut open: Vec<NodeId> = node.edges().map(|edge| edge.node).collect();
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(job.node(id).edges().map(|edge| edge.node));
            }
        }
        found.extend(seen.into_iter().filter(|id| job.node(*id).is_quality()));
    }
    found
}

struct Lower<'a> {
    job: &'a Job,
    engine: &'a SessionState,
    parts: &'a mut dyn Parts,
    stored: BTreeSet<NodeId>,
    stages: Vec<Stage>,
    /// Stages by node, and by port where a node has one for each.
    at: BTreeMap<(NodeId, Option<usize>), usize>,
}

impl Lower<'_> {
    /// A plan of the rows of an output.
    fn output(&mut self, edge: Edge, purpose: Purpose) -> Result<LogicalPlan> {
        let Edge { node: id, port, .. } = edge;
        let node = self.job.node(id);
        let parted = node.is_quality() || (node.role == Role::Source && node.outputs.len() > 1);
        if node.is_quality() || (purpose == Purpose::Main && (parted || self.reads(id, port) > 1)) {
            let key = if parted { None } else { Some(port) };
            let stage = self.stage(id, key)?;
            let mode = self.stages[stage].mode;
            let reader = self.parts.reader(stage, port, mode);
            let Some(schema) = self.stage_schema(stage, id, port) else { return Err(unplanned(self.job, id)) };
            return stage::scan(node.output_name(port), stage, schema, reader);
        }
        let plan = self.node(id, port, purpose)?;
        if !parted {
            return Ok(plan);
        }
        // A source that parts its rows, read again: the same rows by the same test.
        let malformed = Expr::Column(Column::new_unqualified(MALFORMED));
        let test = if port == 0 { malformed.is_null() } else { malformed.clone().is_not_null() };
        let kept = LogicalPlanBuilder::from(plan).filter(test)?.build()?;
        without(kept, MALFORMED)
    }

    /// The columns of a stage's output as they run: the checked ones and the hidden ones.
    fn stage_schema(&self, stage: usize, id: NodeId, port: usize) -> Option<SchemaRef> {
        let stage = &self.stages[stage];
        let plan = stage.plan.schema().as_arrow().clone();
        let main = |schema: Schema| {
            let fields: Vec<_> = schema.fields().iter().filter(|field| field.name() != MALFORMED).cloned().collect();
            Arc::new(Schema::new(fields))
        };
        match (&stage.kind, port) {
            (StageKind::Rows { .. }, _) | (StageKind::Malformed, 0) => Some(main(plan)),
            (StageKind::Malformed, port) => self.job.node(id).outputs.get(port)?.schema.clone(),
            (StageKind::Quality { .. }, port) => {
                Some(quality_output(&plan, self.job.node(id).outputs.get(port)?.schema.as_ref()?, port))
            }
        }
    }

    /// The stage of a node's output, made if it is not there yet.
    fn stage(&mut self, id: NodeId, port: Option<usize>) -> Result<usize> {
        if let Some(stage) = self.at.get(&(id, port)) {
            return Ok(*stage);
        }
        let node = self.job.node(id);
        let mode = if self.stored.contains(&id) { Mode::Store } else { Mode::Tee };
        let (kind, plan, why) = match port {
            Some(port) => {
                let plan = self.node(id, port, Purpose::Main)?;
                (StageKind::Rows { port }, plan, format!("`{}` has several readers", node.output_name(port)))
            }
            None if node.is_quality() => {
                let Some(edge) = node.inputs.first().copied() else { return Err(unplanned(self.job, id)) };
                let plan = self.output(edge, Purpose::Main)?;
                let again = self.output(edge, Purpose::Again)?;
                let mut references = Vec::new();
                for (alias, edge) in self.job.node(id).references.clone() {
                    references.push((alias.value, visible(self.output(edge, Purpose::Again)?)?));
                }
                let why = format!("`{}` parts its rows by their verdicts", node.name);
                (StageKind::Quality { again, references }, plan, why)
            }
            None => {
                let plan = self.node(id, 0, Purpose::Main)?;
                (StageKind::Malformed, plan, format!("`{}` parts good rows from malformed ones", node.name))
            }
        };
        self.parts.stage(id);
        self.stages.push(Stage { node: id, kind, mode, plan, why });
        self.at.insert((id, port), self.stages.len() - 1);
        Ok(self.stages.len() - 1)
    }

    /// The plan of a node itself, over its inputs.
    fn node(&mut self, id: NodeId, port: usize, purpose: Purpose) -> Result<LogicalPlan> {
        let node = self.job.node(id);
        let plan = match node.kind {
            Some(Kind::Source(_)) => {
                let table = table(node.name.as_str(), self.parts.source(id, purpose)?)?;
                if purpose == Purpose::Main && wants_original(self.job, id) { with_original(table)? } else { table }
            }
            Some(Kind::Transform(_)) => self.transform(id, port, purpose)?,
            Some(Kind::Sink(_)) | None => return Err(unplanned(self.job, id)),
        };
        if purpose == Purpose::Again {
            return Ok(plan);
        }
        let counter = self.parts.counter(id);
        Ok(meter(node.output_name(port), plan, counter))
    }

    fn transform(&mut self, id: NodeId, port: usize, purpose: Purpose) -> Result<LogicalPlan> {
        let node = self.job.node(id);
        let (Some(Kind::Transform(def)), Some(args)) = (node.kind, &node.args) else { return Err(unplanned(self.job, id)) };
        let Lowering::Rows(lower) = def.lowering else { return Err(unplanned(self.job, id)) };
        let mut inputs = Vec::new();
        for edge in node.inputs.clone() {
            let plan = self.output(edge, purpose)?;
            let from = self.job.node(edge.node);
            let (name, output) = (from.name.value.clone(), from.output_name(edge.port));
            inputs.push(Input { name, output, plan, span: edge.span });
        }
        let mut sink = Sink::default();
        let mut cx = LowerCx { engine: self.engine, fates: NO_FATES, sink: &mut sink, changes: Vec::new(), span: node.span };
        let lowered = lower(&mut cx, args, &inputs);
        let fault = sink.iter().find(|diagnostic| diagnostic.severity == crate::diag::Severity::Error).cloned();
        match (lowered, fault) {
            (_, Some(fault)) => Err(fail(fault)),
            (Ok(plans), None) => plans.into_iter().nth(port).ok_or_else(|| unplanned(self.job, id)),
            (Err(_), None) => Err(unplanned(self.job, id)),
        }
    }

    /// How often an output is read by plans that run once.
    fn reads(&self, id: NodeId, port: usize) -> usize {
        let readers = self.job.readers(id, port);
        readers.iter().map(|(reader, _)| self.copies(*reader)).sum()
    }

    /// How often the plan of a node stands in the plans of the job.
    fn copies(&self, id: NodeId) -> usize {
        let node = self.job.node(id);
        if node.role == Role::Sink || node.is_quality() {
            return 1;
        }
        // An output with several readers is a stage of its own, so each output that is read stands there once.
        (0..node.outputs.len()).filter(|port| !self.job.readers(id, *port).is_empty()).count()
    }
}

/// A plan that scans a table. Columns have no qualifiers.
fn table(name: &str, table: Arc<dyn TableProvider>) -> Result<LogicalPlan> {
    let relation = datafusion::common::TableReference::bare(name);
    let names: Vec<_> = table.schema().fields().iter().map(|field| field.name().clone()).collect();
    let scan = LogicalPlanBuilder::scan(relation.clone(), provider_as_source(table), None)?;
    let columns: Vec<_> = names.iter().map(|name| Expr::Column(Column::new(Some(relation.clone()), name)).alias(name)).collect();
    scan.project(columns)?.build()
}

/// The plan with [`ORIGINAL`]: its visible columns as they are, once more.
fn with_original(plan: LogicalPlan) -> Result<LogicalPlan> {
    let names: Vec<_> = plan.schema().fields().iter().map(|field| field.name().clone()).collect();
    let column = |name: &String| Expr::Column(Column::new_unqualified(name));
    let visible = names.iter().filter(|name| !is_hidden(name));
    let parts: Vec<_> = visible.flat_map(|name| [lit(name.as_str()), column(name)]).collect();
    let original = named_struct(parts).alias(ORIGINAL);
    let columns: Vec<_> = names.iter().map(column).chain([original]).collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

/// The plan without a column.
fn without(plan: LogicalPlan, name: &str) -> Result<LogicalPlan> {
    let names: Vec<_> = plan.schema().fields().iter().map(|field| field.name().clone()).filter(|other| other != name).collect();
    let columns: Vec<_> = names.iter().map(|name| Expr::Column(Column::new_unqualified(name))).collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

/// The plan without hidden columns.
fn visible(plan: LogicalPlan) -> Result<LogicalPlan> {
    if !plan.schema().fields().iter().any(|field| is_hidden(field.name())) {
        return Ok(plan);
    }
    let names: Vec<_> = plan.schema().fields().iter().map(|field| field.name().clone()).filter(|name| !is_hidden(name)).collect();
    let columns: Vec<_> = names.iter().map(|name| Expr::Column(Column::new_unqualified(name))).collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

fn unplanned(job: &Job, id: NodeId) -> DataFusionError {
    DataFusionError::Internal(format!("node `{}` was not checked before it was planned", job.node(id).name))
}
