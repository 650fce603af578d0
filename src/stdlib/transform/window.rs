//! `window`: columns computed over the rows around each row.

use std::sync::Arc;

use datafusion::common::Result;
use datafusion::logical_expr::utils::{find_window_exprs, group_window_expr_by_sort_keys};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder};

use super::drop_duplicates::{ORDER_ITEM, order};
use super::shape::{has, is_reserved, named, quoted, type_of, visible};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::{Diagnostic, Reported, codes};
use crate::source::embed::Segment;
use crate::source::{EmbedMap, Text};
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::expr;
use crate::stdlib::node::OrderBy;
use crate::stdlib::node::running::{Function, FunctionKind, Running};
use crate::stdlib::types::type_name;

pub(super) static WINDOW: TransformDef = TransformDef {
    name: "window",
    summary: "adds columns computed over the rows around each row: running sums, ranks, earlier values",
    params: &[
        Param::optional("partition_by", ParamType::OneOrMany(&ParamType::Column), "rows of equal values are looked at together"),
        Param::optional("order_by", ParamType::OneOrMany(ORDER_ITEM), "their order"),
        Param::required("functions", ParamType::OneOrMany(&ParamType::Record(FUNCTION)), "the columns to add"),
    ],
    inputs: Arity::One,
    ports: &[],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("window.md"),
};

static FUNCTION: &[Param] = &[
    Param::required("function", ParamType::OneOf(FUNCTIONS), "what is computed"),
    Param::optional("column", ParamType::Column, "of which column"),
    Param::required("as", ParamType::Text, "the new column's name"),
    Param::default("offset", ParamType::Int { min: 1, max: 1_000_000 }, "1", "for lag and lead: how many rows away"),
    Param::optional("buckets", ParamType::Int { min: 1, max: 1_000_000 }, "for ntile: how many buckets"),
    Param::optional(
        "frame",
        ParamType::Text,
        "which rows count, as in SQL: `rows between 2 preceding and current row`; else up to the current row's equals",
    ),
];

static FUNCTIONS: &[&str] = &[
    "sum",
    "avg",
    "count",
    "min",
    "max",
    "first_value",
    "last_value",
    "stddev",
    "lag",
    "lead",
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
];

/// Functions that take no column.
const BARE: &[&str] = &["row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile"];
/// Functions that say nothing of rows without an order. Spark does not run them without one either.
const ORDERED: &[&str] = &["row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead"];
/// Functions of numbers only.
const NUMERIC: &[&str] = &["sum", "avg", "stddev"];

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> std::result::Result<Vec<LogicalPlan>, Reported> {
    let [input] = inputs else { return Err(cx.wrong_inputs()) };
    let plan = &input.plan;
    let keys = cx.columns(args.texts("partition_by"), plan);
    let order = order(cx, args, plan, false);
    let over = over(&keys, &order);
    let names = visible(plan);
    let mut own: Vec<&Text> = Vec::new();
    let mut exprs = Vec::new();
    for function in args.records("functions") {
        let (Some(word), Some(name)) = (function.text("function"), function.text("as")) else { continue };
        if !free(cx, &names, &own, name) {
            continue;
        }
        own.push(name);
        if args.get("order_by").is_none() && ORDERED.contains(&word.as_str()) {
            let missing = Diagnostic::new(&codes::expression::MISSING_ORDER, word.span(), format!("`{word}` needs an order"));
            cx.fault(missing.here("by what?").help("add `order_by`, the columns that put the rows in order"));
        }
        let Some(call) = call(cx, function, word, plan) else {
            exprs.push((name.value.clone(), None));
            continue;
        };
        let frame = function.str("frame").unwrap_or_default();
        let sql = format!("{call} over ({over}{frame})");
        match cx.engine.create_logical_expr(&sql, plan.schema()) {
            Ok(expr) => {
                let own = if keys.is_empty() { None } else { computed(function, &expr, plan, name.as_str()) };
                exprs.push((name.value.clone(), Some(own.map_or(Column::Engine(expr), Column::Own))));
            }
            Err(error) => {
                let map = function.text("frame").map_or_else(|| EmbedMap::opaque(word.span()), |frame| frame_map(&sql, frame));
                cx.fault(expr::engine_error(&error, &sql, &map));
                exprs.push((name.value.clone(), None));
            }
        }
    }
    let built = build(plan, keys, order, exprs);
    Ok(vec![built.map_err(|error| cx.engine_fault(&error))?])
}

