//! What is known of a rule beside its text: what of the data it judges, and what runs have measured of it.

use std::fmt::Write as _;

use super::Analysis;
use super::scope;
use crate::ir::{Job, Quality};
use crate::source::{FileId, Span};
use crate::state::{Filter, Reader};
use crate::stdlib::rule::{Leaf, RowClass};

/// How many evaluations a hover shows.
const MOST_RUNS: usize = 5;

/// A rule that stands in a file, with what it judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Judged {
    /// The rule with all its parts.
    pub(super) span: Span,
    /// What of the data it can blame.
    pub(super) class: RowClass,
}

/// The rules that stand in a file, each once. A rule is known where some node evaluates it.
pub(super) fn rules(analysis: &Analysis, file: FileId) -> Vec<Judged> {
    let mut found: Vec<Judged> = Vec::new();
    for rules in scope::rules(analysis) {
        // In a folded or quoted text the place of a token is not known to the byte.
        if rules.ruleset.text.span().file != file || !rules.ruleset.text.map.is_exact() {
            continue;
        }
        for quality in rules.uses.iter().filter_map(scope::Use::quality) {
            for rule in &quality.rules.rules {
                if !found.iter().any(|known| known.span == rule.span) {
                    found.push(Judged { span: rule.span, class: rule.body.class() });
                }
            }
        }
    }
    found
}

/// What a rule of that class judges, in words.
pub(super) fn words(class: RowClass) -> &'static str {
    match class {
        RowClass::Row => "judges single rows, by their own values",
        RowClass::Group => "judges single rows, by what other rows there are",
        RowClass::Dataset => "judges the data set as a whole: no single row fails it",
    }
}

/// What the rule or analyzer at a place judges and what the last runs measured, as Markdown; nothing if no node evaluates it.
pub(super) fn text(analysis: &Analysis, place: Span, store: Option<&dyn Reader>) -> String {
    let mut out = String::new();
    for rules in scope::rules(analysis) {
        for used in &rules.uses {
            let Some((leaf, is_rule)) = used.quality().and_then(|quality| leaf(quality, place)) else { continue };
            if is_rule && out.is_empty() {
                let _ = write!(out, "{}\n\n", words(leaf.class()));
            }
            if let Some(store) = store {
                let node = used.job.node(used.node);
                out.push_str(&figures(leaf, &context(&used.job, node.name.as_str()), store));
            }
        }
    }
    out
}

/// Whose figures those of a quality node are.
fn context(job: &Job, node: &str) -> String {
    format!("{}/{node}", job.name)
}

/// The rule or analyzer that a place lies in, and whether it is a rule.
fn leaf(quality: &Quality, place: Span) -> Option<(&Leaf, bool)> {
    let holds = |leaf: &&Leaf| leaf.span.file == place.file && leaf.span.start <= place.start && place.end <= leaf.span.end;
    let rule = quality.rules.rules.iter().flat_map(|rule| rule.body.leaves()).find(holds).map(|leaf| (leaf, true));
    rule.or_else(|| quality.rules.analyzers.iter().map(|one| &one.leaf).find(holds).map(|leaf| (leaf, false)))
}

/// With up to six places.
fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// The last figures of a rule as a table: an evaluation a line, newest first, a metric a column.
fn figures(leaf: &Leaf, context: &str, store: &dyn Reader) -> String {
    let filter = Filter { context: Some(context.to_owned()), metric: None, runs: Some(MOST_RUNS) };
    // A store that cannot be read is as good as none here: `quality stats` says what is wrong with it.
    let Ok(recorded) = store.recorded(&filter) else { return String::new() };
    let wanted: Vec<_> = leaf.metrics.iter().map(|(name, _)| (name, leaf.series(name))).collect();
    let mut runs: Vec<_> = recorded
        .iter()
        .filter(|one| wanted.iter().any(|(_, series)| *series == one.statistic.series))
        .map(|one| (one.at, one.run_id.as_str()))
        .collect();
    runs.sort();
    runs.dedup();
    if runs.is_empty() {
        return String::new();
    }
    let mut out = format!("last figures of `{context}`\n\n| run |");
    for (name, _) in &wanted {
        let _ = write!(out, " {name} |");
    }
    let _ = write!(out, "\n|---|{}", "---|".repeat(wanted.len()));
    for (at, run) in runs.iter().rev() {
        let _ = write!(out, "\n| {} |", at.format("%Y-%m-%d %H:%M"));
        for (_, series) in &wanted {
            let figure = recorded.iter().find(|one| one.run_id == *run && one.statistic.series == *series);
            let shown = figure.map_or_else(String::new, |figure| {
                let aside = if figure.excluded.is_some() { " (set aside)" } else { "" };
                format!("{}{aside}", number(figure.statistic.value))
            });
            let _ = write!(out, " {shown} |");
        }
    }
    out + "\n\n"
}
