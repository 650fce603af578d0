//! From what was written to a typed program: the passes in their order. Every fault is reported where it is, once.

mod actions;
mod graph;
mod maker;
mod origin;
mod quality;
mod resolve;
mod schemas;
mod sinks;

use datafusion::execution::session_state::SessionState;
use indexmap::IndexMap;

use crate::diag::{Severity, Sink};
use crate::ir::{Job, Program};
use crate::source::Span;
use crate::spec::job::Job as JobSpec;
use crate::spec::load::Vocabulary;
use crate::spec::project::Project;
use crate::stdlib::connector::{self, Infer};
use crate::stdlib::transform;
use crate::world::World;

/// What the passes share.
pub struct Cx<'a> {
    /// The surroundings.
    pub world: &'a dyn World,
    /// The project.
    pub project: &'a Project,
    /// Functions and settings of the engine.
    pub engine: &'a SessionState,
    /// Whether data may be looked at for schemas.
    pub infer: Infer,
}

/// What can be said: every type of source, transform and sink with its settings.
pub fn vocabulary() -> Vocabulary {
    let names =
        |def: &&'static connector::ConnectorDef| std::iter::once(def.name).chain(def.aliases.iter().copied()).collect::<Vec<_>>();
    let of_connectors = |params: fn(&connector::ConnectorDef) -> Option<&'static [crate::spec::param::Param]>| {
        connector::ALL.iter().flat_map(|def| names(def).into_iter().filter_map(move |name| Some((name, params(def)?)))).collect()
    };
    Vocabulary {
        sources: of_connectors(|def| def.source.as_ref().map(|source| source.params)),
        transforms: transform::ALL.iter().map(|def| (def.name, def.params)).collect(),
        sinks: of_connectors(|def| def.sink.as_ref().map(|sink| sink.params)),
    }
}

/// Checks every job of a project, or `only` that one if the project has it.
pub fn project(cx: &Cx<'_>, only: Option<&str>, sink: &mut Sink) -> Program {
    let only = only.filter(|name| cx.project.jobs.contains_key(*name));
    let chosen = cx.project.jobs.iter().filter(|(name, _)| only.is_none_or(|only| only == name.as_str()));
    let jobs: IndexMap<_, _> = chosen.map(|(name, spec)| (name.clone(), job(cx, spec, sink))).collect();
    Program { root: cx.project.root.clone(), name: cx.project.name.clone(), jobs }
}

fn job(cx: &Cx<'_>, spec: &JobSpec, sink: &mut Sink) -> Job {
    let (mut job, complete) = resolve::job(cx, spec, sink);
    let sorted = graph::sort(&mut job, sink);
    // A node may look unused because another one, with a fault in it, is not there.
    let whole = !sink.iter().any(|said| {
        let job = spec.span;
        let inside = |at: Span| at.file == job.file && job.start <= at.start && at.end <= job.end;
        said.severity == Severity::Error && said.primary().is_some_and(|label| inside(label.span))
    });
    if complete && sorted && whole {
        graph::unused(&job, sink);
    }
    schemas::propagate(cx, &mut job, sink);
    sinks::check(cx, &job, sink);
    job
}
