//! What every sink says about itself.

use std::path::Path;

use datafusion::arrow::datatypes::Schema;

use super::file::sink::{SinkWriter, WritePlan};
use crate::diag::Sink;
use crate::source::Text;
use crate::spec::param::{Args, Param};
use crate::stdlib::failure::RunFailure;

/// How a connector writes.
#[derive(Debug)]
pub struct SinkDef {
    /// Its settings, beside `type` and `inputs`.
    pub params: &'static [Param],
    /// Checks its settings against the columns that reach it. Wrong settings are reported here, and only here.
    pub check: fn(args: &Args, schema: &Schema, sink: &mut Sink),
    /// Checks all sinks of this type in one job against each other and against the sources of this type: their names and
    /// settings, in the job's order.
    pub check_all: fn(root: &Path, sinks: &[(&Text, &Args)], sources: &[(&Text, &Args)], sink: &mut Sink),
    /// What writing would do to what is there: for a dry run.
    pub plan: fn(name: &str, args: &Args, root: &Path, run_id: Option<&str>) -> Result<WritePlan, RunFailure>,
    /// Begins to write. A run asks `run::commit` for it, which knows what to clean up after a crash.
    pub create: fn(name: &str, args: &Args, root: &Path, schema: &Schema, run_id: &str) -> Result<SinkWriter, RunFailure>,
}
