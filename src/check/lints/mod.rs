//! Lints of a job: nothing that is wrong, much that is rarely meant.

mod small_files;
mod without_quality;

use crate::diag::Sink;
use crate::ir::Job;

/// What the graph alone shows. Only for a graph without faults.
pub(super) fn before_schemas(job: &Job, sink: &mut Sink) {
    without_quality::check(job, sink);
}

/// What needs columns and rules. A node whose columns are not known is passed over.
pub(super) fn after_schemas(job: &Job, sink: &mut Sink) {
    small_files::check(job, sink);
}
