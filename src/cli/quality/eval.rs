//! `quality eval`: a ruleset on data, no project needed.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::{reference, spare};
use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::output::{self, Output};
use crate::cli::report;
use crate::diag::levels::Levels;
use crate::diag::{Diagnostic, codes};
use crate::run::eval::{self, EvalRequest, Evaluation};
use crate::run::os_world::OsWorld;
use crate::run::report::RuleOutcome;

/// Evaluate a ruleset on data
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile quality eval orders.dqdl orders.csv
  glue-compile quality eval orders.dqdl lake/orders/                      all files below the folder
  glue-compile quality eval orders.dqdl orders.parquet --reference customers=customers.csv
  glue-compile quality eval orders.dqdl orders.csv --rows judged.jsonl    each row with the rules it passes and fails
  glue-compile quality eval orders.dqdl monday.csv --state figures.db     rules may compare with earlier evaluations

Exit codes: 0 all rules hold, 1 the ruleset has errors, 3 some rule fails, 4 the data could not be read.")]
pub(super) struct EvalArgs {
    /// The ruleset, a `.dqdl` file
    #[arg(value_name = "RULESET")]
    ruleset: PathBuf,
    /// The data: Parquet, CSV or JSON lines; a file, a folder or a glob
    #[arg(value_name = "DATA")]
    data: PathBuf,
    /// Another data set (file, folder or glob) that rules may name
    #[arg(long = "reference", value_name = "ALIAS=PATH", value_parser = reference)]
    references: Vec<(String, PathBuf)>,
    /// What is accepted: exactly what AWS's parser accepts, or also what is plainly meant, with warnings
    #[arg(long, value_enum, default_value_t = Dqdl::Superset, value_name = "DIALECT")]
    dqdl: Dqdl,
    /// Evaluate what can be evaluated: a rule that does not check has failed, with the reason
    #[arg(long)]
    keep_going: bool,
    /// Write every row with the rules it passes, fails and skips (`.jsonl`, `.csv` or `.parquet`)
    #[arg(long, value_name = "FILE")]
    rows: Option<PathBuf>,
    /// Record what is measured in this SQLite file, and let `last(…)` read what was recorded there
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Whose figures they are there [default: the ruleset's name]
    #[arg(long, value_name = "NAME", requires = "state")]
    context: Option<String>,
    /// Report every figure that is out of line with its history, whether or not a rule is about it; the rules decide as before
    #[arg(long, requires = "state")]
    observations: bool,
    /// Show which passes over the data there would be and why; evaluate nothing
    #[arg(long, conflicts_with_all = ["rows", "state"])]
    plan: bool,
    /// How a rule counts rows that its `where` leaves out, in `--rows`
    #[arg(long, value_enum, default_value_t = Filtered::Passed, value_name = "LABEL")]
    filtered_rows: Filtered,
    /// What `and` and `or` join: the verdicts of rules over the data, or of each row
    #[arg(long, value_enum, default_value_t = Composite::Column, value_name = "METHOD")]
    composite: Composite,
}

/// `--filtered-rows`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Filtered {
    /// they pass it
    Passed,
    /// they skip it
    Skipped,
}

/// `--composite`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Composite {
    /// of each row, where every part judges rows
    Row,
    /// of rules over the data
    Column,
}

/// `--dqdl`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Dqdl {
    /// what AWS's parser accepts
    Strict,
    /// that and more, with warnings
    Superset,
}

/// Evaluates and writes the outcomes.
pub(super) fn run(args: EvalArgs, levels: Levels, output: &Output) -> Exit {
    let request = EvalRequest {
        ruleset: args.ruleset,
        data: args.data,
        references: args.references.into_iter().collect(),
        strict: args.dqdl == Dqdl::Strict,
        keep_going: args.keep_going,
        rows: args.rows,
        state: args.state,
        context: args.context,
        observe_all: args.observations,
        plan: args.plan,
        filtered_rows_skip: args.filtered_rows == Filtered::Skipped,
        composites_by_rows: args.composite == Composite::Row,
        levels,
    };
    let references = request.references.values().map(PathBuf::as_path);
    let read: Vec<&Path> =
        [request.ruleset.as_path(), &request.data].into_iter().chain(references).chain(request.state.as_deref()).collect();
    if let Err(exit) = spare(&read, &[request.rows.as_deref(), output.file()], output) {
        return exit;
    }
    let evaluation = eval::evaluate(&OsWorld, &request);
    match written(&evaluation, &request, output) {
        Ok(()) => exit(&evaluation),
        Err(exit) => exit,
    }
}

fn written(evaluation: &Evaluation, request: &EvalRequest, output: &Output) -> Result<(), Exit> {
    let Evaluation { map, diagnostics, report, plan, .. } = evaluation;
    if let Some(plan) = plan {
        output.diagnostic_messages(diagnostics, map);
        return output.result(plan);
    }
    match (output.format(), report) {
        (Format::Json, report) => output.result(&report::json::evaluation(report.as_ref(), diagnostics, map)),
        (Format::Text, Some(report)) => {
            output.diagnostic_messages(diagnostics, map);
            let name = request.ruleset.display().to_string();
            output.result(&report::text::quality_section(&name, report, output.result_style()))
        }
        (_, report) => {
            let failed = report.iter().flat_map(|report| &report.outcomes).filter(|outcome| !outcome.passed).map(failure);
            let all: Vec<Diagnostic> = diagnostics.iter().cloned().chain(failed).collect();
            output.diagnostics(&all, map);
            Ok(())
        }
    }
}

/// A rule that does not hold, for formats that know diagnostics only.
fn failure(outcome: &RuleOutcome) -> Diagnostic {
    let message = format!("the rule `{}` does not hold", outcome.rule);
    let failed = Diagnostic::new(&codes::run::QUALITY_GATE, outcome.place, message).here("this rule");
    outcome.reason.iter().fold(failed, |failed, reason| failed.note(reason.clone()))
}

fn exit(evaluation: &Evaluation) -> Exit {
    match &evaluation.report {
        None if evaluation.unreadable => Exit::RunFailed,
        None if evaluation.plan.is_some() => output::verdict(&evaluation.diagnostics),
        None => Exit::Faults,
        Some(report) if report.outcomes.iter().all(|outcome| outcome.passed) => output::verdict(&evaluation.diagnostics),
        Some(_) => Exit::GateFailed,
    }
}
