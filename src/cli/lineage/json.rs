//! Lineage as a document for programs: a versioned view. Fields are added, never renamed or removed.

use std::collections::BTreeSet;

use serde::Serialize;

use super::tree::{Tested, Tree};
use super::view::Chosen;
use crate::ir::NodeId;
use crate::lineage::{ColumnLineage, Ends, How, Origin, OutputLineage};
use crate::stdlib::types::type_name;

#[derive(Serialize)]
struct Document {
    version: u32,
    jobs: Vec<JobView>,
}

#[derive(Serialize)]
struct JobView {
    job: String,
    sinks: Vec<SinkView>,
    nodes: Vec<NodeView>,
    /// Of `--column`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    columns: Vec<TreeView>,
}

#[derive(Serialize)]
struct SinkView {
    sink: String,
    reads: String,
    columns: Vec<SinkColumnView>,
    rows: Vec<EndView>,
}

#[derive(Serialize)]
struct SinkColumnView {
    name: String,
    r#type: String,
    from: Vec<EndView>,
    rules: Vec<RuleView>,
}

#[derive(Serialize)]
struct EndView {
    source: String,
    column: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<String>,
    how: Vec<HowView>,
}

#[derive(Serialize)]
struct HowView {
    r#type: &'static str,
    subtype: &'static str,
}

#[derive(Serialize)]
struct RuleView {
    node: String,
    id: String,
    rule: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    failing_rows_go_to: Vec<String>,
}

#[derive(Serialize)]
struct NodeView {
    output: String,
    columns: Vec<ColumnView>,
    rows: Vec<OriginView>,
}

#[derive(Serialize)]
struct ColumnView {
    name: String,
    r#type: String,
    expression: Option<String>,
    origins: Vec<OriginView>,
}

#[derive(Serialize)]
struct OriginView {
    output: String,
    column: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    path: Vec<String>,
    #[serde(flatten)]
    how: HowView,
}

#[derive(Serialize)]
struct TreeView {
    name: String,
    node: &'static str,
    how: Option<HowView>,
    expression: Option<String>,
    rules: Vec<RuleView>,
    /// Whether the next steps are told where it stands first.
    again: bool,
    next: Vec<TreeView>,
}

/// The whole document.
pub(super) fn document(jobs: &[Chosen<'_>]) -> String {
    let document = Document { version: 1, jobs: jobs.iter().map(job).collect() };
    // A view of texts and lists always serializes.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

fn job(chosen: &Chosen<'_>) -> JobView {
    let sink = |(id, edge): &(NodeId, crate::ir::Edge)| SinkView {
        sink: chosen.job.node(*id).name.value.clone(),
        reads: chosen.job.node(edge.node).output_name(edge.port),
        columns: chosen.written(*edge).iter().map(|column| sink_column(chosen, *edge, column)).collect(),
        rows: chosen.traces.rows(edge.node, edge.port).map(|found| ends(chosen, found)).unwrap_or_default(),
    };
    let outputs = chosen.job.order.iter().flat_map(|id| {
        let outputs = chosen.lineage.nodes[id.0].outputs.iter().enumerate();
        outputs.filter_map(|(port, output)| Some((*id, port, output.as_ref()?)))
    });
    JobView {
        job: chosen.job.name.value.clone(),
        sinks: chosen.sinks.iter().map(sink).collect(),
        nodes: outputs.map(|(id, port, output)| node(chosen, id, port, output)).collect(),
        columns: chosen.trees.iter().map(tree).collect(),
    }
}

fn sink_column(chosen: &Chosen<'_>, edge: crate::ir::Edge, column: &ColumnLineage) -> SinkColumnView {
    let trace = chosen.traces.column(edge.node, edge.port, &column.name).cloned().unwrap_or_default();
    let rule = |(id, at): &(NodeId, usize)| {
        let rule = chosen.lineage.nodes[id.0].rules.get(*at)?;
        let node = chosen.job.node(*id).name.value.clone();
        Some(RuleView { node, id: rule.id.clone(), rule: rule.text.clone(), failing_rows_go_to: Vec::new() })
    };
    SinkColumnView {
        name: column.name.clone(),
        r#type: type_name(&column.data_type),
        from: ends(chosen, &trace.ends),
        rules: trace.rules.iter().filter_map(rule).collect(),
    }
}

fn ends(chosen: &Chosen<'_>, ends: &Ends) -> Vec<EndView> {
    let view = |(end, hows): (&crate::lineage::SourceColumn, &BTreeSet<How>)| EndView {
        source: chosen.job.node(end.node).output_name(end.port),
        column: end.column.clone(),
        path: end.path.clone(),
        how: hows.iter().copied().map(how).collect(),
    };
    ends.iter().map(view).collect()
}

fn how(how: How) -> HowView {
    HowView { r#type: if how.is_direct() { "direct" } else { "indirect" }, subtype: how.name() }
}

fn node(chosen: &Chosen<'_>, id: NodeId, port: usize, output: &OutputLineage) -> NodeView {
    let origin = |origin: &Origin| OriginView {
        output: chosen.job.node(origin.node).output_name(origin.port),
        column: origin.column.clone(),
        path: origin.path.clone(),
        how: how(origin.how),
    };
    let column = |column: &ColumnLineage| ColumnView {
        name: column.name.clone(),
        r#type: type_name(&column.data_type),
        expression: column.text.clone(),
        origins: column.origins.iter().map(origin).collect(),
    };
    NodeView {
        output: chosen.job.node(id).output_name(port),
        columns: output.columns.iter().map(column).collect(),
        rows: output.rows.iter().map(origin).collect(),
    }
}

fn tree(one: &Tree) -> TreeView {
    let rule = |tested: &Tested| RuleView {
        node: tested.node.clone(),
        id: tested.id.clone(),
        rule: tested.rule.clone(),
        failing_rows_go_to: tested.failing.clone(),
    };
    TreeView {
        name: one.name.clone(),
        node: one.node,
        how: one.how.map(how),
        expression: one.text.clone(),
        rules: one.rules.iter().map(rule).collect(),
        again: one.again,
        next: one.next.iter().map(tree).collect(),
    }
}
