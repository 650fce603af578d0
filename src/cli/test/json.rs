//! Tests as a document for programs: a versioned view. Fields are added, never renamed or removed.

use serde::Serialize;

use crate::diag::Diagnostic;
use crate::diag::render::json::{DiagnosticView, view};
use crate::source::SourceMap;
use crate::testing::{Coverage, Failure, TestReport, TestResult};

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tests: Vec<TestView<'a>>,
    coverage: Vec<JobView<'a>>,
    diagnostics: Vec<DiagnosticView>,
}

#[derive(Serialize)]
struct TestView<'a> {
    name: &'a str,
    file: &'a str,
    line: usize,
    job: &'a str,
    passed: bool,
    elapsed_ms: f64,
    failures: Vec<FailureView<'a>>,
}

#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum FailureView<'a> {
    Status { expected: &'a str, actual: &'a str, said: Vec<DiagnosticView> },
    Count { of: &'a str, expected: usize, actual: usize },
    Rows { of: &'a str, rows: Vec<DifferenceView<'a>> },
}

#[derive(Serialize)]
struct DifferenceView<'a> {
    expected_row: Option<usize>,
    actual_row: Option<usize>,
    cells: Vec<CellView<'a>>,
}

#[derive(Serialize)]
struct CellView<'a> {
    column: &'a str,
    expected: Option<&'a str>,
    actual: Option<&'a str>,
    differs: bool,
}

#[derive(Serialize)]
struct JobView<'a> {
    job: &'a str,
    tests: usize,
    nodes: Vec<NodeView<'a>>,
}

#[derive(Serialize)]
struct NodeView<'a> {
    node: &'a str,
    reached: bool,
    rules: Vec<RuleView<'a>>,
}

#[derive(Serialize)]
struct RuleView<'a> {
    rule: &'a str,
    passed: bool,
    failed: bool,
}

/// The whole document.
pub(super) fn document(report: &TestReport) -> String {
    let document = Document {
        version: 1,
        tests: report.tests.iter().map(|one| test(one, &report.map)).collect(),
        coverage: coverage(&report.coverage),
        diagnostics: view(&report.diagnostics, &report.map),
    };
    // A view of texts and lists always serializes.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn test<'a>(test: &'a TestResult, map: &SourceMap) -> TestView<'a> {
    TestView {
        name: &test.name,
        file: &test.file,
        line: test.line,
        job: &test.job,
        passed: test.failures.is_empty(),
        elapsed_ms: test.elapsed.as_secs_f64() * 1000.0,
        failures: test.failures.iter().map(|one| failure(one, map)).collect(),
    }
}

fn failure<'a>(failure: &'a Failure, map: &SourceMap) -> FailureView<'a> {
    match failure {
        Failure::Status { expected, actual, said } => {
            // What a run says is about no file of the tests.
            let bare = said.iter().map(|diagnostic| Diagnostic { labels: Vec::new(), fix: None, ..diagnostic.clone() });
            FailureView::Status { expected, actual, said: view(&bare.collect::<Vec<_>>(), map) }
        }
        Failure::Count { of, expected, actual } => FailureView::Count { of, expected: *expected, actual: *actual },
        Failure::Rows { of, columns, differences } => {
            let row = |difference: &'a crate::testing::Difference| DifferenceView {
                expected_row: difference.expected,
                actual_row: difference.actual,
                cells: columns
                    .iter()
                    .zip(&difference.cells)
                    .map(|(column, cell)| CellView {
                        column,
                        expected: cell.expected.as_deref(),
                        actual: cell.actual.as_deref(),
                        differs: cell.differs,
                    })
                    .collect(),
            };
            FailureView::Rows { of, rows: differences.iter().map(row).collect() }
        }
    }
}

fn coverage(coverage: &Coverage) -> Vec<JobView<'_>> {
    let jobs = coverage.jobs.iter().map(|(name, job)| JobView {
        job: name,
        tests: job.tests,
        nodes: job
            .nodes
            .iter()
            .map(|(name, node)| NodeView {
                node: name,
                reached: node.reached,
                rules: node
                    .rules
                    .iter()
                    .map(|rule| RuleView { rule: &rule.rule, passed: rule.passed, failed: rule.failed })
                    .collect(),
            })
            .collect(),
    });
    jobs.collect()
}
