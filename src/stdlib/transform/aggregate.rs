//! `aggregate`: one row a group.

use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit};

use super::shape::{is_reserved, named, quoted, unknown};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::{Diagnostic, Reported, codes};
use crate::source::Text;
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::expr;

pub(super) static AGGREGATE: TransformDef = TransformDef {
    name: "aggregate",
    summary: "makes one row of each group",
    params: &[
        Param::optional(
            "group_by",
            ParamType::OneOrMany(&ParamType::Either(&ParamType::Column, &ParamType::Record(GROUP))),
            "columns, or expressions with a name; left out: one row of all",
        ),
        Param::required(
            "aggregations",
            ParamType::OneOrMany(&ParamType::Record(AGGREGATION)),
            "the columns computed of each group",
        ),
    ],
    inputs: Arity::One,
    ports: &[],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("aggregate.md"),
};

static GROUP: &[Param] = &[
    Param::required("expression", ParamType::Expression, "what rows of a group have in common"),
    Param::required("as", ParamType::Text, "its name in the output"),
];

static AGGREGATION: &[Param] = &[
    Param::required("function", ParamType::OneOf(FUNCTIONS), "what is computed"),
    Param::optional("column", ParamType::Column, "of which column; left out with `count`: rows are counted"),
    Param::required("as", ParamType::Text, "its name in the output"),
];

static FUNCTIONS: &[&str] = &[
    "avg",
    "count",
    "countDistinct",
    "first",
    "last",
    "max",
    "median",
    "min",
    "stddev_pop",
    "stddev_samp",
    "sum",
    "sumDistinct",
    "var_pop",
    "var_samp",
];

const NUMERIC: &[&str] = &["avg", "median", "stddev_pop", "stddev_samp", "sum", "sumDistinct", "var_pop", "var_samp"];

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> Result<Vec<LogicalPlan>, Reported> {
    let [input] = inputs else { return Err(cx.wrong_inputs()) };
    let plan = &input.plan;
    let mut names: Vec<String> = Vec::new();
    let mut groups: Vec<(String, Expr)> = Vec::new();
    for item in args.list("group_by") {
        let (name, value, place) = match (item.record(), item.text()) {
            (Some(record), _) => {
                let (Some(name), Some(value)) = (record.text("as"), record.text("expression")) else { continue };
                let value = expr::expression(cx.engine, value.as_str(), &value.map, plan.schema(), cx.fates, cx.sink);
                (name.value.clone(), value.unwrap_or_else(|_| unknown()), name)
            }
            (None, Some(column)) => {
                let Some(name) = cx.column(column, plan) else { continue };
                (name.clone(), named(&name), column)
            }
            (None, None) => continue,
        };
        if add_name(cx, &mut names, &name, place) {
            groups.push((name, value));
        }
    }
    let mut aggregates: Vec<(String, Expr)> = Vec::new();
    for item in args.records("aggregations") {
        let (Some(function), Some(name)) = (item.text("function"), item.text("as")) else { continue };
        if !add_name(cx, &mut names, name.as_str(), name) {
            continue;
        }
        let value = call(cx, item, function, plan).unwrap_or_else(|| datafusion::functions_aggregate::expr_fn::max(unknown()));
        aggregates.push((name.value.clone(), value));
    }
    for field in plan.schema().fields().iter().filter(|field| !names.contains(field.name())) {
        let place = args.get("aggregations").map_or(args.span, |arg| arg.key);
        cx.dropped(field.name(), place);
    }
    let build = || {
        let keys: Vec<Expr> = groups.iter().map(|(_, value)| value.clone()).collect();
        let values: Vec<Expr> = aggregates.iter().map(|(_, value)| value.clone()).collect();
        let builder = LogicalPlanBuilder::from(plan.clone()).aggregate(keys, values)?;
        let schema = builder.schema().clone();
        // Columns are named by position: two of them can have the same expression.
        let all = groups.iter().chain(&aggregates).map(|(name, _)| name);
        let exprs: Vec<Expr> =
            schema.columns().into_iter().zip(all).map(|(column, name)| Expr::Column(column).alias(name)).collect();
        builder.project(exprs)?.build()
    };
    let built: datafusion::common::Result<LogicalPlan> = build();
    Ok(vec![built.map_err(|error| cx.engine_fault(&error))?])
}

fn add_name(cx: &mut LowerCx<'_>, names: &mut Vec<String>, name: &str, place: &Text) -> bool {
    if is_reserved(name) {
        cx.reserved_name(place);
        return false;
    }
    if names.iter().any(|other| other == name) {
        cx.duplicate_column(place.span(), name);
        return false;
    }
    names.push(name.to_owned());
    true
}

/// The aggregate, if its column is there and fits.
fn call(cx: &mut LowerCx<'_>, item: &Args, function: &Text, plan: &LogicalPlan) -> Option<Expr> {
    let word = function.as_str();
    let Some(column) = item.text("column") else {
        if word == "count" {
            return Some(datafusion::functions_aggregate::expr_fn::count(lit(1_i64)));
        }
        if item.misfit("column") {
            return None;
        }
        let missing =
            Diagnostic::new(&codes::expression::AGGREGATE_ARGUMENT, function.span(), format!("`{word}` needs a column"));
        cx.fault(missing.here("of which column?").help("add `column`"));
        return None;
    };
    let name = cx.column(column, plan)?;
    if NUMERIC.contains(&word) && !super::window::numeric(cx, plan, &name, word, column) {
        return None;
    }
    let column_sql = quoted(&name);
    let sql = match word {
        "countDistinct" => format!("count(distinct {column_sql})"),
        "sumDistinct" => format!("sum(distinct {column_sql})"),
        "first" => format!("first_value({column_sql})"),
        "last" => format!("last_value({column_sql})"),
        _ => format!("{word}({column_sql})"),
    };
    match cx.engine.create_logical_expr(&sql, plan.schema()) {
        Ok(expr) => Some(expr),
        Err(error) => {
            cx.fault(expr::engine_error(&error, "", &crate::source::EmbedMap::opaque(function.span())));
            None
        }
    }
}
