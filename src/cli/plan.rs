//! `plan`: what a project becomes, stage by stage, as text.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::check::ProjectArgs;
use super::exit::Exit;
use super::format::Format;
use super::output::{Output, verdict};
use super::run::chosen;
use crate::View;
use crate::diag::levels::Levels;
use crate::run::os_world::OsWorld;

/// Show what would run: the typed program, the graph, the engine's plans, the stages
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile plan                          the stages of the project in this folder
  glue-compile plan orders --view graph      which node reads which
  glue-compile plan orders --view ir         nodes with their columns and rules
  glue-compile plan orders --view plan       the logical plans of the engine")]
pub(super) struct PlanArgs {
    /// A project folder, project file or spec
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// What to show
    #[arg(long, value_enum, default_value_t = PlanView::Stages, value_name = "VIEW")]
    view: PlanView,
    /// Only this job
    #[arg(long, value_name = "NAME")]
    job: Option<String>,
    #[command(flatten)]
    project: ProjectArgs,
}

/// `--view`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PlanView {
    /// nodes, columns and rules
    Ir,
    /// which node reads which
    Graph,
    /// the engine's logical plans
    Plan,
    /// what runs, in order, and why it is cut there
    Stages,
}

/// Checks the project and writes the view; errors are written instead of it.
pub(super) fn run(args: PlanArgs, levels: Levels, output: &Output) -> Exit {
    if let Some(exit) = output.refused_ruleset(&args.path) {
        return exit;
    }
    if output.format() != Format::Text {
        return output.usage("`plan` writes `text` only");
    }
    let checked = crate::check(&OsWorld, &args.path, &args.project.into_options(true, levels));
    let Some(program) = checked.program.as_ref().filter(|_| !checked.has_errors()) else {
        return output.diagnostics(&checked.diagnostics, &checked.map);
    };
    if let Some(name) = &args.job
        && let Err(unknown) = chosen(program, Some(name))
    {
        output.diagnostic_messages(&[unknown], &checked.map);
        return Exit::Usage;
    }
    let view = match args.view {
        PlanView::Ir => View::Ir,
        PlanView::Graph => View::Graph,
        PlanView::Plan => View::Plan,
        PlanView::Stages => View::Stages,
    };
    output.diagnostic_messages(&checked.diagnostics, &checked.map);
    match crate::view(program, args.job.as_deref(), view) {
        Ok(text) => output.result(&text).err().unwrap_or(Exit::Fine),
        Err(diagnostic) => {
            let found = [diagnostic];
            output.diagnostic_messages(&found, &checked.map);
            verdict(&found)
        }
    }
}
