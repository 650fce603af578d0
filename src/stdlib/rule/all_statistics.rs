//! `AllStatistics "col"`, `AllStatistics of AllColumns`: every statistic that fits a column.

use datafusion::arrow::datatypes::DataType;
use datafusion::functions::expr_fn::character_length;
use datafusion::logical_expr::cast;

use super::bind::{Column, RuleCx};
use super::bound::{ByZero, GroupFigure, Keys, Leaf, Metric, Tally, TallyKind};
use super::def::{Eval, RuleDef, Takes, Usable};
use crate::diag::Reported;
use crate::stdlib::expr::HIDDEN;

pub(super) static ALL_STATISTICS: RuleDef = RuleDef {
    name: "AllStatistics",
    summary: "all statistics of a column, or of AllColumns",
    takes: Takes::Nothing,
    filter: false,
    usable: Usable::Analyzers,
    eval: Eval::By(eval),
    page: include_str!("all_statistics.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let visible = cx.schema.fields().iter().filter(|field| !field.name().starts_with(HIDDEN)).count();
    let mut metrics = vec![
        ("Dataset.*.RowCount".to_owned(), Metric::Rows),
        ("Dataset.*.ColumnCount".to_owned(), Metric::Known(visible as f64)),
    ];
    for column in cx.column_or_all()? {
        metrics.extend(of_all_types(&column));
        if column.data_type.is_numeric() {
            metrics.extend(of_numbers(&column));
        }
        if column.is_text() {
            metrics.extend(of_text(&column));
        }
    }
    cx.dataset(metrics, Vec::new())
}

fn of_all_types(column: &Column) -> Vec<(String, Metric)> {
    let count = Metric::Tally(Tally { kind: TallyKind::Count, arguments: vec![column.expr.clone()] });
    let completeness = Metric::Ratio(Box::new(count), Box::new(Metric::Rows), ByZero::Nothing);
    let groups = |figure| Metric::Groups(figure, Keys { columns: vec![column.expr.clone()], signed_zeros: false });
    let distinct = Metric::Groups(GroupFigure::Distinct, Keys::by_text(column.expr.clone(), &column.data_type));
    vec![
        (column.metric("Completeness"), completeness),
        (column.metric("Uniqueness"), groups(GroupFigure::Uniqueness)),
        (column.metric("UniqueValueRatio"), groups(GroupFigure::UniqueValueRatio)),
        (column.metric("DistinctValuesCount"), distinct),
        (column.metric("Entropy"), groups(GroupFigure::Entropy)),
    ]
}

fn of_numbers(column: &Column) -> Vec<(String, Metric)> {
    let tally = |kind| Metric::Tally(Tally { kind, arguments: vec![column.expr.clone()] });
    let mean = Metric::Ratio(Box::new(tally(TallyKind::Sum)), Box::new(tally(TallyKind::Count)), ByZero::Nothing);
    vec![
        (column.metric("Minimum"), tally(TallyKind::Minimum)),
        (column.metric("Maximum"), tally(TallyKind::Maximum)),
        (column.metric("Mean"), mean),
        (column.metric("Sum"), tally(TallyKind::Sum)),
        (column.metric("StandardDeviation"), tally(TallyKind::StandardDeviation)),
    ]
}

fn of_text(column: &Column) -> Vec<(String, Metric)> {
    let length = cast(character_length(column.expr.clone()), DataType::Int64);
    let tally = |kind| Metric::Tally(Tally { kind, arguments: vec![length.clone()] });
    vec![(column.metric("MinimumLength"), tally(TallyKind::Minimum)), (column.metric("MaximumLength"), tally(TallyKind::Maximum))]
}
