//! Sinks whose rows no quality node has judged.

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Sink, codes};
use crate::ir::{Job, NodeId};
use crate::spec::job::Role;

/// Reports every sink behind no quality node.
pub(super) fn check(job: &Job, sink: &mut Sink) {
    for (id, node) in job.iter().filter(|(_, node)| node.role == Role::Sink) {
        if is_judged(job, id) {
            continue;
        }
        let message = format!("the rows of `{}` are judged by no rule", node.name);
        let unjudged = Diagnostic::new(&codes::lint::WITHOUT_QUALITY, node.name.span(), message);
        let help = "put an `evaluate_data_quality` before it, or say why none is needed: `# glue-compile: allow GC0804 -- why`";
        sink.push(unjudged.here("no `evaluate_data_quality` stands before this sink").help(help));
    }
}

/// Whether a quality node stands before a sink. What a source could not read as rows cannot be judged and is left in peace.
fn is_judged(job: &Job, sink: NodeId) -> bool {
    let mut seen = BTreeSet::from([sink]);
    let mut open = vec![sink];
    let mut has_rows = false;
    while let Some(id) = open.pop() {
        for edge in &job.node(id).inputs {
            let node = job.node(edge.node);
            if node.is_quality() {
                return true;
            }
            has_rows |= node.role == Role::Source && edge.port == 0;
            if seen.insert(edge.node) {
                open.push(edge.node);
            }
        }
    }
    !has_rows
}
