//! The real program over its pipes.

use std::fs;
use std::io::{BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lsp_server::Message;

use super::client::Client;

/// A server process with both of its pipes.
pub struct Pipes {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Pipes {
    fn start() -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_glue-compile"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let to = child.stdin.take().expect("a pipe");
        let from = BufReader::new(child.stdout.take().expect("a pipe"));
        Self { child, to, from }
    }

    pub fn send(&mut self, message: &Message) {
        message.write(&mut self.to).expect("the server listens");
        self.to.flush().expect("the server listens");
    }

    pub fn receive(&mut self) -> Message {
        Message::read(&mut self.from).expect("a message").expect("the server speaks")
    }

    pub fn join(mut self) {
        drop(self.to);
        assert!(self.child.wait().expect("the program ends").success(), "exit code");
    }
}

const SPEC: &str = "\
jobs:
  a:
    sources:
      raw: { type: file, path: raw.csv, format: csv, schema: { columns: [{ name: id, type: bigint }] } }
    sinks:
      out: { type: file, inputs: [raw], path: out, format: csv }
";

/// Unsaved text counts, then what is saved, then what is on disk.
pub fn session() -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let root = folder.path().canonicalize().map_err(|error| error.to_string())?;
    let path = root.join("a.glue.yaml");
    fs::write(&path, SPEC).map_err(|error| error.to_string())?;
    let mut client = Client::over(Pipes::start(), &root.display().to_string());
    let uri = format!("file://{}", path.display());

    client.open(&uri, &SPEC.replace("inputs: [raw]", "inputs: [rawe]"));
    client.settle(&uri);
    let codes = codes(&client, &uri);
    if codes != ["GC0301"] {
        return Err(format!("unsaved text: expected GC0301, got {codes:?}"));
    }
    client.notify("textDocument/didClose", serde_json::json!({ "textDocument": { "uri": uri } }));
    client.open(&uri, SPEC);
    client.settle(&uri);
    let codes = self::codes(&client, &uri);
    if !codes.is_empty() {
        return Err(format!("a sound text: expected nothing, got {codes:?}"));
    }
    client.shut_down();
    Ok(())
}

fn codes(client: &Client, uri: &str) -> Vec<String> {
    let published = client.published.get(uri).map_or(&[][..], Vec::as_slice);
    published.iter().filter_map(|diagnostic| diagnostic["code"].as_str().map(str::to_owned)).collect()
}
