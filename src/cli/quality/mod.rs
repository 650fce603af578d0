//! `quality`: rules and data, no project needed. One file a subcommand.

mod eval;
mod profile;
mod recommend;
mod stats;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::exit::Exit;
use super::output::Output;
use crate::diag::levels::Levels;
use crate::run::dataset;
use crate::run::execute::Watch;
use crate::run::os_world::OsWorld;
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

/// Refuses to write over a file that is read: it would be empty before its first row came.
fn spare(read: &[&Path], written: &[Option<&Path>], output: &Output) -> Result<(), Exit> {
    let same = |a: &Path, b: &Path| a.canonicalize().is_ok_and(|a| b.canonicalize().is_ok_and(|b| a == b));
    let reads = |source: &Path, target: &Path| match dataset::files(&OsWorld, source) {
        Ok(files) => files.iter().any(|file| same(&file.path, target)),
        Err(_) => same(source, target),
    };
    for target in written.iter().flatten() {
        if let Some(source) = read.iter().find(|source| reads(source, target)) {
            return Err(output.usage(&format!("`{}` is read and cannot be written over: name another file", source.display())));
        }
    }
    Ok(())
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
