//! `FileSize`: declared, so that it is accepted where AWS accepts it; not evaluated yet.

use super::def::{Arity, Eval, RuleDef, RuleParam, Takes, Usable};

pub(super) static FILE_SIZE: RuleDef = RuleDef {
    name: "FileSize",
    summary: "the files have a size that satisfies the condition",
    parameters: &[RuleParam::text("FilePath")],
    arity: Arity::Between(0, 1),
    takes: Takes::Size,
    filter: false,
    threshold: true,
    usable: Usable::Rules,
    eval: Eval::NotYet("needs the files behind the data"),
    page: include_str!("file_size.md"),
    ..RuleDef::BASE
};
