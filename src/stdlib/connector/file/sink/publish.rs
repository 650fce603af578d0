//! The last step of a write, as plain data: which staged files move where, and which old ones go.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::settings::Mode;
use super::sync::sync_all;
use crate::stdlib::connector::file::hive::is_hidden;

/// What publishing a sink's files comes to. Names are relative to `folder`, `/` between parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublishPlan {
    /// The sink's name.
    pub sink: String,
    /// The sink's folder.
    pub folder: PathBuf,
    /// What becomes of the files that were there.
    pub mode: Mode,
    /// The staging folder.
    pub staging: String,
    /// What is done, in this order.
    pub actions: Vec<Action>,
}

/// One step. Doing it twice is the same as doing it once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A staged file becomes visible.
    Move {
        /// In the staging folder.
        from: String,
        /// Where readers find it.
        to: String,
    },
    /// An old file goes.
    Delete(String),
    /// A folder goes if nothing is left in it.
    Prune(String),
}

/// A file that readers of the folder see.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataFile {
    /// Relative to the folder, `/` between parts.
    pub name: String,
    /// Its size.
    pub bytes: u64,
}

/// The files of a sink's folder that readers see, sorted; none if the folder is not there.
pub fn data_files(folder: &Path) -> io::Result<Vec<DataFile>> {
    let mut found = Vec::new();
    match fs::read_dir(folder) {
        Ok(entries) => collect(entries, "", &mut found)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    found.sort();
    Ok(found)
}

fn collect(entries: fs::ReadDir, prefix: &str, found: &mut Vec<DataFile>) -> io::Result<()> {
    for entry in entries {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("`{}` has a name that is not UTF-8", entry.path().display()),
            ));
        };
        if is_hidden(&name) {
            continue;
        }
        // A link to a folder counts as a file: what it points to belongs to someone else.
        if entry.file_type()?.is_dir() {
            collect(fs::read_dir(entry.path())?, &format!("{prefix}{name}/"), found)?;
        } else {
            found.push(DataFile { name: format!("{prefix}{name}"), bytes: entry.metadata()?.len() });
        }
    }
    Ok(())
}

/// The actions that publish the files `new` over the files `old`.
pub(super) fn actions(mode: Mode, staging: &str, new: &[&str], old: &[DataFile]) -> Vec<Action> {
    let moves = new.iter().map(|name| Action::Move { from: format!("{staging}/{name}"), to: (*name).to_owned() });
    let touched: BTreeSet<&str> = new.iter().map(|name| parent(name)).collect();
    let goes = |file: &&DataFile| match mode {
        Mode::Append | Mode::ErrorIfExists => false,
        Mode::Overwrite => true,
        // Everything below a partition's folder belongs to the partition.
        Mode::OverwritePartitions => parents(&file.name).any(|folder| touched.contains(folder)),
    };
    let gone: Vec<&str> = old.iter().filter(goes).map(|file| file.name.as_str()).collect();
    let kept: BTreeSet<&str> = old
        .iter()
        .filter(|file| !goes(file))
        .map(|file| file.name.as_str())
        .chain(new.iter().copied())
        .flat_map(parents)
        .collect();
    let mut emptied: Vec<&str> =
        gone.iter().copied().flat_map(parents).filter(|folder| !folder.is_empty() && !kept.contains(folder)).collect();
    // Inner folders before outer ones.
    emptied.sort_unstable_by(|a, b| b.cmp(a));
    emptied.dedup();
    // New files come before old ones go: whoever reads in between, or after a crash, misses nothing.
    moves
        .chain(gone.into_iter().map(|name| Action::Delete(name.to_owned())))
        .chain(emptied.into_iter().map(|folder| Action::Prune(folder.to_owned())))
        .collect()
}

fn parent(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// All folders that a file stands in, the innermost first, the sink's own (`""`) last.
fn parents(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(parent(name)), |folder| (!folder.is_empty()).then(|| parent(folder)))
}

