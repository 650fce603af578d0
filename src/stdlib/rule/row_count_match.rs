//! `RowCountMatch "reference" >= 0.9`: how many rows there are, by those of another data set.

use super::bind::RuleCx;
use super::bound::{ByZero, Leaf, Metric};
use super::def::{Eval, RuleDef, RuleParam, Usable};
use crate::diag::Reported;

pub(super) static ROW_COUNT_MATCH: RuleDef = RuleDef {
    name: "RowCountMatch",
    summary: "rows by the rows of an additional data source",
    parameters: &[RuleParam::alias("ReferenceDatasetAlias")],
    filter: false,
    usable: Usable::Both,
    eval: Eval::By(eval),
    page: include_str!("row_count_match.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let alias = cx.text(0)?.value;
    cx.alias(&alias, cx.rule.parameters[0].span)?;
    let ratio = Metric::Ratio(Box::new(Metric::Rows), Box::new(Metric::ReferenceRows(alias.clone())), ByZero::Infinite);
    cx.one_number(format!("Dataset.{alias}.RowCountMatch"), ratio)
}
