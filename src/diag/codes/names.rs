//! GC03: names and the graph.

use super::Code;

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[];
