//! What a scan of text files reads: files, columns and what to do with bad records, as plain data.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

use super::column::fits;
use crate::diag::Diagnostic;
use crate::diag::codes::run::FOLDER_VALUE;
use crate::source::Span;
use crate::stdlib::connector::file::settings::Settings;
use crate::stdlib::connector::source::{MALFORMED, ROW};
use crate::stdlib::connector::{FileEntry, Malformed, ScanOptions, ScanProgress};
use crate::stdlib::types::type_name;

/// A scan.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) files: Vec<FileEntry>,
    pub(crate) settings: Settings,
    /// The columns users see.
    pub(crate) columns: Vec<Column>,
    /// All columns: those users see, then the hidden ones.
    pub(crate) schema: SchemaRef,
    /// Whether the columns were seen in the files, so that a file may lack some.
    pub(crate) inferred: bool,
    pub(crate) row_ids: bool,
    pub(crate) malformed: Malformed,
    pub(crate) progress: Arc<ScanProgress>,
    /// The source's `path` in the spec: what run-time messages point at.
    pub(crate) place: Span,
}

/// A column users see.
#[derive(Debug, Clone)]
pub(crate) struct Column {
    pub(crate) field: Arc<Field>,
    /// Whether its value is that of a partition folder.
    pub(crate) from_folder: bool,
}

/// What a column of the output is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// The column of [`Scan::columns`].
    Column(usize),
    /// `__gc_row`
    Row,
    /// `__gc_malformed`
    Malformed,
}

impl Scan {
    pub(crate) fn new(
        files: &[FileEntry],
        settings: Settings,
        schema: &Schema,
        options: &ScanOptions,
        place: Span,
        inferred: bool,
    ) -> Self {
        let in_folder = |name: &str| files.iter().any(|file| file.partition_values.iter().any(|(key, _)| key == name));
        let column = |field: &Arc<Field>| Column { from_folder: in_folder(field.name()), field: Arc::clone(field) };
        Self {
            files: files.to_vec(),
            settings,
            columns: schema.fields().iter().map(column).collect(),
            schema: with_hidden(schema, options),
            inferred,
            row_ids: options.row_ids,
            malformed: options.malformed,
            progress: Arc::clone(&options.progress),
            place,
        }
    }

    /// What the column of [`Scan::schema`] at `index` is.
    pub(crate) fn output(&self, index: usize) -> Output {
        match index.checked_sub(self.columns.len()) {
            None => Output::Column(index),
            Some(0) if self.row_ids => Output::Row,
            Some(_) => Output::Malformed,
        }
    }

    /// The indexes of the columns that the files hold, in order.
    pub(crate) fn in_files(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().enumerate().filter(|(_, column)| !column.from_folder).map(|(index, _)| index)
    }
}

/// The columns of a source with the hidden ones that were asked for.
pub(crate) fn with_hidden(schema: &Schema, options: &ScanOptions) -> SchemaRef {
    let quarantine = options.malformed == Malformed::Quarantine;
    let visible = schema
        .fields()
        .iter()
        .map(|field| if quarantine { Arc::new(field.as_ref().clone().with_nullable(true)) } else { Arc::clone(field) });
    let row = options.row_ids.then(|| Arc::new(Field::new(ROW, DataType::UInt64, false)));
    let malformed = quarantine.then(|| Arc::new(Field::new(MALFORMED, DataType::Struct(malformed_fields()), true)));
    Arc::new(Schema::new(visible.chain(row).chain(malformed).collect::<Fields>()))
}

/// What `__gc_malformed` says of a record.
pub(crate) fn malformed_fields() -> Fields {
    [
        Field::new("file", DataType::Utf8, true),
        Field::new("row", DataType::UInt64, true),
        Field::new("byte_offset", DataType::UInt64, true),
        Field::new("reason", DataType::Utf8, true),
        Field::new("raw", DataType::Utf8, true),
    ]
    .into_iter()
    .collect()
}

/// Checks that the values of partition folders are of their columns' types.
pub(crate) fn check_folders(files: &[FileEntry], schema: &Schema, place: Span) -> Result<(), Diagnostic> {
    for file in files {
        for (key, value) in &file.partition_values {
            let (Some(value), Ok(field)) = (value, schema.field_with_name(key)) else { continue };
            if !fits(value, field.data_type()) {
                let word = type_name(field.data_type());
                return Err(Diagnostic::new(&FOLDER_VALUE, place, format!("the folder `{key}={value}` is no {word}"))
                    .here("read from here")
                    .note(format!("`{key}` is declared `{word}`; the folder is on the way to `{}`", file.shown))
                    .help(format!(
                        "leave the folder out with `exclusions: [\"**/{key}={value}/**\"]`, or declare `{key}` as `string`"
                    )));
            }
        }
    }
    Ok(())
}
