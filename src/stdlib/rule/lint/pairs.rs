//! Rules that stand beside each other: duplicates, contradictions, rules that another one implies, shared metrics.
//!
//! What a rule demands is a list of [`Demand`]s, each about one subject ("the completeness of `id`", "the values of
//! `amount`"). Only demands about the same subject are compared, and each with a few of those before it, so that a long
//! ruleset takes no longer than its rules are many.

use std::collections::HashMap;

use super::domain::{Scale, Set};
use super::values::{Domain, domain};
use super::{Cx, Judged, decided};
use crate::diag::{Diagnostic, Safety, Severity, codes};
use crate::source::Span;
use crate::stdlib::rule::accept::is_threshold;
use crate::stdlib::rule::bound::{BoundRuleset, Metric, Test};
use crate::stdlib::rule::def::{ParamKind, Takes};
use crate::syntax::dqdl::ast::{Rule, RuleNode};
use crate::syntax::dqdl::print::rule_text;

/// How many rules before it on the same subject a rule is compared with.
const WINDOW: usize = 24;

/// What a rule demands of one subject.
struct Demand {
    /// The subject, the rules that must hold with it and its `where` included.
    subject: String,
    what: What,
}

enum What {
    /// A measure is in this set.
    Measure(Set),
    /// Values are in this domain.
    Values(Box<Domain>),
}

impl What {
    fn excludes(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Measure(one), Self::Measure(two)) => one.and(two).is_empty(),
            (Self::Values(one), Self::Values(two)) => one.excludes(two),
            _ => false,
        }
    }

    fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Measure(one), Self::Measure(two)) => one.is_within(two),
            (Self::Values(one), Self::Values(two)) => one.is_within(two),
            _ => false,
        }
    }

    /// Whether nothing can satisfy it at all, which is said of the rule itself.
    fn is_empty(&self) -> bool {
        match self {
            Self::Measure(set) => set.is_empty(),
            Self::Values(domain) => domain.is_empty(),
        }
    }
}

/// Says what rules do to each other.
pub(super) fn rules(cx: &Cx<'_>, bound: &BoundRuleset, judged: &[Judged<'_>]) {
    let doubled = duplicates(cx, bound);
    let judged: Vec<&Judged<'_>> = judged.iter().filter(|judged| !doubled[judged.place.node]).collect();
    let demands: Vec<Vec<Demand>> = judged.iter().map(|judged| demands(judged)).collect();
    let mut silent = repeated_parts(&judged);
    let mut by_subject: HashMap<&str, Vec<(usize, &What)>> = HashMap::new();
    for (at, own) in demands.iter().enumerate() {
        for demand in own.iter().filter(|demand| !demand.what.is_empty()) {
            let before = by_subject.entry(&demand.subject).or_default();
            let near = before.iter().rev().take(WINDOW);
            if !silent[at]
                && let Some((other, _)) = near.clone().find(|(other, what)| !silent[*other] && what.excludes(&demand.what))
            {
                silent[at] = true;
                contradiction(judged[at], judged[*other]);
            }
            before.push((at, &demand.what));
        }
    }
    implied(&judged, &demands, &mut silent);
    if cx.is_strict() {
        shared_metrics(&judged);
    }
}

/// Rules of the list that stand there twice; whether each is one that was seen before.
fn duplicates(cx: &Cx<'_>, bound: &BoundRuleset) -> Vec<bool> {
    let nodes: Vec<&RuleNode> = cx.ruleset.rules.iter().flat_map(|section| &section.items).collect();
    let mut doubled = vec![false; nodes.len()];
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (at, (node, rule)) in nodes.iter().zip(&bound.rules).enumerate() {
        if rule.body.leaves().iter().any(|leaf| leaf.broken.is_some()) {
            continue;
        }
        let first = *seen.entry(bare_text(node)).or_insert(at);
        if first == at {
            continue;
        }
        let (other, labels) = (nodes[first], rule.labels == bound.rules[first].labels);
        let tags = rule_text_without_labels(node) == rule_text_without_labels(other);
        let said = match (labels, tags) {
            (true, true) => {
                let removal = removal(cx, nodes[at - 1].span(), node.span());
                Diagnostic::new(&codes::lint::DUPLICATE_RULE, node.span(), "this rule stands here twice").fix(
                    "remove it",
                    removal.0,
                    "",
                    removal.1,
                )
            }
            // With another threshold and other labels it is a second level: one warns before the other fails.
            (false, false) => continue,
            (labels, _) => {
                let what = if labels { "another threshold" } else { "other labels" };
                let message = format!("this rule stands here twice, with {what}");
                let mut said = Diagnostic::new(&codes::lint::DUPLICATE_RULE, node.span(), message);
                said.severity = Severity::Hint;
                said
            }
        };
        doubled[at] = true;
        cx.say(said.here("judged a second time").also(other.span(), "the same rule").or_help("remove one of them"));
    }
    doubled
}

