//! `DetectAnomalies`: declared, so that it is accepted where AWS accepts it; not evaluated yet.

use super::def::{Arity, Eval, RuleDef, RuleParam, Takes, Usable};

pub(super) static DETECT_ANOMALIES: RuleDef = RuleDef {
    name: "DetectAnomalies",
    summary: "a metric is not out of line with its history",
    parameters: &[RuleParam::text("RuleType")],
    arity: Arity::AtLeast(1),
    takes: Takes::Nothing,
    filter: false,
    threshold: false,
    usable: Usable::Rules,
    eval: Eval::NotYet("needs the history of earlier runs"),
    page: include_str!("detect_anomalies.md"),
    ..RuleDef::BASE
};
