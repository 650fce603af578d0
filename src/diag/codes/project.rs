//! GC00: project, files, variables, targets.

use super::{Code, code};

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[&SUPPRESSION_WITHOUT_REASON, &UNKNOWN_SUPPRESSION, &SUPPRESSED_ERROR, &UNUSED_SUPPRESSION];

/// `# glue-compile: allow GC0804` and nothing after it.
pub static SUPPRESSION_WITHOUT_REASON: Code =
    code!(Warning, "GC0080", "suppression-without-reason", "a comment allows a diagnostic and does not say why");

/// `# glue-compile: allow GC0008 -- why`, and there is no such code.
pub static UNKNOWN_SUPPRESSION: Code =
    code!(Warning, "GC0081", "unknown-suppression", "a comment allows a code that does not exist");

/// `# glue-compile: allow GC0402 -- why`, and that one is an error.
pub static SUPPRESSED_ERROR: Code =
    code!(Warning, "GC0082", "suppressed-error", "a comment allows a code that is an error by nature");

/// `# glue-compile: allow GC0804 -- why`, and nothing there needs it.
pub static UNUSED_SUPPRESSION: Code =
    code!(Warning, "GC0083", "unused-suppression", "a comment allows what is not reported there");
