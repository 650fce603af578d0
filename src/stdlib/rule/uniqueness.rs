//! `Uniqueness "col" > 0.99`: the share of rows whose key occurs once.

use super::bind::{RuleCx, metric_name};
use super::bound::{Check, GroupFigure, Keys, Leaf, Metric, Test};
use super::condition::Demand;
use super::def::{Arity, Eval, RowClass, RuleDef};
use crate::diag::Reported;

pub(super) static UNIQUENESS: RuleDef = RuleDef {
    name: "Uniqueness",
    summary: "share of rows whose value, or combination of values, occurs exactly once",
    arity: Arity::AtLeast(1),
    class: RowClass::Group,
    excluded_from_row_composites: true,
    eval: Eval::By(|cx| eval(cx, GroupFigure::Uniqueness, cx.number_condition())),
    page: include_str!("uniqueness.md"),
    ..RuleDef::BASE
};

/// A figure of the groups must satisfy the condition; every row of a group of two or more fails.
pub(super) fn eval(cx: &RuleCx<'_, '_>, figure: GroupFigure, condition: Result<Demand, Reported>) -> Result<Leaf, Reported> {
    let columns = cx.columns();
    let (condition, columns) = (condition?, columns?);
    let keys = Keys { columns: columns.iter().map(|column| column.expr.clone()).collect(), signed_zeros: false };
    let metric = Metric::Groups(figure, keys.clone());
    let name = match figure {
        GroupFigure::UniqueValueRatio => "UniqueValueRatio",
        _ => "Uniqueness",
    };
    let metrics = vec![(metric_name(&columns, name), metric.clone())];
    cx.rows(&columns, Test::Unique(keys), metrics, vec![Check { metric, condition }], "occurs more than once")
}
