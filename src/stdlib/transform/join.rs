//! `join`: rows of two inputs that have equal keys.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, JoinType, Result};
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::shape::{has, type_of, visible};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::{Diagnostic, Reported, codes, suggest};
use crate::source::Text;
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::expr::{self, is_hidden};
use crate::stdlib::types::type_name;

pub(super) static JOIN: TransformDef = TransformDef {
    name: "join",
    summary: "puts rows of two inputs together that have equal keys",
    params: &[
        Param::default("join_type", ParamType::OneOf(TYPES), "inner", "which rows stay when there is no partner"),
        Param::required("keys", ParamType::OneOrMany(&ParamType::Record(KEY)), "the columns that must be equal"),
        Param::optional("broadcast", ParamType::Text, "the input that is small: it is held in memory; else the second one"),
        Param::default(
            "on_name_conflict",
            ParamType::OneOf(&["error", "prefix"]),
            "error",
            "what happens to columns that both inputs have: an error, or the second one's get its name and `_` before theirs",
        ),
    ],
    inputs: Arity::Two,
    ports: &[],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("join.md"),
};

static TYPES: &[&str] = &["inner", "left", "right", "outer", "left_semi", "left_anti"];

static KEY: &[Param] = &[
    Param::required("left", ParamType::Column, "a column of the first input"),
    Param::required("right", ParamType::Column, "a column of the second input"),
];

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> std::result::Result<Vec<LogicalPlan>, Reported> {
    let [left, right] = inputs else { return Err(cx.wrong_inputs()) };
    if let Some(none) = args.get("keys").filter(|_| args.list("keys").is_empty()) {
        let missing = Diagnostic::new(&codes::spec::MISSING_SETTING, none.span, "a join needs a key");
        cx.fault(missing.here("no key").help("name the columns that must be equal: `keys: [{ left: …, right: … }]`"));
    }
    let keys = keys(cx, args, left, right);
    let swap = build_side(cx, args, left, right) == Side::Right;
    let kind = args.str("join_type").unwrap_or("inner");
    let columns = output(cx, args, kind, left, right, &keys);
    if keys.is_empty() {
        // Every key is faulty: a join without keys has the columns of one with them.
        let schema = join(left, right, &[], kind, swap, &columns);
        return Ok(vec![schema.map_err(|error| cx.engine_fault(&error))?]);
    }
    Ok(vec![join(left, right, &keys, kind, swap, &columns).map_err(|error| cx.engine_fault(&error))?])
}

/// The pairs of key columns that are there and can be compared.
fn keys(cx: &mut LowerCx<'_>, args: &Args, left: &Input, right: &Input) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for key in args.records("keys") {
        let (Some(l), Some(r)) = (key.text("left"), key.text("right")) else { continue };
        let (a, b) = (key_column(cx, l, left, right), key_column(cx, r, right, left));
        let (Some(a), Some(b)) = (a, b) else { continue };
        let (ta, tb) = (type_of(&left.plan, &a), type_of(&right.plan, &b));
        if comparable(&ta, &tb) {
            found.push((a, b));
            continue;
        }
        let (ta, tb) = (type_name(&ta), type_name(&tb));
        let wrong =
            Diagnostic::new(&codes::expression::JOIN_KEY_TYPES, r.span(), format!("join keys of types `{ta}` and `{tb}`"));
        cx.fault(
            wrong
                .here(format!("`{b}` is `{tb}`"))
                .also(l.span(), format!("`{a}` is `{ta}`"))
                .help("cast one of them before the join, with `apply_mapping`"),
        );
    }
    found
}

/// The key column of one side; one that only the other side has was most likely put on the wrong one.
fn key_column(cx: &mut LowerCx<'_>, name: &Text, own: &Input, other: &Input) -> Option<String> {
    if let Some(found) = expr::column(own.plan.schema(), name.as_str()) {
        return Some(found.to_owned());
    }
    let unknown = expr::unknown_column(name.span(), name.as_str(), own.plan.schema(), cx.fates);
    cx.fault(match expr::column(other.plan.schema(), name.as_str()) {
        Some(_) => {
            let message = format!("`{name}` is a column of `{}`, not of `{}`", other.name, own.name);
            Diagnostic::new(&codes::expression::UNKNOWN_COLUMN, name.span(), message)
                .here(format!("must be a column of `{}`", own.name))
                .note(format!("columns of `{}`: {}", own.name, suggest::list(visible(&own.plan).iter().map(String::as_str), 12)))
                .help("`left` names a column of the first input, `right` one of the second")
        }
        None => unknown,
    });
    None
}

fn comparable(a: &DataType, b: &DataType) -> bool {
    let null = |t: &DataType| *t == DataType::Null;
    let temporal = |t: &DataType| matches!(t, DataType::Date32 | DataType::Timestamp(_, _));
    null(a) || null(b) || type_name(a) == type_name(b) || (a.is_numeric() && b.is_numeric()) || (temporal(a) && temporal(b))
}

#[derive(PartialEq, Eq)]
enum Side {
    Left,
    Right,
}

