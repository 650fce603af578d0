//! `StandardDeviation "col" > 1`: how far values lie from their mean.

use super::bind::RuleCx;
use super::bound::{Leaf, Metric, Tally, TallyKind};
use super::def::{Eval, RuleDef};
use crate::diag::Reported;

pub(super) static STANDARD_DEVIATION: RuleDef = RuleDef {
    name: "StandardDeviation",
    summary: "population standard deviation of the values that are not null",
    eval: Eval::By(eval),
    page: include_str!("standard_deviation.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let column = cx.numeric_column(0)?;
    let tally = Tally { kind: TallyKind::StandardDeviation, arguments: vec![column.expr.clone()] };
    cx.one_number(column.metric("StandardDeviation"), Metric::Tally(tally))
}
