//! `DetectAnomalies "RowCount"`: the metrics of a rule type are where their history expects them.

use super::bind::RuleCx;
use super::bound::{Check, Leaf};
use super::condition::Demand;
use super::def::{Arity, Eval, RuleDef, RuleParam, Takes, Usable};
use crate::diag::{Diagnostic, Reported, codes, suggest};
use crate::syntax::dqdl::ast::{Ident, Rule};

pub(super) static DETECT_ANOMALIES: RuleDef = RuleDef {
    name: "DetectAnomalies",
    summary: "a metric is not out of line with its history",
    parameters: &[RuleParam::text("RuleType")],
    arity: Arity::AtLeast(1),
    takes: Takes::Nothing,
    filter: false,
    threshold: false,
    usable: Usable::Rules,
    eval: Eval::By(eval),
    page: include_str!("detect_anomalies.md"),
    ..RuleDef::BASE
};

/// The rule types that AWS's documentation lists, each with the name it has as a rule.
static TYPES: &[(&str, &RuleDef)] = &[
    ("RowCount", &super::row_count::ROW_COUNT),
    ("Completeness", &super::completeness::COMPLETENESS),
    ("Uniqueness", &super::UNIQUENESS),
    ("Mean", &super::mean::MEAN),
    ("Sum", &super::sum::SUM),
    ("StandardDeviation", &super::standard_deviation::STANDARD_DEVIATION),
    ("Entropy", &super::entropy::ENTROPY),
    ("DistinctValuesCount", &super::distinct_values_count::DISTINCT_VALUES_COUNT),
    ("UniqueValueRatio", &super::UNIQUE_VALUE_RATIO),
    ("ColumnLength", &super::column_length::COLUMN_LENGTH),
    ("ColumnValues", &super::column_values::COLUMN_VALUES),
    ("ColumnCorrelation", &super::column_correlation::COLUMN_CORRELATION),
    // The documentation spells it like the metric; the rule type's own spelling is meant too.
    ("CustomSQL", &super::CUSTOM_SQL),
    ("CustomSql", &super::CUSTOM_SQL),
    ("ColumnCount", &super::COLUMN_COUNT),
];

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let name = cx.text(0)?;
    let span = cx.rule.parameters[0].span;
    let Some((_, def)) = TYPES.iter().find(|(known, _)| *known == name.value) else {
        let message = format!("`{}` detects no anomalies of `{}`", cx.def.name, name.value);
        let unknown =
            Diagnostic::new(&codes::quality::UNKNOWN_RULE_TYPE, span, message).here("not a rule type whose metrics it compares");
        let names = || TYPES.iter().map(|(name, _)| *name).filter(|name| *name != "CustomSql");
        let unknown = unknown.note(format!("it takes {}", suggest::list(names(), 20)));
        return Err(cx.error(cx.quoting(unknown.suggest(span, &name.value, names()), span)));
    };
    let rule = Rule {
        rule_type: Ident { text: def.name.to_owned(), span },
        parameters: cx.rule.parameters[1..].to_vec(),
        condition: None,
        ..cx.rule.clone()
    };
    let measured = cx.measured(&rule, def)?;
    let checks = measured.metrics.iter().map(|(_, metric)| Check { metric: metric.clone(), condition: Demand::Forecast });
    Ok(Leaf { def: cx.def, checks: checks.collect(), columns: Vec::new(), ..measured })
}
