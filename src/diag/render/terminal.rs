//! For people: the headline, the source with the labels drawn under it, notes and helps.
//!
//! miette draws the source. It is fed here, at the last moment, from our own values: one block for the primary
//! label's neighbourhood, then one for each other place that has labels.

use std::fmt::{self, Display};

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents,
    ThemeStyles,
};

use super::shown_path;
use crate::diag::{Diagnostic, Label, Severity};
use crate::source::{FileId, SourceFile, SourceMap};

/// How to draw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether to use ANSI colours.
    pub color: bool,
    /// How many columns there are.
    pub width: usize,
}

impl Default for Style {
    fn default() -> Self {
        Self { color: false, width: 100 }
    }
}

/// A label over more lines than this shows only its first line.
const TALLEST: usize = 6;

/// Bytes of a line that is drawn: no terminal shows a longer one, and what draws it cannot indent by more than some ten thousands.
const WIDEST: usize = 8192;

/// Labels of one file that are more lines apart than this are drawn in snippets of their own.
const FARTHEST: usize = 8;

/// Renders the diagnostics with an empty line after each.
pub fn render(diagnostics: &[Diagnostic], map: &SourceMap, style: Style) -> String {
    diagnostics.iter().map(|diagnostic| one(diagnostic, map, style) + "\n").collect()
}

fn one(diagnostic: &Diagnostic, map: &SourceMap, style: Style) -> String {
    let mut out = headline(diagnostic, style);
    for (file, labels) in groups(diagnostic, map) {
        out.push_str(&snippet(diagnostic, file, &labels, map, style));
    }
    for note in &diagnostic.notes {
        out.push_str(&paragraph("note", note, style));
    }
    for help in &diagnostic.helps {
        out.push_str(&paragraph("help", help, style));
    }
    if let (Some(fix), []) = (&diagnostic.fix, diagnostic.helps.as_slice()) {
        out.push_str(&paragraph("help", &fix.title, style));
    }
    out
}

fn headline(diagnostic: &Diagnostic, style: Style) -> String {
    let head = format!("{}[{}]", diagnostic.severity.name(), diagnostic.code.number);
    if style.color {
        let color = match diagnostic.severity {
            Severity::Error => 31,
            Severity::Warning => 33,
            Severity::Hint => 36,
        };
        return format!("\u{1b}[1;{color}m{head}\u{1b}[0m\u{1b}[1m: {}\u{1b}[0m\n", diagnostic.message);
    }
    format!("{head}: {}\n", diagnostic.message)
}

/// The labels that are drawn together, the primary one's group first: of one file, and near each other.
fn groups<'a>(diagnostic: &'a Diagnostic, map: &SourceMap) -> Vec<(FileId, Vec<&'a Label>)> {
    let mut labels: Vec<&Label> = diagnostic.labels.iter().collect();
    labels.sort_by_key(|label| (label.span.file, label.span.start));
    let mut groups: Vec<(FileId, Vec<&Label>)> = Vec::new();
    for label in labels {
        let line = map.start(label.span).line;
        match groups.last_mut() {
            Some((file, near))
                if *file == label.span.file && near.last().is_some_and(|last| line <= map.start(last.span).line + FARTHEST) =>
            {
                near.push(label);
            }
            _ => groups.push((label.span.file, vec![label])),
        }
    }
    // Stable: the others stay in the order of their files.
    groups.sort_by_key(|(_, labels)| !labels.iter().any(|label| label.primary));
    groups
}

