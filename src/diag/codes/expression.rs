//! GC04: SQL expressions, columns and types.

use super::Code;

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[];
