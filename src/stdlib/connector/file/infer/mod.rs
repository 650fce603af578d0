//! Columns from the heads of files: the first records of some files, or their footers, merged by name with widening.

mod head;
mod kind;

use std::path::Path;

use datafusion::arrow::datatypes::{DataType, Field};
use indexmap::IndexMap;

use self::head::head;
use self::kind::Kind;
pub(super) use self::kind::wider;
use super::header;
use super::parquet::footer::{self, NoFooter};
use super::scan::fault::{cannot_read, missing_in_header};
use super::settings::{Dialect, Format, Settings};
use crate::diag::Diagnostic;
use crate::diag::codes::connector::CANNOT_INFER;
use crate::diag::codes::run::CORRUPT_PARQUET;
use crate::source::Span;
use crate::stdlib::connector::FileEntry;
use crate::stdlib::types::type_name;
use crate::world::World;

/// How many files are looked at.
const FILES: usize = 20;

/// How many records of a file.
const RECORDS: usize = 1000;

/// How much text of a file, after decompression.
const HEAD: usize = 1 << 20;

/// The columns that the files show, in the order in which they are met; a column without any value is text.
pub(super) fn infer(settings: &Settings, files: &[FileEntry], world: &dyn World, place: Span) -> Result<Vec<Field>, Diagnostic> {
    let mut fields = observe(settings, files, world, place)?;
    for field in fields.iter_mut().filter(|field| *field.data_type() == DataType::Null) {
        *field = field.clone().with_data_type(DataType::Utf8View);
    }
    Ok(fields)
}

/// The same; a column without any value has the type of NULL.
pub(super) fn observe(
    settings: &Settings,
    files: &[FileEntry],
    world: &dyn World,
    place: Span,
) -> Result<Vec<Field>, Diagnostic> {
    let fields = match &settings.format {
        Format::Parquet => parquet(files, world, place)?,
        Format::Csv(dialect) => {
            let mut found = Columns::default();
            for file in some(files) {
                let (text, whole) = head(file, settings.compression, HEAD, world, place)?;
                csv(&mut found, file, &text, whole, dialect, place)?;
            }
            found.fields()
        }
        Format::Json => {
            let mut found = Columns::default();
            for file in some(files) {
                let (text, whole) = head(file, settings.compression, HEAD, world, place)?;
                json(&mut found, file, &text, whole, place)?;
            }
            found.fields()
        }
    };
    if fields.is_empty() {
        let name = files.first().map_or("", |file| file.shown.as_str());
        let what = if files.len() > 1 { "the files are".to_owned() } else { format!("`{name}` is") };
        return Err(Diagnostic::new(&CANNOT_INFER, place, format!("no columns to see: {what} empty"))
            .here("read from here")
            .help("declare the columns under `schema: {columns: [{name, type}]}`"));
    }
    Ok(fields)
}

/// Holds declared columns against the headers of CSV files: what `check --infer` can say before a run does.
pub(super) fn check_headers(
    dialect: &Dialect,
    settings: &Settings,
    files: &[FileEntry],
    declared: &[&str],
    world: &dyn World,
    place: Span,
) -> Result<(), Diagnostic> {
    for file in some(files) {
        let (text, whole) = head(file, settings.compression, HEAD / 16, world, place)?;
        let Some(header::Header { names: Some(names), .. }) = header::read(&text, whole, dialect, declared) else { continue };
        if let Err(missing) = header::positions(declared, &names) {
            return Err(missing_in_header(&file.shown, place, &missing, &names));
        }
    }
    Ok(())
}

/// The files that stand for all: spread evenly, the first and the last among them.
fn some(files: &[FileEntry]) -> impl Iterator<Item = &FileEntry> {
    let count = files.len().min(FILES);
    (0..count).map(move |number| &files[if count < 2 { 0 } else { number * (files.len() - 1) / (count - 1) }])
}

/// Columns by name, with what their values were so far, and the file that showed it first.
#[derive(Default)]
struct Columns {
    found: IndexMap<String, (Kind, String)>,
}

impl Columns {
    fn add(&mut self, name: &str, kind: Kind, file: &FileEntry, place: Span) -> Result<(), Diagnostic> {
        let Some((known, first)) = self.found.get_mut(name) else {
            self.found.insert(name.to_owned(), (kind, file.shown.clone()));
            return Ok(());
        };
        match std::mem::replace(known, Kind::Null).join(kind) {
            Ok(joined) => {
                *known = joined;
                Ok(())
            }
            Err((one, other)) => Err(conflict(name, &one, first, &other, &file.shown, place)),
        }
    }

    fn fields(self) -> Vec<Field> {
        let data_type = |kind: Kind| if kind == Kind::Null { DataType::Null } else { kind.data_type() };
        self.found.into_iter().map(|(name, (kind, _))| Field::new(name, data_type(kind), true)).collect()
    }
}

