//! `filter`: rows for which a condition is true.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;

use super::{Arity, Input, LowerCx, Lowering, Port, TransformDef};
use crate::diag::{Diagnostic, Reported, Sink, codes};
use crate::source::Text;
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
    let before = cx.sink.len();
    let parsed = expr::predicate(cx.engine, condition.as_str(), &condition.map, plan.schema(), cx.fates, cx.sink);
    // A fault in the condition leaves the columns as they are.
    let Ok(parsed) = parsed else { return Ok(vec![plan.clone(), plan.clone()]) };
    // If something was said of it already, that is the reason.
    if cx.sink.len() == before {
        constant(condition, &parsed, plan, cx.sink);
    }
    let build = |predicate| LogicalPlanBuilder::from(plan.clone()).filter(predicate)?.build();
    // IS NOT TRUE, so that a row whose condition is NULL is in `rest` and not lost.
    build(parsed.clone())
        .and_then(|matched| Ok(vec![matched, build(parsed.is_not_true())?]))
        .map_err(|error| cx.engine_fault(&error))
}

/// Warns of a condition that says the same of every row.
fn constant(written: &Text, condition: &Expr, plan: &LogicalPlan, sink: &mut Sink) {
    let context = SimplifyContext::builder().with_schema(Arc::clone(plan.schema())).build();
    let value = match ExprSimplifier::new(context).simplify(condition.clone()) {
        Ok(Expr::Literal(ScalarValue::Boolean(value), _)) => value,
        Ok(Expr::Literal(ScalarValue::Null, _)) => None,
        // What cannot be evaluated here is a matter of the run.
        Ok(_) | Err(_) => return,
    };
    let (what, here, help) = match value {
        Some(true) => {
            ("always true", "every row goes to `matched`, none to `rest`", "remove the node, or say what is to be left out")
        }
        Some(false) => ("never true", "no row goes to `matched`", "say which rows are to stay"),
        None => (
            "never true: it is NULL for every row",
            "no row goes to `matched`",
            "compare with NULL by `is null` or `is not null`",
        ),
    };
    let constant = Diagnostic::new(&codes::lint::CONSTANT_CONDITION, written.map.whole(), format!("the condition is {what}"));
    let constant = constant.here(here).help(help);
    sink.push(if written.as_str().contains('"') {
        constant.note("what stands in double quotes is a text, as in Spark; names stand in backticks")
    } else {
        constant
    });
}
