//! Evaluates a ruleset on data: passes that must come first, the main pass, and the outcomes.
//!
//! [`prepare`] does the first and gives the plan of the second; when its stream is drained, [`Prepared::finish`] gives
//! the third.

mod distribution;
mod evaluate;
mod files;
#[cfg(test)]
mod lint_tests;
mod outcomes;
mod passes;
mod scan;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::common::{Result, internal_err};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use indexmap::{IndexMap, IndexSet};

use crate::plan::nodes::quality::{Ledger, QualityNode};
use crate::plan::quality::{self, Known, LeafPlace, Needs, RowOptions, RuleNames};
use crate::run::report::{AnalyzerOutcome, Observation, RowCounts, RuleOutcome};
use crate::spec::param::Args;
use crate::state::Statistic;
use crate::stdlib::rule::{Actions, Among, BoundRuleset, History, Member, PRIMARY, QueryText, Test};
use evaluate::Measured;
pub use files::Files;
use files::Judgements;
pub(super) use outcomes::Outcomes;
use passes::Reference;

/// How a ruleset is evaluated.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent settings of the node, each a switch")]
pub struct QualityOptions {
    /// Whether composites are judged row by row where that is possible.
    pub composites_by_rows: bool,
    /// Whether a row outside a `where` passes the rule; else it is undecided.
    pub filtered_passes: bool,
    /// Whether a row fails only by rules that fail as a whole.
    pub only_failed_rules_route: bool,
    /// Whether AWS's four columns are added, and how they name rules.
    pub verdicts: Option<RuleNames>,
    /// Whether what is wrong is written on rows that stay.
    pub warnings: bool,
    /// How many failing rows of a partition are told why; all if it is not said.
    pub told: Option<usize>,
    /// Whether all figures are compared with their history, not only those that a rule is about.
    pub observe_all: bool,
    /// What becomes of a row that fails a rule.
    pub actions: Actions,
}

impl Default for QualityOptions {
    fn default() -> Self {
        Self {
            composites_by_rows: false,
            filtered_passes: true,
            only_failed_rules_route: false,
            verdicts: None,
            warnings: false,
            told: None,
            observe_all: false,
            actions: Actions::default(),
        }
    }
}

impl QualityOptions {
    /// What the settings of a quality node say.
    pub fn of(settings: &Args) -> Self {
        Self {
            composites_by_rows: settings.text("composite_rule_evaluation").is_some_and(|text| text.as_str() == "row"),
            filtered_passes: settings.text("filtered_row_label").is_none_or(|text| text.as_str() != "skipped"),
            only_failed_rules_route: settings.text("route").is_some_and(|text| text.as_str() == "only_when_rule_fails"),
            verdicts: None,
            warnings: false,
            told: None,
            observe_all: settings.str("observations") == Some("all"),
            actions: Actions::of(settings),
        }
    }
}

/// What rules look at beside rows.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// Where the files are that rules are about.
    pub files: Files,
    /// What earlier runs recorded of [`BoundRuleset::wanted`].
    pub history: History,
    /// When the figures are measured.
    pub at: DateTime<Utc>,
}

/// A ruleset that is being evaluated.
#[derive(Debug)]
pub struct Prepared {
    plan: LogicalPlan,
    ruleset: BoundRuleset,
    known: Known,
    references: IndexMap<String, Reference>,
    numbers: IndexMap<QueryText, Result<f64, String>>,
    judgements: Judgements,
    places: Vec<LeafPlace>,
    ledger: Arc<Ledger>,
    options: QualityOptions,
    history: History,
    at: DateTime<Utc>,
}

/// What came of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub struct QualityResult {
    /// In the order of the rules.
    pub outcomes: Vec<RuleOutcome>,
    /// Where the rows went.
    pub rows: RowCounts,
    /// In the order of the analyzers.
    pub analyzers: Vec<AnalyzerOutcome>,
    /// Every figure that was measured, once.
    pub statistics: Vec<Statistic>,
    /// What is odd about the figures.
    pub observations: Vec<Observation>,
    /// Rows that fail any rule, whatever became of them.
    pub faulty: u64,
}

