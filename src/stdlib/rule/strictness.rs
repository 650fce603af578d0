//! Two versions of a rule: which of them demands more.

use super::bound::{Body, BoundRule};
use super::condition::NumberCondition;
use super::operand;
use crate::syntax::dqdl::ast::{Condition, ConditionKind, OperandKind, Rule, RuleNode, Set};
use crate::syntax::dqdl::print::{condition_text, parameter_text};

/// What became of a rule's demand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// It demands the same.
    Same,
    /// What holds before holds still, and more does.
    Looser,
    /// What holds still held before, and more did.
    Stricter,
    /// Neither.
    Other,
}

impl Strictness {
    /// Of two parts of a rule.
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, one) | (one, Self::Same) => one,
            (one, other) if one == other => one,
            _ => Self::Other,
        }
    }
}

/// Whether two rules are versions of one: of the same type about the same parameters. What a composite was before is not told.
pub fn is_version(old: &BoundRule, new: &BoundRule) -> bool {
    let (RuleNode::Rule(old), RuleNode::Rule(new)) = (&old.node, &new.node) else { return false };
    let parameters = |rule: &Rule| rule.parameters.iter().map(parameter_text).collect::<Vec<_>>();
    old.rule_type.text == new.rule_type.text && parameters(old) == parameters(new)
}

/// How the demand of a rule changed from one version to the next.
pub fn strictness(old: &BoundRule, new: &BoundRule) -> Strictness {
    let (RuleNode::Rule(before), RuleNode::Rule(after)) = (&old.node, &new.node) else {
        return if old.plain_text() == new.plain_text() { Strictness::Same } else { Strictness::Other };
    };
    if matches!((&old.body, &new.body), (Body::Composite { .. }, _) | (_, Body::Composite { .. })) {
        return Strictness::Other;
    }
    let demand = conditions(before.condition.as_ref(), after.condition.as_ref());
    let threshold = conditions(threshold(before), threshold(after));
    let filter = match (&before.filter, &after.filter) {
        (None, None) => Strictness::Same,
        (None, Some(_)) => Strictness::Looser,
        (Some(_), None) => Strictness::Stricter,
        (Some(old), Some(new)) => filters(&old.value, &new.value),
    };
    demand.and(threshold).and(filter)
}

fn threshold(rule: &Rule) -> Option<&Condition> {
    rule.tags.iter().find(|tag| tag.name.text.eq_ignore_ascii_case("threshold")).map(|tag| &tag.condition)
}

/// Conditions of `where`: of fewer rows less is demanded.
fn filters(old: &str, new: &str) -> Strictness {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let (old, new) = (plain(old), plain(new));
    let narrows = |wide: &str, narrow: &str| {
        // `a or b and c` is not `a or b`, narrowed.
        let has_or = |text: &str| format!(" {text} ").contains(" or ");
        let extends = narrow.starts_with(&format!("{wide} and ")) || narrow.ends_with(&format!(" and {wide}"));
        extends && !has_or(wide) && !has_or(narrow)
    };
    if old == new { Strictness::Same } else { verdict(narrows(&old, &new), narrows(&new, &old), Strictness::Other) }
}

fn conditions(old: Option<&Condition>, new: Option<&Condition>) -> Strictness {
    match (old, new) {
        (None, None) => Strictness::Same,
        (Some(old), Some(new)) if condition_text(old, "") == condition_text(new, "") => Strictness::Same,
        (Some(old), Some(new)) => match (numbers(old), numbers(new)) {
            (Some(old), Some(new)) => compare(&old, &new),
            _ => sets(old, new),
        },
        // A threshold stands for all rows where there is none.
        (None, Some(new)) => numbers(new).map_or(Strictness::Other, |new| compare(&NumberCondition::ALL, &new)),
        (Some(old), None) => numbers(old).map_or(Strictness::Other, |old| compare(&old, &NumberCondition::ALL)),
    }
}

fn numbers(condition: &Condition) -> Option<NumberCondition> {
    if matches!(condition.kind, ConditionKind::Matches { .. } | ConditionKind::In { set: Set::Variable(_), .. }) {
        return None;
    }
    let values: Option<Vec<f64>> =
        operand::operands(condition).into_iter().map(|operand| operand::number(operand).ok().flatten()).collect();
    Some(NumberCondition::of(&condition.kind, values?))
}

/// Holds both against every number that either names, the numbers beside it, and those between.
fn compare(old: &NumberCondition, new: &NumberCondition) -> Strictness {
    let mut named: Vec<f64> = [old, new].into_iter().flat_map(ends).filter(|end| end.is_finite()).collect();
    named.sort_by(f64::total_cmp);
    named.dedup_by(|a, b| a.to_bits() == b.to_bits());
    let (Some(first), Some(last)) = (named.first().copied(), named.last().copied()) else { return Strictness::Other };
    let between = named.windows(2).map(|pair| pair[0] / 2.0 + pair[1] / 2.0);
    let beside = named.iter().flat_map(|end| [end.next_down(), end.next_up()]);
    let outside = [first - 1.0 - first.abs(), last + 1.0 + last.abs()];
    let samples: Vec<f64> = named.iter().copied().chain(between).chain(beside).chain(outside).collect();
    let gained = samples.iter().any(|value| new.holds(*value) && !old.holds(*value));
    let lost = samples.iter().any(|value| old.holds(*value) && !new.holds(*value));
    verdict(gained, lost, Strictness::Same)
}

