//! `run`: checks a project and runs one of its jobs.

use std::path::{Path, PathBuf};

use clap::Args;

use super::check::ProjectArgs;
use super::exit::Exit;
use super::format::Format;
use super::lineage::openlineage::run::RunEvents;
use super::output::{Output, reason, verdict};
use super::report;
use crate::diag::levels::Levels;
use crate::diag::{Diagnostic, Severity, codes, suggest};
use crate::ir::{Job, Program};
use crate::run::dry::{self, DryRun};
use crate::run::execute::{self, RunIdentity};
use crate::run::os_world::OsWorld;
use crate::run::progress::{Bars, Unwatched};
use crate::run::report::{RunReport, Status};
use crate::world::World;
use crate::{CheckOptions, Checked};

/// Check a project and run its job
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile run                            the job of the project in this folder
  glue-compile run orders --job compact       one of several jobs
  glue-compile run orders --dry-run           what would be read and written
  glue-compile run orders --sample 1000       what the rules say of the first rows of each source; writes nothing
  glue-compile run --openlineage events.jsonl appends START and COMPLETE or FAIL, with schemas, lineage and rules
  glue-compile run orders --format json       one document with rows, rules and sinks

What a run writes is published at its end, all at once; a run that fails or is interrupted changes nothing.")]
pub(super) struct RunArgs {
    /// A project folder, project file or spec
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// The job, if the project has several
    #[arg(long, value_name = "NAME")]
    job: Option<String>,
    /// Say what would be read and written, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// Read at most so many rows of each source, the first ones; judge the rules, write and record nothing
    #[arg(long, value_name = "ROWS", conflicts_with = "dry_run", value_parser = clap::value_parser!(u32).range(1..))]
    sample: Option<u32>,
    /// Tell of the run as events of `OpenLineage`, a line each at the end of this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "sample"])]
    openlineage: Option<PathBuf>,
    #[command(flatten)]
    project: ProjectArgs,
}

/// Checks, runs, and writes the report.
pub(super) fn run(args: RunArgs, levels: Levels, output: &Output) -> Exit {
    if let Some(exit) = output.refused_ruleset(&args.path) {
        return exit;
    }
    let options = CheckOptions { job: args.job.clone(), ..args.project.into_options(true, levels) };
    let mut checked = crate::check(&OsWorld, &args.path, &options);
    let Some(program) = checked.program.take().filter(|_| !checked.has_errors()) else {
        let exit = if is_about_data(&checked.diagnostics) { Exit::RunFailed } else { verdict(&checked.diagnostics) };
        return refused(args.job.as_deref(), &checked, output, exit);
    };
    let job = match chosen(&program, args.job.as_deref()) {
        Ok(job) => job,
        Err(diagnostic) => {
            checked.diagnostics.push(diagnostic);
            return refused(args.job.as_deref(), &checked, output, Exit::Usage);
        }
    };
    if args.dry_run {
        return match dry::plan(job, &program.root, &OsWorld) {
            Ok(plan) => dry_run(&plan, &checked, output),
            Err(diagnostic) => {
                checked.diagnostics.push(diagnostic);
                refused(Some(job.name.as_str()), &checked, output, Exit::RunFailed)
            }
        };
    }
    let events = args.openlineage.as_deref();
    match executed(job, &program, args.sample, events, output) {
        Ok((report, told)) => {
            let exit = finished(&report, checked, output);
            told.map_or(exit, |failure| failed(&failure, output))
        }
        Err(failure) => failed(&failure, output),
    }
}

/// Whether the project has no fault of its own: its data is not there, or is not what it says.
fn is_about_data(diagnostics: &[Diagnostic]) -> bool {
    let about_data = [&codes::connector::NO_INPUT_FILES, &codes::connector::MISSING_COLUMN, &codes::connector::CANNOT_INFER];
    let mut errors = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error);
    errors.all(|error| about_data.contains(&error.code) || error.code.number.starts_with("GC10"))
}

