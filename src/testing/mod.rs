//! The project's own tests: jobs run on rows that a test gives, and what they write is held against what it expects.
//!
//! In: a project and its `*.test.yaml` files. Out: a [`TestReport`], and edits that would make tests pass. A job runs as it always does,
//! on the same engine; its sources read fixtures in a temporary folder, its sinks write there, and nothing else is touched.

mod compare;
mod coverage;
mod expect;
mod given;
mod load;
mod update;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde_json::{Map, Value as Json};

use crate::diag::{Diagnostic, Edit, Severity, Sink, codes, levels};
use crate::ir::Program;
use crate::run::execute::{self, RunIdentity};
use crate::run::os_world::OsWorld;
use crate::run::progress::Unwatched;
use crate::run::report::{RunReport, Status};
use crate::source::SourceMap;
use crate::world::World;
use crate::{CheckOptions, check};

pub use compare::{Cell, Difference};
pub use coverage::{Coverage, JobCoverage, NodeCoverage, RuleCoverage};

/// A row of an output.
pub type Row = Map<String, Json>;

/// What the tests of a project said.
#[derive(Debug, Default)]
pub struct TestReport {
    /// The files that were read.
    pub map: SourceMap,
    /// What is wrong with the project or its tests; with an error among it nothing ran.
    pub diagnostics: Vec<Diagnostic>,
    /// The tests in the order of their files.
    pub tests: Vec<TestResult>,
    /// What the tests have met.
    pub coverage: Coverage,
}

/// What came of a test.
#[derive(Debug)]
pub struct TestResult {
    /// Its name.
    pub name: String,
    /// The file it stands in, as shown.
    pub file: String,
    /// The line of its name.
    pub line: usize,
    /// The job it runs.
    pub job: String,
    /// What was not as expected; empty for a test that passed.
    pub failures: Vec<Failure>,
    /// How long it took.
    pub elapsed: Duration,
    /// What would make it pass, in its file.
    pub edits: Vec<Edit>,
}

/// Something that is not as expected.
#[derive(Debug)]
pub enum Failure {
    /// The job ended otherwise.
    Status {
        /// How it was to end.
        expected: &'static str,
        /// How it ended.
        actual: &'static str,
        /// What the run said.
        said: Vec<Diagnostic>,
    },
    /// An output has another number of rows.
    Count {
        /// The output or sink.
        of: String,
        /// So many were expected.
        expected: usize,
        /// So many there are.
        actual: usize,
    },
    /// An output has other rows.
    Rows {
        /// The output or sink.
        of: String,
        /// The columns that were looked at.
        columns: Vec<String>,
        /// Where they differ.
        differences: Vec<Difference>,
    },
}

/// What to run.
#[derive(Debug, Default)]
pub struct TestOptions {
    /// Target, variables, levels.
    pub check: CheckOptions,
    /// Only tests whose name, or whose job's name, contains it.
    pub filter: Option<String>,
}

/// The names of a run's ends, in tests and reports.
pub(crate) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Succeeded => "succeeded",
        Status::GateFailed => "gate_failed",
        Status::Failed => "failed",
    }
}

/// The tests that are meant by a path: those of a file of tests, or all.
fn only(path: &Path) -> Option<&Path> {
    crate::spec::load::is_test_file(path).then_some(path)
}

/// What is wrong with the tests of a project that `path` names, as they are written; none is run. Their files join `map`.
pub fn faults(world: &dyn World, path: &Path, program: &Program, map: &mut SourceMap) -> Vec<Diagnostic> {
    let mut sink = Sink::default();
    let files = load::files(world, &program.root, only(path), map, &mut sink);
    load::tests(&files, program, &mut sink);
    sink.finish(map)
}

/// Runs the tests of a project.
pub fn run(path: &Path, options: &TestOptions, runtime: &tokio::runtime::Runtime) -> TestReport {
    let mut report = TestReport::default();
    let checked = check(&OsWorld, path, &options.check);
    let project_errors = checked.has_errors();
    report.map = checked.map;
    report.diagnostics = checked.diagnostics;
    let Some(program) = checked.program.filter(|_| !project_errors) else { return report };
    let mut sink = Sink::default();
    let first = report.map.next();
    let files = load::files(&OsWorld, &program.root, only(path), &mut report.map, &mut sink);
    if files.is_empty() && sink.is_empty() {
        sink.push(load::none(&program));
    }
    let tests = load::tests(&files, &program, &mut sink);
    report.diagnostics.extend(levels::apply_from(first, sink.finish(&report.map), &report.map, &options.check.levels));
    if report.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error) {
        return report;
    }
    let mut coverage = Coverage::of(&program);
    let is_wanted = |test: &load::Test| {
        options
            .filter
            .as_ref()
            .is_none_or(|word| test.name.value.contains(word.as_str()) || test.job.value.contains(word.as_str()))
    };
    for test in tests.iter().filter(|test| is_wanted(test)) {
        let start = Instant::now();
        let place = report.map.start(test.name.span());
        let mut result = TestResult {
            name: test.name.value.clone(),
            file: crate::diag::render::file_name(&report.map, test.name.span()),
            line: place.line,
            job: test.job.value.clone(),
            failures: Vec::new(),
            elapsed: Duration::ZERO,
            edits: Vec::new(),
        };
        match one(path, test, options, &program, runtime) {
            Ok((run, outputs)) => {
                coverage.met(&run);
                judge(test, &run, &outputs, &mut result, &report.map);
            }
            Err(said) => {
                let expected = test.status.unwrap_or(status_name(Status::Succeeded));
                result.failures.push(Failure::Status { expected, actual: "not run", said });
            }
        }
        result.elapsed = start.elapsed();
        report.tests.push(result);
    }
    report.coverage = coverage;
    report
}

