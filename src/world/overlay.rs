//! A world with some files replaced by text that is not saved yet: an editor's open buffers.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{GLOB, World, plain};

/// `base`, with the texts of `buffers` in place of the files on disk.
pub struct OverlayWorld<W> {
    base: W,
    buffers: HashMap<OsString, Arc<str>>,
    /// How often a buffer came or went.
    changes: u64,
}

impl<W: World> OverlayWorld<W> {
    /// An overlay that replaces nothing yet.
    pub fn new(base: W) -> Self {
        Self { base, buffers: HashMap::new(), changes: 0 }
    }

    /// The world below the buffers.
    pub fn base(&self) -> &W {
        &self.base
    }

    /// Sets the text of an open buffer.
    pub fn open_buffer(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) {
        let before = self.buffers.insert(plain(&path.into()).into_owned().into(), text.into());
        self.changes += u64::from(before.is_none());
    }

    /// Forgets a buffer: the file on disk counts again.
    pub fn close_buffer(&mut self, path: &Path) {
        let before = self.buffers.remove(plain(path).as_os_str());
        self.changes += u64::from(before.is_some());
    }

    fn buffer(&self, path: &Path) -> Option<&Arc<str>> {
        self.buffers.get(plain(path).as_os_str())
    }
}

impl<W: World> World for OverlayWorld<W> {
    fn read(&self, path: &Path) -> io::Result<Arc<str>> {
        self.buffer(path).map_or_else(|| self.base.read(path), |text| Ok(Arc::clone(text)))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        match self.buffer(path) {
            Some(text) => Ok(Box::new(Cursor::new(text.as_bytes().to_vec()))),
            None => self.base.open(path),
        }
    }

    fn size(&self, path: &Path) -> io::Result<u64> {
        self.buffer(path).map_or_else(|| self.base.size(path), |text| Ok(text.len() as u64))
    }

    fn tail(&self, path: &Path, len: usize) -> io::Result<Vec<u8>> {
        let Some(text) = self.buffer(path) else { return self.base.tail(path, len) };
        Ok(text.as_bytes()[text.len().saturating_sub(len)..].to_vec())
    }

    fn stamp(&self) -> Option<u64> {
        // Both only grow: the sum stays if both do.
        Some(self.base.stamp()? + self.changes)
    }

    fn is_open(&self, path: &Path) -> bool {
        self.buffer(path).is_some()
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<Vec<PathBuf>> {
        let mut found = self.base.glob(root, pattern)?;
        let pattern = glob::Pattern::new(pattern).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let below = plain(root);
        let matched = |path: &OsString| {
            let rest = Path::new(path).strip_prefix(&below).ok()?;
            pattern.matches_path_with(rest, GLOB).then(|| root.join(rest))
        };
        found.extend(self.buffers.keys().filter_map(matched));
        found.sort();
        found.dedup();
        Ok(found)
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        self.base.absolute(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.buffer(path).is_some() || self.base.is_file(path)
    }

    fn is_dir(&self, path: &Path) -> bool {
        self.base.is_dir(path)
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.base.variable(name)
    }

    fn now(&self) -> DateTime<Utc> {
        self.base.now()
    }
}
