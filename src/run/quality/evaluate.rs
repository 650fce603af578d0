//! From what was measured to outcomes: which rules hold, by which figures, and why not.

use chrono::{DateTime, Utc};
use datafusion::common::{DFSchema, Result};
use indexmap::IndexMap;

use super::distribution::{self, Binned};
use super::files::Judgements;
use super::passes::Reference;
use crate::plan::nodes::quality::Counts;
use crate::plan::quality::{Grouping, Known, LeafPlace};
use crate::run::report::{AnalyzerOutcome, Observation, RuleOutcome, Spread, Strength};
use crate::state::Statistic;
use crate::stdlib::forecast::LEAST_POINTS;
use crate::stdlib::rule::{
    self, Anomaly, BinFigure, Body, BoundAnalyzer, BoundRule, BoundRuleset, ByZero, Demand, Distribution, Empty, GroupFigure,
    History, Leaf, Metric, QueryText, Series, Standing, Test, evaluated, observe,
};
use crate::syntax::dqdl::ast::Logic;
use crate::syntax::dqdl::rule_text;

/// Everything that was measured.
pub(super) struct Measured<'a> {
    pub(super) known: &'a Known,
    pub(super) references: &'a IndexMap<String, Reference>,
    pub(super) numbers: &'a IndexMap<QueryText, std::result::Result<f64, String>>,
    pub(super) judgements: &'a Judgements,
    pub(super) places: &'a [LeafPlace],
    pub(super) counts: &'a Counts,
    pub(super) history: &'a History,
    pub(super) at: DateTime<Utc>,
    /// The columns of the data.
    pub(super) schema: &'a DFSchema,
    /// Whether composites are judged row by row where that is possible.
    pub(super) by_rows: bool,
}

/// What became of a rule or a part of one.
struct Found {
    passed: bool,
    reasons: Vec<String>,
    notes: Vec<String>,
    metrics: IndexMap<String, f64>,
}

impl Found {
    /// Adds a note, once.
    fn note(&mut self, note: String) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    fn new(passed: bool, reasons: Vec<String>) -> Self {
        Self { passed, reasons, notes: Vec::new(), metrics: IndexMap::new() }
    }
}

