//! Texts of files: each is read into the map once, and shared with the load before as long as it is the same.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::discover::{parent, shown};
use super::memory::Files;
use crate::diag::codes::project::UNREADABLE_FILE;
use crate::diag::{Diagnostic, Sink, suggest};
use crate::source::{FileId, SourceMap, Span};
use crate::world::World;

/// Reads files of a project.
pub(super) struct Texts<'a> {
    pub(super) world: &'a dyn World,
    pub(super) map: &'a mut SourceMap,
    pub(super) files: &'a mut Files,
}

impl Texts<'_> {
    /// Reads a file into the map, unless it is there. `from` is where it is named, if it is named.
    pub(super) fn read(&mut self, path: &Path, from: Option<Span>, sink: &mut Sink) -> Option<FileId> {
        let shown = shown(path);
        if let Some(file) = self.map.find(&shown) {
            return Some(file);
        }
        match self.world.read(path) {
            Ok(text) => Some(self.map.share(self.files.file(shown, text))),
            Err(error) => {
                sink.push(self.unreadable(path, from, &error));
                None
            }
        }
    }

    /// The text of a file that was read.
    pub(super) fn text(&self, file: FileId) -> Arc<str> {
        Arc::clone(&self.map.file(file).text)
    }

    fn unreadable(&self, path: &Path, from: Option<Span>, error: &io::Error) -> Diagnostic {
        let (what, help) = match error.kind() {
            io::ErrorKind::NotFound => ("does not exist", "correct the path; it starts at the project's root"),
            io::ErrorKind::InvalidData => ("is not UTF-8 text", "save it as UTF-8"),
            io::ErrorKind::PermissionDenied => ("may not be read", "allow reading it"),
            _ => ("cannot be read", ""),
        };
        let message = format!("`{}` {what}", shown(path).display());
        let mut diagnostic = match from {
            Some(span) => Diagnostic::new(&UNREADABLE_FILE, span, message).here("named here"),
            None => Diagnostic::bare(&UNREADABLE_FILE, message),
        };
        let is_missing = error.kind() == io::ErrorKind::NotFound;
        match near(self.world, path) {
            Some(near) if is_missing => diagnostic = diagnostic.help(format!("did you mean `{near}`?")),
            _ if is_missing && shown(path).to_string_lossy().ends_with(".schema.yaml") => {
                diagnostic = diagnostic.help("`glue-compile pin` writes it from the data, or correct the path");
            }
            _ if !help.is_empty() => diagnostic = diagnostic.help(help),
            _ => {}
        }
        if is_missing { diagnostic } else { diagnostic.note(format!("the system says: {error}")) }
    }
}

/// The path of a file of the same folder that is named alike.
pub(super) fn near(world: &dyn World, path: &Path) -> Option<String> {
    let files = world.glob(&parent(path), "*").unwrap_or_default();
    let names: Vec<_> = files.iter().map(|file| shown(file).display().to_string()).collect();
    suggest::nearest(&shown(path).display().to_string(), names.iter().map(String::as_str)).map(str::to_owned)
}
