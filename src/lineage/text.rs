//! Expressions as a reader would write them: no qualifiers, no casts that the engine put in to bring types together.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::expr::ScalarFunction;

use super::expression::is_cast;
use crate::stdlib::function::def::OPERATOR;

/// Qualifies what is no column but the text of a call.
pub(super) const SAID: &str = "__gc_said";

/// Parts deeper than this are `…`.
const DEEPEST: usize = 12;
/// Longer texts end in `…`.
const LONGEST: usize = 160;

/// The text of an expression; `None` for a column as it is.
pub(super) fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Column(column) if column.relation.as_ref().is_none_or(|relation| relation.table() != SAID) => None,
        Expr::Alias(alias) => text(&alias.expr),
        expr => {
            let whole = part(expr, 0).replace('\n', " ");
            let end = whole.char_indices().nth(LONGEST).map(|(at, _)| at);
            Some(end.map_or_else(|| whole.clone(), |end| format!("{}…", &whole[..end])))
        }
    }
}

fn part(expr: &Expr, depth: usize) -> String {
    if depth > DEEPEST {
        return "…".to_owned();
    }
    let inner = |expr: &Expr| part(expr, depth + 1);
    let operand = |expr: &Expr| match expr {
        Expr::BinaryExpr(_) => format!("({})", inner(expr)),
        Expr::ScalarFunction(function) if operator(function.name()).is_some() => format!("({})", inner(expr)),
        expr => inner(expr),
    };
    let list = |exprs: &[Expr]| exprs.iter().map(inner).collect::<Vec<_>>().join(", ");
    match expr {
        Expr::Column(column) => column.name.clone(),
        Expr::OuterReferenceColumn(_, column) => column.name.clone(),
        Expr::Alias(alias) => inner(&alias.expr),
        Expr::Literal(value, _) => literal(value),
        // At the top a cast is what was written, further in it is the engine's.
        Expr::Cast(cast) if depth == 0 => {
            format!("cast({} as {})", inner(&cast.expr), crate::stdlib::types::type_name(cast.field.data_type()))
        }
        Expr::TryCast(cast) if depth == 0 => {
            format!("cast({} as {})", inner(&cast.expr), crate::stdlib::types::type_name(cast.field.data_type()))
        }
        Expr::Cast(cast) => part(&cast.expr, depth),
        Expr::TryCast(cast) => part(&cast.expr, depth),
        Expr::BinaryExpr(binary) => {
            format!("{} {} {}", operand(&binary.left), binary.op.to_string().to_lowercase(), operand(&binary.right))
        }
        Expr::Not(expr) => format!("not {}", operand(expr)),
        Expr::Negative(expr) => format!("-{}", operand(expr)),
        Expr::IsNull(expr) => format!("{} is null", operand(expr)),
        Expr::IsNotNull(expr) => format!("{} is not null", operand(expr)),
        Expr::Between(between) => {
            let not = if between.negated { " not" } else { "" };
            format!("{}{not} between {} and {}", operand(&between.expr), operand(&between.low), operand(&between.high))
        }
        Expr::InList(member) => {
            let not = if member.negated { " not" } else { "" };
            format!("{}{not} in ({})", operand(&member.expr), list(&member.list))
        }
        Expr::Case(case) => {
            let mut out = "case".to_owned();
            out.extend(case.expr.iter().map(|value| format!(" {}", inner(value))));
            out.extend(case.when_then_expr.iter().map(|(when, then)| format!(" when {} then {}", inner(when), inner(then))));
            out.extend(case.else_expr.iter().map(|value| format!(" else {}", inner(value))));
            out + " end"
        }
        Expr::ScalarFunction(function) => call(function, depth, &operand, &list),
        Expr::AggregateFunction(function) => {
            let distinct = if function.params.distinct { "distinct " } else { "" };
            let args = match function.params.args.as_slice() {
                // How the engine counts rows.
                [Expr::Literal(ScalarValue::Int64(Some(1)), _)] if function.func.name() == "count" => "*".to_owned(),
                args => list(args),
            };
            let filter = function.params.filter.as_ref().map(|test| format!(" filter (where {})", inner(test)));
            format!("{}({distinct}{args}){}", function.func.name(), filter.unwrap_or_default())
        }
        Expr::WindowFunction(function) => format!("{}({})", function.fun.name(), list(&function.params.args)),
        Expr::ScalarSubquery(_) => "(select …)".to_owned(),
        Expr::Exists(exists) => format!("{}exists (select …)", if exists.negated { "not " } else { "" }),
        Expr::InSubquery(member) => {
            format!("{}{} in (select …)", operand(&member.expr), if member.negated { " not" } else { "" })
        }
        other => other.human_display().to_string(),
    }
}

/// The operator that a function of that name stands for.
fn operator(name: &str) -> Option<&str> {
    name.strip_prefix(OPERATOR)
}

fn call(function: &ScalarFunction, depth: usize, operand: &dyn Fn(&Expr) -> String, list: &dyn Fn(&[Expr]) -> String) -> String {
    match (function.name(), function.args.as_slice()) {
        (name, [value]) if is_cast(function) => {
            let whole = function.func.schema_name(&function.args).unwrap_or_else(|_| name.to_owned());
            let target = whole.rsplit_once(" AS ").map_or("", |(_, target)| target.trim_end_matches(')'));
            let value = part(value, depth + 1);
            // `DECIMAL(10,2)` has a bracket of its own.
            let close = if target.contains('(') { ")" } else { "" };
            if depth == 0 { format!("cast({value} as {}{close})", target.to_lowercase()) } else { value }
        }
        ("get_field", [value, names @ ..]) => {
            let names = names.iter().map(|name| match name {
                Expr::Literal(name, _) => name.try_as_str().flatten().unwrap_or("?").to_owned(),
                other => part(other, depth + 1),
            });
            std::iter::once(operand(value)).chain(names).collect::<Vec<_>>().join(".")
        }
        (name, [left, right]) => match operator(name) {
            Some(operator) => format!("{} {operator} {}", operand(left), operand(right)),
            None => format!("{name}({})", list(&function.args)),
        },
        (name, args) => format!("{name}({})", list(args)),
    }
}

fn literal(value: &ScalarValue) -> String {
    match value {
        value if value.is_null() => "null".to_owned(),
        value => match value.try_as_str().flatten() {
            Some(text) => format!("'{}'", text.replace('\'', "''")),
            None => value.to_string(),
        },
    }
}