fn conflict(name: &str, one: &str, first: &str, other: &str, file: &str, place: Span) -> Diagnostic {
    let message = format!("column `{name}` is {one} and {other}");
    let places = if first == file { format!("both in `{file}`") } else { format!("{one} in `{first}`, {other} in `{file}`") };
    Diagnostic::new(&CANNOT_INFER, place, message).here("read from here").note(places).help(
        "declare the column under `schema.columns`; with `on_malformed: quarantine` records of the other kind are sorted out",
    )
}

fn csv(
    found: &mut Columns,
    file: &FileEntry,
    text: &[u8],
    whole: bool,
    dialect: &Dialect,
    place: Span,
) -> Result<(), Diagnostic> {
    let head = header::read(text, whole, dialect, &[]).unwrap_or_default();
    let (records, _) = header::records(&text[head.end..], whole, dialect, RECORDS);
    let names: Vec<String> = match head.names {
        // A column without a name has its number, as those of a file without a header.
        Some(names) => {
            names.into_iter().enumerate().map(|(at, name)| if name.is_empty() { format!("col{at}") } else { name }).collect()
        }
        None => (0..records.first().map_or(0, Vec::len)).map(|at| format!("col{at}")).collect(),
    };
    if let Some((_, twice)) = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name)) {
        let message = format!("the header of `{}` names `{twice}` twice", file.shown);
        return Err(Diagnostic::new(&CANNOT_INFER, place, message)
            .here("read from here")
            .help("write `header: absent`, skip the header with `comment`, and declare the columns in their order"));
    }
    for (at, name) in names.iter().enumerate() {
        let mut kind = Kind::Null;
        for record in records.iter().filter(|record| record.len() == names.len()) {
            let text = record[at].trim();
            if !dialect.null_values.iter().any(|null| null == text.as_bytes()) {
                // Values of a CSV file are texts: they join without conflict.
                kind = kind.join(Kind::of_text(text)).unwrap_or(Kind::String);
            }
        }
        found.add(name, kind, file, place)?;
    }
    Ok(())
}

fn json(found: &mut Columns, file: &FileEntry, text: &[u8], whole: bool, place: Span) -> Result<(), Diagnostic> {
    let text = String::from_utf8_lossy(text);
    let mut lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).take(RECORDS + 1).collect();
    if !whole && lines.len() <= RECORDS {
        // The last line may be cut.
        lines.pop();
    }
    let mut any = false;
    for line in lines.iter().take(RECORDS) {
        // Lines that do not fit are malformed; the run decides about them.
        let Ok(serde_json::Value::Object(object)) = serde_json::from_str(line) else { continue };
        any = true;
        for (name, value) in &object {
            let kind =
                Kind::of_json(value).map_err(|(one, other)| conflict(name, &one, &file.shown, &other, &file.shown, place))?;
            found.add(name, kind, file, place)?;
        }
    }
    if any || lines.is_empty() {
        return Ok(());
    }
    let diagnostic =
        Diagnostic::new(&CANNOT_INFER, place, format!("`{}` holds no JSON lines", file.shown)).here("read from here");
    if lines[0].starts_with('[') {
        return Err(
            diagnostic.help("write one JSON object a line; the file looks like one JSON array (`jq -c '.[]'` takes it apart)")
        );
    }
    Err(diagnostic.help("write one JSON object a line (`jq -c .` does)"))
}

fn parquet(files: &[FileEntry], world: &dyn World, place: Span) -> Result<Vec<Field>, Diagnostic> {
    let mut found: IndexMap<String, (DataType, String)> = IndexMap::new();
    for file in some(files) {
        for field in columns_of(&file.path, &file.shown, world, place)? {
            let Some((known, first)) = found.get_mut(field.name()) else {
                found.insert(field.name().clone(), (field.data_type().clone(), file.shown.clone()));
                continue;
            };
            let Some(both) = wider(known, field.data_type()) else {
                let (one, other) = (type_name(known), type_name(field.data_type()));
                return Err(conflict(field.name(), &one, first, &other, &file.shown, place));
            };
            *known = both;
        }
    }
    Ok(found.into_iter().map(|(name, (data_type, _))| Field::new(name, data_type, true)).collect())
}

fn columns_of(path: &Path, shown: &str, world: &dyn World, place: Span) -> Result<Vec<Field>, Diagnostic> {
    footer::columns(world, path).map_err(|fault| match fault {
        NoFooter::Unreadable(error) => cannot_read(shown, place, &error),
        NoFooter::Corrupt(reason) => {
            Diagnostic::new(&CORRUPT_PARQUET, place, format!("`{shown}` is corrupt: its footer cannot be read"))
                .here("read from here")
                .note(format!("the Parquet reader says: {reason}"))
                .help("copy or write the file again; if it is no Parquet file, correct `format`")
        }
    })
}

#[cfg(test)]
mod tests;
