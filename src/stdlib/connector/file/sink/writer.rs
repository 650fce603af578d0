//! Writes the rows of one sink for one run into its staging folder.
//!
//! [`SinkWriter`] is the run's; every partition of the input has a [`PartitionWriter`] of its own, so that partitions
//! are written side by side and never exchange rows.

use std::any::Any;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use datafusion::arrow::datatypes::Schema;

use super::failure::io_failure;
use super::format::{Dictionaries, FileOptions, Output};
use super::layout::Layout;
use super::partition_writer::{PartitionWriter, Written};
use super::path::resolve;
use super::publish::{self, DataFile, PublishPlan};
use super::settings::{Format, Mode, Settings};
use super::staging::{Staging, file_name, staging_name};
use super::sync::sync_all;
use crate::diag::codes::run as codes;
use crate::diag::{Diagnostic, Label, Sink};
use crate::source::Span;
use crate::spec::param::Args;
use crate::stdlib::failure::RunFailure;

/// Beyond this much memory in row groups that are not full yet, a partition's writer writes the largest early.
const MEMORY: usize = if cfg!(test) { 1 << 20 } else { 256 << 20 };

/// A sink that is being written by a run. Dropping it (and its partition writers) unpublished removes what was written.
#[derive(Debug)]
pub struct SinkWriter {
    shared: Arc<Shared>,
}

/// Whatever has to outlive a sink's staged files.
pub type Guard = Arc<dyn Any + Send + Sync>;

/// What the writers of all partitions share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) name: String,
    pub(super) settings: Settings,
    pub(super) layout: Layout,
    // Declared before the guard: it is dropped first.
    pub(super) staging: Staging,
    guard: OnceLock<Guard>,
    /// What each partition's writer may hold, if it was said.
    memory: OnceLock<usize>,
    /// The sink's folder.
    folder: PathBuf,
    /// Makes names of files differ from run to run.
    tag: String,
    run_id: String,
    /// Where the sink's path is written.
    place: Span,
    /// Where the sink's mode is written, or its path.
    mode_place: Span,
}

