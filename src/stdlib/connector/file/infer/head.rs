//! The first bytes of a file, decompressed.

use std::io::Read;

use crate::diag::Diagnostic;
use crate::source::Span;
use crate::stdlib::connector::FileEntry;
use crate::stdlib::connector::file::compression::Compression;
use crate::stdlib::connector::file::header::BOM;
use crate::stdlib::connector::file::scan::fault::{cannot_decompress, utf16};
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
    let opened = world.open(&file.path).and_then(|opened| compression.reader(opened));
    if let Err(error) = opened.and_then(|reader| reader.take(length as u64).read_to_end(&mut text)) {
        let mut first = Vec::new();
        // What cannot be read at all has no first bytes to judge it by.
        let _ = world.open(&file.path).and_then(|file| file.take(4).read_to_end(&mut first));
        return Err(cannot_decompress(shown, place, compression, &first, text.len() as u64, &error));
    }
    if text.starts_with(&[0xff, 0xfe]) || text.starts_with(&[0xfe, 0xff]) {
        return Err(utf16(shown, place));
    }
    let whole = text.len() < length;
    if text.starts_with(BOM) {
        text.drain(..BOM.len());
    }
    Ok((text, whole))
}
