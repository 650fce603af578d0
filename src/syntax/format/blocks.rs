//! The DQDL inside of YAML: literal blocks under `dqdl` and `ruleset`.

use super::Refusal;
use crate::diag::Sink;
use crate::source::{FileId, Text};
use crate::syntax::dqdl;
use crate::syntax::yaml::{self, Node, NodeKind, Scalar, ScalarValue, Style};

/// A YAML text with its DQDL blocks laid out. Nothing else in it changes.
pub(super) fn format(text: &str) -> Result<String, Refusal> {
    let tree = read(text).ok_or(Refusal::Faulty)?;
    let blocks = blocks(&tree);
    if blocks.is_empty() {
        return Ok(text.to_owned());
    }
    let mut out = text.to_owned();
    // From the last to the first, so that the places of the earlier ones stay right.
    for block in blocks.into_iter().rev() {
        let content = block.value.trim_matches('\n');
        let start = block.value.len() - block.value.trim_start_matches('\n').len();
        let span = block.map.span(start, start + content.len());
        let line = text[..span.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let indent = " ".repeat(span.start as usize - line);
        let laid_out = dqdl::format(&block.value).ok_or(Refusal::Faulty)?;
        let lines: Vec<_> = laid_out
            .trim_end()
            .lines()
            .map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") })
            .collect();
        out.replace_range(line..span.end as usize, &lines.join("\n"));
    }
    let same = read(&out).is_some_and(|after| same("", &tree, &after));
    if same { Ok(out) } else { Err(Refusal::Changed) }
}

fn read(text: &str) -> Option<Node> {
    let mut sink = Sink::default();
    yaml::parse(FileId(0), text, &mut sink).filter(|_| !sink.has_errors())
}

/// The literal blocks under `dqdl` and `ruleset`, in the order of the file.
pub(super) fn blocks(node: &Node) -> Vec<&Text> {
    match &node.kind {
        NodeKind::Scalar(_) => Vec::new(),
        NodeKind::List(items) => items.iter().flat_map(blocks).collect(),
        NodeKind::Map(entries) => entries
            .iter()
            .flat_map(|entry| match dqdl_block(entry.key.as_str(), &entry.value) {
                Some(text) => vec![text],
                None => blocks(&entry.value),
            })
            .collect(),
    }
}

fn dqdl_block<'a>(key: &str, value: &'a Node) -> Option<&'a Text> {
    let NodeKind::Scalar(Scalar { text, style: Style::Block, .. }) = &value.kind else { return None };
    (matches!(key, "dqdl" | "ruleset") && text.map.is_exact()).then_some(text)
}

/// Whether two trees say the same, DQDL blocks left aside.
fn same(key: &str, before: &Node, after: &Node) -> bool {
    match (&before.kind, &after.kind) {
        (NodeKind::Scalar(_), NodeKind::Scalar(_)) if dqdl_block(key, before).is_some() => true,
        (NodeKind::Scalar(before), NodeKind::Scalar(after)) => {
            before.text.value == after.text.value && before.style == after.style && same_value(&before.value, &after.value)
        }
        (NodeKind::List(before), NodeKind::List(after)) => {
            before.len() == after.len() && before.iter().zip(after).all(|(before, after)| same("", before, after))
        }
        (NodeKind::Map(before), NodeKind::Map(after)) => {
            let entry_same = |(before, after): (&yaml::Entry, &yaml::Entry)| {
                before.key.value == after.key.value && same(before.key.as_str(), &before.value, &after.value)
            };
            before.len() == after.len() && before.iter().zip(after).all(entry_same)
        }
        _ => false,
    }
}

fn same_value(before: &ScalarValue, after: &ScalarValue) -> bool {
    match (before, after) {
        (ScalarValue::Float(before), ScalarValue::Float(after)) => before.to_bits() == after.to_bits(),
        _ => before == after,
    }
}
