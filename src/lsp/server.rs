//! The thread that talks to the client: changes go to the worker, requests are answered, each in its turn.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, Response};
use lsp_types::notification::{self, Notification as _};
use lsp_types::request::{self, Request as _};
use lsp_types::{
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams, InitializeParams, Registration,
    RegistrationParams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::capabilities::capabilities;
use super::documents::{Document, Documents};
use super::position::Encoding;
use super::requests::{self, Cx, Options};
use super::uri;
use super::worker::{self, Change, Shared, Update};
use crate::world::World;

/// Serves a client until it says `exit` or goes away.
pub(super) fn serve(connection: Connection, world: impl World + Send + 'static) -> io::Result<()> {
    let (id, params) = connection.initialize_start().map_err(protocol)?;
    let params: InitializeParams = serde_json::from_value(params).unwrap_or_default();
    let general = params.capabilities.general.as_ref();
    let encoding = Encoding::choose(general.and_then(|general| general.position_encodings.as_deref()));
    let options = Options::of(&params);
    let server = json!({ "name": "glue-compile", "version": env!("CARGO_PKG_VERSION") });
    let answer = json!({ "capabilities": capabilities(encoding, &options), "serverInfo": server });
    connection.initialize_finish(id, answer).map_err(protocol)?;

    let (updates, changes) = channel();
    let shared = Arc::new(Shared::default());
    let worker = {
        let (shared, sender, options) = (Arc::clone(&shared), connection.sender.clone(), options.clone());
        // A client that went away reads nothing more.
        let send = move |message: Message| drop(sender.send(message));
        thread::Builder::new()
            .name("check".to_owned())
            .spawn(move || worker::run(world, &changes, &shared, &send, encoding, &options))?
    };
    let mut server = Server { connection, updates, shared, documents: Documents::default(), revision: 0, encoding, options };
    if server.options.watches_files {
        server.watch_files();
    }
    server.update(Change::Roots(roots(&params)));
    server.run();
    // Without a sender of changes the worker comes to its end.
    drop(server);
    let joined = worker.join();
    joined.map_err(|_| io::Error::other("the thread that checks has panicked"))
}

fn protocol(error: ProtocolError) -> io::Error {
    io::Error::other(error.to_string())
}

/// The folders that the client has open.
fn roots(params: &InitializeParams) -> Vec<PathBuf> {
    let folders = params.workspace_folders.iter().flatten().map(|folder| &folder.uri);
    let mut found: Vec<_> = folders.filter_map(uri::to_path).collect();
    #[expect(deprecated, reason = "clients without workspace folders say it so")]
    let root = params.root_uri.as_ref().and_then(uri::to_path);
    if found.is_empty() {
        found.extend(root);
    }
    found
}

struct Server {
    connection: Connection,
    updates: Sender<Update>,
    shared: Arc<Shared>,
    documents: Documents,
    revision: u64,
    encoding: Encoding,
    options: Options,
}

impl Server {
    fn run(&mut self) {
        while let Ok(message) = self.connection.receiver.recv() {
            match message {
                Message::Request(request) => {
                    if request.method == request::Shutdown::METHOD {
                        self.shut_down(request);
                        return;
                    }
                    self.request(request);
                }
                Message::Notification(note) if note.method == notification::Exit::METHOD => return,
                Message::Notification(note) => self.note(note),
                Message::Response(_) => {}
            }
        }
    }

    /// Says yes, and refuses all else until the client says `exit` or goes away.
    fn shut_down(&self, request: Request) {
        self.send(Response::new_ok(request.id, ()).into());
        while let Ok(message) = self.connection.receiver.recv() {
            match message {
                Message::Notification(note) if note.method == notification::Exit::METHOD => return,
                Message::Request(Request { id, .. }) => {
                    let why = "the server was told to shut down".to_owned();
                    self.send(Response::new_err(id, ErrorCode::InvalidRequest as i32, why).into());
                }
                Message::Notification(_) | Message::Response(_) => {}
            }
        }
    }

    /// Asks the client to say when files change on disk.
    fn watch_files(&self) {
        let patterns = ["**/*.{yaml,yml,dqdl}", "**/.glue-compile/state.db"];
        let watchers: Vec<_> = patterns.iter().map(|pattern| json!({ "globPattern": pattern })).collect();
        let registration = Registration {
            id: "files".to_owned(),
            method: notification::DidChangeWatchedFiles::METHOD.to_owned(),
            register_options: Some(json!({ "watchers": watchers })),
        };
        let params = RegistrationParams { registrations: vec![registration] };
        self.send(Request::new("watch".to_owned().into(), "client/registerCapability".to_owned(), params).into());
    }

    fn send(&self, message: Message) {
        // A client that went away reads nothing more; the next message that should come from it ends the loop.
        let _ = self.connection.sender.send(message);
    }

    fn update(&mut self, change: Change) {
        self.revision += 1;
        self.shared.announce(self.revision);
        // The worker lives as long as this end does.
        let _ = self.updates.send(Update { revision: self.revision, change });
    }

    fn note(&mut self, note: Notification) {
        match note.method.as_str() {
            notification::DidOpenTextDocument::METHOD => {
                let Some(DidOpenTextDocumentParams { text_document: opened }) = read(note.params) else { return };
                let Some(path) = uri::to_path(&opened.uri) else { return };
                self.documents.open(path.clone(), Document { uri: opened.uri, text: opened.text, version: opened.version });
                self.changed(path);
            }
            notification::DidChangeTextDocument::METHOD => {
                let Some(DidChangeTextDocumentParams { text_document, content_changes }) = read(note.params) else { return };
                let Some(path) = uri::to_path(&text_document.uri) else { return };
                self.documents.change(&path, text_document.version, content_changes, self.encoding);
                self.changed(path);
            }
            notification::DidCloseTextDocument::METHOD => {
                let Some(DidCloseTextDocumentParams { text_document }) = read(note.params) else { return };
                let Some(path) = uri::to_path(&text_document.uri) else { return };
                self.documents.close(&path);
                self.update(Change::Closed(path));
            }
            notification::DidSaveTextDocument::METHOD | notification::DidChangeWatchedFiles::METHOD => self.update(Change::Disk),
            notification::DidChangeWorkspaceFolders::METHOD => self.folders(note.params),
            // Requests are answered in their order, before the next message is read: there is nothing to cancel.
            _ => {}
        }
    }

    fn changed(&mut self, path: PathBuf) {
        let Some(document) = self.documents.get(&path) else { return };
        let Document { uri, text, version } = document.clone();
        self.update(Change::Text { path, uri, text, version });
    }

    fn folders(&mut self, params: Value) {
        let Some(params) = read::<lsp_types::DidChangeWorkspaceFoldersParams>(params) else { return };
        let removed: Vec<_> = params.event.removed.iter().filter_map(|folder| uri::to_path(&folder.uri)).collect();
        self.options.roots.retain(|root| !removed.contains(root));
        self.options.roots.extend(params.event.added.iter().filter_map(|folder| uri::to_path(&folder.uri)));
        self.update(Change::Roots(self.options.roots.clone()));
    }

    fn request(&self, request: Request) {
        let Request { id, method, params } = request;
        let snapshot = self.shared.wait(self.revision);
        let cx = Cx { snapshot: &snapshot, documents: &self.documents, encoding: self.encoding, options: &self.options };
        let response = match requests::answer(&cx, &method, params) {
            Ok(result) => Response::new_ok(id, result),
            Err(failure) => Response::new_err(id, failure.code, failure.message),
        };
        self.send(response.into());
    }
}

fn read<P: DeserializeOwned>(params: Value) -> Option<P> {
    serde_json::from_value(params).ok()
}
