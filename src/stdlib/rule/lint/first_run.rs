//! Rules that compare with earlier runs, and what they make of there being none.

use crate::diag::{Diagnostic, codes};
use crate::stdlib::rule::condition::Demand;
use crate::stdlib::rule::def::RuleDef;
use crate::syntax::dqdl::ast::Condition;

/// On the first run there is no history and every function over it is 0, which decides many rules whatever the data.
pub(in crate::stdlib::rule) fn first_run(def: &RuleDef, written: &Condition, demand: &Demand, say: impl FnOnce(Diagnostic)) {
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
