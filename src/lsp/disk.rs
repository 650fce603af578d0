//! A world that remembers what it was told, until something may have changed: between two keystrokes that is nothing.
//!
//! A client says when files on disk change, or a file is opened, saved or closed; then all is asked anew. Data files are not
//! remembered.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::world::World;

/// `base`, asked once for each thing until [`forget`](Disk::forget).
pub(super) struct Disk<W> {
    base: W,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    texts: BTreeMap<PathBuf, Option<String>>,
    found: BTreeMap<(PathBuf, String), Option<Vec<PathBuf>>>,
    files: BTreeMap<PathBuf, bool>,
    folders: BTreeMap<PathBuf, bool>,
    sizes: BTreeMap<PathBuf, Option<u64>>,
}

impl<W: World> Disk<W> {
    pub(super) fn new(base: W) -> Self {
        Self { base, known: Mutex::default() }
    }

    /// From now on everything is asked anew.
    pub(super) fn forget(&self) {
        *self.known() = Known::default();
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: World> World for Disk<W> {
    fn read(&self, path: &Path) -> io::Result<String> {
        if let Some(Some(text)) = self.known().texts.get(path) {
            return Ok(text.clone());
        }
        // What cannot be read is asked again each time: why is a part of the message.
        let text = self.base.read(path);
        self.known().texts.insert(path.to_path_buf(), text.as_ref().ok().cloned());
        text
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        self.base.open(path)
    }

    fn size(&self, path: &Path) -> io::Result<u64> {
        if let Some(Some(size)) = self.known().sizes.get(path) {
            return Ok(*size);
        }
        let size = self.base.size(path);
        self.known().sizes.insert(path.to_path_buf(), size.as_ref().ok().copied());
        size
    }

    fn tail(&self, path: &Path, len: usize) -> io::Result<Vec<u8>> {
        self.base.tail(path, len)
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<Vec<PathBuf>> {
        let key = (root.to_path_buf(), pattern.to_owned());
        if let Some(Some(found)) = self.known().found.get(&key) {
            return Ok(found.clone());
        }
        let found = self.base.glob(root, pattern);
        self.known().found.insert(key, found.as_ref().ok().cloned());
        found
    }

    fn is_file(&self, path: &Path) -> bool {
        let known = self.known().files.get(path).copied();
        known.unwrap_or_else(|| {
            let is = self.base.is_file(path);
            self.known().files.insert(path.to_path_buf(), is);
            is
        })
    }

    fn is_dir(&self, path: &Path) -> bool {
        let known = self.known().folders.get(path).copied();
        known.unwrap_or_else(|| {
            let is = self.base.is_dir(path);
            self.known().folders.insert(path.to_path_buf(), is);
            is
        })
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.base.variable(name)
    }

    fn now(&self) -> DateTime<Utc> {
        self.base.now()
    }
}
