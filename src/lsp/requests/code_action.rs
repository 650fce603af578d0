//! `textDocument/codeAction`

use lsp_types::{CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams};
use serde_json::Value;

use super::{Cx, Failure, Here, read, write};
use crate::ide::actions;
use crate::source::Span;

/// All safe fixes, as this tool's.
const FIX_ALL: CodeActionKind = CodeActionKind::new("source.fixAll.glue-compile");

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let CodeActionParams { text_document, range, context, .. } = read(params)?;
    let wanted = |kind: &CodeActionKind| {
        let only = context.only.as_deref();
        only.is_none_or(|only| only.iter().any(|only| is_part(kind.as_str(), only.as_str())))
    };
    write(cx.with(&text_document.uri, |here| {
        let mut found = Vec::new();
        if wanted(&CodeActionKind::QUICKFIX) {
            let part = Span { end: here.place(range.end).end, ..here.place(range.start) };
            found.extend(fixes(here, part));
        }
        if wanted(&FIX_ALL) {
            found.extend(fix_all(here));
        }
        Some(found.into_iter().map(CodeActionOrCommand::CodeAction).collect::<Vec<_>>())
    }))
}

/// Whether a kind is another one or a part of it: `source.fixAll.glue-compile` is of `source.fixAll`.
fn is_part(kind: &str, of: &str) -> bool {
    of.is_empty() || kind == of || kind.strip_prefix(of).is_some_and(|rest| rest.starts_with('.'))
}

fn fixes(here: &Here<'_>, part: Span) -> Vec<CodeAction> {
    let action = |action: actions::Action<'_>| CodeAction {
        title: action.title,
        kind: Some(CodeActionKind::QUICKFIX),
        diagnostics: Some(vec![here.convert.diagnostic(action.diagnostic)]),
        edit: Some(here.convert.workspace_edit(&action.edits)),
        is_preferred: action.preferred.then_some(true),
        ..CodeAction::default()
    };
    actions::actions(here.analysis, part).into_iter().map(action).collect()
}

fn fix_all(here: &Here<'_>) -> Option<CodeAction> {
    let edits = actions::fix_all(here.analysis, here.file);
    (!edits.is_empty()).then(|| CodeAction {
        title: "Apply all safe fixes of this file".to_owned(),
        kind: Some(FIX_ALL),
        edit: Some(here.convert.workspace_edit(&edits)),
        ..CodeAction::default()
    })
}
