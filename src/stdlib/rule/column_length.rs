//! `ColumnLength "col" = 5`: every value has a length that satisfies the condition.

use datafusion::arrow::datatypes::DataType;
use datafusion::functions::expr_fn::character_length;
use datafusion::logical_expr::{Expr, cast};

use super::bind::{Column, RuleCx};
use super::bound::{Check, Leaf, Metric, Tally, TallyKind, Test};
use super::condition::Demand;
use super::def::{Eval, RowClass, RuleDef};
use super::literal::Comparison;
use super::{operand, reason, values};
use crate::diag::Reported;
use crate::syntax::dqdl::ast::{CompareOp, Condition, ConditionKind};

pub(super) static COLUMN_LENGTH: RuleDef = RuleDef {
    name: "ColumnLength",
    summary: "every value of the column has a length that satisfies the condition",
    class: RowClass::Row,
    eval: Eval::By(eval),
    page: include_str!("column_length.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let condition = cx.condition();
    let by_rows = by_rows(condition);
    let column = if by_rows { cx.column_with_dots(0) } else { cx.column(0) }?;
    if !column.is_text() && !by_rows {
        return Err(cx.error(cx.wrong_type(&column, "columns of text")));
    }
    let text = if column.is_text() { column.expr.clone() } else { cast(column.expr.clone(), DataType::Utf8) };
    let length = cast(character_length(text), DataType::Int64);
    let judged = test(cx, &column, &length, condition)?;
    let (metrics, checks) = if by_rows {
        let check = Check { metric: Metric::Share, condition: Demand::ALL };
        (vec![(column.metric("LengthCompliance"), Metric::Share)], vec![check])
    } else {
        bounds(cx, &column, &length, condition)?
    };
    let message = format!("has a length of {}, which {}", reason::LENGTH, reason::words(cx, condition));
    cx.rows(&[column], Test::Row(judged), metrics, checks, message)
}

/// `in`, `not in` and `not between` are judged row by row, the others by the shortest and the longest value.
fn by_rows(condition: &Condition) -> bool {
    matches!(condition.kind, ConditionKind::In { .. } | ConditionKind::Between { negated: true, .. })
}

fn test(cx: &RuleCx<'_, '_>, column: &Column, length: &Expr, condition: &Condition) -> Result<Expr, Reported> {
    let written: Vec<_> = operand::operands(condition).into_iter().map(|operand| values::plain_number(cx, operand)).collect();
    let written = written.into_iter().collect::<Result<Vec<_>, _>>()?;
    let lists_zero = written.iter().any(|text| text.parse::<f64>().is_ok_and(|value| value == 0.0));
    let comparison = Comparison::new(length.clone(), &DataType::Int64, &written);
    let null = || column.expr.clone().is_null();
    Ok(match &condition.kind {
        ConditionKind::Compare(operator, _) => comparison.compare(*operator, 0),
        ConditionKind::Between { negated: false, .. } => {
            comparison.compare(CompareOp::Gt, 0).and(comparison.compare(CompareOp::Lt, 1))
        }
        // Null has length 0 to AWS's documentation: listed it passes; where 0 is shut out it decides nothing.
        ConditionKind::In { negated: false, .. } if lists_zero => null().or(comparison.any()),
        ConditionKind::In { negated: false, .. } => comparison.any().is_true(),
        ConditionKind::In { negated: true, .. } if lists_zero => !comparison.any(),
        ConditionKind::In { negated: true, .. } => null().or(!comparison.any()),
        ConditionKind::Between { negated: true, .. } => {
            let outside = comparison.compare(CompareOp::Le, 0).or(comparison.compare(CompareOp::Ge, 1));
            if lists_zero { outside } else { null().or(outside) }
        }
        ConditionKind::Matches { .. } => datafusion::logical_expr::lit(false),
    })
}

/// What is reported, and what must hold.
type Demands = (Vec<(String, Metric)>, Vec<Check>);

/// The shortest and the longest value, and what AWS demands of them.
fn bounds(cx: &RuleCx<'_, '_>, column: &Column, length: &Expr, condition: &Condition) -> Result<Demands, Reported> {
    let tally = |kind| Metric::Tally(Tally { kind, arguments: vec![length.clone()] });
    let shortest = || (column.metric("MinimumLength"), tally(TallyKind::Minimum));
    let longest = || (column.metric("MaximumLength"), tally(TallyKind::Maximum));
    let metrics = match &condition.kind {
        ConditionKind::Compare(CompareOp::Gt | CompareOp::Ge, _) => vec![shortest()],
        ConditionKind::Compare(CompareOp::Lt | CompareOp::Le, _) => vec![longest()],
        ConditionKind::Compare(CompareOp::Eq | CompareOp::Ne, _)
        | ConditionKind::Between { .. }
        | ConditionKind::In { .. }
        | ConditionKind::Matches { .. } => vec![shortest(), longest()],
    };
    let condition = cx.number_condition()?;
    let checks = metrics.iter().map(|(_, metric)| Check { metric: metric.clone(), condition: condition.clone() }).collect();
    Ok((metrics, checks))
}
