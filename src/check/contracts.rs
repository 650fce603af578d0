//! Declared tables as contracts: what sources read and sinks write against what the table promises.
//!
//! A difference is breaking if somebody who relies on the declaration can no longer read or gets something else; any other one is
//! compatible and only told.

use datafusion::arrow::datatypes::Schema;

use super::Cx;
use crate::diag::codes::connector::{CONTRACT_BROKEN, CONTRACT_GROWN};
use crate::diag::{Diagnostic, Sink, suggest};
use crate::ir::{Job, Node};
use crate::source::{Span, Text};
use crate::spec::catalog::{TableRef, TableSpec};
use crate::spec::job::Role;
use crate::spec::param::{Arg, Args};
use crate::stdlib::connector::Declared;
use crate::stdlib::expr::is_hidden;
use crate::stdlib::types::{type_name, widens};

/// Checks the declarations themselves: types, and names that stand twice.
pub(super) fn declarations(cx: &Cx<'_>, sink: &mut Sink) {
    for table in cx.project.catalog.tables.values() {
        Declared::of_table(table, sink);
    }
}

/// Checks every node of a job that names a table.
pub(super) fn check(cx: &Cx<'_>, job: &Job, sink: &mut Sink) {
    for (_, node) in job.iter() {
        let Some(args) = &node.args else { continue };
        let Some(named) = TableRef::of(args) else { continue };
        // One that is not there was reported.
        let Some(table) = cx.project.catalog.tables.get(&named.name()) else { continue };
        // What is wrong with the declaration was said.
        let Some(columns) = Declared::of_table(table, &mut Sink::default()) else { continue };
        let contract = Contract { table, columns: &columns, named };
        contract.format(args, sink);
        contract.location(args, node.role, sink);
        match node.role {
            Role::Source => {
                if let Some(schema) = node.outputs.first().and_then(|output| output.schema.as_ref()) {
                    contract.read(args, schema, sink);
                }
            }
            Role::Sink => {
                let input = node.inputs.first().and_then(|edge| job.node(edge.node).outputs.get(edge.port));
                if let Some(schema) = input.and_then(|output| output.schema.as_ref()) {
                    contract.written(node, schema, sink);
                }
                contract.folders(args, sink);
            }
            Role::Transform => {}
        }
    }
}

/// A table and the node that names it.
struct Contract<'a> {
    table: &'a TableSpec,
    columns: &'a [Declared],
    named: TableRef<'a>,
}

