//! The rules of a quality node in two versions: which demand less.

use super::{Change, Kind, Pair, Place, impact};
use crate::ir::{Node, NodeId};
use crate::stdlib::rule::{Action, Actions, BoundRule, RowClass, Strictness, is_version, strictness};

/// What changed in the rules of a node.
pub(super) fn of_node(pair: &Pair<'_>, old: NodeId, new: NodeId) -> Vec<Change> {
    let (before, after) = (pair.old.job.node(old), pair.new.job.node(new));
    let (Some(was), Some(is)) = (&before.quality, &after.quality) else { return Vec::new() };
    let touched = || impact::sinks_below(&pair.new, new);
    let change = |kind, breaking, message, rule: &BoundRule| {
        Change::of_node(kind, breaking, pair.new.job, after, message, Place::New(rule.span)).touching(touched())
    };
    let matched = matched(&was.rules.rules, &is.rules.rules);
    let mut changes = Vec::new();
    for (at, rule) in is.rules.rules.iter().enumerate() {
        let known = matched.iter().find(|(new, _)| *new == at).and_then(|(_, old)| was.rules.rules.get(*old));
        let Some(old_rule) = known else {
            let message = format!("rule `{}` of `{}` is new", rule.text, after.name);
            changes.push(change(Kind::RuleAdded, false, message, rule));
            continue;
        };
        let (action_was, action_is) = (action(before, old_rule), action(after, rule));
        if rank(action_was) != rank(action_is) {
            let loosened = rank(action_is) < rank(action_was);
            let kind = if loosened { Kind::RuleLoosened } else { Kind::RuleTightened };
            let message = format!(
                "rows that fail `{}` of `{}` {}, they {} before",
                rule.plain_text(),
                after.name,
                becomes(action_is),
                became(action_was)
            );
            changes.push(change(kind, loosened, message, rule));
        }
        let (was, is) = (old_rule.plain_text(), rule.plain_text());
        if was == is {
            continue;
        }
        let (kind, breaking, verb) = match strictness(old_rule, rule) {
            Strictness::Same => continue,
            Strictness::Looser => (Kind::RuleLoosened, true, "demands less"),
            Strictness::Stricter => (Kind::RuleTightened, false, "demands more"),
            Strictness::Other => (Kind::RuleChanged, false, "demands something else"),
        };
        let message = format!("rule `{is}` of `{}` {verb}, it was `{was}`", after.name);
        changes.push(change(kind, breaking, message, rule));
    }
    for (at, rule) in was.rules.rules.iter().enumerate() {
        if !matched.iter().any(|(_, old)| *old == at) {
            let message = format!("rule `{}` of `{}` is gone", rule.text, after.name);
            let removed = Change::of_node(Kind::RuleRemoved, true, pair.new.job, after, message, Place::Old(rule.span));
            changes.push(removed.touching(touched()));
        }
    }
    changes
}

/// The rules of a node that is gone.
pub(super) fn gone(pair: &Pair<'_>, id: NodeId) -> Vec<Change> {
    let node = pair.old.job.node(id);
    let rules = node.quality.iter().flat_map(|quality| &quality.rules.rules);
    // A rule that another node has now was moved.
    let moved = |rule: &BoundRule| {
        let others = pair.new.job.nodes.iter().filter_map(|node| node.quality.as_ref());
        others.flat_map(|quality| &quality.rules.rules).any(|other| other.plain_text() == rule.plain_text())
    };
    let change = |rule: &BoundRule| {
        let message = format!("rule `{}` is gone with `{}`", rule.text, node.name);
        Change::of_node(Kind::RuleRemoved, true, pair.old.job, node, message, Place::Old(rule.span))
    };
    rules.filter(|rule| !moved(rule)).map(change).collect()
}

/// Which new rule is a version of which old one: `(new, old)`. The same text first, then the same type and parameters.
fn matched(old: &[BoundRule], new: &[BoundRule]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    let same = |old: &BoundRule, new: &BoundRule| old.plain_text() == new.plain_text();
    let version = |old: &BoundRule, new: &BoundRule| is_version(old, new);
    let tests: [&dyn Fn(&BoundRule, &BoundRule) -> bool; 2] = [&same, &version];
    for test in tests {
        for (at, rule) in new.iter().enumerate() {
            if pairs.iter().any(|(known, _)| *known == at) {
                continue;
            }
            let free = |place: &usize| !pairs.iter().any(|(_, taken)| taken == place);
            let found = old.iter().enumerate().position(|(place, other)| free(&place) && test(other, rule));
            pairs.extend(found.map(|place| (at, place)));
        }
    }
    pairs
}

/// What becomes of rows that fail a rule; nothing if it blames none.
fn action(node: &Node, rule: &BoundRule) -> Option<Action> {
    let actions = node.args.as_ref().map(Actions::of).unwrap_or_default();
    (rule.body.class() != RowClass::Dataset).then(|| actions.action(&rule.labels))
}

fn rank(action: Option<Action>) -> u8 {
    match action {
        None | Some(Action::Ignore) => 0,
        Some(Action::Annotate) => 1,
        Some(Action::Route) => 2,
    }
}

fn becomes(action: Option<Action>) -> &'static str {
    match action {
        None | Some(Action::Ignore) => "stay",
        Some(Action::Annotate) => "stay with a warning",
        Some(Action::Route) => "are parted from the others",
    }
}

fn became(action: Option<Action>) -> &'static str {
    match action {
        None | Some(Action::Ignore) => "stayed",
        Some(Action::Annotate) => "stayed with a warning",
        Some(Action::Route) => "were parted from the others",
    }
}
