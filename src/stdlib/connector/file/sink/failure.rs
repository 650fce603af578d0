//! What is said when writing fails: one code a cause, the path in the headline, what to do in the help.

use std::error::Error;
use std::io;
use std::path::Path;

use crate::diag::Diagnostic;
use crate::diag::codes::run as codes;
use crate::stdlib::failure::RunFailure;

/// The failure of a file operation on `path`.
pub fn io_failure(path: &Path, error: &io::Error) -> RunFailure {
    let path = path.display();
    let diagnostic = match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Diagnostic::bare(&codes::DISK_FULL, format!("no space left to write `{path}`"))
                .help("free some space, or write to another disk; nothing was published and the last output is intact")
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            Diagnostic::bare(&codes::NOT_WRITABLE, format!("no permission to write `{path}`"))
                .help("give the user who runs the job the right to write there, or choose another path")
        }
        io::ErrorKind::NotADirectory => Diagnostic::bare(&codes::PATH_TAKEN, format!("a file is in the way of `{path}`"))
            .help("a sink writes a folder: remove the file, or choose another path"),
        io::ErrorKind::InvalidFilename => Diagnostic::bare(&codes::WRITE_FAILED, format!("the name of `{path}` is not allowed"))
            .help("values of partition keys become names of folders, which may have 255 bytes: choose a key with short values"),
        _ => Diagnostic::bare(&codes::WRITE_FAILED, format!("cannot write `{path}`")),
    };
    RunFailure(diagnostic.note(format!("the system says: {error}")))
}

/// The failure of an encoder; if a file operation is behind it, that one's.
pub(super) fn encode_failure(path: &Path, error: &(dyn Error + 'static)) -> RunFailure {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return io_failure(path, error);
        }
        next = error.source();
    }
    RunFailure(
        Diagnostic::bare(&codes::ENCODE_FAILED, format!("the rows cannot be written to `{}`", path.display()))
            .note(format!("the writer says: {error}")),
    )
}
