//! Text to [`Ruleset`]: scan, read, order the parts, validate. Never fails, whatever the text is.

use std::ops::Range;

use pest::Parser;

use super::ast::Ruleset;
use super::build::{Build, Part, PartKind};
use super::grammar::{Grammar, Rule};
use super::report::Reporter;
use super::scan::{DEEPEST, Finding, FindingKind, Scan, Trust, scan};
use super::{recover, validate};
use crate::diag::codes::dqdl::{DUPLICATE_SECTION, NESTED_TOO_DEEPLY, TEXT_AFTER_RULESET, UNCLOSED_STRING, UNEXPECTED_TOKEN};
use crate::diag::{Diagnostic, Safety, Severity, Sink};
use crate::source::EmbedMap;

/// Whose parser is the judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dialect {
    /// What AWS's parser accepts, and nothing else.
    Strict,
    /// Also what is plainly meant, with a warning for each thing that AWS's parser rejects.
    #[default]
    Superset,
}

/// Reads a ruleset. Everything that is wrong with it is pushed into `sink`, each at its token; what could be read is in the tree.
pub fn parse(text: &str, map: &EmbedMap, dialect: Dialect, sink: &mut Sink) -> Ruleset {
    let mut report = Reporter { text, map, dialect, sink: Sink::default() };
    let mut scanned = scan(text, Trust::Trusting);
    let parts = if let Some(parts) = read(&scanned, &mut report) {
        parts
    } else {
        scanned = scan(text, Trust::Doubtful);
        if scanned.too_deep.is_some() { Vec::new() } else { recover::parts(&scanned, &mut report) }
    };
    if let Some(at) = scanned.too_deep {
        let diagnostic = report
            .at(&NESTED_TOO_DEEPLY, &(at..at + 1), format!("brackets nested more than {DEEPEST} deep"))
            .help("split the rule, or leave out brackets that change nothing");
        report.push(diagnostic);
        sink.append(report.sink);
        return Ruleset::default();
    }
    let (ruleset, end) = assemble(parts, &scanned, &mut report);
    for finding in &scanned.findings {
        if end.is_none_or(|end| finding.at.start < end) {
            say(finding, &scanned, &mut report);
        }
    }
    let is_broken = report.sink.has_errors();
    validate::complete(&ruleset, is_broken, &mut report);
    sink.append(report.sink);
    ruleset
}

/// The parts of a document without faults.
fn read(scanned: &Scan, report: &mut Reporter<'_>) -> Option<Vec<Part>> {
    if scanned.open_string || scanned.too_deep.is_some() {
        return None;
    }
    let document = Grammar::parse(Rule::document, &scanned.clean).ok()?.next()?;
    let mut parts = Vec::new();
    for pair in document.into_inner().filter(|pair| pair.as_rule() != Rule::EOI) {
        let before = std::mem::take(&mut report.sink);
        let (at, kind) = Build { report, strings: &scanned.strings, base: 0 }.part(&pair);
        let said = std::mem::replace(&mut report.sink, before);
        parts.push(Part { at, kind, said });
    }
    Some(parts)
}

/// Puts the parts together in the order AWS's grammar fixes. Also gives where AWS stops reading, in strict.
fn assemble(parts: Vec<Part>, scanned: &Scan, report: &mut Reporter<'_>) -> (Ruleset, Option<usize>) {
    let mut ruleset = Ruleset::default();
    let mut seen: Vec<(u8, String, Range<usize>)> = Vec::new();
    let last = scanned.clean.trim_end().len();
    for part in parts {
        let rank = part.kind.as_ref().map(PartKind::rank);
        let highest = seen.iter().map(|(rank, ..)| *rank).max().unwrap_or(0);
        let is_over = highest >= 4 && rank.is_none_or(|rank| rank <= highest);
        if is_over && report.dialect == Dialect::Strict {
            ignored(&part.at, last, scanned, report);
            return (ruleset, Some(part.at.start));
        }
        let name = part.kind.as_ref().map(|kind| kind.name().to_owned());
        report.sink.append(part.said);
        let (Some(kind), Some(rank), Some(name)) = (part.kind, rank, name) else { continue };
        let first = seen.iter().find(|(other, ..)| *other == rank && rank != 2).map(|(.., at)| at.clone());
        match first {
            Some(first) => duplicate(&name, &part.at, &first, report),
            None if rank < highest => out_of_order(&name, &part.at, highest, report),
            None => {}
        }
        seen.push((rank, name, part.at));
        add(&mut ruleset, kind);
    }
    (ruleset, None)
}

