//! What can be read and written: one folder a connector, one line in [`ALL`] each.

pub mod file;
pub mod sink;
pub mod source;

pub use sink::SinkDef;
pub use source::{Change, Declared, FileEntry, Infer, Malformed, ScanOptions, ScanProgress, SchemaAnswer, SourceDef};

/// A connector, declared once: the `type:` of sources and sinks.
#[derive(Debug)]
pub struct ConnectorDef {
    /// What users write as `type:`.
    pub name: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// What it is, in one line.
    pub summary: &'static str,
    /// How it reads, if it does.
    pub source: Option<SourceDef>,
    /// How it writes, if it does.
    pub sink: Option<SinkDef>,
    /// The version it came with.
    pub since: &'static str,
    /// Its page of the reference.
    pub page: &'static str,
}

/// Every connector.
pub static ALL: &[&ConnectorDef] = &[&file::FILE];

/// The connector of that name or alias.
pub fn find(name: &str) -> Option<&'static ConnectorDef> {
    ALL.iter().copied().find(|def| def.name == name || def.aliases.contains(&name))
}