/// By whether something holds now that did not, and the other way round; `neither` if both are false.
fn verdict(gained: bool, lost: bool, neither: Strictness) -> Strictness {
    match (gained, lost) {
        (false, false) => neither,
        (true, false) => Strictness::Looser,
        (false, true) => Strictness::Stricter,
        (true, true) => Strictness::Other,
    }
}

fn ends(condition: &NumberCondition) -> Vec<f64> {
    match condition {
        NumberCondition::Compare(_, value) => vec![*value],
        NumberCondition::Between { low, high, .. } => vec![*low, *high],
        NumberCondition::In { set, .. } => set.clone(),
        NumberCondition::Never => Vec::new(),
    }
}

/// Lists of texts.
fn sets(old: &Condition, new: &Condition) -> Strictness {
    let (Some((negated, before)), Some((still, after))) = (texts(old), texts(new)) else { return Strictness::Other };
    if negated != still {
        return Strictness::Other;
    }
    let gained = after.iter().any(|text| !before.contains(text));
    let lost = before.iter().any(|text| !after.contains(text));
    if negated { verdict(lost, gained, Strictness::Same) } else { verdict(gained, lost, Strictness::Same) }
}

fn texts(condition: &Condition) -> Option<(bool, Vec<&str>)> {
    let ConditionKind::In { negated, set: Set::Listed(listed) } = &condition.kind else { return None };
    let all: Option<Vec<&str>> = listed
        .iter()
        .map(|operand| match &operand.kind {
            OperandKind::String(text) => Some(text.value.as_str()),
            _ => None,
        })
        .collect();
    Some((*negated, all?))
}

#[cfg(test)]
mod tests {
    use super::Strictness::{Looser, Other, Same, Stricter};
    use super::*;
    use crate::diag::Sink;
    use crate::source::{EmbedMap, SourceMap};
    use crate::syntax::dqdl;

    /// The first rule of a ruleset, as it was written.
    fn rule(text: &str) -> Rule {
        let whole = format!("Rules = [ {text} ]");
        let mut map = SourceMap::default();
        let file = map.add("r.dqdl", whole.as_str());
        let mut sink = Sink::default();
        let parsed = dqdl::parse(&whole, &EmbedMap::file(file, whole.len()), dqdl::Dialect::Superset, &mut sink);
        assert!(!sink.has_errors(), "{text}: {:?}", sink.iter().collect::<Vec<_>>());
        match parsed.rules.unwrap().items.remove(0) {
            RuleNode::Rule(rule) => rule,
            RuleNode::Composite(_) => panic!("a composite: {text}"),
        }
    }

    #[test]
    fn a_demand_is_looser_if_more_satisfies_it() {
        let check = |old: &str, new: &str, expected| {
            let (old_rule, new_rule) = (rule(old), rule(new));
            let demand = conditions(old_rule.condition.as_ref(), new_rule.condition.as_ref());
            let limit = conditions(threshold(&old_rule), threshold(&new_rule));
            assert_eq!(demand.and(limit), expected, "{old} -> {new}");
        };
        check("Completeness \"a\" > 0.9", "Completeness \"a\" > 0.90", Same);
        check("Completeness \"a\" > 0.9", "Completeness \"a\" > 0.8", Looser);
        check("Completeness \"a\" > 0.9", "Completeness \"a\" >= 0.9", Looser);
        check("Completeness \"a\" > 0.9", "Completeness \"a\" = 1.0", Stricter);
        check("RowCount between 1 and 10", "RowCount between 0 and 11", Looser);
        check("RowCount between 1 and 10", "RowCount between 2 and 11", Other);
        check("RowCount between 1 and 10", "RowCount > 1", Looser);
        check("RowCount != 0", "RowCount > 0", Stricter);
        check("ColumnValues \"a\" in [1, 2]", "ColumnValues \"a\" in [1, 2, 3]", Looser);
        check("ColumnValues \"a\" in [\"x\", \"y\"]", "ColumnValues \"a\" in [\"x\"]", Stricter);
        check("ColumnValues \"a\" not in [\"x\", \"y\"]", "ColumnValues \"a\" not in [\"x\"]", Looser);
        check("ColumnValues \"a\" in [\"x\"]", "ColumnValues \"a\" in [\"y\"]", Other);
        check("ColumnValues \"a\" > 0", "ColumnValues \"a\" > 0 with threshold > 0.5", Looser);
        check("ColumnValues \"a\" > 0 with threshold > 0.5", "ColumnValues \"a\" > 0 with threshold > 0.6", Stricter);
        check("DataFreshness \"a\" <= 24 hours", "DataFreshness \"a\" <= 2 days", Looser);
        check("ColumnValues \"a\" matches \"x\"", "ColumnValues \"a\" matches \"y\"", Other);
    }

    #[test]
    fn fewer_rows_are_a_looser_demand() {
        let check = |old, new, expected| assert_eq!(filters(old, new), expected, "{old} -> {new}");
        check("a = 1", "A  = 1", Same);
        check("a = 1", "a = 1 and b = 2", Looser);
        check("b = 2 and a = 1", "a = 1", Stricter);
        check("a = 1", "a = 2", Other);
        check("a = 1 or c = 3", "a = 1 or c = 3 and b = 2", Other);
    }
}
