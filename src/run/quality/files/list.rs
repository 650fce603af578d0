//! Which files a place means: from words to files with their size and time, sorted by path.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use indexmap::IndexMap;

use super::Files;
use crate::run::os_world::OsWorld;
use crate::stdlib::connector::file::hive::is_hidden;
use crate::stdlib::rule::{FileFilter, FilePlace, FileSet};
use crate::world::World;

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// Where it lies.
    pub(super) path: PathBuf,
    /// As it is shown, and as patterns see it: from the folder where relative paths begin, `/` between parts.
    pub(super) shown: String,
    /// Its size in bytes.
    pub(super) size: u64,
    /// When it was last modified.
    pub(super) modified: DateTime<Utc>,
}

impl Entry {
    /// The last part of its path.
    pub(super) fn name(&self) -> &str {
        self.shown.rsplit('/').next().unwrap_or(&self.shown)
    }
}

/// The files of every place that was asked for.
#[derive(Debug)]
pub(super) struct Listings<'a> {
    files: &'a Files,
    known: IndexMap<Option<String>, Result<Vec<Entry>, String>>,
}

impl<'a> Listings<'a> {
    pub(super) fn new(files: &'a Files) -> Self {
        Self { files, known: IndexMap::new() }
    }

    /// The files of a set, sorted by path; an error, in words, if there are none or they cannot be looked at.
    pub(super) fn of(&mut self, set: &FileSet) -> Result<Vec<Entry>, Nothing> {
        let key = match &set.place {
            FilePlace::Source => None,
            FilePlace::Path(path) => Some(path.clone()),
        };
        let files = self.files;
        let listed = self.known.entry(key).or_insert_with_key(|path| match path {
            None => files.source.iter().map(|(path, shown)| entry(path.clone(), shown.clone())).collect(),
            Some(path) => below(&files.root, path),
        });
        let all = listed.clone().map_err(Nothing::Unknown)?;
        let place = match &set.place {
            FilePlace::Source => "the data set".to_owned(),
            FilePlace::Path(path) => format!("`{path}`"),
        };
        if all.is_empty() {
            return Err(Nothing::Empty(format!("{place} has no files")));
        }
        let count = all.len();
        let kept = set.filters.iter().try_fold(all, chosen).map_err(Nothing::Unknown)?;
        if kept.is_empty() {
            let files = if count == 1 { "the 1 file".to_owned() } else { format!("the {count} files") };
            return Err(Nothing::Empty(format!("the tags of the rule leave none of {files} of {place}")));
        }
        Ok(kept)
    }
}

/// Why there is no file to judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Nothing {
    /// There is none.
    Empty(String),
    /// The place is not there, or cannot be looked at.
    Unknown(String),
}

/// The files that a filter leaves, sorted by path as they were.
fn chosen(mut files: Vec<Entry>, filter: &FileFilter) -> Result<Vec<Entry>, String> {
    match filter {
        FileFilter::Uri(pattern) => {
            let mut kept = Vec::new();
            for file in files {
                if pattern.matches(&file.shown)? {
                    kept.push(file);
                }
            }
            Ok(kept)
        }
        FileFilter::Newest(count) => {
            // Of files of one time, the first by path.
            files.sort_by(|a, b| b.modified.cmp(&a.modified).then_with(|| a.shown.cmp(&b.shown)));
            files.truncate(*count);
            files.sort_by(|a, b| a.shown.cmp(&b.shown));
            Ok(files)
        }
    }
}

/// The files of a path: itself, all below it, or those that match it. Hidden ones are passed over, as sources do it.
fn below(root: &Path, path: &str) -> Result<Vec<Entry>, String> {
    let whole = root.join(path);
    if whole.is_file() {
        let shown = shown(root, &whole);
        return Ok(vec![entry(whole, shown)?]);
    }
    let (base, pattern) = match first_glob(path) {
        _ if whole.is_dir() => (whole, "**/*".to_owned()),
        Some((base, pattern)) => (root.join(base), pattern),
        None => return Err(format!("there is no file or folder `{path}`")),
    };
    let mut found = matching(&base, &pattern, path)?;
    if found.is_empty() {
        // A glob of folders means the files in them.
        found = matching(&base, &format!("{}/**/*", pattern.trim_end_matches('/')), path)?;
    }
    let mut entries = found.into_iter().map(|path| entry(path.clone(), shown(root, &path))).collect::<Result<Vec<_>, _>>()?;
    entries.sort_by(|a, b| a.shown.cmp(&b.shown));
    Ok(entries)
}

/// The folder before the first mark of a glob, and the rest.
fn first_glob(path: &str) -> Option<(String, String)> {
    let parts: Vec<_> = path.split('/').collect();
    let first = parts.iter().position(|part| part.contains(['*', '?', '[']))?;
    let base = parts[..first].join("/");
    // `/*.csv` begins at the root, which `join` has made nothing of.
    let base = if base.is_empty() && path.starts_with('/') { "/".to_owned() } else { base };
    Some((base, parts[first..].join("/")))
}

fn matching(base: &Path, pattern: &str, written: &str) -> Result<Vec<PathBuf>, String> {
    let found = OsWorld.glob(base, pattern).map_err(|error| unreadable(written, &error))?;
    let hidden = |path: &PathBuf| {
        let below = path.strip_prefix(base).unwrap_or(path);
        below.iter().any(|part| is_hidden(&part.to_string_lossy()))
    };
    Ok(found.into_iter().filter(|path| !hidden(path)).collect())
}

fn entry(path: PathBuf, shown: String) -> Result<Entry, String> {
    let known = fs::metadata(&path).and_then(|metadata| Ok((metadata.len(), metadata.modified()?)));
    let (size, modified) = known.map_err(|error| unreadable(&shown, &error))?;
    Ok(Entry { path, shown, size, modified: modified.into() })
}

/// What the operating system says of a file, without its number.
pub(super) fn unreadable(shown: &str, error: &io::Error) -> String {
    let text = error.to_string();
    format!("`{shown}` cannot be read: {}", text.split(" (os error").next().unwrap_or(&text).to_lowercase())
}

pub(super) fn shown(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts = below.iter().filter(|part| *part != ".").map(|part| part.to_string_lossy());
    parts.collect::<Vec<_>>().join("/").replacen("//", "/", 1)
}
