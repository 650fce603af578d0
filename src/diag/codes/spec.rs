//! GC02: YAML and the shape of specs.

use super::{Code, code};

pub static YAML_SYNTAX: Code = code!(Error, "GC0201", "yaml-syntax", "the file is not YAML");
pub static DUPLICATE_KEY: Code = code!(Error, "GC0202", "duplicate-key", "a key stands twice in the same map");
pub static UNSUPPORTED_YAML: Code = code!(Error, "GC0203", "unsupported-yaml", "YAML that a pipeline has no use for");
pub static UNKNOWN_ANCHOR: Code =
    code!(Error, "GC0204", "unknown-anchor", "an alias names an anchor that does not stand before it");
pub static YAML_TOO_LARGE: Code = code!(Error, "GC0205", "yaml-too-large", "nesting or aliases without end");

pub static UNKNOWN_SETTING: Code = code!(Error, "GC0210", "unknown-setting", "a setting that the thing does not have");
pub static MISSING_SETTING: Code = code!(Error, "GC0211", "missing-setting", "a setting that must be there is not");
pub static WRONG_TYPE: Code = code!(Error, "GC0212", "wrong-type", "a setting's value is of another type than it must be");
pub static UNKNOWN_WORD: Code = code!(Error, "GC0213", "unknown-word", "a setting's value is none of the words that it can be");
pub static INVALID_VALUE: Code = code!(Error, "GC0214", "invalid-value", "a text is no duration or size");
pub static OUT_OF_RANGE: Code = code!(Error, "GC0215", "out-of-range", "a number is too small or too great");

pub static UNKNOWN_TYPE: Code =
    code!(Error, "GC0220", "unknown-node-type", "a type of source, transform or sink that does not exist");
pub static INVALID_NAME: Code = code!(Error, "GC0221", "invalid-name", "a job, node or table has a name that it cannot have");
pub static DUPLICATE_NODE: Code = code!(Error, "GC0222", "duplicate-node", "two nodes of a job have the same name");
pub static UNSUPPORTED_JOB: Code = code!(Error, "GC0223", "unsupported-job", "a kind of job that this version does not run");
pub static INVALID_INPUT: Code = code!(Error, "GC0224", "invalid-input", "a text that names no node and no port");

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[
    &YAML_SYNTAX,
    &DUPLICATE_KEY,
    &UNSUPPORTED_YAML,
    &UNKNOWN_ANCHOR,
    &YAML_TOO_LARGE,
    &UNKNOWN_SETTING,
    &MISSING_SETTING,
    &WRONG_TYPE,
    &UNKNOWN_WORD,
    &INVALID_VALUE,
    &OUT_OF_RANGE,
    &UNKNOWN_TYPE,
    &INVALID_NAME,
    &DUPLICATE_NODE,
    &UNSUPPORTED_JOB,
    &INVALID_INPUT,
];
