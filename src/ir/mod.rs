//! The typed program: nodes with ids, edges between ports, schemas, bound rules. Plain data that `check` makes and `plan` reads.

mod print;

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use indexmap::IndexMap;

use crate::source::{Span, Text};
use crate::spec::catalog::Catalog;
use crate::spec::job::Role;
use crate::spec::param::Args;
use crate::stdlib::connector::ConnectorDef;
use crate::stdlib::expr::ColumnFate;
use crate::stdlib::rule::BoundRuleset;
use crate::stdlib::transform::TransformDef;

pub use print::{graph, text};

/// All jobs of a project, checked.
#[derive(Debug, Clone)]
pub struct Program {
    /// The folder that relative paths start from.
    pub root: PathBuf,
    /// The project's name.
    pub name: String,
    /// Jobs by name.
    pub jobs: IndexMap<String, Job>,
    /// The tables that are declared.
    pub catalog: Arc<Catalog>,
}

/// One job, checked.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its name.
    pub name: Text,
    /// Its settings.
    pub args: Args,
    /// Its nodes; a [`NodeId`] is the place in this list.
    pub nodes: Vec<Node>,
    /// All nodes in an order in which every node comes after its inputs. Nodes of a cycle are left out.
    pub order: Vec<NodeId>,
}

/// A node of a [`Job`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub usize);

/// A source, transform or sink.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its name.
    pub name: Text,
    /// What it is for.
    pub role: Role,
    /// What it does; `None` if its type does not exist (reported).
    pub kind: Option<Kind>,
    /// Its settings; `None` if they did not fit (reported).
    pub args: Option<Args>,
    /// Where its rows come from.
    pub inputs: Vec<Edge>,
    /// Other data sets by the alias that rules know them by.
    pub references: Vec<(Text, Edge)>,
    /// What goes out, the main output first. A sink has none.
    pub outputs: Vec<Output>,
    /// The rules, for a quality node whose ruleset could be read.
    pub quality: Option<Quality>,
    /// Columns of a source that come from folders with several values; none of any other node.
    pub partitions: Vec<String>,
    /// Which columns it renames or leaves out.
    pub changes: Vec<ColumnFate>,
    /// The whole node.
    pub span: Span,
}

/// What a node does.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Reads.
    Source(&'static ConnectorDef),
    /// Turns rows into rows.
    Transform(&'static TransformDef),
    /// Writes.
    Sink(&'static ConnectorDef),
}

/// An input of a node: an output of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    /// The node it comes from.
    pub node: NodeId,
    /// Which of its outputs.
    pub port: usize,
    /// Where it is written.
    pub span: Span,
}

/// An output of a node.
#[derive(Debug, Clone)]
pub struct Output {
    /// Its name; `None` if the node has just one.
    pub name: Option<&'static str>,
    /// Its columns; `None` if they are not known.
    pub schema: Option<SchemaRef>,
}

/// The rules of a quality node.
#[derive(Debug, Clone)]
pub struct Quality {
    /// The rules, typed against the node's input.
    pub rules: BoundRuleset,
    /// The text of the ruleset.
    pub text: String,
}

impl Job {
    /// A node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The node of that name.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        self.nodes.iter().position(|node| node.name.value == name).map(NodeId)
    }

    /// All nodes with their ids, in the order written.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &Node)> {
        self.nodes.iter().enumerate().map(|(at, node)| (NodeId(at), node))
    }

    /// Whether anybody reads an output, rules included.
    pub fn is_read(&self, node: NodeId, port: usize) -> bool {
        self.nodes.iter().any(|reader| reader.edges().any(|edge| edge.node == node && edge.port == port))
    }

    /// The inputs of a node that read from an output: `(reader, place in its inputs)`. References of rules are not among them.
    pub fn readers(&self, node: NodeId, port: usize) -> Vec<(NodeId, usize)> {
        let reads = |(id, reader): (NodeId, &Node)| {
            let found: Vec<_> =
                reader.inputs.iter().enumerate().filter(|(_, edge)| edge.node == node && edge.port == port).collect();
            found.into_iter().map(move |(at, _)| (id, at)).collect::<Vec<_>>()
        };
        self.iter().flat_map(reads).collect()
    }
}

impl Node {
    /// All edges into the node, those of rules' references too.
    pub fn edges(&self) -> impl Iterator<Item = &Edge> {
        self.inputs.iter().chain(self.references.iter().map(|(_, edge)| edge))
    }

    /// Whether it is an `evaluate_data_quality`.
    pub fn is_quality(&self) -> bool {
        matches!(self.kind, Some(Kind::Transform(TransformDef { lowering: crate::stdlib::transform::Lowering::Quality, .. })))
    }

    /// Whether a quality node has AWS's columns instead of ours.
    pub fn is_glue(&self) -> bool {
        self.args.as_ref().is_some_and(|args| args.str("compat") == Some("glue"))
    }

    /// Whether failing rows of a quality node have the columns that their source read.
    pub fn keeps_original(&self) -> bool {
        let quarantine = self.args.as_ref().and_then(|args| args.record("quarantine"));
        quarantine.is_some_and(|quarantine| quarantine.str("keep") == Some("original"))
    }

    /// `name.port`, or the name alone if there is just one output.
    pub fn output_name(&self, port: usize) -> String {
        match self.outputs.get(port).and_then(|output| output.name) {
            Some(port) => format!("{}.{port}", self.name),
            None => self.name.value.clone(),
        }
    }
}
