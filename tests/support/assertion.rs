//! Assertions in comments: `# error[GC0402]: amuont` on the line of the primary label.
//!
//! Severity, code, then the source text of the primary label; the text is left out if the label is empty or spans
//! lines. In SQL the comment begins with `--`. A line that begins with `#^` or `--^` speaks of the line above it and
//! is taken out before the compiler sees the file; above the first line it speaks of a diagnostic without a place.

use std::sync::LazyLock;

use regex::Regex;

/// One expected diagnostic.
#[derive(Debug, Clone)]
pub struct Assertion {
    /// The line of the file, from 1; 0 for a diagnostic without a place.
    pub line: usize,
    /// The line of the page it is written in.
    pub written: usize,
    /// `error`, `warning`, `hint`
    pub severity: String,
    /// `GC0402`
    pub code: String,
    /// The text of the primary label; empty if it is empty or spans lines.
    pub text: String,
}

static ASSERTION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:#|--)\^?\s*(error|warning|hint)\[(GC\d{4})\](:?)").expect("the pattern is right"));

/// The text without marker lines, and its assertions. `opening` is the page's line with the opening fence.
pub fn extract(block: &str, opening: usize) -> (String, Vec<Assertion>) {
    let mut text = String::new();
    let mut assertions = Vec::new();
    let mut line_number = 0;
    for (at, line) in block.split_inclusive('\n').enumerate() {
        let trimmed = line.trim_start();
        let is_marker = (trimmed.starts_with("#^") || trimmed.starts_with("--^")) && ASSERTION.is_match(trimmed);
        if !is_marker {
            line_number += 1;
            text.push_str(line);
        }
        assertions.extend(assertions_of(line, line_number, opening + at + 1));
    }
    (text, assertions)
}

fn assertions_of(line: &str, line_number: usize, written: usize) -> Vec<Assertion> {
    let found: Vec<_> = ASSERTION.captures_iter(line).collect();
    let ends = found.iter().skip(1).map(|next| next.get(0).expect("the whole match").start()).chain([line.len()]);
    found
        .iter()
        .zip(ends)
        .map(|(captures, end)| Assertion {
            line: line_number,
            written,
            severity: captures[1].to_owned(),
            code: captures[2].to_owned(),
            text: if captures[3].is_empty() {
                String::new()
            } else {
                line[captures.get(0).expect("the whole match").end()..end].trim().to_owned()
            },
        })
        .collect()
}
