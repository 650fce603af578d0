//! GC09: sinks.

use super::{Code, code};

/// A partition key that is no column of the sink's input.
pub static UNKNOWN_KEY: Code =
    code!(Error, "GC0901", "unknown-partition-key", "a partition key names a column that does not reach the sink");

/// A partition key whose values cannot name folders.
pub static KEY_TYPE: Code =
    code!(Error, "GC0902", "partition-key-type", "a partition key has a type whose values cannot name folders");

/// Nothing is left for the files.
pub static ONLY_KEYS: Code = code!(Error, "GC0903", "only-partition-keys", "every column of a sink is a partition key");

/// The same key twice.
pub static DUPLICATE_KEY: Code = code!(Error, "GC0904", "duplicate-partition-key", "a partition key is named twice");

/// A column the format has no type for.
pub static VALUE_TYPE: Code =
    code!(Error, "GC0905", "unsupported-sink-type", "a column has a type that the sink's format cannot hold");

/// `overwrite_partitions` on a sink without partitions.
pub static NO_PARTITIONS: Code =
    code!(Error, "GC0906", "overwrite-without-partitions", "`overwrite_partitions` on a sink without partition keys");

/// A compression the format does not have.
pub static COMPRESSION: Code = code!(Error, "GC0907", "sink-compression", "the format of a sink does not have its compression");

/// Two sinks in one folder.
pub static SAME_PATH: Code = code!(Error, "GC0908", "same-sink-path", "two sinks of a job write to the same folder");

/// An option of another format, or one that makes no sense.
pub static FORMAT_OPTION: Code =
    code!(Error, "GC0909", "sink-format-option", "a format option of a sink does not fit its format");

/// A path that cannot be written to.
pub static PATH: Code = code!(Error, "GC0910", "sink-path", "the path of a sink is not a folder that can be written to");

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[
    &UNKNOWN_KEY,
    &KEY_TYPE,
    &ONLY_KEYS,
    &DUPLICATE_KEY,
    &VALUE_TYPE,
    &NO_PARTITIONS,
    &COMPRESSION,
    &SAME_PATH,
    &FORMAT_OPTION,
    &PATH,
];
