//! GC03: names and the graph.

use super::{Code, code};

/// The codes of this range.
pub(super) static ALL: &[&Code] =
    &[&UNKNOWN_NODE, &UNKNOWN_PORT, &CYCLE, &INPUT_COUNT, &SINK_AS_INPUT, &MALFORMED_GOES_NOWHERE, &UNKNOWN_JOB, &SAME_INPUT];

/// `inputs: [ordrs]`
pub static UNKNOWN_NODE: Code = code!(Error, "GC0301", "unknown-node", "an input that is no node of the job");
/// `inputs: [dq.pased]`
pub static UNKNOWN_PORT: Code = code!(Error, "GC0302", "unknown-port", "an output that the node does not have");
/// `a` reads `b`, `b` reads `a`.
pub static CYCLE: Code = code!(Error, "GC0303", "cycle", "nodes that wait for each other");
/// A join of one input.
pub static INPUT_COUNT: Code = code!(Error, "GC0304", "input-count", "more or fewer inputs than the node takes");
/// `inputs: [out]` where `out` is a sink.
pub static SINK_AS_INPUT: Code = code!(Error, "GC0305", "sink-as-input", "a sink that is read");
/// `on_malformed: quarantine` and no sink for it.
pub static MALFORMED_GOES_NOWHERE: Code =
    code!(Error, "GC0306", "malformed-goes-nowhere", "malformed rows that are kept and go nowhere");
/// `run --job ordrs`
pub static UNKNOWN_JOB: Code = code!(Error, "GC0307", "unknown-job", "a job that the project does not have");
/// `inputs: [a, a]` of a join.
pub static SAME_INPUT: Code = code!(Error, "GC0308", "same-input", "one input named twice");
