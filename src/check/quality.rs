//! Quality nodes: the ruleset is found, parsed and typed against the node's input.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef, TimeUnit};
use datafusion::logical_expr::LogicalPlan;

use super::Cx;
use super::schemas::{fate, stub, stubs};
use crate::diag::Sink;
use crate::ir::{Job, NodeId, Quality};
use crate::spec::project::resolve_ruleset;
use crate::stdlib::expr::{ColumnFate, is_hidden};
use crate::stdlib::rule::{self, Scope};
use crate::syntax::dqdl;

/// Where runs of a project record what they measured.
const STATE: &str = ".glue-compile/state.db";

/// Binds the rules of a quality node and fills in the schemas of its outputs.
pub(super) fn check(cx: &Cx<'_>, job: &mut Job, id: NodeId, sink: &mut Sink) {
    let inputs = stubs(job, id);
    if let Some([input]) = inputs.as_deref() {
        let schema = Arc::new(input.plan.schema().as_arrow().clone());
        let failed = failed_schema(&schema);
        let outputs = &mut job.nodes[id.0].outputs;
        outputs[0].schema = Some(schema);
        outputs[1].schema = Some(failed);
    }
    let Some(text) = job.node(id).args.as_ref().and_then(|args| args.text("ruleset")) else { return };
    let Some(text) = resolve_ruleset(cx.project, text, sink).map(|ruleset| ruleset.text) else { return };
    let parsed = dqdl::parse(text.as_str(), &text.map, dqdl::Dialect::Superset, sink);
    let Some([input]) = inputs.as_deref() else { return };
    // An alias whose columns are not known is left out only together with the whole ruleset: a rule about it cannot be typed.
    let Some(aliases) = references(job, id) else { return };
    let fates = |column: &str| -> Option<ColumnFate> { fate(job, id, column) };
    let scope = Scope {
        engine: cx.engine,
        primary: &input.plan,
        aliases: &aliases,
        fates: &fates,
        now: cx.world.now(),
        has_history: cx.world.is_file(&cx.project.root.join(STATE)),
        dialect: dqdl::Dialect::Superset,
    };
    let rules = rule::bind(&parsed, &scope, sink);
    job.nodes[id.0].quality = Some(Quality { rules, text: text.value.clone() });
}

fn references(job: &Job, id: NodeId) -> Option<Vec<(String, LogicalPlan)>> {
    job.node(id)
        .references
        .iter()
        .map(|(alias, edge)| {
            let schema = job.node(edge.node).outputs.get(edge.port)?.schema.clone()?;
            Some((alias.value.clone(), stub(schema)?))
        })
        .collect()
}

/// The columns of failed rows: those of the input, and what is to be known about the failure.
fn failed_schema(input: &Schema) -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let mut fields: Vec<_> = input.fields().iter().filter(|field| !is_hidden(field.name())).cloned().collect();
    let source = Fields::from(vec![Field::new("uri", DataType::Utf8, true), Field::new("row", DataType::UInt64, true)]);
    fields.extend([
        Arc::new(Field::new("_dq_failures", rule::failures_type(), true)),
        Arc::new(text("_dq_run_id")),
        Arc::new(text("_dq_node")),
        Arc::new(text("_dq_ruleset_hash")),
        Arc::new(Field::new("_dq_source", DataType::Struct(source), false)),
        Arc::new(text("_dq_event_id")),
        Arc::new(Field::new("_dq_quarantined_at", DataType::Timestamp(TimeUnit::Microsecond, None), false)),
    ]);
    Arc::new(Schema::new(fields))
}
