//! GC02: YAML and the shape of specs.

use super::{Code, code};

pub static YAML_SYNTAX: Code = code!(Error, "GC0201", "yaml-syntax", "the file is not YAML");
pub static DUPLICATE_KEY: Code = code!(Error, "GC0202", "duplicate-key", "a key stands twice in the same map");
pub static UNSUPPORTED_YAML: Code = code!(Error, "GC0203", "unsupported-yaml", "YAML that a pipeline has no use for");
pub static UNKNOWN_ANCHOR: Code =
    code!(Error, "GC0204", "unknown-anchor", "an alias names an anchor that does not stand before it");
pub static YAML_TOO_LARGE: Code = code!(Error, "GC0205", "yaml-too-large", "nesting or aliases without end");

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[&YAML_SYNTAX, &DUPLICATE_KEY, &UNSUPPORTED_YAML, &UNKNOWN_ANCHOR, &YAML_TOO_LARGE];
