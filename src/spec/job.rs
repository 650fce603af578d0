//! A job as written: sources, transforms and sinks by name.

use indexmap::IndexMap;

use super::param::Args;
use crate::source::{Span, Text};

/// A job.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// Its name, where it is defined.
    pub name: Text,
    /// The job's own settings (`type`, `settings`, …).
    pub args: Args,
    /// All nodes by name: sources, then transforms, then sinks, each in the order written.
    pub nodes: IndexMap<String, NodeSpec>,
    /// The whole job.
    pub span: Span,
}

impl Job {
    /// What its nodes say as `ruleset:`.
    pub fn rulesets(&self) -> impl Iterator<Item = &Text> {
        self.nodes.values().filter_map(|node| node.args.as_ref()?.text("ruleset"))
    }
}

/// What a node is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Reads.
    Source,
    /// Turns rows into rows.
    Transform,
    /// Writes.
    Sink,
}

/// A source, transform or sink as written.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeSpec {
    /// Its name, where it is defined.
    pub name: Text,
    /// What it is for.
    pub role: Role,
    /// `type:`, where it is written.
    pub kind: Text,
    /// `inputs:`, empty for a source.
    pub inputs: Vec<InputRef>,
    /// Its settings by the table of its type, `type` and `inputs` left out.
    /// `None` if the type is unknown or the settings did not fit (reported).
    pub args: Option<Args>,
    /// The whole node.
    pub span: Span,
}

/// `node` or `node.port`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputRef {
    /// As written.
    pub text: Text,
    /// The node's name.
    pub node: String,
    /// The port, if one is named.
    pub port: Option<String>,
}
