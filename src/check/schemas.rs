//! Schemas, from sources to sinks: each node is lowered over stubs of its inputs and its columns are read off the plan.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

use super::{Cx, quality};
use crate::diag::{Diagnostic, Sink, codes};
use crate::ir::{Job, Kind, NodeId};
use crate::stdlib::connector::SchemaAnswer;
use crate::stdlib::expr::ColumnFate;
use crate::stdlib::transform::{Input, LowerCx, Lowering};

/// Fills in the schema of every output. A node whose input is not known is not checked: the fault lies before it.
pub(super) fn propagate(cx: &Cx<'_>, job: &mut Job, sink: &mut Sink) {
    for id in job.order.clone() {
        match job.node(id).kind {
            Some(Kind::Source(_)) => source(cx, job, id, sink),
            Some(Kind::Transform(_)) => transform(cx, job, id, sink),
            Some(Kind::Sink(_)) | None => {}
        }
    }
}

fn source(cx: &Cx<'_>, job: &mut Job, id: NodeId, sink: &mut Sink) {
    let node = job.node(id);
    let (Some(Kind::Source(def)), Some(args)) = (node.kind, &node.args) else { return };
    let Some(source) = &def.source else { return };
    let answer = (source.schema)(args, cx.world, &cx.project.root, cx.infer, sink);
    let kept = node.outputs.len() > 1;
    // A word that is none of the three was reported: what it was meant to be is not known.
    if kept && !args.misfit("on_malformed") && job.readers(id, 1).is_empty() {
        let place = args.get("on_malformed").map_or(node.name.span(), |arg| arg.span);
        let message = format!("malformed rows of `{}` are kept and go nowhere", node.name);
        let nowhere = Diagnostic::new(&codes::names::MALFORMED_GOES_NOWHERE, place, message);
        sink.push(
            nowhere
                .here("nobody reads them")
                .help(format!("add a sink with `inputs: [{}.malformed]`, or set `on_malformed: drop`", node.name)),
        );
    }
    let outputs = &mut job.nodes[id.0].outputs;
    if let SchemaAnswer::Known { schema, .. } = &answer {
        outputs[0].schema = Some(Arc::clone(schema));
    }
    if kept {
        outputs[1].schema = Some(malformed_schema());
    }
    if let SchemaAnswer::Known { partitions, .. } = answer {
        job.nodes[id.0].partitions = partitions;
    }
}

/// The columns of a source's `malformed` output.
fn malformed_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("file", DataType::Utf8, true),
        Field::new("row", DataType::UInt64, true),
        Field::new("byte_offset", DataType::UInt64, true),
        Field::new("reason", DataType::Utf8, true),
        Field::new("raw", DataType::Utf8, true),
    ]))
}

fn transform(cx: &Cx<'_>, job: &mut Job, id: NodeId, sink: &mut Sink) {
    let node = job.node(id);
    let Some(Kind::Transform(def)) = node.kind else { return };
    if matches!(def.lowering, Lowering::Quality) {
        return quality::check(cx, job, id, sink);
    }
    let (Some(args), Some(inputs)) = (&node.args, stubs(job, id)) else { return };
    if !def.inputs.takes(inputs.len()) {
        return;
    }
    let Lowering::Rows(lower) = def.lowering else { return };
    let fates = |column: &str| fate(job, id, column);
    let mut lowering = LowerCx { engine: cx.engine, fates: &fates, sink, changes: Vec::new(), span: node.span };
    let lowered = lower(&mut lowering, args, &inputs);
    let changes = lowering.changes;
    let Ok(plans) = lowered else { return };
    let node = &mut job.nodes[id.0];
    node.changes = changes;
    for (output, plan) in node.outputs.iter_mut().zip(plans) {
        output.schema = Some(Arc::new(plan.schema().as_arrow().clone()));
    }
}

/// Stub plans of the inputs of a node; `None` if the columns of one are not known.
pub(super) fn stubs(job: &Job, id: NodeId) -> Option<Vec<Input>> {
    job.node(id)
        .inputs
        .iter()
        .map(|edge| {
            let from = job.node(edge.node);
            let schema = from.outputs.get(edge.port)?.schema.clone()?;
            let (name, output) = (from.name.value.clone(), from.output_name(edge.port));
            Some(Input { name, output, plan: stub(schema)?, span: edge.span })
        })
        .collect()
}

/// A plan that has the columns and no rows. Columns have no qualifiers.
pub(super) fn stub(schema: SchemaRef) -> Option<LogicalPlan> {
    let names: Vec<_> = schema.fields().iter().map(|field| field.name().clone()).collect();
    let table = provider_as_source(Arc::new(EmptyTable::new(schema)));
    let scan = LogicalPlanBuilder::scan("stub", table, None).ok()?;
    let exprs = names
        .iter()
        .map(|name| datafusion::prelude::Expr::Column(datafusion::common::Column::new(Some("stub"), name)).alias(name));
    scan.project(exprs.collect::<Vec<_>>()).ok()?.build().ok()
}

/// What became of a column before a node: the nearest node that renamed it or left it out.
pub(super) fn fate(job: &Job, id: NodeId, column: &str) -> Option<ColumnFate> {
    let mut seen = BTreeSet::from([id]);
    let mut layer = vec![id];
    while !layer.is_empty() {
        let mut next = Vec::new();
        for edge in layer.iter().flat_map(|id| &job.node(*id).inputs) {
            if !seen.insert(edge.node) {
                continue;
            }
            let found = job.node(edge.node).changes.iter().find(|change| change.column.eq_ignore_ascii_case(column));
            if let Some(found) = found {
                return Some(found.clone());
            }
            next.push(edge.node);
        }
        layer = next;
    }
    None
}
