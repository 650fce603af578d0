//! `FileUniqueness`: declared, so that it is accepted where AWS accepts it; not evaluated yet.

use super::def::{Arity, Eval, RuleDef, RuleParam, Takes, Usable};

pub(super) static FILE_UNIQUENESS: RuleDef = RuleDef {
    name: "FileUniqueness",
    summary: "no two files have the same contents",
    parameters: &[RuleParam::text("FilePath")],
    arity: Arity::Between(0, 1),
    takes: Takes::Number,
    filter: false,
    threshold: false,
    usable: Usable::Rules,
    eval: Eval::NotYet("needs the files behind the data"),
    page: include_str!("file_uniqueness.md"),
    ..RuleDef::BASE
};
