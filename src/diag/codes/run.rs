//! GC10: what can go wrong in a run.

use super::{Code, code};

/// Anything that the engine could not do.
pub static ENGINE_FAILED: Code = code!(Error, "GC1001", "engine-failed", "the engine could not finish a plan");

/// More memory than allowed, where nothing can spill.
pub static OUT_OF_MEMORY: Code = code!(Error, "GC1002", "out-of-memory", "a run needs more memory than its limit");

/// A rule failed and the job says that this stops it.
pub static QUALITY_GATE: Code = code!(Error, "GC1003", "quality-gate", "the data did not pass the quality gate of the job");

/// Ctrl-C, SIGTERM or SIGHUP.
pub static INTERRUPTED: Code = code!(Error, "GC1004", "interrupted", "a run was interrupted; nothing of it was published");

/// What an earlier run left was put in order.
pub static RECOVERED: Code = code!(Hint, "GC1005", "recovered", "what an earlier run left was put in order");

/// A file that is there and cannot be read.
pub static SOURCE_UNREADABLE: Code = code!(Error, "GC1010", "source-unreadable", "a file of a source cannot be opened or read");

/// A gzip file without its end.
pub static CORRUPT_COMPRESSION: Code = code!(Error, "GC1011", "corrupt-compression", "a compressed file is cut off or damaged");

/// `abc` in a column of numbers, a missing field, an open quote.
pub static MALFORMED_RECORD: Code = code!(Error, "GC1012", "malformed-record", "a record does not fit its format or its columns");

/// A Parquet file with a flipped byte.
pub static CORRUPT_PARQUET: Code = code!(Error, "GC1013", "corrupt-parquet", "a Parquet file is cut off or damaged");

/// UTF-16.
pub static WRONG_ENCODING: Code = code!(Error, "GC1014", "wrong-encoding", "a text file is not UTF-8");

/// NULL in a column that was declared `nullable: false`, in a format without single records.
pub static FORBIDDEN_NULL: Code = code!(Error, "GC1015", "forbidden-null", "a NULL in a column that is declared without NULLs");

/// A Parquet column that cannot be read as its declared type.
pub static FILE_COLUMN_TYPE: Code =
    code!(Error, "GC1016", "file-column-type", "a file's column that cannot be its declared type");

/// `year=abc` where `year` is declared `int`.
pub static FOLDER_VALUE: Code =
    code!(Error, "GC1017", "folder-value", "a partition folder whose value is not of the column's type");

/// A damaged database, a full disk.
pub static STATE_STORE: Code = code!(Error, "GC1020", "state-store", "the store of what runs leave behind cannot be used");

/// `quality stats` before the first run.
pub static NO_HISTORY: Code = code!(Error, "GC1021", "no-history", "nothing is recorded of what was asked for");

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

/// `diff --against main` in a folder that git does not keep.
pub static NO_REPOSITORY: Code =
    code!(Error, "GC1040", "no-repository", "a project that is to be compared is in no git repository");

/// `diff --against mian`
pub static UNKNOWN_REFERENCE: Code = code!(Error, "GC1041", "unknown-commit", "git knows no commit of that name");

/// No git on this machine, a damaged repository.
pub static GIT_FAILED: Code = code!(Error, "GC1042", "git-failed", "git could not be asked");

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[
    &ENGINE_FAILED,
    &OUT_OF_MEMORY,
    &QUALITY_GATE,
    &INTERRUPTED,
    &RECOVERED,
    &SOURCE_UNREADABLE,
    &CORRUPT_COMPRESSION,
    &MALFORMED_RECORD,
    &CORRUPT_PARQUET,
    &WRONG_ENCODING,
    &FORBIDDEN_NULL,
    &FILE_COLUMN_TYPE,
    &FOLDER_VALUE,
    &STATE_STORE,
    &NO_HISTORY,
    &NOT_EMPTY,
    &NOT_WRITABLE,
    &PATH_TAKEN,
    &DISK_FULL,
    &WRITE_FAILED,
    &ENCODE_FAILED,
    &PUBLISH_STOPPED,
    &BAD_RECORD,
    &HOLDS_PROJECT,
    &NO_REPOSITORY,
    &UNKNOWN_REFERENCE,
    &GIT_FAILED,
];
