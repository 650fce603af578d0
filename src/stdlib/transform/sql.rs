//! `sql`: a query over the inputs.

use datafusion::logical_expr::LogicalPlan;

use super::shape::{named, unqualified, visible};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::{Diagnostic, Reported, codes, suggest};
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::expr;

pub(super) static SQL: TransformDef = TransformDef {
    name: "sql",
    summary: "runs a query over its inputs, each a table of its node's name",
    params: &[
        Param::required("query", ParamType::Query, "one `select`"),
        Param::optional("aliases", ParamType::Map(&ParamType::Text), "other table names for inputs: `{name: node}`"),
    ],
    inputs: Arity::Some,
    ports: &[],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("sql.md"),
};

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> Result<Vec<LogicalPlan>, Reported> {
    let mut tables = Vec::new();
    for input in inputs {
        // Hidden columns do not survive a query: what it makes of rows is not known.
        let exprs = visible(&input.plan).iter().map(|name| named(name)).collect::<Vec<_>>();
        let plan = datafusion::logical_expr::LogicalPlanBuilder::from(input.plan.clone()).project(exprs).and_then(|b| b.build());
        tables.push((input.name.clone(), plan.map_err(|error| cx.engine_fault(&error))?));
    }
    for (alias, node) in args.map("aliases") {
        let Some(node) = node.text() else { continue };
        match tables.iter().find(|(name, _)| name == node.as_str()) {
            Some((_, plan)) => {
                let plan = plan.clone();
                tables.push((alias.value.clone(), plan));
            }
            None => {
                let names: Vec<_> = inputs.iter().map(|input| input.name.as_str()).collect();
                let unknown =
                    Diagnostic::new(&codes::expression::UNKNOWN_TABLE, node.span(), format!("`{node}` is no input of this node"));
                cx.sink.push(unknown.note(format!("the inputs here: {}", suggest::list(names.iter().copied(), 8))).suggest(
                    node.span(),
                    node.as_str(),
                    names.iter().copied(),
                ));
            }
        }
    }
    let query = args.text("query").ok_or_else(|| cx.wrong_inputs())?;
    let plan = expr::query(cx.engine, query.as_str(), &query.map, &tables, cx.sink)?;
    let mut names: Vec<_> = plan.schema().fields().iter().map(|field| field.name().clone()).collect();
    names.sort_unstable();
    if let Some(pair) = names.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(cx.duplicate_column(query.span(), &pair[0]));
    }
    Ok(vec![unqualified(plan).map_err(|error| cx.engine_fault(&error))?])
}
