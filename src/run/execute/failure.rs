//! Errors of the engine as diagnostics.

use datafusion::common::DataFusionError;

use crate::diag::{Diagnostic, codes};
use crate::ir::Job;
use crate::stdlib::failure;

/// What to say of an error of the engine. Ours carry their diagnostic; the rest is quoted.
pub fn describe(error: &DataFusionError, job: Option<&Job>) -> Diagnostic {
    if let Some(diagnostic) = failure::find(error) {
        return diagnostic.clone();
    }
    let root = error.find_root();
    let words = root.strip_backtrace();
    // Lists of consumers stand on lines of their own, and name no node of the job.
    let words = words.lines().next().unwrap_or_default().replace(" with top memory consumers (across reservations) as:", "");
    let what = job.map_or_else(|| "the run".to_owned(), |job| format!("job `{}`", job.name));
    match root {
        DataFusionError::ResourcesExhausted(_) => {
            Diagnostic::bare(&codes::run::OUT_OF_MEMORY, format!("{what} needs more memory than it may have"))
                .note(format!("the engine says: {words}"))
                .help("raise `settings.memory_limit` of the job, or lower `settings.target_partitions`")
        }
        DataFusionError::Internal(_) => Diagnostic::bare(&codes::internal::BUG, format!("{what} met a bug in glue-compile"))
            .note(format!("the engine says: {words}"))
            .help("please report it with the job's files"),
        _ => Diagnostic::bare(&codes::run::ENGINE_FAILED, format!("{what} could not be finished"))
            .note(format!("the engine says: {words}"))
            .help("nothing was published; mend the cause and run it again"),
    }
}
