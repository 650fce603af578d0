//! GC00: project, files, variables, targets.

use super::Code;

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[];
