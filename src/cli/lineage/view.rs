//! What is shown: the jobs, sinks and columns that were asked for, with their lineage.

use super::tree::{self, Tree};
use crate::diag::{Diagnostic, codes, suggest};
use crate::ir::{Edge, Job, NodeId, Program};
use crate::lineage::{self, ColumnLineage, JobLineage, Traces};
use crate::spec::job::Role;
use crate::stdlib::expr::engine::{EngineOptions, session};

/// What was asked for.
#[derive(Debug)]
pub(super) struct Wanted {
    /// `--job`, which is there.
    pub(super) job: Option<String>,
    /// `--sink`
    pub(super) sink: Option<String>,
    /// `--column`
    pub(super) column: Option<String>,
    /// `--downstream`
    pub(super) downstream: bool,
}

/// A job with what is shown of it.
pub(super) struct Chosen<'a> {
    /// The job.
    pub(super) job: &'a Job,
    /// Its lineage, a step at a time.
    pub(super) lineage: JobLineage,
    /// The same followed to the sources.
    pub(super) traces: Traces,
    /// The sinks to show, with what they read.
    pub(super) sinks: Vec<(NodeId, Edge)>,
    /// The columns to show step by step.
    pub(super) trees: Vec<Tree>,
}

impl<'a> Chosen<'a> {
    /// What was asked for; an error if a name stands for nothing.
    pub(super) fn of(program: &'a Program, wanted: &Wanted) -> Result<Vec<Self>, Diagnostic> {
        let jobs = lineage::of_all(program).into_iter();
        let jobs = jobs.filter(|(job, _)| wanted.job.as_ref().is_none_or(|name| *name == job.name.value));
        let mut chosen: Vec<_> = jobs.map(|(job, lineage)| Self::new(job, lineage)).collect();
        if let Some(name) = &wanted.sink {
            let known: Vec<String> = chosen.iter().flat_map(Self::sink_names).map(str::to_owned).collect();
            for one in &mut chosen {
                one.sinks.retain(|(id, _)| one.job.node(*id).name.value == *name);
            }
            chosen.retain(|one| !one.sinks.is_empty());
            if chosen.is_empty() {
                return Err(unknown(&codes::names::UNKNOWN_NODE, &format!("there is no sink `{name}`"), "sinks", name, &known));
            }
        }
        if let Some(name) = &wanted.column {
            let known: Vec<String> = chosen.iter().flat_map(|one| one.columns(wanted.downstream)).collect();
            for one in &mut chosen {
                one.trees = one.find(name, wanted);
            }
            chosen.retain(|one| !one.trees.is_empty());
            if chosen.is_empty() {
                let message = format!("there is no column `{name}`");
                return Err(unknown(&codes::expression::UNKNOWN_COLUMN, &message, "columns", name, &known));
            }
        }
        Ok(chosen)
    }

    /// A job with all its sinks.
    pub(super) fn whole(job: &'a Job) -> Self {
        Self::new(job, lineage::of(job, &session(&EngineOptions::CHECK)))
    }

    fn new(job: &'a Job, lineage: JobLineage) -> Self {
        let traces = Traces::of(job, &lineage);
        let sinks = job.iter().filter(|(_, node)| node.role == Role::Sink);
        let sinks = sinks.filter_map(|(id, node)| Some((id, *node.inputs.first()?))).collect();
        Self { job, lineage, traces, sinks, trees: Vec::new() }
    }

    fn sink_names(&self) -> impl Iterator<Item = &str> {
        self.sinks.iter().map(|(id, _)| self.job.node(*id).name.as_str())
    }

    /// The columns that a sink writes.
    pub(super) fn written(&self, edge: Edge) -> &[ColumnLineage] {
        self.lineage.output(edge.node, edge.port).map_or(&[], |output| &output.columns)
    }

    /// The names that a column can be asked for by, unless it is one between sources and sinks.
    fn columns(&self, downstream: bool) -> Vec<String> {
        let ends: Vec<(&str, Edge)> = if downstream {
            let sources = self.job.iter().filter(|(_, node)| node.role == Role::Source);
            sources.map(|(id, node)| (node.name.as_str(), Edge { node: id, port: 0, span: node.span })).collect()
        } else {
            self.sinks.iter().map(|(id, edge)| (self.job.node(*id).name.as_str(), *edge)).collect()
        };
        let named = |(name, edge): (&str, Edge)| {
            let columns = self.written(edge).iter();
            columns.map(|column| format!("{name}.{}", column.name)).collect::<Vec<_>>()
        };
        ends.into_iter().flat_map(named).collect()
    }

    /// The columns of that name: `NODE.PORT.COLUMN`, `NODE.COLUMN`, or `COLUMN` of the sinks, downstream of the sources.
    fn find(&self, name: &str, wanted: &Wanted) -> Vec<Tree> {
        let tree = |id: NodeId, port: Option<usize>, column: &str| {
            if wanted.downstream { tree::down(self, id, port, column) } else { tree::up(self, id, port, column) }
        };
        if let Some((first, rest)) = name.split_once('.')
            && let Some(id) = self.job.find(first)
            && (wanted.sink.is_none() || self.job.node(id).role != Role::Sink || self.sinks.iter().any(|(sink, _)| *sink == id))
        {
            let node = self.job.node(id);
            if node.role == Role::Sink {
                return tree(id, None, rest).into_iter().collect();
            }
            let port = rest.split_once('.').and_then(|(port, column)| {
                let at = node.outputs.iter().position(|output| output.name == Some(port))?;
                Some((at, column))
            });
            let (port, column) = port.unwrap_or((0, rest));
            return tree(id, Some(port), column).into_iter().collect();
        }
        if wanted.downstream {
            let sources = self.job.iter().filter(|(_, node)| node.role == Role::Source);
            return sources.filter_map(|(id, _)| tree(id, Some(0), name)).collect();
        }
        self.sinks.iter().filter_map(|(id, _)| tree(*id, None, name)).collect()
    }
}

fn unknown(code: &'static codes::Code, message: &str, what: &str, name: &str, known: &[String]) -> Diagnostic {
    let diagnostic = Diagnostic::bare(code, message);
    let names = || known.iter().map(String::as_str);
    // `amuont` is meant for `orders.amount`.
    let last = |name: &'_ str| name.rsplit_once('.').map_or(0, |(before, _)| before.len() + 1);
    let by_column = || {
        let near = suggest::nearest(&name[last(name)..], names().map(|name| &name[last(name)..]))?;
        names().find(|name| &name[last(name)..] == near)
    };
    match suggest::nearest(name, names()).or_else(by_column) {
        Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
        None => diagnostic.note(format!("{what} here: {}", suggest::list(names(), 12))).help("name one of them"),
    }
}
