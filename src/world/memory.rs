//! A world that is a map of files and a fixed clock: for tests and examples.

use std::collections::BTreeMap;
use std::io::{self, Cursor, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{GLOB, World, tidied};

/// Files by path, variables by name, and a clock that stands still.
#[derive(Debug, Clone, Default)]
pub struct MemoryWorld {
    files: BTreeMap<PathBuf, Vec<u8>>,
    variables: BTreeMap<String, String>,
    now: DateTime<Utc>,
}

impl MemoryWorld {
    /// Adds or replaces a file.
    #[must_use]
    pub fn with_file(mut self, path: impl AsRef<Path>, content: impl Into<Vec<u8>>) -> Self {
        self.files.insert(tidied(path.as_ref()), content.into());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Sets the clock.
    #[must_use]
    pub fn at(mut self, now: DateTime<Utc>) -> Self {
        self.now = now;
        self
    }

    fn get(&self, path: &Path) -> io::Result<&Vec<u8>> {
        self.files.get(&tidied(path)).ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such file"))
    }
}

impl World for MemoryWorld {
    fn read(&self, path: &Path) -> io::Result<Arc<str>> {
        std::str::from_utf8(self.get(path)?).map(Arc::from).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(Cursor::new(self.get(path)?.clone())))
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<Vec<PathBuf>> {
        let pattern = glob::Pattern::new(pattern).map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        let root = tidied(root);
        let inside = |path: &&PathBuf| path.strip_prefix(&root).is_ok_and(|rest| pattern.matches_path_with(rest, GLOB));
        Ok(self.files.keys().filter(inside).cloned().collect())
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        tidied(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.files.contains_key(&tidied(path))
    }

    fn is_dir(&self, path: &Path) -> bool {
        let path = tidied(path);
        self.files.keys().any(|file| *file != path && file.starts_with(&path))
    }

    fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).cloned()
    }

    fn now(&self) -> DateTime<Utc> {
        self.now
    }
}
