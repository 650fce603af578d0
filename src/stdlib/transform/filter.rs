//! `filter`: rows for which a condition is true.

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

use super::{Arity, Input, LowerCx, Lowering, Port, TransformDef};
use crate::diag::Reported;
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::expr;

pub(super) static FILTER: TransformDef = TransformDef {
    name: "filter",
    summary: "keeps the rows for which a condition is true",
    params: &[Param::required("condition", ParamType::Expression, "what must be true of a row that stays")],
    inputs: Arity::One,
    ports: &[
        Port { name: "matched", summary: "rows for which the condition is true" },
        Port { name: "rest", summary: "all other rows: the condition is false or NULL" },
    ],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("filter.md"),
};

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> Result<Vec<LogicalPlan>, Reported> {
    let [input] = inputs else { return Err(cx.wrong_inputs()) };
    let plan = &input.plan;
    let Some(condition) = args.text("condition") else { return Ok(vec![plan.clone(), plan.clone()]) };
    let parsed = expr::predicate(cx.engine, condition.as_str(), &condition.map, plan.schema(), cx.fates, cx.sink);
    // A fault in the condition leaves the columns as they are.
    let Ok(condition) = parsed else { return Ok(vec![plan.clone(), plan.clone()]) };
    let build = |predicate| LogicalPlanBuilder::from(plan.clone()).filter(predicate)?.build();
    // IS NOT TRUE, so that a row whose condition is NULL is in `rest` and not lost.
    build(condition.clone())
        .and_then(|matched| Ok(vec![matched, build(condition.is_not_true())?]))
        .map_err(|error| cx.engine_fault(&error))
}
