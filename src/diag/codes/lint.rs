//! GC08: lints.

use super::{Code, code};

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[&UNUSED_NODE];

/// A node that no sink needs.
pub static UNUSED_NODE: Code = code!(Warning, "GC0801", "unused-node", "a node whose rows go nowhere");
