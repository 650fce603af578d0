//! Makes written files, and the folders that name them, outlast a power failure.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::thread;

/// How many are synced at a time: a disk does several in the time of one.
const AT_ONCE: usize = 8;

/// Syncs files and folders. The error names its path.
pub(super) fn sync_all(paths: &[PathBuf]) -> Result<(), (PathBuf, io::Error)> {
    let chunk = paths.len().div_ceil(AT_ONCE).max(1);
    thread::scope(|scope| {
        let threads: Vec<_> = paths.chunks(chunk).map(|paths| scope.spawn(|| sync_each(paths))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().expect("syncing does not panic"))
    })
}

fn sync_each(paths: &[PathBuf]) -> Result<(), (PathBuf, io::Error)> {
    paths.iter().try_for_each(|path| sync(path).map_err(|error| (path.clone(), error)))
}

/// Syncs a file or the entries of a folder; one that is gone needs none.
pub fn sync(path: &Path) -> io::Result<()> {
    match File::open(path) {
        Ok(file) => file.sync_all(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
