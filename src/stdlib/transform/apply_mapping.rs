//! `apply_mapping`: the columns of the output, each from one of the input, under a name and of a type.

use datafusion::arrow::compute::can_cast_types;
use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{LogicalPlan, TryCast};
use datafusion::prelude::Expr;

use super::shape::{has, is_reserved, named, project, type_of, unknown, visible};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::{Diagnostic, Reported, codes};
use crate::source::{Span, Text};
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::types::{self, type_name};

pub(super) static APPLY_MAPPING: TransformDef = TransformDef {
    name: "apply_mapping",
    summary: "renames, casts and selects columns by a list of mappings",
    params: &[
        Param::required("mappings", ParamType::OneOrMany(&ParamType::Record(MAPPING)), "the columns of the output, in order"),
        Param::default("keep_unmapped", ParamType::Bool, "false", "whether columns that no mapping names stay, after the others"),
    ],
    inputs: Arity::One,
    ports: &[],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("apply_mapping.md"),
};

static MAPPING: &[Param] = &[
    Param::required("from", ParamType::Column, "the column of the input"),
    Param::optional("from_type", ParamType::DataType, "the type it is expected to have; checked"),
    Param::required("to", ParamType::Text, "its name in the output"),
    Param::optional("type", ParamType::DataType, "its type in the output; a value that cannot be cast becomes NULL, as in Glue"),
];

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> Result<Vec<LogicalPlan>, Reported> {
    let [input] = inputs else { return Err(cx.wrong_inputs()) };
    let mut exprs: Vec<Expr> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    let mut places: Vec<Span> = Vec::new();
    let mut used: Vec<String> = Vec::new();
    for mapping in args.records("mappings") {
        let (Some(from), Some(to)) = (mapping.text("from"), mapping.text("to")) else { continue };
        let wanted = mapping.text("type").map(|word| types::data_type(word, cx.sink));
        let value = match cx.column(from, &input.plan) {
            Some(column) => {
                let have = type_of(&input.plan, &column);
                expect_type(cx, mapping.text("from_type"), &column, &have);
                if column != to.value {
                    cx.renamed(&column, to.as_str(), to.span());
                }
                used.push(column.clone());
                match (&wanted, mapping.text("type")) {
                    (Some(Some(target)), Some(word)) => cast(cx, &column, &have, target, word),
                    (Some(None), _) => unknown(),
                    _ => named(&column),
                }
            }
            // The column is there for the nodes below, of the type that was asked for.
            None => match wanted {
                Some(Some(target)) => Expr::TryCast(TryCast::new(Box::new(unknown()), target)),
                _ => unknown(),
            },
        };
        if is_reserved(to.as_str()) {
            cx.reserved_name(to);
        } else if let Some(first) = names.iter().position(|name| name.eq_ignore_ascii_case(to.as_str())) {
            cx.same_name(to, places[first]);
        } else {
            names.push(to.value.clone());
            places.push(to.span());
            exprs.push(value.alias(to.as_str()));
        }
    }
    let rest: Vec<String> = visible(&input.plan).into_iter().filter(|name| !used.contains(name)).collect();
    let place = args.get("mappings").map_or(args.span, |arg| arg.key);
    for name in rest {
        if !args.flag("keep_unmapped") {
            cx.dropped(&name, place);
        } else if !has(&names, &name) {
            exprs.push(named(&name));
        }
    }
    if exprs.is_empty() {
        return Ok(vec![input.plan.clone()]);
    }
    Ok(vec![project(&input.plan, exprs).map_err(|error| cx.engine_fault(&error))?])
}

/// `from_type` says what the author believes of the input; a wrong belief is worth a word.
fn expect_type(cx: &mut LowerCx<'_>, word: Option<&Text>, column: &str, have: &DataType) {
    let Some(word) = word else { return };
    let Some(expected) = types::data_type(word, cx.sink) else { return };
    if *have == DataType::Null || type_name(&expected) == type_name(have) {
        return;
    }
    let message = format!("`{column}` is of type `{}`, not `{}`", type_name(have), type_name(&expected));
    let wrong = Diagnostic::new(&codes::expression::TYPE_MISMATCH, word.span(), message);
    cx.fault(wrong.here(format!("it is `{}`", type_name(have))).fix(
        format!("replace with `{}`", type_name(have)),
        word.span(),
        type_name(have),
        crate::diag::Safety::Unsafe,
    ));
}

