//! What stands between the rows of a quality node and the files of a source: rules about files have to know.

use crate::ir::{Edge, Job, Kind, NodeId};
use crate::spec::job::Role;
use crate::stdlib::rule::Maker;

/// What makes the rows that a quality node reads, unless they are those of a source's files.
pub(super) fn of(job: &Job, id: NodeId) -> Option<Maker> {
    let edge = job.node(id).inputs.first()?;
    let node = job.node(edge.node);
    let what = match node.kind {
        Some(Kind::Source(_)) if edge.port == 0 => return None,
        Some(Kind::Source(_)) => "holds the records that could not be read".to_owned(),
        Some(Kind::Transform(def)) => format!("is made by a `{}`", def.name),
        Some(Kind::Sink(_)) | None => "is no source".to_owned(),
    };
    Some(Maker { name: node.output_name(edge.port), what, span: edge.span, path: source_path(job, *edge) })
}

/// The path of the source that rows come from, if there is one source on the way and it has one path.
fn source_path(job: &Job, edge: Edge) -> Option<String> {
    let mut at = edge.node;
    // A way without cycles is no longer than the job.
    for _ in 0..=job.nodes.len() {
        let node = job.node(at);
        if node.role == Role::Source {
            let args = node.args.as_ref()?;
            let paths: Vec<_> = args.texts("path").into_iter().chain(args.texts("paths")).collect();
            let [path] = paths.as_slice() else { return None };
            return Some(path.value.clone());
        }
        let [only] = node.inputs.as_slice() else { return None };
        at = only.node;
    }
    None
}
