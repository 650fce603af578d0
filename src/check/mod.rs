//! From what was written to a typed program: the passes in their order. Every fault is reported where it is, once.

mod actions;
mod at_once;
mod contracts;
mod graph;
mod lints;
mod maker;
mod memory;
mod origin;
mod quality;
mod resolve;
mod schemas;
mod sinks;
mod spare;

use std::sync::Arc;

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

pub use memory::Memory;
pub use spare::alone as ruleset_alone;

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
    /// What else there is to say of a checked job: lints that need what is built on top of checking.
    pub lints: fn(&Job, &SessionState, &mut Sink),
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
    contracts::declarations(cx, sink);
    let chosen: Vec<_> = chosen.map(|(name, spec)| (name, spec, is_faulty(sink, spec.span))).collect();
    let checked = at_once::map(&chosen, |(_, spec, faulty)| job(cx, spec, *faulty));
    let mut jobs = IndexMap::new();
    for ((name, ..), (checked, said)) in chosen.into_iter().zip(checked) {
        sink.append(said);
        jobs.insert(name.clone(), checked);
    }
    if only.is_none() {
        spare::rulesets(cx.project).for_each(|ruleset| spare::check(ruleset, sink));
    }
    Program { root: cx.project.root.clone(), name: cx.project.name.clone(), jobs, catalog: Arc::clone(&cx.project.catalog) }
}

/// Whether an error was found in a part of a file.
fn is_faulty(sink: &Sink, part: Span) -> bool {
    let inside = |at: Span| at.file == part.file && part.start <= at.start && at.end <= part.end;
    sink.iter().any(|said| said.severity == Severity::Error && said.primary().is_some_and(|label| inside(label.span)))
}

/// One job, and what there is to say of it. `faulty`: an error was found in it before.
fn job(cx: &Cx<'_>, spec: &JobSpec, faulty: bool) -> (Job, Sink) {
    let mut said = Sink::default();
    let sink = &mut said;
    let (mut job, complete) = resolve::job(cx, spec, sink);
    let sorted = graph::sort(&mut job, sink);
    // A node may look unused because another one, with a fault in it, is not there.
    if complete && sorted && !faulty && !is_faulty(sink, spec.span) {
        graph::unused(&job, sink);
        lints::before_schemas(&job, sink);
    }
    schemas::propagate(cx, &mut job, sink);
    sinks::check(cx, &job, sink);
    contracts::check(cx, &job, sink);
    lints::after_schemas(&job, sink);
    (cx.lints)(&job, cx.engine, sink);
    (job, said)
}
