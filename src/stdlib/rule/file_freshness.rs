//! `FileFreshness`: declared, so that it is accepted where AWS accepts it; not evaluated yet.

use super::def::{Arity, Eval, RuleDef, RuleParam, Takes, Usable};

pub(super) static FILE_FRESHNESS: RuleDef = RuleDef {
    name: "FileFreshness",
    summary: "the files are young enough",
    parameters: &[RuleParam::text("FilePath")],
    arity: Arity::Between(0, 1),
    takes: Takes::Date,
    filter: false,
    threshold: true,
    usable: Usable::Rules,
    eval: Eval::NotYet("needs the files behind the data"),
    page: include_str!("file_freshness.md"),
    ..RuleDef::BASE
};
