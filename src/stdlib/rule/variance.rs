//! `Variance "col" > 1`: the square of the standard deviation.

use super::bind::RuleCx;
use super::bound::{Leaf, Metric, Tally, TallyKind};
use super::def::{Eval, RuleDef};
use crate::diag::Reported;

pub(super) static VARIANCE: RuleDef = RuleDef {
    name: "Variance",
    summary: "population variance of the values that are not null",
    eval: Eval::By(eval),
    page: include_str!("variance.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let column = cx.numeric_column(0)?;
    let tally = Tally { kind: TallyKind::Variance, arguments: vec![column.expr.clone()] };
    cx.one_number(column.metric("Variance"), Metric::Tally(tally))
}