impl Measured<'_> {
    /// The outcomes in the order of the rules.
    pub(super) fn outcomes(&self, ruleset: &BoundRuleset) -> Vec<RuleOutcome> {
        let mut place = 0;
        ruleset.rules.iter().enumerate().map(|(at, rule)| self.outcome(at, rule, &mut place)).collect()
    }

    fn outcome(&self, at: usize, rule: &BoundRule, place: &mut usize) -> RuleOutcome {
        let mut found = self.body(&rule.body, place);
        let tested = self.counts.rules[at];
        let judges_rows = tested.rows > 0;
        if self.by_rows && judges_rows && may_be_judged_by_rows(&rule.body) {
            found.passed = tested.fail == 0;
            found.reasons = if found.passed { Vec::new() } else { vec![rows_fail(tested.fail, tested.rows)] };
        }
        let mut leaves = rule.body.leaves().into_iter();
        let newest = &mut || leaves.next().map(|leaf| leaf.newest(self.history)).unwrap_or_default();
        RuleOutcome {
            rule: rule.text.clone(),
            evaluated: evaluated(&rule.node, newest).map(|node| rule_text(&node)),
            passed: found.passed,
            reason: (!found.reasons.is_empty()).then(|| found.reasons.join("\n")),
            note: (!found.notes.is_empty()).then(|| found.notes.join("\n")),
            metrics: found.metrics,
            labels: rule.labels.clone(),
            failed_rows: judges_rows.then_some(tested.fail),
            place: rule.span,
        }
    }

    fn body(&self, body: &Body, place: &mut usize) -> Found {
        match body {
            Body::Leaf(leaf) => {
                let at = *place;
                *place += 1;
                self.leaf(leaf, &self.places[at])
            }
            Body::Composite { operator, parts } => {
                let parts: Vec<Found> = parts.iter().map(|part| self.body(part, place)).collect();
                let passed = match operator {
                    Logic::And => parts.iter().all(|part| part.passed),
                    Logic::Or => parts.iter().any(|part| part.passed),
                };
                let mut whole = Found::new(passed, Vec::new());
                for part in parts {
                    whole.reasons.extend(part.reasons);
                    whole.notes.extend(part.notes);
                    whole.metrics.extend(part.metrics);
                }
                whole
            }
        }
    }

    fn leaf(&self, leaf: &Leaf, place: &LeafPlace) -> Found {
        if let Some(broken) = &leaf.broken {
            return Found::new(false, vec![broken.reason.clone()]);
        }
        if let Some(reason) = leaf.test.as_ref().and_then(|test| self.senseless(test)) {
            return Found::new(false, vec![reason]);
        }
        let mut found = Found { metrics: self.metrics(leaf, place), ..Found::new(true, Vec::new()) };
        let newest = leaf.newest(self.history);
        for check in &leaf.checks {
            let reason = match self.metric(leaf, place, &check.metric) {
                Ok(Some(value)) if check.condition == Demand::Forecast => match self.standing(leaf, &check.metric, value) {
                    Some(Standing::OutOfLine(anomaly)) => Some(anomaly.text()),
                    Some(Standing::TooFew(count)) => {
                        found.note(too_few(count));
                        None
                    }
                    Some(Standing::InLine) | None => None,
                },
                Ok(Some(value)) if check.condition.resolve(&newest).holds(value) => None,
                Ok(Some(value)) => Some(match &check.metric {
                    Metric::Files(_, rule) => self.judgements.reason(rule, value),
                    _ => self.reason(value, place),
                }),
                Ok(None) => match leaf.empty {
                    Empty::Passes => None,
                    Empty::FailsUnlessFiltered if leaf.filter.is_some() => None,
                    Empty::FailsUnlessFiltered => Some("there is no value to judge: no rows, or all of them are NULL".to_owned()),
                },
                Err(reason) => Some(reason),
            };
            if let Some(reason) = reason {
                found.passed = false;
                if !found.reasons.contains(&reason) {
                    found.reasons.push(reason);
                }
            }
        }
        found
    }

    /// What was measured for a rule or an analyzer, by AWS's names.
    fn metrics(&self, leaf: &Leaf, place: &LeafPlace) -> IndexMap<String, f64> {
        let measured = leaf.metrics.iter().filter_map(|(name, metric)| {
            let value = self.metric(leaf, place, metric).ok().flatten()?;
            Some((name.clone(), value))
        });
        let spread = leaf.distributions.iter().zip(&place.distributions);
        let spread = spread.filter_map(|(one, at)| Some(self.binned(leaf, one, (*at)?)?.figures(one)));
        measured.chain(spread.flatten()).collect()
    }

    /// How the bins of a column fare.
    fn binned(&self, leaf: &Leaf, distribution: &Distribution, at: usize) -> Option<Binned<'_>> {
        let histogram = self.counts.tallies[at].histogram()?;
        Binned::new(histogram, distribution, leaf, self.history)
    }

    /// What the analyzers measured, in their order.
    pub(super) fn analyzers(&self, ruleset: &BoundRuleset) -> Result<Vec<AnalyzerOutcome>> {
        let outcome = |(analyzer, place): (&BoundAnalyzer, &LeafPlace)| {
            Ok(AnalyzerOutcome {
                analyzer: analyzer.text.clone(),
                metrics: self.metrics(&analyzer.leaf, place),
                distributions: self.distributions(&analyzer.leaf, place)?,
            })
        };
        self.analyzed(ruleset).map(outcome).collect()
    }

    /// The analyzers with their places, which are the last ones.
    fn analyzed<'b>(&'b self, ruleset: &'b BoundRuleset) -> impl Iterator<Item = (&'b BoundAnalyzer, &'b LeafPlace)> {
        ruleset.analyzers.iter().zip(&self.places[self.places.len() - ruleset.analyzers.len()..])
    }

    fn distributions(&self, leaf: &Leaf, place: &LeafPlace) -> Result<Vec<Spread>> {
        let all = leaf.distributions.iter().zip(&place.distributions);
        let one = |(one, at): (&Distribution, &Option<usize>)| {
            let counted = match &one.spread {
                rule::Spread::Bins { .. } => distribution::bins(at.and_then(|at| self.counts.tallies[at].histogram())),
                rule::Spread::Values(keys) => {
                    let grouping = Grouping { keys: keys.clone(), filter: leaf.filter.clone() };
                    distribution::values(self.known.groups.get(&grouping), keys, self.schema)?
                }
            };
            Ok(Spread { column: one.column.clone(), data_type: one.data_type.clone(), counted })
        };
        all.map(one).collect()
    }

    /// What is odd about the figures.
    pub(super) fn observations(&self, ruleset: &BoundRuleset, all: bool) -> Vec<Observation> {
        let mut found = self.anomalies(ruleset, all);
        for (analyzer, place) in self.analyzed(ruleset) {
            for (one, at) in analyzer.leaf.distributions.iter().zip(&place.distributions) {
                let binned = at.and_then(|at| self.binned(&analyzer.leaf, one, at));
                found.extend(binned.and_then(|binned| binned.observation(one, &analyzer.text)));
            }
        }
        found
    }

    /// What its history makes of a figure that a rule is about.
    fn standing(&self, leaf: &Leaf, metric: &Metric, value: f64) -> Option<Standing> {
        let (name, _) = leaf.metrics.iter().find(|(_, known)| known == metric)?;
        Some(observe(&leaf.series(name), value, self.history, self.at))
    }

    /// Figures that are out of line with their history: those that rules are about, or all.
    fn anomalies(&self, ruleset: &BoundRuleset, all: bool) -> Vec<Observation> {
        let mut found: IndexMap<Series, Option<Observation>> = IndexMap::new();
        for (rule, leaf, place) in self.measured(ruleset).filter(|(_, leaf, _)| all || leaf.forecasts()) {
            // Where bins end is a decision and no measurement.
            let ends =
                |metric: &str| leaf.distributions.iter().any(|one| metric != one.metric(BinFigure::Overflow) && one.has(metric));
            for (metric, value) in self.metrics(leaf, place).into_iter().filter(|(metric, _)| !ends(metric)) {
                let standing = |series: &Series| match observe(series, value, self.history, self.at) {
                    Standing::OutOfLine(anomaly) => Some(observation(rule, &anomaly)),
                    Standing::TooFew(_) | Standing::InLine => None,
                };
                found.entry(leaf.series(&metric)).or_insert_with_key(standing);
            }
        }
        found.into_values().flatten().collect()
    }

    /// Everything that was measured, with the text of its rule or analyzer.
    fn measured<'b>(&'b self, ruleset: &'b BoundRuleset) -> impl Iterator<Item = (&'b str, &'b Leaf, &'b LeafPlace)> {
        let rules = ruleset.rules.iter().flat_map(|rule| rule.body.leaves().into_iter().map(|leaf| (rule.text.as_str(), leaf)));
        let analyzers = ruleset.analyzers.iter().map(|analyzer| (analyzer.text.as_str(), &analyzer.leaf));
        let measured = rules.chain(analyzers).zip(self.places).map(|((rule, leaf), place)| (rule, leaf, place));
        measured.filter(|(_, leaf, _)| leaf.broken.is_none())
    }

    /// Every figure that was measured, once.
    pub(super) fn statistics(&self, ruleset: &BoundRuleset) -> Vec<Statistic> {
        let mut found: IndexMap<Series, Statistic> = IndexMap::new();
        for (rule, leaf, place) in self.measured(ruleset) {
            for (metric, value) in self.metrics(leaf, place) {
                let series = leaf.series(&metric);
                let columns = || leaf.about.iter().filter(|column| leaf.is_about(&metric, column)).cloned().collect();
                let statistic = || Statistic { series: series.clone(), columns: columns(), rule: rule.to_owned(), value };
                found.entry(series.clone()).or_insert_with(statistic);
            }
        }
        found.into_values().collect()
    }

    fn reason(&self, value: f64, place: &LeafPlace) -> String {
        let tested = self.counts.leaves[place.leaf];
        let words = format!("Value: {value} does not meet the constraint requirement!");
        if tested.fail == 0 { words } else { format!("{words} {}.", rows_fail(tested.fail, tested.rows)) }
    }

    /// Why a comparison with other data makes no sense.
    fn senseless(&self, test: &Test) -> Option<String> {
        match test {
            Test::Member(member) => self.known.key_sets.get(member)?.as_ref().err().cloned(),
            Test::All(tests) => tests.iter().find_map(|test| self.senseless(test)),
            Test::Row(_) | Test::Unique(_) => None,
        }
    }

    /// The value of a metric; none if no row counts; an error if it cannot be known.
    fn metric(&self, leaf: &Leaf, place: &LeafPlace, metric: &Metric) -> std::result::Result<Option<f64>, String> {
        let tested = self.counts.leaves[place.leaf];
        Ok(match metric {
            Metric::Rows => Some(tested.rows as f64),
            Metric::Share => (tested.pass + tested.fail > 0).then(|| tested.pass as f64 / tested.rows as f64),
            Metric::Tally(tally) => {
                let at = place.tallies.iter().find(|(known, _)| known == tally).map(|(_, at)| *at);
                at.and_then(|at| self.counts.tallies[at].value())
            }
            Metric::Groups(figure, keys) => {
                let grouping = Grouping { keys: keys.clone(), filter: leaf.filter.clone() };
                self.known.groups.get(&grouping).and_then(|groups| group_figure(*figure, groups.counts))
            }
            Metric::Reference(alias, tally) => {
                self.references.get(alias).and_then(|found| found.tallies.get(tally).copied().flatten())
            }
            Metric::ReferenceRows(alias) => self.references.get(alias).map(|found| found.rows as f64),
            Metric::Ratio(one, other, by_zero) => {
                ratio(self.metric(leaf, place, one)?, self.metric(leaf, place, other)?, *by_zero)
            }
            Metric::Query(query) => match self.numbers.get(query) {
                Some(Ok(value)) => Some(*value),
                Some(Err(reason)) => return Err(reason.clone()),
                None => None,
            },
            Metric::Files(figure, rule) => return self.judgements.figure(rule, *figure),
            Metric::Known(value) => Some(*value),
        })
    }
}

