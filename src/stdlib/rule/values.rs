//! Tests of a column's values against a condition: numbers, strings, patterns, dates.
//!
//! What null means differs by kind and operator, as on AWS: a test is true, false, or null for "decides nothing".

use std::sync::Arc;

use chrono::{Datelike, NaiveDate};
use datafusion::arrow::array::{ArrayRef, BooleanArray, Date32Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, cast, lit};

use super::bind::{Column, Listed, RuleCx, within};
use super::function::{call, strings};
use super::literal::Comparison;
use super::pattern::{Matches, NotMatches};
use super::{cast as spark, operand};
use crate::diag::{Diagnostic, Reported, codes};
use crate::stdlib::pattern::Fault;
use crate::syntax::dqdl::Dialect;
use crate::syntax::dqdl::ast::{CompareOp, Condition, ConditionKind, Keyword, Operand, OperandKind, Set, StringLit};

/// `column condition` for a condition on numbers.
pub(super) fn number(cx: &RuleCx<'_, '_>, column: &Column, condition: &Condition) -> Result<Expr, Reported> {
    let value = || column.expr.clone();
    // NULL stands alone after `=` and `!=`, and among others in a list.
    match &condition.kind {
        ConditionKind::Compare(CompareOp::Eq, operand) if is_null(operand) => return Ok(value().is_null()),
        ConditionKind::Compare(CompareOp::Ne, operand) if is_null(operand) => return Ok(value().is_not_null()),
        _ => {}
    }
    let operands = operand::operands(condition);
    let lists_null = matches!(condition.kind, ConditionKind::In { .. }) && operands.iter().any(|operand| is_null(operand));
    let written: Vec<_> = operands
        .into_iter()
        .filter(|operand| !(lists_null && is_null(operand)))
        .map(|operand| plain_number(cx, operand))
        .collect();
    let written = written.into_iter().collect::<Result<Vec<&str>, _>>()?;
    let negated = matches!(condition.kind, ConditionKind::Compare(CompareOp::Ne, _) | ConditionKind::In { negated: true, .. });
    if written.is_empty() {
        return Ok(if negated { value().is_not_null() } else { value().is_null() });
    }
    let comparison = Comparison::new(value(), &column.data_type, &written);
    Ok(match &condition.kind {
        ConditionKind::Compare(CompareOp::Ne, _) => comparison.compare(CompareOp::Ne, 0).is_not_false(),
        ConditionKind::Compare(operator, _) => comparison.compare(*operator, 0).is_true(),
        ConditionKind::Between { negated: false, .. } => {
            comparison.compare(CompareOp::Gt, 0).and(comparison.compare(CompareOp::Lt, 1)).is_true()
        }
        // Not a number is greater than all to SQL, so it is outside.
        ConditionKind::Between { negated: true, .. } => {
            let inside = comparison.compare(CompareOp::Gt, 0).and(comparison.compare(CompareOp::Lt, 1));
            value().is_not_null().and(inside.is_not_true())
        }
        ConditionKind::In { negated: false, .. } if lists_null => value().is_null().or(comparison.any().is_true()),
        ConditionKind::In { negated: false, .. } => comparison.any().is_true(),
        ConditionKind::In { negated: true, .. } if lists_null => value().is_not_null().and(comparison.any().is_not_true()),
        ConditionKind::In { negated: true, .. } => comparison.any().is_not_true(),
        ConditionKind::Matches { .. } => lit(false),
    })
}

fn is_null(operand: &Operand) -> bool {
    matches!(operand::bare(operand).kind, OperandKind::Keyword(Keyword::Null))
}

/// A number as it is written: AWS calculates nothing in conditions on values.
pub(super) fn plain_number<'a>(cx: &RuleCx<'_, '_>, operand: &'a Operand) -> Result<&'a str, Reported> {
    match &operand::bare(operand).kind {
        OperandKind::Number(text) => Ok(text),
        OperandKind::Arithmetic { .. } => {
            if let Some(date) = operand::looks_like_a_date(operand) {
                let wrong = "without quotes this is a subtraction, not a date".to_owned();
                let wrong = Diagnostic::new(&codes::quality::OPERAND_NOT_SUPPORTED, operand.span, wrong);
                return Err(cx.error(wrong.here("AWS does not calculate here").fix(
                    "put quotes around the date",
                    operand.span,
                    format!("\"{date}\""),
                    crate::diag::Safety::Safe,
                )));
            }
            let wrong = Diagnostic::new(
                &codes::quality::OPERAND_NOT_SUPPORTED,
                operand.span,
                format!("`{}` compares with plain numbers", cx.def.name),
            );
            let wrong = wrong.here("AWS does not calculate here");
            Err(cx.error(match operand::number(operand) {
                Ok(Some(value)) => {
                    wrong.fix(format!("replace with `{value}`"), operand.span, value.to_string(), crate::diag::Safety::Safe)
                }
                _ => wrong.help("write the result"),
            }))
        }
        OperandKind::Call { name, .. } => {
            let wrong = format!("`{}(…)` cannot stand in a condition on values", name.text);
            let wrong = Diagnostic::new(&codes::quality::OPERAND_NOT_SUPPORTED, operand.span, wrong);
            Err(cx.error(wrong.help("write a number; over earlier runs a rule about one figure is compared, such as `Mean`")))
        }
        OperandKind::Keyword(Keyword::Null) => Err(cx.unsupported(operand, "NULL has no order")),
        _ => Err(cx.unsupported(operand, "a plain number is needed here")),
    }
}

