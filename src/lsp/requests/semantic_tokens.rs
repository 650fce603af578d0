//! `textDocument/semanticTokens/full`

use lsp_types::{SemanticToken, SemanticTokens, SemanticTokensParams, SemanticTokensResult};
use serde_json::Value;

use super::{Cx, Failure, Here, read, write};
use crate::ide::tokens::{Class, tokens};
use crate::lsp::position::number;

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let SemanticTokensParams { text_document, .. } = read(params)?;
    write(cx.with(&text_document.uri, |here| {
        Some(SemanticTokensResult::Tokens(SemanticTokens { result_id: None, data: data(here) }))
    }))
}

/// Each token relative to the one before.
fn data(here: &Here<'_>) -> Vec<SemanticToken> {
    let (mut line, mut column) = (0, 0);
    let mut data = Vec::new();
    for token in tokens(here.analysis, here.file) {
        let range = here.convert.range(token.span);
        if range.start.line != range.end.line {
            continue;
        }
        let delta_line = range.start.line - line;
        let delta_start = if delta_line == 0 { range.start.character - column } else { range.start.character };
        (line, column) = (range.start.line, range.start.character);
        data.push(SemanticToken {
            delta_line,
            delta_start,
            length: range.end.character - range.start.character,
            token_type: number(Class::ALL.iter().position(|class| *class == token.class).unwrap_or(0)),
            token_modifiers_bitset: 0,
        });
    }
    data
}
