//! `quality profile`: what is in a data set, column by column.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{reference, spare, watched};
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::output::Output;
use crate::cli::report;
use crate::diag::Diagnostic;
use crate::diag::levels::{self, Levels};
use crate::run::os_world::OsWorld;
use crate::run::profile::{self, Profile, ProfileRequest};
use crate::source::SourceMap;

/// Say what is in data: types, nulls, values, patterns, keys
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile quality profile orders.csv
  glue-compile quality profile lake/orders/                         all files below the folder
  glue-compile quality profile orders.parquet --reference customers=customers.csv    and keys of it
  glue-compile quality profile orders.csv --format json             every figure

Exit codes: 0 the data was read, 4 it could not be.")]
pub(super) struct ProfileArgs {
    #[command(flatten)]
    pub(super) data: DataArgs,
}

/// The data, and what it may refer to.
#[derive(Debug, Args)]
pub(super) struct DataArgs {
    /// The data: Parquet, CSV or JSON lines; a file, a folder or a glob
    #[arg(value_name = "DATA")]
    data: PathBuf,
    /// Another data set (file, folder or glob), whose keys columns may hold
    #[arg(long = "reference", value_name = "ALIAS=PATH", value_parser = reference)]
    references: Vec<(String, PathBuf)>,
}

impl DataArgs {
    /// The name of the data, as it was given.
    pub(super) fn name(&self) -> String {
        self.data.display().to_string()
    }

    /// Profiles the data; why it cannot be is written.
    pub(super) fn profile(&self, levels: &Levels, output: &Output) -> Result<Profile, Exit> {
        let references = self.references.iter().map(|(_, path)| path.as_path());
        let read: Vec<&Path> = std::iter::once(self.data.as_path()).chain(references).collect();
        spare(&read, &[output.file()], output)?;
        let request = ProfileRequest { data: self.data.clone(), references: self.references.iter().cloned().collect() };
        let found = watched(output, |watch| profile::profile(&OsWorld, &request, watch));
        found.map_err(|diagnostic| refused(diagnostic, levels, output))
    }
}

fn refused(diagnostic: Diagnostic, levels: &Levels, output: &Output) -> Exit {
    let map = SourceMap::default();
    let diagnostics = levels::apply(vec![diagnostic], &map, levels);
    match output.format() {
        Format::Json => {
            output.diagnostics(&diagnostics, &map);
        }
        // The result would be taken for a ruleset.
        _ => output.diagnostic_messages(&diagnostics, &map),
    }
    Exit::RunFailed
}

/// Profiles and writes what was found.
pub(super) fn run(args: ProfileArgs, levels: Levels, output: &Output) -> Exit {
    if !matches!(output.format(), Format::Text | Format::Json) {
        return output.usage("`quality profile` writes `text` and `json` only");
    }
    let profile = match args.data.profile(&levels, output) {
        Ok(profile) => profile,
        Err(exit) => return exit,
    };
    let text = match output.format() {
        Format::Json => report::profile::json(&profile),
        _ => report::profile::text(&args.data.name(), &profile, output.result_style()),
    };
    output.result(&text).err().unwrap_or(Exit::Fine)
}
