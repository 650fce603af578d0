//! `lineage`: where the columns of sinks come from, and what becomes of those of sources.

mod json;
mod mermaid;
pub(super) mod openlineage;
mod svg;
mod text;
mod tree;
mod view;

use std::path::PathBuf;

use clap::Args;

use super::check::{self, ProjectArgs};
use super::exit::Exit;
use super::format::Format;
use super::output::Output;
use super::run::chosen;
use crate::CheckOptions;
use crate::diag::levels::Levels;
use crate::run::os_world::OsWorld;
use view::{Chosen, Wanted};

/// Show which columns the columns of sinks are computed from
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile lineage                                        every column of every sink, with the columns of sources behind it
  glue-compile lineage orders --sink monthly                  those of one sink
  glue-compile lineage orders --column monthly.revenue        a column step by step, back to its sources
  glue-compile lineage orders --column raw.amount --downstream   what becomes of a column, down to rules and sinks
  glue-compile lineage --format json                          the same for programs, with every step
  glue-compile lineage --format openlineage                   a JobEvent a line, with schema and columnLineage facets
  glue-compile lineage --format mermaid                       a picture for Markdown
  glue-compile lineage --format svg --output lineage.svg      a picture of every node with its columns

A value is computed from a column directly (identity, cast, expression, aggregation), or a column decides over it: over the rows
there are (filter, join, group by, sort), over the rows around (window), over which of several values it is (condition).")]
pub(super) struct LineageArgs {
    /// A project folder, project file or spec
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// Only this job
    #[arg(long, value_name = "NAME")]
    job: Option<String>,
    /// Only this sink
    #[arg(long, value_name = "NAME")]
    sink: Option<String>,
    /// One column step by step: `COLUMN`, `NODE.COLUMN` or `NODE.PORT.COLUMN`
    #[arg(long, value_name = "COLUMN")]
    column: Option<String>,
    /// Towards the sources, as is usual
    #[arg(long, requires = "column", conflicts_with = "downstream")]
    upstream: bool,
    /// Towards the sinks
    #[arg(long, requires = "column")]
    downstream: bool,
    #[command(flatten)]
    project: ProjectArgs,
}

/// Checks the project and writes the lineage; errors are written instead of it.
pub(super) fn run(args: LineageArgs, levels: Levels, output: &Output) -> Exit {
    if let Some(exit) = output.refused_ruleset(&args.path) {
        return exit;
    }
    let is_whole = matches!(output.format(), Format::Openlineage | Format::Mermaid | Format::Svg);
    let is_fit = is_whole || matches!(output.format(), Format::Text | Format::Json);
    if !is_fit {
        return output.usage("`lineage` writes `text`, `json`, `openlineage`, `mermaid` or `svg`");
    }
    if args.column.is_some() && is_whole {
        return output.usage("`--column` goes with `--format text` and `--format json`");
    }
    let options = CheckOptions { job: args.job.clone(), ..args.project.into_options(false, levels) };
    let checked = check::columns(&OsWorld, &args.path, &options);
    let Some(program) = checked.program.as_ref().filter(|_| !checked.has_errors()) else {
        return output.refused(&checked.diagnostics, &checked.map);
    };
    if args.job.is_some()
        && let Err(unknown) = chosen(program, args.job.as_deref())
    {
        output.diagnostic_messages(&[unknown], &checked.map);
        return Exit::Usage;
    }
    let wanted = Wanted { job: args.job, sink: args.sink, column: args.column, downstream: args.downstream };
    let jobs = match Chosen::of(program, &wanted) {
        Ok(jobs) => jobs,
        Err(unknown) => {
            output.diagnostic_messages(&[unknown], &checked.map);
            return Exit::Usage;
        }
    };
    output.diagnostic_messages(&checked.diagnostics, &checked.map);
    let text = match output.format() {
        Format::Json => json::document(&jobs),
        Format::Openlineage => openlineage::events(program, &jobs, &OsWorld),
        Format::Mermaid => mermaid::picture(&jobs),
        Format::Svg => svg::picture(&jobs),
        _ if wanted.column.is_some() => text::trees(&jobs, output.result_style()),
        _ => text::sinks(&jobs, output.result_style()),
    };
    output.result(&text).err().unwrap_or(Exit::Fine)
}
