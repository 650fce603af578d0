//! `--since REF`: what changed in the working tree since a git ref.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::diag::Diagnostic;
use crate::run::git::Commit;
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
    /// What changed in the repository of `path` since `since` and `HEAD` parted, in commits or not.
    pub(super) fn since(path: &Path, since: &str) -> Result<Self, Diagnostic> {
        let commit = Commit::find(path, since)?;
        // A branch that went on meanwhile changed nothing here.
        let base = commit.base()?;
        let mut names = commit.names(&["diff", "--name-only", "--no-renames", "-z", &base, "--"])?;
        names.extend(commit.names(&["ls-files", "--others", "--exclude-standard", "-z"])?);
        let mut changed = Self::default();
        for name in names {
            match fs::canonicalize(commit.top.join(&name)) {
                Ok(path) => {
                    changed.there.insert(path);
                }
                Err(_) => changed.has_lost_texts |= name.extension().is_some_and(|ending| ending == "yaml" || ending == "dqdl"),
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
