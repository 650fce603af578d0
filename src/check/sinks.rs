//! Sinks against the columns that reach them, and against each other.

use indexmap::IndexMap;

use super::Cx;
use crate::diag::Sink;
use crate::ir::{Job, Kind, Node};
use crate::source::Text;
use crate::spec::param::Args;
use crate::stdlib::connector::SinkDef;

/// The sinks or sources of a type, with their settings.
type Nodes<'a> = Vec<(&'a Text, &'a Args)>;

/// Checks every sink whose input is known, then all sinks of a type together.
pub(super) fn check(cx: &Cx<'_>, job: &Job, sink: &mut Sink) {
    let mut together: IndexMap<&str, (&SinkDef, Nodes<'_>)> = IndexMap::new();
    for (_, node) in job.iter() {
        let (Some(Kind::Sink(connector)), Some(args)) = (node.kind, &node.args) else { continue };
        let Some(def) = &connector.sink else { continue };
        together.entry(connector.name).or_insert((def, Vec::new())).1.push((&node.name, args));
        let input = node.inputs.first().and_then(|edge| job.node(edge.node).outputs.get(edge.port));
        if let Some(schema) = input.and_then(|output| output.schema.as_ref()) {
            (def.check)(args, schema, sink);
        }
    }
    for (name, (def, sinks)) in &together {
        let is_source = |node: &Node| matches!(node.kind, Some(Kind::Source(connector)) if connector.name == *name);
        let sources = job.iter().filter(|(_, node)| is_source(node));
        let sources: Nodes<'_> = sources.filter_map(|(_, node)| Some((&node.name, node.args.as_ref()?))).collect();
        (def.check_all)(&cx.project.root, sinks, &sources, sink);
    }
}
