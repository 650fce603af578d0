//! `Completeness "col" > 0.95`: the share of rows in which a column is not null.

use super::bind::RuleCx;
use super::bound::{Check, Leaf, Metric, Test};
use super::condition::Demand;
use super::def::{Eval, RowClass, RuleDef};
use crate::diag::Reported;

pub(super) static COMPLETENESS: RuleDef = RuleDef {
    name: "Completeness",
    summary: "share of rows in which the column is not null",
    class: RowClass::Row,
    excluded_from_row_composites: true,
    eval: Eval::By(|cx| eval(cx, cx.number_condition())),
    page: include_str!("completeness.md"),
    ..RuleDef::BASE
};

/// The share must satisfy the condition; a row passes if its value is not null, whatever the condition.
pub(super) fn eval(cx: &RuleCx<'_, '_>, condition: Result<Demand, Reported>) -> Result<Leaf, Reported> {
    let column = cx.column(0);
    let (condition, column) = (condition?, column?);
    let test = Test::Row(column.expr.clone().is_not_null());
    let metrics = vec![(column.metric("Completeness"), Metric::Share)];
    cx.rows(&[column], test, metrics, vec![Check { metric: Metric::Share, condition }], "is null")
}
