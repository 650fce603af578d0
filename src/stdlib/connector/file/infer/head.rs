//! The first bytes of a file, decompressed.

use std::io::{self, Read};

use crate::diag::Diagnostic;
use crate::diag::codes::run::{CORRUPT_COMPRESSION, SOURCE_UNREADABLE, WRONG_ENCODING};
use crate::source::Span;
use crate::stdlib::connector::FileEntry;
use crate::stdlib::connector::file::compression::Compression;
use crate::stdlib::connector::file::header::BOM;
use crate::stdlib::connector::file::listing::reason;
use crate::world::World;

/// The first `length` bytes of text, and whether that is all.
pub(super) fn head(
    file: &FileEntry,
    compression: Compression,
    length: usize,
    world: &dyn World,
    place: Span,
) -> Result<(Vec<u8>, bool), Diagnostic> {
    let shown = &file.shown;
    let compression = if file.size == 0 { Compression::None } else { compression.for_file(shown) };
    let mut text = Vec::new();
    let read = world
        .open(&file.path)
        .and_then(|opened| compression.reader(opened))
        .and_then(|reader| reader.take(length as u64).read_to_end(&mut text));
    if let Err(error) = read {
        return Err(unreadable(shown, compression, &error, place));
    }
    if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) {
        return Err(Diagnostic::new(&WRONG_ENCODING, place, format!("`{shown}` is UTF-16, not UTF-8"))
            .here("read from here")
            .help("convert it: `iconv -f utf-16 -t utf-8`"));
    }
    let whole = text.len() < length;
    if text.starts_with(BOM) {
        text.drain(..BOM.len());
    }
    Ok((text, whole))
}

fn unreadable(shown: &str, compression: Compression, error: &io::Error, place: Span) -> Diagnostic {
    if compression == Compression::None
        || error.kind() == io::ErrorKind::NotFound
        || error.kind() == io::ErrorKind::PermissionDenied
    {
        return Diagnostic::new(&SOURCE_UNREADABLE, place, format!("cannot read `{shown}`: {}", reason(error)))
            .here("read from here");
    }
    let name = compression.name();
    Diagnostic::new(
        &CORRUPT_COMPRESSION,
        place,
        format!("`{shown}` is corrupt or cut off: its {name} stream cannot be decompressed"),
    )
    .here("read from here")
    .help(format!("copy the file again; if it is not compressed with {name} at all, say what it is with `compression`"))
}
