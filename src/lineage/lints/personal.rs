//! Personal data among the rows that are kept because they are bad: files that people look into, and that nobody thinks of
//! when somebody's data is to be deleted.

use std::collections::BTreeSet;

use super::Cx;
use crate::diag::{Diagnostic, Sink, codes, suggest};
use crate::ir::{Edge, Job, NodeId};
use crate::lineage::{Direct, How};
use crate::source::Text;
use crate::spec::job::Role;
use crate::stdlib::expr::is_hidden;
use crate::stdlib::transform::port;

/// The tag of a column that says which kind of personal data it holds.
const TAG: &str = "pii";

/// A tagged column of a source.
struct Tagged<'a> {
    node: NodeId,
    column: &'a Text,
    kind: &'a Text,
}

/// Reports sinks of failed rows that tagged columns reach as they are.
pub(super) fn check(cx: &Cx<'_>, sink: &mut Sink) {
    let tagged = tagged(cx.job);
    if tagged.is_empty() {
        return;
    }
    for (_, node) in cx.job.iter().filter(|(_, node)| node.role == Role::Sink) {
        let Some(edge) = node.inputs.first() else { continue };
        let reached = reached(cx, *edge, &tagged);
        let Some(first) = reached.first() else { continue };
        let names = suggest::list(reached.iter().map(|(name, _)| name.as_str()), 8);
        let what = if reached.len() == 1 { "column" } else { "columns" };
        let message = format!("personal data goes to quarantine: {what} {names} of `{}`", node.name);
        let mut personal = Diagnostic::new(&codes::lint::PERSONAL_DATA, node.name.span(), message).here("kept as it came");
        let mut said = BTreeSet::new();
        for (_, tagged) in &reached {
            if said.insert(tagged.kind.span().start) {
                personal = personal.also(tagged.kind.span(), format!("`{}` is tagged `{TAG}: {}`", tagged.column, tagged.kind));
            }
        }
        let remedy = match cx.job.node(edge.node).role {
            // Records that could not be read: their columns are there as text only.
            Role::Source => "leave such records out (`on_malformed: drop`)".to_owned(),
            Role::Transform | Role::Sink => {
                let hash = format!("hash it before the rules (`sha2({}, 256)` in a `derived_column`)", first.1.column);
                format!("{hash}, drop it before the sink")
            }
        };
        sink.push(personal.help(format!("{remedy}, or say who may read it: `# glue-compile: allow GC0803 -- why`")));
    }
}

fn tagged(job: &Job) -> Vec<Tagged<'_>> {
    let mut found = Vec::new();
    for (id, node) in job.iter().filter(|(_, node)| node.role == Role::Source) {
        let schema = node.args.as_ref().and_then(|args| args.record("schema"));
        for column in schema.iter().flat_map(|schema| schema.records("columns")) {
            let kind = column.map("tags").iter().find(|(name, _)| name.value.eq_ignore_ascii_case(TAG));
            if let (Some(name), Some(kind)) = (column.text("name"), kind.and_then(|(_, kind)| kind.text())) {
                found.push(Tagged { node: id, column: name, kind });
            }
        }
    }
    found
}

/// The columns of bad rows that come from tagged ones, each with the first that it comes from.
fn reached<'a>(cx: &Cx<'_>, edge: Edge, tagged: &'a [Tagged<'a>]) -> Vec<(String, &'a Tagged<'a>)> {
    let job = cx.job;
    let Some(kept) = kept(job, edge) else { return Vec::new() };
    match kept {
        // A line as it stands in the file has all of its columns.
        Kept::Malformed(source) => {
            tagged.iter().filter(|tagged| tagged.node == source).take(1).map(|tagged| ("raw".to_owned(), tagged)).collect()
        }
        Kept::Failed => {
            let Some(schema) = job.node(edge.node).outputs.get(edge.port).and_then(|output| output.schema.as_ref()) else {
                return Vec::new();
            };
            let (_, traces) = cx.lineage();
            let names = schema.fields().iter().map(|field| field.name()).filter(|name| !is_hidden(name));
            let from = |name: &String| {
                let ends = &traces.column(edge.node, edge.port, name)?.ends;
                let is_it = |tagged: &&Tagged<'_>| {
                    ends.iter().any(|(end, hows)| {
                        end.node == tagged.node
                            && end.column.eq_ignore_ascii_case(tagged.column.as_str())
                            && hows.iter().any(|how| matches!(how, How::Direct(Direct::Identity | Direct::Cast)))
                    })
                };
                tagged.iter().find(is_it)
            };
            names.filter_map(|name| Some((name.clone(), from(name)?))).collect()
        }
    }
}

/// Why rows are kept apart.
enum Kept {
    /// They fail rules.
    Failed,
    /// The source could not read them.
    Malformed(NodeId),
}

/// Why the rows of an output are kept apart; `None` if they are not.
fn kept(job: &Job, edge: Edge) -> Option<Kept> {
    let mut open = vec![edge];
    let mut seen = Vec::new();
    while let Some(edge) = open.pop() {
        let node = job.node(edge.node);
        if node.is_quality() {
            if edge.port == port::FAILED {
                return Some(Kept::Failed);
            }
            // Rows that pass, and figures, are what they are.
            continue;
        }
        if node.role == Role::Source && edge.port > 0 {
            return Some(Kept::Malformed(edge.node));
        }
        for before in &node.inputs {
            if !seen.contains(before) {
                seen.push(*before);
                open.push(*before);
            }
        }
    }
    None
}
