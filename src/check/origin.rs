//! `quarantine.keep: original`: whether every row of a quality node comes from one row of one source, and which columns that has.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::logical_expr::LogicalPlan;

use super::Cx;
use super::schemas::{stub, stubs};
use crate::diag::{Diagnostic, Sink, codes};
use crate::ir::{Edge, Job, Kind, NodeId};
use crate::stdlib::connector::source::ORIGINAL;
use crate::stdlib::expr::NO_FATES;
use crate::stdlib::transform::{LowerCx, Lowering, port};

/// The columns of the source's rows, nullable: a row of an outer join may have none. Reports where rows stop being rows
/// of a source; `None` then, or if the columns are not known.
pub(super) fn columns(cx: &Cx<'_>, job: &Job, id: NodeId, sink: &mut Sink) -> Option<SchemaRef> {
    let node = job.node(id);
    let edge = *node.inputs.first()?;
    match carried(cx, job, edge) {
        Carried::Rows(plan) => {
            let field = plan.schema().fields().iter().find(|field| field.name() == ORIGINAL)?;
            let DataType::Struct(fields) = field.data_type() else { return None };
            let nullable = fields.iter().map(|field| field.as_ref().clone().with_nullable(true));
            Some(Arc::new(Schema::new(nullable.collect::<Vec<_>>())))
        }
        Carried::Unknown => None,
        Carried::Lost(at) => {
            let keep = node.args.as_ref()?.record("quarantine")?.get("keep")?;
            let message = format!("rows of `{}` are not rows of one source", node.name);
            let lost = job.node(at);
            let none = Diagnostic::new(&codes::quality::NO_SOURCE_ROWS, keep.span, message);
            sink.push(
                none.here("there is no single row to keep")
                    .also(lost.name.span(), format!("rows of `{}` are made of others", lost.name))
                    .help(format!("remove `keep: original`, or evaluate the rules before `{}`", lost.name)),
            );
            None
        }
    }
}

enum Carried {
    /// A plan of the rows with their source's in [`ORIGINAL`].
    Rows(LogicalPlan),
    /// Here they are no rows of a source any more.
    Lost(NodeId),
    /// Something before is at fault and was reported.
    Unknown,
}

/// Walks along first inputs and looks if a hidden column of the source comes through.
fn carried(cx: &Cx<'_>, job: &Job, edge: Edge) -> Carried {
    let node = job.node(edge.node);
    let Some(schema) = node.outputs.get(edge.port).and_then(|output| output.schema.clone()) else { return Carried::Unknown };
    match node.kind {
        Some(Kind::Source(_)) if edge.port == 0 => with_original(&schema, &schema),
        Some(Kind::Transform(def)) => {
            let Some(first) = node.inputs.first() else { return Carried::Unknown };
            let before = match carried(cx, job, *first) {
                Carried::Rows(plan) => plan,
                other => return other,
            };
            match def.lowering {
                Lowering::Quality if matches!(edge.port, port::PASSED | port::ORIGINAL | port::ROW_LEVEL) => {
                    let field = before.schema().fields().iter().find(|field| field.name() == ORIGINAL).cloned();
                    match field.as_ref().map(|field| field.data_type()) {
                        Some(DataType::Struct(fields)) => with_original(&schema, &Schema::new(fields.clone())),
                        _ => Carried::Lost(edge.node),
                    }
                }
                Lowering::Quality => Carried::Lost(edge.node),
                Lowering::Rows(lower) => {
                    let (Some(args), Some(mut inputs)) = (&node.args, stubs(job, edge.node)) else { return Carried::Unknown };
                    let Some(input) = inputs.first_mut() else { return Carried::Unknown };
                    input.plan = before;
                    // What there is to say of this node was said when it was checked.
                    let mut unheard = Sink::default();
                    let mut lowering =
                        LowerCx { engine: cx.engine, fates: NO_FATES, sink: &mut unheard, changes: Vec::new(), span: node.span };
                    match lower(&mut lowering, args, &inputs).ok().and_then(|plans| plans.into_iter().nth(edge.port)) {
                        None => Carried::Unknown,
                        Some(plan) if plan.schema().fields().iter().any(|field| field.name() == ORIGINAL) => Carried::Rows(plan),
                        Some(_) => Carried::Lost(edge.node),
                    }
                }
            }
        }
        Some(Kind::Source(_)) => Carried::Lost(edge.node),
        Some(Kind::Sink(_)) | None => Carried::Unknown,
    }
}

/// A stub of these columns and of the source's.
fn with_original(schema: &Schema, source: &Schema) -> Carried {
    let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(ORIGINAL, DataType::Struct(source.fields().clone()), true)));
    stub(Arc::new(Schema::new(fields))).map_or(Carried::Unknown, Carried::Rows)
}
