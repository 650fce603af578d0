//! `ColumnNamesMatchPattern "aws_.*"`: every column's name contains a match.

use super::bind::RuleCx;
use super::bound::{Check, Leaf, Metric};
use super::condition::Demand;
use super::def::{Eval, RuleDef, RuleParam, Takes, Usable};
use crate::diag::{Diagnostic, Reported, codes};
use crate::stdlib::expr::HIDDEN;
use crate::stdlib::pattern::Pattern;
use crate::syntax::dqdl::ast::ParameterValue;

pub(super) static COLUMN_NAMES_MATCH_PATTERN: RuleDef = RuleDef {
    name: "ColumnNamesMatchPattern",
    summary: "the name of every column contains a match of the pattern",
    parameters: &[RuleParam::text("Pattern")],
    takes: Takes::Nothing,
    filter: false,
    usable: Usable::Rules,
    eval: Eval::By(eval),
    page: include_str!("column_names_match_pattern.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let parameter = &cx.rule.parameters[0];
    let raw = match &parameter.value {
        ParameterValue::Quoted(literal) => literal.raw.clone(),
        ParameterValue::Bare(_) | ParameterValue::Variable(_) => cx.text(0)?.value,
    };
    let pattern = Pattern::new(&raw).map_err(|fault| match &parameter.value {
        ParameterValue::Quoted(literal) => cx.error(super::values::bad_regex(literal, &fault)),
        ParameterValue::Bare(_) | ParameterValue::Variable(_) => cx.error(
            Diagnostic::new(&codes::quality::BAD_REGEX, parameter.span, "not a regular expression that can be used")
                .here(fault.message),
        ),
    })?;
    let names: Vec<_> = cx.schema.fields().iter().map(|field| field.name()).filter(|name| !name.starts_with(HIDDEN)).collect();
    let matching = names.iter().filter(|name| pattern.is_match(name).unwrap_or(false)).count();
    let ratio = if names.is_empty() { f64::NAN } else { matching as f64 / names.len() as f64 };
    let metric = Metric::Known(ratio);
    let check = Check { metric: metric.clone(), condition: Demand::ALL };
    cx.dataset(vec![("Dataset.*.ColumnNamesPatternMatchRatio".to_owned(), metric)], vec![check])
}