/// The rule together with the comma before it; unseen only if nothing else stands between.
fn removal(cx: &Cx<'_>, before: Span, rule: Span) -> (Span, Safety) {
    let span = Span { start: before.end, ..rule };
    let offset = |place: u32| {
        let (mut low, mut high) = (0, cx.text.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            if cx.map.span(middle, middle).start < place { low = middle + 1 } else { high = middle }
        }
        low
    };
    let between = cx.text.get(offset(before.end)..offset(rule.start)).unwrap_or("");
    (span, if between.trim() == "," { Safety::Safe } else { Safety::Unsafe })
}

/// What a rule says, whatever its labels and its threshold.
fn bare_text(node: &RuleNode) -> String {
    rule_text(&stripped(node, true))
}

fn rule_text_without_labels(node: &RuleNode) -> String {
    rule_text(&stripped(node, false))
}

fn stripped(node: &RuleNode, thresholds: bool) -> RuleNode {
    let mut node = node.clone();
    strip(&mut node, thresholds);
    node
}

fn strip(node: &mut RuleNode, thresholds: bool) {
    match node {
        RuleNode::Rule(rule) => {
            rule.labels.clear();
            rule.tags.retain(|tag| !thresholds || !is_threshold(tag));
        }
        RuleNode::Composite(composite) => {
            composite.labels.clear();
            composite.parts.iter_mut().for_each(|part| strip(part, thresholds));
        }
    }
}

