//! `Distribution`: declared, so that it is accepted where AWS accepts it; not evaluated yet.

use super::def::{Arity, Eval, RuleDef, RuleParam, Takes, Usable};

pub(super) static DISTRIBUTION: RuleDef = RuleDef {
    name: "Distribution",
    summary: "how the values of a column are spread over bins",
    parameters: &[RuleParam::column("TargetColumn")],
    arity: Arity::exactly(1),
    takes: Takes::Nothing,
    filter: true,
    threshold: false,
    usable: Usable::Analyzers,
    eval: Eval::NotYet("analyzers are not run"),
    page: include_str!("distribution.md"),
    ..RuleDef::BASE
};
