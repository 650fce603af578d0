//! The files of a project as they were at a commit, read from git's store without a checkout.
//!
//! Specs and rulesets come from the commit alone. Data files that the commit does not have are those on disk: they are the same for both
//! versions, so that columns which are not declared are inferred from the same data.

use std::collections::BTreeSet;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};

use super::git::{self, Commit};
use super::os_world::OsWorld;
use crate::diag::Diagnostic;
use crate::world::{GLOB, World, tidied};

/// A commit as a world.
#[derive(Debug)]
pub struct GitWorld {
    /// The commit's full name.
    commit: String,
    /// The folder of the repository.
    top: PathBuf,
    /// The current folder, which relative paths start from.
    here: PathBuf,
    /// All files of the commit, from the top.
    files: BTreeSet<PathBuf>,
    /// All folders of them.
    folders: BTreeSet<PathBuf>,
    reader: Mutex<Reader>,
}

/// `git cat-file --batch`: a name in, a file out.
#[derive(Debug)]
struct Reader {
    child: Child,
    names: ChildStdin,
    contents: BufReader<ChildStdout>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        // It ends by itself when nobody asks any more; a failure to end it leaves nothing behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl GitWorld {
    /// The files of the repository around `project` at `reference`: a branch, a tag, a commit, `HEAD~1`.
    pub fn open(project: &Path, reference: &str) -> Result<Self, Diagnostic> {
        let commit = Commit::find(project, reference)?;
        let listed = commit.names(&["ls-tree", "-r", "-z", "--name-only", "--full-tree", &commit.name])?;
        let files: BTreeSet<PathBuf> = listed.into_iter().collect();
        let folders = files.iter().flat_map(|file| file.ancestors().skip(1).map(Path::to_path_buf)).collect();
        let here = std::env::current_dir().and_then(|here| here.canonicalize()).unwrap_or_else(|_| PathBuf::from("."));
        let reader = Mutex::new(Reader::start(&commit.folder).map_err(|error| git::missing(&error))?);
        let top = commit.top.canonicalize().unwrap_or(commit.top);
        Ok(Self { commit: commit.name, top, here, files, folders, reader })
    }

    /// The commit's full name.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// A path from the top of the repository; `None` outside of it.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        let whole = tidied(&self.here.join(path));
        whole.strip_prefix(&self.top).map(Path::to_path_buf).ok()
    }

    fn has(&self, path: &Path) -> bool {
        self.inside(path).is_some_and(|path| self.files.contains(&path))
    }

    fn bytes(&self, path: &Path) -> io::Result<Vec<u8>> {
        let path = self.inside(path).filter(|path| self.files.contains(path)).ok_or_else(missing)?;
        let name = path.to_str().filter(|name| !name.contains('\n')).ok_or_else(missing)?;
        let mut reader = self.reader.lock().map_err(|_| io::Error::other("git stopped"))?;
        reader.read(&format!("{}:{name}", self.commit))
    }
}

impl Reader {
    fn start(folder: &Path) -> io::Result<Self> {
        let mut child = Command::new("git")
            .arg("-C")
            .arg(folder)
            .args(["cat-file", "--batch"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let (Some(names), Some(contents)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(io::Error::other("git has no input or output"));
        };
        Ok(Self { child, names, contents: BufReader::new(contents) })
    }

    fn read(&mut self, name: &str) -> io::Result<Vec<u8>> {
        writeln!(self.names, "{name}")?;
        self.names.flush()?;
        let mut head = String::new();
        self.contents.read_line(&mut head)?;
        let size = match head.split_whitespace().collect::<Vec<_>>().as_slice() {
            [_, "blob", size] => size.parse::<usize>().map_err(|_| io::Error::other("git gave no size"))?,
            // A submodule is a commit of another repository.
            _ => return Err(missing()),
        };
        let mut bytes = vec![0; size + 1];
        self.contents.read_exact(&mut bytes)?;
        bytes.pop();
        Ok(bytes)
    }
}

impl World for GitWorld {
    fn read(&self, path: &Path) -> io::Result<Arc<str>> {
        String::from_utf8(self.bytes(path)?).map(Arc::from).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        if self.has(path) {
            return Ok(Box::new(Cursor::new(self.bytes(path)?)));
        }
        if is_spec(path) { Err(missing()) } else { OsWorld.open(path) }
    }

    fn size(&self, path: &Path) -> io::Result<u64> {
        if self.has(path) { Ok(self.bytes(path)?.len() as u64) } else { OsWorld.size(path) }
    }

    fn tail(&self, path: &Path, len: usize) -> io::Result<Vec<u8>> {
        if !self.has(path) {
            return OsWorld.tail(path, len);
        }
        let mut bytes = self.bytes(path)?;
        Ok(bytes.split_off(bytes.len().saturating_sub(len)))
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<Vec<PathBuf>> {
        let invalid = |error| io::Error::new(io::ErrorKind::InvalidInput, error);
        let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        let up = parts.iter().take_while(|part| **part == "..").count();
        let matcher = glob::Pattern::new(&parts[up..].join("/")).map_err(invalid)?;
        let base = (0..up).fold(root.to_path_buf(), |base, _| base.join(".."));
        let mut found: Vec<PathBuf> = Vec::new();
        if let Some(inside) = self.inside(&base) {
            let below = self.files.iter().filter_map(|file| file.strip_prefix(&inside).ok());
            found.extend(below.filter(|rest| matcher.matches_path_with(rest, GLOB)).map(|rest| base.join(rest)));
        }
        if found.is_empty() {
            found = OsWorld.glob(root, pattern)?.into_iter().filter(|path| !is_spec(path)).collect();
        }
        found.sort();
        Ok(found)
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        tidied(&self.here.join(path))
    }

    fn is_file(&self, path: &Path) -> bool {
        self.has(path) || (!is_spec(path) && OsWorld.is_file(path))
    }

    fn is_dir(&self, path: &Path) -> bool {
        match self.inside(path) {
            Some(inside) if self.folders.contains(&inside) => true,
            // A folder of data that git does not keep.
            Some(_) | None => OsWorld.is_dir(path) && OsWorld.glob(path, "**/*.yaml").is_ok_and(|specs| specs.is_empty()),
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        OsWorld.variable(name)
    }

    fn now(&self) -> DateTime<Utc> {
        OsWorld.now()
    }
}

/// Whether a file is a part of a project, and so of its version.
fn is_spec(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ["yaml", "yml", "dqdl"].iter().any(|own| ending.eq_ignore_ascii_case(own)))
}

fn missing() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "not in that version")
}
