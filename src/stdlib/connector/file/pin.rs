//! Declared columns against those that the data shows.

use datafusion::arrow::datatypes::{DataType, Field};

use super::infer::wider;
use super::settings::Format;
use crate::diag::codes::connector::{PIN_BROKEN, PIN_GROWN};
use crate::diag::{Diagnostic, Sink, suggest};
use crate::source::Text;
use crate::stdlib::connector::{Change, Declared};
use crate::stdlib::types::type_name;

/// What has changed, in the order of the declared columns; new ones behind them.
pub(super) fn changes(declared: &[Declared], found: &[Field], format: &Format) -> Vec<Change> {
    let same = |a: &Field, b: &Field| a.name().eq_ignore_ascii_case(b.name());
    let old = declared.iter().filter_map(|column| match found.iter().find(|found| same(found, &column.field)) {
        None => Some(Change::Gone(column.clone())),
        Some(now) if fits(now.data_type(), column.field.data_type(), format) => None,
        Some(now) => Some(Change::Other(column.clone(), now.data_type().clone())),
    });
    let new = found.iter().filter(|found| !declared.iter().any(|column| same(found, &column.field)));
    old.chain(new.cloned().map(Change::New)).collect()
}

/// Reports changes of pinned columns.
pub(super) fn report(pin: &Text, changes: Vec<Change>, format: &Format, sink: &mut Sink) {
    let broken = |column: &Declared, message: String, here: String| {
        Diagnostic::new(&PIN_BROKEN, column.name, message)
            .here(here)
            .also(pin.span(), "pinned by this source")
            .help("if that is meant, `glue-compile pin` writes it down; what depends on it is then checked anew")
    };
    let mut new = Vec::new();
    for change in changes {
        match change {
            Change::New(field) => new.push(field),
            // That is said where the header is read.
            Change::Gone(_) if matches!(format, Format::Csv(_)) => {}
            Change::Gone(column) => {
                let message = format!("the data has no column `{}` any more", column.field.name());
                sink.push(broken(&column, message, "pinned here".to_owned()));
            }
            Change::Other(column, now) => {
                let message = format!("column `{}` is `{}` in the data", column.field.name(), type_name(&now));
                let here = format!("pinned as `{}`", type_name(column.field.data_type()));
                sink.push(broken(&column, message, here));
            }
        }
    }
    if !new.is_empty() {
        let names = suggest::list(new.iter().map(|field| field.name().as_str()), 12);
        sink.push(
            Diagnostic::new(&PIN_GROWN, pin.span(), "the data has columns that are not pinned")
                .here(format!("without {names}"))
                .note("they are not read")
                .help("`glue-compile pin` adds them"),
        );
    }
}

/// Whether values as they were seen can be read as what is declared.
fn fits(found: &DataType, declared: &DataType, format: &Format) -> bool {
    use DataType as T;
    if found == declared || *found == T::Null {
        return true;
    }
    if matches!(format, Format::Parquet) {
        return wider(found, declared).as_ref() == Some(declared);
    }
    // In text a whole number has no width, and everything is a text.
    match (found, declared) {
        (_, T::Utf8View) => !found.is_nested(),
        (T::Int64, _) => declared.is_numeric(),
        (T::Float64, _) => declared.is_floating() || matches!(declared, T::Decimal128(..)),
        (T::Date32, T::Timestamp(..)) => true,
        (T::List(_), T::List(_)) | (T::Struct(_), T::Struct(_)) => true,
        _ => false,
    }
}
