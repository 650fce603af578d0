//! The columns of sources and sinks in two versions.

use std::collections::BTreeSet;

use datafusion::arrow::datatypes::{DataType, Field, Schema};

use super::{Change, Kind, Pair, Place, impact, settings};
use crate::ir::NodeId;
use crate::lineage::{How, SourceColumn};
use crate::stdlib::expr::is_hidden;
use crate::stdlib::types::type_name;

/// What changed for those who read a sink's files.
pub(super) fn of_sink(pair: &Pair<'_>, old: NodeId, new: NodeId) -> Vec<Change> {
    let (before, after) = (pair.old.job.node(old), pair.new.job.node(new));
    let schema = |side: &super::Side<'_>, id: NodeId| {
        let edge = side.job.node(id).inputs.first().copied()?;
        Some((edge, side.job.node(edge.node).outputs.get(edge.port)?.schema.clone()?))
    };
    let (Some((from, old_schema)), Some((to, new_schema))) = (schema(&pair.old, old), schema(&pair.new, new)) else {
        return Vec::new();
    };
    let place = after.inputs.first().map_or(after.name.span(), |edge| edge.span);
    let change = |kind, breaking, message| Change::of_node(kind, breaking, pair.new.job, after, message, Place::New(place));
    let sink = &after.name;
    let mut changes = Vec::new();
    for field in visible(&old_schema) {
        let Some(now) = find(&new_schema, field.name()) else {
            let message = format!("sink `{sink}` has no column `{}` any more", field.name());
            changes.push(change(Kind::ColumnRemoved, true, message));
            continue;
        };
        let (was, is) = (type_name(field.data_type()), type_name(now.data_type()));
        if was != is {
            let wider = is_wider(field.data_type(), now.data_type());
            let message = format!(
                "column `{}` of sink `{sink}` is `{is}`, it was `{was}`{}",
                field.name(),
                if wider { ": every value still fits" } else { "" }
            );
            changes.push(change(Kind::ColumnType, !wider, message));
        }
        if field.is_nullable() != now.is_nullable() {
            let message = if now.is_nullable() {
                format!("column `{}` of sink `{sink}` may be NULL now", field.name())
            } else {
                format!("column `{}` of sink `{sink}` is never NULL any more", field.name())
            };
            changes.push(change(Kind::ColumnNullability, now.is_nullable(), message));
        }
        let traced = |side: &super::Side<'_>, edge: crate::ir::Edge, name: &str| {
            let trace = side.traces.column(edge.node, edge.port, name)?;
            let ends = trace.ends.iter().filter(|(_, hows)| hows.iter().any(|how| how.is_direct()));
            Some(ends.map(|(end, _)| shown(pair, side, end)).collect::<BTreeSet<_>>())
        };
        // What a column about rules is made of changes with the rules, and is told of them.
        let about_rules = field.name().starts_with("_dq_");
        if !about_rules
            && let (Some(was), Some(is)) = (traced(&pair.old, from, field.name()), traced(&pair.new, to, now.name()))
            && was != is
        {
            let list = |columns: &BTreeSet<String>| match columns.len() {
                0 => "no column".to_owned(),
                _ => columns.iter().cloned().collect::<Vec<_>>().join(", "),
            };
            let message =
                format!("column `{}` of sink `{sink}` is made of {}, it was of {}", field.name(), list(&is), list(&was));
            changes.push(change(Kind::ColumnOrigin, false, message));
        }
    }
    for field in visible(&new_schema).filter(|field| find(&old_schema, field.name()).is_none()) {
        let message = format!("sink `{sink}` has a new column `{}`, `{}`", field.name(), type_name(field.data_type()));
        changes.push(change(Kind::ColumnAdded, false, message));
    }
    let order = |one: &Schema, other: &Schema| -> Vec<String> {
        visible(one).filter(|field| find(other, field.name()).is_some()).map(|field| field.name().clone()).collect()
    };
    if order(&old_schema, &new_schema) != order(&new_schema, &old_schema) {
        // Readers of text without a header know columns by their places.
        let by_place = before.args.as_ref().is_some_and(|args| args.str("format") == Some("csv"));
        let message = format!("the columns of sink `{sink}` stand in another order");
        changes.push(change(Kind::ColumnOrder, by_place, message));
    }
    changes
}