/// `column condition` for a condition on strings, patterns left out.
pub(super) fn text(cx: &RuleCx<'_, '_>, column: &Column, condition: &Condition) -> Result<Expr, Reported> {
    let (negated, listed) = match &condition.kind {
        ConditionKind::Compare(operator, operand) => {
            let listed = match &operand::bare(operand).kind {
                OperandKind::Keyword(keyword) => vec![Listed::Keyword(*keyword)],
                _ => vec![Listed::Text(cx.string(operand)?.value.clone())],
            };
            (*operator == CompareOp::Ne, listed)
        }
        ConditionKind::In { negated, set } => (*negated, cx.listed(set)?),
        ConditionKind::Between { .. } | ConditionKind::Matches { .. } => (false, Vec::new()),
    };
    // AWS's parser knows the tag; the engine that is public does nothing with it.
    let fold =
        cx.scope.dialect == Dialect::Superset && cx.tag("ignoreCase").is_some_and(|tag| tag.value.eq_ignore_ascii_case("true"));
    let own = if column.is_text() { column.expr.clone() } else { cast(column.expr.clone(), DataType::Utf8) };
    let value = if fold { datafusion::functions::expr_fn::lower(own.clone()) } else { own.clone() };
    let mut texts = Vec::new();
    let mut tests = Vec::new();
    let mut null = false;
    for item in listed {
        match item {
            Listed::Text(text) => texts.push(if fold { text.to_lowercase() } else { text }),
            Listed::Keyword(Keyword::Null) => null = true,
            Listed::Keyword(Keyword::Empty) => tests.push(own.clone().eq(literal(column, ""))),
            Listed::Keyword(Keyword::WhitespacesOnly) => tests.push(only_spaces(own.clone())),
        }
    }
    // With EMPTY or WHITESPACES_ONLY the test is plain SQL on AWS: null decides nothing.
    let decides_null = tests.is_empty();
    if !texts.is_empty() {
        let list = texts.iter().map(|text| literal(column, text)).collect();
        tests.insert(0, value.in_list(list, false));
    }
    let any = tests.into_iter().reduce(Expr::or);
    let column = || column.expr.clone();
    Ok(match (negated, null, any) {
        (false, true, None) => column().is_null(),
        (true, true, None) => column().is_not_null(),
        (false, true, Some(any)) => column().is_null().or(any.is_true()),
        (true, true, Some(any)) => column().is_not_null().and(any.is_not_true()),
        (false, false, Some(any)) if decides_null => any.is_true(),
        (true, false, Some(any)) if decides_null => any.is_not_true(),
        (false, false, Some(any)) => any,
        (true, false, Some(any)) => !any,
        (negated, false, None) => lit(negated),
    })
}

/// A string of the column's own string type, so that no value is converted to be compared.
fn literal(column: &Column, text: &str) -> Expr {
    lit(match column.data_type {
        DataType::Utf8View => ScalarValue::Utf8View(Some(text.to_owned())),
        DataType::LargeUtf8 => ScalarValue::LargeUtf8(Some(text.to_owned())),
        _ => ScalarValue::Utf8(Some(text.to_owned())),
    })
}

/// `WHITESPACES_ONLY`: one space or more and nothing else; to Spark's `TRIM` a tab is no space.
fn only_spaces(value: Expr) -> Expr {
    call(
        "only_spaces",
        "",
        DataType::Boolean,
        vec![value],
        Arc::new(|columns| {
            let texts = strings(&columns[0])?;
            let test: BooleanArray =
                texts.iter().map(|text| text.map(|text| !text.is_empty() && text.bytes().all(|b| b == b' '))).collect();
            Ok(Arc::new(test) as ArrayRef)
        }),
    )
}

/// `column matches "re"`, `column not matches "re"`: null never satisfies either.
pub(super) fn pattern(cx: &RuleCx<'_, '_>, column: &Column, negated: bool, operand: &Operand) -> Result<Expr, Reported> {
    let literal = cx.string(operand)?;
    let bad = |fault: Fault| cx.error(bad_regex(literal, &fault));
    type Holds = Box<dyn Fn(&str) -> datafusion::common::Result<bool> + Send + Sync>;
    let (name, holds): (_, Holds) = if negated {
        let pattern = NotMatches::new(&literal.raw).map_err(bad)?;
        ("not_matches", Box::new(move |text| pattern.holds(text)))
    } else {
        let pattern = Matches::new(&literal.raw).map_err(bad)?;
        ("matches", Box::new(move |text| pattern.holds(text)))
    };
    let kernel = move |columns: &[ArrayRef]| {
        let texts = strings(&columns[0])?;
        let test = texts.iter().map(|text| text.map_or(Ok(false), &holds)).collect::<Result<Vec<bool>, _>>()?;
        Ok(Arc::new(BooleanArray::from(test)) as ArrayRef)
    };
    Ok(call(name, literal.raw.clone(), DataType::Boolean, vec![column.expr.clone()], Arc::new(kernel)))
}

