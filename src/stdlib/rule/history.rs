//! What earlier runs recorded, and DQDL's functions over it: `last(k)`, `avg(last(k))`, `index(last(k), i)`, ….
//!
//! Source: the dynamic rules of the DQDL reference. `last(k)` is the newest k figures of the rule's own metric, fewer if
//! there are fewer; of no figures at all every function is 0.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::operand;
use crate::diag::{Diagnostic, codes, suggest};
use crate::source::Span;
use crate::syntax::dqdl::ast::{ArithmeticOp, Composite, Condition, ConditionKind, Operand, OperandKind, Rule, RuleNode, Set};

/// A recorded figure.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// When its run began.
    pub at: DateTime<Utc>,
    /// The figure.
    pub value: f64,
}

/// A figure that is recorded at every run.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Series {
    /// AWS's name of the metric: `Column.order_id.Completeness`.
    pub metric: String,
    /// What tells two figures of one name apart: the condition of a share, the `where`, the query, the keys; else empty.
    pub detail: String,
}

/// The recorded figures of one ruleset's metrics, as a run finds them when it begins. Excluded ones are not in it.
#[derive(Debug, Clone, Default)]
pub struct History(BTreeMap<Series, Vec<Point>>);

impl History {
    /// Adds a series, oldest figure first.
    pub fn insert(&mut self, series: Series, points: Vec<Point>) {
        self.0.insert(series, points);
    }

    /// The figures of a series, oldest first.
    pub fn points(&self, series: &Series) -> &[Point] {
        self.0.get(series).map_or(&[], Vec::as_slice)
    }

    /// The values of a series, newest first.
    pub fn newest(&self, series: &Series) -> Vec<f64> {
        self.points(series).iter().rev().map(|point| point.value).collect()
    }
}

/// What a function makes of figures.
type Reducer = fn(&[f64]) -> f64;

/// The functions of one argument, a list of figures, newest first and never empty.
static REDUCERS: &[(&str, Reducer)] = &[
    ("avg", |figures| figures.iter().sum::<f64>() / figures.len() as f64),
    ("median", median),
    ("min", |figures| figures.iter().copied().fold(f64::INFINITY, f64::min)),
    ("max", |figures| figures.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
    ("sum", |figures| figures.iter().sum()),
    ("std", deviation),
    ("abs", |figures| figures[0].abs()),
];

const LAST: &str = "last";
const INDEX: &str = "index";

/// The functions there are.
fn names() -> impl Iterator<Item = &'static str> {
    [LAST, INDEX].into_iter().chain(REDUCERS.iter().map(|(name, _)| *name))
}

fn median(figures: &[f64]) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

