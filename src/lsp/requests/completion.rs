//! `textDocument/completion`

use lsp_types::{
    CompletionItem, CompletionItemKind, CompletionList, CompletionParams, CompletionResponse, CompletionTextEdit, Documentation,
    InsertTextFormat, MarkupContent, MarkupKind, Range, TextEdit,
};
use serde_json::Value;

use super::{Cx, Failure, read, write};
use crate::ide::Analysis;
use crate::ide::complete::{self, Completion, CompletionKind};
use crate::lsp::position::Lines;
use crate::lsp::uri;

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let CompletionParams { text_document_position: at, .. } = read(params)?;
    let document = uri::to_path(&at.text_document.uri).and_then(|path| cx.documents.get(&path).map(|document| (path, document)));
    let Some((path, document)) = document else { return write(None::<CompletionResponse>) };
    let lines = Lines::new(&document.text, cx.encoding);
    let offset = lines.offset(at.position);
    let nothing = Analysis::default();
    let analysis = cx.snapshot.find(&path).map_or(&nothing, |(analysis, _)| analysis.as_ref());
    let replaced = lines.range(offset - complete::prefix(&document.text, offset)..offset);
    let found = complete::complete(analysis, &path, &document.text, offset);
    let items = found.into_iter().enumerate().map(|(at, completion)| item(completion, at, replaced, cx.options.snippets));
    write(CompletionResponse::List(CompletionList { is_incomplete: false, items: items.collect() }))
}

fn item(completion: Completion, at: usize, replaced: Range, snippets: bool) -> CompletionItem {
    let Completion { label, kind, detail, documentation, snippet } = completion;
    let documentation = (!documentation.is_empty())
        .then_some(Documentation::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value: documentation }));
    let has_places = snippet.contains('$') && snippets;
    let new_text = if has_places { snippet } else { plain(&snippet) };
    CompletionItem {
        label,
        kind: Some(item_kind(kind)),
        detail: (!detail.is_empty()).then_some(detail),
        documentation,
        // The order is ours: what is most likely first.
        sort_text: Some(format!("{at:05}")),
        insert_text_format: Some(if has_places { InsertTextFormat::SNIPPET } else { InsertTextFormat::PLAIN_TEXT }),
        text_edit: Some(CompletionTextEdit::Edit(TextEdit { range: replaced, new_text })),
        ..CompletionItem::default()
    }
}

/// A snippet as text: its places with what stands in them.
fn plain(snippet: &str) -> String {
    let mut out = String::new();
    let mut rest = snippet.chars().peekable();
    let mut in_place = false;
    while let Some(c) = rest.next() {
        match c {
            '\\' => out.extend(rest.next()),
            '$' => {
                in_place = rest.next_if_eq(&'{').is_some();
                while rest.next_if(char::is_ascii_digit).is_some() {}
                rest.next_if_eq(&':');
            }
            '}' if in_place => in_place = false,
            c => out.push(c),
        }
    }
    out.trim_end().to_owned()
}

fn item_kind(kind: CompletionKind) -> CompletionItemKind {
    match kind {
        CompletionKind::Setting => CompletionItemKind::PROPERTY,
        CompletionKind::Word => CompletionItemKind::ENUM_MEMBER,
        CompletionKind::Type => CompletionItemKind::CLASS,
        CompletionKind::Node | CompletionKind::Port => CompletionItemKind::REFERENCE,
        CompletionKind::Column => CompletionItemKind::FIELD,
        CompletionKind::Table => CompletionItemKind::MODULE,
        CompletionKind::Ruleset => CompletionItemKind::FILE,
        CompletionKind::RuleType => CompletionItemKind::CLASS,
        CompletionKind::Variable => CompletionItemKind::VARIABLE,
        CompletionKind::Function => CompletionItemKind::FUNCTION,
        CompletionKind::Keyword => CompletionItemKind::KEYWORD,
    }
}