/// The rows of every output that a test speaks of, by the place of the expectation.
type Outputs = Vec<Vec<Row>>;

/// Runs the job of a test; what was said if it could not be begun.
fn one(
    path: &Path,
    test: &load::Test,
    options: &TestOptions,
    program: &Program,
    runtime: &tokio::runtime::Runtime,
) -> Result<(RunReport, Outputs), Vec<Diagnostic>> {
    // Rules are typed anew where a test has a clock, a target or variables of its own.
    let own = (test.now.is_some() || test.target.is_some() || !test.variables.is_empty()).then(|| {
        let mut options = options.check.clone();
        options.job = Some(test.job.value.clone());
        options.load.target = test.target.clone().or(options.load.target);
        options.load.variables.extend(test.variables.iter().cloned());
        check(&At { now: test.now }, path, &options)
    });
    if let Some(own) = own.as_ref().filter(|own| own.has_errors()) {
        return Err(own.diagnostics.clone());
    }
    let program = own.as_ref().and_then(|own| own.program.as_ref()).unwrap_or(program);
    let Some(job) = program.jobs.get(&test.job.value) else { return Err(Vec::new()) };
    let folder = tempfile::Builder::new().prefix("glue-compile-test-").tempdir();
    let folder = folder.map_err(|error| vec![no_folder(&error)])?;
    let prepared = given::prepare(job, test, &program.root, folder.path()).map_err(|diagnostic| vec![*diagnostic])?;
    let world = At { now: test.now };
    let identity = RunIdentity { run_id: "test".to_owned(), started_at: world.now() };
    let run = runtime.block_on(execute::run(&prepared.job, folder.path(), &world, &identity, &Unwatched));
    let rows = |folder: &PathBuf| expect::read(folder).map_err(|error| vec![unreadable(&error)]);
    let outputs = prepared.outputs.iter().map(rows).collect::<Result<_, _>>()?;
    Ok((run, outputs))
}

fn judge(test: &load::Test, run: &RunReport, outputs: &Outputs, result: &mut TestResult, map: &SourceMap) {
    let expected = test.status.unwrap_or(status_name(Status::Succeeded));
    let actual = status_name(run.status);
    if expected != actual {
        let said = run.diagnostics.iter().filter(|one| one.severity == Severity::Error).cloned().collect();
        result.failures.push(Failure::Status { expected, actual, said });
        if run.status == Status::Failed {
            // There are no rows to speak of.
            return;
        }
    }
    for (expected, rows) in test.expect.iter().zip(outputs) {
        if let Some(count) = &expected.count
            && count.value != rows.len()
        {
            let of = expected.name.value.clone();
            result.failures.push(Failure::Count { of, expected: count.value, actual: rows.len() });
            result.edits.push(Edit { span: count.span, text: rows.len().to_string() });
        }
        let Some(wanted) = &expected.rows else { continue };
        let compared = compare::rows(wanted, rows, expected.matching);
        if compared.differences.is_empty() {
            continue;
        }
        if wanted.is_own(expected.name.span(), map) {
            result.edits.extend(update::edits(wanted, rows, &compared, expected.matching, map));
        }
        let of = expected.name.value.clone();
        result.failures.push(Failure::Rows { of, columns: compared.columns, differences: compared.differences });
    }
}

fn no_folder(error: &std::io::Error) -> Diagnostic {
    Diagnostic::bare(&codes::run::WRITE_FAILED, "no temporary folder can be made for a test")
        .note(format!("the system says: {error}"))
}

fn unreadable(error: &str) -> Diagnostic {
    Diagnostic::bare(&codes::run::SOURCE_UNREADABLE, "what a test has written cannot be read back")
        .note(format!("the reason: {error}"))
}

/// The machine, at a moment that a test names.
struct At {
    now: Option<DateTime<Utc>>,
}

impl World for At {
    fn read(&self, path: &Path) -> std::io::Result<Arc<str>> {
        OsWorld.read(path)
    }

    fn open(&self, path: &Path) -> std::io::Result<Box<dyn std::io::Read + Send>> {
        OsWorld.open(path)
    }

    fn size(&self, path: &Path) -> std::io::Result<u64> {
        OsWorld.size(path)
    }

    fn tail(&self, path: &Path, len: usize) -> std::io::Result<Vec<u8>> {
        OsWorld.tail(path, len)
    }

    fn glob(&self, root: &Path, pattern: &str) -> std::io::Result<Vec<PathBuf>> {
        OsWorld.glob(root, pattern)
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        OsWorld.absolute(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        OsWorld.is_file(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        OsWorld.is_dir(path)
    }

    fn variable(&self, name: &str) -> Option<String> {
        OsWorld.variable(name)
    }

    fn now(&self) -> DateTime<Utc> {
        self.now.unwrap_or_else(|| OsWorld.now())
    }
}
