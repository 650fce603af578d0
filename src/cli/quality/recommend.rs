//! `quality recommend`: a ruleset for data like this.

use clap::Args;

use super::profile::DataArgs;
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::output::Output;
use crate::cli::report;
use crate::diag::levels::Levels;
use crate::run::profile::recommend::{self, Strictness};

/// Write a ruleset that data passes, with the evidence of each rule
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile quality recommend orders.csv
  glue-compile quality recommend lake/orders/              all files below the folder
  glue-compile quality recommend orders.csv --output orders.dqdl
  glue-compile quality recommend orders.csv --reference customers=customers.csv    and keys of it
  glue-compile quality recommend orders.csv --strict       less room, means too

The rules hold on the data that they were made from. Read them before tomorrow's data has to pass them too.

Exit codes: 0 the data was read, 4 it could not be.")]
pub(super) struct RecommendArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Leave little room for data that differs, and bound means and deviations too
    #[arg(long)]
    strict: bool,
}

/// Profiles, and writes the rules.
pub(super) fn run(args: RecommendArgs, levels: Levels, output: &Output) -> Exit {
    if !matches!(output.format(), Format::Text | Format::Json) {
        return output.usage("`quality recommend` writes `text` and `json` only");
    }
    let profile = match args.data.profile(&levels, output) {
        Ok(profile) => profile,
        Err(exit) => return exit,
    };
    let strictness = if args.strict { Strictness::Strict } else { Strictness::Usual };
    let rules = recommend::recommend(&profile, strictness);
    let (ruleset, rules) = recommend::ruleset(&args.data.name(), &profile, rules);
    let text = match output.format() {
        Format::Json => report::profile::recommendations(&ruleset, &rules),
        _ => ruleset,
    };
    output.result(&text).err().unwrap_or(Exit::Fine)
}
