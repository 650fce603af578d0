//! `schema: { pin: FILE }`: the columns of a source stand in a file of their own, which `glue-compile pin` writes.

use super::discover;
use super::rulesets::Reader;
use crate::diag::codes::connector::BAD_PIN;
use crate::diag::codes::project::DUPLICATE_DEFINITION;
use crate::diag::{Diagnostic, Sink};
use crate::spec::tree::entries_mut;
use crate::syntax::yaml::{self, Node, NodeKind};

/// Puts the columns of the pinned file where they would stand in the source.
pub(super) fn fill(source: &mut Node, reader: &mut Reader<'_, '_>, sink: &mut Sink) {
    let Some(schema) = entries_mut(source).and_then(|entries| entries.iter_mut().find(|entry| entry.key.value == "schema"))
    else {
        return;
    };
    let Some(pin) = schema.value.get("pin") else { return };
    // Anything else than a text is reported where settings are decoded.
    let NodeKind::Scalar(scalar) = &pin.kind else { return };
    reader.pins += 1;
    let (path, place) = (reader.root.join(scalar.text.as_str()), pin.span);
    if let Some(columns) = schema.value.entries().iter().find(|entry| entry.key.value == "columns") {
        sink.push(
            Diagnostic::new(&DUPLICATE_DEFINITION, place, "the columns are both pinned and declared")
                .here("columns from a file")
                .also(columns.key.span(), "and from here")
                .help("remove one of them"),
        );
        return;
    }
    let Some(file) = reader.texts.read(&path, Some(place), sink) else { return };
    let before = sink.len();
    let tree = yaml::parse(file, &reader.texts.text(file), sink);
    let columns = tree.as_ref().and_then(|tree| tree.entries().iter().find(|entry| entry.key.value == "columns"));
    match columns {
        Some(columns) => {
            let columns = columns.clone();
            entries_mut(&mut schema.value).into_iter().for_each(|entries| entries.push(columns.clone()));
        }
        None if sink.len() == before => {
            let shown = discover::shown(&path);
            sink.push(
                Diagnostic::new(&BAD_PIN, place, format!("`{}` pins no columns", shown.display()))
                    .here("columns are to come from there")
                    .help("`glue-compile pin` writes the file from the data: `columns: [{ name: …, type: … }]`"),
            );
        }
        None => {}
    }
}
