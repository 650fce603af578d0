//! GC01: the syntax of DQDL.

use super::Code;

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[];
