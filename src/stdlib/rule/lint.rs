//! Lints of rules that are right and may not do what was meant.

use super::condition::{Demand, NumberCondition};
use super::def::RuleDef;
use super::operand;
use crate::diag::{Diagnostic, Safety, codes};
use crate::syntax::dqdl::ast::{ArithmeticOp, CompareOp, Condition, ConditionKind, Operand, OperandKind, Rule};
use crate::syntax::dqdl::print::{operand_text, parameter_text};

/// What surprises people in a rule that has the right shape.
pub(super) fn rule(rule: &Rule, mut say: impl FnMut(Diagnostic)) {
    let Some(condition) = &rule.condition else { return };
    let judges_values = ["ColumnValues", "ColumnLength"].contains(&rule.rule_type.text.as_str());
    match &condition.kind {
        ConditionKind::Between { negated: false, low, high } if judges_values => say(between(rule, condition, low, high)),
        ConditionKind::Matches { negated: true, .. } => say(Diagnostic::new(
            &codes::lint::NOT_MATCHES,
            condition.span,
            "`not matches` only forbids the pattern as a whole word at the start of a value",
        )
        .here("not the opposite of `matches`; null and the empty string fail both")
        .help("`matches \"(?!.*…).+\"` forbids a pattern anywhere")),
        ConditionKind::Between { .. } | ConditionKind::Compare(..) | ConditionKind::In { .. } | ConditionKind::Matches { .. } => {
        }
    }
    for operand in operand::operands(condition) {
        precedence(operand, &mut say);
    }
}

fn between(rule: &Rule, condition: &Condition, low: &Operand, high: &Operand) -> Diagnostic {
    let (low, high) = (operand_text(low, ""), operand_text(high, ""));
    let said = Diagnostic::new(&codes::lint::EXCLUSIVE_BETWEEN, condition.span, "`between` leaves out both ends")
        .here(format!("{low} and {high} do not satisfy"));
    let (name, parameters) = (&rule.rule_type.text, rule.parameters.iter().map(parameter_text).collect::<Vec<_>>().join(" "));
    if rule.filter.is_some() || !rule.labels.is_empty() || !rule.tags.is_empty() {
        return said.help("to include them, join a rule with `>=` and one with `<=` by `and`");
    }
    let inclusive = format!("(({name} {parameters} >= {low}) and ({name} {parameters} <= {high}))");
    said.help(format!("`{inclusive}` includes them")).fix("include both ends", rule.span, inclusive, Safety::Unsafe)
}

/// `2 + 3 * 2` is 10 in DQDL: all operators are of one level.
fn precedence(operand: &Operand, say: &mut impl FnMut(Diagnostic)) {
    let OperandKind::Arithmetic { operator, left, right } = &operand.kind else { return };
    precedence(left, say);
    precedence(right, say);
    let multiplies = matches!(operator, ArithmeticOp::Multiply | ArithmeticOp::Divide);
    let adds = matches!(&left.kind, OperandKind::Arithmetic { operator: ArithmeticOp::Add | ArithmeticOp::Subtract, .. });
    if multiplies && adds {
        let text = operand_text(left, "");
        say(Diagnostic::new(&codes::lint::LEFT_TO_RIGHT, operand.span, "DQDL calculates from left to right")
            .here(format!("`{text}` is calculated first"))
            .help("put parentheses around what belongs together")
            .fix("say so with parentheses", left.span, format!("({text})"), Safety::Safe));
    }
}

/// On the first run there is no history and every function over it is 0, which decides many rules whatever the data.
pub(super) fn first_run(def: &RuleDef, written: &Condition, demand: &Demand, say: impl FnOnce(Diagnostic)) {
    let first = demand.resolve(&[]);
    let figures: &[f64] = match def.name {
        "RowCount" | "ColumnCount" | "DistinctValuesCount" => &[1.0, 2.0, 1e3, 1e9],
        _ => &[1e-9, 0.25, 0.5, 0.99, 1.0],
    };
    let holds = figures.iter().filter(|figure| first.holds(**figure)).count();
    let outcome = match holds {
        0 => "the rule fails on its first run, whatever the data",
        all if all == figures.len() => "the rule holds on its first run, whatever the data",
        _ => return,
    };
    say(Diagnostic::new(&codes::lint::FIRST_RUN, written.span, outcome)
        .here("without earlier runs `last` is 0, here as on AWS")
        .help("run once to record the first figures, or join it with a rule of fixed numbers"));
}

/// A threshold is a share of rows: beyond 1 it cannot be reached.
pub(super) fn threshold(written: &Condition, condition: &NumberCondition, say: impl FnOnce(Diagnostic)) {
    let beyond = match condition {
        NumberCondition::Compare(CompareOp::Gt, x) => *x >= 1.0,
        NumberCondition::Compare(CompareOp::Ge | CompareOp::Eq, x) => *x > 1.0,
        NumberCondition::Between { negated: false, low, .. } => *low >= 1.0,
        NumberCondition::Compare(..) | NumberCondition::Between { .. } | NumberCondition::In { .. } | NumberCondition::Never => {
            false
        }
    };
    if beyond {
        say(Diagnostic::new(
            &codes::lint::NEVER_HOLDS,
            written.span,
            "a threshold is a share of the rows: this one is never reached",
        )
        .here("more than 1")
        .help("write a share between 0 and 1: 95 % is `0.95`"));
    }
}
