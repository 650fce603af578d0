//! `select_fields`: some columns, in the order named.

use datafusion::logical_expr::LogicalPlan;

use super::shape::{named, project, visible};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::Reported;
use crate::spec::param::{Args, Param, ParamType};

pub(super) static SELECT_FIELDS: TransformDef = TransformDef {
    name: "select_fields",
    summary: "keeps the columns named, in that order",
    params: &[Param::required("fields", ParamType::OneOrMany(&ParamType::Column), "the columns that stay")],
    inputs: Arity::One,
    ports: &[],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("select_fields.md"),
};

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> Result<Vec<LogicalPlan>, Reported> {
    let [input] = inputs else { return Err(cx.wrong_inputs()) };
    let mut kept = cx.columns(args.texts("fields"), &input.plan);
    let mut seen = std::collections::BTreeSet::new();
    kept.retain(|name| seen.insert(name.clone()));
    let place = args.get("fields").map_or(args.span, |arg| arg.key);
    for name in visible(&input.plan).iter().filter(|name| !kept.contains(name)) {
        cx.dropped(name, place);
    }
    if kept.is_empty() {
        return Ok(vec![input.plan.clone()]);
    }
    let plan = project(&input.plan, kept.iter().map(|name| named(name)).collect());
    Ok(vec![plan.map_err(|error| cx.engine_fault(&error))?])
}
