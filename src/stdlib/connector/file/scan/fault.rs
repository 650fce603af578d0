//! What can go wrong while files are read, said so that the file and the place in it can be found.

use std::fs::File;
use std::io::{self, Read};

use datafusion::error::DataFusionError;

use super::plan::Scan;
use super::split::Flaw;
use crate::diag::Diagnostic;
use crate::diag::codes::connector::MISSING_COLUMN;
use crate::diag::codes::run::{CORRUPT_COMPRESSION, MALFORMED_RECORD, SOURCE_UNREADABLE, WRONG_ENCODING};
use crate::diag::suggest;
use crate::source::Span;
use crate::stdlib::connector::FileEntry;
use crate::stdlib::connector::file::compression::Compression;
use crate::stdlib::connector::file::listing::reason;
use crate::stdlib::failure::fail;

/// A record that does not fit, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadRecord {
    /// The file's place in the listing.
    pub(crate) file: usize,
    /// Number of the record from 1; in JSON lines, of the line.
    pub(crate) row: u64,
    /// Line of the file, from 1.
    pub(crate) line: u64,
    /// Where it begins in the file (after decompression).
    pub(crate) byte_offset: u64,
    /// The column it does not fit, if it is one.
    pub(crate) column: Option<String>,
    /// What is wrong, a clause.
    pub(crate) reason: String,
    /// Its text.
    pub(crate) raw: String,
}

/// How much of a record or value messages and quarantine show.
const SHOWN: usize = 120;

/// The first characters of a text, with line breaks made visible.
pub(crate) fn excerpt(text: &str) -> String {
    let text = text.trim_end_matches(['\n', '\r']);
    let mut out: String = text.chars().take(SHOWN).map(|c| if matches!(c, '\n' | '\r') { '↵' } else { c }).collect();
    if text.chars().nth(SHOWN).is_some() {
        out.push('…');
    }
    out
}

/// The clause for a record that cannot be split. `header`: the width comes from the file's header.
pub(crate) fn flaw(flaw: Flaw, header: bool) -> String {
    let plural = |n: usize| if n == 1 { "1 field".to_owned() } else { format!("{n} fields") };
    match flaw {
        Flaw::Width { found, expected } if header => format!("{}, where the header has {expected}", plural(found)),
        Flaw::Width { found, expected } => format!("{}, where {expected} columns are declared", plural(found)),
        Flaw::AfterQuote { field } => format!("text after the closing quote of field {field}"),
        Flaw::Unclosed { field } => format!("the quote of field {field} is never closed"),
    }
}

/// A run that fails for a bad record.
pub(super) fn malformed(scan: &Scan, bad: &BadRecord) -> DataFusionError {
    let file = &scan.files[bad.file].shown;
    let what = bad.column.as_ref().map_or_else(String::new, |column| format!(", column `{column}`"));
    let diagnostic = Diagnostic::new(
        &MALFORMED_RECORD,
        scan.place,
        format!("malformed record in `{file}`, line {}: {}", bad.line, bad.reason),
    )
    .here("read from here")
    .note(format!("`{file}`: line {}, row {}{what}, byte offset {}", bad.line, bad.row, bad.byte_offset))
    .note(format!("the record: `{}`", excerpt(&bad.raw)));
    let array = bad.line == 1 && bad.raw.trim_start_matches('\u{feff}').trim_start().starts_with('[');
    let diagnostic = if array && scan.settings.format.name() == "json" {
        diagnostic.help("write one JSON object a line; the file looks like one JSON array (`jq -c '.[]'` takes it apart)")
    } else {
        diagnostic.help("mend the record, or write `on_malformed: quarantine` (or `drop`) to let the run go on without it")
    };
    fail(diagnostic)
}

/// A file that cannot be opened.
pub(crate) fn unreadable(file: &str, place: Span, error: &io::Error) -> DataFusionError {
    fail(cannot_read(file, place, error))
}