fn add(ruleset: &mut Ruleset, kind: PartKind) {
    match kind {
        PartKind::Metadata(entries) => ruleset.metadata.extend(entries),
        PartKind::DataSources(sources) => {
            ruleset.data_sources.get_or_insert(sources);
        }
        PartKind::Constant(constant) => ruleset.constants.push(constant),
        PartKind::DefaultLabels(labels) => ruleset.default_labels.extend(labels),
        PartKind::Rules(section) => match &mut ruleset.rules {
            Some(first) => first.items.extend(section.items),
            None => ruleset.rules = Some(section),
        },
        PartKind::Analyzers(section) => match &mut ruleset.analyzers {
            Some(first) => first.items.extend(section.items),
            None => ruleset.analyzers = Some(section),
        },
        PartKind::Stray(items) => {
            let Some(span) = items.first().map(super::ast::RuleNode::span) else { return };
            match &mut ruleset.rules {
                Some(first) => first.items.extend(items),
                None => ruleset.rules = Some(super::ast::Section { keyword: span, items, span }),
            }
        }
    }
}

fn duplicate(name: &str, at: &Range<usize>, first: &Range<usize>, report: &mut Reporter<'_>) {
    let keyword = |at: &Range<usize>| at.start..(at.start + name.len()).min(at.end);
    let diagnostic = report
        .at(&DUPLICATE_SECTION, &keyword(at), format!("a second `{name}`"))
        .also(report.span(&keyword(first)), "the first one")
        .help("put everything into one section");
    report.push(diagnostic);
}

fn out_of_order(name: &str, at: &Range<usize>, highest: u8, report: &mut Reporter<'_>) {
    let message = format!("`{name}` stands too late in the ruleset");
    let mut diagnostic = report.unportable(&(at.start..(at.start + name.len()).min(at.end)), message);
    if highest >= 4 {
        diagnostic = diagnostic.here("AWS's parser ignores this without a word");
    }
    diagnostic = diagnostic.help("the order is `Metadata`, `DataSources`, constants, `DefaultLabels`, `Rules`, `Analyzers`");
    report.push(diagnostic);
}

/// AWS reads one ruleset and ignores what follows it, except that its lexer has already read the next token.
fn ignored(at: &Range<usize>, end: usize, scanned: &Scan, report: &mut Reporter<'_>) {
    let first = scanned.clean[at.start..].chars().next().unwrap_or(' ');
    let is_token = first.is_ascii_alphanumeric() || "_.:,'\"{}[]()=<>!-+*/$".contains(first);
    if !is_token {
        let place = at.start..at.start + first.len_utf8();
        let diagnostic = report.at(&UNEXPECTED_TOKEN, &place, format!("unexpected `{first}` behind the ruleset"));
        report.push(diagnostic);
        return;
    }
    let line = scanned.clean[at.start..end.max(at.start)].lines().next().unwrap_or_default().trim_end().len();
    let mut diagnostic = report
        .at(&TEXT_AFTER_RULESET, &(at.start..at.start + line), "text behind the ruleset")
        .here("AWS's parser ignores this and all that follows")
        .help("remove it, or put it where it is read");
    diagnostic.severity = Severity::Warning;
    report.push(diagnostic);
}

