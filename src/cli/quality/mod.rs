//! `quality`: rules and data, no project needed. One file a subcommand.

mod eval;
mod profile;
mod recommend;
mod stats;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::output::Output;
use crate::diag::levels::Levels;
use crate::run::execute::Watch;
use crate::run::progress::{Bars, Unwatched};

/// Evaluate rules on data, say what is in it, recommend rules; no project needed
#[derive(Debug, Args)]
pub(super) struct QualityArgs {
    #[command(subcommand)]
    command: QualityCommand,
}

#[derive(Debug, Subcommand)]
enum QualityCommand {
    Eval(eval::EvalArgs),
    Profile(profile::ProfileArgs),
    Recommend(recommend::RecommendArgs),
    Stats(stats::StatsArgs),
    Exclude(stats::ExcludeArgs),
    Include(stats::IncludeArgs),
}

/// Does what the subcommand says.
pub(super) fn run(args: QualityArgs, levels: Levels, output: &Output) -> Exit {
    match args.command {
        QualityCommand::Eval(args) => eval::run(args, levels, output),
        QualityCommand::Profile(args) => profile::run(args, levels, output),
        QualityCommand::Recommend(args) => recommend::run(args, levels, output),
        QualityCommand::Stats(args) => stats::show(&args, output),
        QualityCommand::Exclude(args) => stats::exclude(&args, output),
        QualityCommand::Include(args) => stats::include(&args, output),
    }
}

/// `ALIAS=PATH`, the value of `--reference`.
fn reference(word: &str) -> Result<(String, PathBuf), String> {
    let (alias, path) = word.split_once('=').ok_or("expected ALIAS=PATH")?;
    Ok((alias.trim().to_owned(), PathBuf::from(path)))
}

/// Does something that may take long, with progress bars where somebody looks.
fn watched<T>(output: &Output, work: impl FnOnce(&dyn Watch) -> T) -> T {
    if output.shows_progress() { work(&Bars::default()) } else { work(&Unwatched) }
}
