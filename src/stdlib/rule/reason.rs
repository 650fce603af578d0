//! Why a row fails, in words: what its value does not do. The words follow the value: "`-3` is not greater than 0".

use super::bind::RuleCx;
use crate::syntax::dqdl::ast::{CompareOp, Condition, ConditionKind, ConstantValue, Operand, OperandKind, Set};
use crate::syntax::dqdl::print::operand_text;

/// How many characters of a list are written out.
const LIST: usize = 100;

/// In a message it stands for the number of characters of the value.
pub const LENGTH: &str = "{length}";

/// What a value that does not satisfy the condition does: `is not greater than 0`.
pub(super) fn words(cx: &RuleCx<'_, '_>, condition: &Condition) -> String {
    match &condition.kind {
        ConditionKind::Compare(operator, operand) => {
            let what = value(cx, operand);
            match operator {
                CompareOp::Eq => format!("is not equal to {what}"),
                CompareOp::Ne => format!("is equal to {what}"),
                CompareOp::Gt => format!("is not greater than {what}"),
                CompareOp::Ge => format!("is not at least {what}"),
                CompareOp::Lt => format!("is not less than {what}"),
                CompareOp::Le => format!("is not at most {what}"),
            }
        }
        ConditionKind::Between { negated, low, high } => {
            let (low, high) = (value(cx, low), value(cx, high));
            if *negated {
                format!("lies between {low} and {high}")
            } else {
                format!("does not lie between {low} and {high}, both ends left out")
            }
        }
        ConditionKind::In { negated, set } => {
            let listed = cut(&list(cx, set));
            if *negated { format!("is one of {listed}") } else { format!("is none of {listed}") }
        }
        ConditionKind::Matches { negated, pattern } => {
            let pattern = value(cx, pattern);
            if *negated { format!("matches {pattern}") } else { format!("does not match {pattern}") }
        }
    }
}

fn value(cx: &RuleCx<'_, '_>, operand: &Operand) -> String {
    match &operand.kind {
        OperandKind::Variable(name) => constant(cx, name, operand),
        _ => operand_text(operand, ""),
    }
}

fn constant(cx: &RuleCx<'_, '_>, name: &str, operand: &Operand) -> String {
    match cx.constant(name, operand.span) {
        Ok(ConstantValue::Text(text)) => format!("\"{}\"", text.raw),
        Ok(ConstantValue::List(texts)) => texts.iter().map(|text| format!("\"{}\"", text.raw)).collect::<Vec<_>>().join(", "),
        Err(_) => format!("${name}"),
    }
}

fn list(cx: &RuleCx<'_, '_>, set: &Set) -> String {
    match set {
        Set::Variable(name) => {
            let operand = Operand { kind: OperandKind::Variable(name.text.clone()), span: name.span };
            value(cx, &operand)
        }
        Set::Listed(operands) => operands.iter().map(|operand| value(cx, operand)).collect::<Vec<_>>().join(", "),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(LIST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
