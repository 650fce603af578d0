//! Partitions that are read for a filter to drop: the rows are read first, and left out then.

use super::Cx;
use crate::diag::{Diagnostic, Sink, codes};
use crate::ir::NodeId;
use crate::lineage::{How, Indirect};
use crate::spec::job::Role;

/// Reports sources with folders of several values of which a node behind them wants some only.
pub(super) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    for (id, node) in cx.job.iter().filter(|(_, node)| node.role == Role::Source && !node.partitions.is_empty()) {
        let place = node.args.as_ref().and_then(|args| args.get("path").or_else(|| args.get("paths")));
        let (Some(place), Some((filter, column))) = (place, filtered(cx, id)) else { continue };
        let filter = cx.job.node(filter);
        let message = format!("every run reads all partitions of `{}` by `{column}`, and needs some of them", node.name);
        let unpruned = Diagnostic::new(&codes::lint::UNPRUNED, place.span, message);
        sink.push(
            unpruned
                .here(format!("folders of all values of `{column}`"))
                .also(filter.name.span(), format!("rows are left out by `{column}` only here"))
                .help(format!(
                    "name the folders in `path`: `…/{column}=VALUE/`, through a variable if they differ from run to run"
                )),
        );
    }
}

/// A node that leaves rows out by the value of a folder of the source, and which.
fn filtered(cx: &Cx<'_>, source: NodeId) -> Option<(NodeId, String)> {
    let (lineage, traces) = cx.lineage();
    let partitions = &cx.job.node(source).partitions;
    for (id, node) in cx.job.iter().filter(|(_, node)| node.role == Role::Transform && !node.is_quality()) {
        let outputs = (0..node.outputs.len()).filter_map(|port| lineage.output(id, port));
        let filters = outputs.flat_map(|output| &output.rows).filter(|origin| origin.how == How::Indirect(Indirect::Filter));
        for origin in filters {
            let Some(trace) = traces.column(origin.node, origin.port, &origin.column) else { continue };
            let of_source = trace.ends.keys().find(|end| end.node == source && partitions.contains(&end.column));
            if let Some(end) = of_source {
                return Some((id, end.column.clone()));
            }
        }
    }
    None
}
