//! `AllStatistics`: declared, so that it is accepted where AWS accepts it; not evaluated yet.

use super::def::{Arity, Eval, RuleDef, RuleParam, Takes, Usable};

pub(super) static ALL_STATISTICS: RuleDef = RuleDef {
    name: "AllStatistics",
    summary: "all statistics of a column, or of AllColumns",
    parameters: &[RuleParam::column("TargetColumn")],
    arity: Arity::exactly(1),
    takes: Takes::Nothing,
    filter: true,
    threshold: false,
    usable: Usable::Analyzers,
    eval: Eval::NotYet("analyzers are not run"),
    page: include_str!("all_statistics.md"),
    ..RuleDef::BASE
};
