//! Column lineage: which columns every column of a job is computed from, and which ones decide over its rows.
//!
//! In: a checked job. Out: plain data, an [`OutputLineage`] for each output of each node, whose [`Origin`]s name columns of the
//! node's inputs, one step away; `Traces` follows them to the sources. Read off the plans that the nodes are lowered to, so
//! that a new transform has its lineage without a word about it here. What is not known (a node at fault) is left out.

mod depend;
mod expression;
mod flow;
mod lints;
mod node;
mod schema;
mod text;
mod trace;

#[cfg(test)]
mod tests;

use datafusion::arrow::datatypes::DataType;
use datafusion::execution::session_state::SessionState;

use crate::ir::{Edge, Job, NodeId, Program};
use crate::spec::job::Role;
use crate::stdlib::expr::engine::{EngineOptions, session};
use crate::stdlib::rule::{Action, RowClass};

pub use depend::{Direct, How, Indirect};
pub use lints::lint;
pub use schema::{SchemaField, fields};
pub use trace::{Ends, SourceColumn, Trace, Traces};

/// The lineage of a job, one step at a time.
#[derive(Debug, Clone)]
pub struct JobLineage {
    /// By [`NodeId`].
    pub nodes: Vec<NodeLineage>,
}

/// The lineage of a node's outputs.
#[derive(Debug, Clone, Default)]
pub struct NodeLineage {
    /// By port; `None` if the columns of an input are not known. A sink has none.
    pub outputs: Vec<Option<OutputLineage>>,
    /// The rules of a quality node.
    pub rules: Vec<RuleUse>,
}

/// Where the columns of an output come from.
#[derive(Debug, Clone, Default)]
pub struct OutputLineage {
    /// Its columns, in order; hidden ones are left out.
    pub columns: Vec<ColumnLineage>,
    /// The columns of inputs that decide which rows there are, and in which order.
    pub rows: Vec<Origin>,
}

/// Where a column comes from.
#[derive(Debug, Clone)]
pub struct ColumnLineage {
    /// Its name.
    pub name: String,
    /// Its type.
    pub data_type: DataType,
    /// What it is computed from, and what decides over its value; none for a constant, and for `count(*)`.
    pub origins: Vec<Origin>,
    /// How it is computed, as an expression over the columns of the node's inputs; `None` if it is one of them as it is.
    pub text: Option<String>,
    /// The fields of a structure that the node puts together.
    pub fields: Vec<ColumnLineage>,
}

/// A column that another one depends on.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The node that has it.
    pub node: NodeId,
    /// The output of that node.
    pub port: usize,
    /// Its name there.
    pub column: String,
    /// The field of it, outermost first; empty for the whole column.
    pub path: Vec<String>,
    /// How the other one depends on it.
    pub how: How,
}

/// A rule and the columns that it is about.
#[derive(Debug, Clone)]
pub struct RuleUse {
    /// `Rule_1`, by its place in the ruleset.
    pub id: String,
    /// Its canonical text.
    pub text: String,
    /// The columns of the node's input that it looks at.
    pub columns: Vec<String>,
    /// What it can blame.
    pub class: RowClass,
    /// What becomes of a row that fails it.
    pub action: Action,
}

/// A column of a node that depends on another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Consumer {
    /// The node.
    pub node: NodeId,
    /// Its output; `None` for a sink, which writes the column as it is.
    pub port: Option<usize>,
    /// The column; `None` if all rows of the output depend on it.
    pub column: Option<String>,
    /// How.
    pub how: How,
}

/// The lineage of a checked job. Needs the functions of `engine`; runs nothing.
pub fn of(job: &Job, engine: &SessionState) -> JobLineage {
    let mut nodes = vec![NodeLineage::default(); job.nodes.len()];
    for id in &job.order {
        nodes[id.0] = node::lineage(job, *id, engine);
    }
    JobLineage { nodes }
}

/// The lineage of every job of a program, in its order.
pub fn of_all(program: &Program) -> Vec<(&Job, JobLineage)> {
    let engine = session(&EngineOptions::CHECK);
    program.jobs.values().map(|job| (job, of(job, &engine))).collect()
}

impl JobLineage {
    /// An output, if its columns are known.
    pub fn output(&self, node: NodeId, port: usize) -> Option<&OutputLineage> {
        self.nodes.get(node.0)?.outputs.get(port)?.as_ref()
    }

    /// A column of an output; its name in any case.
    pub fn column(&self, node: NodeId, port: usize, name: &str) -> Option<&ColumnLineage> {
        let columns = &self.output(node, port)?.columns;
        let exact = columns.iter().find(|column| column.name == name);
        exact.or_else(|| columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)))
    }

    /// The columns of the node's inputs that a column is made of, one step up.
    pub fn origins(&self, node: NodeId, port: usize, column: &str) -> &[Origin] {
        self.column(node, port, column).map_or(&[], |column| &column.origins)
    }

    /// What stands behind an origin, one step up: of a field, the same field of what was taken over, or what the node put there.
    pub fn behind(&self, origin: &Origin) -> Vec<Origin> {
        let Some(mut column) = self.column(origin.node, origin.port, &origin.column) else { return Vec::new() };
        let mut rest = origin.path.as_slice();
        while let [name, after @ ..] = rest {
            let Some(field) = column.fields.iter().find(|field| field.name == *name) else { break };
            (column, rest) = (field, after);
        }
        let further = |inner: &Origin| {
            let is_same = inner.how == How::Direct(Direct::Identity);
            let path = inner.path.iter().chain(if is_same { rest } else { &[] }).cloned().collect();
            Origin { path, ..inner.clone() }
        };
        column.origins.iter().map(further).collect()
    }

    /// What depends on a column, one step down: columns of other nodes, whole outputs, sinks.
    pub fn consumers(&self, job: &Job, node: NodeId, port: usize, column: &str) -> Vec<Consumer> {
        let is_it = |origin: &&Origin| origin.node == node && origin.port == port && origin.column == column;
        let mut found = Vec::new();
        for (id, reader) in job.iter() {
            let reads = |edge: &Edge| edge.node == node && edge.port == port;
            if reader.role == Role::Sink && reader.inputs.iter().any(reads) {
                found.push(Consumer { node: id, port: None, column: None, how: How::Direct(Direct::Identity) });
            }
            for (port, output) in self.nodes[id.0].outputs.iter().enumerate() {
                let Some(output) = output else { continue };
                for one in &output.columns {
                    let uses = one.origins.iter().filter(is_it);
                    found.extend(uses.map(|origin| Consumer {
                        node: id,
                        port: Some(port),
                        column: Some(one.name.clone()),
                        how: origin.how,
                    }));
                }
                let uses = output.rows.iter().filter(is_it);
                found.extend(uses.map(|origin| Consumer { node: id, port: Some(port), column: None, how: origin.how }));
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// The rules that look at a column as it leaves a node: those of the quality nodes that read it.
    pub fn tests<'a>(&'a self, job: &'a Job, node: NodeId, port: usize, column: &'a str) -> Vec<(NodeId, &'a RuleUse)> {
        let reads = move |id: NodeId| job.node(id).inputs.first().is_some_and(|edge| edge.node == node && edge.port == port);
        let rules = job.iter().filter(move |(id, _)| reads(*id)).flat_map(|(id, _)| {
            let about = |rule: &&RuleUse| rule.columns.iter().any(|name| name == column);
            self.nodes[id.0].rules.iter().filter(about).map(move |rule| (id, rule))
        });
        rules.collect()
    }
}
