//! The settings of a `file` sink: their table, and the typed value that is read from it.

use crate::diag::codes::sink as codes;
use crate::diag::{Diagnostic, Sink};
use crate::spec::load::TABLE_REF;
use crate::spec::param::{Args, Param, ParamType};

/// What may be set.
pub static PARAMS: &[Param] = &[
    Param::required("path", ParamType::Path, "the folder that the files go to; `${run.id}` stands for the id of the run"),
    Param::required(
        "format",
        ParamType::OneOf(&["parquet", "csv", "json"]),
        "the format of the files; `json` is one object a line",
    ),
    Param::optional(
        "compression",
        ParamType::OneOf(&["none", "snappy", "gzip", "zstd", "lz4", "bzip2"]),
        "parquet: snappy (the default), zstd, gzip, lz4 or none; csv and json: none (the default), gzip, zstd or bzip2",
    ),
    Param::optional("format_options", ParamType::Record(FORMAT_OPTIONS), "how CSV is written"),
    Param::optional(
        "partition_keys",
        ParamType::OneOrMany(&ParamType::Column),
        "columns that become folders (`region=eu/`), the outermost first",
    ),
    Param::optional(
        "catalog",
        ParamType::Record(TABLE_REF),
        "the declared table that is written: the columns must be its columns; its `location`, `classification` and partition keys count where the sink says nothing",
    ),
    Param::default(
        "mode",
        ParamType::OneOf(&["append", "overwrite", "overwrite_partitions", "error_if_exists"]),
        "append",
        "what becomes of the files that are there already",
    ),
    Param::optional("target_file_size", ParamType::Size, "a new file is begun when one has grown to this size"),
    Param::optional("max_rows_per_file", ParamType::Int { min: 1, max: i64::MAX }, "a new file is begun after this many rows"),
];

/// The words of the source's options, so that what one wrote the other reads with the same lines.
static FORMAT_OPTIONS: &[Param] = &[
    Param::optional(
        "header",
        ParamType::OneOf(&["present", "absent", "true", "false"]),
        "whether the first line names the columns (default `present`)",
    ),
    Param::optional("delimiter", ParamType::Text, "the character between two values (default `,`)"),
    Param::optional("quote", ParamType::Text, "the character around values that need it (default `\"`)"),
    Param::optional("escape", ParamType::Text, "the character before a quote inside a value (default: the quote, doubled)"),
    Param::optional("null_value", ParamType::Text, "what is written for NULL (default: nothing)"),
];

/// What a `file` sink was told, typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// As written: relative, absolute or `file://`, possibly with `${run.id}`.
    pub path: String,
    /// The files' format.
    pub format: Format,
    /// How the files, or the pages in them, are compressed.
    pub compression: Compression,
    /// How CSV is written; the defaults for other formats.
    pub csv: CsvOptions,
    /// Columns that become folders.
    pub partition_keys: Vec<String>,
    /// What becomes of the files that are there already.
    pub mode: Mode,
    /// The size at which a new file is begun.
    pub target_file_size: Option<u64>,
    /// The number of rows after which a new file is begun.
    pub max_rows_per_file: Option<u64>,
}

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Apache Parquet.
    Parquet,
    /// Comma-separated values.
    Csv,
    /// One JSON object a line.
    Json,
}

/// A compression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    /// Not compressed.
    None,
    /// Snappy, inside Parquet only.
    Snappy,
    /// Gzip.
    Gzip,
    /// Zstandard.
    Zstd,
    /// LZ4 (raw blocks), inside Parquet only.
    Lz4,
    /// Bzip2, around text files only.
    Bzip2,
}

/// What becomes of the files that are there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// They stay.
    Append,
    /// They are replaced.
    Overwrite,
    /// Those of the partitions that the run writes to are replaced, others stay.
    OverwritePartitions,
    /// If there are any, nothing is written.
    ErrorIfExists,
}

/// How CSV is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvOptions {
    /// Whether the first line names the columns.
    pub header: bool,
    /// Between two values.
    pub delimiter: u8,
    /// Around values that need it.
    pub quote: u8,
    /// Before a quote inside a value; `None` doubles the quote.
    pub escape: Option<u8>,
    /// For NULL.
    pub null_value: String,
}

