//! The message for a value of another type than it must be.

use super::ParamType;
use super::describe::describe;
use crate::diag::codes::spec::WRONG_TYPE;
use crate::diag::{Diagnostic, Safety};
use crate::syntax::yaml::{self, Node, NodeKind, ScalarValue, Style};

/// "`columns` must be a list of columns, found a string", with what helps for it.
pub(super) fn wrong_type(node: &Node, subject: &str, ty: &ParamType) -> Diagnostic {
    let expected = describe(ty);
    let diagnostic = Diagnostic::new(&WRONG_TYPE, node.span, format!("{subject} must be {expected}, found {}", node.describe()))
        .here(format!("expected {expected}"));
    let NodeKind::Scalar(scalar) = &node.kind else { return diagnostic };
    let word = scalar.text.as_str();
    match (ty, word.to_ascii_lowercase().as_str()) {
        (ParamType::Bool, "yes" | "on" | "y") => {
            diagnostic.help("write `true`").fix("replace with `true`", node.span, "true", Safety::Unsafe)
        }
        (ParamType::Bool, "no" | "off" | "n") => {
            diagnostic.help("write `false`").fix("replace with `false`", node.span, "false", Safety::Unsafe)
        }
        (ParamType::Bool | ParamType::Int { .. } | ParamType::Float { .. }, _)
            if scalar.style == Style::Quoted && would_fit(word, ty) =>
        {
            diagnostic.help("remove the quotes: what stands in quotes is text")
        }
        _ => diagnostic,
    }
}

/// Whether the word would be of the type if it stood without quotes.
fn would_fit(word: &str, ty: &ParamType) -> bool {
    matches!(
        (ty, yaml::plain_value(word)),
        (ParamType::Bool, ScalarValue::Bool(_))
            | (ParamType::Int { .. } | ParamType::Float { .. }, ScalarValue::Int(_))
            | (ParamType::Float { .. }, ScalarValue::Float(_))
    )
}
