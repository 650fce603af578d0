//! `window`: columns computed over the rows around each row.

use datafusion::common::Result;
use datafusion::logical_expr::utils::{find_window_exprs, group_window_expr_by_sort_keys};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::drop_duplicates::{ORDER_ITEM, order};
use super::shape::{has, is_reserved, named, quoted, type_of, visible};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::{Diagnostic, Reported, codes};
use crate::source::embed::Segment;
use crate::source::{EmbedMap, Text};
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::expr;
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
    let partition: Vec<_> = cx.columns(args.texts("partition_by"), plan).iter().map(|name| quoted(name)).collect();
    let order = order(cx, args, plan, false);
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
        let mut over = Vec::new();
        if !partition.is_empty() {
            over.push(format!("partition by {}", partition.join(", ")));
        }
        if !order.is_empty() {
            over.push(format!("order by {}", order.join(", ")));
        }
        if let Some(frame) = function.str("frame") {
            over.push(frame.to_owned());
        }
        let sql = format!("{call} over ({})", over.join(" "));
        match cx.engine.create_logical_expr(&sql, plan.schema()) {
            Ok(expr) => exprs.push((name.value.clone(), Some(expr))),
            Err(error) => {
                let map = function.text("frame").map_or_else(|| EmbedMap::opaque(word.span()), |frame| frame_map(&sql, frame));
                cx.fault(expr::engine_error(&error, &sql, &map));
                exprs.push((name.value.clone(), None));
            }
        }
    }
    let build = || {
        let known: Vec<Expr> = exprs.iter().filter_map(|(name, expr)| Some(expr.clone()?.alias(name))).collect();
        let mut plan = beside(plan.clone(), known)?;
        for (name, _) in exprs.iter().filter(|(_, expr)| expr.is_none()) {
            plan = super::shape::with_column(&plan, name, super::shape::unknown())?;
        }
        Ok(plan)
    };
    let whole: Result<LogicalPlan> = build();
    Ok(vec![whole.map_err(|error| cx.engine_fault(&error))?])
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
pub(super) fn beside(plan: LogicalPlan, exprs: Vec<Expr>) -> Result<LogicalPlan> {
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
