//! Rules about files, judged before the main pass: files are listed and read on a thread where that may take its time.
//!
//! [`list`] finds files, [`hash`] calculates their checksums, [`judge`](mod@judge) says what holds. Every place is listed
//! once and every file read once for a kind of checksum, however many rules ask.

mod hash;
mod judge;
mod list;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::common::{Result, exec_datafusion_err};

use crate::stdlib::connector::FileEntry;
use crate::stdlib::rule::{FileFigure, FileRule};
use hash::Checksums;
use judge::{Judge, Judged};
use list::Listings;

/// Where the files are that rules are about.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// The folder that relative paths begin at; empty for the current one.
    pub root: PathBuf,
    /// The files that the primary data set is read from, each with the name it is shown by.
    pub source: Vec<(PathBuf, String)>,
}

impl Files {
    /// Relative paths begin at the current folder; the data set is read from these.
    pub fn of_data(files: &[FileEntry]) -> Self {
        let source = files.iter().map(|file| (file.path.clone(), list::shown(Path::new(""), &file.path)));
        Self { root: PathBuf::new(), source: source.collect() }
    }
}

/// What was found out about files.
#[derive(Debug, Default)]
pub(super) struct Judgements(Vec<(FileRule, Judged)>);

impl Judgements {
    /// A figure; an error if it cannot be known.
    pub(super) fn figure(&self, rule: &FileRule, figure: FileFigure) -> std::result::Result<Option<f64>, String> {
        let Some(judged) = self.of(rule) else { return Ok(None) };
        let bytes = |size: Option<u64>| size.map(|size| size as f64);
        match figure {
            FileFigure::Compliance => judged.share.clone().map(Some),
            FileFigure::Count => Ok(judged.count.map(|count| count as f64)),
            FileFigure::Smallest => Ok(bytes(judged.smallest)),
            FileFigure::Greatest => Ok(bytes(judged.greatest)),
        }
    }

    /// Why a share is not the one that is demanded.
    pub(super) fn reason(&self, rule: &FileRule, share: f64) -> String {
        self.of(rule).map_or_else(String::new, |judged| judged.reason(rule, share))
    }

    fn of(&self, rule: &FileRule) -> Option<&Judged> {
        self.0.iter().find(|(known, _)| known == rule).map(|(_, judged)| judged)
    }
}

/// Judges all rules about files.
pub(super) async fn judge(rules: Vec<FileRule>, files: &Files) -> Result<Judgements> {
    if rules.is_empty() {
        return Ok(Judgements::default());
    }
    // A run that is given up must not wait until a large file has been read to its end.
    let stop = Stop::default();
    let (files, stopped) = (files.clone(), Arc::clone(&stop.0));
    let judged = tokio::task::spawn_blocking(move || all(rules, &files, stopped)).await;
    judged.map_err(|error| exec_datafusion_err!("files could not be looked at: {error}"))
}

fn all(rules: Vec<FileRule>, files: &Files, stopped: Arc<AtomicBool>) -> Judgements {
    let mut judge = Judge { listings: Listings::new(files), checksums: Checksums::new(stopped) };
    Judgements(
        rules
            .into_iter()
            .map(|rule| {
                let judged = judge.rule(&rule);
                (rule, judged)
            })
            .collect(),
    )
}

/// Raises a flag when it is dropped.
#[derive(Debug, Default)]
struct Stop(Arc<AtomicBool>);

impl Drop for Stop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
