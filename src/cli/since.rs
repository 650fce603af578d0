//! `--since REF`: what changed in the working tree since a git ref. Git is asked as a program.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::source::{FileId, SourceMap};

/// The files that changed.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// Those that are there, as the system names them.
    there: BTreeSet<PathBuf>,
    /// Whether a spec or ruleset is gone: what used it cannot be told any more.
    has_lost_texts: bool,
}

impl Changed {
    /// What changed in the repository of `path` since `since` and `HEAD` parted, in commits or not. What is wrong as the error.
    pub(super) fn since(path: &Path, since: &str) -> Result<Self, String> {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let root = git(folder, &["rev-parse", "--show-toplevel"])?
            .ok_or_else(|| format!("`{}` is in no git repository, which `--since` needs", folder.display()))?;
        let root = PathBuf::from(root.trim_end_matches(['\n', '\r']));
        let commit = git(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &format!("{since}^{{commit}}")])?
            .ok_or_else(|| format!("`{since}` is no commit of this repository; `--since` takes a branch, a tag or a commit"))?;
        let commit = commit.trim();
        // A branch that went on meanwhile changed nothing here.
        let base = git(folder, &["merge-base", commit, "HEAD"])?;
        let base = base.as_deref().map_or(commit, str::trim);
        let failed = || "git cannot say what changed".to_owned();
        let differ = git(&root, &["diff", "--name-only", "--no-renames", "-z", base, "--"])?.ok_or_else(failed)?;
        let new = git(&root, &["ls-files", "--others", "--exclude-standard", "-z"])?.ok_or_else(failed)?;
        let mut changed = Self::default();
        for name in differ.split('\0').chain(new.split('\0')).filter(|name| !name.is_empty()) {
            match fs::canonicalize(root.join(name)) {
                Ok(path) => {
                    changed.there.insert(path);
                }
                Err(_) => {
                    let ending = Path::new(name).extension();
                    changed.has_lost_texts |= ending.is_some_and(|ending| ending == "yaml" || ending == "dqdl");
                }
            }
        }
        Ok(changed)
    }

    /// The files of a map that changed. All of them if it cannot be told.
    pub(super) fn files(&self, map: &SourceMap) -> BTreeSet<FileId> {
        let is_changed = |path: &Path| fs::canonicalize(path).is_ok_and(|path| self.there.contains(&path));
        map.iter().filter(|(_, file)| self.has_lost_texts || is_changed(&file.path)).map(|(id, _)| id).collect()
    }
}

/// What git prints; `None` if it says no.
fn git(folder: &Path, arguments: &[&str]) -> Result<Option<String>, String> {
    let answer = Command::new("git").arg("-C").arg(folder).args(arguments).output();
    match answer {
        Ok(answer) if answer.status.success() => Ok(Some(String::from_utf8_lossy(&answer.stdout).into_owned())),
        Ok(_) => Ok(None),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err("there is no program `git`, which `--since` asks what changed".to_owned())
        }
        Err(error) => Err(format!("git cannot be run: {error}")),
    }
}
