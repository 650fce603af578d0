//! Comparisons that are NULL whatever the row: of a number with a text that is no number, `amount > 'ten'`.
//!
//! Spark casts the text to a number, gets NULL, and compares with that; no row satisfies it, and nobody is told.

use std::ops::ControlFlow;

use datafusion::common::DFSchema;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::ExprSchemable;
use datafusion::sql::sqlparser::ast::{self, BinaryOperator, Expr, Value, ValueWithSpan};

use super::expression::planned;
use super::mismatch::extent;
use crate::diag::{Diagnostic, codes};
use crate::source::EmbedMap;
use crate::stdlib::types::type_name;

/// The comparisons of an expression that no row satisfies.
pub(super) fn check(expr: &Expr, engine: &SessionState, schema: &DFSchema, sql: &str, map: &EmbedMap) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let _ = ast::visit_expressions(expr, |expr| {
        if let Expr::BinaryOp { left, op, right } = expr
            && is_comparison(op)
        {
            for (text, other) in [(left, right), (right, left)] {
                let Some(value) = literal(text).filter(|value| !is_number(value)) else { continue };
                let typed = planned(engine, (**other).clone(), schema).and_then(|other| other.get_type(schema));
                let Ok(typed) = typed else { continue };
                if !typed.is_numeric() {
                    continue;
                }
                let Some((start, end)) = extent(text, sql) else { continue };
                let message = format!("`'{value}'` is no number: the comparison is NULL for every row");
                found.push(
                    Diagnostic::new(&codes::lint::IMPOSSIBLE_VALUE, map.span(start, end), message)
                        .here(format!("compared with a `{}`", type_name(&typed)))
                        .help("write a number without quotes, or compare a column of text"),
                );
            }
        }
        ControlFlow::<()>::Continue(())
    });
    found
}

fn is_comparison(op: &BinaryOperator) -> bool {
    use BinaryOperator::{Eq, Gt, GtEq, Lt, LtEq, NotEq};
    matches!(op, Eq | NotEq | Lt | LtEq | Gt | GtEq)
}

fn literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text) | Value::DoubleQuotedString(text), .. }) => Some(text),
        Expr::Nested(inner) => literal(inner),
        _ => None,
    }
}

/// What Spark reads as a number.
fn is_number(text: &str) -> bool {
    let text = text.trim().trim_end_matches(['d', 'D', 'f', 'F', 'l', 'L']);
    text.parse::<f64>().is_ok()
}
