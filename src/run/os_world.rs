//! The world as it is: the file system, the environment, the clock.

use std::fs::{self, File};
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::world::{GLOB, World, tidied};

/// The file system, the environment and the clock of this machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsWorld;

impl World for OsWorld {
    fn read(&self, path: &Path) -> io::Result<Arc<str>> {
        fs::read_to_string(path).map(Arc::from)
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(File::open(path)?))
    }

    fn size(&self, path: &Path) -> io::Result<u64> {
        Ok(fs::metadata(path)?.len())
    }

    fn tail(&self, path: &Path, len: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let start = file.metadata()?.len().saturating_sub(len as u64);
        file.seek(io::SeekFrom::Start(start))?;
        let mut bytes = Vec::with_capacity(len);
        file.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<Vec<PathBuf>> {
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let parts = pattern.split('/').filter(|part| !part.is_empty() && *part != ".");
        let parts = parts.map(glob::Pattern::new).collect::<Result<Vec<_>, _>>().map_err(invalid)?;
        let mut found = Vec::new();
        // Nothing before the pattern: the folder that the program was called in.
        let here = Path::new(".");
        let is_here = root.as_os_str().is_empty();
        walk(if is_here { here } else { root }, &parts, &mut found)?;
        if is_here {
            found.iter_mut().for_each(|path| *path = path.strip_prefix(here).map_or_else(|_| path.clone(), Path::to_path_buf));
        }
        found.sort();
        found.dedup();
        Ok(found)
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        std::path::absolute(path).map_or_else(|_| path.to_path_buf(), |path| tidied(&path))
    }

    fn is_file(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn is_dir(&self, path: &Path) -> bool {
        path.is_dir()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the World that the others are told to ask")]
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the World that the others are told to ask")]
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// Collects the files below `folder` that match the rest of the pattern, a part a folder level. Only folders
/// that can match are read, so a pattern without `**` never walks a whole tree.
fn walk(folder: &Path, parts: &[glob::Pattern], found: &mut Vec<PathBuf>) -> io::Result<()> {
    let Some((part, rest)) = parts.split_first() else { return Ok(()) };
    if part.as_str() == ".." {
        return walk(&folder.join(".."), rest, found);
    }
    let any_depth = part.as_str() == "**";
    if any_depth {
        walk(folder, rest, found)?;
    }
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        // A folder that is not there matches nothing; one that cannot be read is an error.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name();
        if !any_depth && !name.to_str().is_some_and(|name| part.matches_with(name, GLOB)) {
            continue;
        }
        let path = folder.join(&name);
        let is_link = entry.file_type()?.is_symlink();
        // Links to files count; links to folders are not followed below `**`, they may lead in a circle.
        let is_dir = path.is_dir() && !(is_link && any_depth);
        if is_dir {
            walk(&path, if any_depth { parts } else { rest }, found)?;
        } else if rest.is_empty() && path.is_file() {
            found.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::MemoryWorld;

    #[test]
    fn globs_as_the_memory_world_does() {
        let files = ["a.csv", "b.txt", "x/a.csv", "x/y/c.csv", "x/y/.hidden.csv", "year=2024/month=01/p.parquet"];
        let folder = tempfile::tempdir().unwrap();
        let mut memory = MemoryWorld::default();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            memory = memory.with_file(&path, "");
        }
        for pattern in ["*.csv", "**/*.csv", "x/**/*.csv", "x/*.csv", "x/**", "**", "year=*/*/*.parquet", "./a.csv", "no/*"] {
            let actual = OsWorld.glob(folder.path(), pattern).unwrap();
            let clean = pattern.trim_start_matches("./");
            assert_eq!(actual, memory.glob(folder.path(), clean).unwrap(), "{pattern}");
        }
        assert_eq!(OsWorld.glob(folder.path(), "[").unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }
}
