//! The one settings mechanism: tables of [`Param`]s say what may be written, [`decode`] reads it, all errors at once.

mod args;
pub mod decode;
pub mod describe;
mod misfit;
pub mod unit;

pub use args::{Arg, Args, Value};

/// One setting of a transform, connector, job, …, declared once: decoding, completion, JSON Schema and docs read it.
#[derive(Debug)]
pub struct Param {
    /// The key in YAML.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// What may stand there.
    pub ty: ParamType,
    /// Whether it must be there.
    pub presence: Presence,
}

/// Whether a setting must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// Its absence is an error.
    Required,
    /// It may be left out.
    Optional,
    /// It may be left out and then has this value, as it would be written.
    Default(&'static str),
}

/// What may stand as the value of a setting.
#[derive(Debug)]
pub enum ParamType {
    /// Any text.
    Text,
    /// `true` or `false`.
    Bool,
    /// A whole number in a range, both ends included.
    Int {
        /// The least.
        min: i64,
        /// The greatest.
        max: i64,
    },
    /// A number in a range, both ends included.
    Float {
        /// The least.
        min: f64,
        /// The greatest.
        max: f64,
    },
    /// `60s`, `30m`, `24h`, `90d`, `500ms`.
    Duration,
    /// `128MiB`, `1GB`, `512` (bytes).
    Size,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// The name of a column of the node's input.
    Column,
    /// A data type word: `string`, `bigint`, `decimal(10,2)`, …
    DataType,
    /// A SQL expression over the columns of the input.
    Expression,
    /// A whole SQL query.
    Query,
    /// A DQDL ruleset: a name, a `.dqdl` file or inline text.
    Ruleset,
    /// A file path or URL, relative to the project's root.
    Path,
    /// The name of a node, or `node.port`.
    Node,
    /// A list.
    List(&'static ParamType),
    /// A list, or a single item standing for a list of one.
    OneOrMany(&'static ParamType),
    /// A map from free names to values.
    Map(&'static ParamType),
    /// A map with known keys.
    Record(&'static [Param]),
    /// The first for a scalar, the second for a map.
    Either(&'static ParamType, &'static ParamType),
}

impl Param {
    /// A setting that must be there.
    pub const fn required(name: &'static str, ty: ParamType, summary: &'static str) -> Self {
        Self { name, summary, ty, presence: Presence::Required }
    }

    /// A setting that may be left out.
    pub const fn optional(name: &'static str, ty: ParamType, summary: &'static str) -> Self {
        Self { name, summary, ty, presence: Presence::Optional }
    }

    /// A setting that has a value if it is left out.
    pub const fn default(name: &'static str, ty: ParamType, value: &'static str, summary: &'static str) -> Self {
        Self { name, summary, ty, presence: Presence::Default(value) }
    }
}
