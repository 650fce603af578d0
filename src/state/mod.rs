//! What runs leave behind beside their data: the figures of every evaluation, and which of them people set aside.
//!
//! [`Reader`] is for those who look (`quality stats`, an editor), [`Store`] for those who run. In reading order:
//! [`record`] is what is kept, [`sqlite`] the one implementation there is, [`migrations`] its tables.

mod migrations;
pub mod record;
mod sqlite;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use crate::diag::Diagnostic;
use crate::diag::codes::run::STATE_STORE;
use crate::stdlib::failure::RunFailure;
use crate::stdlib::rule::{History, Series};

pub use record::{Evaluation, Exclusion, Filter, Recorded, Statistic, Status};
pub use sqlite::SqliteStore;

/// What is kept, to look at.
pub trait Reader {
    /// The contexts that have figures, sorted: `orders/dq` is the quality node `dq` of the job `orders`.
    fn contexts(&self) -> Result<Vec<String>, RunFailure>;

    /// Recorded figures, by context, metric and time, oldest first.
    fn recorded(&self, filter: &Filter) -> Result<Vec<Recorded>, RunFailure>;

    /// The figures of some series that count: those that are excluded, or are no numbers, are left out.
    fn history(&self, context: &str, wanted: &[Series]) -> Result<History, RunFailure>;
}

/// What is kept, to add to.
pub trait Store: Reader {
    /// Records evaluations, all or none. One that is there already (same run, same context) stays as it is, so that a
    /// crash between recording and whatever comes after costs nothing.
    fn record(&mut self, evaluations: &[Evaluation]) -> Result<(), RunFailure>;

    /// Sets figures aside: functions over the history and forecasts do not see them. Those that are set aside already keep
    /// their reason. Returns how many there were.
    fn exclude(&mut self, which: &Exclusion, reason: &str) -> Result<usize, RunFailure>;

    /// Takes figures back in. Returns how many there were.
    fn include(&mut self, which: &Exclusion) -> Result<usize, RunFailure>;
}

/// Where the store of a project lies.
pub fn path(root: &Path) -> PathBuf {
    root.join(".glue-compile").join("state.db")
}

/// The store of a project, if some run has made it.
pub fn open_existing(path: &Path) -> Result<Option<SqliteStore>, RunFailure> {
    if path.exists() { SqliteStore::open(path).map(Some) } else { Ok(None) }
}

/// The failure of a store.
fn failure(path: &Path, what: &str, why: &str) -> RunFailure {
    RunFailure(
        Diagnostic::bare(&STATE_STORE, format!("the state store `{}` cannot be {what}", path.display()))
            .note(format!("SQLite says: {why}"))
            .help(
                "it holds the history of metrics; moved away, it is made anew and rules over earlier runs begin without history",
            ),
    )
}
