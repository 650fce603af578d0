//! `ColumnCount = 11`: how many columns there are.

use super::bind::RuleCx;
use super::bound::{Leaf, Metric};
use super::def::{Arity, Eval, RuleDef};
use crate::diag::Reported;
use crate::stdlib::expr::HIDDEN;

pub(super) static COLUMN_COUNT: RuleDef = RuleDef {
    name: "ColumnCount",
    summary: "how many columns there are",
    parameters: &[],
    arity: Arity::exactly(0),
    filter: false,
    eval: Eval::By(eval),
    page: include_str!("column_count.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let columns = cx.schema.fields().iter().filter(|field| !field.name().starts_with(HIDDEN)).count();
    cx.one_number("Dataset.*.ColumnCount".to_owned(), Metric::Known(columns as f64))
}
