//! GC06: connectors, files, schemas of sources.

use super::Code;

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[];
