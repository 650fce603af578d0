//! Tests for people: a line a test, the rows that differ under each other, what no test has met.

use crate::cli::report::text::bold;
use crate::cli::units;
use crate::diag::render::terminal::Style;
use crate::testing::{Cell, Coverage, Difference, Failure, RuleCoverage, TestReport, TestResult};

const RED: &str = "31";
const GREEN: &str = "32";

/// The whole report.
pub(super) fn report(report: &TestReport, style: Style) -> String {
    let mut out = String::new();
    let mut file = "";
    for test in &report.tests {
        if test.file != file {
            file = &test.file;
            out.push_str(&format!("{}\n", bold(file, style)));
        }
        out.push_str(&one(test, style));
    }
    let failed = report.tests.iter().filter(|test| !test.failures.is_empty()).count();
    out.push('\n');
    out.push_str(&coverage(&report.coverage));
    let all = report.tests.len();
    let tests = if all == 1 { "1 test".to_owned() } else { format!("{all} tests") };
    let verdict = if failed == 0 { format!("{tests} passed") } else { format!("{failed} of {tests} failed") };
    out + &bold(&verdict, style) + "\n"
}

fn one(test: &TestResult, style: Style) -> String {
    let (mark, color) = if test.failures.is_empty() { ("✓", GREEN) } else { ("✗", RED) };
    let mut out = format!("  {} {} ({})\n", painted(mark, color, style), test.name, units::time(test.elapsed));
    for failure in &test.failures {
        out.push_str(&self::failure(failure, style));
    }
    out
}

/// What a test did not find as expected.
pub(super) fn failure(failure: &Failure, style: Style) -> String {
    match failure {
        Failure::Status { expected, actual, said } => {
            let mut out = format!("    the run was to end as `{expected}` and ended as `{actual}`\n");
            for diagnostic in said {
                out.push_str(&format!(
                    "      {}[{}]: {}\n",
                    diagnostic.severity.name(),
                    diagnostic.code.number,
                    diagnostic.message
                ));
                out.extend(diagnostic.notes.iter().map(|note| format!("        {note}\n")));
            }
            out
        }
        Failure::Count { of, expected, actual } => format!("    `{of}` was to hold {expected} rows and holds {actual}\n"),
        Failure::Rows { of, columns, differences } => {
            let rows = if differences.len() == 1 { "1 row".to_owned() } else { format!("{} rows", differences.len()) };
            format!("    `{of}`: {rows} not as expected\n{}", table(columns, differences, style))
        }
    }
}

/// Rows under each other, `-` what was expected, `+` what is there, `^` under what differs.
fn table(columns: &[String], differences: &[Difference], style: Style) -> String {
    let text = |text: Option<&String>| text.map_or_else(|| "·".to_owned(), |text| cut(text));
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let cells = differences.iter().filter_map(|difference| difference.cells.get(at));
            let texts = cells
                .flat_map(|cell| [cell.expected.as_ref(), cell.actual.as_ref()])
                .flatten()
                .map(|text| cut(text).chars().count());
            texts.chain([column.chars().count()]).max().unwrap_or_default()
        })
        .collect();
    let line = |mark: &str, cells: Vec<String>| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| {
                let shown = plain(cell).chars().count();
                format!("{cell}{}", " ".repeat(width.saturating_sub(shown)))
            })
            .collect();
        format!("      {mark} {}", padded.join("  ")).trim_end().to_owned() + "\n"
    };
    let mut out = line(" ", columns.to_vec());
    for difference in differences {
        let side = |of: fn(&Cell) -> Option<&String>, color: &'static str| -> Vec<String> {
            let alone = difference.expected.is_none() || difference.actual.is_none();
            let cell = |cell: &Cell| {
                let text = text(of(cell));
                if cell.differs || alone { painted(&text, color, style) } else { text }
            };
            difference.cells.iter().map(cell).collect()
        };
        if difference.expected.is_some() {
            out.push_str(&line(&painted("-", RED, style), side(|cell| cell.expected.as_ref(), RED)));
        }
        if difference.actual.is_some() {
            out.push_str(&line(&painted("+", GREEN, style), side(|cell| cell.actual.as_ref(), GREEN)));
        }
        if difference.cells.iter().any(|cell| cell.differs) {
            let carets = difference.cells.iter().map(|cell| {
                let width = [cell.expected.as_ref(), cell.actual.as_ref()]
                    .into_iter()
                    .flatten()
                    .map(|text| cut(text).chars().count())
                    .max();
                if cell.differs { "^".repeat(width.unwrap_or(1)) } else { String::new() }
            });
            out.push_str(&line(" ", carets.collect()));
        }
    }
    out
}

/// Cells are no wider than this.
const WIDEST: usize = 60;

fn cut(text: &str) -> String {
    // What a terminal would obey is no part of a picture of data.
    let one_line = text.replace(|c: char| c.is_control(), " ");
    match one_line.char_indices().nth(WIDEST) {
        Some((end, _)) => format!("{}…", &one_line[..end]),
        None => one_line,
    }
}

fn painted(text: &str, color: &str, style: Style) -> String {
    if style.color { format!("\u{1b}[{color}m{text}\u{1b}[0m") } else { text.to_owned() }
}

/// A text without its colours.
fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('\u{1b}') {
        out.push_str(&rest[..start]);
        let after = &rest[start..];
        rest = after.find('m').map_or("", |end| &after[end + 1..]);
    }
    out + rest
}

/// What no test has met.
fn coverage(coverage: &Coverage) -> String {
    let mut out = String::new();
    for (name, job) in &coverage.jobs {
        if job.tests == 0 {
            out.push_str(&format!("job {name} has no test\n"));
            continue;
        }
        let reached = job.nodes.values().filter(|node| node.reached).count();
        let rules: Vec<_> = job.nodes.values().flat_map(|node| &node.rules).collect();
        let (held, failed) = (rules.iter().filter(|rule| rule.passed).count(), rules.iter().filter(|rule| rule.failed).count());
        out.push_str(&format!("job {name}: {reached} of {} nodes reached", job.nodes.len()));
        if !rules.is_empty() {
            let all = rules.len();
            let word = if all == 1 { "rule" } else { "rules" };
            out.push_str(&format!("; of {all} {word} {held} held and {failed} failed in some test"));
        }
        out.push('\n');
        let unreached: Vec<_> = job.nodes.iter().filter(|(_, node)| !node.reached).map(|(name, _)| name.as_str()).collect();
        if !unreached.is_empty() {
            out.push_str(&format!("  never reached: {}\n", unreached.join(", ")));
        }
        let rules = || job.nodes.iter().flat_map(|(node, covered)| covered.rules.iter().map(move |rule| (node, rule)));
        out.push_str(&listed("never failed", rules().filter(|(_, rule)| !rule.failed)));
        out.push_str(&listed("never held", rules().filter(|(_, rule)| !rule.passed)));
    }
    out
}

/// So many rules are listed; the JSON has them all.
const LISTED: usize = 12;

fn listed<'a>(what: &str, rules: impl Iterator<Item = (&'a String, &'a RuleCoverage)>) -> String {
    let lines: Vec<String> = rules.map(|(node, rule)| format!("  {what}: {node} {}\n", rule.rule)).collect();
    let mut out: String = lines.iter().take(LISTED).map(String::as_str).collect();
    if lines.len() > LISTED {
        out.push_str(&format!("  {what}: {} more\n", lines.len() - LISTED));
    }
    out
}
