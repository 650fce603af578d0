//! The settings of a file source as typed values, with what contradicts itself reported.

use super::compression::Compression;
use crate::diag::codes::connector::{BAD_FORMAT_OPTION, UNUSED_OPTION};
use crate::diag::{Diagnostic, Sink};
use crate::source::Text;
use crate::spec::param::{Arg, Args};
use crate::stdlib::connector::Malformed;

/// How the files are written and read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Settings {
    pub(super) format: Format,
    pub(super) compression: Compression,
    pub(super) malformed: Malformed,
}

/// A file format with its options.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Format {
    /// Records of fields.
    Csv(Dialect),
    /// One JSON object a line.
    Json,
    /// Apache Parquet.
    Parquet,
}

impl Format {
    /// The word in the settings.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Csv(_) => "csv",
            Self::Json => "json",
            Self::Parquet => "parquet",
        }
    }
}

/// How a CSV file is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) header: Header,
    pub(super) delimiter: u8,
    pub(super) quote: Option<u8>,
    /// Beside the doubled quote.
    pub(super) escape: Option<u8>,
    pub(super) comment: Option<u8>,
    /// Unquoted fields that mean NULL, beside the empty one.
    pub(super) null_values: Vec<Vec<u8>>,
    /// Whether a quoted field may hold line breaks.
    pub(super) multiline: bool,
}

/// Whether the first record names the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Header {
    Present,
    Absent,
    /// To be found out, file by file.
    Auto,
}

impl Default for Dialect {
    fn default() -> Self {
        Self {
            header: Header::Present,
            delimiter: b',',
            quote: Some(b'"'),
            escape: None,
            comment: None,
            null_values: Vec::new(),
            multiline: true,
        }
    }
}

/// The options that only CSV knows.
const CSV_ONLY: [&str; 7] = ["header", "delimiter", "quote", "escape", "comment", "null_value", "multiline"];

/// Reads the settings; `None` if something in them cannot be (reported).
pub(super) fn settings(args: &Args, sink: &mut Sink) -> Option<Settings> {
    let before = sink.len();
    let format = match args.str("format")? {
        "csv" => Format::Csv(dialect(args.record("format_options"), sink)?),
        "json" => Format::Json,
        "parquet" => Format::Parquet,
        _ => return None,
    };
    debug_assert!(sink.len() >= before);
    unused(args, &format, sink);
    Some(Settings { format, compression: Compression::of(args.str("compression")), malformed: super::source::malformed(args) })
}

/// Warns of settings that the format does not look at.
fn unused(args: &Args, format: &Format, sink: &mut Sink) {
    let mut warn = |name: &str, arg: &Arg| {
        let message = format!("`{name}` has no effect with `format: {}`", format.name());
        sink.push(Diagnostic::new(&UNUSED_OPTION, arg.key, message).help("leave it out"));
    };
    if let (Some(options), Format::Json | Format::Parquet) = (args.record("format_options"), format) {
        for name in CSV_ONLY {
            if let Some(arg) = options.get(name).filter(|arg| arg.written) {
                warn(name, arg);
            }
        }
    }
    if *format == Format::Parquet {
        for name in ["compression", "on_malformed"] {
            if let Some(arg) =
                args.get(name).filter(|arg| arg.written && !matches!(arg.text().map(Text::as_str), Some("auto" | "fail")))
            {
                warn(name, arg);
            }
        }
    }
}