/// Runs the passes that must come before the main one and plans that.
///
/// `input` is what the main pass reads; `again` is the same data once more, for the passes before it and for queries;
/// `beside` is what rules look at beside rows.
pub async fn prepare(
    ruleset: &BoundRuleset,
    input: LogicalPlan,
    again: LogicalPlan,
    references: Vec<(String, LogicalPlan)>,
    session: &SessionState,
    options: &QualityOptions,
    beside: Beside,
) -> Result<Prepared> {
    let needs = Needs::of(ruleset);
    let Beside { files, history, at } = beside;
    let judgements = files::judge(needs.files, &files).await?;
    let mut known = Known {
        groups: passes::groups(&needs.groupings, &again, session).await?,
        key_sets: IndexMap::new(),
        edges: distribution::edges(ruleset, &history, &again, session).await?,
    };
    let mut found = IndexMap::new();
    for (alias, needs) in &needs.references {
        // Rules about a data source that is not there are broken and need nothing of it.
        let Some((_, plan)) = references.iter().find(|(known, _)| known == alias) else { continue };
        found.insert(alias.clone(), passes::reference(needs, plan, session).await?);
    }
    let mut tables = references;
    if !tables.iter().any(|(alias, _)| alias == PRIMARY) {
        tables.push((PRIMARY.to_owned(), again.clone()));
    }
    let mut numbers = IndexMap::new();
    for query in &needs.numbers {
        numbers.insert(query.clone(), passes::number(query, &tables, session).await?);
    }
    for member in members(ruleset) {
        let set = match &member.among {
            Among::Query(query) => passes::rows(query, &member.keys, &tables, &again, session).await?,
            Among::Reference { alias, columns } => match duplicate_keys(&member, alias, columns, &known, &found) {
                Some(reason) => Err(reason),
                None => found
                    .get(alias)
                    .and_then(|found| found.key_sets.get(&(columns.clone(), member.not_null)).cloned())
                    .ok_or_else(|| format!("there is no data source `{alias}`")),
            },
        };
        known.key_sets.insert(member, set);
    }
    let mut prepared = Prepared {
        plan: input.clone(),
        ruleset: ruleset.clone(),
        known,
        references: found,
        numbers,
        judgements,
        places: Vec::new(),
        ledger: Arc::default(),
        options: options.clone(),
        history,
        at,
    };
    if options.only_failed_rules_route {
        prepared.main(again, &|_| true)?;
        scan::fold(&prepared.plan, session, || (), |(), _| Ok(())).await?;
        let outcomes = prepared.finish()?.outcomes;
        prepared.main(input, &|rule| !outcomes[rule].passed)?;
    } else {
        prepared.main(input, &|_| true)?;
    }
    Ok(prepared)
}

/// A rule about unique keys makes no sense if they are not.
fn duplicate_keys(
    member: &Member,
    alias: &str,
    columns: &[datafusion::logical_expr::Expr],
    known: &Known,
    found: &IndexMap<String, Reference>,
) -> Option<String> {
    if !member.unique_keys {
        return None;
    }
    let own = quality::Grouping { keys: quality::unique_part(&member.keys, member.not_null), filter: None };
    let other = quality::unique_part(columns, member.not_null);
    let repeats = |groups: Option<&Arc<crate::plan::nodes::quality::keys::Groups>>| {
        groups.is_some_and(|groups| groups.counts.single != groups.counts.groups)
    };
    if repeats(known.groups.get(&own)) {
        return Some("the key is not unique in the primary data set".to_owned());
    }
    let reference = found.get(alias).and_then(|found| found.groups.get(&other));
    repeats(reference).then(|| format!("the key is not unique in `{alias}`"))
}

fn members(ruleset: &BoundRuleset) -> IndexSet<Member> {
    fn collect(test: &Test, found: &mut IndexSet<Member>) {
        match test {
            Test::Member(member) => {
                found.insert(member.clone());
            }
            Test::All(tests) => tests.iter().for_each(|test| collect(test, found)),
            Test::Row(_) | Test::Unique(_) => {}
        }
    }
    let mut found = IndexSet::new();
    ruleset.leaves().filter_map(|leaf| leaf.test.as_ref()).for_each(|test| collect(test, &mut found));
    found
}

impl Prepared {
    fn main(&mut self, input: LogicalPlan, routes: &dyn Fn(usize) -> bool) -> Result<()> {
        let QualityOptions { filtered_passes, verdicts, warnings, told, .. } = self.options;
        let options = RowOptions { filtered_passes, verdicts, warnings, told, actions: &self.options.actions };
        let (mut spec, places) = quality::spec(&self.ruleset, &self.known, input.schema().as_arrow(), options);
        for (at, rule) in spec.rules.iter_mut().enumerate() {
            rule.acts &= routes(at);
        }
        self.ledger = Arc::default();
        self.places = places;
        self.plan = QualityNode::plan(input, spec, self.ledger.clone())?;
        Ok(())
    }

    /// The main pass: the input's columns, and [`crate::plan::nodes::quality::FAILURES`].
    pub fn plan(&self) -> &LogicalPlan {
        &self.plan
    }

    /// The outcomes, once the stream of the plan is drained.
    pub fn finish(&self) -> Result<QualityResult> {
        let Some(counts) = self.ledger.total() else {
            return internal_err!("a quality node was asked for its outcomes before all its rows were read");
        };
        let rows = RowCounts { input: counts.input, passed: counts.passed, failed: counts.failed };
        if rows.passed + rows.failed != rows.input {
            return internal_err!("of {} rows {} passed and {} failed", rows.input, rows.passed, rows.failed);
        }
        let measured = Measured {
            known: &self.known,
            references: &self.references,
            numbers: &self.numbers,
            judgements: &self.judgements,
            places: &self.places,
            counts: &counts,
            history: &self.history,
            at: self.at,
            schema: self.plan.schema(),
            by_rows: self.options.composites_by_rows,
        };
        Ok(QualityResult {
            outcomes: measured.outcomes(&self.ruleset),
            rows,
            faulty: counts.faulty,
            analyzers: measured.analyzers(&self.ruleset)?,
            observations: measured.observations(&self.ruleset, self.options.observe_all),
            statistics: measured.statistics(&self.ruleset),
        })
    }
}
