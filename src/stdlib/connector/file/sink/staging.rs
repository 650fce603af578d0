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
    /// Folders that were made for it, the outermost first.
    made: Vec<PathBuf>,
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
        let mut staging = Self { folder: folder.clone(), made: Vec::new(), published: AtomicBool::new(false) };
        let mut missing: Vec<&Path> = folder.ancestors().take_while(|path| !path.exists()).collect();
        while let Some(path) = missing.pop() {
            match fs::create_dir(path) {
                Ok(()) => staging.made.push(path.to_owned()),
                // Another sink of the job was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(staging)
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
        discard(&self.folder);
        for path in self.made.iter().rev() {
            // Fails, as it should, where something else lies in the folder by now.
            let _ = fs::remove_dir(path);
        }
    }
}

/// Removes a staging folder, and the folders it stands in if nothing else is in them. What cannot be removed now is
/// removed when the next run recovers.
pub fn discard(staging: &Path) {
    let _ = fs::remove_dir_all(staging);
    for path in staging.ancestors().skip(1).take(2) {
        let _ = fs::remove_dir(path);
    }
}
