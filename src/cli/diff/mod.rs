//! `diff`: what changed since a commit, and what breaks by it.

mod json;
mod markdown;
mod text;

use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use indexmap::IndexMap;

use super::check::{self, ProjectArgs};
use super::exit::Exit;
use super::format::Format;
use super::output::{Output, verdict};
use crate::diag::levels::Levels;
use crate::diag::render::file_name;
use crate::diag::{Diagnostic, codes};
use crate::diff::{Change, Place, compare};
use crate::ir::Program;
use crate::run::git_world::GitWorld;
use crate::run::os_world::OsWorld;
use crate::source::SourceMap;
use crate::{CheckOptions, Checked};

/// Show what changed since a commit, and which changes break readers
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile diff --against main                        the working tree and the branch `main`
  glue-compile diff orders --against HEAD~1               one project, since the last commit
  glue-compile diff --against origin/main --format markdown   for the comment of a pull request
  glue-compile diff --against v1.2 --format json          for programs

A change is breaking if those who read a sink, or the next run of the job, fail or are misled by it: columns that are gone or of another
type, other paths, modes and partitions, rules that demand less, sources whose bookmarks are lost. Exit code 5 says that there is one.")]
pub(super) struct DiffArgs {
    /// A project folder, project file or spec
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// The version to compare with: a branch, a tag, a commit
    #[arg(long, value_name = "REF")]
    against: String,
    /// Only this job
    #[arg(long, value_name = "NAME")]
    job: Option<String>,
    /// Exit with 0 also if a change is breaking
    #[arg(long)]
    exit_zero: bool,
    #[command(flatten)]
    project: ProjectArgs,
}

/// All there is to show.
struct Compared<'a> {
    /// `--against`
    against: &'a str,
    /// The full name of that commit.
    commit: &'a str,
    changes: &'a [Change],
    old: &'a SourceMap,
    new: &'a SourceMap,
}

impl Compared<'_> {
    fn breaking(&self) -> usize {
        self.changes.iter().filter(|change| change.breaking).count()
    }

    /// The file and line of a change, and whether they are those of the older version.
    fn place(&self, change: &Change) -> Option<(String, usize, bool)> {
        let (map, span, is_old) = match change.place? {
            Place::Old(span) => (self.old, span, true),
            Place::New(span) => (self.new, span, false),
        };
        Some((file_name(map, span), map.start(span).line, is_old))
    }
}

/// Checks both versions and writes their differences.
pub(super) fn run(args: DiffArgs, levels: Levels, output: &Output) -> Exit {
    if !matches!(output.format(), Format::Text | Format::Json | Format::Markdown) {
        return output.usage("`diff` writes `text`, `json` or `markdown`");
    }
    let world = match GitWorld::open(&args.path, &args.against) {
        Ok(world) => world,
        Err(diagnostic) => {
            output.diagnostic_messages(&[diagnostic], &SourceMap::default());
            return Exit::Usage;
        }
    };
    let options = CheckOptions { job: args.job.clone(), ..args.project.into_options(false, levels) };
    let new = check::columns(&OsWorld, &args.path, &options);
    let mut old = check::columns(&world, &args.path, &options);
    let is_absent = old.diagnostics.iter().any(|diagnostic| diagnostic.code == &codes::project::NO_PROJECT);
    if let (Some(after), true) = (sound(&new), is_absent) {
        output.note(&format!("there is no project in `{}` at `{}`: all of it is new", args.path.display(), args.against));
        let nothing =
            Program { root: after.root.clone(), name: after.name.clone(), jobs: IndexMap::new(), catalog: Arc::default() };
        old = Checked { map: SourceMap::default(), diagnostics: Vec::new(), program: Some(nothing), ..old };
    }
    let (Some(before), Some(after)) = (sound(&old), sound(&new)) else {
        return faulty(&old, &new, &args.against, output);
    };
    if let Some(name) = &args.job
        && !before.jobs.contains_key(name)
        && !after.jobs.contains_key(name)
    {
        let unknown = Diagnostic::bare(&codes::names::UNKNOWN_JOB, format!("the project has no job `{name}`, and had none"));
        output.diagnostic_messages(&[unknown.help("name one of its jobs")], &new.map);
        return Exit::Usage;
    }
    let mut changes = compare(before, after);
    changes.retain(|change| args.job.as_ref().is_none_or(|job| *job == change.job));
    let compared = Compared { against: &args.against, commit: world.commit(), changes: &changes, old: &old.map, new: &new.map };
    let text = match output.format() {
        Format::Json => json::document(&compared),
        Format::Markdown => markdown::comment(&compared),
        _ => text::list(&compared, output.result_style()),
    };
    match output.result(&text) {
        Err(exit) => exit,
        Ok(()) if compared.breaking() > 0 && !args.exit_zero => Exit::Drift,
        Ok(()) => Exit::Fine,
    }
}

fn sound(checked: &Checked) -> Option<&Program> {
    checked.program.as_ref().filter(|_| !checked.has_errors())
}

/// Says what is wrong with one of the versions.
fn faulty(old: &Checked, new: &Checked, against: &str, output: &Output) -> Exit {
    if sound(new).is_none() {
        output.diagnostic_messages(&new.diagnostics, &new.map);
        output.error("the project has errors: mend them, then compare");
        return verdict(&new.diagnostics);
    }
    output.diagnostic_messages(&old.diagnostics, &old.map);
    output.error(&format!("the project had these errors at `{against}`: compare with a version that has none"));
    Exit::Faults
}
