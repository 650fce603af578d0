//! GC08: lints.

use super::Code;

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[];
