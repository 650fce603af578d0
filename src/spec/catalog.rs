//! Tables that the project declares: contracts between those who write them and those who read them.

use indexmap::IndexMap;

use super::param::Args;
use crate::source::{Span, Text};

/// `catalog:`
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalog {
    /// Databases that are declared, by name. If there is none, a table's name declares its database.
    pub databases: IndexMap<String, Text>,
    /// Tables by `database.table`.
    pub tables: IndexMap<String, TableSpec>,
}

/// A declared table.
#[derive(Debug, Clone, PartialEq)]
pub struct TableSpec {
    /// `database.table`, where it is defined.
    pub name: Text,
    /// What is said of it.
    pub args: Args,
    /// All that is said of it.
    pub span: Span,
}

/// `catalog: { database: raw, table: orders }` of a source or sink.
#[derive(Debug, Clone, Copy)]
pub struct TableRef<'a> {
    /// The database.
    pub database: &'a Text,
    /// The table in it.
    pub table: &'a Text,
}

impl<'a> TableRef<'a> {
    /// The table that the settings of a node name, if they name one.
    pub fn of(args: &'a Args) -> Option<Self> {
        let catalog = args.record("catalog")?;
        Some(Self { database: catalog.text("database")?, table: catalog.text("table")? })
    }

    /// `database.table`
    pub fn name(&self) -> String {
        format!("{}.{}", self.database, self.table)
    }
}
