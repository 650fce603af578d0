//! What depends on a column: columns of sinks, and rules.

use super::Side;
use super::columns::is_made_of;
use crate::ir::NodeId;
use crate::spec::job::Role;

/// The columns of sinks that are made of a column of a source or whose rows it decides over, and the rules that look at it.
pub(super) fn of_source_column(side: &Side<'_>, source: NodeId, column: &str) -> Vec<String> {
    let mut touched = Vec::new();
    let is_it = |end: &crate::lineage::SourceColumn| end.node == source && end.column == column;
    for (_, sink) in side.job.iter().filter(|(_, node)| node.role == Role::Sink) {
        let Some(edge) = sink.inputs.first() else { continue };
        let Some(output) = side.lineage.output(edge.node, edge.port) else { continue };
        for written in &output.columns {
            let trace = side.traces.column(edge.node, edge.port, &written.name);
            if trace.is_some_and(|trace| trace.ends.iter().any(|(end, hows)| is_it(end) && is_made_of(hows))) {
                touched.push(format!("column `{}` of sink `{}`", written.name, sink.name));
            }
        }
        if side.traces.rows(edge.node, edge.port).is_some_and(|rows| rows.keys().any(is_it)) {
            touched.push(format!("the rows of sink `{}`", sink.name));
        }
    }
    for (id, node) in side.job.iter().filter(|(_, node)| node.is_quality()) {
        let Some(edge) = node.inputs.first() else { continue };
        for rule in &side.lineage.nodes[id.0].rules {
            let looks = |name: &String| {
                let trace = side.traces.column(edge.node, edge.port, name);
                trace.is_some_and(|trace| trace.ends.iter().any(|(end, hows)| is_it(end) && is_made_of(hows)))
            };
            if rule.columns.iter().any(looks) {
                touched.push(format!("rule `{}` of `{}`", rule.text, node.name));
            }
        }
    }
    touched
}

/// The sinks that rows of a node reach.
pub(super) fn sinks_below(side: &Side<'_>, node: NodeId) -> Vec<String> {
    let mut seen = std::collections::BTreeSet::new();
    let mut open = vec![node];
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let readers = side.job.iter().filter(|(_, reader)| reader.inputs.iter().any(|edge| edge.node == id));
        open.extend(readers.map(|(id, _)| id));
    }
    let sinks = seen.into_iter().map(|id| side.job.node(id)).filter(|node| node.role == Role::Sink);
    let names: Vec<_> = sinks.map(|sink| format!("`{}`", sink.name)).collect();
    match names.as_slice() {
        [] => Vec::new(),
        [only] => vec![format!("the rows of sink {only}")],
        several => vec![format!("the rows of sinks {}", several.join(", "))],
    }
}