impl SinkWriter {
    /// Begins to write: looks at what is there and makes the staging folder. The settings passed `check`.
    pub fn create(name: &str, args: &Args, root: &Path, schema: &Schema, run_id: &str) -> Result<Self, RunFailure> {
        let settings = settings(args)?;
        let folder = resolve(root, &settings.path, Some(run_id));
        let place = args.get("path").map_or(args.span, |path| path.span);
        let mode_place = args.get("mode").filter(|mode| mode.written).map_or(place, |mode| mode.span);
        let at_path = |failure: RunFailure| at(failure, place);
        existing(name, &folder, settings.mode, mode_place).map_err(at_path)?;
        let staging = Staging::create(&folder, run_id).map_err(|error| at_path(io_failure(&folder, &error)))?;
        let shared = Shared {
            name: name.to_owned(),
            layout: Layout::new(schema, &settings),
            settings,
            staging,
            guard: OnceLock::new(),
            memory: OnceLock::new(),
            folder,
            tag: tag(run_id),
            run_id: run_id.to_owned(),
            place,
            mode_place,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Keeps `guard` until the last writer of the sink, in whatever task, is gone and has removed what it staged.
    pub fn hold(&self, guard: Guard) {
        self.shared.guard.get_or_init(|| guard);
    }

    /// Limits what each partition's writer holds in row groups that are not full yet, in bytes. Said once, before the first row.
    pub fn limit(&self, memory: usize) {
        self.shared.memory.get_or_init(|| memory);
    }

    /// The sink's name.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The sink's folder.
    pub fn folder(&self) -> &Path {
        &self.shared.folder
    }

    /// The writer of the input's partition `number`; ask once for each.
    pub fn partition(&self, number: usize) -> PartitionWriter {
        PartitionWriter::new(Arc::clone(&self.shared), number)
    }

    /// Plans the publishing of what was written, once every partition's writer is closed. The files are then on disk
    /// for good, but not visible yet.
    pub fn prepare(&self, mut written: Written) -> Result<PublishPlan, RunFailure> {
        let shared = &*self.shared;
        let old = existing(&shared.name, &shared.folder, shared.settings.mode, shared.mode_place)
            .map_err(|failure| shared.at(failure))?;
        if shared.needs_empty_file(&written)? {
            written.files.push(shared.write_empty_file()?);
        }
        written.files.sort_by(|a, b| a.name.cmp(&b.name));
        let names: Vec<&str> = written.files.iter().map(|file| file.name.as_str()).collect();
        shared.check_free(&names)?;
        shared.sync(&names)?;
        let staging = staging_name(&shared.run_id);
        let actions = publish::actions(shared.settings.mode, &staging, &names, &old);
        Ok(PublishPlan { sink: shared.name.clone(), folder: shared.folder.clone(), mode: shared.settings.mode, staging, actions })
    }

    /// The commit point has passed: the staged files now belong to the commit record.
    pub fn committed(self) {
        self.shared.staging.publish();
    }
}

impl Shared {
    /// What a partition's writer may hold in row groups that are not full yet, in bytes.
    pub(super) fn memory(&self) -> usize {
        *self.memory.get().unwrap_or(&MEMORY)
    }

    /// The name of the `sequence`-th file of a partition of the input in one folder.
    pub(super) fn file_name(&self, partition: usize, sequence: u32) -> String {
        format!("part-{partition:05}-{}.c{sequence:03}{}", self.tag, self.settings.extension())
    }

    /// Points a failure to the sink in the spec.
    pub(super) fn at(&self, failure: RunFailure) -> RunFailure {
        at(failure, self.place)
    }

    /// A Parquet folder without a single file would have no schema.
    fn needs_empty_file(&self, written: &Written) -> Result<bool, RunFailure> {
        if !written.files.is_empty() || self.settings.format != Format::Parquet || !self.layout.keys.is_empty() {
            return Ok(false);
        }
        match self.settings.mode {
            Mode::Append => publish::data_files(&self.folder)
                .map(|old| old.is_empty())
                .map_err(|error| self.at(io_failure(&self.folder, &error))),
            Mode::Overwrite | Mode::OverwritePartitions | Mode::ErrorIfExists => Ok(true),
        }
    }

    fn write_empty_file(&self) -> Result<super::format::WrittenFile, RunFailure> {
        let name = self.file_name(0, 0);
        let options =
            FileOptions { settings: &self.settings, schema: &self.layout.schema, dictionaries: &Dictionaries::default() };
        let output = Output::create(self.staging.folder().join(&name), name, &options);
        output.and_then(Output::close).map_err(|failure| self.at(failure))
    }

    /// Syncs staged files and the folders that they stand in.
    fn sync(&self, names: &[&str]) -> Result<(), RunFailure> {
        let files = names.iter().map(|name| self.staging.folder().join(name));
        let folders: BTreeSet<PathBuf> = files.clone().filter_map(|file| file.parent().map(Path::to_owned)).collect();
        let all: Vec<PathBuf> = files.chain(folders).collect();
        sync_all(&all).map_err(|(path, error)| self.at(io_failure(&path, &error)))
    }

    /// File names hold the run's id; a file that has one of them already must be another run's with the same id.
    fn check_free(&self, names: &[&str]) -> Result<(), RunFailure> {
        let Some(taken) = names.iter().map(|name| self.folder.join(name)).find(|path| path.exists()) else { return Ok(()) };
        let message = format!("`{}` is there already", taken.display());
        Err(self.at(RunFailure(Diagnostic::bare(&codes::WRITE_FAILED, message).help("start the run again with another run id"))))
    }
}

fn settings(args: &Args) -> Result<Settings, RunFailure> {
    let mut sink = Sink::default();
    let settings = Settings::read(args, &mut sink);
    match sink.iter().next() {
        Some(diagnostic) => Err(RunFailure(diagnostic.clone())),
        None => Ok(settings),
    }
}

/// The files that are there and may have to go, if the mode allows to go on.
fn existing(name: &str, folder: &Path, mode: Mode, mode_place: Span) -> Result<Vec<DataFile>, RunFailure> {
    if folder.is_file() {
        let message = format!("a file is in the way of `{}`", folder.display());
        let help = "a sink writes a folder: remove the file, or choose another path";
        return Err(RunFailure(Diagnostic::bare(&codes::PATH_TAKEN, message).help(help)));
    }
    // Appending to a folder of many files must not cost a walk through all of them.
    if mode == Mode::Append {
        return Ok(Vec::new());
    }
    let old = publish::data_files(folder).map_err(|error| io_failure(folder, &error))?;
    match mode {
        Mode::ErrorIfExists if !old.is_empty() => {
            let message =
                format!("sink `{name}` may only write to an empty folder, and `{}` has {} files", folder.display(), old.len());
            let help = "remove the folder, write elsewhere, or choose `append` or `overwrite`";
            let label = "stops the run where there are files";
            return Err(RunFailure(Diagnostic::new(&codes::NOT_EMPTY, mode_place, message).here(label).help(help)));
        }
        Mode::Overwrite | Mode::OverwritePartitions => spare_project(name, folder, &old)?,
        Mode::Append | Mode::ErrorIfExists => {}
    }
    Ok(old)
}

/// A folder with pipeline files in it is not the output of a sink: overwriting it would delete them.
fn spare_project(name: &str, folder: &Path, old: &[DataFile]) -> Result<(), RunFailure> {
    let is_spec = |file: &&DataFile| {
        let name = file.name.rsplit('/').next().unwrap_or_default();
        name == "glue-compile.yaml" || [".glue.yaml", ".dqdl"].iter().any(|end| name.ends_with(end))
    };
    let Some(spec) = old.iter().find(is_spec) else { return Ok(()) };
    let message = format!("sink `{name}` would overwrite `{}`, which holds a pipeline's files", folder.display());
    let diagnostic = Diagnostic::bare(&codes::HOLDS_PROJECT, message)
        .note(format!("`{}` would be deleted", spec.name))
        .help("write to a folder of its own, such as `out/orders/`");
    Err(RunFailure(diagnostic))
}

/// Points a failure that has no place to `place`.
fn at(mut failure: RunFailure, place: Span) -> RunFailure {
    if failure.0.primary().is_none() {
        failure.0.labels.push(Label { span: place, text: "written by this sink".to_owned(), primary: true });
    }
    failure
}

/// A run's id as part of a file's name, not too long, and still different for different runs.
fn tag(run_id: &str) -> String {
    const LONGEST: usize = 36;
    let name = file_name(run_id);
    if name.len() <= LONGEST {
        return name;
    }
    // FNV-1a: what was cut off still counts.
    let hash =
        run_id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{}-{hash:016x}", &name[..LONGEST - 17])
}
