//! `DatasetMatch "reference" "id" >= 0.9`: rows have a partner of the same key and the same values in another data set.

use super::bind::{Column, RuleCx, part_of};
use super::bound::{Among, Check, Leaf, Member, Metric, Test};
use super::def::{Arity, Eval, RowClass, RuleDef, RuleParam, Usable};
use super::referential_integrity::{pair, split};
use crate::diag::Reported;
use crate::source::Text;
use crate::stdlib::expr::HIDDEN;

pub(super) static DATASET_MATCH: RuleDef = RuleDef {
    name: "DatasetMatch",
    summary: "share of rows with a row of the same key and the same values in an additional data source",
    parameters: &[
        RuleParam::alias("ReferenceDatasetAlias"),
        RuleParam::text("KeyColumnMappings"),
        RuleParam::text("MatchColumnMappings"),
    ],
    arity: Arity::Between(2, 3),
    filter: false,
    class: RowClass::Group,
    excluded_from_row_composites: true,
    usable: Usable::Both,
    eval: Eval::By(eval),
    page: include_str!("dataset_match.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let condition = cx.number_condition();
    let alias = cx.text(0)?.value;
    let span = |at: usize| cx.rule.parameters[at].span;
    let schema = cx.alias(&alias, span(0))?.schema().clone();
    let keys = mappings(cx, &cx.text(1)?)?;
    let values = if cx.rule.parameters.len() > 2 {
        mappings(cx, &cx.text(2)?)?
    } else {
        let rest = cx
            .schema
            .fields()
            .iter()
            .map(|field| field.name())
            .filter(|name| !name.starts_with(HIDDEN) && !keys.iter().any(|(column, _)| column.name == **name));
        rest.map(|name| Ok((cx.named(name, span(1), true)?, name.clone()))).collect::<Result<Vec<_>, Reported>>()?
    };
    let not_null = keys.len();
    let all: Vec<(Column, String)> = keys.into_iter().chain(values).collect();
    let pairs: Vec<_> = all.iter().map(|(column, name)| pair(cx, column, name, &schema, column.span)).collect();
    let (own, columns) = pairs.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().unzip();
    let test = Test::Member(Member {
        keys: own,
        among: Among::Reference { alias: alias.clone(), columns },
        not_null,
        unique_keys: true,
    });
    let metrics = vec![(format!("Dataset.{alias}.DatasetMatch"), Metric::Share)];
    let check = Check { metric: Metric::Share, condition: condition? };
    let shown: Vec<_> = all.into_iter().take(not_null).map(|(column, _)| column).collect();
    cx.rows(&shown, test, metrics, vec![check], format!("has no equal row in `{alias}`"))
}

/// `a`, `a->b`, between commas.
fn mappings(cx: &RuleCx<'_, '_>, text: &Text) -> Result<Vec<(Column, String)>, Reported> {
    let found: Vec<_> = split(&text.value)
        .map(|mapping| {
            let (own, other) = mapping.split_once("->").unwrap_or((mapping, mapping));
            cx.named(own.trim(), part_of(text, own.trim()), true).map(|column| (column, other.trim().to_owned()))
        })
        .collect();
    found.into_iter().collect()
}
