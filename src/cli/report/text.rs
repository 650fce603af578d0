//! The report of a run for people: the verdict, the rules, the nodes, what was published.

use comfy_table::presets::NOTHING;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table};
use indexmap::IndexMap;

use super::distribution;
use crate::cli::units;
use crate::diag::render::terminal::Style;
use crate::run::report::{
    AnalyzerOutcome, NodeReport, Observation, QualityReport, RuleOutcome, RunReport, SinkReport, Status, Strength,
};

/// The whole report.
pub(in crate::cli) fn run(report: &RunReport, style: Style) -> String {
    let mut out = String::new();
    if !report.nodes.is_empty() {
        out.push_str(&nodes(&report.nodes, style));
        out.push('\n');
    }
    for (name, quality) in &report.quality {
        out.push_str(&quality_section(name, quality, style));
        out.push('\n');
    }
    if !report.sinks.is_empty() {
        out.push_str(&sinks(&report.sinks, style));
        out.push('\n');
    }
    out + &verdict(report, style)
}

/// The rules of one quality node, or of `quality eval`.
pub(in crate::cli) fn quality_section(name: &str, quality: &QualityReport, style: Style) -> String {
    let rows = quality.rows;
    let passed = quality.outcomes.iter().filter(|outcome| outcome.passed).count();
    let mut out = bold(&format!("{name}: {passed} of {} rules hold", quality.outcomes.len()), style);
    out.push_str(&format!(
        "; of {} {} passed, {} failed ({})\n",
        units::counted(rows.input, "row"),
        units::count(rows.passed),
        units::count(rows.failed),
        units::share(rows.failed, rows.input)
    ));
    // A ruleset may have analyzers only.
    if !quality.outcomes.is_empty() {
        let mut table = table(&["", "rule", "failed rows", "metrics"], style);
        for outcome in &quality.outcomes {
            table.add_row(outcome_row(outcome, style));
        }
        out.push_str(&lines(&table));
    }
    let noted = |outcome: &&RuleOutcome| !outcome.passed || outcome.note.is_some();
    for outcome in quality.outcomes.iter().filter(noted) {
        out.push_str(&reason(outcome, quality));
    }
    if !quality.analyzers.is_empty() {
        out.push_str(&analyzers(&quality.analyzers, style));
    }
    for analyzer in &quality.analyzers {
        out.push_str(&distribution::section(&analyzer.distributions));
    }
    let told = |observation: &&Observation| quality.outcomes.iter().any(|outcome| tells(outcome, observation));
    for observation in quality.observations.iter().filter(|observation| !told(observation)) {
        let word = match observation.strength {
            Strength::Info => "observation",
            Strength::Strong => "strong observation",
        };
        out.push_str(&format!("  {word}: {}\n", one_line(&observation.description)));
        out.push_str(&new_rules(observation));
    }
    out
}

/// Whether the reason of a failed rule is what was observed.
fn tells(outcome: &RuleOutcome, observation: &Observation) -> bool {
    !outcome.passed && outcome.reason.as_ref().is_some_and(|reason| reason.contains(&observation.description))
}

/// The rules that would demand what was expected.
fn new_rules(observation: &Observation) -> String {
    let lines: Vec<String> = observation.new_rules.iter().map(|rule| format!("      as a rule: {}\n", one_line(rule))).collect();
    lines.concat()
}

fn analyzers(analyzers: &[AnalyzerOutcome], style: Style) -> String {
    let mut table = table(&["analyzer", "metrics"], style);
    for AnalyzerOutcome { analyzer, metrics, .. } in analyzers {
        table.add_row(vec![Cell::new(one_line(analyzer)), Cell::new(by_column(metrics))]);
    }
    lines(&table)
}

