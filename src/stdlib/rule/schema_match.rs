//! `SchemaMatch "reference" = 1.0`: columns of the same name and type in another data set.

use super::bind::RuleCx;
use super::bound::{Leaf, Metric};
use super::def::{Eval, RuleDef, RuleParam, Usable};
use crate::diag::Reported;
use crate::stdlib::expr::HIDDEN;
use crate::stdlib::types::type_name;

pub(super) static SCHEMA_MATCH: RuleDef = RuleDef {
    name: "SchemaMatch",
    summary: "share of columns that an additional data source has with the same name and type",
    parameters: &[RuleParam::alias("ReferenceDatasetAlias")],
    filter: false,
    usable: Usable::Both,
    eval: Eval::By(eval),
    page: include_str!("schema_match.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let alias = cx.text(0)?.value;
    let columns = |schema: &datafusion::common::DFSchema| -> Vec<(String, String)> {
        let shown = schema.fields().iter().filter(|field| !field.name().starts_with(HIDDEN));
        shown.map(|field| (field.name().clone(), type_name(field.data_type()))).collect()
    };
    let other = columns(cx.alias(&alias, cx.rule.parameters[0].span)?.schema());
    let own = columns(cx.schema);
    let equal = own.iter().filter(|column| other.contains(column)).count();
    let ratio = if own.len() == other.len() && !own.is_empty() { equal as f64 / own.len() as f64 } else { 0.0 };
    cx.one_number(format!("Dataset.{alias}.SchemaMatch"), Metric::Known(ratio))
}
