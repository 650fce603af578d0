//! `textDocument/formatting`

use lsp_types::{DocumentFormattingParams, TextEdit};
use serde_json::Value;

use super::{Cx, Failure, read, write};
use crate::ide::format;
use crate::lsp::position::Lines;
use crate::lsp::uri;

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let DocumentFormattingParams { text_document, .. } = read(params)?;
    let document = uri::to_path(&text_document.uri).and_then(|path| cx.documents.get(&path).map(|document| (path, document)));
    let Some((path, document)) = document else { return write(None::<Vec<TextEdit>>) };
    let Some(formatted) = format::format(&path, &document.text) else { return write(None::<Vec<TextEdit>>) };
    write(edits(&document.text, &formatted, &Lines::new(&document.text, cx.encoding)))
}

/// One edit from the first line that differs to the last.
fn edits(old: &str, new: &str, lines: &Lines<'_>) -> Vec<TextEdit> {
    if old == new {
        return Vec::new();
    }
    let same = |a: &mut dyn Iterator<Item = (&str, &str)>| -> usize {
        a.take_while(|(old, new)| old == new).map(|(line, _)| line.len()).sum()
    };
    let start = same(&mut old.split_inclusive('\n').zip(new.split_inclusive('\n')));
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let ends: Vec<&str> = old_rest.split_inclusive('\n').rev().collect();
    let new_ends: Vec<&str> = new_rest.split_inclusive('\n').rev().collect();
    let end = same(&mut ends.iter().copied().zip(new_ends.iter().copied()));
    let range = lines.range(start..old.len() - end);
    vec![TextEdit { range, new_text: new[start..new.len() - end].to_owned() }]
}
