//! `type: file`: CSV, JSON lines and Parquet files, read and written.

mod columns;
mod compression;
mod glob;
mod header;
pub mod hive;
mod infer;
mod listing;
mod named;
mod parquet;
mod pin;
mod scan;
mod settings;
pub mod sink;
pub mod source;
#[cfg(test)]
mod tests;

use super::{ConnectorDef, SourceDef};
pub use named::named;
pub(crate) use scan::{fits, words};

/// Files in folders.
pub static FILE: ConnectorDef = ConnectorDef {
    name: "file",
    aliases: &["s3"],
    summary: "CSV, JSON lines and Parquet files, alone or in folders, plain or compressed",
    source: Some(SourceDef {
        params: source::PARAMS,
        schema: source::schema,
        changes: source::changes,
        files: source::files,
        scan: source::scan,
        malformed: source::malformed,
    }),
    sink: Some(sink::SINK),
    since: "0.1.0",
    page: concat!(include_str!("file.md"), "\n", include_str!("sink/sink.md")),
};
