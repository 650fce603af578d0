//! `Sum "col" > 1`: the sum of a column.

use super::bind::RuleCx;
use super::bound::{Leaf, Metric, Tally, TallyKind};
use super::def::{Eval, RuleDef};
use crate::diag::Reported;

pub(super) static SUM: RuleDef = RuleDef {
    name: "Sum",
    summary: "sum of the values that are not null",
    eval: Eval::By(eval),
    page: include_str!("sum.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let column = cx.numeric_column(0)?;
    let tally = Tally { kind: TallyKind::Sum, arguments: vec![column.expr.clone()] };
    cx.one_number(column.metric("Sum"), Metric::Tally(tally))
}
