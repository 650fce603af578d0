//! `DuplicateRowCount = 0`: how many rows have a twin.

use super::bind::{Column, RuleCx, metric_name, reference, value_type};
use super::bound::{Check, GroupFigure, Keys, Leaf, Metric, Test};
use super::def::{Arity, Eval, RowClass, RuleDef, RuleParam};
use crate::diag::{Diagnostic, Reported, codes};
use crate::stdlib::expr::HIDDEN;
use crate::stdlib::types::type_name;

pub(super) static DUPLICATE_ROW_COUNT: RuleDef = RuleDef {
    name: "DuplicateRowCount",
    summary: "how many rows have the same values as another one, in some columns or in all",
    parameters: &[RuleParam::column("TargetColumn")],
    arity: Arity::AtLeast(0),
    class: RowClass::Group,
    excluded_from_row_composites: true,
    portable: false,
    eval: Eval::By(eval),
    page: include_str!("duplicate_row_count.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let whole_rows = cx.rule.parameters.is_empty();
    let (columns, condition) = (if whole_rows { all(cx) } else { cx.columns() }, cx.number_condition());
    let (columns, condition) = (columns?, condition?);
    let name = if whole_rows { "Dataset.*.DuplicateRowCount".to_owned() } else { metric_name(&columns, "DuplicateRowCount") };
    if columns.is_empty() {
        return cx.one_number(name, Metric::Known(0.0));
    }
    let keys = Keys { columns: columns.iter().map(|column| column.expr.clone()).collect(), signed_zeros: false };
    let metric = Metric::Groups(GroupFigure::Duplicates, keys.clone());
    let leaf = cx.rows(
        &columns,
        Test::Unique(keys),
        vec![(name, metric.clone())],
        vec![Check { metric, condition }],
        "occurs more than once",
    )?;
    // Of a whole row it says nothing to show all of it once more.
    Ok(if whole_rows { Leaf { columns: Vec::new(), ..leaf } } else { leaf })
}

/// Every visible column. Whole rows with lists, maps or structs in them are not compared: AWS's engine refuses, too.
fn all(cx: &RuleCx<'_, '_>) -> Result<Vec<Column>, Reported> {
    let visible = cx.schema.fields().iter().filter(|field| !field.name().starts_with(HIDDEN));
    let column = |field: &std::sync::Arc<datafusion::arrow::datatypes::Field>| {
        let (name, data_type) = (field.name().clone(), value_type(cx.schema, field.name()));
        if data_type.is_nested() {
            let message = format!("`{}` cannot compare whole rows: `{name}` is `{}`", cx.def.name, type_name(&data_type));
            let wrong = Diagnostic::new(&codes::quality::COLUMN_TYPE, cx.rule.rule_type.span, message);
            return Err(cx.error(wrong.here("compares all columns").help("name the columns to compare")));
        }
        Ok(Column { written: name.clone(), expr: reference(&name), name, data_type, span: cx.rule.rule_type.span })
    };
    // Every fault is reported.
    let found: Vec<_> = visible.map(column).collect();
    found.into_iter().collect()
}