fn observation(rule: &str, anomaly: &Anomaly) -> Observation {
    let Anomaly { series, actual, forecast, new_rule } = anomaly;
    Observation {
        rule: rule.to_owned(),
        metric: series.metric.clone(),
        strength: Strength::Strong,
        description: anomaly.text(),
        actual: *actual,
        expected: Some(forecast.expected),
        lower: Some(forecast.lower),
        upper: Some(forecast.upper),
        new_rules: new_rule.iter().cloned().collect(),
    }
}

/// Why a rule about anomalies holds whatever was measured.
fn too_few(count: usize) -> String {
    let recorded = match count {
        0 => "no earlier figure is recorded".to_owned(),
        1 => "1 earlier figure is recorded".to_owned(),
        count => format!("{count} earlier figures are recorded"),
    };
    format!("{recorded}: from {LEAST_POINTS} on something is expected")
}

fn ratio(one: Option<f64>, other: Option<f64>, by_zero: ByZero) -> Option<f64> {
    match by_zero {
        ByZero::Infinite => Some(one? / other?),
        ByZero::Nothing => {
            let (one, other) = (one?, other?);
            (other != 0.0).then(|| one / other)
        }
        ByZero::Match => Some(match (one.unwrap_or(0.0), other.unwrap_or(0.0)) {
            (one, other) if one == 0.0 && other == 0.0 => 1.0,
            (_, 0.0) => 0.0,
            (one, other) => one / other,
        }),
    }
}

fn group_figure(figure: GroupFigure, counts: crate::plan::nodes::quality::keys::GroupCounts) -> Option<f64> {
    let (rows, groups, single) = (counts.rows as f64, counts.groups as f64, counts.single as f64);
    match figure {
        GroupFigure::Uniqueness => (counts.rows > 0).then(|| single / rows),
        GroupFigure::UniqueValueRatio => (counts.groups > 0).then(|| single / groups),
        GroupFigure::Distinct => Some(groups + if counts.null_rows > 0 { 1.0 } else { 0.0 }),
        GroupFigure::Duplicates => Some(rows - single),
        GroupFigure::Entropy => (counts.rows > 0).then(|| rows.ln() - counts.weighted / rows),
    }
}

/// AWS's row method leaves out some rule types and everything with a threshold.
fn may_be_judged_by_rows(body: &Body) -> bool {
    matches!(body, Body::Composite { .. })
        && body.leaves().iter().all(|leaf| !leaf.def.excluded_from_row_composites && !leaf.threshold && leaf.broken.is_none())
}

/// `3 of 200 rows fail`
fn rows_fail(fail: u64, rows: u64) -> String {
    if rows == 1 { format!("{fail} of 1 row fails") } else { format!("{fail} of {rows} rows fail") }
}
