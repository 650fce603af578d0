//! `FileMatch`: declared, so that it is accepted where AWS accepts it; not evaluated yet.

use super::def::{Arity, Eval, RuleDef, RuleParam, Takes, Usable};

pub(super) static FILE_MATCH: RuleDef = RuleDef {
    name: "FileMatch",
    summary: "files have the contents of others, or given checksums",
    parameters: &[RuleParam::text("FilePath"), RuleParam::text("OtherFilePath")],
    arity: Arity::Between(0, 2),
    takes: Takes::TextOrNothing,
    filter: false,
    threshold: false,
    usable: Usable::Rules,
    eval: Eval::NotYet("needs the files behind the data"),
    page: include_str!("file_match.md"),
    ..RuleDef::BASE
};
