//! `Range "col" < 100`: the greatest value less the smallest.

use super::bind::RuleCx;
use super::bound::{Leaf, Metric, Tally, TallyKind};
use super::def::{Eval, RuleDef};
use crate::diag::Reported;

pub(super) static RANGE: RuleDef = RuleDef {
    name: "Range",
    summary: "greatest value less the smallest, of those that are not null",
    portable: false,
    eval: Eval::By(eval),
    page: include_str!("range.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let column = cx.numeric_column(0)?;
    let tally = Tally { kind: TallyKind::Range, arguments: vec![column.expr.clone()] };
    cx.one_number(column.metric("Range"), Metric::Tally(tally))
}
