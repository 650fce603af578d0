//! glue-compile: a compiler for data pipelines.

pub mod check;
pub mod cli;
pub mod diag;
pub mod diff;
pub mod docgen;
pub mod ide;
pub mod ir;
pub mod lineage;
pub mod lsp;
pub mod plan;
pub mod run;
pub mod source;
pub mod spec;
pub mod state;
pub mod stdlib;
pub mod syntax;
pub mod testing;
pub mod world;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use diag::levels::{self, Levels};
use diag::{Diagnostic, Severity, Sink, codes};
use ir::Program;
use source::{EmbedMap, FileId, SourceMap};
use spec::load::LoadOptions;
use spec::uses::{JobPlaces, job_places};
use stdlib::connector::Infer;
use stdlib::expr::engine::{self, EngineOptions};
use world::World;

/// How to check.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Target and variables.
    pub load: LoadOptions,
    /// Whether the project is checked for its other targets too, not only for the one that `load` names or the default.
    pub every_target: bool,
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
    /// Where the jobs are written.
    pub jobs: Vec<JobPlaces>,
}

impl Checked {
    /// Adds what another check found.
    pub fn append(&mut self, other: Self) {
        let alone = self.map.iter().next().is_none();
        let moved = self.map.append(other.map);
        self.diagnostics.extend(other.diagnostics.into_iter().map(|diagnostic| diagnostic.moved(moved)));
        self.jobs.extend(other.jobs.into_iter().map(|job| job.moved(moved)));
        self.program = if alone { other.program } else { None };
    }

    /// Leaves what is said about changed files and about jobs that use one of them. Gives how many jobs do.
    pub fn keep_touched(&mut self, changed: &BTreeSet<FileId>) -> usize {
        let touched: Vec<&JobPlaces> = self.jobs.iter().filter(|job| job.uses(changed)).collect();
        self.diagnostics.retain(|diagnostic| {
            let is_near = |span| touched.iter().any(|job| job.holds(span));
            diagnostic.labels.is_empty()
                || diagnostic.labels.iter().any(|label| changed.contains(&label.span.file) || is_near(label.span))
        });
        touched.len()
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
    let compiled = if path.extension().is_some_and(|extension| extension == "dqdl") {
        ruleset(world, path, &mut map, &mut sink);
        None
    } else {
        compile(world, path, options, &mut map, &mut sink)
    };
    let mut found = sink.finish(&map);
    let others = compiled.iter().flat_map(|compiled| &compiled.other_targets).filter(|_| options.every_target);
    others.for_each(|target| for_target(world, path, options, target, &mut map, &mut found));
    let (program, jobs) = compiled.map_or((None, Vec::new()), |compiled| (Some(compiled.program), compiled.jobs));
    let mut diagnostics = levels::apply(found, &map, &options.levels);
    if options.job.is_some() || options.infer {
        // A comment may be needed by another job, or where the columns are not known.
        diagnostics.retain(|diagnostic| diagnostic.code != &codes::project::UNUSED_SUPPRESSION);
    }
    Checked { map, diagnostics, program, jobs }
}

/// A ruleset alone: its syntax, and the shape of its rules.
fn ruleset(world: &dyn World, path: &Path, map: &mut SourceMap, sink: &mut Sink) {
    match world.read(path) {
        Ok(text) => {
            let file = map.add(path, Arc::clone(&text));
            check::ruleset_alone(&text, &EmbedMap::file(file, text.len()), sink);
        }
        Err(error) => {
            let unreadable = Diagnostic::bare(&codes::run::SOURCE_UNREADABLE, format!("cannot read `{}`", path.display()));
            let help = "name a file of DQDL rules; paths start at the current folder";
            sink.push(unreadable.note(format!("the system says: {error}")).help(help));
        }
    }
}

/// A project for one target.
struct Compiled {
    program: Program,
    jobs: Vec<JobPlaces>,
    /// The targets that it was not compiled for.
    other_targets: Vec<String>,
}

/// A project: all its files, all its jobs.
fn compile(world: &dyn World, path: &Path, options: &CheckOptions, map: &mut SourceMap, sink: &mut Sink) -> Option<Compiled> {
    let vocabulary = check::vocabulary();
    let project = spec::load::load(world, path, &options.load, &vocabulary, map, sink)?;
    let engine = engine::session(&EngineOptions::CHECK);
    let infer = if options.infer { Infer::Heads } else { Infer::Off };
    let cx = check::Cx { world, project: &project, engine: &engine, infer, lints: lineage::lint };
    let program = check::project(&cx, options.job.as_deref(), sink);
    let jobs = job_places(&project, &vocabulary.transforms);
    let other_targets = project.targets.into_iter().filter(|name| project.target.as_ref() != Some(name)).collect();
    Some(Compiled { program, jobs, other_targets })
}

/// Adds what there is to say of the project for another target and was not said yet.
fn for_target(
    world: &dyn World,
    path: &Path,
    options: &CheckOptions,
    target: &str,
    map: &mut SourceMap,
    found: &mut Vec<Diagnostic>,
) {
    let mut options = options.clone();
    options.load.target = Some(target.to_owned());
    let (mut own_map, mut sink) = (SourceMap::default(), Sink::default());
    compile(world, path, &options, &mut own_map, &mut sink);
    add_for_target(sink.finish(&own_map), &own_map, target, map, found);
}

/// Adds what was said for a target, of files that are here already or join them, and was not said yet.
fn add_for_target(own: Vec<Diagnostic>, own_map: &SourceMap, target: &str, map: &mut SourceMap, found: &mut Vec<Diagnostic>) {
    let places = map.adopt(own_map);
    for diagnostic in own {
        let diagnostic = diagnostic.placed(|file| places[file.0 as usize]);
        let is_it = |said: &Diagnostic| {
            said.code == diagnostic.code && said.message == diagnostic.message && said.labels == diagnostic.labels
        };
        // What another target needs of the environment is set where that target is.
        if diagnostic.code != &codes::project::UNSET_ENVIRONMENT && !found.iter().any(is_it) {
            found.push(diagnostic.note(format!("found for the target `{target}`")));
        }
    }
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
