//! GC02: YAML and the shape of specs.

use super::Code;

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[];
