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
    unknown_name(span, name, &names, fates)
}

/// [`unknown_column`] where the names that are there are known.
pub(super) fn unknown_name(span: Span, name: &str, names: &[&str], fates: Fates<'_>) -> Diagnostic {
    let mut diagnostic = Diagnostic::new(&codes::expression::UNKNOWN_COLUMN, span, format!("unknown column `{name}`"));
    let steps = steps(name, names, fates);
    diagnostic = match steps.last() {
        None => diagnostic.here("no column of that name here").suggest(span, name, names.iter().copied()),
        Some(last) => {
            diagnostic = diagnostic.here("not in the input of this node");
            for step in &steps {
                diagnostic = match &step.renamed_to {
                    Some(new) if step.column.eq_ignore_ascii_case(name) => {
                        diagnostic.also(step.span, format!("renamed to `{new}` here"))
                    }
                    Some(new) => diagnostic.also(step.span, format!("then to `{new}`")),
                    None if steps.len() == 1 => diagnostic.also(step.span, "left out here"),
                    None => diagnostic.also(step.span, format!("`{}` is left out here", step.column)),
                };
            }
            match &last.renamed_to {
                Some(new) if names.contains(&new.as_str()) => diagnostic.help(format!("use the new name `{new}`")).fix(
                    format!("replace with `{new}`"),
                    span,
                    new,
                    crate::diag::Safety::Unsafe,
                ),
                Some(_) => diagnostic,
                None => diagnostic.help(format!("keep `{}` there, or do without it here", last.column)),
            }
        }
    };
    match names {
        [] => diagnostic.note("no columns are left here"),
        names => diagnostic.note(format!("columns here: {}", suggest::list(names.iter().copied(), 12))),
    }
}

/// What became of a column, step by step, until it is left out or has a name that is there.
fn steps(name: &str, names: &[&str], fates: Fates<'_>) -> Vec<ColumnFate> {
    let mut steps: Vec<ColumnFate> = Vec::new();
    let mut at = name.to_owned();
    while let Some(step) = fates(&at) {
        // A name that comes back would lead round in a circle.
        if steps.iter().any(|earlier| earlier.column.eq_ignore_ascii_case(&step.column)) {
            break;
        }
        let next = step.renamed_to.clone();
        steps.push(step);
        match next {
            Some(new) if !names.contains(&new.as_str()) => at = new,
            _ => break,
        }
    }
    steps
}

/// A diagnostic whose fix puts a name into SQL: the name is quoted if it has to be, and there is no fix if the text
/// cannot be edited where it stands.
pub(super) fn in_sql(mut diagnostic: Diagnostic, exact: bool) -> Diagnostic {
    if !exact {
        diagnostic.fix = None;
    }
    for edit in diagnostic.fix.iter_mut().flat_map(|fix| &mut fix.edits).filter(|edit| !is_word(&edit.text)) {
        edit.text = format!("`{}`", edit.text.replace('`', "``"));
    }
    diagnostic
}

/// The same with a next step, if it has none: what stands without quotes may have been meant as a text.
pub(super) fn or_text(diagnostic: Diagnostic, name: &str) -> Diagnostic {
    if !diagnostic.helps.is_empty() || name.contains('\'') {
        return diagnostic;
    }
    diagnostic.help(format!("name one of them; a text stands in single quotes: `'{name}'`"))
}

fn is_word(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.starts_with(|c: char| c.is_ascii_digit())
}
