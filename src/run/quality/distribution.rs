//! `Distribution`: where bins begin and end, what lies outside of them, and when they are set anew.
//!
//! The first run puts the ends of the bins where its smallest and its greatest value are, and records them; later runs
//! find them in the history. AWS's figures: more than 2 % outside is worth a word, more than 5 % a strong one, and three
//! runs in a row of that move the ends to the values of the last one, for the runs to come.

use std::sync::Arc;

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{DFSchema, Result};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use indexmap::{IndexMap, IndexSet};

use super::scan::{fold, only};
use crate::plan::nodes::quality::keys::Groups;
use crate::plan::nodes::quality::{Histogram, joined};
use crate::run::report::{Counted, Observation, Strength};
use crate::stdlib::rule::{BinFigure, BoundRuleset, Distribution, Edges, History, Keys, Leaf, Point, Spread};

/// More than this share outside of the bins is worth a word.
const NOTABLE: f64 = 0.02;
/// More than this share is too much.
const TOO_MUCH: f64 = 0.05;
/// So many runs in a row with too much outside, and the bins are set anew.
const PATIENCE: usize = 3;
/// So many of the most frequent values are shown.
const FREQUENT: usize = 20;

/// The ends of the bins of every column that has some, by the metric of its overflow: recorded ones, or those of the data.
pub(super) async fn edges(
    ruleset: &BoundRuleset,
    history: &History,
    input: &LogicalPlan,
    session: &SessionState,
) -> Result<IndexMap<String, Edges>> {
    let (mut found, mut open) = (IndexMap::new(), Vec::new());
    for leaf in ruleset.leaves() {
        for one in &leaf.distributions {
            let Spread::Bins { value, count, .. } = &one.spread else { continue };
            let name = one.metric(BinFigure::Overflow);
            match recorded(one, leaf, history, *count).last() {
                Some((_, edges)) => {
                    found.insert(name, *edges);
                }
                None => open.push((name, value.clone(), *count)),
            }
        }
    }
    let values: IndexSet<Expr> = open.iter().map(|(_, value, _)| value.clone()).collect();
    let ranges = ranges(values, input, session).await?;
    for (name, value, count) in open {
        if let Some((lower, upper)) = ranges.get(&value).copied().flatten() {
            found.insert(name, Edges::new(lower, upper, count));
        }
    }
    Ok(found)
}

type Range = Option<(f64, f64)>;

/// The smallest and the greatest finite value of each expression.
async fn ranges(values: IndexSet<Expr>, input: &LogicalPlan, session: &SessionState) -> Result<IndexMap<Expr, Range>> {
    if values.is_empty() {
        return Ok(IndexMap::new());
    }
    let columns: Vec<Expr> = values.iter().cloned().collect();
    let plan = only(input.clone(), &columns)?;
    let states = fold(
        &plan,
        session,
        || vec![None; columns.len()],
        |ranges: &mut Vec<Range>, batch| {
            for (range, column) in ranges.iter_mut().zip(batch.columns()) {
                let finite = column.as_primitive::<Float64Type>().iter().flatten().filter(|x| x.is_finite());
                *range = finite.fold(*range, |range, x| joined(range, Some((x, x))));
            }
            Ok(())
        },
    )
    .await?;
    let total = states.into_iter().reduce(|own, more| own.into_iter().zip(more).map(|(a, b)| joined(a, b)).collect());
    Ok(values.into_iter().zip(total.into_iter().flatten()).collect())
}

/// The ends that runs recorded for the runs after them, oldest first.
fn recorded<'a>(one: &Distribution, leaf: &Leaf, history: &'a History, count: u32) -> Vec<(&'a Point, Edges)> {
    let points = |figure| history.points(&leaf.series(&one.metric(figure)));
    let uppers = points(BinFigure::Upper);
    // Figures stand in the order of their times, and one run records all of them at the same.
    let ends = points(BinFigure::Lower).iter().filter_map(|lower| {
        let at = uppers.binary_search_by_key(&lower.at, |upper| upper.at).ok()?;
        Some((lower, Edges::new(lower.value, uppers[at].value, count)))
    });
    ends.collect()
}

/// How the bins of a column fare in a run.
#[derive(Debug)]
pub(super) struct Binned<'a> {
    histogram: &'a Histogram,
    overflow: f64,
    /// Whether the ends were recorded by an earlier run.
    frozen: bool,
    /// How many runs in a row, this one included, had too much outside of these bins.
    streak: usize,
    /// The ends for the runs to come, if they are set anew.
    renewed: Option<Edges>,
}

