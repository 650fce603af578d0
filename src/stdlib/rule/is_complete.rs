//! `IsComplete "col"`: no value of a column is null.

use super::condition::Demand;
use super::def::{Eval, RowClass, RuleDef, Takes, Usable};

pub(super) static IS_COMPLETE: RuleDef = RuleDef {
    name: "IsComplete",
    summary: "no value of the column is null",
    takes: Takes::Nothing,
    class: RowClass::Row,
    usable: Usable::Rules,
    eval: Eval::By(|cx| super::completeness::eval(cx, Ok(Demand::ALL))),
    page: include_str!("is_complete.md"),
    ..RuleDef::BASE
};
