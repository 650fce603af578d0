//! Declared tables in two versions: what those who rely on the declaration have to know.

use std::collections::BTreeMap;

use super::columns::is_wider;
use super::{Change, Kind, Place};
use crate::diag::Sink;
use crate::ir::Program;
use crate::source::Span;
use crate::spec::catalog::{TableRef, TableSpec};
use crate::spec::job::Role;
use crate::stdlib::connector::Declared;
use crate::stdlib::types::type_name;

/// A table in both versions.
struct Pair<'a> {
    name: &'a str,
    old: &'a TableSpec,
    new: &'a TableSpec,
}

/// The changes of the catalog, table by table, those that break something first.
pub(super) fn compare(old: &Program, new: &Program) -> Vec<Change> {
    let mut changes = Vec::new();
    for (name, after) in &new.catalog.tables {
        let Some(before) = old.catalog.tables.get(name) else {
            changes.push(of_table(
                Kind::TableAdded,
                false,
                name,
                format!("table `{name}` is new"),
                Place::New(after.name.span()),
            ));
            continue;
        };
        let mut found = Pair { name, old: before, new: after }.changes();
        found.sort_by_key(|change| !change.breaking);
        changes.extend(found);
    }
    for (name, before) in &old.catalog.tables {
        if !new.catalog.tables.contains_key(name) {
            let place = Place::Old(before.name.span());
            changes.push(of_table(Kind::TableRemoved, true, name, format!("table `{name}` is gone"), place));
        }
    }
    for change in &mut changes {
        let table = change.table.clone().unwrap_or_default();
        change.touches = users(if change.kind == Kind::TableRemoved { old } else { new }, &table);
    }
    changes
}

fn of_table(kind: Kind, breaking: bool, table: &str, message: String, place: Place) -> Change {
    let table = Some(table.to_owned());
    Change { kind, breaking, job: String::new(), node: None, table, message, touches: Vec::new(), place: Some(place) }
}

/// The sources and sinks that name a table.
fn users(program: &Program, table: &str) -> Vec<String> {
    let mut found = Vec::new();
    for job in program.jobs.values() {
        for node in &job.nodes {
            let what = match node.role {
                Role::Source => "source",
                Role::Sink => "sink",
                Role::Transform => continue,
            };
            let named = node.args.as_ref().and_then(TableRef::of).map(|named| named.name());
            if named.as_deref() == Some(table) {
                found.push(format!("{what} `{}` of job `{}`", node.name, job.name));
            }
        }
    }
    found
}

impl Pair<'_> {
    fn change(&self, kind: Kind, breaking: bool, message: String, place: Span) -> Change {
        of_table(kind, breaking, self.name, message, Place::New(place))
    }

    fn changes(&self) -> Vec<Change> {
        let mut changes = self.columns();
        for (setting, what, kind) in
            [("location", "lies in", Kind::TableLocation), ("classification", "is written as", Kind::TableFormat)]
        {
            let (was, is) = (self.old.args.str(setting), self.new.args.str(setting));
            if was != is {
                let shown =
                    |word: Option<&str>| word.map_or_else(|| "no place that is declared".to_owned(), |word| format!("`{word}`"));
                let place = self.new.args.get(setting).map_or(self.new.name.span(), |arg| arg.span);
                let message = format!("table `{}` {what} {}, it was {}", self.name, shown(is), shown(was));
                changes.push(self.change(kind, was.is_some(), message, place));
            }
        }
        let keys = |table: &TableSpec| -> Vec<String> {
            table.args.records("partition_keys").iter().filter_map(|key| key.str("name").map(str::to_owned)).collect()
        };
        let (was, is) = (keys(self.old), keys(self.new));
        if was != is {
            let shown = |keys: &[String]| if keys.is_empty() { "none".to_owned() } else { format!("`{}`", keys.join("`, `")) };
            let place = self.new.args.get("partition_keys").map_or(self.new.name.span(), |arg| arg.key);
            let message = format!("the folders of table `{}` are {}, they were {}", self.name, shown(&is), shown(&was));
            changes.push(self.change(Kind::TablePartitions, true, message, place));
        }
        changes
    }

    fn columns(&self) -> Vec<Change> {
        // What is wrong with a declaration is said by `check`, and a version with errors is not compared.
        let declared = |table: &TableSpec| -> BTreeMap<String, Declared> {
            let columns = Declared::of_table(table, &mut Sink::default()).unwrap_or_default();
            columns.into_iter().map(|column| (column.field.name().to_lowercase(), column)).collect()
        };
        let (old, new) = (declared(self.old), declared(self.new));
        let mut changes = Vec::new();
        for (key, before) in &old {
            let name = before.field.name();
            let Some(after) = new.get(key) else {
                let message = format!("table `{}` has no column `{name}` any more", self.name);
                changes.push(self.change(Kind::TableColumnRemoved, true, message, self.new.name.span()));
                continue;
            };
            let (was, is) = (type_name(before.field.data_type()), type_name(after.field.data_type()));
            if was != is {
                let wider = is_wider(before.field.data_type(), after.field.data_type());
                let rest = if wider { ": every value still fits" } else { "" };
                let message = format!("column `{name}` of table `{}` is `{is}`, it was `{was}`{rest}", self.name);
                changes.push(self.change(Kind::TableColumnType, !wider, message, after.name));
            }
            if before.field.is_nullable() != after.field.is_nullable() {
                let how = if after.field.is_nullable() { "may be NULL now" } else { "is never NULL any more" };
                let message = format!("column `{name}` of table `{}` {how}", self.name);
                changes.push(self.change(Kind::TableColumnNullability, after.field.is_nullable(), message, after.name));
            }
        }
        for (_, after) in new.iter().filter(|(key, _)| !old.contains_key(*key)) {
            let (name, ty) = (after.field.name(), type_name(after.field.data_type()));
            let message = format!("table `{}` has a new column `{name}`, `{ty}`", self.name);
            changes.push(self.change(Kind::TableColumnAdded, false, message, after.name));
        }
        changes
    }
}
