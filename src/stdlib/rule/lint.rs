//! Lints of rules that are right and may not do what was meant.

use super::condition::NumberCondition;
use crate::diag::{Diagnostic, codes};
use crate::syntax::dqdl::ast::{CompareOp, Condition};

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
