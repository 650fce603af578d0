//! The canonical layout of a file: what `fmt` writes.

use std::path::Path;

use crate::syntax::format::{self, Kind};

/// The text as `fmt` would write it; `None` if it has errors.
pub fn format(path: &Path, text: &str) -> Option<String> {
    format::format(text, Kind::of(path)).ok()
}