impl Default for CsvOptions {
    fn default() -> Self {
        Self { header: true, delimiter: b',', quote: b'"', escape: None, null_value: String::new() }
    }
}

impl Format {
    /// As users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "csv" => Self::Csv,
            "json" => Self::Json,
            _ => Self::Parquet,
        }
    }

    /// The compressions it has, its default first.
    pub fn compressions(self) -> &'static [Compression] {
        match self {
            Self::Parquet => &[Compression::Snappy, Compression::Zstd, Compression::Gzip, Compression::Lz4, Compression::None],
            Self::Csv | Self::Json => &[Compression::None, Compression::Gzip, Compression::Zstd, Compression::Bzip2],
        }
    }
}

impl Compression {
    /// As users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Snappy => "snappy",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Bzip2 => "bzip2",
        }
    }

    fn parse(word: &str) -> Self {
        match word {
            "snappy" => Self::Snappy,
            "gzip" => Self::Gzip,
            "zstd" => Self::Zstd,
            "lz4" => Self::Lz4,
            "bzip2" => Self::Bzip2,
            _ => Self::None,
        }
    }
}

impl Mode {
    /// As users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Overwrite => "overwrite",
            Self::OverwritePartitions => "overwrite_partitions",
            Self::ErrorIfExists => "error_if_exists",
        }
    }

    /// The mode of that name; `append` for any other word.
    pub fn parse(word: &str) -> Self {
        match word {
            "overwrite" => Self::Overwrite,
            "overwrite_partitions" => Self::OverwritePartitions,
            "error_if_exists" => Self::ErrorIfExists,
            _ => Self::Append,
        }
    }
}

impl Settings {
    /// The file name's end: `.parquet`, `.csv.gz`, `.json.zst`, …
    pub fn extension(&self) -> &'static str {
        match (self.format, self.compression) {
            (Format::Parquet, _) => ".parquet",
            (Format::Csv, Compression::Gzip) => ".csv.gz",
            (Format::Csv, Compression::Zstd) => ".csv.zst",
            (Format::Csv, Compression::Bzip2) => ".csv.bz2",
            (Format::Csv, _) => ".csv",
            (Format::Json, Compression::Gzip) => ".json.gz",
            (Format::Json, Compression::Zstd) => ".json.zst",
            (Format::Json, Compression::Bzip2) => ".json.bz2",
            (Format::Json, _) => ".json",
        }
    }

    /// Reads settings that fit [`PARAMS`]. What does not go together is reported; the value is then the nearest usable one.
    pub fn read(args: &Args, sink: &mut Sink) -> Self {
        let format = Format::parse(args.str("format").unwrap_or_default());
        Self {
            path: args.str("path").unwrap_or_default().to_owned(),
            format,
            compression: compression(args, format, sink),
            csv: csv_options(args, format, sink),
            partition_keys: args.texts("partition_keys").into_iter().map(|key| key.value.clone()).collect(),
            mode: Mode::parse(args.str("mode").unwrap_or_default()),
            target_file_size: args.size("target_file_size"),
            max_rows_per_file: args.int("max_rows_per_file").and_then(|rows| u64::try_from(rows).ok()),
        }
    }
}

fn compression(args: &Args, format: Format, sink: &mut Sink) -> Compression {
    let known = format.compressions();
    let Some(text) = args.text("compression") else { return known[0] };
    let wanted = Compression::parse(text.as_str());
    if known.contains(&wanted) {
        return wanted;
    }
    let names: Vec<_> = known.iter().map(|one| format!("`{}`", one.name())).collect();
    let mut diagnostic =
        Diagnostic::new(&codes::COMPRESSION, text.span(), format!("{} files cannot be compressed with `{text}`", format.name()))
            .here(format!("not a compression of {}", format.name()))
            .help(format!("{} files take {}", format.name(), names.join(", ")));
    if let Some(arg) = args.get("format") {
        diagnostic = diagnostic.also(arg.span, "the format of the files");
    }
    sink.push(diagnostic);
    known[0]
}

