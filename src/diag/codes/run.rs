//! GC10: what can go wrong in a run.

use super::{Code, code};

/// A file that is there and cannot be read.
pub static SOURCE_UNREADABLE: Code = code!(Error, "GC1010", "source-unreadable", "a file of a source cannot be opened or read");

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[&SOURCE_UNREADABLE];
