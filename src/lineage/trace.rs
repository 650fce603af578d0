//! Lineage followed to its ends: for every column of a job the columns of sources it is made of, and the rules that it has met.

use std::collections::{BTreeMap, BTreeSet};

use super::{ColumnLineage, Direct, How, JobLineage, Origin};
use crate::ir::{Job, NodeId};
use crate::spec::job::Role;

/// A column of a source, or a field of one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceColumn {
    /// The source.
    pub node: NodeId,
    /// Its output.
    pub port: usize,
    /// The column.
    pub column: String,
    /// The field of it, outermost first.
    pub path: Vec<String>,
}

/// Columns of sources, with the ways in which something depends on each.
pub type Ends = BTreeMap<SourceColumn, BTreeSet<How>>;

/// Where a column comes from in the end.
#[derive(Debug, Clone, Default)]
pub struct Trace {
    /// The columns of sources that it is made of, or that decide over its value.
    pub ends: Ends,
    /// The rules that look at it on its way: the quality node, the rule's place among its rules.
    pub rules: BTreeSet<(NodeId, usize)>,
}

#[derive(Debug, Clone, Default)]
struct OutputTrace {
    columns: Vec<(String, Trace)>,
    rows: Ends,
}

/// The traces of all columns of a job.
#[derive(Debug, Clone)]
pub struct Traces {
    outputs: Vec<Vec<OutputTrace>>,
}

impl Traces {
    /// Follows the lineage of a job.
    pub fn of(job: &Job, lineage: &JobLineage) -> Self {
        let mut traces = Self { outputs: vec![Vec::new(); job.nodes.len()] };
        for id in &job.order {
            let outputs = &lineage.nodes[id.0].outputs;
            let traced = (0..outputs.len()).map(|port| traces.output(job, lineage, *id, port)).collect();
            traces.outputs[id.0] = traced;
        }
        traces
    }

    fn output(&self, job: &Job, lineage: &JobLineage, id: NodeId, port: usize) -> OutputTrace {
        let Some(output) = lineage.output(id, port) else { return OutputTrace::default() };
        let node = job.node(id);
        if node.role == Role::Source {
            let column = |column: &ColumnLineage| {
                let end = SourceColumn { node: id, port, column: column.name.clone(), path: Vec::new() };
                let ends = [(end, [How::Direct(Direct::Identity)].into())].into();
                (column.name.clone(), Trace { ends, rules: BTreeSet::new() })
            };
            return OutputTrace { columns: output.columns.iter().map(column).collect(), rows: Ends::new() };
        }
        let column = |column: &ColumnLineage| {
            let mut trace = Trace::default();
            for origin in &column.origins {
                self.follow(job, lineage, origin, &mut trace);
                if origin.how.is_direct() {
                    trace.rules.extend(met(job, lineage, id, origin));
                }
            }
            (column.name.clone(), trace)
        };
        let mut rows = Trace::default();
        output.rows.iter().for_each(|origin| self.follow(job, lineage, origin, &mut rows));
        let mut rows = rows.ends;
        for edge in &node.inputs {
            let before = self.outputs[edge.node.0].get(edge.port).map(|output| &output.rows);
            for (end, hows) in before.into_iter().flatten() {
                rows.entry(end.clone()).or_default().extend(hows);
            }
        }
        OutputTrace { columns: output.columns.iter().map(column).collect(), rows }
    }

    /// Adds what stands behind an origin.
    fn follow(&self, job: &Job, lineage: &JobLineage, origin: &Origin, trace: &mut Trace) {
        if origin.path.is_empty() {
            let Some(known) = self.column(origin.node, origin.port, &origin.column) else { return };
            for (end, hows) in &known.ends {
                trace.ends.entry(end.clone()).or_default().extend(hows.iter().map(|how| origin.how.of(*how)));
            }
            if origin.how.is_direct() {
                trace.rules.extend(&known.rules);
            }
            return;
        }
        if job.node(origin.node).role == Role::Source {
            let (column, path) = (origin.column.clone(), origin.path.clone());
            let end = SourceColumn { node: origin.node, port: origin.port, column, path };
            trace.ends.entry(end).or_default().insert(origin.how);
            return;
        }
        for inner in lineage.behind(origin) {
            let how = origin.how.of(inner.how);
            self.follow(job, lineage, &Origin { how, ..inner }, trace);
        }
    }

    /// The trace of a column of an output.
    pub fn column(&self, node: NodeId, port: usize, name: &str) -> Option<&Trace> {
        let columns = &self.outputs.get(node.0)?.get(port)?.columns;
        columns.iter().find(|(known, _)| known == name).map(|(_, trace)| trace)
    }

    /// The columns of sources that decide which rows an output has.
    pub fn rows(&self, node: NodeId, port: usize) -> Option<&Ends> {
        Some(&self.outputs.get(node.0)?.get(port)?.rows)
    }
}

/// The rules of a quality node about a column that it passes on.
fn met<'a>(job: &'a Job, lineage: &'a JobLineage, id: NodeId, origin: &'a Origin) -> impl Iterator<Item = (NodeId, usize)> + 'a {
    let reads = job.node(id).inputs.first().is_some_and(|edge| edge.node == origin.node && edge.port == origin.port);
    let is_same = origin.how == How::Direct(Direct::Identity);
    let rules = lineage.nodes[id.0].rules.iter().enumerate();
    let about = move |rule: &super::RuleUse| reads && is_same && rule.columns.contains(&origin.column);
    rules.filter(move |(_, rule)| about(rule)).map(move |(at, _)| (id, at))
}
