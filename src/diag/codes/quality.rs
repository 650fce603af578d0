//! GC05: quality rules.

use super::Code;

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[];
