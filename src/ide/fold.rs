//! Parts of a file that can be folded away: entries of specs, sections of rulesets, runs of comments.

use super::Analysis;
use crate::source::FileId;
use crate::syntax::yaml::{Node, NodeKind};

/// Lines that fold into the first of them; counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fold {
    /// The line that stays.
    pub start: usize,
    /// The last line that goes.
    pub end: usize,
    /// Whether it is a comment.
    pub comment: bool,
}

/// What can be folded in a file.
pub fn folds(analysis: &Analysis, file: FileId) -> Vec<Fold> {
    let source = analysis.map.file(file);
    let lines: Vec<&str> = source.text.lines().collect();
    let mut found = comments(&lines);
    match analysis.tree(file) {
        Some(tree) => {
            let line = |offset: u32| source.line_column(offset as usize).line - 1;
            let mut add = |start: u32, end: u32| {
                let (start, mut end) = (line(start), line(end));
                while end > start && lines.get(end).is_none_or(|line| line.trim().is_empty()) {
                    end -= 1;
                }
                if start < end {
                    found.push(Fold { start, end, comment: false });
                }
            };
            entries(tree, &mut add);
        }
        None => found.extend(brackets(&source.text)),
    }
    found.sort_unstable();
    found.dedup();
    found
}

fn entries(node: &Node, add: &mut dyn FnMut(u32, u32)) {
    match &node.kind {
        NodeKind::Map(all) => {
            for entry in all {
                if entry.value.span.file == entry.key.span().file && entry.value.span.start >= entry.key.span().start {
                    add(entry.key.span().start, entry.value.span.end);
                }
                entries(&entry.value, add);
            }
        }
        NodeKind::List(items) => {
            for item in items {
                add(item.span.start, item.span.end);
                entries(item, add);
            }
        }
        NodeKind::Scalar(_) => {}
    }
}

/// Runs of two or more lines that are comments.
fn comments(lines: &[&str]) -> Vec<Fold> {
    let is_comment = |line: &&str| line.trim_start().starts_with('#');
    let mut found = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let len = lines[at..].iter().take_while(|line| is_comment(line)).count();
        if len > 1 {
            found.push(Fold { start: at, end: at + len - 1, comment: true });
        }
        at += len.max(1);
    }
    found
}

/// Brackets over several lines.
fn brackets(text: &str) -> Vec<Fold> {
    let line = |offset: usize| text[..offset].matches('\n').count();
    let mut open = Vec::new();
    let mut found = Vec::new();
    for token in super::lex::tokens(text, super::lex::Language::Dqdl) {
        match &text[token.at.clone()] {
            "[" | "{" | "(" => open.push(line(token.at.start)),
            "]" | "}" | ")" => {
                let Some(start) = open.pop() else { continue };
                // The closing bracket stays in sight.
                let end = line(token.at.start).saturating_sub(1);
                if start < end {
                    found.push(Fold { start, end, comment: false });
                }
            }
            _ => {}
        }
    }
    found
}
