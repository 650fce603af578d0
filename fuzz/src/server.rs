//! The language server: whatever a client sends, every request has one answer, and the server ends when it is told to.

use std::thread;

use glue_compile::lsp;
use glue_compile::world::MemoryWorld;
use lsp_server::{Connection, Message, Notification, Request, RequestId};
use serde_json::{Value, json};

use super::choices::Choices;

const REQUESTS: &[&str] = &[
    "textDocument/hover",
    "textDocument/completion",
    "textDocument/definition",
    "textDocument/references",
    "textDocument/documentHighlight",
    "textDocument/prepareRename",
    "textDocument/rename",
    "textDocument/codeAction",
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/formatting",
    "textDocument/semanticTokens/full",
    "textDocument/inlayHint",
    "textDocument/codeLens",
    "textDocument/diagnostic",
    "glueCompile/dag",
    "glueCompile/explain",
    "textDocument/unheardOf",
    "",
];

const NOTES: &[&str] = &[
    "textDocument/didOpen",
    "textDocument/didChange",
    "textDocument/didClose",
    "textDocument/didSave",
    "workspace/didChangeWatchedFiles",
    "workspace/didChangeWorkspaceFolders",
    "$/cancelRequest",
    "$/unheardOf",
];

const FILES: &[&str] = &[
    "file:///shop/a.glue.yaml",
    "file:///shop/a.dqdl",
    "file:///shop/glue-compile.yaml",
    "file:///shop/a%20b%F0.glue.yaml",
    "file:///elsewhere/b.glue.yaml",
    "untitled:Untitled-1",
    "https://example.org/a.glue.yaml",
];

const SPEC: &str = "\
jobs:
  a:
    sources:
      raw: { type: file, path: in.csv, format: csv, schema: { columns: [{ name: id, type: string }, { name: größe, type: double }] } }
    transforms:
      m: { type: filter, inputs: [raw], condition: größe > 1 }
      dq: { type: evaluate_data_quality, inputs: [m.matched], ruleset: a.dqdl }
    sinks:
      out: { type: file, inputs: [dq.passed], path: out, format: csv }
";

const RULES: &str = "Rules = [\n  IsComplete \"id\",\n  ColumnValues \"größe\" between 1 and 2\n]\n";

/// What is typed.
const TYPED: &[&str] =
    &["", "a", "\n", "\r\n", "\r", "\t", "ä", "😀", "\"", "[", "]", ": ", "*x", "&x ", "| \n", "\u{feff}", "\0"];

/// How many messages one client sends at most.
const MESSAGES: usize = 40;

/// Holds for the messages that bytes choose.
pub fn holds(bytes: &[u8]) {
    let mut choices = Choices(bytes);
    let world = MemoryWorld::default().with_file("/shop/a.glue.yaml", SPEC).with_file("/shop/a.dqdl", RULES);
    let (ours, theirs) = Connection::memory();
    let server = thread::spawn(move || lsp::serve(theirs, world));
    let mut asked: Vec<RequestId> = Vec::new();
    let mut sent = Vec::new();
    let mut ask = |method: &str, params: Value, sent: &mut Vec<Message>| {
        let id = RequestId::from(i32::try_from(asked.len()).unwrap_or(i32::MAX));
        asked.push(id.clone());
        sent.push(Request::new(id, method.to_owned(), params).into());
    };
    let folder = json!({ "uri": "file:///shop", "name": "shop" });
    ask("initialize", json!({ "capabilities": {}, "workspaceFolders": [folder] }), &mut sent);
    sent.push(Notification::new("initialized".to_owned(), json!({})).into());
    for _ in 0..MESSAGES {
        if choices.0.is_empty() {
            break;
        }
        if choices.one_in(3) {
            let (method, params) = note(&mut choices);
            sent.push(Notification::new(method.to_owned(), params).into());
        } else {
            let method = *choices.pick(REQUESTS);
            let params = params(&mut choices);
            ask(method, params, &mut sent);
        }
    }
    ask("shutdown", Value::Null, &mut sent);
    sent.push(Notification::new("exit".to_owned(), Value::Null).into());
    for message in sent {
        ours.sender.send(message).expect("the server listens");
    }
    let mut answered: Vec<RequestId> = Vec::new();
    while let Ok(message) = ours.receiver.recv() {
        if let Message::Response(response) = message {
            answered.push(response.id);
        }
    }
    server.join().expect("the server does not panic").expect("the server ends well");
    assert_eq!(answered, asked, "every request has one answer, in its turn");
}

/// A notification, sound or not.
fn note(choices: &mut Choices<'_>) -> (&'static str, Value) {
    let method = *choices.pick(NOTES);
    if choices.one_in(6) {
        return (method, junk(choices));
    }
    let uri = *choices.pick(FILES);
    let version = i32::from(choices.byte());
    let document = json!({ "uri": uri, "version": version });
    let params = match method {
        "textDocument/didOpen" => {
            let text = if choices.one_in(2) { RULES } else { SPEC };
            json!({ "textDocument": { "uri": uri, "languageId": "yaml", "version": version, "text": text } })
        }
        "textDocument/didChange" => {
            let changes: Vec<Value> = (0..choices.below(4)).map(|_| change(choices)).collect();
            json!({ "textDocument": document, "contentChanges": changes })
        }
        "workspace/didChangeWatchedFiles" => json!({ "changes": [{ "uri": uri, "type": 1 + choices.below(4) }] }),
        "workspace/didChangeWorkspaceFolders" => {
            let folder = json!({ "uri": "file:///elsewhere", "name": "e" });
            let (added, removed) = if choices.one_in(2) { (json!([folder]), json!([])) } else { (json!([]), json!([folder])) };
            json!({ "event": { "added": added, "removed": removed } })
        }
        _ => json!({ "textDocument": document }),
    };
    (method, params)
}

/// A change of a text; now and then of all of it.
fn change(choices: &mut Choices<'_>) -> Value {
    let text = *choices.pick(TYPED);
    if choices.one_in(8) {
        return json!({ "text": text });
    }
    json!({ "range": range(choices), "text": text })
}

/// A range that need not be in the text, nor begin before it ends.
fn range(choices: &mut Choices<'_>) -> Value {
    json!({ "start": position(choices), "end": position(choices) })
}

fn position(choices: &mut Choices<'_>) -> Value {
    let far = choices.one_in(12);
    let number = |choices: &mut Choices<'_>, most: usize| if far { u64::from(u32::MAX) } else { choices.below(most) as u64 };
    let line = number(choices, 14);
    json!({ "line": line, "character": number(choices, 140) })
}

/// Parameters that fit most requests, or none.
fn params(choices: &mut Choices<'_>) -> Value {
    if choices.one_in(8) {
        return junk(choices);
    }
    json!({
        "textDocument": { "uri": *choices.pick(FILES) },
        "position": position(choices),
        "range": range(choices),
        "context": { "includeDeclaration": true, "diagnostics": [], "triggerKind": 1 },
        "newName": *choices.pick(&["order", "", "a b", "ä\n", "${x}", "\"q\""]),
        "options": { "tabSize": choices.byte(), "insertSpaces": true },
        "word": *choices.pick(&["GC0402", "filter", "", "💥"]),
        "job": *choices.pick(&["a", "b"]),
    })
}

fn junk(choices: &mut Choices<'_>) -> Value {
    let all =
        [json!(null), json!([]), json!("x"), json!({}), json!({ "textDocument": 1 }), json!({ "textDocument": { "uri": "::" } })];
    choices.pick(&all).clone()
}
