//! `AggregateMatch "sum(a)" "sum(reference.b)" = 1.0`: one aggregate by another.

use datafusion::logical_expr::Expr;

use super::bind::{PRIMARY, RuleCx, part_of, reference, unquoted, value_type};
use super::bound::{ByZero, Leaf, Metric, Tally, TallyKind};
use super::def::{Arity, Eval, RuleDef, RuleParam, Usable};
use crate::diag::{Diagnostic, Reported, codes};
use crate::stdlib::expr;

pub(super) static AGGREGATE_MATCH: RuleDef = RuleDef {
    name: "AggregateMatch",
    summary: "one sum or mean by another, of the same or another data set",
    parameters: &[RuleParam::text("AggregateExpression1"), RuleParam::text("AggregateExpression2")],
    arity: Arity::exactly(2),
    filter: false,
    usable: Usable::Both,
    eval: Eval::By(eval),
    page: include_str!("aggregate_match.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let (first, second) = (aggregate(cx, 0), aggregate(cx, 1));
    let ((first_column, first), (second_column, second)) = (first?, second?);
    let columns = if first_column == second_column { first_column } else { format!("{first_column},{second_column}") };
    let metric = Metric::Ratio(Box::new(first), Box::new(second), ByZero::Match);
    cx.one_number(format!("Column.{columns}.AggregateMatch"), metric)
}

/// The column as written, and the metric.
fn aggregate(cx: &RuleCx<'_, '_>, at: usize) -> Result<(String, Metric), Reported> {
    let text = cx.text(at)?;
    let span = cx.rule.parameters[at].span;
    let parsed = text.value.trim().strip_suffix(')').and_then(|text| text.split_once('('));
    let parsed = parsed.filter(|(function, _)| ["sum", "SUM", "avg", "AVG"].contains(function));
    let Some((function, inner)) = parsed else {
        let wrong = Diagnostic::new(&codes::quality::BAD_REFERENCE, span, "not an aggregate that can be matched");
        return Err(cx.error(wrong.here("expected `sum(column)` or `avg(alias.column)`")));
    };
    let inner = inner.trim();
    let (alias, name) = match inner.rsplit_once('.').filter(|_| !inner.starts_with('`')) {
        Some((alias, name)) if alias != PRIMARY => (Some(alias), name),
        Some((_, name)) => (None, name),
        None => (None, inner),
    };
    let schema = match alias {
        Some(alias) => cx.alias(alias, part_of(&text, alias))?.schema().clone(),
        None => cx.scope.primary.schema().clone(),
    };
    let fates = if alias.is_none() { cx.scope.fates } else { expr::NO_FATES };
    let Some(found) = expr::column(&schema, unquoted(name)) else {
        return Err(cx.error(expr::unknown_column(part_of(&text, name), name, &schema, fates)));
    };
    let data_type = value_type(&schema, found);
    if !data_type.is_numeric() {
        let wrong =
            Diagnostic::new(&codes::quality::COLUMN_TYPE, part_of(&text, name), "`AggregateMatch` needs columns of numbers");
        let wrong = wrong.here(format!("`{found}` is `{}`", crate::stdlib::types::type_name(&data_type)));
        return Err(cx.error(wrong.help("name another column, or cast this one before, in an `apply_mapping`")));
    }
    let measure = |kind| tally(alias, kind, reference(found));
    let metric = match function {
        "sum" | "SUM" => measure(TallyKind::Sum),
        _ => Metric::Ratio(Box::new(measure(TallyKind::Sum)), Box::new(measure(TallyKind::Count)), ByZero::Nothing),
    };
    Ok((name.to_owned(), metric))
}

fn tally(alias: Option<&str>, kind: TallyKind, column: Expr) -> Metric {
    let tally = Tally { kind, arguments: vec![column] };
    alias.map_or_else(|| Metric::Tally(tally.clone()), |alias| Metric::Reference(alias.to_owned(), tally.clone()))
}
