//! `sql`: a query over the inputs.

use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};

use super::shape::{has, named, unqualified, visible};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::{Diagnostic, Reported, codes, suggest};
use crate::source::Text;
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
    let mut tables: Vec<(String, LogicalPlan)> = Vec::new();
    let mut aliased: Vec<&str> = Vec::new();
    let plans = plans(cx, inputs)?;
    for (alias, node) in args.map("aliases") {
        let Some(node) = node.text() else { continue };
        // `node` alone is the one input that comes from it.
        let by_name = || inputs.iter().position(|input| input.name == node.value && alone(inputs, input));
        match inputs.iter().position(|input| input.output == node.value).or_else(by_name) {
            Some(at) => {
                aliased.push(&inputs[at].output);
                tables.push((alias.value.clone(), plans[at].clone()));
            }
            None => cx.sink.push(no_input(node, inputs)),
        }
    }
    for (input, plan) in inputs.iter().zip(plans) {
        if alone(inputs, input) {
            tables.push((input.name.clone(), plan));
        } else if !aliased.contains(&input.output.as_str()) {
            return Err(cx.fault(one_name(input, inputs)));
        }
    }
    let query = args.text("query").ok_or_else(|| cx.wrong_inputs())?;
    let plan = expr::query(cx.engine, query.as_str(), &query.map, &tables, cx.fates, cx.sink)?;
    let names: Vec<_> = plan.schema().fields().iter().map(|field| field.name().clone()).collect();
    if let Some((_, name)) = names.iter().enumerate().find(|(at, name)| has(&names[..*at], name)) {
        return Err(cx.fault(twice(query, name)));
    }
    let place = args.get("query").map_or(args.span, |arg| arg.key);
    let mut gone: Vec<String> = Vec::new();
    for column in inputs.iter().flat_map(|input| visible(&input.plan)) {
        if !has(&names, &column) && !has(&gone, &column) {
            gone.push(column);
        }
    }
    for column in &gone {
        cx.dropped(column, place);
    }
    Ok(vec![unqualified(plan).map_err(|error| cx.engine_fault(&error))?])
}

/// The inputs without hidden columns: what a query makes of rows is not known, so their places in files end here.
fn plans(cx: &mut LowerCx<'_>, inputs: &[Input]) -> Result<Vec<LogicalPlan>, Reported> {
    let plan = |input: &Input| {
        let exprs = visible(&input.plan).iter().map(|name| named(name)).collect::<Vec<_>>();
        LogicalPlanBuilder::from(input.plan.clone()).project(exprs).and_then(LogicalPlanBuilder::build)
    };
    inputs.iter().map(|input| plan(input).map_err(|error| cx.engine_fault(&error))).collect()
}

/// Whether no other input comes from the same node.
fn alone(inputs: &[Input], input: &Input) -> bool {
    inputs.iter().filter(|other| other.name == input.name).count() == 1
}

fn no_input(node: &Text, inputs: &[Input]) -> Diagnostic {
    let names: Vec<_> = inputs.iter().map(|input| input.output.as_str()).collect();
    Diagnostic::new(&codes::expression::UNKNOWN_TABLE, node.span(), format!("`{node}` is no input of this node"))
        .here("not among its `inputs`")
        .note(format!("the inputs here: {}", suggest::list(names.iter().copied(), 8)))
        .suggest(node.span(), node.as_str(), names.iter().copied())
}

/// Two outputs of one node, both of which would be the table of its name.
fn one_name(input: &Input, inputs: &[Input]) -> Diagnostic {
    let same = inputs.iter().filter(|other| other.name == input.name);
    let (outputs, aliases): (Vec<_>, Vec<_>) =
        same.map(|other| (other.output.as_str(), format!("{}: {}", other.output.replace('.', "_"), other.output))).unzip();
    let message = format!("{} would be one table `{}`", suggest::list(outputs, 4), input.name);
    Diagnostic::new(&codes::expression::UNKNOWN_TABLE, input.span, message)
        .here("has no table name of its own")
        .help(format!("give each a name: `aliases: {{ {} }}`", aliases.join(", ")))
}

/// Columns of one name that a `*` brings.
fn twice(query: &Text, name: &str) -> Diagnostic {
    let sql = query.as_str();
    let star = sql.match_indices('*').map(|(at, _)| at).find(|at| {
        let before = sql[..*at].trim_end().to_lowercase();
        before.ends_with("select") || before.ends_with(',') || before.ends_with('.')
    });
    let place = star.map_or(query.span(), |at| query.map.span(at, at + 1));
    Diagnostic::new(&codes::expression::DUPLICATE_COLUMN, place, format!("column `{name}` would be there twice"))
        .here(format!("more than one table has `{name}`"))
        .help(format!("name the columns one by one, or `join … using ({name})` if it is the key"))
}