/// Says what the scanner found.
fn say(finding: &Finding, scanned: &Scan, report: &mut Reporter<'_>) {
    let at = &finding.at;
    let diagnostic = match finding.kind {
        FindingKind::DashComment => comment(at, "--", report),
        FindingKind::SlashComment => comment(at, "//", report),
        FindingKind::BlockComment => block_comment(at, report),
        FindingKind::LastComment => {
            let diagnostic = report.unportable(at, "a comment on the last line without a line break behind it");
            report.fix(diagnostic.help("end the line"), "end the line", at.end..at.end, "\n", Safety::Safe)
        }
        FindingKind::CarriageReturn => {
            if scanned.findings.iter().find(|other| other.kind == FindingKind::CarriageReturn) != Some(finding) {
                return;
            }
            carriage_returns(at, scanned, report)
        }
        FindingKind::ByteOrderMark => {
            let diagnostic = report.unportable(at, "a byte order mark before the ruleset");
            report.fix(diagnostic.help("save the file as UTF-8 without it"), "remove it", at.clone(), "", Safety::Safe)
        }
        FindingKind::OtherSpace(c) => {
            let name = format!("an invisible character (U+{:04X})", u32::from(c));
            let diagnostic = report.unportable(at, name).help("write a plain space");
            report.fix(diagnostic, "replace with a space", at.clone(), " ", Safety::Safe)
        }
        FindingKind::SingleQuotes => quotes(at, "single quotes", scanned, report),
        FindingKind::CurlyQuotes => quotes(at, "typographic quotes", scanned, report),
        FindingKind::Backticks => quotes(at, "backticks", scanned, report),
        FindingKind::OpenString => {
            let diagnostic = report
                .at(&UNCLOSED_STRING, at, format!("the text `{}` is never closed", report.written(at)))
                .help("end it with `\"`");
            report.fix(diagnostic, "insert `\"`", at.end..at.end, "\"", Safety::Unsafe)
        }
        FindingKind::LateQuote => {
            let word = report.written(&(at.start..at.end - 1)).to_owned();
            let diagnostic =
                report.at(&UNCLOSED_STRING, at, format!("the text `{word}` is never opened")).help("begin it with `\"`");
            report.fix(diagnostic, "insert `\"`", at.start..at.start, "\"", Safety::Unsafe)
        }
    };
    report.push(diagnostic);
}

fn comment(at: &Range<usize>, sign: &str, report: &Reporter<'_>) -> Diagnostic {
    let diagnostic = report.unportable(at, format!("`{sign}` does not begin a comment in DQDL")).help("write `#`");
    report.fix(diagnostic, format!("replace `{sign}` with `#`"), at.start..at.start + sign.len(), "#", Safety::Safe)
}

fn block_comment(at: &Range<usize>, report: &Reporter<'_>) -> Diagnostic {
    let diagnostic = report.unportable(at, "`/* … */` is not a comment in DQDL").help("begin each line of the comment with `#`");
    let rest = report.text[at.end.min(report.text.len())..].lines().next().unwrap_or_default();
    let inside = report.written(at).trim_start_matches("/*").trim_end_matches("*/").trim();
    if inside.contains('\n') || !rest.trim().is_empty() {
        return diagnostic;
    }
    report.fix(diagnostic, "replace with `#`", at.clone(), &format!("# {inside}"), Safety::Safe)
}

fn carriage_returns(first: &Range<usize>, scanned: &Scan, report: &Reporter<'_>) -> Diagnostic {
    let all: Vec<_> = scanned.findings.iter().filter(|found| found.kind == FindingKind::CarriageReturn).collect();
    let edits = all
        .iter()
        .map(|found| {
            let is_windows = report.text.as_bytes().get(found.at.end) == Some(&b'\n');
            (found.at.clone(), if is_windows { String::new() } else { "\n".to_owned() })
        })
        .collect();
    let diagnostic = report
        .unportable(first, format!("carriage returns end the lines ({} in all)", all.len()))
        .help("save the file with plain line breaks (LF)");
    report.fix_all(diagnostic, "use plain line breaks", edits, Safety::Safe)
}

fn quotes(at: &Range<usize>, name: &str, scanned: &Scan, report: &Reporter<'_>) -> Diagnostic {
    let quoted = format!("\"{}\"", scanned.strings.get(&at.start).map_or("", String::as_str));
    let diagnostic = report.unportable(at, format!("{name} around a text")).help("DQDL's texts stand in double quotes: `\"`");
    report.fix(diagnostic, "use double quotes", at.clone(), &quoted, Safety::Safe)
}
