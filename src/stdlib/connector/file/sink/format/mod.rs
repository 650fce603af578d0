//! One open file of a sink: batches in, bytes of its format out.

mod compress;
mod csv;
mod output;
mod parquet;

pub use output::WrittenFile;
pub(super) use output::{FileOptions, Output};
pub(super) use parquet::Dictionaries;