fn csv_options(args: &Args, format: Format, sink: &mut Sink) -> CsvOptions {
    let mut options = CsvOptions::default();
    let Some(record) = args.record("format_options") else { return options };
    if format != Format::Csv {
        for (name, arg) in record.entries.iter().filter(|(_, arg)| arg.written) {
            sink.push(
                Diagnostic::new(
                    &codes::FORMAT_OPTION,
                    arg.key,
                    format!("`{name}` is an option of csv, not of {}", format.name()),
                )
                .here(format!("{} files have no such option", format.name()))
                .help("remove it, or write `format: csv`"),
            );
        }
        return options;
    }
    options.header = !matches!(record.str("header"), Some("absent" | "false"));
    if let Some(byte) = one_byte(record, "delimiter", sink) {
        options.delimiter = byte;
    }
    if let Some(byte) = one_byte(record, "quote", sink) {
        options.quote = byte;
    }
    options.escape = one_byte(record, "escape", sink).filter(|escape| *escape != options.quote);
    record.str("null_value").unwrap_or_default().clone_into(&mut options.null_value);
    if options.delimiter == options.quote
        && let Some(arg) = record.get("delimiter")
    {
        sink.push(
            Diagnostic::new(&codes::FORMAT_OPTION, arg.span, "delimiter and quote are the same character")
                .here("a reader could not tell the two apart")
                .help("choose two different characters"),
        );
    }
    options
}

fn one_byte(record: &Args, name: &'static str, sink: &mut Sink) -> Option<u8> {
    let text = record.text(name)?;
    let byte = match text.as_str() {
        "\\t" => Some(b'\t'),
        one if one.len() == 1 && !matches!(one, "\n" | "\r") => one.bytes().next(),
        _ => None,
    };
    if byte.is_none() {
        sink.push(
            Diagnostic::new(&codes::FORMAT_OPTION, text.span(), format!("`{name}` is not a single character"))
                .here("one ASCII character is wanted")
                .help("write one character in quotes, such as `\";\"`, `\"|\"` or `\"\\t\"`"),
        );
    }
    byte
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;
    use crate::spec::param::decode::decode;
    use crate::syntax::yaml;

    fn read(text: &str) -> Settings {
        let mut map = SourceMap::default();
        let file = map.add("sink.yaml", text);
        let mut sink = Sink::default();
        let node = yaml::parse(file, text, &mut sink).unwrap();
        let args = decode(&node, PARAMS, "sink `file`", &mut sink).unwrap();
        let settings = Settings::read(&args, &mut sink);
        assert!(sink.is_empty(), "{sink:?}");
        settings
    }

    #[test]
    fn defaults_are_glues() {
        let expected = Settings {
            path: "out/${run.id}/".to_owned(),
            format: Format::Parquet,
            compression: Compression::Snappy,
            csv: CsvOptions::default(),
            partition_keys: Vec::new(),
            mode: Mode::Append,
            target_file_size: None,
            max_rows_per_file: None,
        };
        assert_eq!(read("path: out/${run.id}/\nformat: parquet\n"), expected);
        assert_eq!(read("path: x\nformat: json\n").compression, Compression::None);
    }

    #[test]
    fn everything_is_read() {
        let settings = read(
            "path: out\nformat: csv\ncompression: zstd\npartition_keys: [a, b]\nmode: overwrite_partitions\n\
             target_file_size: 128MiB\nmax_rows_per_file: 1000\n\
             format_options: { header: false, delimiter: \"\\t\", quote: \"'\", escape: \"\\\\\", null_value: NA }\n",
        );
        let csv = CsvOptions { header: false, delimiter: b'\t', quote: b'\'', escape: Some(b'\\'), null_value: "NA".to_owned() };
        let expected = Settings {
            path: "out".to_owned(),
            format: Format::Csv,
            compression: Compression::Zstd,
            csv,
            partition_keys: vec!["a".to_owned(), "b".to_owned()],
            mode: Mode::OverwritePartitions,
            target_file_size: Some(128 * 1024 * 1024),
            max_rows_per_file: Some(1000),
        };
        assert_eq!(settings, expected);
    }
}
