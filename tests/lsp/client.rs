//! A client of the language server, in the same process or over the pipes of a real one.

use std::collections::BTreeMap;
use std::thread::JoinHandle;

use glue_compile::lsp;
use glue_compile::world::MemoryWorld;
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};

/// Where the files of a test lie.
pub const ROOT: &str = "/shop";

/// A client, and what the server has published to it.
pub struct Client {
    wire: Wire,
    next: i32,
    /// The diagnostics of every file, as published last.
    pub published: BTreeMap<String, Vec<Value>>,
}

enum Wire {
    Memory { connection: Connection, server: JoinHandle<std::io::Result<()>> },
    Pipes(Box<super::stdio::Pipes>),
}

impl Client {
    /// A server over these files, in this process.
    pub fn new(files: &[(String, String)]) -> Self {
        let mut world = MemoryWorld::default();
        for (name, text) in files {
            world = world.with_file(format!("{ROOT}/{name}"), text.clone());
        }
        let (ours, theirs) = Connection::memory();
        let server = std::thread::spawn(move || lsp::serve(theirs, world));
        Self::start(Wire::Memory { connection: ours, server }, ROOT)
    }

    /// A server that is a process of its own.
    pub fn over(pipes: super::stdio::Pipes, root: &str) -> Self {
        Self::start(Wire::Pipes(Box::new(pipes)), root)
    }

    fn start(wire: Wire, root: &str) -> Self {
        let mut client = Self { wire, next: 0, published: BTreeMap::new() };
        let capabilities = json!({
            "textDocument": { "completion": { "completionItem": { "snippetSupport": true } } },
            "workspace": { "didChangeWatchedFiles": { "dynamicRegistration": true } },
        });
        let folder = json!({ "uri": format!("file://{root}"), "name": "shop" });
        let params = json!({ "capabilities": capabilities, "workspaceFolders": [folder], "processId": null, "rootUri": null });
        client.request("initialize", params).expect("the server begins");
        client.notify("initialized", json!({}));
        client
    }

    fn send(&mut self, message: Message) {
        match &mut self.wire {
            Wire::Memory { connection, .. } => connection.sender.send(message).expect("the server listens"),
            Wire::Pipes(pipes) => pipes.send(&message),
        }
    }

    fn receive(&mut self) -> Message {
        match &mut self.wire {
            Wire::Memory { connection, .. } => connection.receiver.recv().expect("the server speaks"),
            Wire::Pipes(pipes) => pipes.receive(),
        }
    }

    /// Tells the server something.
    pub fn notify(&mut self, method: &str, params: Value) {
        self.send(Notification::new(method.to_owned(), params).into());
    }

    /// Asks the server something, and takes what it publishes meanwhile.
    pub fn request(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.next += 1;
        let id = RequestId::from(self.next);
        self.send(Request::new(id.clone(), method.to_owned(), params).into());
        loop {
            match self.receive() {
                Message::Response(Response { id: answered, response_result }) if answered == id => {
                    return response_result.map_err(|error| error.message);
                }
                Message::Response(other) => panic!("an answer to nothing: {other:?}"),
                Message::Request(request) => self.send(Response::new_ok(request.id, Value::Null).into()),
                Message::Notification(note) => self.note(note),
            }
        }
    }

    fn note(&mut self, note: Notification) {
        if note.method != "textDocument/publishDiagnostics" {
            return;
        }
        let uri = note.params["uri"].as_str().expect("a URI").to_owned();
        let diagnostics = note.params["diagnostics"].as_array().expect("a list").clone();
        self.published.insert(uri, diagnostics);
    }

    /// Opens a text.
    pub fn open(&mut self, uri: &str, text: &str) {
        let is_rules = std::path::Path::new(uri).extension().is_some_and(|extension| extension == "dqdl");
        let language = if is_rules { "dqdl" } else { "yaml" };
        let document = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Changes a part of a text; lines and columns from 0, columns in UTF-16.
    pub fn change(&mut self, uri: &str, version: i32, range: Value, text: &str) {
        let document = json!({ "uri": uri, "version": version });
        let change = json!({ "range": range, "text": text });
        self.notify("textDocument/didChange", json!({ "textDocument": document, "contentChanges": [change] }));
    }

    /// Waits until the server has checked everything, and published what it found.
    pub fn settle(&mut self, uri: &str) {
        let params = json!({ "textDocument": { "uri": uri } });
        self.request("textDocument/foldingRange", params).expect("an answer");
    }

    /// Ends the server as the protocol wants it.
    pub fn shut_down(mut self) {
        self.request("shutdown", Value::Null).expect("the server ends");
        self.notify("exit", Value::Null);
        match self.wire {
            Wire::Memory { connection, server } => {
                drop(connection);
                server.join().expect("the server does not panic").expect("the server ends well");
            }
            Wire::Pipes(pipes) => pipes.join(),
        }
    }
}

/// The URI of a file of a test.
pub fn uri(name: &str) -> String {
    format!("file://{ROOT}/{name}")
}

/// A position from a byte of a text, as the protocol has it.
pub fn position(text: &str, offset: usize) -> Value {
    let line = text[..offset].matches('\n').count();
    let start = text[..offset].rfind('\n').map_or(0, |at| at + 1);
    json!({ "line": line, "character": text[start..offset].encode_utf16().count() })
}
