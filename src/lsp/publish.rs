//! Diagnostics to the client: of every file of every project, each time they are others than before.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lsp_server::{Message, Notification};
use lsp_types::notification::{Notification as _, PublishDiagnostics};
use lsp_types::{Diagnostic, PublishDiagnosticsParams, Uri};

use super::convert::Convert;
use super::position::Encoding;
use super::requests::Options;
use super::uri;
use super::worker::Snapshot;
use crate::ide::Analysis;
use crate::ide::index::is_project_file;

/// What is said of a file.
pub(super) struct Said {
    pub(super) uri: Uri,
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Sends diagnostics, and knows what was sent.
pub(super) struct Publisher {
    encoding: Encoding,
    options: Options,
    /// By the client's name of a file.
    sent: BTreeMap<String, Said>,
}

impl Publisher {
    pub(super) fn new(encoding: Encoding, options: Options) -> Self {
        Self { encoding, options, sent: BTreeMap::new() }
    }

    /// Sends what is not as it was sent last.
    pub(super) fn publish(&mut self, snapshot: &Snapshot, open: &BTreeMap<PathBuf, (Uri, i32)>, send: &dyn Fn(Message)) {
        if self.options.pull {
            return;
        }
        let name = |path: &Path| open.get(path).map(|(uri, _)| uri.clone());
        let mut now: BTreeMap<String, Said> = BTreeMap::new();
        for analysis in &snapshot.analyses {
            for said in by_file(analysis, self.encoding, &self.options, &name) {
                // Of a file that two of them read, what the first says counts.
                now.entry(said.uri.as_str().to_owned()).or_insert(said);
            }
        }
        for (key, before) in &self.sent {
            if !now.contains_key(key) {
                now.insert(key.clone(), Said { uri: before.uri.clone(), diagnostics: Vec::new() });
            }
        }
        for (key, said) in &now {
            let before = self.sent.get(key).map_or(&[][..], |said| said.diagnostics.as_slice());
            if before == said.diagnostics.as_slice() {
                continue;
            }
            let version = open.values().find(|(other, _)| *other == said.uri).map(|(_, version)| *version);
            let params = PublishDiagnosticsParams { uri: said.uri.clone(), diagnostics: said.diagnostics.clone(), version };
            send(Message::Notification(Notification::new(PublishDiagnostics::METHOD.to_owned(), params)));
        }
        now.retain(|_, said| !said.diagnostics.is_empty());
        self.sent = now;
    }
}

/// The diagnostics of an analysis by file, an entry for each file that was read.
pub(super) fn by_file(
    analysis: &Analysis,
    encoding: Encoding,
    options: &Options,
    name: &dyn Fn(&Path) -> Option<Uri>,
) -> Vec<Said> {
    let convert = Convert::new(analysis, encoding, options, name);
    let mut found: Vec<Said> = Vec::new();
    // By their ids, which are their places in the list.
    let mut places: Vec<Option<usize>> = Vec::new();
    for (file, _) in analysis.map.iter() {
        places.push(convert.uri(file).map(|uri| {
            found.push(Said { uri, diagnostics: Vec::new() });
            found.len() - 1
        }));
    }
    for diagnostic in &analysis.diagnostics {
        let place = match diagnostic.primary() {
            Some(label) => places.get(label.span.file.0 as usize).copied().flatten(),
            None => home(analysis, name).map(|uri| {
                found.iter().position(|said| said.uri == uri).unwrap_or_else(|| {
                    found.push(Said { uri, diagnostics: Vec::new() });
                    found.len() - 1
                })
            }),
        };
        if let Some(place) = place {
            found[place].diagnostics.push(convert.diagnostic(diagnostic));
        }
    }
    found
}

/// The file for what has no place: the project file, or the first one.
fn home(analysis: &Analysis, name: &dyn Fn(&Path) -> Option<Uri>) -> Option<Uri> {
    let files = || analysis.map.iter().map(|(_, file)| file.path.as_path());
    let path = files().find(|path| is_project_file(path)).or_else(|| files().next()).unwrap_or(&analysis.path);
    name(path).or_else(|| uri::from_path(path))
}