/// A cast that gives NULL for a value it cannot take; a cast that loses something is said.
fn cast(cx: &mut LowerCx<'_>, column: &str, have: &DataType, target: &DataType, word: &Text) -> Expr {
    if have == target || type_name(have) == type_name(target) {
        return named(column);
    }
    let (from, to) = (type_name(have), type_name(target));
    if *have != DataType::Null && (!can_cast_types(have, target) || senseless(have, target)) {
        let impossible =
            Diagnostic::new(&codes::expression::IMPOSSIBLE_CAST, word.span(), format!("`{from}` cannot be cast to `{to}`"));
        cx.fault(
            impossible.here(format!("the column is `{from}`")).help("leave `type` out, or derive the column by an expression"),
        );
        return Expr::TryCast(TryCast::new(Box::new(unknown()), target.clone()));
    }
    if let Some(loss) = loss(have, target) {
        let lossy =
            Diagnostic::new(&codes::expression::LOSSY_CAST, word.span(), format!("casting `{from}` to `{to}` can lose values"));
        cx.sink.push(lossy.here(loss).help(meant(column, have, target)));
    }
    Expr::TryCast(TryCast::new(Box::new(named(column)), target.clone()))
}

/// Casts that the engine would do and that no one means.
fn senseless(have: &DataType, target: &DataType) -> bool {
    let temporal = |t: &DataType| matches!(t, DataType::Date32 | DataType::Timestamp(_, _));
    let boolean = |t: &DataType| matches!(t, DataType::Boolean);
    (temporal(have) && (boolean(target) || target.is_floating()))
        || (boolean(have) && temporal(target))
        // It would be a list of one.
        || (target.is_nested() && !have.is_nested())
}

/// How a cast is written that is meant to lose something.
fn meant(column: &str, have: &DataType, target: &DataType) -> String {
    let word = type_name(target);
    let value = match (have, target) {
        (DataType::Timestamp(_, _), DataType::Date32) => {
            return format!("where that is meant, a `derived_column` says so: `cast({column} as date)`");
        }
        (from, to) if to.is_integer() && !from.is_integer() => format!("cast(round({column}) as {word})"),
        (_, DataType::Boolean) => format!("{column} <> 0"),
        _ => format!("cast({column} as {word})"),
    };
    format!("use a wider type; where the loss is meant, a `derived_column` says so: `{value}`")
}

/// What a cast between types can lose; `None` if nothing, or if the source is text (it is parsed).
fn loss(have: &DataType, target: &DataType) -> Option<&'static str> {
    use DataType::{Boolean, Date32, Decimal128, Float32, Float64, Timestamp};
    let bits = |t: &DataType| if t.is_integer() { t.primitive_width().map(|bytes| bytes * 8) } else { None };
    match (have, target) {
        (Timestamp(_, _), Date32) => Some("the time of day is cut off"),
        (Float64, Float32) => Some("digits are cut off"),
        (from, to) if from.is_floating() && to.is_integer() => Some("fractions are cut off, values out of range become NULL"),
        (Decimal128(_, scale), to) if to.is_integer() && *scale > 0 => {
            Some("fractions are cut off, values out of range become NULL")
        }
        (from, Decimal128(_, _)) if from.is_floating() => Some("values are rounded, values out of range become NULL"),
        (Decimal128(p1, s1), Decimal128(p2, s2))
            if s2 < s1 || i16::from(*p2) - i16::from(*s2) < i16::from(*p1) - i16::from(*s1) =>
        {
            Some("digits are rounded, values out of range become NULL")
        }
        (from, Float32) if bits(from).is_some_and(|bits| bits > 16) => Some("whole numbers above 2^24 are rounded"),
        (from, Float64) if bits(from).is_some_and(|bits| bits > 32) => None,
        (from, Boolean) if from.is_numeric() => Some("every number but 0 becomes true"),
        (from, to) => match (bits(from), bits(to)) {
            (Some(from), Some(to)) if to < from => Some("values out of range become NULL"),
            _ => None,
        },
    }
}
