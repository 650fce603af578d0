//! Commits a run: all its sinks become visible together, or none does.
//!
//! Every sink writes below `<its folder>/_glue_compile/staging/<run>/`. At the end one record of all that is to be moved
//! and deleted is written to `<root>/.glue-compile/commits/<run>.json`: **its rename is the commit point**. Then the record
//! is carried out, and removed. A crash before the commit point leaves staged files that [`recover`] removes; a crash after
//! it leaves a record that [`recover`] carries out. Every step can be done twice, so a crash in `recover` is no worse.
//!
//! Files in `<root>/.glue-compile/`: `lock` (held while a run publishes or recovers), `runs/<run>` (held locked while the run
//! is alive; a line for each staging folder), `commits/<run>.json`, `state.db` (what runs measured, see `state`).

mod record;
mod state;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;

use self::state::{Lock, RunFile, StateFolder};
use crate::diag::Diagnostic;
use crate::diag::codes::run as codes;
use crate::spec::param::Args;
use crate::state::{Evaluation, SqliteStore, Store};
use crate::stdlib::connector::SinkDef;
use crate::stdlib::connector::file::sink::publish::PublishPlan;
use crate::stdlib::connector::file::sink::{
    Guard, SinkWriter, Written, discard, file_name, io_failure, resolve, staging_name, sync,
};
use crate::stdlib::failure::RunFailure;

/// A run that writes. Dropping it uncommitted leaves everything as it was.
#[derive(Debug)]
pub struct Transaction {
    root: PathBuf,
    run_id: String,
    job: String,
    state: StateFolder,
    /// Kept by every sink's writers too: the run is alive as long as one of them is.
    run_file: Arc<RunFile>,
}

/// A run that has written all it had to, and has not committed yet.
#[derive(Debug)]
pub struct Prepared {
    // Before the transaction: staged files go before the file that tells of them.
    writers: Vec<SinkWriter>,
    transaction: Transaction,
    plans: Vec<PublishPlan>,
    figures: Vec<Evaluation>,
    totals: Vec<SinkTotals>,
    /// Others wait until what was planned is done.
    lock: Lock,
}

/// What a sink published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkTotals {
    /// The sink's name.
    pub sink: String,
    /// Its folder.
    pub folder: PathBuf,
    /// Rows.
    pub rows: u64,
    /// Files.
    pub files: u64,
    /// Bytes.
    pub bytes: u64,
}

/// What was found and mended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Runs that had committed, and whose files are published now.
    pub published: Vec<String>,
    /// Runs that had not, and whose staged files are removed now.
    pub discarded: Vec<String>,
}

/// Called before every step with its name; an error stops there, as a crash would. For tests.
type Step<'a> = &'a mut dyn FnMut(&str) -> io::Result<()>;

impl Transaction {
    /// Begins a run, after mending what earlier ones left.
    pub fn begin(root: &Path, job: &str, run_id: &str) -> Result<(Self, Recovered), RunFailure> {
        let recovered = recover(root)?;
        let state = StateFolder::create(root)?;
        let run_file = {
            let _lock = state.lock()?;
            Arc::new(state.run_file(&file_name(run_id))?)
        };
        let transaction = Self { root: root.to_owned(), run_id: run_id.to_owned(), job: job.to_owned(), state, run_file };
        Ok((transaction, recovered))
    }

    /// Begins to write to a sink.
    pub fn sink(&mut self, def: &SinkDef, name: &str, args: &Args, schema: &Schema) -> Result<SinkWriter, RunFailure> {
        let folder = resolve(&self.root, args.str("path").unwrap_or_default(), Some(&self.run_id));
        // Noted before it is made: what is not noted is not removed after a crash.
        self.run_file.note(&folder.join(staging_name(&self.run_id)))?;
        let writer = (def.create)(name, args, &self.root, schema, &self.run_id)?;
        writer.hold(Arc::clone(&self.run_file) as Guard);
        Ok(writer)
    }

    /// Records what was measured by a run that publishes nothing.
    pub fn record(&self, figures: &[Evaluation]) -> Result<(), RunFailure> {
        let _lock = self.state.lock()?;
        record_figures(&self.root, figures)
    }

