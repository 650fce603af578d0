//! Names of columns: found in any case, and if not found, said where they went.

use datafusion::common::DFSchema;

use crate::diag::{Diagnostic, codes, suggest};
use crate::source::Span;

/// What became of a column that an earlier node had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnFate {
    /// The name it had.
    pub column: String,
    /// Its new name; `None` if it was left out.
    pub renamed_to: Option<String>,
    /// Where that is written.
    pub span: Span,
}

/// Tells what became of a column that is not there; `None` if no earlier node had it.
pub type Fates<'a> = &'a (dyn Fn(&str) -> Option<ColumnFate> + Sync);

/// For places where nothing came before.
pub const NO_FATES: Fates<'static> = &|_| None;

/// Columns whose name begins so are ours: carried along, never seen by users.
pub const HIDDEN: &str = "__gc_";

/// Whether a column is one of ours.
pub fn is_hidden(name: &str) -> bool {
    name.starts_with(HIDDEN)
}

/// The name of a column as the schema spells it: an exact match first, then one in any case if it is the only one.
pub fn column<'a>(schema: &'a DFSchema, name: &str) -> Option<&'a str> {
    let names = || schema.fields().iter().map(|field| field.name().as_str()).filter(|name| !name.starts_with(HIDDEN));
    if let Some(exact) = names().find(|candidate| *candidate == name) {
        return Some(exact);
    }
    let mut loose = names().filter(|candidate| candidate.eq_ignore_ascii_case(name));
    let found = loose.next()?;
    loose.next().is_none().then_some(found)
}

/// The message for a column that is not there: where it went if an earlier node had it, else the nearest name.
pub fn unknown_column(span: Span, name: &str, schema: &DFSchema, fates: Fates<'_>) -> Diagnostic {
    let names: Vec<_> =
        schema.fields().iter().map(|field| field.name().as_str()).filter(|name| !name.starts_with(HIDDEN)).collect();
    let diagnostic = Diagnostic::new(&codes::expression::UNKNOWN_COLUMN, span, format!("unknown column `{name}`"));
    let diagnostic = match fates(name) {
        Some(ColumnFate { renamed_to: Some(new), span: place, .. }) if names.contains(&new.as_str()) => {
            let edit = if is_word(&new) { new.clone() } else { format!("`{new}`") };
            diagnostic
                .here("not in the input of this node")
                .also(place, format!("renamed to `{new}` here"))
                .fix(format!("replace with `{new}`"), span, edit, crate::diag::Safety::Unsafe)
                .help(format!("use the new name `{new}`"))
        }
        Some(ColumnFate { renamed_to: Some(new), span: place, .. }) => {
            diagnostic.here("not in the input of this node").also(place, format!("renamed to `{new}` here"))
        }
        Some(ColumnFate { renamed_to: None, span: place, .. }) => diagnostic
            .here("not in the input of this node")
            .also(place, "left out here")
            .help(format!("keep `{name}` there, or do without it here")),
        None => diagnostic.here("no column of that name here").suggest(span, name, names.iter().copied()),
    };
    diagnostic.note(format!("columns here: {}", suggest::list(names.iter().copied(), 12)))
}

fn is_word(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit())
}
