//! GC06: connectors, files, schemas of sources.

use super::{Code, code};

/// A source without `path`.
pub static NO_PATH: Code = code!(Error, "GC0601", "no-path", "a file source that does not say which files");
/// `path: s3://…`
pub static UNSUPPORTED_SCHEME: Code = code!(Error, "GC0602", "unsupported-scheme", "a path that this build cannot reach");
/// `path: dta/*.csv` where there is only `data/`.
pub static NO_INPUT_FILES: Code = code!(Error, "GC0603", "no-input-files", "a path or glob that names no file");
/// A source without declared columns, and no leave to look at its files.
pub static UNKNOWN_SCHEMA: Code = code!(Warning, "GC0604", "unknown-schema", "columns that `check` cannot know");
/// `exclusions: ["{a,b"]`
pub static BAD_GLOB: Code = code!(Error, "GC0605", "bad-glob", "a path or exclusion that is no glob");
/// `delimiter: ";;"`
pub static BAD_FORMAT_OPTION: Code = code!(Error, "GC0606", "bad-format-option", "an option of a format that cannot be meant");
/// `delimiter` for Parquet.
pub static UNUSED_OPTION: Code = code!(Warning, "GC0607", "unused-option", "a setting that has no effect with this format");
/// Two columns of one name, or none where some are needed.
pub static BAD_COLUMNS: Code = code!(Error, "GC0608", "bad-columns", "declared columns that cannot be");
/// A declared column that a file does not have.
pub static MISSING_COLUMN: Code = code!(Error, "GC0609", "missing-column", "a declared column that a file does not have");
/// An empty file, or files whose columns contradict each other.
pub static CANNOT_INFER: Code = code!(Error, "GC0610", "cannot-infer", "files that do not show which columns they have");
/// A pin without columns.
pub static BAD_PIN: Code = code!(Error, "GC0611", "bad-pin", "a pinned schema that has no columns");
/// A column of the pin that the data has no more, or with values of another kind.
pub static PIN_BROKEN: Code = code!(Error, "GC0612", "pin-broken", "data that no longer has the columns that were pinned");
/// A column of the data that the pin does not have.
pub static PIN_GROWN: Code = code!(Warning, "GC0613", "pin-grown", "data with columns that were not pinned");

/// `catalog: { database: raw, table: ordres }`
pub static UNKNOWN_CATALOG_NAME: Code =
    code!(Error, "GC0614", "unknown-catalog-name", "a database or table that the project's catalog does not have");
/// A sink without a column that the table has.
pub static CONTRACT_BROKEN: Code = code!(Error, "GC0615", "contract-broken", "what breaks what a declared table promises");
/// A sink with a column that the table does not have.
pub static CONTRACT_GROWN: Code =
    code!(Warning, "GC0616", "contract-grown", "columns that differ from a declared table and break nothing");

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[
    &NO_PATH,
    &UNSUPPORTED_SCHEME,
    &NO_INPUT_FILES,
    &UNKNOWN_SCHEMA,
    &BAD_GLOB,
    &BAD_FORMAT_OPTION,
    &UNUSED_OPTION,
    &BAD_COLUMNS,
    &MISSING_COLUMN,
    &CANNOT_INFER,
    &BAD_PIN,
    &PIN_BROKEN,
    &PIN_GROWN,
    &UNKNOWN_CATALOG_NAME,
    &CONTRACT_BROKEN,
    &CONTRACT_GROWN,
];
