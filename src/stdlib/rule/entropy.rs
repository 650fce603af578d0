//! `Entropy "col" > 1`: how evenly the values are spread.

use super::bind::RuleCx;
use super::bound::{GroupFigure, Keys, Leaf, Metric};
use super::def::{Eval, RuleDef};
use crate::diag::Reported;

pub(super) static ENTROPY: RuleDef = RuleDef {
    name: "Entropy",
    summary: "how evenly the values that are not null are spread, in natural units",
    eval: Eval::By(eval),
    page: include_str!("entropy.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let column = cx.column(0)?;
    let keys = Keys { columns: vec![column.expr.clone()], signed_zeros: false };
    cx.one_number(column.metric("Entropy"), Metric::Groups(GroupFigure::Entropy, keys))
}
