//! `test`: runs the project's own tests.

mod json;
mod junit;
mod text;

use std::path::PathBuf;

use clap::Args;

use super::check::ProjectArgs;
use super::exit::Exit;
use super::format::Format;
use super::output::{Output, reason};
use crate::diag::levels::Levels;
use crate::diag::{Edit, Severity};
use crate::testing::{self, TestOptions, TestReport};

/// Run the tests of a project: jobs on given rows, what they write held against what is expected
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile test                               all tests of the project in this folder
  glue-compile test orders --filter quarantine    those whose name, or whose job's name, contains the word
  glue-compile test --update                      make the tests expect what is there; look at the difference before committing it
  glue-compile test --format junit --output test.xml   in continuous integration

Tests stand in files named `*.test.yaml` beside the specs, below `pipelines/` or `tests/`. A job runs on the rows of the test in a
temporary folder: no source of its own is read, nothing of its own is written. Exit code 1 says that a test failed.")]
pub(super) struct TestArgs {
    /// A project folder, project file or spec
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// Only tests whose name, or whose job's name, contains this
    #[arg(long, value_name = "WORD")]
    filter: Option<String>,
    /// Rewrite what failing tests expect, cell by cell; comments stay
    #[arg(long)]
    update: bool,
    #[command(flatten)]
    project: ProjectArgs,
}

/// Runs the tests and writes what they said.
pub(super) fn run(args: TestArgs, levels: Levels, output: &Output) -> Exit {
    if let Some(exit) = output.refused_ruleset(&args.path) {
        return exit;
    }
    if !matches!(output.format(), Format::Text | Format::Json | Format::Junit) {
        return output.usage("`test` writes `text`, `json` or `junit`");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.error(&format!("the engine cannot start: {error}"));
            return Exit::RunFailed;
        }
    };
    // Columns that are not declared stay unknown: no data of the project's own is looked at.
    let options = TestOptions { check: args.project.into_options(false, levels), filter: args.filter };
    let report = testing::run(&args.path, &options, &runtime);
    if report.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return output.refused(&report.diagnostics, &report.map);
    }
    if let (Some(word), true) = (&options.filter, report.tests.is_empty()) {
        return output.usage(&format!("no test is called like `{word}`"));
    }
    let written = match output.format() {
        Format::Json => output.result(&json::document(&report)),
        Format::Junit => output.result(&junit::document(&report)),
        _ => output.result(&text::report(&report, output.result_style())),
    };
    if let Err(exit) = written {
        return exit;
    }
    let failed = report.tests.iter().any(|test| !test.failures.is_empty());
    if args.update && failed {
        return update(&report, output);
    }
    if failed { Exit::Faults } else { Exit::Fine }
}

/// Writes the edits of all failing tests into their files.
fn update(report: &TestReport, output: &Output) -> Exit {
    let edits: Vec<&Edit> = report.tests.iter().flat_map(|test| &test.edits).collect();
    let mut exit = Exit::Fine;
    for (file, source) in report.map.iter() {
        let own: Vec<&Edit> = edits.iter().copied().filter(|edit| edit.span.file == file).collect();
        if own.is_empty() {
            continue;
        }
        match std::fs::write(&source.path, edited(&source.text, own)) {
            Ok(()) => output.note(&format!("rewrote {}", source.path.display())),
            Err(error) => {
                output.error(&format!("`{}` cannot be written: {}", source.path.display(), reason(&error)));
                exit = Exit::RunFailed;
            }
        }
    }
    let is_shared = |test: &&testing::TestResult| {
        test.edits.is_empty() && test.failures.iter().any(|failure| matches!(failure, testing::Failure::Rows { .. }))
    };
    for test in report.tests.iter().filter(is_shared) {
        output.error(&format!("the rows of `{}` stand in another place too (`&`, `*`): change them by hand", test.name));
        exit = Exit::Faults;
    }
    let mendable =
        |test: &&testing::TestResult| test.failures.iter().all(|failure| !matches!(failure, testing::Failure::Status { .. }));
    if exit == Exit::Fine && !report.tests.iter().filter(|test| !test.failures.is_empty()).all(|test| mendable(&test)) {
        output.error("how a job ends is not rewritten: `status` says what is expected");
        return Exit::Faults;
    }
    exit
}

/// The text after its edits, of which none overlaps another.
fn edited(text: &str, mut edits: Vec<&Edit>) -> String {
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut out = String::new();
    let mut at = 0;
    for edit in edits {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        let Some(kept) = text.get(at..start) else { continue };
        out.push_str(kept);
        out.push_str(&edit.text);
        at = end;
    }
    out + text.get(at..).unwrap_or_default()
}