/// The side that is held in memory. Text formats have no statistics, so the pipeline's word counts, not the engine's guess.
fn build_side(cx: &mut LowerCx<'_>, args: &Args, left: &Input, right: &Input) -> Side {
    let Some(named) = args.text("broadcast") else { return Side::Right };
    if named.value == left.name {
        return Side::Left;
    }
    if named.value != right.name {
        let unknown = Diagnostic::new(&codes::names::UNKNOWN_NODE, named.span(), format!("`{named}` is no input of this join"));
        cx.fault(unknown.here("not one of the two inputs").suggest(
            named.span(),
            named.as_str(),
            [left.name.as_str(), right.name.as_str()],
        ));
    }
    Side::Right
}

/// A column of the output and where it comes from.
struct Output {
    name: String,
    value: Expr,
}

/// The columns of the output: the first input's, then the second's, key pairs of one name once.
fn output(cx: &mut LowerCx<'_>, args: &Args, kind: &str, left: &Input, right: &Input, keys: &[(String, String)]) -> Vec<Output> {
    let from_left = |name: &str| Expr::Column(Column::new(Some(LEFT), name));
    let from_right = |name: &str| Expr::Column(Column::new(Some(RIGHT), name));
    let names = visible(&left.plan);
    let mut columns: Vec<Output> = names
        .iter()
        .map(|name| {
            let shared = keys.iter().find(|(l, r)| l == name && r.eq_ignore_ascii_case(name));
            let value = match (kind, shared) {
                ("right", Some((_, r))) => from_right(r),
                ("outer", Some((_, r))) => coalesce(vec![from_left(name), from_right(r)]),
                _ => from_left(name),
            };
            Output { name: name.clone(), value }
        })
        .collect();
    columns.extend(
        left.plan
            .schema()
            .fields()
            .iter()
            .filter(|field| is_hidden(field.name()))
            .map(|field| Output { name: field.name().clone(), value: from_left(field.name()) }),
    );
    if matches!(kind, "left_semi" | "left_anti") {
        return columns;
    }
    let mut collisions = Vec::new();
    for name in visible(&right.plan) {
        if keys.iter().any(|(l, r)| *r == name && l.eq_ignore_ascii_case(r)) {
            continue;
        }
        let value = from_right(&name);
        let prefixed = format!("{}_{name}", right.name);
        if !has(&names, &name) {
            columns.push(Output { name, value });
        } else if args.str("on_name_conflict") != Some("prefix") {
            collisions.push(name);
        } else if has(&names, &prefixed) || has(&visible(&right.plan), &prefixed) {
            cx.fault(taken(&name, &prefixed, right));
        } else {
            cx.renamed(&name, &prefixed, right.span);
            columns.push(Output { name: prefixed, value });
        }
    }
    if !collisions.is_empty() {
        let list = suggest::list(collisions.iter().map(String::as_str), 6);
        let message = format!("both inputs have {} {list}", if collisions.len() == 1 { "a column" } else { "columns" });
        let wrong = Diagnostic::new(&codes::expression::NAME_COLLISION, right.span, message);
        cx.fault(
            wrong.here(format!("`{}` has {list}", right.name)).also(left.span, format!("`{}` has {list} too", left.name)).help(
                format!("rename or drop them before, or set `on_name_conflict: prefix` for `{}_{}`", right.name, collisions[0]),
            ),
        );
    }
    columns
}

/// A column that could not even have the name with the prefix.
fn taken(name: &str, prefixed: &str, right: &Input) -> Diagnostic {
    let message = format!("column `{prefixed}` would be there twice");
    Diagnostic::new(&codes::expression::NAME_COLLISION, right.span, message)
        .here(format!("`{name}` of this input would be `{prefixed}`, and there is one"))
        .help(format!("rename `{name}` or `{prefixed}` before the join"))
}

const LEFT: &str = "__left";
const RIGHT: &str = "__right";

fn join(
    left: &Input,
    right: &Input,
    keys: &[(String, String)],
    kind: &str,
    swap: bool,
    columns: &[Output],
) -> Result<LogicalPlan> {
    let l = LogicalPlanBuilder::from(left.plan.clone()).alias(LEFT)?;
    let r = LogicalPlanBuilder::from(right.plan.clone()).alias(RIGHT)?.build()?;
    let on_left: Vec<Column> = keys.iter().map(|(name, _)| Column::new(Some(LEFT), name)).collect();
    let on_right: Vec<Column> = keys.iter().map(|(_, name)| Column::new(Some(RIGHT), name)).collect();
    let kind = match kind {
        "left" => JoinType::Left,
        "right" => JoinType::Right,
        "outer" => JoinType::Full,
        "left_semi" => JoinType::LeftSemi,
        "left_anti" => JoinType::LeftAnti,
        _ => JoinType::Inner,
    };
    // The engine builds its table of the left side.
    let joined = match (keys.is_empty(), swap) {
        (true, _) => l.cross_join(r)?,
        (false, true) => LogicalPlanBuilder::from(r).join(l.build()?, kind.swap(), (on_right, on_left), None)?,
        (false, false) => l.join(r, kind, (on_left, on_right), None)?,
    };
    joined.project(columns.iter().map(|column| column.value.clone().alias(&column.name)).collect::<Vec<_>>())?.build()
}
