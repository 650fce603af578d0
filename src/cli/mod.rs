//! The command line: one file a command, one place that writes, one place that knows exit codes.

mod bug;
mod check;
mod completions;
mod diff;
mod exit;
mod explain;
mod fix;
mod fmt;
mod format;
mod help;
mod init;
mod lineage;
mod lsp;
mod man;
mod output;
mod pin;
mod plan;
mod quality;
mod report;
mod run;
mod schema;
mod since;
mod test;
mod topics;
mod units;

use std::process::ExitCode;

use clap::{Args, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::diag::levels::{Levels, Selector};
use format::Format;
use output::{Color, Output};

/// A compiler for data pipelines: YAML pipeline specs and DQDL rulesets in; checked plans, good rows and quarantined rows out.
#[derive(Debug, Parser)]
#[command(name = "glue-compile", version, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    global: Global,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
struct Global {
    /// How results and diagnostics are written
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    format: Format,
    /// Write the result to a file instead of standard output
    #[arg(long, global = true, value_name = "FILE")]
    output: Option<std::path::PathBuf>,
    /// Treat as errors: a code (`GC0150`), its name (`aws-portability`), a range (`GC08`), `lints` or `warnings`
    #[arg(short = 'D', long, global = true, value_name = "CODE", value_parser = Selector::parse)]
    deny: Vec<Selector>,
    /// Treat as warnings
    #[arg(short = 'W', long, global = true, value_name = "CODE", value_parser = Selector::parse)]
    warn: Vec<Selector>,
    /// Do not show (errors by nature stay)
    #[arg(short = 'A', long, global = true, value_name = "CODE", value_parser = Selector::parse)]
    allow: Vec<Selector>,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    color: Color,
    /// Write results only: no summaries, no progress
    #[arg(short, long, global = true)]
    quiet: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::InitArgs),
    Check(check::CheckArgs),
    Fix(fix::FixArgs),
    Fmt(fmt::FmtArgs),
    Pin(pin::PinArgs),
    Plan(plan::PlanArgs),
    Run(run::RunArgs),
    Test(test::TestArgs),
    Lineage(lineage::LineageArgs),
    Diff(diff::DiffArgs),
    Quality(quality::QualityArgs),
    Explain(explain::ExplainArgs),
    Lsp(lsp::LspArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
}

/// Reads the command line, does what it says, and returns the exit code.
pub fn main() -> ExitCode {
    bug::install_hook();
    let matches = match help::command().try_get_matches() {
        Ok(matches) => matches,
        Err(error) => return output::clap_message(&error).into(),
    };
    let cli = match Cli::from_arg_matches(&matches) {
        Ok(cli) => cli,
        Err(error) => return output::clap_message(&error.format(&mut help::command())).into(),
    };
    let Global { format, output, deny, warn, allow, color, quiet } = cli.global;
    let levels = Levels { deny, warn, allow };
    let output = Output::new(format, output, color, quiet);
    let takes_it = matches!(cli.command, Command::Lineage(_) | Command::Diff(_));
    if format.is_of_one_command() && !takes_it {
        let command = matches.subcommand_name().unwrap_or_default();
        let name = format.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default();
        return output.usage(&format!("`{command}` does not write `{name}`")).into();
    }
    let exit = match cli.command {
        Command::Init(args) => init::run(&args, &output),
        Command::Check(args) => check::run(args, levels, &output),
        Command::Fix(args) => fix::run(args, levels, &output),
        Command::Fmt(args) => fmt::run(&args, &output),
        Command::Pin(args) => pin::run(args, levels, &output),
        Command::Plan(args) => plan::run(args, levels, &output),
        Command::Run(args) => run::run(args, levels, &output),
        Command::Test(args) => test::run(args, levels, &output),
        Command::Diff(args) => diff::run(args, levels, &output),
        Command::Lineage(args) => lineage::run(args, levels, &output),
        Command::Quality(args) => quality::run(args, levels, &output),
        Command::Explain(args) => explain::run(&args, &output),
        Command::Lsp(args) => lsp::run(&args, &output),
        Command::Schema(args) => schema::run(&args, &output),
        Command::Completions(args) => completions::run(&args, &output),
        Command::Man(args) => man::run(&args, &output),
    };
    exit.into()
}
