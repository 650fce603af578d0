//! `drop_duplicates`: one row a key.

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

use super::shape::visible;
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::{Diagnostic, Reported, codes};
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::expr::is_hidden;
use crate::stdlib::node::OrderBy;
use crate::stdlib::node::keep::Keep;

pub(super) static DROP_DUPLICATES: TransformDef = TransformDef {
    name: "drop_duplicates",
    summary: "keeps one row per key",
    params: &[
        Param::optional("columns", ParamType::OneOrMany(&ParamType::Column), "the columns that make a key; all if left out"),
        Param::optional("keep", ParamType::OneOf(&["first", "last"]), "which row of a key stays, by `order_by`"),
        Param::optional("order_by", ParamType::OneOrMany(ORDER_ITEM), "the order of the rows of a key"),
    ],
    inputs: Arity::One,
    ports: &[],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("drop_duplicates.md"),
};

/// An item of an `order_by`: a column, or a column with a direction.
pub(super) static ORDER_ITEM: &ParamType = &ParamType::Either(&ParamType::Column, &ParamType::Record(ORDER));

static ORDER: &[Param] = &[
    Param::required("column", ParamType::Column, "the column"),
    Param::default("direction", ParamType::OneOf(&["asc", "desc"]), "asc", "smallest first, or greatest first"),
];

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> Result<Vec<LogicalPlan>, Reported> {
    let [input] = inputs else { return Err(cx.wrong_inputs()) };
    let plan = &input.plan;
    let written = args.get("columns").is_some();
    let columns = if written { cx.columns(args.texts("columns"), plan) } else { visible(plan) };
    let order = order(cx, args, plan, args.str("keep") == Some("last"));
    match (args.get("keep"), args.get("order_by")) {
        (Some(keep), None) if !args.misfit("order_by") => {
            let missing = Diagnostic::new(&codes::expression::MISSING_ORDER, keep.span, "`keep` needs an order");
            cx.fault(
                missing.here("first or last by what?").help("add `order_by`, the columns that put the rows of a key in order"),
            );
        }
        (None, Some(order)) if !args.misfit("keep") => {
            let missing = Diagnostic::new(&codes::expression::MISSING_ORDER, order.key, "`order_by` needs `keep`");
            cx.fault(missing.here("which end of this order stays?").help("add `keep: first` or `keep: last`"));
        }
        _ => {}
    }
    if columns.is_empty() {
        return Ok(vec![plan.clone()]);
    }
    let hidden = plan.schema().fields().iter().any(|field| is_hidden(field.name()));
    let whole = visible(plan).iter().all(|name| columns.contains(name));
    let built = if whole && !hidden {
        LogicalPlanBuilder::from(plan.clone()).distinct().and_then(LogicalPlanBuilder::build)
    } else {
        Ok(Keep::plan(plan.clone(), columns, order))
    };
    Ok(vec![built.map_err(|error| cx.engine_fault(&error))?])
}

/// `order_by`, reversed if asked.
pub(super) fn order(cx: &mut LowerCx<'_>, args: &Args, plan: &LogicalPlan, reversed: bool) -> Vec<OrderBy> {
    let mut order = Vec::new();
    for item in args.list("order_by") {
        let (column, direction) = match item.record() {
            Some(record) => (record.text("column"), record.str("direction")),
            None => (item.text(), None),
        };
        let Some(column) = column.and_then(|column| cx.column(column, plan)) else { continue };
        order.push(OrderBy { column, ascending: (direction != Some("desc")) != reversed });
    }
    order
}
