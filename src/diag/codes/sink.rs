//! GC09: sinks.

use super::Code;

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[];
