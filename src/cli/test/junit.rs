//! Tests as `JUnit` XML: a suite a file, a case a test.

use super::text;
use crate::diag::render::junit::escape;
use crate::diag::render::terminal::Style;
use crate::testing::{TestReport, TestResult};

/// The whole document.
pub(super) fn document(report: &TestReport) -> String {
    let failed = |tests: &[&TestResult]| tests.iter().filter(|test| !test.failures.is_empty()).count();
    let all: Vec<&TestResult> = report.tests.iter().collect();
    let mut files: Vec<&str> = all.iter().map(|test| test.file.as_str()).collect();
    files.dedup();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"glue-compile\" tests=\"{}\" failures=\"{}\">\n",
        all.len(),
        failed(&all)
    );
    for file in files {
        let tests: Vec<&TestResult> = all.iter().copied().filter(|test| test.file == file).collect();
        let name = escape(file);
        out.push_str(&format!("  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\">\n", tests.len(), failed(&tests)));
        tests.iter().for_each(|test| out.push_str(&case(test, &name)));
        out.push_str("  </testsuite>\n");
    }
    out + "</testsuites>\n"
}

fn case(test: &TestResult, suite: &str) -> String {
    let head = format!(
        "    <testcase classname=\"{suite}\" name=\"{}\" file=\"{suite}\" line=\"{}\" time=\"{:.3}\"",
        escape(&test.name),
        test.line,
        test.elapsed.as_secs_f64()
    );
    if test.failures.is_empty() {
        return head + "/>\n";
    }
    let told: String =
        test.failures.iter().map(|failure| text::failure(failure, Style { color: false, ..Style::default() })).collect();
    let first = told.lines().next().unwrap_or_default().trim();
    format!("{head}>\n      <failure message=\"{}\">{}</failure>\n    </testcase>\n", escape(first), escape(&told))
}