fn dialect(options: Option<&Args>, sink: &mut Sink) -> Option<Dialect> {
    let mut dialect = Dialect::default();
    let Some(options) = options else { return Some(dialect) };
    dialect.header = match options.get("header").map(word) {
        Some("absent" | "false") => Header::Absent,
        Some("auto") => Header::Auto,
        _ => Header::Present,
    };
    let before = sink.len();
    if let Some(found) = byte(options, "delimiter", sink) {
        dialect.delimiter = found;
    }
    if let Some(arg) = options.get("quote") {
        let none = arg.text().is_some_and(|text| text.value.is_empty());
        dialect.quote = if none { None } else { byte(options, "quote", sink) };
    }
    dialect.escape = byte(options, "escape", sink).filter(|escape| Some(*escape) != dialect.quote);
    dialect.comment = byte(options, "comment", sink);
    dialect.null_values = options.texts("null_value").into_iter().map(|text| text.value.clone().into_bytes()).collect();
    dialect.null_values.retain(|text| !text.is_empty());
    if let Some(multiline) = options.get("multiline") {
        dialect.multiline = word(multiline) != "false";
    }
    // The same character cannot mean two things.
    let roles = [
        ("delimiter", Some(dialect.delimiter)),
        ("quote", dialect.quote),
        ("escape", dialect.escape),
        ("comment", dialect.comment),
    ];
    for (at, (name, byte)) in roles.iter().enumerate() {
        let twin = roles[..at].iter().find(|(_, other)| byte.is_some() && other == byte);
        if let (Some((other, _)), Some(arg)) = (twin, options.get(name).or_else(|| options.get("delimiter"))) {
            let message = format!("`{name}` and `{other}` are the same character");
            sink.push(Diagnostic::new(&BAD_FORMAT_OPTION, arg.span, message).help("give each its own"));
        }
    }
    (sink.len() == before).then_some(dialect)
}

/// The word of a setting that the table reads as text or as a boolean.
fn word(arg: &Arg) -> &str {
    match &arg.value {
        crate::spec::param::Value::Bool(true) => "true",
        crate::spec::param::Value::Bool(false) => "false",
        _ => arg.text().map_or("", |text| text.as_str()),
    }
}

/// A setting that is one character; `\t` and `tab` stand for the tabulator.
fn byte(options: &Args, name: &str, sink: &mut Sink) -> Option<u8> {
    let text = options.text(name)?;
    match text.as_str() {
        r"\t" | "tab" => return Some(b'\t'),
        r"\\" => return Some(b'\\'),
        _ => {}
    }
    match text.as_str().as_bytes() {
        [byte] if byte.is_ascii() && !matches!(byte, b'\n' | b'\r') => Some(*byte),
        _ => {
            sink.push(
                Diagnostic::new(&BAD_FORMAT_OPTION, text.span(), format!("`{name}` must be one ASCII character"))
                    .here(format!("{} characters", text.as_str().chars().count()))
                    .help("write one character, `\"\\t\"` for the tabulator"),
            );
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stdlib::connector::file::tests::source;

    #[test]
    fn options_become_a_dialect() {
        let args = source(
            r"{ format: csv, format_options: { header: absent, delimiter: '\t', quote: '', null_value: [NA, ''], multiline: false } }",
        );
        let mut sink = Sink::default();
        let found = settings(&args, &mut sink).map(|settings| settings.format);
        let expected = Dialect {
            header: Header::Absent,
            delimiter: b'\t',
            quote: None,
            null_values: vec![b"NA".to_vec()],
            multiline: false,
            ..Dialect::default()
        };
        assert_eq!(found, Some(Format::Csv(expected)));
        assert!(sink.is_empty());
    }

    #[test]
    fn what_cannot_be_is_reported() {
        for (yaml, messages) in [
            (
                "{ format: csv, format_options: { delimiter: ';;', comment: '' } }",
                "`delimiter` must be one ASCII character|`comment` must be one ASCII character",
            ),
            ("{ format: csv, format_options: { delimiter: '\"' } }", "`quote` and `delimiter` are the same character"),
            ("{ format: json, format_options: { delimiter: ';' } }", "`delimiter` has no effect with `format: json`"),
            ("{ format: parquet, on_malformed: drop, compression: auto }", "`on_malformed` has no effect with `format: parquet`"),
        ] {
            let mut sink = Sink::default();
            settings(&source(yaml), &mut sink);
            let found: Vec<_> = sink.iter().map(|d| d.message.as_str()).collect();
            assert_eq!(found.join("|"), messages, "{yaml}");
        }
    }
}