/// The job that a run means; else why there is none.
pub(super) fn chosen<'a>(program: &'a Program, name: Option<&str>) -> Result<&'a Job, Diagnostic> {
    let names = || program.jobs.keys().map(String::as_str);
    match name {
        Some(name) => program.jobs.get(name).ok_or_else(|| {
            let near = suggest::nearest(name, names()).map(|near| format!("did you mean `{near}`?"));
            let unknown = Diagnostic::bare(&codes::names::UNKNOWN_JOB, format!("the project has no job `{name}`"));
            if program.jobs.is_empty() {
                return unknown.help("it has no job at all: write one under `jobs:`");
            }
            unknown
                .note(format!("its jobs: {}", suggest::list(names(), 12)))
                .help(near.unwrap_or_else(|| "name one of them".to_owned()))
        }),
        None if program.jobs.len() == 1 => Ok(&program.jobs[0]),
        None => {
            let message = match program.jobs.len() {
                0 => "the project has no job".to_owned(),
                count => format!("the project has {count} jobs, and none is named"),
            };
            let unknown = Diagnostic::bare(&codes::names::UNKNOWN_JOB, message);
            Err(match program.jobs.is_empty() {
                true => unknown.help("write one under `jobs:`; `glue-compile init` makes a project that has one"),
                false => unknown.note(format!("its jobs: {}", suggest::list(names(), 12))).help("name one with `--job`"),
            })
        }
    }
}

/// What surrounds a run and failed.
type Failure = String;

fn failed(failure: &str, output: &Output) -> Exit {
    output.error(failure);
    Exit::RunFailed
}

/// Runs a job; beside its report, why its events could not be written to the end.
fn executed(
    job: &Job,
    program: &Program,
    sample: Option<u32>,
    events: Option<&Path>,
    output: &Output,
) -> Result<(RunReport, Option<Failure>), Failure> {
    let identity = RunIdentity::new(OsWorld.now());
    let bars = Bars::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("the engine cannot start: {error}"))?;
    let unwritable = |error: std::io::Error| {
        let file = events.unwrap_or(Path::new("")).display();
        format!("`{file}` cannot be written: {}", reason(&error))
    };
    let begun = events.map(|file| RunEvents::begin(file, program, job, &identity)).transpose().map_err(unwritable)?;
    let watch: &dyn execute::Watch = if output.shows_progress() { &bars } else { &Unwatched };
    let root = &program.root;
    let report = match sample {
        None => runtime.block_on(execute::run(job, root, &OsWorld, &identity, watch)),
        Some(rows) => runtime.block_on(execute::sample(job, root, &OsWorld, &identity, watch, rows as usize)),
    };
    let told = begun.and_then(|events| events.end(&report).err()).map(unwritable);
    Ok((report, told))
}

/// Writes the report of a run, and as messages what was said of it.
fn finished(report: &RunReport, mut checked: Checked, output: &Output) -> Exit {
    checked.diagnostics.extend(report.diagnostics.iter().cloned());
    let written = match output.format() {
        Format::Json => output.result(&report::json::run(report, &checked.diagnostics, &checked.map)),
        Format::Text => {
            output.diagnostic_messages(&checked.diagnostics, &checked.map);
            output.result(&report::text::run(report, output.result_style()))
        }
        _ => {
            output.diagnostics(&checked.diagnostics, &checked.map);
            Ok(())
        }
    };
    match (written, report.status) {
        (Err(exit), _) => exit,
        (Ok(()), Status::Succeeded) => Exit::Fine,
        (Ok(()), Status::GateFailed) => Exit::GateFailed,
        (Ok(()), Status::Failed) if report.diagnostics.iter().any(|said| said.code == &codes::internal::BUG) => Exit::Bug,
        (Ok(()), Status::Failed) => Exit::RunFailed,
    }
}

/// Writes why nothing ran.
fn refused(job: Option<&str>, checked: &Checked, output: &Output, exit: Exit) -> Exit {
    match output.format() {
        Format::Json => output.result(&report::json::refused(job, &checked.diagnostics, &checked.map)).err().unwrap_or(exit),
        Format::Text => {
            output.diagnostic_messages(&checked.diagnostics, &checked.map);
            exit
        }
        _ => {
            output.diagnostics(&checked.diagnostics, &checked.map);
            exit
        }
    }
}

fn dry_run(plan: &DryRun, checked: &Checked, output: &Output) -> Exit {
    let text = if output.format() == Format::Json {
        report::json::dry_run(plan, &checked.diagnostics, &checked.map)
    } else {
        output.diagnostic_messages(&checked.diagnostics, &checked.map);
        plan.text()
    };
    output.result(&text).err().unwrap_or(Exit::Fine)
}
