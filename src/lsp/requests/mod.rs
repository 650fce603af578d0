//! The requests, a file each. To add one: the file, and its line in [`ALL`].

mod code_action;
mod code_lens;
mod completion;
mod dag;
mod definition;
mod diagnostic;
mod document_symbol;
mod explain;
mod folding_range;
mod formatting;
mod highlight;
mod hover;
mod inlay_hint;
mod prepare_rename;
mod references;
mod rename;
mod semantic_tokens;

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use lsp_server::ErrorCode;
use lsp_types::{InitializeParams, Position, TextDocumentPositionParams, Uri};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::convert::Convert;
use super::documents::Documents;
use super::position::Encoding;
use super::uri;
use super::worker::Snapshot;
use crate::ide::Analysis;
use crate::source::{FileId, Span};
use crate::state::{self, SqliteStore};

/// A request by its method, with what answers it.
type Handler = (&'static str, fn(&Cx<'_>, Value) -> Result<Value, Failure>);

/// All requests.
static ALL: &[Handler] = &[
    ("textDocument/hover", hover::answer),
    ("textDocument/completion", completion::answer),
    ("textDocument/definition", definition::answer),
    ("textDocument/references", references::answer),
    ("textDocument/documentHighlight", highlight::answer),
    ("textDocument/prepareRename", prepare_rename::answer),
    ("textDocument/rename", rename::answer),
    ("textDocument/codeAction", code_action::answer),
    ("textDocument/documentSymbol", document_symbol::answer),
    ("textDocument/foldingRange", folding_range::answer),
    ("textDocument/formatting", formatting::answer),
    ("textDocument/semanticTokens/full", semantic_tokens::answer),
    ("textDocument/inlayHint", inlay_hint::answer),
    ("textDocument/codeLens", code_lens::answer),
    ("textDocument/diagnostic", diagnostic::answer),
    ("glueCompile/dag", dag::answer),
    ("glueCompile/explain", explain::answer),
];

/// What the client wants and can.
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    /// Whether completions may be snippets.
    pub(super) snippets: bool,
    /// Whether the client says when files change, if it is asked to.
    pub(super) watches_files: bool,
    /// Whether the client asks for diagnostics, so that they are not published.
    pub(super) pull: bool,
    /// Where the page of a code can be seen, `{code}` in it for the code.
    explain_uri: Option<String>,
    /// The folders that the client has open.
    pub(super) roots: Vec<PathBuf>,
}

impl Options {
    /// What the client said at the beginning.
    pub(super) fn of(params: &InitializeParams) -> Self {
        let client = &params.capabilities;
        let completion = client.text_document.as_ref().and_then(|text| text.completion.as_ref());
        let item = completion.and_then(|completion| completion.completion_item.as_ref());
        let watching = client.workspace.as_ref().and_then(|workspace| workspace.did_change_watched_files.as_ref());
        let own = params.initialization_options.as_ref();
        let folders = params.workspace_folders.iter().flatten();
        Self {
            snippets: item.and_then(|item| item.snippet_support).unwrap_or(false),
            watches_files: watching.and_then(|watching| watching.dynamic_registration).unwrap_or(false),
            pull: own.and_then(|own| own.get("pullDiagnostics")).and_then(Value::as_bool).unwrap_or(false),
            explain_uri: own.and_then(|own| own.get("explainUri")).and_then(Value::as_str).map(str::to_owned),
            roots: folders.filter_map(|folder| uri::to_path(&folder.uri)).collect(),
        }
    }

    /// Where the page of a code can be seen.
    pub(super) fn explain(&self, code: &str) -> Option<Uri> {
        Uri::from_str(&self.explain_uri.as_ref()?.replace("{code}", code)).ok()
    }
}

/// Why a request has no answer.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: i32,
    pub(super) message: String,
}

impl Failure {
    /// The request makes sense and cannot be done.
    fn refused(message: impl Into<String>) -> Self {
        Self { code: ErrorCode::RequestFailed as i32, message: message.into() }
    }
}

/// What a request may look at.
pub(super) struct Cx<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) documents: &'a Documents,
    pub(super) encoding: Encoding,
    pub(super) options: &'a Options,
}

/// Answers a request.
pub(super) fn answer(cx: &Cx<'_>, method: &str, params: Value) -> Result<Value, Failure> {
    let Some((_, handler)) = ALL.iter().find(|(name, _)| *name == method) else {
        return Err(Failure { code: ErrorCode::MethodNotFound as i32, message: format!("`{method}` is not known") });
    };
    handler(cx, params)
}

/// The parameters of a request, by their type.
fn read<P: DeserializeOwned>(params: Value) -> Result<P, Failure> {
    serde_json::from_value(params).map_err(|error| Failure { code: ErrorCode::InvalidParams as i32, message: error.to_string() })
}

/// An answer as the protocol has it.
fn write(answer: impl Serialize) -> Result<Value, Failure> {
    serde_json::to_value(answer).map_err(|error| Failure { code: ErrorCode::InternalError as i32, message: error.to_string() })
}

/// A file of an analysis.
struct Here<'a> {
    analysis: &'a Analysis,
    file: FileId,
    convert: Convert<'a>,
}

impl Here<'_> {
    /// What runs of the project left behind. A store that cannot be read is as good as none here: `quality stats` says what
    /// is wrong with it.
    fn store(&self) -> Option<SqliteStore> {
        let root = self.analysis.project.as_ref().map(|project| project.root.as_path())?;
        state::open_existing(&state::path(root)).ok().flatten()
    }

    /// The place of a position.
    fn place(&self, position: Position) -> Span {
        let offset = self.convert.offset(self.file, position);
        Span::new(self.file, offset, offset)
    }
}

impl<'a> Cx<'a> {
    /// What is known of a file; `None` if it belongs to no project.
    fn file(&'a self, uri: &Uri, name: &'a dyn Fn(&Path) -> Option<Uri>) -> Option<Here<'a>> {
        let (analysis, file) = self.snapshot.find(&uri::to_path(uri)?)?;
        let convert = Convert::new(analysis, self.encoding, self.options, name);
        Some(Here { analysis, file, convert })
    }

    /// What the client calls a file that it has open.
    fn name(&self, path: &Path) -> Option<Uri> {
        self.documents.get(path).map(|document| document.uri.clone())
    }

    /// Calls `ask` with the file and the place that a request is about; `None` if the file belongs to no project.
    fn at<R>(&self, at: &TextDocumentPositionParams, ask: impl FnOnce(&Here<'_>, Span) -> Option<R>) -> Option<R> {
        let name = |path: &Path| self.name(path);
        let here = self.file(&at.text_document.uri, &name)?;
        let place = here.place(at.position);
        ask(&here, place)
    }

    /// Calls `ask` with the file that a request is about; `None` if it belongs to no project.
    fn with<R>(&self, uri: &Uri, ask: impl FnOnce(&Here<'_>) -> Option<R>) -> Option<R> {
        let name = |path: &Path| self.name(path);
        ask(&self.file(uri, &name)?)
    }
}