    /// Plans the publishing of all sinks and the recording of what was measured. From here to the end of the commit, no
    /// other run of the project publishes.
    pub fn prepare(self, sinks: Vec<(SinkWriter, Written)>, figures: Vec<Evaluation>) -> Result<Prepared, RunFailure> {
        let lock = self.state.lock()?;
        let mut prepared =
            Prepared { transaction: self, writers: Vec::new(), plans: Vec::new(), figures, totals: Vec::new(), lock };
        for (writer, written) in sinks {
            let (rows, bytes) = (written.rows, written.bytes);
            let plan = writer.prepare(written)?;
            prepared.totals.push(SinkTotals {
                sink: writer.name().to_owned(),
                folder: writer.folder().to_owned(),
                rows,
                files: plan.moves() as u64,
                bytes,
            });
            prepared.plans.push(plan);
            prepared.writers.push(writer);
        }
        Ok(prepared)
    }
}

impl Prepared {
    /// What the commit would do.
    pub fn plans(&self) -> &[PublishPlan] {
        &self.plans
    }

    /// Makes all sinks visible. An error before the commit point leaves everything as it was; after it, the next run of
    /// the project finishes the work.
    pub fn commit(self) -> Result<Vec<SinkTotals>, RunFailure> {
        self.commit_with(&mut |_| Ok(()))
    }

    fn commit_with(self, step: Step) -> Result<Vec<SinkTotals>, RunFailure> {
        let Self { transaction, writers, plans, figures, totals, lock } = self;
        if plans.is_empty() {
            record_figures(&transaction.root, &figures)?;
            return Ok(totals);
        }
        let record = transaction.state.record_path(&file_name(&transaction.run_id));
        record::write(&record, &transaction.root, &transaction.job, &transaction.run_id, &plans, &figures, step)
            .map_err(|error| io_failure(&record, &error))?;
        for writer in writers {
            writer.committed();
        }
        carry_out(&record, &transaction.root, &plans, &figures, step)
            .map_err(|error| stopped(&transaction.run_id, &record, &error))?;
        clear(&plans, step).map_err(|error| stopped(&transaction.run_id, &record, &error))?;
        drop(lock);
        Ok(totals)
    }
}

fn record_figures(root: &Path, figures: &[Evaluation]) -> Result<(), RunFailure> {
    if figures.is_empty() { Ok(()) } else { SqliteStore::open(&crate::state::path(root))?.record(figures) }
}

/// Does what a record says, then removes it.
fn carry_out(record: &Path, root: &Path, plans: &[PublishPlan], figures: &[Evaluation], step: Step) -> io::Result<()> {
    for plan in plans {
        plan.roll_forward(&mut || step("publish"))?;
    }
    step("record figures")?;
    record_figures(root, figures).map_err(io::Error::other)?;
    step("remove record")?;
    fs::remove_file(record)?;
    record.parent().map_or(Ok(()), sync)
}

/// Removes staging folders; whatever stays is removed when the next run recovers.
fn clear(plans: &[PublishPlan], step: Step) -> io::Result<()> {
    for plan in plans {
        step("clear staging")?;
        discard(&plan.folder.join(&plan.staging), 0);
    }
    step("forget run")
}

/// Mends what crashed runs of the project left: committed ones are published, others removed. To be called before a run,
/// and before anything else reads what runs of the project wrote.
pub fn recover(root: &Path) -> Result<Recovered, RunFailure> {
    recover_with(root, &mut |_| Ok(()))
}

fn recover_with(root: &Path, step: Step) -> Result<Recovered, RunFailure> {
    let mut recovered = Recovered::default();
    let Some(state) = StateFolder::find(root) else { return Ok(recovered) };
    if state.is_idle()? {
        return Ok(recovered);
    }
    let _lock = state.lock()?;
    for path in state.records()? {
        let record = record::read(&path, root)?;
        carry_out(&path, root, &record.plans, &record.figures, step).map_err(|error| stopped(&record.run_id, &path, &error))?;
        recovered.published.push(record.run_id);
    }
    for (run, run_file) in state.dead_runs()? {
        // The files of a run that was published are where they belong: what is left of its staging folders is empty.
        let published = recovered.published.iter().any(|published| file_name(published) == run);
        let left = run_file.staged().iter().any(|staged| staged.folder.exists());
        for staged in &run_file.staged() {
            step("discard").map_err(|error| io_failure(&staged.folder, &error))?;
            discard(&staged.folder, if published { 0 } else { staged.made });
        }
        run_file.remove()?;
        if left && !published {
            recovered.discarded.push(run);
        }
    }
    Ok(recovered)
}

fn stopped(run_id: &str, record: &Path, error: &io::Error) -> RunFailure {
    let message = format!("run `{run_id}` is committed, but not all of its files could be published");
    RunFailure(
        Diagnostic::bare(&codes::PUBLISH_STOPPED, message)
            .note(format!("the system says: {error}"))
            .note(format!("what is left to do stands in `{}`", record.display()))
            .help("mend the cause and run any job of the project again: it publishes the rest first"),
    )
}
