//! `UniqueValueRatio "col" > 0.9`: the share of distinct values that occur once.

use super::bound::GroupFigure;
use super::def::{Eval, RowClass, RuleDef};

pub(super) static UNIQUE_VALUE_RATIO: RuleDef = RuleDef {
    name: "UniqueValueRatio",
    summary: "share of the distinct values that occur exactly once",
    class: RowClass::Group,
    eval: Eval::By(|cx| super::uniqueness::eval(cx, GroupFigure::UniqueValueRatio, cx.number_condition())),
    page: include_str!("unique_value_ratio.md"),
    ..RuleDef::BASE
};
