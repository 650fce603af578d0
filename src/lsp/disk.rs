//! A world that remembers what it was told, until something may have changed: between two keystrokes that is nothing.
//!
//! A client says when files on disk change, or a file is opened, saved or closed; then all is asked anew. Data files are not
//! remembered.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};

use crate::world::World;

/// `base`, asked once for each thing until [`forget`](Disk::forget).
pub(super) struct Disk<W> {
    base: W,
    known: Mutex<Known>,
    /// How often it was told to forget.
    forgotten: AtomicU64,
}

/// By paths as they are written: comparing them part by part takes longer than all else at a keystroke.
#[derive(Default)]
struct Known {
    texts: HashMap<OsString, Option<Arc<str>>>,
    found: HashMap<(OsString, String), Option<Vec<PathBuf>>>,
    files: HashMap<OsString, bool>,
    folders: HashMap<OsString, bool>,
    sizes: HashMap<OsString, Option<u64>>,
}

impl<W: World> Disk<W> {
    pub(super) fn new(base: W) -> Self {
        Self { base, known: Mutex::default(), forgotten: AtomicU64::new(0) }
    }

    /// From now on everything is asked anew.
    pub(super) fn forget(&self) {
        *self.known() = Known::default();
        self.forgotten.fetch_add(1, Ordering::Relaxed);
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<W: World> World for Disk<W> {
    fn read(&self, path: &Path) -> io::Result<Arc<str>> {
        if let Some(Some(text)) = self.known().texts.get(path.as_os_str()) {
            return Ok(Arc::clone(text));
        }
        // What cannot be read is asked again each time: why is a part of the message.
        let text = self.base.read(path);
        self.known().texts.insert(path.into(), text.as_ref().ok().cloned());
        text
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        self.base.open(path)
    }

    fn size(&self, path: &Path) -> io::Result<u64> {
        if let Some(Some(size)) = self.known().sizes.get(path.as_os_str()) {
            return Ok(*size);
        }
        let size = self.base.size(path);
        self.known().sizes.insert(path.into(), size.as_ref().ok().copied());
        size
    }

    fn tail(&self, path: &Path, len: usize) -> io::Result<Vec<u8>> {
        self.base.tail(path, len)
    }

    fn stamp(&self) -> Option<u64> {
        Some(self.forgotten.load(Ordering::Relaxed))
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<Vec<PathBuf>> {
        let key = (root.into(), pattern.to_owned());
        if let Some(Some(found)) = self.known().found.get(&key) {
            return Ok(found.clone());
        }
        let found = self.base.glob(root, pattern);
        self.known().found.insert(key, found.as_ref().ok().cloned());
        found
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        self.base.absolute(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        let known = self.known().files.get(path.as_os_str()).copied();
        known.unwrap_or_else(|| {
            let is = self.base.is_file(path);
            self.known().files.insert(path.into(), is);
            is
        })
    }

    fn is_dir(&self, path: &Path) -> bool {
        let known = self.known().folders.get(path.as_os_str()).copied();
        known.unwrap_or_else(|| {
            let is = self.base.is_dir(path);
            self.known().folders.insert(path.into(), is);
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
