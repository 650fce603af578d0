//! What a run would do to what is there: the dry run's view of a sink.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use super::failure::io_failure;
use super::path::{resolve, shown};
use super::publish::{DataFile, data_files};
use super::settings::{Mode, Settings};
use crate::diag::Sink;
use crate::spec::param::Args;
use crate::stdlib::failure::RunFailure;

/// What writing to a sink would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WritePlan {
    /// The sink's name.
    pub sink: String,
    /// Its folder.
    pub folder: PathBuf,
    /// The folder as it is shown: relative to the project where that is possible.
    pub shown: String,
    /// What becomes of the files that are there.
    pub mode: Mode,
    /// The columns that become folders.
    pub partition_keys: Vec<String>,
    /// The files that are there.
    pub existing: Vec<DataFile>,
}

/// Looks at what is there and writes nothing. Without a run's id, `${run.id}` in the path stays as it is.
pub fn plan_writes(name: &str, args: &Args, root: &Path, run_id: Option<&str>) -> Result<WritePlan, RunFailure> {
    let settings = Settings::read(args, &mut Sink::default());
    let folder = resolve(root, &settings.path, run_id);
    let existing = data_files(&folder).map_err(|error| io_failure(&folder, &error))?;
    Ok(WritePlan {
        sink: name.to_owned(),
        shown: shown(root, &folder),
        folder,
        mode: settings.mode,
        partition_keys: settings.partition_keys,
        existing,
    })
}

impl WritePlan {
    /// The size of the files that are there.
    pub fn existing_bytes(&self) -> u64 {
        self.existing.iter().map(|file| file.bytes).sum()
    }

    /// The folders that the files that are there lie in.
    fn partitions(&self) -> usize {
        self.existing
            .iter()
            .map(|file| file.name.rsplit_once('/').map_or("", |(folder, _)| folder))
            .collect::<BTreeSet<_>>()
            .len()
    }
}

impl fmt::Display for WritePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} {}", self.sink, self.mode.name(), self.shown)?;
        if !self.partition_keys.is_empty() {
            write!(f, " by {}", self.partition_keys.join(", "))?;
        }
        let there = format!("{} ({} bytes)", counted(self.existing.len(), "file"), self.existing_bytes());
        match (self.mode, self.existing.is_empty()) {
            (_, true) => write!(f, ": nothing is there yet"),
            (Mode::Append, false) => write!(f, ": {there} stay"),
            (Mode::Overwrite, false) => write!(f, ": {there} would be replaced"),
            (Mode::OverwritePartitions, false) => {
                let partitions = counted(self.partitions(), "partition");
                write!(f, ": of {partitions} with {there}, those that the run writes to would be replaced")
            }
            (Mode::ErrorIfExists, false) => write!(f, ": {there} are there, the run would stop"),
        }
    }
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
