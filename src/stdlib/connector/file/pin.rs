//! Declared columns against those that the data shows.

use datafusion::arrow::datatypes::{DataType, Field};

use super::infer::wider;
use super::settings::Format;
use crate::diag::codes::connector::{CONTRACT_BROKEN, CONTRACT_GROWN, PIN_BROKEN, PIN_GROWN};
use crate::diag::{Code, Diagnostic, Sink, suggest};
use crate::source::{Span, Text};
use crate::spec::catalog::TableRef;
use crate::spec::param::Args;
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

/// Who says which columns the data has.
pub(super) enum Promise<'a> {
    /// A pin, by its path.
    Pin(&'a Text),
    /// A table of the catalog.
    Table(TableRef<'a>),
}

impl<'a> Promise<'a> {
    /// What a source's columns come from, if somebody promises them.
    pub(super) fn of(args: &'a Args) -> Option<Self> {
        let pin = args.record("schema").and_then(|schema| schema.text("pin"));
        pin.map(Self::Pin).or_else(|| TableRef::of(args).map(Self::Table))
    }

    /// The codes for what breaks it and for what is only new.
    fn codes(&self) -> (&'static Code, &'static Code) {
        match self {
            Self::Pin(_) => (&PIN_BROKEN, &PIN_GROWN),
            Self::Table(_) => (&CONTRACT_BROKEN, &CONTRACT_GROWN),
        }
    }

    /// Where the source says who.
    fn span(&self) -> Span {
        match self {
            Self::Pin(path) => path.span(),
            Self::Table(table) => table.table.span(),
        }
    }

    /// What the source has to do with it.
    fn here(&self) -> &'static str {
        match self {
            Self::Pin(_) => "pinned by this source",
            Self::Table(_) => "read by this source",
        }
    }

    /// `pinned` or `declared`
    fn verb(&self) -> &'static str {
        match self {
            Self::Pin(_) => "pinned",
            Self::Table(_) => "declared",
        }
    }
}

/// Reports how the data differs from what is promised.
pub(super) fn report(promise: &Promise<'_>, changes: Vec<Change>, format: &Format, sink: &mut Sink) {
    let ((is_broken, is_grown), verb) = (promise.codes(), promise.verb());
    let broken = |column: &Declared, message: String, here: String| {
        let diagnostic = Diagnostic::new(is_broken, column.name, message).here(here).also(promise.span(), promise.here());
        match promise {
            Promise::Pin(_) => {
                diagnostic.help("if that is meant, `glue-compile pin` writes it down; what depends on it is then checked anew")
            }
            Promise::Table(table) => {
                diagnostic.note("this breaks the contract: the data does not have what the table promises").help(format!(
                    "if that is meant, change the declaration of `{}`; what depends on it is then checked anew",
                    table.name()
                ))
            }
        }
    };
    let mut new = Vec::new();
    for change in changes {
        match change {
            Change::New(field) => new.push(field),
            // That is said where the header is read.
            Change::Gone(_) if matches!(format, Format::Csv(_)) => {}
            Change::Gone(column) => {
                let message = format!("the data has no column `{}` any more", column.field.name());
                sink.push(broken(&column, message, format!("{verb} here")));
            }
            Change::Other(column, now) => {
                let message = format!("column `{}` is `{}` in the data", column.field.name(), type_name(&now));
                let here = format!("{verb} as `{}`", type_name(column.field.data_type()));
                sink.push(broken(&column, message, here));
            }
        }
    }
    if !new.is_empty() {
        let names = suggest::list(new.iter().map(|field| field.name().as_str()), 12);
        let grown = Diagnostic::new(is_grown, promise.span(), format!("the data has columns that are not {verb}"))
            .here(format!("without {names}"))
            .note("they are not read");
        sink.push(match promise {
            Promise::Pin(_) => grown.help("`glue-compile pin` adds them"),
            Promise::Table(table) => grown
                .note("this is compatible: everything that the table promises is there")
                .help(format!("declare them in `{}` to read them", table.name())),
        });
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