/// How a column is computed.
enum Column {
    /// By an operator of ours, which leaves rows where they are.
    Own(Function),
    /// By the engine's windows, over sorted rows.
    Engine(Expr),
}

/// The input with a column for each name; `None` is a column of unknown type, because of a fault that was reported.
fn build(
    plan: &LogicalPlan,
    keys: Vec<String>,
    order: Vec<OrderBy>,
    columns: Vec<(String, Option<Column>)>,
) -> Result<LogicalPlan> {
    let names: Vec<String> = columns.iter().map(|(name, _)| name.clone()).collect();
    let before: Vec<Expr> = plan.schema().fields().iter().map(|field| named(field.name())).collect();
    let (mut own, mut engine, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for (name, column) in columns {
        match column {
            Some(Column::Own(function)) => own.push(function),
            Some(Column::Engine(expr)) => engine.push(expr.alias(name)),
            None => unknown.push(super::shape::unknown().alias(name)),
        }
    }
    let is_mixed = [own.is_empty(), engine.is_empty(), unknown.is_empty()].iter().filter(|empty| !**empty).count() > 1;
    let mut built = plan.clone();
    if !own.is_empty() {
        built = Running::plan(built, keys, order, own)?;
    }
    built = beside(built, engine)?;
    if !unknown.is_empty() {
        let all: Vec<Expr> = built.schema().fields().iter().map(|field| named(field.name())).collect();
        built = LogicalPlanBuilder::from(built).project(all.into_iter().chain(unknown).collect::<Vec<_>>())?.build()?;
    }
    if is_mixed {
        let all: Vec<Expr> = before.into_iter().chain(names.iter().map(|name| named(name))).collect();
        built = LogicalPlanBuilder::from(built).project(all)?.build()?;
    }
    Ok(built)
}

/// The part of a window that all functions share, as SQL. NULL is the smallest value, as in Spark.
fn over(keys: &[String], order: &[OrderBy]) -> String {
    let keys: Vec<_> = keys.iter().map(|name| quoted(name)).collect();
    let place = |by: &OrderBy| if by.ascending { "asc nulls first" } else { "desc nulls last" };
    let order: Vec<_> = order.iter().map(|by| format!("{} {}", quoted(&by.column), place(by))).collect();
    let mut over = String::new();
    if !keys.is_empty() {
        over += &format!("partition by {} ", keys.join(", "));
    }
    if !order.is_empty() {
        over += &format!("order by {} ", order.join(", "));
    }
    over
}

/// The function as our operator computes it, if it can. Name and type are those of the engine's.
fn computed(function: &Args, expr: &Expr, plan: &LogicalPlan, name: &str) -> Option<Function> {
    let count = |setting: &str| usize::try_from(function.int(setting).unwrap_or(1)).ok();
    let kind = match function.text("function")?.as_str() {
        "row_number" => FunctionKind::RowNumber,
        "rank" => FunctionKind::Rank,
        "dense_rank" => FunctionKind::DenseRank,
        "percent_rank" => FunctionKind::PercentRank,
        "cume_dist" => FunctionKind::CumeDist,
        "ntile" => FunctionKind::Ntile(count("buckets")?),
        "lag" => FunctionKind::Lag(count("offset")?),
        "lead" => FunctionKind::Lead(count("offset")?),
        // These look at a frame, and there is one written.
        _ if function.get("frame").is_some() => return None,
        "sum" => FunctionKind::Sum,
        "avg" => FunctionKind::Avg,
        "count" => FunctionKind::Count,
        "min" => FunctionKind::Min,
        "max" => FunctionKind::Max,
        "first_value" => FunctionKind::First,
        "last_value" => FunctionKind::Last,
        _ => return None,
    };
    let argument = function.text("column").and_then(|column| expr::column(plan.schema(), column.as_str())).map(str::to_owned);
    let of = argument.as_ref().map(|name| type_of(plan, name));
    let (_, field) = expr.to_field(plan.schema()).ok()?;
    let field = Arc::new(field.as_ref().clone().with_name(name));
    kind.is_computed(of.as_ref(), field.data_type()).then_some(Function { kind, argument, field })
}

/// Whether a column may have that name; if not, that is reported.
fn free(cx: &mut LowerCx<'_>, input: &[String], own: &[&Text], name: &Text) -> bool {
    if is_reserved(name.as_str()) {
        cx.reserved_name(name);
    } else if has(input, name.as_str()) {
        cx.duplicate_column(name.span(), name.as_str());
    } else if let Some(first) = own.iter().find(|other| other.value.eq_ignore_ascii_case(name.as_str())) {
        cx.same_name(name, first.span());
    } else {
        return true;
    }
    false
}

/// Where the frame of a call stands in the file. What is wrong with the rest of `sql` is shown at the frame too.
fn frame_map(sql: &str, frame: &Text) -> EmbedMap {
    let start = sql.rfind(frame.as_str()).and_then(|at| u32::try_from(at).ok());
    let (Some(embedded), true) = (start, frame.map.is_exact()) else { return EmbedMap::opaque(frame.span()) };
    let span = frame.span();
    EmbedMap::segmented(span, vec![Segment { embedded, file: span.start, len: span.end - span.start, solid: false }])
}

/// The call as SQL, if its column is there and fits.
fn call(cx: &mut LowerCx<'_>, function: &Args, word: &Text, plan: &LogicalPlan) -> Option<String> {
    let name = word.as_str();
    if BARE.contains(&name) {
        if let Some(column) = function.get("column") {
            let wrong = Diagnostic::new(&codes::expression::AGGREGATE_ARGUMENT, column.span, format!("`{name}` takes no column"));
            cx.fault(wrong.here("not used").help("leave `column` out"));
        }
        if name == "ntile" {
            let Some(buckets) = function.int("buckets") else {
                if function.misfit("buckets") {
                    return None;
                }
                let missing = Diagnostic::new(&codes::expression::AGGREGATE_ARGUMENT, word.span(), "`ntile` needs `buckets`");
                cx.fault(missing.here("into how many?").help("add `buckets: 4`"));
                return None;
            };
            return Some(format!("ntile({buckets})"));
        }
        return Some(format!("{name}()"));
    }
    let Some(column) = function.text("column") else {
        if name == "count" {
            return Some("count(1)".to_owned());
        }
        if function.misfit("column") {
            return None;
        }
        let missing = Diagnostic::new(&codes::expression::AGGREGATE_ARGUMENT, word.span(), format!("`{name}` needs a column"));
        cx.fault(missing.here("of which column?").help(format!("name it: `{{ function: {name}, column: …, as: … }}`")));
        return None;
    };
    let column_name = cx.column(column, plan)?;
    if type_of(plan, &column_name).is_null() {
        return None;
    }
    if NUMERIC.contains(&name) && !numeric(cx, plan, &column_name, name, column) {
        return None;
    }
    let quoted = quoted(&column_name);
    Some(match name {
        "lag" | "lead" => format!("{name}({quoted}, {})", function.int("offset").unwrap_or(1)),
        _ => format!("{name}({quoted})"),
    })
}

/// Whether a column is a number; if not, that is reported.
pub(super) fn numeric(cx: &mut LowerCx<'_>, plan: &LogicalPlan, column: &str, function: &str, place: &Text) -> bool {
    let data_type = type_of(plan, column);
    if data_type.is_numeric() || data_type.is_null() {
        return true;
    }
    let word = type_name(&data_type);
    let message = format!("`{function}` needs a number, `{column}` is `{word}`");
    let wrong = Diagnostic::new(&codes::expression::AGGREGATE_ARGUMENT, place.span(), message);
    cx.fault(wrong.here(format!("`{word}`")).help("cast it before, with `apply_mapping`"));
    false
}

/// The plan with window expressions as columns beside its own. Expressions of one order share a sort.
fn beside(plan: LogicalPlan, exprs: Vec<Expr>) -> Result<LogicalPlan> {
    if exprs.is_empty() {
        return Ok(plan);
    }
    let own: Vec<Expr> = plan.schema().fields().iter().map(|field| named(field.name())).collect();
    let windows = find_window_exprs(&exprs);
    let mut builder = LogicalPlanBuilder::from(plan);
    for (_, group) in group_window_expr_by_sort_keys(windows)? {
        builder = builder.window(group)?;
    }
    builder.project(own.into_iter().chain(exprs).collect::<Vec<_>>())?.build()
}
