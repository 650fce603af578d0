//! `drop_fields`: all columns but some.

use datafusion::logical_expr::LogicalPlan;

use super::shape::{named, project, visible};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::{Diagnostic, Reported, codes};
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::expr;

pub(super) static DROP_FIELDS: TransformDef = TransformDef {
    name: "drop_fields",
    summary: "leaves out the columns named",
    params: &[Param::required("fields", ParamType::OneOrMany(&ParamType::Column), "the columns that go")],
    inputs: Arity::One,
    ports: &[],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("drop_fields.md"),
};

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> Result<Vec<LogicalPlan>, Reported> {
    let [input] = inputs else { return Err(cx.wrong_inputs()) };
    let mut kept = visible(&input.plan);
    for text in args.texts("fields") {
        match expr::column(input.plan.schema(), text.as_str()).map(str::to_owned) {
            Some(name) => {
                kept.retain(|other| *other != name);
                cx.dropped(&name, text.span());
            }
            None => cx.sink.push(expr::unknown_column(text.span(), text.as_str(), input.plan.schema(), cx.fates)),
        }
    }
    if kept.is_empty() {
        let place = args.get("fields").map_or(args.span, |arg| arg.key);
        let none = Diagnostic::new(&codes::expression::NO_COLUMNS_LEFT, place, "no column is left");
        return Err(cx.fault(none.here("leaves out every column of the input").help("keep at least one")));
    }
    let plan = project(&input.plan, kept.iter().map(|name| named(name)).collect());
    Ok(vec![plan.map_err(|error| cx.engine_fault(&error))?])
}