impl<'a> Binned<'a> {
    /// Of a histogram; none if it is of no values.
    pub(super) fn new(histogram: &'a Histogram, one: &Distribution, leaf: &Leaf, history: &History) -> Option<Self> {
        let Spread::Bins { count, rebin, .. } = &one.spread else { return None };
        let overflow = histogram.overflow()?;
        let ends = recorded(one, leaf, history, *count);
        let mut streak = usize::from(overflow > TOO_MUCH);
        if streak > 0 {
            let earlier = history.points(&leaf.series(&one.metric(BinFigure::Overflow)));
            streak += earlier.iter().rev().take_while(|point| was_too_much(point, &ends, histogram.edges)).count();
        }
        let renewed = histogram.range.filter(|_| *rebin && !ends.is_empty() && streak >= PATIENCE);
        let renewed = renewed.map(|(lower, upper)| Edges::new(lower, upper, *count));
        Some(Self { histogram, overflow, frozen: !ends.is_empty(), streak, renewed })
    }

    /// What is recorded of it.
    pub(super) fn figures(&self, one: &Distribution) -> [(String, f64); 3] {
        let next = self.renewed.unwrap_or(self.histogram.edges);
        let figure = |figure, value| (one.metric(figure), value);
        [
            figure(BinFigure::Overflow, self.overflow),
            figure(BinFigure::Lower, next.lower()),
            figure(BinFigure::Upper, next.upper()),
        ]
    }

    /// What is odd about it.
    pub(super) fn observation(&self, one: &Distribution, analyzer: &str) -> Option<Observation> {
        if self.overflow <= NOTABLE {
            return None;
        }
        let edges = self.histogram.edges;
        let share = format!("{:.1} % of the values of `{}`", self.overflow * 100.0, one.column);
        let mut description = if self.frozen {
            format!("{share} lie outside of the bins, from {} to {}, that an earlier run has set", edges.lower(), edges.upper())
        } else {
            // Only what is no finite number lies outside of what was just set.
            format!("{share} are infinite")
        };
        if self.streak > 1 {
            description.push_str(&format!("; run {} in a row with more than {:.0} %", self.streak, TOO_MUCH * 100.0));
        }
        if let Some(next) = self.renewed {
            description.push_str(&format!("; from the next run on the bins go from {} to {}", next.lower(), next.upper()));
        }
        Some(Observation {
            rule: analyzer.to_owned(),
            metric: one.metric(BinFigure::Overflow),
            strength: if self.overflow > TOO_MUCH { Strength::Strong } else { Strength::Info },
            description,
            actual: self.overflow,
            expected: None,
            lower: None,
            upper: Some(NOTABLE),
            new_rules: Vec::new(),
        })
    }
}

/// Whether an earlier run had too much outside of the bins that are in force now: they were the ones recorded before it.
fn was_too_much(overflow: &Point, ends: &[(&Point, Edges)], now: Edges) -> bool {
    let before = ends.partition_point(|(point, _)| point.at < overflow.at).checked_sub(1);
    overflow.value > TOO_MUCH && before.is_some_and(|before| ends[before].1 == now)
}

/// What was counted in bins.
pub(super) fn bins(histogram: Option<&Histogram>) -> Counted {
    let Some(histogram) = histogram else {
        return Counted::Bins { edges: Vec::new(), counts: Vec::new(), below: 0, above: 0, not_a_number: 0 };
    };
    Counted::Bins {
        edges: histogram.edges.all(),
        counts: histogram.counts.clone(),
        below: histogram.below,
        above: histogram.above,
        not_a_number: histogram.not_a_number,
    }
}

/// The most frequent values of a column.
pub(super) fn values(groups: Option<&Arc<Groups>>, keys: &Keys, schema: &DFSchema) -> Result<Counted> {
    let nothing = Counted::Values { frequent: Vec::new(), others: 0, other_rows: 0 };
    let (Some(groups), [column]) = (groups, keys.columns.as_slice()) else { return Ok(nothing) };
    let data_type: DataType = column.get_type(schema)?;
    let frequent = groups.frequent(FREQUENT, &data_type)?;
    let shown: u64 = frequent.iter().map(|(_, count)| count).sum();
    let others = groups.counts.groups - frequent.len() as u64;
    Ok(Counted::Values { frequent, others, other_rows: groups.counts.rows - shown })
}
