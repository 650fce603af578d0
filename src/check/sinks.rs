//! Sinks against the columns that reach them, and against each other.

use indexmap::IndexMap;

use super::Cx;
use crate::diag::Sink;
use crate::ir::{Job, Kind};
use crate::source::Text;
use crate::spec::param::Args;
use crate::stdlib::connector::SinkDef;

/// The sinks of a type, with their settings.
type Sinks<'a> = Vec<(&'a Text, &'a Args)>;

/// Checks every sink whose input is known, then all sinks of a type together.
pub(super) fn check(cx: &Cx<'_>, job: &Job, sink: &mut Sink) {
    let mut together: IndexMap<&str, (&SinkDef, Sinks<'_>)> = IndexMap::new();
    for (_, node) in job.iter() {
        let (Some(Kind::Sink(connector)), Some(args)) = (node.kind, &node.args) else { continue };
        let Some(def) = &connector.sink else { continue };
        together.entry(connector.name).or_insert((def, Vec::new())).1.push((&node.name, args));
        let input = node.inputs.first().and_then(|edge| job.node(edge.node).outputs.get(edge.port));
        if let Some(schema) = input.and_then(|output| output.schema.as_ref()) {
            (def.check)(args, schema, sink);
        }
    }
    for (def, sinks) in together.values() {
        (def.check_all)(&cx.project.root, sinks, sink);
    }
}
