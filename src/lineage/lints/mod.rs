//! What lineage lets one say of a checked job.

mod personal;
mod unpruned;

use std::cell::OnceCell;

use datafusion::execution::session_state::SessionState;

use super::{JobLineage, Traces, of};
use crate::diag::Sink;
use crate::ir::Job;

/// A job with its lineage, which is worked out once somebody asks for it.
struct Cx<'a> {
    job: &'a Job,
    engine: &'a SessionState,
    known: OnceCell<(JobLineage, Traces)>,
}

impl Cx<'_> {
    fn lineage(&self) -> &(JobLineage, Traces) {
        self.known.get_or_init(|| {
            let lineage = of(self.job, self.engine);
            let traces = Traces::of(self.job, &lineage);
            (lineage, traces)
        })
    }
}

/// The lints of a job. Says nothing of nodes whose columns are not known.
pub fn lint(job: &Job, engine: &SessionState, sink: &mut Sink) {
    let cx = Cx { job, engine, known: OnceCell::new() };
    personal::check(&cx, sink);
    unpruned::check(&cx, sink);
}
