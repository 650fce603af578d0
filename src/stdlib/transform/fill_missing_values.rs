//! `fill_missing_values`: a constant in place of NULL.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::functions::expr_fn::coalesce;
use datafusion::logical_expr::{LogicalPlan, lit};

use super::shape::{has, is_reserved, named, type_of, visible, with_column};
use super::{Arity, Input, LowerCx, Lowering, TransformDef};
use crate::diag::{Diagnostic, Reported, codes};
use crate::spec::param::{Args, Param, ParamType};
use crate::stdlib::types::type_name;

pub(super) static FILL_MISSING_VALUES: TransformDef = TransformDef {
    name: "fill_missing_values",
    summary: "puts a constant in place of NULL",
    params: &[
        Param::required("field", ParamType::Column, "the column with missing values"),
        Param::optional("output", ParamType::Text, "the name of a new column for the filled values; else they replace the old"),
        Param::default("strategy", ParamType::OneOf(&["constant"]), "constant", "how a missing value is found"),
        Param::required("value", ParamType::Text, "the constant, of the column's type"),
    ],
    inputs: Arity::One,
    ports: &[],
    lowering: Lowering::Rows(lower),
    since: "0.1.0",
    page: include_str!("fill_missing_values.md"),
};

fn lower(cx: &mut LowerCx<'_>, args: &Args, inputs: &[Input]) -> Result<Vec<LogicalPlan>, Reported> {
    let [input] = inputs else { return Err(cx.wrong_inputs()) };
    let (Some(field), Some(value)) = (args.text("field"), args.text("value")) else { return Ok(vec![input.plan.clone()]) };
    let Some(column) = cx.column(field, &input.plan) else { return Ok(vec![input.plan.clone()]) };
    let data_type = type_of(&input.plan, &column);
    let constant = if data_type == DataType::Null {
        Ok(ScalarValue::Null)
    } else {
        ScalarValue::try_from_string(value.value.clone(), &data_type)
    };
    let constant = constant.unwrap_or_else(|_| {
        let word = type_name(&data_type);
        let wrong = Diagnostic::new(&codes::expression::FILL_TYPE, value.span(), format!("`{value}` is no `{word}`"));
        cx.fault(wrong.here(format!("`{column}` is of type `{word}`")).help(format!("write {}", example(&data_type))));
        ScalarValue::Null
    });
    let name = match args.text("output") {
        None => column.clone(),
        Some(name) if is_reserved(name.as_str()) => {
            cx.reserved_name(name);
            column.clone()
        }
        Some(name) => {
            if !column.eq_ignore_ascii_case(name.as_str()) && has(&visible(&input.plan), name.as_str()) {
                cx.duplicate_column(name.span(), name.as_str());
            }
            name.value.clone()
        }
    };
    let filled = coalesce(vec![named(&column), lit(constant)]);
    Ok(vec![with_column(&input.plan, &name, filled).map_err(|error| cx.engine_fault(&error))?])
}

/// A value of that type, for a help.
fn example(data_type: &DataType) -> String {
    let example = match data_type {
        DataType::Boolean => "`true` or `false`",
        DataType::Date32 => "a date such as `2026-01-31`",
        DataType::Timestamp(_, _) => "a time such as `2026-01-31 12:00:00`",
        integer if integer.is_integer() => "a whole number such as `0`, within the range of the type",
        number if number.is_numeric() => "a number such as `0.5`",
        other => return format!("a value of type `{}`", type_name(other)),
    };
    example.to_owned()
}
