//! `IsPrimaryKey "a" "b"`: the key is unique and never null.

use datafusion::logical_expr::Expr;

use super::bind::{RuleCx, metric_name};
use super::bound::{ByZero, Check, GroupFigure, Keys, Leaf, Metric, Tally, TallyKind, Test};
use super::condition::Demand;
use super::def::{Arity, Eval, RowClass, RuleDef, Takes, Usable};
use crate::diag::{Diagnostic, Reported, Severity, codes};
use crate::syntax::dqdl::Dialect;

pub(super) static IS_PRIMARY_KEY: RuleDef = RuleDef {
    name: "IsPrimaryKey",
    summary: "the column, or combination of columns, is unique and never null",
    arity: Arity::AtLeast(1),
    takes: Takes::Nothing,
    class: RowClass::Group,
    usable: Usable::Rules,
    eval: Eval::By(eval),
    page: include_str!("is_primary_key.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let columns = cx.columns()?;
    let keys = Keys { columns: columns.iter().map(|column| column.expr.clone()).collect(), signed_zeros: false };
    let uniqueness = Metric::Groups(GroupFigure::Uniqueness, keys.clone());
    let mut metrics = vec![(metric_name(&columns, "Uniqueness"), uniqueness.clone())];
    let mut measured = vec![uniqueness];
    // AWS forgets the second half for several columns; a key with nulls is no key.
    let strict = cx.scope.dialect == Dialect::Strict;
    let forgotten = columns.len() > 1 && strict;
    let open: Vec<_> = columns.iter().filter(|column| !cx.is_complete(column)).map(|column| column.written.as_str()).collect();
    if columns.len() > 1 && !open.is_empty() {
        let message = "AWS does not check that a key of several columns is never null";
        let mut said = Diagnostic::new(&codes::lint::KEY_WITH_NULLS, cx.rule.span, message);
        said.severity = if strict { Severity::Warning } else { Severity::Hint };
        let rules = open.iter().map(|name| format!("`IsComplete \"{name}\"`")).collect::<Vec<_>>().join(", ");
        let here = if strict { "nulls pass, as on AWS" } else { "nulls fail here and pass there" };
        cx.say(said.here(here).help(format!("add {rules} to say it everywhere")));
    }
    for column in columns.iter().filter(|_| !forgotten) {
        let count = Metric::Tally(Tally { kind: TallyKind::Count, arguments: vec![column.expr.clone()] });
        let share = Metric::Ratio(Box::new(count), Box::new(Metric::Rows), ByZero::Nothing);
        metrics.push((column.metric("Completeness"), share.clone()));
        measured.push(share);
    }
    let checks = measured.into_iter().map(|metric| Check { metric, condition: Demand::ALL }).collect();
    let not_null = columns.iter().filter(|_| !forgotten).map(|column| column.expr.clone().is_not_null()).reduce(Expr::and);
    let tests = std::iter::once(Test::Unique(keys)).chain(not_null.map(Test::Row));
    cx.rows(&columns, Test::All(tests.collect()), metrics, checks, "is null or occurs more than once")
}
