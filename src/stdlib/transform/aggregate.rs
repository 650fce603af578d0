//! `aggregate`: one row a group.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, Result};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, lit};

use super::shape::{is_reserved, named, quoted, type_of, unknown};
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

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> std::result::Result<Vec<LogicalPlan>, Reported> {
    let [input] = inputs else { return Err(cx.wrong_inputs()) };
    let plan = &input.plan;
    let mut names: Vec<&Text> = Vec::new();
    // `None` is a column of unknown type, because of a fault that was reported.
    let mut groups: Vec<(String, Option<Expr>)> = Vec::new();
    for item in args.list("group_by") {
        let (name, value, place) = match (item.record(), item.text()) {
            (Some(record), _) => {
                let (Some(name), Some(value)) = (record.text("as"), record.text("expression")) else { continue };
                let value = expr::expression(cx.engine, value.as_str(), &value.map, plan.schema(), cx.fates, cx.sink);
                (name.value.clone(), value.ok(), name)
            }
            (None, Some(column)) => {
                let Some(name) = cx.column(column, plan) else { continue };
                (name.clone(), Some(named(&name)), column)
            }
            (None, None) => continue,
        };
        if add_name(cx, &mut names, place) {
            groups.push((name, value));
        }
    }
    let mut aggregates: Vec<(String, Option<Expr>)> = Vec::new();
    for item in args.records("aggregations") {
        let (Some(function), Some(name)) = (item.text("function"), item.text("as")) else { continue };
        if !add_name(cx, &mut names, name) {
            continue;
        }
        aggregates.push((name.value.clone(), call(cx, item, function, plan)));
    }
    for field in plan.schema().fields().iter().filter(|field| !names.iter().any(|name| name.value == *field.name())) {
        let place = args.get("aggregations").map_or(args.span, |arg| arg.key);
        cx.dropped(field.name(), place);
    }
    let built = build(plan, &groups, &aggregates);
    Ok(vec![built.map_err(|error| cx.engine_fault(&error))?])
}

/// One row a group: the columns in the order written, those of unknown type as NULL.
fn build(plan: &LogicalPlan, groups: &[(String, Option<Expr>)], aggregates: &[(String, Option<Expr>)]) -> Result<LogicalPlan> {
    let keys = distinct(groups);
    let mut values = distinct(aggregates);
    if keys.is_empty() && values.is_empty() {
        values.push(datafusion::functions_aggregate::expr_fn::count(lit(1_i64)));
    }
    let builder = LogicalPlanBuilder::from(plan.clone()).aggregate(keys.clone(), values.clone())?;
    let columns = builder.schema().columns();
    let (of_keys, of_values) = columns.split_at(keys.len().min(columns.len()));
    let column = |known: &[Expr], columns: &[Column], value: &Option<Expr>| {
        let at = value.as_ref().and_then(|value| known.iter().position(|other| other == value));
        at.and_then(|at| columns.get(at)).map_or_else(unknown, |column| Expr::Column(column.clone()))
    };
    let groups = groups.iter().map(|(name, value)| column(&keys, of_keys, value).alias(name));
    let aggregates = aggregates.iter().map(|(name, value)| column(&values, of_values, value).alias(name));
    builder.project(groups.chain(aggregates).collect::<Vec<_>>())?.build()
}

/// The expressions, each once: the engine wants that, and two columns may say the same.
fn distinct(columns: &[(String, Option<Expr>)]) -> Vec<Expr> {
    let mut found: Vec<Expr> = Vec::new();
    for value in columns.iter().filter_map(|(_, value)| value.as_ref()) {
        if !found.contains(value) {
            found.push(value.clone());
        }
    }
    found
}

/// Whether a column of the output may have that name; if not, that is reported.
fn add_name<'t>(cx: &mut LowerCx<'_>, names: &mut Vec<&'t Text>, name: &'t Text) -> bool {
    if is_reserved(name.as_str()) {
        cx.reserved_name(name);
        return false;
    }
    if let Some(first) = names.iter().find(|other| other.value.eq_ignore_ascii_case(name.as_str())) {
        cx.same_name(name, first.span());
        return false;
    }
    names.push(name);
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
        cx.fault(missing.here("of which column?").help(format!("name it: `{{ function: {word}, column: …, as: … }}`")));
        return None;
    };
    let name = cx.column(column, plan)?;
    let data_type = type_of(plan, &name);
    if data_type == DataType::Null {
        return None;
    }
    if NUMERIC.contains(&word) && !super::window::numeric(cx, plan, &name, word, column) {
        return None;
    }
    let column_sql = quoted(&name);
    let sql = match word {
        "countDistinct" => format!("count(distinct {column_sql})"),
        "sumDistinct" => format!("sum(distinct {column_sql})"),
        "first" => format!("first_value({column_sql})"),
        "last" => format!("last_value({column_sql})"),
        // The middle of two whole numbers need not be one.
        "median" if data_type.is_integer() => format!("median(cast({column_sql} as double))"),
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
