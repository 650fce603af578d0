//! How `type: file` writes: folders of CSV, JSON lines or Parquet files, staged first and published at once.

pub mod check;
mod failure;
mod format;
mod layout;
mod partition;
mod partition_writer;
mod path;
mod plan;
pub mod publish;
mod settings;
mod staging;
mod sync;
#[cfg(test)]
mod tests;
mod writer;

use super::super::SinkDef;

pub use failure::io_failure;
pub use format::WrittenFile;
pub use partition_writer::{PartitionWriter, Written};
pub use path::{RUN_ID, resolve};
pub use plan::{WritePlan, plan_writes};
pub use settings::{Mode, PARAMS, Settings};
pub use staging::{discard, file_name, missing, staging_name};
pub use sync::sync;
pub use writer::{Guard, SinkWriter};

/// How files are written.
pub const SINK: SinkDef =
    SinkDef { params: PARAMS, check: check::check, check_all: check::check_paths, plan: plan_writes, create: SinkWriter::create };