/// What changed in the data that is expected, with what depends on it.
pub(super) fn of_source(pair: &Pair<'_>, old: NodeId, new: NodeId) -> Vec<Change> {
    let after = pair.new.job.node(new);
    let schema = |side: &super::Side<'_>, id: NodeId| side.job.node(id).outputs.first()?.schema.clone();
    let (Some(old_schema), Some(new_schema)) = (schema(&pair.old, old), schema(&pair.new, new)) else { return Vec::new() };
    let place = after.args.as_ref().and_then(|args| args.get("schema")).map_or(after.name.span(), |arg| arg.key);
    let change = |kind, message| Change::of_node(kind, false, pair.new.job, after, message, Place::New(place));
    let source = &after.name;
    let mut changes = Vec::new();
    for field in visible(&old_schema) {
        let touched = || impact::of_source_column(&pair.old, old, field.name());
        match find(&new_schema, field.name()) {
            None => {
                let message = format!("source `{source}` does not read column `{}` any more", field.name());
                changes.push(change(Kind::SourceColumnRemoved, message).touching(touched()));
            }
            Some(now) => {
                let (was, is) = (type_name(field.data_type()), type_name(now.data_type()));
                if was != is {
                    let message = format!("source `{source}` reads column `{}` as `{is}`, it was `{was}`", field.name());
                    let touched = impact::of_source_column(&pair.new, new, now.name());
                    changes.push(change(Kind::SourceColumnType, message).touching(touched));
                }
            }
        }
    }
    for field in visible(&new_schema).filter(|field| find(&old_schema, field.name()).is_none()) {
        let message = format!("source `{source}` reads a new column `{}`, `{}`", field.name(), type_name(field.data_type()));
        changes.push(change(Kind::SourceColumnAdded, message));
    }
    changes
}

fn visible(schema: &Schema) -> impl Iterator<Item = &Field> {
    schema.fields().iter().map(AsRef::as_ref).filter(|field: &&Field| !is_hidden(field.name()))
}

fn find<'s>(schema: &'s Schema, name: &str) -> Option<&'s Field> {
    visible(schema).find(|field| field.name() == name)
}

/// A column of a source; of one that has another name now, under that.
fn shown(pair: &Pair<'_>, side: &super::Side<'_>, end: &SourceColumn) -> String {
    let path: String = end.path.iter().flat_map(|part| [".", part.as_str()]).collect();
    let node = side.job.node(end.node);
    let renamed = if pair.new.job.find(node.name.as_str()).is_none() { settings::heir(pair, node) } else { None };
    let output = renamed.unwrap_or(node).output_name(end.port);
    format!("`{output}.{}{path}`", end.column)
}

/// Whether every value of one type is one of the other, for readers that widen.
pub(super) fn is_wider(old: &DataType, new: &DataType) -> bool {
    use DataType as T;
    let bits = |data_type: &DataType| match data_type {
        T::Int8 => Some(8),
        T::Int16 => Some(16),
        T::Int32 => Some(32),
        T::Int64 => Some(64),
        _ => None,
    };
    match (old, new) {
        (T::Float32, T::Float64) => true,
        (T::Decimal128(precision, scale), T::Decimal128(wider, same)) => scale == same && wider > precision,
        (old, new) => matches!((bits(old), bits(new)), (Some(old), Some(new)) if new > old),
    }
}

/// Whether something is computed from it.
pub(super) fn is_made_of(hows: &BTreeSet<How>) -> bool {
    hows.iter().any(|how| how.is_direct())
}
