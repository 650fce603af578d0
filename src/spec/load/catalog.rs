//! `catalog:` the tables of the project, and what sources and sinks take over from the one they name.

use indexmap::IndexMap;

use super::reference;
use super::sections::Sections;
use super::tables::{DATABASE, TABLE};
use super::variables::Values;
use crate::diag::codes::connector::UNKNOWN_CATALOG_NAME;
use crate::diag::codes::spec::INVALID_NAME;
use crate::diag::{Diagnostic, Sink};
use crate::source::{EmbedMap, Span, Text};
use crate::spec::catalog::{Catalog, TableSpec};
use crate::spec::job::Role;
use crate::spec::param::decode::{Scope, decode_in};
use crate::spec::tree::entries_mut;
use crate::syntax::yaml::{Entry, Node, NodeKind};

/// Fills in the `${…}` of all tables, so that what nodes take over from them is as if it stood there.
pub(super) fn fill_references(sections: &mut Sections, values: &Values<'_>, sink: &mut Sink) {
    for table in &mut sections.tables {
        reference::fill(&mut table.value, values, sink);
    }
}

/// The databases and tables of all files.
pub(super) fn read(sections: &Sections, sink: &mut Sink) -> Catalog {
    let mut catalog = Catalog::default();
    for entry in &sections.databases {
        let what = format!("database `{}`", entry.key);
        let scope = Scope { what: &what, at: Some(entry.key.span()), elsewhere: &[] };
        // `raw:` alone declares it.
        if matches!(entry.value.kind, NodeKind::Map(_)) {
            decode_in(&entry.value, DATABASE, scope, sink);
        }
        catalog.databases.insert(entry.key.value.clone(), entry.key.clone());
    }
    for entry in &sections.tables {
        if let Some(table) = table(entry, &catalog.databases, sink) {
            catalog.tables.insert(entry.key.value.clone(), table);
        }
    }
    catalog
}

fn table(entry: &Entry, databases: &IndexMap<String, Text>, sink: &mut Sink) -> Option<TableSpec> {
    let name = entry.key.as_str();
    let is_word = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'));
    match name.split_once('.') {
        Some((database, table)) if is_word(database) && is_word(table) => {
            if !databases.is_empty() && !databases.contains_key(database) {
                let place = if entry.key.map.is_exact() { entry.key.map.span(0, database.len()) } else { entry.key.span() };
                sink.push(unknown_database(place, database, databases.keys().map(String::as_str)));
            }
        }
        _ => {
            sink.push(
                Diagnostic::new(&INVALID_NAME, entry.key.span(), format!("`{name}` is no name of a table"))
                    .here("expected a database and a table")
                    .help("write `database.table`: letters, digits, `_` and `-`, one dot between them"),
            );
        }
    }
    let what = format!("table `{name}`");
    let args = decode_in(&entry.value, TABLE, Scope { what: &what, at: Some(entry.key.span()), elsewhere: &[] }, sink)?;
    Some(TableSpec { name: entry.key.clone(), args, span: entry.value.span })
}

/// The error for a database that is not declared although others are.
fn unknown_database<'a>(place: Span, name: &str, known: impl Iterator<Item = &'a str> + Clone) -> Diagnostic {
    Diagnostic::new(&UNKNOWN_CATALOG_NAME, place, format!("the catalog has no database `{name}`"))
        .here("no database of that name")
        .suggest_or_list(place, name, "its databases are", known)
}

