//! `IsUnique "col"`: no key occurs twice.

use super::bound::GroupFigure;
use super::condition::Demand;
use super::def::{Arity, Eval, RowClass, RuleDef, Takes, Usable};

pub(super) static IS_UNIQUE: RuleDef = RuleDef {
    name: "IsUnique",
    summary: "no value, or combination of values, occurs more than once",
    arity: Arity::AtLeast(1),
    takes: Takes::Nothing,
    class: RowClass::Group,
    usable: Usable::Rules,
    eval: Eval::By(|cx| super::uniqueness::eval(cx, GroupFigure::Uniqueness, Ok(Demand::ALL))),
    page: include_str!("is_unique.md"),
    ..RuleDef::BASE
};
