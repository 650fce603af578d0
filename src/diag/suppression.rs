//! `# glue-compile: allow GC0804 -- reason`: a comment that allows what is said about the lines it covers.
//!
//! At the end of a line it covers that line. On a line of its own it covers the next line and all that is indented
//! deeper below it: a whole node, job or rule. In SQL the comment begins with `--`.

use super::codes::{self, Code, project};
use super::{Diagnostic, Severity};
use crate::source::{FileId, SourceFile, SourceMap, Span};

/// One comment that allows one code.
#[derive(Debug)]
pub(super) struct Suppression {
    /// What it allows.
    pub(super) code: &'static Code,
    /// `allow GC0804`, without the comment sign.
    pub(super) span: Span,
    /// The whole comment.
    pub(super) comment: Span,
    /// The lines it covers, from 1, both ends included.
    lines: (usize, usize),
}

impl Suppression {
    /// Whether it allows this diagnostic.
    pub(super) fn covers(&self, diagnostic: &Diagnostic, map: &SourceMap) -> bool {
        let Some(label) = diagnostic.primary() else { return false };
        let line = map.start(label.span).line;
        diagnostic.code == self.code && label.span.file == self.span.file && (self.lines.0..=self.lines.1).contains(&line)
    }
}

/// The comments of all files, and what is wrong with them.
pub(super) fn find_all(map: &SourceMap) -> (Vec<Suppression>, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut complaints = Vec::new();
    for (id, file) in map.iter() {
        let has_comments = file.path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "dqdl");
        if has_comments && file.text.contains(MARK) {
            find_in(id, file, &mut found, &mut complaints);
        }
    }
    (found, complaints)
}

const MARK: &str = "glue-compile:";

fn find_in(id: FileId, file: &SourceFile, found: &mut Vec<Suppression>, complaints: &mut Vec<Diagnostic>) {
    let mut offset = 0;
    let lines: Vec<&str> = file.text.lines().collect();
    for (at, line) in file.text.split_inclusive('\n').enumerate() {
        let line_start = offset;
        offset += line.len();
        let Some((sign, words)) = comment(line) else { continue };
        let text = line.trim_end();
        let comment = Span::new(id, line_start + sign, line_start + text.len());
        let own_line = line[..sign].trim().is_empty();
        let lines = if own_line { covered(&lines, at + 1) } else { (at + 1, at + 1) };
        let (list, reason) = text[words..].split_once("--").map_or((&text[words..], ""), |(list, reason)| (list, reason));
        if reason.trim().is_empty() {
            let span = Span::new(id, line_start + words, line_start + words + list.trim_end().len());
            complaints.push(no_reason(span, comment));
        }
        for (start, word) in codes_of(list) {
            let span = Span::new(id, line_start + words + start, line_start + words + start + word.len());
            match codes::find(word) {
                Some(code) if code.severity == Severity::Error => complaints.push(an_error(code, span)),
                Some(code) => found.push(Suppression { code, span, comment, lines }),
                None => complaints.push(unknown(word, span)),
            }
        }
    }
}

/// Where the comment sign is and where the word `allow` begins.
fn comment(line: &str) -> Option<(usize, usize)> {
    let mark = line.find(MARK)?;
    let before = line[..mark].trim_end();
    let sign = before.strip_suffix('#').or_else(|| before.strip_suffix("--"))?.len();
    let is_comment = sign == 0 || line[..sign].ends_with([' ', '\t']);
    let rest = &line[mark + MARK.len()..];
    let words = mark + MARK.len() + (rest.len() - rest.trim_start().len());
    (is_comment && line[words..].starts_with("allow")).then_some((sign, words))
}

/// The words after `allow`, separated by spaces or commas, each with its offset.
fn codes_of(list: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in list.char_indices().chain([(list.len(), ' ')]) {
        let separates = c.is_whitespace() || c == ',';
        match start {
            None if !separates => start = Some(at),
            Some(begin) if separates => {
                words.push((begin, &list[begin..at]));
                start = None;
            }
            None | Some(_) => {}
        }
    }
    words.into_iter().skip(1).collect()
}

/// From the line after the comment to the last line of the block that the next line with content begins.
fn covered(lines: &[&str], from: usize) -> (usize, usize) {
    let is_content = |line: &str| {
        let text = line.trim_start();
        !text.is_empty() && !text.starts_with('#')
    };
    let indent = |line: &str| line.len() - line.trim_start().len();
    let Some(first) = (from..lines.len()).find(|at| is_content(lines[*at])) else { return (from, from) };
    let mut last = first;
    for (at, line) in lines.iter().enumerate().skip(first + 1).filter(|(_, line)| !line.trim().is_empty()) {
        if indent(line) <= indent(lines[first]) {
            break;
        }
        last = at;
    }
    (from + 1, last + 1)
}

fn no_reason(span: Span, comment: Span) -> Diagnostic {
    let end = Span { start: comment.end, ..comment };
    Diagnostic::new(&project::SUPPRESSION_WITHOUT_REASON, span, "a suppression without a reason")
        .here("nothing says why")
        .help("write the reason after the code: `# glue-compile: allow GC0000 -- reason`")
        .fix("add a reason", end, " -- reason", super::Safety::Shown)
}

fn unknown(word: &str, span: Span) -> Diagnostic {
    Diagnostic::new(&project::UNKNOWN_SUPPRESSION, span, format!("there is no code `{word}` to allow"))
        .here("not a code of glue-compile")
        .suggest(span, word, codes::all().flat_map(|code| [code.number, code.name]))
        .or_help("write a code, `GC0804`, or its name; messages have both, and `glue-compile explain` lists them")
}

fn an_error(code: &Code, span: Span) -> Diagnostic {
    Diagnostic::new(&project::SUPPRESSED_ERROR, span, format!("`{}` is an error and cannot be allowed", code.number))
        .here(format!("`{}` stops the project from running", code.name))
        .help("remove the comment and mend what it was to hide")
}
