//! `ColumnValues "col" in ["a", "b"]`: every value satisfies the condition.

use super::bind::{Column, RuleCx};
use super::bound::{Check, Leaf, Metric, Tally, TallyKind, Test};
use super::def::{Eval, RowClass, RuleDef, Takes};
use super::operand::{self, Kind};
use super::{reason, values};
use crate::diag::{Diagnostic, Reported, codes};
use crate::syntax::dqdl::ast::{CompareOp, Condition, ConditionKind};

pub(super) static COLUMN_VALUES: RuleDef = RuleDef {
    name: "ColumnValues",
    summary: "every value of the column satisfies the condition",
    takes: Takes::Values,
    threshold: true,
    class: RowClass::Row,
    eval: Eval::By(eval),
    page: include_str!("column_values.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let condition = cx.condition();
    let kind = kind(condition);
    // What AWS writes into SQL, it quotes; what it measures by column name, it does not.
    let column = if kind == Kind::Number && is_bound(condition) { cx.column(0) } else { cx.column_with_dots(0) }?;
    let (test, metrics) = match kind {
        Kind::Number => (number(cx, &column, condition)?, number_metrics(&column, condition)),
        Kind::Date => {
            dates(cx, &column)?;
            (values::date(cx, &column, condition)?, compliance(&column))
        }
        _ => match &condition.kind {
            ConditionKind::Matches { negated, pattern } => {
                if !column.is_text() {
                    return Err(cx.error(cx.wrong_type(&column, "strings where it matches a pattern")));
                }
                (values::pattern(cx, &column, *negated, pattern)?, vec![(column.metric("PatternMatch"), Metric::Share)])
            }
            _ => {
                if !column.is_text() && !column.data_type.is_numeric() && !only_null(condition) {
                    return Err(cx.error(cx.wrong_type(&column, "strings where it compares with strings")));
                }
                (values::text(cx, &column, condition)?, compliance(&column))
            }
        },
    };
    let message = reason::words(cx, condition);
    let condition = cx.threshold()?;
    cx.rows(&[column], Test::Row(test), metrics, vec![Check { metric: Metric::Share, condition }], message)
}

/// Which of AWS's three readings applies: string, number or date, by the operands; `NULL` alone is read as a number.
fn kind(condition: &Condition) -> Kind {
    if values::is_constant(condition) || matches!(condition.kind, ConditionKind::Matches { .. }) {
        return Kind::Text;
    }
    let kinds = operand::operands(condition).into_iter().filter_map(|operand| operand::kind(operand).ok());
    kinds.into_iter().find(|kind| *kind != Kind::Null).unwrap_or(Kind::Number)
}

fn only_null(condition: &Condition) -> bool {
    operand::operands(condition).into_iter().all(|operand| operand::kind(operand) == Ok(Kind::Null))
}

/// A condition that AWS checks on the smallest and the greatest value.
fn is_bound(condition: &Condition) -> bool {
    match &condition.kind {
        ConditionKind::Compare(operator, _) => *operator != CompareOp::Ne && !only_null(condition),
        ConditionKind::Between { .. } | ConditionKind::In { .. } | ConditionKind::Matches { .. } => false,
    }
}

fn number(cx: &RuleCx<'_, '_>, column: &Column, condition: &Condition) -> Result<datafusion::logical_expr::Expr, Reported> {
    let numeric = column.data_type.is_numeric();
    if only_null(condition) {
        return values::number(cx, column, condition);
    }
    // A date without its quotes looks like numbers.
    if let Some(date) = operand::operands(condition).into_iter().find(|operand| operand::looks_like_a_date(operand).is_some()) {
        values::plain_number(cx, date)?;
    }
    if !numeric && (!column.is_text() || is_bound(condition)) {
        return Err(cx.error(cx.wrong_type(column, "numbers where it compares with numbers")));
    }
    if !numeric {
        let warning = Diagnostic::new(
            &codes::lint::TEXT_AS_NUMBER,
            column.span,
            format!("`{}` holds text and is compared with numbers", column.name),
        );
        cx.say(warning.here("read as numbers; what is not one does not satisfy").help("cast the column before the rule"));
    }
    values::number(cx, column, condition)
}

fn number_metrics(column: &Column, condition: &Condition) -> Vec<(String, Metric)> {
    let tally = |name: &str, kind| (column.metric(name), Metric::Tally(Tally { kind, arguments: vec![column.expr.clone()] }));
    match &condition.kind {
        _ if only_null(condition) => compliance(column),
        ConditionKind::Compare(CompareOp::Gt | CompareOp::Ge, _) => vec![tally("Minimum", TallyKind::Minimum)],
        ConditionKind::Compare(CompareOp::Lt | CompareOp::Le, _) => vec![tally("Maximum", TallyKind::Maximum)],
        ConditionKind::Compare(CompareOp::Eq, _) => {
            vec![tally("Minimum", TallyKind::Minimum), tally("Maximum", TallyKind::Maximum)]
        }
        ConditionKind::Compare(CompareOp::Ne, _)
        | ConditionKind::Between { .. }
        | ConditionKind::In { .. }
        | ConditionKind::Matches { .. } => compliance(column),
    }
}

fn compliance(column: &Column) -> Vec<(String, Metric)> {
    vec![(column.metric("ColumnValues.Compliance"), Metric::Share)]
}

fn dates(cx: &RuleCx<'_, '_>, column: &Column) -> Result<(), Reported> {
    if column.is_text() || column.data_type.is_temporal() {
        return Ok(());
    }
    Err(cx.error(cx.wrong_type(column, "dates, timestamps or text where it compares with dates")))
}
