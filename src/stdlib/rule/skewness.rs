//! `Skewness "col" between -1 and 1`: how lopsided the values are.

use super::bind::RuleCx;
use super::bound::{Leaf, Metric, Tally, TallyKind};
use super::def::{Eval, RuleDef};
use crate::diag::Reported;

pub(super) static SKEWNESS: RuleDef = RuleDef {
    name: "Skewness",
    summary: "population skewness of the values that are not null",
    portable: false,
    eval: Eval::By(eval),
    page: include_str!("skewness.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let column = cx.numeric_column(0)?;
    let tally = Tally { kind: TallyKind::Skewness, arguments: vec![column.expr.clone()] };
    cx.one_number(column.metric("Skewness"), Metric::Tally(tally))
}
