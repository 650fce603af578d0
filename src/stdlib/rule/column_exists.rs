//! `ColumnExists "col"`: there is a column of exactly that name.

use super::bind::RuleCx;
use super::bound::{Check, Leaf, Metric};
use super::condition::Demand;
use super::def::{Eval, RuleDef, Takes, Usable};
use crate::diag::Reported;

pub(super) static COLUMN_EXISTS: RuleDef = RuleDef {
    name: "ColumnExists",
    summary: "there is a column of exactly that name",
    takes: Takes::Nothing,
    filter: false,
    usable: Usable::Rules,
    eval: Eval::By(eval),
    page: include_str!("column_exists.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let name = cx.text(0)?.value;
    let exists = cx.schema.fields().iter().any(|field| *field.name() == name);
    let metric = Metric::Known(if exists { 1.0 } else { 0.0 });
    let check = Check { metric: metric.clone(), condition: Demand::ALL };
    cx.dataset(vec![(format!("Dataset.{name}.ColumnExists"), metric)], vec![check])
}
