//! Everything the compiler may ask of its surroundings: files, environment variables, the clock.
//!
//! From text to logical plan the compiler is a function of a [`World`]. The command line hands it
//! [`OsWorld`](crate::run::os_world::OsWorld), tests a [`MemoryWorld`], an editor an [`OverlayWorld`].

mod memory;
mod overlay;

use std::borrow::Cow;
use std::io::{self, Read};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

pub use memory::MemoryWorld;
pub use overlay::OverlayWorld;

/// The surroundings of a compilation. Paths are as the caller wrote them, joined to the project's root.
pub trait World: Sync {
    /// A path from the root, where the world has a current folder that it can be relative to.
    fn absolute(&self, path: &Path) -> PathBuf;

    /// The text of a file; `InvalidData` if it is not UTF-8. A world that keeps texts shares them.
    fn read(&self, path: &Path) -> io::Result<Arc<str>>;

    /// Opens a data file, for reading its head.
    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>>;

    /// How many bytes a file has.
    fn size(&self, path: &Path) -> io::Result<u64> {
        io::copy(&mut self.open(path)?, &mut io::sink())
    }

    /// The last bytes of a file, at most `len`: the footer of a Parquet file.
    fn tail(&self, path: &Path, len: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.open(path)?.read_to_end(&mut bytes)?;
        Ok(bytes.split_off(bytes.len().saturating_sub(len)))
    }

    /// A number that stays the same as long as no answer changes, but for the texts and sizes of open files. `None` if nobody
    /// can say so.
    fn stamp(&self) -> Option<u64> {
        None
    }

    /// Whether a file is open in an editor: its text may change without the [`stamp`](World::stamp).
    fn is_open(&self, _path: &Path) -> bool {
        false
    }

    /// The files (not folders) below `root` whose path relative to it matches the glob `pattern`, sorted.
    fn glob(&self, root: &Path, pattern: &str) -> io::Result<Vec<PathBuf>>;

    /// Whether there is a file of that path.
    fn is_file(&self, path: &Path) -> bool;

    /// Whether there is a folder of that path.
    fn is_dir(&self, path: &Path) -> bool;

    /// An environment variable.
    fn variable(&self, name: &str) -> Option<String>;

    /// The current time.
    fn now(&self) -> DateTime<Utc>;
}

/// How globs match here: `*` stops at `/`, `**` crosses it, a leading dot is ordinary.
pub const GLOB: glob::MatchOptions =
    glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

/// A path without `./`: a file is one file however it is named.
pub fn plain(path: &Path) -> Cow<'_, Path> {
    let bytes = path.as_os_str().as_encoded_bytes();
    let is_plain =
        !bytes.starts_with(b".") && !bytes.ends_with(b"/") && !bytes.windows(2).any(|two| matches!(two, b"/." | b"//"));
    if is_plain && cfg!(unix) {
        return Cow::Borrowed(path);
    }
    Cow::Owned(path.components().filter(|part| *part != Component::CurDir).collect())
}

/// The path without `.` parts and with `..` taken back.
pub fn tidied(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}
