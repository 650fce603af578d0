//! `rename_field`: one column under another name.

use datafusion::logical_expr::LogicalPlan;

use super::shape::{has, named, project, unknown, visible, with_column};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::Reported;
use crate::spec::param::{Args, Param, ParamType};

pub(super) static RENAME_FIELD: TransformDef = TransformDef {
    name: "rename_field",
    summary: "gives a column another name",
    params: &[Param::required("from", ParamType::Column, "the column"), Param::required("to", ParamType::Text, "its new name")],
    inputs: Arity::One,
    ports: &[],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("rename_field.md"),
};

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> Result<Vec<LogicalPlan>, Reported> {
    let [input] = inputs else { return Err(cx.wrong_inputs()) };
    let (Some(from), Some(to)) = (args.text("from"), args.text("to")) else { return Ok(vec![input.plan.clone()]) };
    let names = visible(&input.plan);
    let Some(from) = cx.column(from, &input.plan) else {
        // The new name is there for the nodes below.
        let plan = with_column(&input.plan, to.as_str(), unknown()).map_err(|error| cx.engine_fault(&error))?;
        return Ok(vec![plan]);
    };
    if !from.eq_ignore_ascii_case(to.as_str()) && has(&names, to.as_str()) {
        cx.duplicate_column(to.span(), to.as_str());
        return Ok(vec![input.plan.clone()]);
    }
    cx.renamed(&from, to.as_str(), to.span());
    let exprs = names.iter().map(|name| if *name == from { named(name).alias(to.as_str()) } else { named(name) }).collect();
    Ok(vec![project(&input.plan, exprs).map_err(|error| cx.engine_fault(&error))?])
}
