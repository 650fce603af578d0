//! `ColumnDataType "col" = "INTEGER"`: every value can be cast to a type.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::compute::{cast as to_type, is_not_null};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::logical_expr::{Expr, lit};

use super::bind::{Column, RuleCx};
use super::bound::{Check, Empty, Leaf, Metric, Test};
use super::cast::{self, Target};
use super::def::{Eval, RowClass, RuleDef, Takes};
use super::function::{call, strings};
use crate::diag::{Diagnostic, Reported, codes};
use crate::syntax::dqdl::ast::{CompareOp, ConditionKind};

pub(super) static COLUMN_DATA_TYPE: RuleDef = RuleDef {
    name: "ColumnDataType",
    summary: "every value of the column can be cast to the type",
    takes: Takes::Text,
    threshold: true,
    class: RowClass::Row,
    eval: Eval::By(eval),
    page: include_str!("column_data_type.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let condition = cx.condition();
    let ConditionKind::Compare(operator, operand) = &condition.kind else {
        let wrong =
            Diagnostic::new(&codes::quality::OPERAND_NOT_SUPPORTED, condition.span, "`ColumnDataType` takes `=` and `!=` only");
        return Err(cx.error(wrong.help("write one rule a type, joined with `or`")));
    };
    let literal = cx.string(operand)?;
    let Some(target) = Target::parse(&literal.value) else {
        let unknown = Diagnostic::new(
            &codes::quality::UNKNOWN_DATA_TYPE,
            operand.span,
            format!("`{}` is no type that `ColumnDataType` knows", literal.value),
        );
        let words = cast::WORDS;
        return Err(cx.error(unknown.note(format!("it knows {}", crate::diag::suggest::list(words, 9)))));
    };
    let column = cx.column_with_dots(0)?;
    let format = cx.tag("format").filter(|_| target == Target::Date).map(|literal| literal.value.clone());
    let written = format.as_ref().map_or_else(String::new, |format| format!(" as {format}"));
    let castable = castable(cx, &column, target, format);
    let test = if *operator == CompareOp::Ne { !castable } else { castable };
    let metrics = vec![(column.metric("ColumnDataType.Compliance"), Metric::Share)];
    let check = Check { metric: Metric::Share, condition: cx.threshold()? };
    let can = if *operator == CompareOp::Ne { "can" } else { "cannot" };
    let message = format!("{can} be cast to {}{written}", literal.value);
    Ok(Leaf { empty: Empty::Passes, ..cx.rows(&[column], Test::Row(test), metrics, vec![check], message)? })
}

/// Whether the value can be cast; null cannot.
fn castable(cx: &RuleCx<'_, '_>, column: &Column, target: Target, format: Option<String>) -> Expr {
    if !column.is_text() && format.is_none() {
        match target.takes_type(&column.data_type) {
            Some(true) => return column.expr.clone().is_not_null(),
            Some(false) => return lit(false),
            None => {}
        }
    }
    let now = cx.scope.now;
    let key = format!("{target:?} {format:?}");
    let is_text = column.is_text() || format.is_some();
    let kernel = move |columns: &[ArrayRef]| {
        let test: BooleanArray = if is_text {
            let takes = |text: &str| match &format {
                Some(format) => cast::date_in_format(text, format),
                None => target.takes_text(text, now),
            };
            strings(&columns[0])?.iter().map(|text| Some(text.is_some_and(takes))).collect()
        } else {
            match target {
                Target::Decimal(precision, scale) => {
                    let numbers = to_type(&columns[0], &DataType::Float64)?;
                    let numbers = numbers.as_primitive::<Float64Type>().clone();
                    numbers
                        .iter()
                        .map(|value| Some(value.is_some_and(|value| cast::magnitude_fits(value, precision, scale))))
                        .collect()
                }
                _ => is_not_null(&columns[0])?,
            }
        };
        debug_assert_eq!(test.len(), columns[0].len());
        Ok(Arc::new(test) as ArrayRef)
    };
    call("castable", key, DataType::Boolean, vec![column.expr.clone()], Arc::new(kernel))
}