impl Action {
    /// Does it, below `folder`. A step that was done before is no error.
    pub fn apply(&self, folder: &Path) -> io::Result<()> {
        match self {
            Self::Move { from, to } => move_file(&folder.join(from), &folder.join(to)),
            Self::Delete(name) => match fs::remove_file(folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
            Self::Prune(name) => match fs::remove_dir(folder.join(name)) {
                Err(error) if !matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::DirectoryNotEmpty) => Err(error),
                _ => Ok(()),
            },
        }
    }
}

fn move_file(from: &Path, to: &Path) -> io::Result<()> {
    if !from.try_exists()? {
        if to.try_exists()? {
            return Ok(());
        }
        return Err(io::Error::new(io::ErrorKind::NotFound, format!("the staged file `{}` is gone", from.display())));
    }
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::rename(from, to)
}

impl PublishPlan {
    /// How many files become visible.
    pub fn moves(&self) -> usize {
        self.actions.iter().filter(|action| matches!(action, Action::Move { .. })).count()
    }

    /// Does all that is not done yet. `step` is called before every action; its error stops.
    pub fn roll_forward(&self, step: &mut dyn FnMut() -> io::Result<()>) -> io::Result<()> {
        for action in &self.actions {
            step()?;
            action.apply(&self.folder)?;
        }
        step()?;
        self.sync_folders()
    }

    /// Makes renames and removals outlast a power failure.
    fn sync_folders(&self) -> io::Result<()> {
        let changed: BTreeSet<&str> = self
            .actions
            .iter()
            .flat_map(|action| match action {
                Action::Move { to: name, .. } | Action::Delete(name) | Action::Prune(name) => parents(name),
            })
            .collect();
        let changed: Vec<PathBuf> = changed.into_iter().map(|folder| self.folder.join(folder)).collect();
        sync_all(&changed).map_err(|(_, error)| error)
    }
}

impl fmt::Display for PublishPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} {}", self.sink, self.mode.name(), self.folder.display())?;
        for action in &self.actions {
            match action {
                Action::Move { to, .. } => writeln!(f, "  + {to}")?,
                Action::Delete(name) => writeln!(f, "  - {name}")?,
                Action::Prune(name) => writeln!(f, "  - {name}/")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(mode: Mode, new: &[&str], old: &[&str]) -> String {
        let old: Vec<_> = old.iter().map(|name| DataFile { name: (*name).to_owned(), bytes: 1 }).collect();
        let actions = actions(mode, "s", new, &old);
        let plan = PublishPlan { sink: "x".into(), folder: "f".into(), mode, staging: "s".into(), actions };
        plan.to_string().lines().skip(1).map(|line| line.trim().to_owned() + "\n").collect()
    }

    #[test]
    fn modes_decide_what_goes() {
        let old = ["a=1/b=1/o", "a=1/b=2/o", "a=2/b=1/o"];
        let new = ["a=1/b=1/n"];
        assert_eq!(plan(Mode::Append, &new, &old), "+ a=1/b=1/n\n");
        assert_eq!(plan(Mode::ErrorIfExists, &new, &[]), "+ a=1/b=1/n\n");
        assert_eq!(plan(Mode::OverwritePartitions, &new, &old), "+ a=1/b=1/n\n- a=1/b=1/o\n");
        assert_eq!(
            plan(Mode::Overwrite, &new, &old),
            "+ a=1/b=1/n\n- a=1/b=1/o\n- a=1/b=2/o\n- a=2/b=1/o\n- a=2/b=1/\n- a=2/\n- a=1/b=2/\n"
        );
        assert_eq!(plan(Mode::Overwrite, &[], &["o"]), "- o\n");
        assert_eq!(
            plan(Mode::OverwritePartitions, &["a=1/n"], &["a=1/deep/o", "a=12/o"]),
            "+ a=1/n\n- a=1/deep/o\n- a=1/deep/\n"
        );
    }
}
