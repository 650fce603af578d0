//! `RowCount > 0`: how many rows there are.

use super::bind::RuleCx;
use super::bound::{Empty, Leaf, Metric};
use super::def::{Arity, Eval, RuleDef};
use crate::diag::Reported;

pub(super) static ROW_COUNT: RuleDef = RuleDef {
    name: "RowCount",
    summary: "how many rows there are",
    parameters: &[],
    arity: Arity::exactly(0),
    eval: Eval::By(eval),
    page: include_str!("row_count.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    Ok(Leaf { empty: Empty::Passes, ..cx.one_number("Dataset.*.RowCount".to_owned(), Metric::Rows)? })
}
