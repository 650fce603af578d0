//! `ReferentialIntegrity "a,b" "ref.{x,y}" = 1.0`: every key is among the keys of another data set.

use datafusion::common::DFSchema;
use datafusion::logical_expr::Expr;

use super::bind::{Column, RuleCx, part_of, reference, unquoted, value_type};
use super::bound::{Among, Check, Leaf, Member, Metric, Test};
use super::def::{Arity, Eval, RowClass, RuleDef, RuleParam, Usable};
use super::keys::common;
use crate::diag::{Diagnostic, Reported, codes};
use crate::source::Span;
use crate::stdlib::expr;

pub(super) static REFERENTIAL_INTEGRITY: RuleDef = RuleDef {
    name: "ReferentialIntegrity",
    summary: "share of rows whose key is among the keys of an additional data source",
    parameters: &[RuleParam::text("PrimaryColumns"), RuleParam::text("ReferenceColumns")],
    arity: Arity::exactly(2),
    filter: false,
    class: RowClass::Group,
    excluded_from_row_composites: true,
    usable: Usable::Both,
    eval: Eval::By(eval),
    page: include_str!("referential_integrity.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let condition = cx.number_condition();
    let (own, other) = (cx.text(0)?, cx.text(1)?);
    let (own_span, other_span) = (cx.rule.parameters[0].span, cx.rule.parameters[1].span);
    let Some((alias, names)) = parse(&other.value) else {
        let wrong =
            Diagnostic::new(&codes::quality::BAD_REFERENCE, other_span, "no data source before the columns of the reference");
        return Err(cx.error(
            wrong
                .here("expected `alias.column` or `alias.{column, column}`")
                .help("the alias is the name under `additional_data_sources`, or that of `--ref`"),
        ));
    };
    let columns: Vec<_> = split(&own.value).map(|name| cx.named(name, part_of(&own, name), true)).collect();
    let schema = cx.alias(alias, part_of(&other, alias)).map(|plan| plan.schema().clone());
    let (columns, schema) = (columns.into_iter().collect::<Result<Vec<_>, _>>()?, schema?);
    if columns.len() != names.len() {
        let wrong = Diagnostic::new(
            &codes::quality::BAD_REFERENCE,
            other_span,
            "as many columns of the reference are needed as of the primary data set",
        );
        let wrong = wrong.here(format!("{} here", names.len())).also(own_span, format!("{} here", columns.len()));
        return Err(cx.error(wrong.help("each column is held against the one at its place in the other list")));
    }
    let mut keys = Vec::new();
    let mut partners = Vec::new();
    for (column, name) in columns.iter().zip(names) {
        let (key, partner) = pair(cx, column, name, &schema, part_of(&other, name))?;
        keys.push(key);
        partners.push(partner);
    }
    let not_null = keys.len();
    let among = Among::Reference { alias: alias.to_owned(), columns: partners };
    let test = Test::Member(Member { keys, among, not_null, unique_keys: false });
    let metrics = vec![(format!("Column.{alias}.ReferentialIntegrity"), Metric::Share)];
    let check = Check { metric: Metric::Share, condition: condition? };
    cx.rows(&columns, test, metrics, vec![check], format!("has no partner in `{alias}`"))
}

/// `alias.{a,b}` or `alias.a`; the alias is all before the last dot.
fn parse(text: &str) -> Option<(&str, Vec<&str>)> {
    let (alias, names) = match text.rfind(".{").filter(|_| text.ends_with('}')) {
        Some(at) => (&text[..at], split(&text[at + 2..text.len() - 1]).collect()),
        None => {
            let (alias, name) = text.rsplit_once('.')?;
            (alias, vec![name.trim()])
        }
    };
    (!alias.is_empty() && names.iter().all(|name| !name.is_empty())).then_some((alias, names))
}

/// Names between commas.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim)
}

/// A column of the primary data set and its partner, both brought to a type in which they can be compared.
pub(super) fn pair(
    cx: &RuleCx<'_, '_>,
    column: &Column,
    name: &str,
    schema: &DFSchema,
    span: Span,
) -> Result<(Expr, Expr), Reported> {
    let Some(found) = expr::column(schema, unquoted(name)) else {
        return Err(cx.error(expr::unknown_column(span, name, schema, expr::NO_FATES)));
    };
    let data_type = value_type(schema, found);
    let Some((own, other)) = common((column.expr.clone(), &column.data_type), (reference(found), &data_type)) else {
        let wrong = cx.wrong_type(
            column,
            &format!(
                "keys that can be compared: `{found}` of the reference is `{}`",
                crate::stdlib::types::type_name(&data_type)
            ),
        );
        return Err(cx.error(wrong.also(span, "the other key")));
    };
    Ok((own, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn aliases_end_at_the_last_dot() {
        assert_eq!(parse("customers.id"), Some(("customers", vec!["id"])));
        assert_eq!(parse("db.s.customers.{id, region}"), Some(("db.s.customers", vec!["id", "region"])));
        assert_eq!(parse("id"), None);
        assert_eq!(parse(".id"), None);
        assert_eq!(parse("a.{}"), None);
    }
}
