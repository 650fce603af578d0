//! `derived_column`: columns computed from others.

use datafusion::logical_expr::LogicalPlan;

use super::shape::{is_reserved, unknown, with_column};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::Reported;
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::expr;

pub(super) static DERIVED_COLUMN: TransformDef = TransformDef {
    name: "derived_column",
    summary: "adds or replaces columns by expressions",
    params: &[Param::required(
        "columns",
        ParamType::OneOrMany(&ParamType::Record(COLUMN)),
        "the columns; one may use those before it",
    )],
    inputs: Arity::One,
    ports: &[],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("derived_column.md"),
};

static COLUMN: &[Param] = &[
    Param::required("name", ParamType::Text, "the column's name"),
    Param::required("expression", ParamType::Expression, "its value"),
];

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> Result<Vec<LogicalPlan>, Reported> {
    let [input] = inputs else { return Err(cx.wrong_inputs()) };
    let mut plan = input.plan.clone();
    for column in args.records("columns") {
        let (Some(name), Some(value)) = (column.text("name"), column.text("expression")) else { continue };
        if is_reserved(name.as_str()) {
            cx.reserved_name(name);
            continue;
        }
        // A fault in one expression leaves a column of unknown type, so that what uses it is not reported as well.
        let value = expr::expression(cx.engine, value.as_str(), &value.map, plan.schema(), cx.fates, cx.sink)
            .unwrap_or_else(|_| unknown());
        plan = with_column(&plan, name.as_str(), value).map_err(|error| cx.engine_fault(&error))?;
    }
    Ok(vec![plan])
}
