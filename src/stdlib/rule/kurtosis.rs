//! `Kurtosis "col" < 3`: how heavy the tails of the values are.

use super::bind::RuleCx;
use super::bound::{Leaf, Metric, Tally, TallyKind};
use super::def::{Eval, RuleDef};
use crate::diag::Reported;

pub(super) static KURTOSIS: RuleDef = RuleDef {
    name: "Kurtosis",
    summary: "population excess kurtosis of the values that are not null",
    portable: false,
    eval: Eval::By(eval),
    page: include_str!("kurtosis.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let column = cx.numeric_column(0)?;
    let tally = Tally { kind: TallyKind::Kurtosis, arguments: vec![column.expr.clone()] };
    cx.one_number(column.metric("Kurtosis"), Metric::Tally(tally))
}
