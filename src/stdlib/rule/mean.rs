//! `Mean "col" > 3`: the mean of a column.

use super::bind::RuleCx;
use super::bound::{ByZero, Leaf, Metric, Tally, TallyKind};
use super::def::{Eval, RuleDef};
use crate::diag::Reported;

pub(super) static MEAN: RuleDef = RuleDef {
    name: "Mean",
    summary: "mean of the values that are not null",
    eval: Eval::By(eval),
    page: include_str!("mean.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let column = cx.numeric_column(0)?;
    let tally = |kind| Box::new(Metric::Tally(Tally { kind, arguments: vec![column.expr.clone()] }));
    let mean = Metric::Ratio(tally(TallyKind::Sum), tally(TallyKind::Count), ByZero::Nothing);
    cx.one_number(column.metric("Mean"), mean)
}
