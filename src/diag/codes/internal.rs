//! GC99: bugs of glue-compile itself.

use super::Code;

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[];
