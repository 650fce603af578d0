//! GC99: bugs of glue-compile itself.

use super::{Code, code};

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[&BUG];

/// Something that cannot be.
pub static BUG: Code = code!(Error, "GC9901", "bug", "a bug in glue-compile");
