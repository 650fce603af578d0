//! Makes written files outlast a power failure.

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

use super::publish::sync_folder;

/// How many files are synced at a time: a disk does several in the time of one.
const AT_ONCE: usize = 8;

/// Syncs files and the folders they stand in. The error names its file.
pub(super) fn sync_files(root: &Path, names: &[&str]) -> Result<(), (PathBuf, io::Error)> {
    let chunk = names.len().div_ceil(AT_ONCE).max(1);
    thread::scope(|scope| {
        let threads: Vec<_> = names.chunks(chunk).map(|names| scope.spawn(move || sync_each(root, names))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("syncing does not panic"))
    })?;
    let folders: BTreeSet<PathBuf> = names.iter().filter_map(|name| root.join(name).parent().map(Path::to_owned)).collect();
    folders.into_iter().try_for_each(|folder| sync_folder(&folder).map_err(|error| (folder, error)))
}

fn sync_each(root: &Path, names: &[&str]) -> Result<(), (PathBuf, io::Error)> {
    names
        .iter()
        .map(|name| root.join(name))
        .try_for_each(|path| File::open(&path).and_then(|file| file.sync_all()).map_err(|error| (path, error)))
}
