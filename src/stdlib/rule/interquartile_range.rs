//! `InterquartileRange "col" < 10`: how wide the middle half of the values is.

use super::bind::RuleCx;
use super::bound::{Leaf, Metric, Tally, TallyKind};
use super::def::{Eval, RuleDef};
use crate::diag::Reported;

pub(super) static INTERQUARTILE_RANGE: RuleDef = RuleDef {
    name: "InterquartileRange",
    summary: "third quartile less the first, of the values that are not null",
    portable: false,
    eval: Eval::By(eval),
    page: include_str!("interquartile_range.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let column = cx.numeric_column(0)?;
    let tally = Tally { kind: TallyKind::InterquartileRange, arguments: vec![column.expr.clone()] };
    cx.one_number(column.metric("InterquartileRange"), Metric::Tally(tally))
}
