//! The graph of a job, for a picture of it.

use super::Analysis;
use crate::diag::Severity;
use crate::ir::{Job, Kind};
use crate::source::Span;
use crate::spec::job::Role;

/// A job as a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dag {
    /// The job.
    pub job: String,
    /// Its nodes, in the order written.
    pub nodes: Vec<DagNode>,
    /// Who reads whom.
    pub edges: Vec<DagEdge>,
}

/// A node of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DagNode {
    /// Its name.
    pub name: String,
    /// `source`, `transform` or `sink`.
    pub role: &'static str,
    /// `type:`
    pub kind: String,
    /// Where its name stands.
    pub span: Span,
    /// How many columns its main output has, if they are known.
    pub columns: Option<usize>,
    /// The gravest thing said of it.
    pub severity: Option<Severity>,
}

/// An edge of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DagEdge {
    /// The node that is read.
    pub from: String,
    /// Its output, if it has several.
    pub port: Option<&'static str>,
    /// The node that reads.
    pub to: String,
    /// Whether it is a data set that rules refer to.
    pub reference: bool,
}

/// The graphs of the jobs, or of one of them.
pub fn dags(analysis: &Analysis, only: Option<&str>) -> Vec<Dag> {
    let chosen = analysis.jobs.iter().filter(|(name, _)| only.is_none_or(|only| only == name.as_str()));
    chosen.map(|(name, job)| Dag { job: name.clone(), nodes: nodes(analysis, job), edges: edges(job) }).collect()
}

fn nodes(analysis: &Analysis, job: &Job) -> Vec<DagNode> {
    let node = |(id, node): (crate::ir::NodeId, &crate::ir::Node)| DagNode {
        name: node.name.value.clone(),
        role: match node.role {
            Role::Source => "source",
            Role::Transform => "transform",
            Role::Sink => "sink",
        },
        kind: match node.kind {
            Some(Kind::Source(def) | Kind::Sink(def)) => def.name.to_owned(),
            Some(Kind::Transform(def)) => def.name.to_owned(),
            None => String::new(),
        },
        span: node.name.span(),
        columns: super::columns::of(job, id, 0).map(|columns| columns.len()),
        severity: severity(analysis, node.name.span().to(node.span)),
    };
    job.iter().map(node).collect()
}

/// The gravest thing said of a part of a file.
fn severity(analysis: &Analysis, part: Span) -> Option<Severity> {
    if analysis.stale {
        return None;
    }
    let inside = |span: Span| span.file == part.file && part.start <= span.start && span.end <= part.end;
    let here = analysis.diagnostics.iter().filter(|diagnostic| diagnostic.primary().is_some_and(|label| inside(label.span)));
    here.map(|diagnostic| diagnostic.severity).min()
}

fn edges(job: &Job) -> Vec<DagEdge> {
    let mut found = Vec::new();
    for (_, node) in job.iter() {
        let inputs = node.inputs.iter().map(|edge| (edge, false));
        for (edge, reference) in inputs.chain(node.references.iter().map(|(_, edge)| (edge, true))) {
            let from = job.node(edge.node);
            found.push(DagEdge {
                from: from.name.value.clone(),
                port: from.outputs.get(edge.port).and_then(|output| output.name),
                to: node.name.value.clone(),
                reference,
            });
        }
    }
    found
}
