//! `ZerosCount "col" = 0`: how many values are zero.

use super::bind::RuleCx;
use super::bound::{Leaf, Metric, Tally, TallyKind};
use super::def::{Eval, RuleDef};
use crate::diag::Reported;

pub(super) static ZEROS_COUNT: RuleDef = RuleDef {
    name: "ZerosCount",
    summary: "how many values are zero",
    portable: false,
    eval: Eval::By(eval),
    page: include_str!("zeros_count.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let column = cx.numeric_column(0)?;
    let tally = Tally { kind: TallyKind::Zeros, arguments: vec![column.expr.clone()] };
    cx.one_number(column.metric("ZerosCount"), Metric::Tally(tally))
}
