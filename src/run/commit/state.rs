//! The folder `.glue-compile/` of a project: its lock, the files of runs that are alive, the records of commits.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::stdlib::connector::file::sink::{io_failure, missing, sync};
use crate::stdlib::failure::RunFailure;

/// The name of the folder.
const NAME: &str = ".glue-compile";

/// The state folder of a project.
#[derive(Debug)]
pub(super) struct StateFolder {
    root: PathBuf,
    path: PathBuf,
}

/// Held by whoever publishes or recovers; given back when it is dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

/// The file that says that a run is alive, and where it stages.
#[derive(Debug)]
pub(super) struct RunFile {
    path: PathBuf,
    /// Locked while the run is alive: the system gives the lock back when the process ends, however it ends.
    file: File,
    root: PathBuf,
    staged: Mutex<Vec<Staged>>,
}

/// A staging folder of a run.
#[derive(Debug, Clone)]
pub(super) struct Staged {
    pub(super) folder: PathBuf,
    /// How many folders were made for it, itself among them.
    pub(super) made: usize,
}

impl StateFolder {
    /// The folder of a project that has one.
    pub(super) fn find(root: &Path) -> Option<Self> {
        let path = root.join(NAME);
        path.is_dir().then(|| Self { root: root.to_owned(), path })
    }

    /// The folder of a project, made if need be.
    pub(super) fn create(root: &Path) -> Result<Self, RunFailure> {
        let state = Self { root: root.to_owned(), path: root.join(NAME) };
        for folder in [state.runs(), state.commits()] {
            fs::create_dir_all(&folder).map_err(|error| io_failure(&folder, &error))?;
        }
        // Local state is nobody else's: kept out of version control without a line in the project's own .gitignore.
        let ignore = state.path.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(|error| io_failure(&ignore, &error))?;
        }
        Ok(state)
    }

    fn runs(&self) -> PathBuf {
        self.path.join("runs")
    }

    fn commits(&self) -> PathBuf {
        self.path.join("commits")
    }

    /// Where the record of a run's commit lies.
    pub(super) fn record_path(&self, run: &str) -> PathBuf {
        self.commits().join(format!("{run}.json"))
    }

    /// Waits for the project's lock.
    pub(super) fn lock(&self) -> Result<Lock, RunFailure> {
        let path = self.path.join("lock");
        let locked = OpenOptions::new().create(true).truncate(false).write(true).open(&path).and_then(|file| {
            match file.lock() {
                // Some network disks have no locks: one run at a time is then up to the user.
                Err(error) if error.kind() != io::ErrorKind::Unsupported => Err(error),
                _ => Ok(file),
            }
        });
        locked.map(|file| Lock { _file: file }).map_err(|error| io_failure(&path, &error))
    }

    /// Whether there is nothing to mend and nobody to wait for.
    pub(super) fn is_idle(&self) -> Result<bool, RunFailure> {
        Ok(entries(&self.commits())?.is_empty() && entries(&self.runs())?.is_empty())
    }

    /// The records of commits, sorted. Those that were not finished when their run crashed are removed: it had not committed.
    pub(super) fn records(&self) -> Result<Vec<PathBuf>, RunFailure> {
        let (records, unfinished): (Vec<_>, Vec<_>) =
            entries(&self.commits())?.into_iter().partition(|path| path.extension().is_some_and(|extension| extension == "json"));
        for path in unfinished {
            fs::remove_file(&path).map_err(|error| io_failure(&path, &error))?;
        }
        Ok(records)
    }

    /// Makes the file of a run, locked.
    pub(super) fn run_file(&self, run: &str) -> Result<RunFile, RunFailure> {
        let path = self.runs().join(run);
        let file = OpenOptions::new().create_new(true).append(true).open(&path).map_err(|error| io_failure(&path, &error))?;
        match file.try_lock() {
            Err(TryLockError::Error(error)) if error.kind() != io::ErrorKind::Unsupported => Err(io_failure(&path, &error)),
            _ => Ok(RunFile { path, file, root: self.root.clone(), staged: Mutex::default() }),
        }
    }

    /// The runs that are over and did not say so, by name.
    pub(super) fn dead_runs(&self) -> Result<Vec<(String, RunFile)>, RunFailure> {
        let mut dead = Vec::new();
        for path in entries(&self.runs())? {
            let failed = |error| io_failure(&path, &error);
            let mut file = match OpenOptions::new().read(true).append(true).open(&path) {
                // It ended in this moment.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened.map_err(failed)?,
            };
            // Alive, or on a disk without locks, where nobody can tell.
            if file.try_lock().is_err() {
                continue;
            }
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(failed)?;
            // A line without its end was being written: its folder was not made yet.
            let lines = text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n'));
            let staged = lines.filter_map(|line| serde_json::from_str::<(usize, PathBuf)>(line).ok());
            let staged = staged.map(|(made, folder)| Staged { folder: self.root.join(folder), made }).collect();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            dead.push((name, RunFile { path: path.clone(), file, root: self.root.clone(), staged: Mutex::new(staged) }));
        }
        Ok(dead)
    }
}

impl RunFile {
    /// Notes a staging folder that the run is about to make.
    pub(super) fn note(&self, folder: &Path) -> Result<(), RunFailure> {
        let made = missing(folder);
        // Relative where that is possible: a project may be moved between crash and recovery.
        let relative = folder.strip_prefix(&self.root).unwrap_or(folder);
        let noted = serde_json::to_string(&(made, relative)).map_err(io::Error::other).and_then(|line| {
            (&self.file).write_all(format!("{line}\n").as_bytes())?;
            self.file.sync_data()
        });
        noted.map_err(|error| io_failure(&self.path, &error))?;
        self.lock().push(Staged { folder: folder.to_owned(), made });
        Ok(())
    }

    /// Where it lies.
    #[cfg(test)]
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The staging folders of the run.
    pub(super) fn staged(&self) -> Vec<Staged> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Staged>> {
        self.staged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Removes the file: the run has left nothing.
    pub(super) fn remove(&self) -> Result<(), RunFailure> {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_failure(&self.path, &error)),
            _ => Ok(()),
        }
    }
}

impl Drop for RunFile {
    /// Removes the file, unless a staging folder could not be removed: the next run removes both.
    fn drop(&mut self) {
        if self.staged().iter().all(|staged| !staged.folder.exists()) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// The entries of a folder, sorted; none if it is not there.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, RunFailure> {
    let listed = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<_>>>()),
    };
    let mut paths = listed.map_err(|error| io_failure(folder, &error))?;
    paths.sort();
    Ok(paths)
}

/// Writes a file so that it is there whole or not at all. `step` is called before each step.
pub(super) fn write_whole(path: &Path, text: &str, step: super::Step) -> io::Result<()> {
    step("write record")?;
    let unfinished = path.with_extension("tmp");
    let written = File::create(&unfinished).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    if let Err(error) = written {
        let _ = fs::remove_file(&unfinished);
        return Err(error);
    }
    step("commit")?;
    fs::rename(&unfinished, path)?;
    let synced = path.parent().map_or(Ok(()), sync);
    // Whoever gets the error takes the run for not committed: then it must not be.
    if synced.is_err() {
        fs::remove_file(path)?;
    }
    synced
}