fn snippet(diagnostic: &Diagnostic, file: FileId, labels: &[&Label], map: &SourceMap, style: Style) -> String {
    let source = map.file(file);
    if source.text.is_empty() {
        return format!("  ── {}\n", shown_path(&source.path));
    }
    if labels.iter().any(|label| is_too_wide(label, source)) {
        return labels.iter().map(|label| place(label, source, map)).collect();
    }
    let block = Block {
        labels: labels.iter().map(|label| drawn(label, source)).collect(),
        source: NamedFile { name: shown_path(&source.path), file: source },
    };
    let handler = GraphicalReportHandler::new_themed(theme(diagnostic.severity, labels, style))
        .with_width(style.width)
        .without_syntax_highlighting();
    let mut drawing = String::new();
    handler.render_report(&mut drawing, &block).expect("writing into a string does not fail");
    // The first line is where miette would write the headline.
    let drawing = drawing.split_once('\n').map_or("", |(_, rest)| rest);
    let lines: Vec<_> = drawing.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// Whether a label is on a line that is too long to be drawn.
fn is_too_wide(label: &Label, source: &SourceFile) -> bool {
    let range = label.span.range();
    let before = source.text.get(..range.start).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
    let after = source.text.get(range.end..).and_then(|text| text.find('\n'));
    let longest = source.text.get(before..after.map_or(source.text.len(), |at| range.end + at)).unwrap_or_default();
    longest.lines().any(|line| line.len() > WIDEST)
}

/// The place of a label that is not drawn.
fn place(label: &Label, source: &SourceFile, map: &SourceMap) -> String {
    let at = map.start(label.span);
    let words = if label.text.is_empty() { String::new() } else { format!(": {}", label.text) };
    format!("  ── {}:{}:{}{words}\n", shown_path(&source.path), at.line, at.column)
}

/// The label as miette takes it: inside the text, never taller than [`TALLEST`] lines.
fn drawn(label: &Label, source: &SourceFile) -> LabeledSpan {
    let text = &source.text;
    let mut range = label.span.range();
    range.end = range.end.min(text.len());
    range.start = range.start.min(range.end);
    let covered = text.get(range.clone()).unwrap_or_default();
    if covered.lines().count() > TALLEST {
        range.end = range.start + covered.lines().next().unwrap_or_default().len();
    }
    // Nothing can be drawn after the last line break: point at the end of the last line.
    if range.start == text.len() && text.ends_with('\n') {
        let last = text.trim_end_matches(['\n', '\r']).len();
        range = last..last;
    }
    let words = (!label.text.is_empty()).then(|| label.text.clone());
    let span = SourceSpan::from((range.start, range.len()));
    if label.primary { LabeledSpan::new_primary_with_span(words, span) } else { LabeledSpan::new_with_span(words, span) }
}

/// Primary labels in the colour of the gravity, the others in the colour of helps.
fn theme(severity: Severity, labels: &[&Label], style: Style) -> GraphicalTheme {
    let mut theme = if style.color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let ThemeStyles { error, warning, advice, help, .. } = theme.styles;
    let primary = match severity {
        Severity::Error => error,
        Severity::Warning => warning,
        Severity::Hint => advice,
    };
    theme.styles.highlights = labels.iter().map(|label| if label.primary { primary } else { help }).collect();
    theme
}

/// `  help: …`, wrapped at the width, further lines indented below the text.
fn paragraph(kind: &str, text: &str, style: Style) -> String {
    let indent = kind.len() + 4;
    let room = style.width.saturating_sub(indent).max(20);
    let mut out = if style.color { format!("  \u{1b}[36m{kind}:\u{1b}[0m ") } else { format!("  {kind}: ") };
    for (at, line) in text.lines().flat_map(|line| wrap(line, room)).enumerate() {
        if at > 0 {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// Breaks at spaces; a word longer than the room stands alone. Indented lines (code) stay as they are.
fn wrap(line: &str, room: usize) -> Vec<String> {
    if line.starts_with(' ') || line.chars().count() <= room {
        return vec![line.to_owned()];
    }
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in line.split(' ') {
        if !current.is_empty() && current.chars().count() + 1 + word.chars().count() > room {
            lines.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
    }
    lines.push(current);
    lines
}

/// The labels of one file, as a diagnostic without words.
#[derive(Debug)]
struct Block<'a> {
    labels: Vec<LabeledSpan>,
    source: NamedFile<'a>,
}

impl Display for Block<'_> {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl std::error::Error for Block<'_> {}

impl miette::Diagnostic for Block<'_> {
    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.source)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }
}

/// A file whose name and columns (in characters, where miette counts bytes) are ours.
#[derive(Debug)]
struct NamedFile<'a> {
    name: String,
    file: &'a SourceFile,
}

impl SourceCode for NamedFile<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        // Miette looks for the lines from the beginning: it gets only those around the span.
        let first = self.file.line_column(span.offset()).line.saturating_sub(before + 1).max(1);
        let start = self.file.offset(first, 1);
        let within = SourceSpan::from((span.offset() - start, span.len()));
        let contents = self.file.text[start..].read_span(&within, before, after)?;
        let found = SourceSpan::from((contents.span().offset() + start, contents.span().len()));
        let column = if before == 0 { self.file.line_column(span.offset()).column - 1 } else { contents.column() };
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            contents.data(),
            found,
            contents.line() + first - 1,
            column,
            contents.line_count() + first - 1,
        )))
    }
}
