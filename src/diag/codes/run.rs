//! GC10: what can go wrong in a run.

use super::Code;

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[];