/// Of the whole population, as the rule type `StandardDeviation` has it.
fn deviation(figures: &[f64]) -> f64 {
    let count = figures.len() as f64;
    let mean = figures.iter().sum::<f64>() / count;
    (figures.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt()
}

/// Whether some operand of a condition is computed from the history.
pub(super) fn is_dynamic(condition: &Condition) -> bool {
    operand::operands(condition).into_iter().any(calls)
}

fn calls(operand: &Operand) -> bool {
    match &operand.kind {
        OperandKind::Call { .. } => true,
        OperandKind::Parenthesized(inner) => calls(inner),
        OperandKind::Arithmetic { left, right, .. } => calls(left) || calls(right),
        _ => false,
    }
}

/// What is wrong with the functions of an operand: an unknown name, a missing reducer, a bad argument.
pub(super) fn check(operand: &Operand) -> Result<(), Diagnostic> {
    match &operand.kind {
        OperandKind::Parenthesized(inner) => check(inner),
        OperandKind::Arithmetic { left, right, .. } => check(left).and_then(|()| check(right)),
        OperandKind::Call { name, arguments } => check_call(operand, &name.text, name.span, arguments),
        _ => Ok(()),
    }
}

fn check_call(operand: &Operand, name: &str, span: Span, arguments: &[Operand]) -> Result<(), Diagnostic> {
    let wrong = |span, message: String| Diagnostic::new(&codes::quality::HISTORY_FUNCTION, span, message);
    if name == LAST {
        last_count(operand, arguments)?;
        if arguments.first().is_some_and(|count| whole(count).is_some_and(|count| count > 1)) {
            let text = crate::syntax::dqdl::print::operand_text(operand, "");
            return Err(wrong(operand.span, format!("`{text}` is several figures and one is needed"))
                .here("a list")
                .help(format!("reduce it, for example `avg({text})`, `max({text})` or `index({text}, 0)`")));
        }
        return Ok(());
    }
    if name == INDEX {
        let [list, at] = arguments else {
            return Err(
                wrong(operand.span, "`index` takes a list and a number".to_owned()).help("for example `index(last(3), 1)`")
            );
        };
        check_list(list, name)?;
        return match whole(at) {
            Some(_) => Ok(()),
            None => Err(wrong(at.span, "a whole number from 0 is needed".to_owned())
                .here("which of the figures: 0 is the newest")
                .help("for example `index(last(3), 1)`, the second newest")),
        };
    }
    if REDUCERS.iter().all(|(known, _)| *known != name) {
        let unknown = wrong(span, format!("unknown function `{name}`")).here("no function over the history");
        let unknown = unknown.note(format!("the functions are {}", suggest::list(names(), 12)));
        return Err(unknown.suggest(span, name, names()));
    }
    match arguments {
        [number] if name == "abs" && !is_last(number) => check(number),
        [list] => check_list(list, name),
        _ => Err(wrong(operand.span, format!("`{name}` takes one list of figures"))
            .here("not one argument")
            .help(format!("for example `{name}(last(5))`"))),
    }
}

fn is_last(operand: &Operand) -> bool {
    matches!(&operand::bare(operand).kind, OperandKind::Call { name, .. } if name.text == LAST)
}

fn check_list(operand: &Operand, function: &str) -> Result<(), Diagnostic> {
    match &operand::bare(operand).kind {
        OperandKind::Call { name, arguments } if name.text == LAST => last_count(operand, arguments).map(|_| ()),
        _ => {
            Err(Diagnostic::new(&codes::quality::HISTORY_FUNCTION, operand.span, format!("`{function}` takes a list of figures"))
                .here("not a list")
                .help(format!("for example `{function}(last(5){})`", if function == INDEX { ", 1" } else { "" })))
        }
    }
}

/// How many figures `last(…)` asks for.
fn last_count(operand: &Operand, arguments: &[Operand]) -> Result<usize, Diagnostic> {
    let count = match arguments {
        [] => Some(1),
        [count] => whole(count).filter(|count| *count > 0),
        _ => None,
    };
    count.ok_or_else(|| {
        let span = arguments.first().map_or(operand.span, |count| count.span);
        Diagnostic::new(&codes::quality::HISTORY_FUNCTION, span, "`last` takes a whole number from 1")
            .here("how many of the newest figures")
            .help("for example `last()` or `avg(last(5))`")
    })
}

/// A whole number that is written as one.
fn whole(operand: &Operand) -> Option<usize> {
    match &operand::bare(operand).kind {
        OperandKind::Number(text) => text.parse().ok(),
        _ => None,
    }
}

/// The value of an operand, given the figures of the rule's metric, newest first. It was checked before.
pub(super) fn value(operand: &Operand, newest: &[f64]) -> f64 {
    match &operand.kind {
        OperandKind::Parenthesized(inner) => value(inner, newest),
        OperandKind::Arithmetic { operator, left, right } => {
            let (left, right) = (value(left, newest), value(right, newest));
            match operator {
                ArithmeticOp::Add => left + right,
                ArithmeticOp::Subtract => left - right,
                ArithmeticOp::Multiply => left * right,
                ArithmeticOp::Divide => left / right,
            }
        }
        OperandKind::Call { name, arguments } => called(&name.text, arguments, newest),
        _ => operand::number(operand).ok().flatten().unwrap_or(f64::NAN),
    }
}

fn called(name: &str, arguments: &[Operand], newest: &[f64]) -> f64 {
    if name == LAST {
        return newest.first().copied().unwrap_or(0.0);
    }
    let Some(first) = arguments.first() else { return f64::NAN };
    if !is_last(first) {
        return value(first, newest).abs();
    }
    let OperandKind::Call { arguments: count, .. } = &operand::bare(first).kind else { return f64::NAN };
    let count = last_count(first, count).unwrap_or(1);
    let figures = &newest[..count.min(newest.len())];
    if name == INDEX {
        let at = arguments.get(1).and_then(whole).unwrap_or(0);
        return figures.get(at).copied().unwrap_or(0.0);
    }
    match REDUCERS.iter().find(|(known, _)| *known == name) {
        Some((_, reduce)) if !figures.is_empty() => reduce(figures),
        _ => 0.0,
    }
}

/// The rule with every function over the history replaced by its value, AWS's `EvaluatedRule`; `None` if it has none.
/// `newest` gives for each simple rule, from left to right, the figures of its metric.
pub fn evaluated(node: &RuleNode, newest: &mut dyn FnMut() -> Vec<f64>) -> Option<RuleNode> {
    let mut changed = false;
    let node = evaluated_node(node, newest, &mut changed);
    changed.then_some(node)
}

fn evaluated_node(node: &RuleNode, newest: &mut dyn FnMut() -> Vec<f64>, changed: &mut bool) -> RuleNode {
    match node {
        RuleNode::Rule(rule) => {
            let figures = newest();
            RuleNode::Rule(evaluated_rule(rule, &figures, changed))
        }
        RuleNode::Composite(composite) => {
            let parts = composite.parts.iter().map(|part| evaluated_node(part, newest, changed)).collect();
            RuleNode::Composite(Composite { parts, ..composite.clone() })
        }
    }
}

fn evaluated_rule(rule: &Rule, figures: &[f64], changed: &mut bool) -> Rule {
    let mut rule = rule.clone();
    let conditions = rule.condition.iter_mut().chain(rule.tags.iter_mut().map(|tag| &mut tag.condition));
    for condition in conditions.filter(|condition| is_dynamic(condition)) {
        *changed = true;
        match &mut condition.kind {
            ConditionKind::Compare(_, operand) | ConditionKind::Matches { pattern: operand, .. } => {
                *operand = with_values(operand, figures);
            }
            ConditionKind::Between { low, high, .. } => {
                *low = with_values(low, figures);
                *high = with_values(high, figures);
            }
            ConditionKind::In { set: Set::Listed(listed), .. } => {
                *listed = listed.iter().map(|operand| with_values(operand, figures)).collect();
            }
            ConditionKind::In { set: Set::Variable(_), .. } => {}
        }
    }
    rule
}

fn with_values(operand: &Operand, newest: &[f64]) -> Operand {
    let kind = match &operand.kind {
        OperandKind::Call { .. } => OperandKind::Number(value(operand, newest).to_string()),
        OperandKind::Parenthesized(inner) => OperandKind::Parenthesized(Box::new(with_values(inner, newest))),
        OperandKind::Arithmetic { operator, left, right } => OperandKind::Arithmetic {
            operator: *operator,
            left: Box::new(with_values(left, newest)),
            right: Box::new(with_values(right, newest)),
        },
        other => other.clone(),
    };
    Operand { kind, span: operand.span }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sink;
    use crate::source::{EmbedMap, SourceMap};
    use crate::syntax::dqdl::ast::{ConditionKind, RuleNode};
    use crate::syntax::dqdl::{self, Dialect};

    fn operand_of(text: &str) -> Operand {
        let text = format!("Rules = [ RowCount > {text} ]");
        let file = SourceMap::default().add("rules.dqdl", text.as_str());
        let mut sink = Sink::default();
        let ruleset = dqdl::parse(&text, &EmbedMap::file(file, text.len()), Dialect::Superset, &mut sink);
        assert!(!sink.has_errors(), "{text}");
        let node = ruleset.rules.unwrap().items.remove(0);
        let RuleNode::Rule(rule) = node else { panic!("one rule") };
        match rule.condition.unwrap().kind {
            ConditionKind::Compare(_, operand) => operand,
            other => panic!("a comparison, not {other:?}"),
        }
    }

    #[test]
    fn functions_over_figures() {
        let newest = [10.0, 20.0, 60.0, 1000.0];
        for (text, expected) in [
            ("last()", 10.0),
            ("last(1)", 10.0),
            ("avg(last(3))", 30.0),
            ("median(last(3))", 20.0),
            ("median(last(2))", 15.0),
            ("min(last(9))", 10.0),
            ("max(last(3))", 60.0),
            ("sum(last(2))", 30.0),
            ("std(last(2))", 5.0),
            ("index(last(3), 0)", 10.0),
            ("index(last(3), 2)", 60.0),
            ("index(last(3), 3)", 0.0),
            ("abs(last() - 25)", 15.0),
            ("avg(last(2)) * 0.9 + 1", 14.5),
            ("(max(last(3)) - min(last(3))) / 2", 25.0),
        ] {
            let operand = operand_of(text);
            assert!(check(&operand).is_ok(), "{text}");
            assert!((value(&operand, &newest) - expected).abs() < 1e-12, "{text} is {}", value(&operand, &newest));
        }
    }

    #[test]
    fn nothing_is_zero() {
        for text in
            ["last()", "avg(last(3))", "median(last(3))", "min(last(2))", "std(last(4))", "index(last(3), 1)", "abs(last())"]
        {
            assert!(value(&operand_of(text), &[]).abs() < f64::EPSILON, "{text}");
        }
    }

    #[test]
    fn faults_are_found() {
        for text in [
            "last(3)",
            "last(0)",
            "last(1.5)",
            "last(1, 2)",
            "avg(3)",
            "avg()",
            "index(last(3))",
            "index(last(3), -1)",
            "mean(last(3))",
        ] {
            assert!(check(&operand_of(text)).is_err(), "{text}");
        }
    }
}
