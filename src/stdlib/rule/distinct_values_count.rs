//! `DistinctValuesCount "col" > 3`: how many values there are, null being one.

use super::bind::RuleCx;
use super::bound::{Empty, GroupFigure, Keys, Leaf, Metric};
use super::def::{Eval, RuleDef};
use crate::diag::Reported;

pub(super) static DISTINCT_VALUES_COUNT: RuleDef = RuleDef {
    name: "DistinctValuesCount",
    summary: "how many different values there are; null counts as one",
    eval: Eval::By(eval),
    page: include_str!("distinct_values_count.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let column = cx.column(0)?;
    let keys = Keys::by_text(column.expr.clone(), &column.data_type);
    let leaf = cx.one_number(column.metric("DistinctValuesCount"), Metric::Groups(GroupFigure::Distinct, keys))?;
    Ok(Leaf { empty: Empty::Passes, ..leaf })
}
