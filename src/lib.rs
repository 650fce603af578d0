//! glue-compile: a compiler for data pipelines.

pub mod check;
pub mod cli;
pub mod diag;
pub mod diff;
pub mod ir;
pub mod lineage;
pub mod plan;
pub mod run;
pub mod source;
pub mod spec;
pub mod state;
pub mod stdlib;
pub mod syntax;
pub mod testing;
pub mod world;

use std::path::Path;

use diag::levels::{self, Levels};
use diag::{Diagnostic, Severity, Sink, codes};
use ir::Program;
use source::{EmbedMap, SourceMap};
use spec::load::LoadOptions;
use stdlib::connector::Infer;
use stdlib::expr::engine::{self, EngineOptions};
use world::World;

/// How to check.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Target and variables.
    pub load: LoadOptions,
    /// Whether to read the heads of data files for schemas that are not declared.
    pub infer: bool,
    /// Only this job, if the project has it: a run is not stopped by the data of another.
    pub job: Option<String>,
    /// `--deny`, `--warn`, `--allow`
    pub levels: Levels,
}

/// What a check found.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The files that were read.
    pub map: SourceMap,
    /// What there is to say, in the order in which it is shown.
    pub diagnostics: Vec<Diagnostic>,
    /// The typed program; `None` if there is no project to speak of, or several were checked together.
    pub program: Option<Program>,
}

impl Checked {
    /// Adds what another check found.
    pub fn append(&mut self, other: Self) {
        let alone = self.map.iter().next().is_none();
        let moved = self.map.append(other.map);
        self.diagnostics.extend(other.diagnostics.into_iter().map(|diagnostic| diagnostic.moved(moved)));
        self.program = if alone { other.program } else { None };
    }

    /// Whether an error was found: then nothing runs.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }
}

/// Checks the project that `path` (a folder, a project file, a spec or a `.dqdl` file) names.
pub fn check(world: &dyn World, path: &Path, options: &CheckOptions) -> Checked {
    let mut map = SourceMap::default();
    let mut sink = Sink::default();
    let program = if path.extension().is_some_and(|extension| extension == "dqdl") {
        ruleset(world, path, &mut map, &mut sink);
        None
    } else {
        program(world, path, options, &mut map, &mut sink)
    };
    let mut diagnostics = levels::apply(sink.finish(&map), &map, &options.levels);
    if options.job.is_some() || options.infer {
        // A comment may be needed by another job, or where the columns are not known.
        diagnostics.retain(|diagnostic| diagnostic.code != &codes::project::UNUSED_SUPPRESSION);
    }
    Checked { map, diagnostics, program }
}

/// A ruleset alone: its syntax, and the shape of its rules.
fn ruleset(world: &dyn World, path: &Path, map: &mut SourceMap, sink: &mut Sink) {
    match world.read(path) {
        Ok(text) => {
            let file = map.add(path, text.as_str());
            let dialect = syntax::dqdl::Dialect::Superset;
            let parsed = syntax::dqdl::parse(&text, &EmbedMap::file(file, text.len()), dialect, sink);
            stdlib::rule::accept_all(&parsed, dialect, sink);
        }
        Err(error) => {
            let unreadable = Diagnostic::bare(&codes::run::SOURCE_UNREADABLE, format!("cannot read `{}`", path.display()));
            sink.push(unreadable.note(format!("the system says: {error}")));
        }
    }
}

/// A project: all its files, all its jobs.
fn program(world: &dyn World, path: &Path, options: &CheckOptions, map: &mut SourceMap, sink: &mut Sink) -> Option<Program> {
    let project = spec::load::load(world, path, &options.load, &check::vocabulary(), map, sink)?;
    let engine = engine::session(&EngineOptions::CHECK);
    let infer = if options.infer { Infer::Heads } else { Infer::Off };
    let cx = check::Cx { world, project: &project, engine: &engine, infer };
    Some(check::project(&cx, options.job.as_deref(), sink))
}

/// Which text of a program to print.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Nodes, columns and rules.
    Ir,
    /// Which node reads which.
    Graph,
    /// The engine's logical plans.
    Plan,
    /// What runs, in order, and why it is cut there.
    Stages,
}

/// A checked program as text; an error of the engine as a diagnostic.
pub fn view(program: &Program, job: Option<&str>, view: View) -> Result<String, Diagnostic> {
    let mut out = String::new();
    match view {
        View::Ir => return Ok(ir::text(program)),
        View::Graph => return Ok(ir::graph(program)),
        View::Plan | View::Stages => {}
    }
    let engine = engine::session(&EngineOptions::CHECK);
    for (name, job) in program.jobs.iter().filter(|(name, _)| job.is_none_or(|job| job == name.as_str())) {
        let lowered = plan::lower(job, &engine, &mut plan::Unconnected { job });
        let plan = lowered.map_err(|error| run::execute::describe(&error, Some(job)))?;
        out.push_str(&format!("job {name}\n"));
        out.push_str(&if view == View::Plan { plan::plans(job, &plan) } else { plan::stages(job, &plan) });
    }
    Ok(out)
}
