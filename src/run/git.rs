//! Git, asked as a program: the one place that does.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::diag::{Diagnostic, codes};

/// A commit of the repository around a project.
#[derive(Debug, Clone)]
pub struct Commit {
    /// Its full name.
    pub name: String,
    /// The folder of the repository, as git names it.
    pub top: PathBuf,
    /// The folder that was asked about.
    pub folder: PathBuf,
}

impl Commit {
    /// The commit that `reference` (a branch, a tag, a commit, `HEAD~1`) means in the repository around `project`.
    pub fn find(project: &Path, reference: &str) -> Result<Self, Diagnostic> {
        let folder = if project.is_dir() { project } else { project.parent().unwrap_or(project) };
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        let top = ask(folder, &["rev-parse", "--show-toplevel"]).map_err(|failure| match failure {
            Failure::Missing(error) => missing(&error),
            Failure::Said(words) => {
                let message = format!("`{}` is in no git repository", project.display());
                Diagnostic::bare(&codes::run::NO_REPOSITORY, message)
                    .note(format!("git says: {words}"))
                    .help("name a folder of a repository; `git init` begins one")
            }
        })?;
        let top = PathBuf::from(top.trim_end_matches(['\n', '\r']));
        // A reference that begins with a dash would be an option.
        let name = format!("{reference}^{{commit}}");
        let name =
            ask(folder, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name]).map_err(|failure| match failure {
                Failure::Missing(error) => missing(&error),
                Failure::Said(_) => {
                    Diagnostic::bare(&codes::run::UNKNOWN_REFERENCE, format!("git knows no commit `{reference}`"))
                        .note(format!("looked for in `{}`", top.display()))
                        .help("name a branch, a tag or a commit; one that is not here yet comes with `git fetch`")
                }
            })?;
        Ok(Self { name: name.trim().to_owned(), top, folder: folder.to_path_buf() })
    }

    /// Where this commit and what is checked out parted; the commit itself if they have nothing in common.
    pub fn base(&self) -> Result<String, Diagnostic> {
        match ask(&self.folder, &["merge-base", &self.name, "HEAD"]) {
            Ok(base) => Ok(base.trim().to_owned()),
            Err(Failure::Said(_)) => Ok(self.name.clone()),
            Err(Failure::Missing(error)) => Err(missing(&error)),
        }
    }

    /// The file names, from the top of the repository, that git lists for `arguments`, which ask for `-z`.
    pub fn names(&self, arguments: &[&str]) -> Result<Vec<PathBuf>, Diagnostic> {
        let listed = ask(&self.top, arguments).map_err(|failure| match failure {
            Failure::Missing(error) => missing(&error),
            Failure::Said(words) => Diagnostic::bare(&codes::run::GIT_FAILED, "git cannot read the commit")
                .note(format!("git says: {words}"))
                .help("`git fsck` tells what is wrong with the repository"),
        })?;
        Ok(listed.split('\0').filter(|name| !name.is_empty()).map(PathBuf::from).collect())
    }
}

enum Failure {
    /// There is no git.
    Missing(io::Error),
    /// It said no.
    Said(String),
}

fn ask(folder: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let done =
        Command::new("git").arg("-C").arg(folder).args(arguments).stdin(Stdio::null()).output().map_err(Failure::Missing)?;
    if done.status.success() {
        return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&done.stderr);
    Err(Failure::Said(said.lines().next().unwrap_or("nothing").to_owned()))
}

/// There is no git to ask.
pub(super) fn missing(error: &io::Error) -> Diagnostic {
    Diagnostic::bare(&codes::run::GIT_FAILED, "git cannot be run").note(format!("the system says: {error}")).help("install git")
}
