//! The folder in which a run writes before it commits.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use super::path::WORK;

/// Removes itself, unless it was published, when the last of a sink's writers is gone.
#[derive(Debug)]
pub(super) struct Staging {
    folder: PathBuf,
    /// How many folders were made for it, itself among them.
    made: usize,
    published: AtomicBool,
}

/// The staging folder of a run below a sink's folder, with `/` between its parts.
pub fn staging_name(run_id: &str) -> String {
    format!("{WORK}/staging/{}", file_name(run_id))
}

/// An id as part of a file's name.
pub fn file_name(id: &str) -> String {
    id.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect()
}

impl Staging {
    /// Makes the staging folder of a run below the sink's folder, and that one too.
    pub(super) fn create(sink: &Path, run_id: &str) -> io::Result<Self> {
        let folder = sink.join(staging_name(run_id));
        let staging = Self { made: missing(&folder), folder, published: AtomicBool::new(false) };
        // Another run that ends in this moment may take away a folder that was empty just now.
        let made = fs::create_dir_all(&staging.folder).or_else(|_| fs::create_dir_all(&staging.folder));
        made.map(|()| staging)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// From now on the commit owns the files.
    pub(super) fn publish(&self) {
        self.published.store(true, Ordering::Release);
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if self.published.load(Ordering::Acquire) {
            return;
        }
        discard(&self.folder, self.made);
    }
}

/// How many folders would have to be made for a folder, itself among them.
pub fn missing(folder: &Path) -> usize {
    folder.ancestors().take_while(|path| !path.exists()).count()
}

/// Removes a staging folder, and those of the `made` folders that nothing else is in. What cannot be removed now is
/// removed when the next run recovers.
pub fn discard(staging: &Path, made: usize) {
    let _ = fs::remove_dir_all(staging);
    // The two folders above it are ours even if an earlier run made them.
    for path in staging.ancestors().skip(1).take(made.saturating_sub(1).max(2)) {
        let _ = fs::remove_dir(path);
    }
}
