//! `JUnit` XML: a suite a file, a failed case a diagnostic; what test reporters of CI servers read.

use super::{file_name, paragraph, place, shown_path};
use crate::diag::{Diagnostic, Severity};
use crate::source::SourceMap;

/// Renders the files as suites. Errors and warnings are failures; a file without them is one passed case.
pub fn render(diagnostics: &[Diagnostic], map: &SourceMap) -> String {
    let grave: Vec<&Diagnostic> = diagnostics.iter().filter(|diagnostic| diagnostic.severity != Severity::Hint).collect();
    let mut suites: Vec<(String, Vec<&Diagnostic>)> = map.iter().map(|(_, file)| (shown_path(&file.path), Vec::new())).collect();
    for diagnostic in &grave {
        let name = place(diagnostic).map_or_else(|| "project".to_owned(), |span| file_name(map, span));
        match suites.iter_mut().find(|(suite, _)| *suite == name) {
            Some((_, cases)) => cases.push(diagnostic),
            None => suites.push((name, vec![diagnostic])),
        }
    }
    let tests: usize = suites.iter().map(|(_, cases)| cases.len().max(1)).sum();
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"glue-compile\" tests=\"{tests}\" failures=\"{}\">\n",
        grave.len()
    );
    for (name, cases) in &suites {
        let name = escape(name);
        out.push_str(&format!("  <testsuite name=\"{name}\" tests=\"{}\" failures=\"{}\">\n", cases.len().max(1), cases.len()));
        if cases.is_empty() {
            out.push_str(&format!("    <testcase classname=\"{name}\" name=\"check\"/>\n"));
        }
        for case in cases {
            out.push_str(&failure(case, &name, map));
        }
        out.push_str("  </testsuite>\n");
    }
    out + "</testsuites>\n"
}

fn failure(diagnostic: &Diagnostic, suite: &str, map: &SourceMap) -> String {
    let at = place(diagnostic).map(|span| map.start(span)).map(|at| format!(" at {}:{}", at.line, at.column)).unwrap_or_default();
    format!(
        "    <testcase classname=\"{suite}\" name=\"{} {}{at}\">\n      <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
        diagnostic.code.number,
        diagnostic.code.name,
        diagnostic.severity.name(),
        escape(&diagnostic.message),
        escape(&paragraph(diagnostic)),
    )
}

/// Text for XML; characters that XML 1.0 cannot hold become U+FFFD.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
