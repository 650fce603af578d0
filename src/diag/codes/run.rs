//! GC10: what can go wrong in a run.

use super::{Code, code};

/// A file that is there and cannot be read.
pub static SOURCE_UNREADABLE: Code = code!(Error, "GC1010", "source-unreadable", "a file of a source cannot be opened or read");

/// A sink with `error_if_exists` whose folder has files.
pub static NOT_EMPTY: Code =
    code!(Error, "GC1030", "sink-not-empty", "a sink may only write to an empty folder, and there are files");

/// A folder or file that the user may not write.
pub static NOT_WRITABLE: Code = code!(Error, "GC1031", "sink-not-writable", "the user who runs the job may not write there");

/// A file where a sink wants a folder.
pub static PATH_TAKEN: Code = code!(Error, "GC1032", "sink-path-taken", "a file is where a sink wants to make its folder");

/// No space left.
pub static DISK_FULL: Code = code!(Error, "GC1033", "disk-full", "the disk that a sink writes to is full");

/// Any other failure of the file system.
pub static WRITE_FAILED: Code = code!(Error, "GC1034", "write-failed", "a file of a sink cannot be written");

/// Rows that the file format refuses.
pub static ENCODE_FAILED: Code = code!(Error, "GC1035", "encode-failed", "the format of a sink cannot hold a value");

/// A commit that stopped between its record and its end.
pub static PUBLISH_STOPPED: Code =
    code!(Error, "GC1036", "publish-stopped", "a run was committed and not all of its files could be published");

/// A commit record that cannot be read.
pub static BAD_RECORD: Code = code!(Error, "GC1037", "bad-commit-record", "the commit record of an earlier run cannot be read");

/// A sink that would overwrite the pipeline itself.
pub static HOLDS_PROJECT: Code =
    code!(Error, "GC1038", "sink-holds-project", "a sink would overwrite a folder that holds a pipeline's own files");

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[
    &SOURCE_UNREADABLE,
    &NOT_EMPTY,
    &NOT_WRITABLE,
    &PATH_TAKEN,
    &DISK_FULL,
    &WRITE_FAILED,
    &ENCODE_FAILED,
    &PUBLISH_STOPPED,
    &BAD_RECORD,
    &HOLDS_PROJECT,
];
