//! `quality`: rules and data, no project needed. One file a subcommand.

mod eval;
mod stats;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::output::Output;
use crate::diag::levels::Levels;

/// Evaluate rules on data, no project needed
#[derive(Debug, Args)]
pub(super) struct QualityArgs {
    #[command(subcommand)]
    command: QualityCommand,
}

#[derive(Debug, Subcommand)]
enum QualityCommand {
    Eval(eval::EvalArgs),
    Stats(stats::StatsArgs),
    Exclude(stats::ExcludeArgs),
    Include(stats::IncludeArgs),
}

/// Does what the subcommand says.
pub(super) fn run(args: QualityArgs, levels: Levels, output: &Output) -> Exit {
    match args.command {
        QualityCommand::Eval(args) => eval::run(args, levels, output),
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