/// Parts of composites that repeat a rule that must hold with them.
fn repeated_parts(judged: &[&Judged<'_>]) -> Vec<bool> {
    let mut seen: HashMap<(usize, String), usize> = HashMap::new();
    let mut repeated = vec![false; judged.len()];
    for (at, rule) in judged.iter().enumerate() {
        let text = rule_text_without_labels(&RuleNode::Rule(rule.rule.clone()));
        let first = *seen.entry((rule.place.conjunction, text)).or_insert(at);
        let other = judged[first];
        if first == at || (rule.place.alone && other.place.alone) {
            continue;
        }
        repeated[at] = true;
        let mut said = Diagnostic::new(&codes::lint::DUPLICATE_RULE, rule.rule.span, "this rule stands here twice");
        // Parts of different rules may be there for the rows that each of them finds.
        if rule.place.node != other.place.node {
            said.severity = Severity::Hint;
        }
        rule.say(said.here("judged a second time").also(other.rule.span, "the same rule").help("remove one of them"));
    }
    repeated
}

fn contradiction(rule: &Judged<'_>, earlier: &Judged<'_>) {
    rule.say(
        Diagnostic::new(
            &codes::lint::CONTRADICTING_RULES,
            rule.rule.span,
            "this rule contradicts another: one of them always fails",
        )
        .here("nothing satisfies both")
        .also(earlier.rule.span, "the other rule")
        .help("remove one of them, or join them by `or`"),
    );
}

/// Rules that hold wherever another one does: in each pair the weaker one is named, once.
fn implied(judged: &[&Judged<'_>], demands: &[Vec<Demand>], silent: &mut [bool]) {
    let mut by_subject: HashMap<&str, Vec<(usize, &What)>> = HashMap::new();
    for (at, own) in demands.iter().enumerate() {
        let [first, ..] = own.as_slice() else { continue };
        let candidates: Vec<usize> = by_subject
            .get(first.subject.as_str())
            .map_or_else(Vec::new, |before| before.iter().rev().take(WINDOW).map(|(other, _)| *other).collect());
        for demand in own {
            by_subject.entry(&demand.subject).or_default().push((at, &demand.what));
        }
        // A rule of several demands also implies what is only about its others.
        let others = own[1..].iter().flat_map(|demand| by_subject[demand.subject.as_str()].iter().rev().skip(1).take(WINDOW));
        let candidates: Vec<usize> = candidates.into_iter().chain(others.map(|(other, _)| *other)).collect();
        for other in candidates {
            if other == at || judged[other].place.labels != judged[at].place.labels {
                continue;
            }
            let (one, two) = (&demands[other], &demands[at]);
            if !silent[at] && implies(one, two) {
                silent[at] = true;
                weaker(judged[at], judged[other]);
            } else if !silent[other] && !silent[at] && implies(two, one) {
                silent[other] = true;
                weaker(judged[other], judged[at]);
            }
        }
    }
}

/// Whether all that the second demands follows from what the first does.
fn implies(one: &[Demand], two: &[Demand]) -> bool {
    let follows = |demand: &Demand| {
        one.iter().any(|other| other.subject == demand.subject && !other.what.is_empty() && other.what.is_within(&demand.what))
    };
    !two.is_empty() && two.iter().all(follows)
}

fn weaker(rule: &Judged<'_>, stronger: &Judged<'_>) {
    rule.say(
        Diagnostic::new(&codes::lint::IMPLIED_RULE, rule.rule.span, "another rule says this and more")
            .here("holds wherever the other one does")
            .also(stronger.rule.span, "the other rule"),
    );
}

/// What a rule demands, all of it; nothing where that cannot be said.
fn demands(judged: &Judged<'_>) -> Vec<Demand> {
    let subject = |what: &str, of: &str| {
        let filter = judged.rule.filter.as_ref().map_or("", |filter| filter.value.trim());
        format!("{} {what} {of} where {filter}", judged.place.conjunction)
    };
    if let Some(domain) = domain(judged) {
        let subject = subject(domain.kind, &domain.column.name);
        return vec![Demand { subject, what: What::Values(Box::new(domain)) }];
    }
    // A tag may say what is measured: files are chosen by tags.
    let Some(names) = names(judged).filter(|_| judged.rule.tags.is_empty()) else { return Vec::new() };
    let takes_number = matches!(judged.leaf.def.takes, Takes::Number | Takes::NumberOrNothing) && judged.rule.condition.is_some();
    let several = ["Uniqueness", "IsUnique", "IsPrimaryKey"].contains(&judged.name());
    let mut key = names.clone();
    if several {
        key.sort_unstable();
    }
    let measures: Vec<String> = match judged.name() {
        "Completeness" | "IsComplete" => vec![subject("completeness", &names.join(","))],
        "Uniqueness" | "IsUnique" => vec![subject("uniqueness", &key.join(","))],
        // That no column of a longer key is null is more than AWS makes sure of.
        "IsPrimaryKey" if names.len() == 1 => vec![subject("uniqueness", &names[0]), subject("completeness", &names[0])],
        "ColumnLength" | "ColumnValues" => return Vec::new(),
        name if takes_number && !judged.leaf.threshold => vec![subject(name, &names.join(","))],
        _ => return Vec::new(),
    };
    let demands = measures.into_iter().zip(&judged.leaf.checks).map(|(subject, check)| {
        let range = decided::range(judged, check);
        let (scale, all) = range.map_or((Scale::Double, Set::all()), |range| (range.scale, range.all));
        // Equality with a zero of either sign is not exact where a measure may be both.
        Some(Demand { subject, what: What::Measure(scale.demanded(&check.condition)?.and(&all)) })
    });
    let demands: Option<Vec<Demand>> = demands.collect();
    demands.filter(|demands| !demands.iter().any(|demand| is_everything(judged, demand))).unwrap_or_default()
}

/// Whether nothing is demanded, which is said of the rule itself.
fn is_everything(judged: &Judged<'_>, demand: &Demand) -> bool {
    let all = judged.leaf.checks.first().and_then(|check| decided::range(judged, check)).map(|range| range.all);
    matches!((&demand.what, all), (What::Measure(set), Some(all)) if *set == all)
}

/// The parameters, columns as the schema spells them.
fn names(judged: &Judged<'_>) -> Option<Vec<String>> {
    let parameters = judged.leaf.def.parameters;
    (0..judged.rule.parameters.len())
        .map(|at| {
            // The last parameter that is declared stands for all that follow.
            let declared = parameters.get(at).or(parameters.last());
            match declared.map(|parameter| parameter.kind) {
                Some(ParamKind::Column) => judged.column(at).map(|column| column.name),
                _ => judged.parameter(at).map(str::to_owned),
            }
        })
        .collect()
}

/// Metrics of one name that are of different things: AWS reports one of them.
fn shared_metrics(judged: &[&Judged<'_>]) {
    let mut seen: HashMap<&str, (usize, String, bool)> = HashMap::new();
    for (at, rule) in judged.iter().enumerate() {
        for (name, metric) in &rule.leaf.metrics {
            let own = measured(rule, metric);
            let (first, other, said) = seen.entry(name).or_insert_with(|| (at, own.clone(), false));
            if *other == own || *said {
                continue;
            }
            *said = true;
            let message = format!("another rule has a metric `{name}` too: AWS reports one of them");
            rule.say(
                Diagnostic::new(&codes::lint::SHARED_METRIC, rule.rule.span, message)
                    .here("of something else")
                    .also(judged[*first].rule.span, "the other rule")
                    .note("the verdicts are not affected, and here each rule keeps its own"),
            );
        }
    }
}

/// What a metric is of, where its name does not say it.
fn measured(judged: &Judged<'_>, metric: &Metric) -> String {
    let rule: &Rule = judged.rule;
    let filter = rule.filter.as_ref().map_or("", |filter| filter.value.as_str());
    let by_condition =
        matches!(judged.leaf.def.takes, Takes::Values | Takes::Text | Takes::Duration) || judged.name() == "ColumnLength";
    let words = match metric {
        Metric::Share if matches!(judged.leaf.test, Some(Test::Member(_))) => names(judged).unwrap_or_default().join(" "),
        Metric::Share if by_condition => bare_text(&RuleNode::Rule(rule.clone())),
        Metric::Query(query) => query.sql.clone(),
        Metric::Tally(tally) => tally.arguments.iter().map(ToString::to_string).collect(),
        _ => String::new(),
    };
    format!("{filter} {words}")
}