/// Metrics of several columns, a line each; of one column in one.
fn by_column(metrics: &IndexMap<String, f64>) -> String {
    let mut groups: IndexMap<Option<&str>, IndexMap<String, f64>> = IndexMap::new();
    for (name, value) in metrics {
        groups.entry(column_of(name)).or_default().insert(name.clone(), *value);
    }
    if groups.keys().flatten().count() < 2 {
        return metrics_text(metrics);
    }
    let lines = groups.iter().map(|(column, metrics)| match column {
        Some(column) => format!("{column}: {}", metrics_text(metrics)),
        None => metrics_text(metrics),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The column of `Column.amount.Mean` and of `Column.amount.Distribution.Overflow`.
fn column_of(metric: &str) -> Option<&str> {
    let (rest, _) = metric.strip_prefix("Column.")?.rsplit_once('.')?;
    match rest.rsplit_once(".Distribution") {
        Some((column, bins)) if bins.trim_start_matches('.').bytes().all(|b| b.is_ascii_digit()) => Some(column),
        _ => Some(rest),
    }
}

fn metrics_text(metrics: &IndexMap<String, f64>) -> String {
    let texts: Vec<_> = metrics.iter().map(|(name, value)| format!("{} {}", short_metric(name), units::metric(*value))).collect();
    texts.join(", ")
}

fn outcome_row(outcome: &RuleOutcome, style: Style) -> Vec<Cell> {
    let mark = if outcome.passed { Cell::new("✓") } else { Cell::new("✗") };
    let mark = if style.color { mark.fg(if outcome.passed { Color::Green } else { Color::Red }) } else { mark };
    vec![
        mark,
        Cell::new(one_line(&outcome.rule)),
        number_cell(outcome.failed_rows.filter(|rows| *rows > 0 || !outcome.passed).map(units::count)),
        Cell::new(metrics_text(&outcome.metrics)),
    ]
}

/// `Column.order_id.Completeness` is `Completeness`: the rule's text names the column.
fn short_metric(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn reason(outcome: &RuleOutcome, quality: &QualityReport) -> String {
    let mark = if outcome.passed { '✓' } else { '✗' };
    let mut out = format!("  {mark} {}\n", one_line(&outcome.rule));
    if let Some(evaluated) = &outcome.evaluated {
        out.push_str(&format!("      evaluated as {}\n", one_line(evaluated)));
    }
    if let Some(reason) = &outcome.reason {
        out.push_str(&format!("      {}\n", one_line(reason)));
    }
    for observation in quality.observations.iter().filter(|observation| tells(outcome, observation)) {
        out.push_str(&new_rules(observation));
    }
    if let Some(note) = &outcome.note {
        out.push_str(&format!("      {}\n", one_line(note)));
    }
    for row in quality.samples.iter().filter(|row| row.rule == outcome.rule) {
        let value = row.value.as_deref().map_or_else(|| "null".to_owned(), quoted);
        let column = row.column.as_deref().map(|column| format!("{column} = {value}"));
        let place = row.place.as_deref().map(|place| format!("at {place}"));
        let shown: Vec<_> = [column, place].into_iter().flatten().collect();
        // A rule about whole rows names no column, and a file may have no lines.
        if !shown.is_empty() {
            out.push_str(&format!("      {}\n", shown.join(" ")));
        }
    }
    out
}

/// A column of the table of nodes: its head and what stands in it.
type NodeColumn = (&'static str, fn(&NodeReport) -> Option<String>);

fn nodes(nodes: &IndexMap<String, NodeReport>, style: Style) -> String {
    let columns: [NodeColumn; 5] = [
        ("rows in", |node| node.rows_in.map(units::count)),
        ("rows out", |node| node.rows_out.map(units::count)),
        ("bytes in", |node| node.bytes_in.map(units::bytes)),
        ("bytes out", |node| node.bytes_out.map(units::bytes)),
        ("time", |node| node.elapsed.map(units::time)),
    ];
    // What nobody counted has no column.
    let columns: Vec<_> = columns.into_iter().filter(|(_, value)| nodes.values().any(|node| value(node).is_some())).collect();
    let header: Vec<_> = std::iter::once("node").chain(columns.iter().map(|(head, _)| *head)).collect();
    let mut table = table(&header, style);
    for (name, node) in nodes {
        table.add_row(std::iter::once(Cell::new(name)).chain(columns.iter().map(|(_, value)| number_cell(value(node)))));
    }
    lines(&table)
}

fn sinks(sinks: &IndexMap<String, SinkReport>, style: Style) -> String {
    let mut table = table(&["sink", "rows", "files", "bytes", "path"], style);
    for (name, sink) in sinks {
        table.add_row(vec![
            Cell::new(name),
            number_cell(Some(units::count(sink.rows))),
            number_cell(Some(units::count(sink.files))),
            number_cell(Some(units::bytes(sink.bytes))),
            Cell::new(&sink.path),
        ]);
    }
    lines(&table)
}

fn verdict(report: &RunReport, style: Style) -> String {
    let (word, color) = match report.status {
        Status::Succeeded if report.sampled.is_some() => ("SAMPLED", 32),
        Status::Succeeded => ("SUCCEEDED", 32),
        Status::GateFailed => ("STOPPED by its quality gate", 31),
        Status::Failed => ("FAILED", 31),
    };
    let word = if style.color { format!("\u{1b}[1;{color}m{word}\u{1b}[0m") } else { word.to_owned() };
    let time = units::time(report.elapsed);
    match report.sampled {
        None => format!("{} {word} in {time} (run {})\n", report.job, report.run_id),
        Some(rows) => {
            let rows = units::counted(rows, "row");
            format!("{} {word} in {time}: the first {rows} of each source; nothing was written or recorded\n", report.job)
        }
    }
}

pub(super) fn table(header: &[&str], style: Style) -> Table {
    let mut table = Table::new();
    table.load_preset(NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(style.width).unwrap_or(u16::MAX));
    if style.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.set_header(header.iter().map(|word| head(word, style)));
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// Heads of columns of words; those of numbers are all others.
const WORDS: &[&str] =
    &["", "node", "rule", "metrics", "sink", "path", "column", "type", "analyzer", "metric", "run", "at", "note", "history"];

/// Words stand left, numbers right.
fn head(word: &str, style: Style) -> Cell {
    let is_word = WORDS.contains(&word);
    let cell = Cell::new(word).set_alignment(if is_word { CellAlignment::Left } else { CellAlignment::Right });
    if style.color { cell.add_attribute(Attribute::Dim) } else { cell }
}

/// Right-aligned; a dash where there is nothing to count.
pub(super) fn number_cell(text: Option<String>) -> Cell {
    Cell::new(text.unwrap_or_else(|| "-".to_owned())).set_alignment(CellAlignment::Right)
}

/// The table, indented, without spaces at line ends.
pub(super) fn lines(table: &Table) -> String {
    let lines: Vec<_> = table.lines().map(|line| format!("  {}", line.trim_end())).collect();
    lines.join("\n") + "\n"
}

/// Numbers as they are, all else in quotes, so that blanks can be seen.
pub(super) fn quoted(value: &str) -> String {
    if value.parse::<f64>().is_ok() { value.to_owned() } else { format!("{value:?}") }
}

pub(in crate::cli) fn bold(text: &str, style: Style) -> String {
    if style.color { format!("\u{1b}[1m{text}\u{1b}[0m") } else { text.to_owned() }
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