/// What a node says itself counts; what it leaves out is as its table says: where the files are, their format, the columns
/// of a source, the partition keys of a sink. `false` if there is no such table (reported), so that settings will be missing too.
pub(super) fn fill(role: Role, node: &mut Node, sections: &Sections, sink: &mut Sink) -> bool {
    let Some(catalog) = node.get("catalog") else { return true };
    let text = |key: &str| match &catalog.get(key)?.kind {
        NodeKind::Scalar(scalar) => Some(scalar.text.clone()),
        NodeKind::List(_) | NodeKind::Map(_) => None,
    };
    // What is missing or no text is reported where settings are decoded.
    let (Some(database), Some(table)) = (text("database"), text("table")) else { return true };
    let name = format!("{database}.{table}");
    let Some(table) = sections.tables.iter().find(|entry| entry.key.value == name).map(|entry| &entry.value) else {
        sink.push(unknown_table(&database, &table, sections));
        return node.get("format").is_some();
    };
    let place = catalog.span;
    let Some(entries) = entries_mut(node) else { return true };
    let is_written = |entries: &[Entry], name: &str| entries.iter().any(|entry| entry.key.value == name);
    let key = |name: &str| Text { value: name.to_owned(), map: EmbedMap::opaque(place) };
    if !is_written(entries, "paths") {
        take(entries, table, "location", key("path"));
    }
    take(entries, table, "classification", key("format"));
    take(entries, table, "format_options", key("format_options"));
    match role {
        Role::Source => columns(entries, table, &key("schema"), place),
        Role::Sink if !is_written(entries, "partition_keys") => {
            let keys: Vec<Node> = items(table, "partition_keys").filter_map(|column| column.get("name").cloned()).collect();
            if !keys.is_empty() {
                let value = Node { kind: NodeKind::List(keys), span: place };
                entries.push(Entry { key: key("partition_keys"), value });
            }
        }
        Role::Sink | Role::Transform => {}
    }
    true
}

/// The error for a table that is not declared.
fn unknown_table(database: &Text, table: &Text, sections: &Sections) -> Diagnostic {
    let tables = || sections.tables.iter().filter_map(|entry| entry.key.as_str().split_once('.'));
    let name = format!("{database}.{table}");
    if sections.tables.is_empty() {
        return Diagnostic::new(&UNKNOWN_CATALOG_NAME, table.span(), format!("there is no table `{name}`"))
            .here("no table is declared")
            .help(format!("declare it: `catalog: {{ tables: {{ {name}: {{ columns: [{{ name: …, type: … }}] }} }} }}`"));
    }
    let of_database: Vec<&str> = tables().filter(|(known, _)| *known == database.as_str()).map(|(_, table)| table).collect();
    if of_database.is_empty() {
        let mut known: Vec<&str> = tables().map(|(database, _)| database).collect();
        known.dedup();
        return unknown_database(database.span(), database.as_str(), known.into_iter());
    }
    Diagnostic::new(&UNKNOWN_CATALOG_NAME, table.span(), format!("database `{database}` has no table `{table}`"))
        .here("not under `catalog.tables`")
        .suggest_or_list(table.span(), table.as_str(), "its tables are", of_database)
}

/// Takes a setting of the table that the node does not have.
fn take(entries: &mut Vec<Entry>, table: &Node, theirs: &str, ours: Text) {
    let Some(value) = table.get(theirs) else { return };
    if !entries.iter().any(|entry| entry.key.value == ours.value) {
        entries.push(Entry { key: ours, value: value.clone() });
    }
}

fn items<'a>(table: &'a Node, key: &str) -> impl Iterator<Item = &'a Node> {
    match table.get(key).map(|node| &node.kind) {
        Some(NodeKind::List(items)) => items.iter(),
        _ => [].iter(),
    }
}

/// The columns of a source that neither declares nor pins its own.
fn columns(entries: &mut Vec<Entry>, table: &Node, key: &Text, place: Span) {
    let columns: Vec<Node> = items(table, "columns").chain(items(table, "partition_keys")).cloned().collect();
    if columns.is_empty() {
        return;
    }
    let columns = Entry {
        key: Text { value: "columns".to_owned(), map: EmbedMap::opaque(place) },
        value: Node { kind: NodeKind::List(columns), span: place },
    };
    match entries.iter_mut().find(|entry| entry.key.value == key.value) {
        None => {
            let value = Node { kind: NodeKind::Map(vec![columns]), span: place };
            entries.push(Entry { key: key.clone(), value });
        }
        Some(schema) => {
            let has_own = ["columns", "pin", "mode"].iter().any(|key| schema.value.get(key).is_some());
            if let (false, Some(schema)) = (has_own, entries_mut(&mut schema.value)) {
                schema.push(columns);
            }
        }
    }
}
