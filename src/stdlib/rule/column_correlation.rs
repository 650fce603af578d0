//! `ColumnCorrelation "a" "b" > 0.8`: whether two columns move together.

use super::bind::{RuleCx, metric_name};
use super::bound::{Leaf, Metric, Tally, TallyKind};
use super::def::{Arity, Eval, RuleDef, RuleParam};
use crate::diag::Reported;

pub(super) static COLUMN_CORRELATION: RuleDef = RuleDef {
    name: "ColumnCorrelation",
    summary: "Pearson's correlation of two columns, over rows where neither is null",
    parameters: &[RuleParam::column("TargetColumn1"), RuleParam::column("TargetColumn2")],
    arity: Arity::exactly(2),
    eval: Eval::By(eval),
    page: include_str!("column_correlation.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let (first, second) = (cx.numeric_column(0), cx.numeric_column(1));
    let columns = [first?, second?];
    let arguments = columns.iter().map(|column| column.expr.clone()).collect();
    let metric = Metric::Tally(Tally { kind: TallyKind::Correlation, arguments });
    cx.one_number(metric_name(&columns, "ColumnCorrelation"), metric)
}