/// A file whose bytes cannot be read up to its end; `at` bytes of text were.
pub(super) fn broken(file: &FileEntry, place: Span, compression: Compression, at: u64, error: &io::Error) -> DataFusionError {
    let mut head = Vec::new();
    // What cannot be read at all has no first bytes to judge it by.
    let _ = File::open(&file.path).and_then(|file| file.take(4).read_to_end(&mut head));
    fail(cannot_decompress(&file.shown, place, compression, &head, at, error))
}

/// Says why a file cannot be read up to its end. `head`: its first bytes; `at`: how many bytes of text came out of it.
pub(crate) fn cannot_decompress(
    shown: &str,
    place: Span,
    compression: Compression,
    head: &[u8],
    at: u64,
    error: &io::Error,
) -> Diagnostic {
    let name = compression.name();
    let said = |message: String| Diagnostic::new(&CORRUPT_COMPRESSION, place, message).here("read from here");
    if compression == Compression::None || head.is_empty() {
        return cannot_read(shown, place, error);
    }
    if !compression.begins(head) {
        return said(format!("`{shown}` is no {name} file"))
            .note(format!("its first bytes are not those of {name}"))
            .help("correct the file's name, or say with `compression` what it is (`none`: plain text)");
    }
    let so_far = format!("{at} bytes of text came out of it before the fault");
    if error.kind() == io::ErrorKind::UnexpectedEof || error.to_string().contains("incomplete frame") {
        return said(format!("`{shown}` is cut off: its {name} stream has no end"))
            .note(so_far)
            .help("copy the file again, whole");
    }
    said(format!("`{shown}` is corrupt: its {name} stream cannot be decompressed"))
        .note(so_far)
        .note(format!("the {name} library says: {}", reason(error)))
        .help("copy the file again")
}

/// Says that a file cannot be read.
pub(crate) fn cannot_read(file: &str, place: Span, error: &io::Error) -> Diagnostic {
    Diagnostic::new(&SOURCE_UNREADABLE, place, format!("cannot read `{file}`: {}", reason(error))).here("read from here")
}

/// A line that is too long to be one.
pub(super) fn endless(file: &str, place: Span, line: u64, offset: u64, limit: usize) -> DataFusionError {
    let megabytes = limit >> 20;
    let message = format!("malformed record in `{file}`, line {line}: longer than {megabytes} MiB");
    fail(
        Diagnostic::new(&MALFORMED_RECORD, place, message)
            .here("read from here")
            .note(format!("the record begins at byte offset {offset}"))
            .help("is the file of this format at all, and not compressed?"),
    )
}

/// A file in UTF-16.
pub(crate) fn utf16(file: &str, place: Span) -> Diagnostic {
    Diagnostic::new(&WRONG_ENCODING, place, format!("`{file}` is UTF-16, not UTF-8"))
        .here("read from here")
        .help("convert it: `iconv -f utf-16 -t utf-8`")
}

/// A CSV file whose header lacks declared columns.
pub(crate) fn missing_in_header(file: &str, place: Span, missing: &[&str], header: &[String]) -> Diagnostic {
    let diagnostic = missing_columns(&format!("the header of `{file}`"), place, missing, header)
        .note(format!("the header: `{}`", excerpt(&header.join(","))));
    if header.len() == 1 {
        return diagnostic.help("the header is a single field: is `format_options.delimiter` right?");
    }
    if diagnostic.helps.is_empty() {
        return diagnostic
            .help("correct the names in `schema.columns`, or write `header: absent` if the first record is no header");
    }
    diagnostic
}

/// Declared columns that are not `there`, a place that has `columns`.
pub(crate) fn missing_columns(there: &str, place: Span, missing: &[&str], columns: &[String]) -> Diagnostic {
    let names = suggest::list(missing.iter().copied(), 5);
    let (noun, verb) = if missing.len() == 1 { ("column", "is") } else { ("columns", "are") };
    let near = |name: &&str| {
        let near = suggest::nearest(name, columns.iter().map(String::as_str))?;
        Some(format!("`{name}`: did you mean `{near}`?"))
    };
    let diagnostic =
        Diagnostic::new(&MISSING_COLUMN, place, format!("{noun} {names} {verb} not in {there}")).here("read from here");
    missing.iter().filter_map(near).fold(diagnostic, Diagnostic::help)
}