impl Contract<'_> {
    fn find(&self, name: &str) -> Option<&Declared> {
        self.columns.iter().find(|column| column.field.name().eq_ignore_ascii_case(name))
    }

    /// The error for what the other side relies on.
    fn broken(&self, at: Span, message: String, here: impl Into<String>, column: Option<&Declared>) -> Diagnostic {
        let diagnostic = Diagnostic::new(&CONTRACT_BROKEN, at, message).here(here);
        let promised = column.map_or(self.table.name.span(), |column| column.name);
        diagnostic
            .also(promised, "declared here")
            .note("this breaks the contract: who relies on the declaration can no longer do so")
    }

    /// The warning for what nobody relies on.
    fn grown(&self, at: Span, message: String, here: impl Into<String>, column: Option<&Declared>) -> Diagnostic {
        let diagnostic = Diagnostic::new(&CONTRACT_GROWN, at, message).here(here);
        let promised = column.map_or(self.table.name.span(), |column| column.name);
        diagnostic.also(promised, "declared here").note("this is compatible: who relies on the declaration gets what it says")
    }

    /// What a source says it reads. Columns that are the table's own differ in nothing.
    fn read(&self, args: &Args, schema: &Schema, sink: &mut Sink) {
        let table = &self.table.name;
        let own = args.record("schema").map(|schema| schema.records("columns")).unwrap_or_default();
        let place = |name: &str, part: &str| {
            let column = own.iter().find(|column| column.text("name").is_some_and(|own| own.value.eq_ignore_ascii_case(name)));
            column.and_then(|column| column.get(part)).map_or(self.named.table.span(), |arg| arg.span)
        };
        for field in schema.fields() {
            let name = field.name();
            let Some(column) = self.find(name) else {
                let message = format!("table `{table}` has no column `{name}`");
                let broken = self.broken(place(name, "name"), message, "read here", None);
                sink.push(broken.suggest_or_list(place(name, "name"), name, "its columns are", self.names()));
                continue;
            };
            let (promised, wanted) = (column.field.data_type(), field.data_type());
            let (theirs, ours) = (type_name(promised), type_name(wanted));
            let at = place(name, "type");
            if theirs != ours {
                let message = format!("column `{name}` of table `{table}` is `{theirs}`");
                let here = format!("read as `{ours}`");
                sink.push(if widens(promised, wanted) {
                    self.grown(at, message, here, Some(column)).help(format!("write `{theirs}`, as the table does"))
                } else {
                    self.broken(at, message, here, Some(column))
                        .help(format!("read it as `{theirs}` and cast it in an `apply_mapping`"))
                });
            } else if column.field.is_nullable() && !field.is_nullable() {
                let message = format!("column `{name}` of table `{table}` may be NULL");
                let broken = self.broken(place(name, "nullable"), message, "read as one that may not", Some(column));
                sink.push(broken.help("leave `nullable: false` out, or promise it in the table"));
            }
        }
        let unread: Vec<&Declared> = self.missing(schema).collect();
        if let [first, ..] = unread.as_slice() {
            let names = suggest::list(unread.iter().map(|column| column.field.name().as_str()), 12);
            let at =
                args.record("schema").and_then(|schema| schema.get("columns")).map_or(self.named.table.span(), |arg| arg.key);
            let message = format!("table `{table}` has columns that are not read");
            sink.push(
                self.grown(at, message, format!("without {names}"), Some(first)).help("leave `columns` out to read all of them"),
            );
        }
    }

    /// What a sink writes.
    fn written(&self, node: &Node, schema: &Schema, sink: &mut Sink) {
        let (table, at) = (&self.table.name, self.named.table.span());
        for column in self.missing(schema) {
            let name = column.field.name();
            let message = format!("`{}` does not write column `{name}` of table `{table}`", node.name);
            let broken = self.broken(at, message, "the table has it", Some(column));
            let names: Vec<&str> =
                schema.fields().iter().map(|field| field.name().as_str()).filter(|name| !is_hidden(name)).collect();
            let near = suggest::nearest(name, names.iter().copied().filter(|name| self.find(name).is_none()));
            sink.push(match near {
                Some(near) => broken.help(format!("rename `{near}` to `{name}` before, or change the table")),
                None => broken.help("add it before, or take it out of the table"),
            });
        }
        for field in schema.fields().iter().filter(|field| !is_hidden(field.name())) {
            let name = field.name();
            let Some(column) = self.find(name) else {
                let message = format!("`{}` writes column `{name}`, which table `{table}` does not have", node.name);
                let grown = self.grown(at, message, "not among its columns", None);
                sink.push(grown.help("declare it in the table, or drop it before, with `drop_fields`"));
                continue;
            };
            let (promised, written) = (column.field.data_type(), field.data_type());
            let (theirs, ours) = (type_name(promised), type_name(written));
            if theirs != ours {
                let message = format!("`{}` writes column `{name}` of table `{table}` as `{ours}`", node.name);
                let here = format!("`{theirs}` in the table");
                sink.push(if widens(written, promised) {
                    self.grown(at, message, here, Some(column))
                        .help(format!("cast it to `{theirs}` in an `apply_mapping` before"))
                } else {
                    self.broken(at, message, here, Some(column))
                        .help(format!("cast it to `{theirs}` before, or change the table"))
                });
            } else if field.is_nullable() && !column.field.is_nullable() {
                let message = format!("`{}` may write NULL to column `{name}` of table `{table}`", node.name);
                let broken = self.broken(at, message, "`nullable: false` in the table", Some(column));
                sink.push(broken.help(format!(
                    "fill them with `fill_missing_values`, compute it as `coalesce({name}, …)`, or let the table have them; a `filter` does not change what a column may hold"
                )));
            }
        }
    }

    /// How the files are written.
    fn format(&self, args: &Args, sink: &mut Sink) {
        let (Some(ours), Some(theirs)) = (args.get("format"), self.table.args.get("classification")) else { return };
        let (Some(our), Some(their)) = (ours.text(), theirs.text()) else { return };
        if our.value == their.value {
            return;
        }
        let message = format!("the files of table `{}` are `{their}`", self.table.name);
        let diagnostic = Diagnostic::new(&CONTRACT_BROKEN, ours.span, message).here(format!("taken for `{our}`"));
        sink.push(
            diagnostic
                .also(theirs.span, "declared here")
                .note("this breaks the contract: one side cannot read what the other writes")
                .help("leave `format` out: that of the table counts then"),
        );
    }

    /// Where the files are. A source may read a part of them.
    fn location(&self, args: &Args, role: Role, sink: &mut Sink) {
        let Some(theirs) = self.table.args.get("location") else { return };
        // A source has several paths, if only a list of one.
        let ours = args.get("path").filter(|arg| arg.text().is_some()).or_else(|| args.list("path").first());
        let (Some(ours), Some(their)) = (ours, theirs.text()) else { return };
        let Some(our) = ours.text() else { return };
        let plain = |text: &Text| text.value.trim_start_matches("./").trim_end_matches('/').to_owned();
        let (path, location) = (plain(our), plain(their));
        let is_below = role == Role::Source && path.strip_prefix(&location).is_some_and(|rest| rest.starts_with('/'));
        if path == location || is_below {
            return;
        }
        let message = format!("table `{}` lies elsewhere", self.table.name);
        let diagnostic = match role {
            Role::Sink => Diagnostic::new(&CONTRACT_BROKEN, ours.span, message)
                .here("written here")
                .note("this breaks the contract: who relies on the declaration looks for the files there"),
            Role::Source | Role::Transform => Diagnostic::new(&CONTRACT_GROWN, ours.span, message)
                .here("read from here")
                .note("this is compatible: nobody relies on what one job reads"),
        };
        let help = "leave `path` out: the `location` of the table counts then";
        sink.push(diagnostic.also(theirs.span, "declared here").help(help));
    }

    /// The folders of a sink.
    fn folders(&self, args: &Args, sink: &mut Sink) {
        let Some(written) = args.get("partition_keys").filter(|arg| arg.written) else { return };
        let ours: Vec<&str> = args.list("partition_keys").iter().filter_map(Arg::text).map(Text::as_str).collect();
        let theirs: Vec<&str> = self.table.args.records("partition_keys").iter().filter_map(|key| key.str("name")).collect();
        let same = ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(ours, theirs)| ours.eq_ignore_ascii_case(theirs));
        if same {
            return;
        }
        let message = format!("table `{}` has other folders", self.table.name);
        let promised = if theirs.is_empty() { "none".to_owned() } else { suggest::list(theirs.iter().copied(), 8) };
        let at = self.table.args.get("partition_keys").map_or(self.table.name.span(), |arg| arg.key);
        sink.push(
            Diagnostic::new(&CONTRACT_BROKEN, written.span, message)
                .here(format!("the table has {promised}"))
                .also(at, "declared here")
                .note("this breaks the contract: files would lie where nobody looks for them")
                .help("leave `partition_keys` out: those of the table count then"),
        );
    }

    fn missing<'c>(&'c self, schema: &'c Schema) -> impl Iterator<Item = &'c Declared> {
        let has = |name: &str| schema.fields().iter().any(|field| field.name().eq_ignore_ascii_case(name));
        self.columns.iter().filter(move |column| !has(column.field.name()))
    }

    fn names(&self) -> Vec<&str> {
        self.columns.iter().map(|column| column.field.name().as_str()).collect()
    }
}
