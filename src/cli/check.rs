//! `check`: finds the faults of projects, reads no data.

use std::path::{Path, PathBuf};

use clap::Args;
use indexmap::IndexSet;

use super::exit::Exit;
use super::output::Output;
use super::since::Changed;
use crate::diag::levels::{self, Levels};
use crate::run::os_world::OsWorld;
use crate::spec::load;
use crate::testing;
use crate::world::World;
use crate::{CheckOptions, Checked};

/// Find the faults of a project; reads no data
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile check                      the project in this folder
  glue-compile check orders.glue.yaml     a spec without a project file
  glue-compile check rules/orders.dqdl    a ruleset alone: its syntax
  glue-compile check --infer              take schemas that are not declared from the heads of local files
  glue-compile check --since main         only what is said about jobs that changed files are used by
  glue-compile check -D warnings          fail on warnings too")]
pub(super) struct CheckArgs {
    /// Project folders, project files, specs or rulesets
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    project: ProjectArgs,
    /// Read the heads of local files for schemas that are not declared
    #[arg(long)]
    infer: bool,
    /// Report only what concerns files that changed since a git ref, and jobs that use one of them
    #[arg(long, value_name = "REF")]
    since: Option<String>,
}

/// What every command takes that loads a project.
#[derive(Debug, Args)]
pub(super) struct ProjectArgs {
    /// The target of the project to use; `check` and `fix` look at all of them if none is named
    #[arg(long, value_name = "NAME")]
    target: Option<String>,
    /// A value for a variable of the project
    #[arg(long = "var", value_name = "NAME=VALUE", value_parser = variable)]
    variables: Vec<(String, String)>,
}

impl ProjectArgs {
    /// Whether one target is meant.
    pub(super) fn names_target(&self) -> bool {
        self.target.is_some()
    }

    /// The same, as the library takes it.
    pub(super) fn into_options(self, infer: bool, levels: Levels) -> CheckOptions {
        let mut options = CheckOptions { infer, levels, ..CheckOptions::default() };
        options.load.target = self.target;
        options.load.variables = self.variables.into_iter().collect();
        options
    }
}

/// Checks a project for what is known of its columns. No data is looked at unless some are not declared.
pub(super) fn columns(world: &dyn World, path: &Path, options: &CheckOptions) -> Checked {
    let declared = crate::check(world, path, &CheckOptions { infer: false, ..options.clone() });
    let known = declared.program.as_ref().is_some_and(|program| {
        let outputs = program.jobs.values().flat_map(|job| &job.nodes).flat_map(|node| &node.outputs);
        outputs.into_iter().all(|output| output.schema.is_some())
    });
    if known || declared.has_errors() {
        declared
    } else {
        crate::check(world, path, &CheckOptions { infer: true, ..options.clone() })
    }
}

fn variable(word: &str) -> Result<(String, String), String> {
    let (name, value) = word.split_once('=').ok_or("expected NAME=VALUE")?;
    Ok((name.trim().to_owned(), value.to_owned()))
}

/// Checks what a path names; of a project that has no fault itself its tests too.
pub(super) fn with_tests(world: &dyn World, path: &Path, options: &CheckOptions) -> Checked {
    let mut checked = crate::check(world, path, options);
    // A spec that is named alone may not have the jobs that tests beside it are about.
    let is_lone = world.is_file(path) && !load::is_test_file(path) && !path.ends_with(load::PROJECT_FILE);
    let Some(program) = checked.program.as_ref().filter(|_| !is_lone && !checked.has_errors()) else { return checked };
    let first = checked.map.next();
    let found = testing::faults(world, path, program, &mut checked.map);
    checked.diagnostics.extend(levels::apply_from(first, found, &checked.map, &options.levels));
    checked
}

/// Checks each path; all diagnostics are one result.
pub(super) fn run(args: CheckArgs, levels: Levels, output: &Output) -> Exit {
    let every_target = !args.project.names_target();
    let options = CheckOptions { every_target, ..args.project.into_options(args.infer, levels) };
    let mut all = Checked::default();
    let mut touched = 0;
    let paths: IndexSet<&PathBuf> = args.paths.iter().collect();
    for path in paths {
        let mut checked = with_tests(&OsWorld, path, &options);
        if let Some(since) = &args.since {
            let changed = match Changed::since(path, since) {
                Ok(changed) => changed,
                Err(wrong) => {
                    output.diagnostic_messages(&[wrong], &all.map);
                    return Exit::Usage;
                }
            };
            touched += checked.keep_touched(&changed.files(&checked.map));
        }
        all.append(checked);
    }
    if let Some(since) = &args.since {
        output.note(&format!("{touched} of {} jobs use what changed since `{since}`", all.jobs.len()));
    }
    output.diagnostics(&all.diagnostics, &all.map)
}