/// The message for a pattern that is not one.
pub(super) fn bad_regex(literal: &StringLit, fault: &Fault) -> Diagnostic {
    Diagnostic::new(
        &codes::quality::BAD_REGEX,
        within(literal, fault.start, fault.end),
        "not a regular expression that can be used",
    )
    .here(fault.message.clone())
    .note("patterns are Java's, and mean what they mean there; what cannot be kept is refused")
}

/// `column condition` for a condition on dates: values are days; what is no date decides nothing, null fails unless
/// the condition is a negated one.
pub(super) fn date(cx: &RuleCx<'_, '_>, column: &Column, condition: &Condition) -> Result<Expr, Reported> {
    let days: Vec<_> =
        operand::operands(condition).into_iter().filter(|operand| !is_null(operand)).map(|operand| day(cx, operand)).collect();
    let days = days.into_iter().collect::<Result<Vec<_>, _>>()?;
    let lists_null = operand::operands(condition).into_iter().any(is_null);
    let own = || column.expr.clone();
    let value = to_date(column);
    let at = |at: usize| lit(ScalarValue::Date32(Some(days[at])));
    if lists_null && !matches!(condition.kind, ConditionKind::In { .. }) {
        return match &condition.kind {
            ConditionKind::Compare(CompareOp::Eq, _) => Ok(own().is_null()),
            ConditionKind::Compare(CompareOp::Ne, _) => Ok(own().is_not_null()),
            _ => Err(cx.unsupported(operand::operands(condition)[0], "NULL has no order")),
        };
    }
    let list = || value.clone().in_list(days.iter().map(|day| lit(ScalarValue::Date32(Some(*day)))).collect(), false);
    let (negated, test) = match &condition.kind {
        ConditionKind::Compare(CompareOp::Ne, _) => (true, value.not_eq(at(0))),
        ConditionKind::Compare(operator, _) => (
            false,
            match operator {
                CompareOp::Gt => value.gt(at(0)),
                CompareOp::Ge => value.gt_eq(at(0)),
                CompareOp::Lt => value.lt(at(0)),
                CompareOp::Le => value.lt_eq(at(0)),
                CompareOp::Eq | CompareOp::Ne => value.eq(at(0)),
            },
        ),
        ConditionKind::Between { negated: false, .. } => (false, value.clone().gt(at(0)).and(value.lt(at(1)))),
        ConditionKind::Between { negated: true, .. } => (true, value.clone().lt_eq(at(0)).or(value.gt_eq(at(1)))),
        ConditionKind::In { negated, .. } => (*negated, if *negated { !list() } else { list() }),
        ConditionKind::Matches { .. } => (false, lit(false)),
    };
    Ok(match (negated, lists_null) {
        (false, false) | (true, true) => own().is_not_null().and(test),
        (true, false) | (false, true) => own().is_null().or(test),
    })
}

/// How dates are written.
pub(super) const DATES: &str = "write a day that there is, `\"2024-02-29\"`, or `(now() - 3 days)`";

/// The day of an operand, as days since 1970.
fn day(cx: &RuleCx<'_, '_>, operand: &Operand) -> Result<i32, Reported> {
    operand::day(operand, cx.scope.now).map(days_since_epoch).map_err(|part| {
        let text = match &part.kind {
            OperandKind::Date(text) => format!("`{text}` is no day of the calendar"),
            _ => "not a date that can be calculated".to_owned(),
        };
        cx.error(Diagnostic::new(&codes::quality::BAD_DATE, part.span, text).help(DATES))
    })
}

fn days_since_epoch(day: NaiveDate) -> i32 {
    day.num_days_from_ce() - NaiveDate::default().num_days_from_ce()
}

/// The day of a value: a timestamp's in UTC, a text's as Spark reads it.
fn to_date(column: &Column) -> Expr {
    if column.data_type == DataType::Date32 {
        return column.expr.clone();
    }
    if !column.is_text() {
        return cast(column.expr.clone(), DataType::Date32);
    }
    call(
        "spark_to_date",
        "",
        DataType::Date32,
        vec![column.expr.clone()],
        Arc::new(|columns| {
            let texts = strings(&columns[0])?;
            let days: Date32Array = texts.iter().map(|text| text.and_then(spark::date).map(days_since_epoch)).collect();
            Ok(Arc::new(days) as ArrayRef)
        }),
    )
}

/// Whether a set is one of strings or a constant.
pub(super) fn is_constant(condition: &Condition) -> bool {
    matches!(condition.kind, ConditionKind::In { set: Set::Variable(_), .. })
}
