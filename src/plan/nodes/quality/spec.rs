//! What the quality operator is told: expressions, and which rule reads which of them.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::logical_expr::Expr;
use indexmap::IndexMap;

use crate::stdlib::rule::{TallyKind, failures_type};

/// The column that names what is wrong with a row; null for a row that goes to the main port.
pub const FAILURES: &str = "__gc_failures";
/// AWS's four columns about a row.
pub const VERDICTS: [&str; 4] =
    ["DataQualityRulesPass", "DataQualityRulesFail", "DataQualityRulesSkip", "DataQualityEvaluationResult"];

/// What to judge and count in one pass. Numbers are places in `expressions` or `leaves`.
#[derive(Debug, Clone, Default)]
pub struct Spec {
    /// Every distinct expression once.
    pub expressions: Vec<Expr>,
    /// Every distinct test once.
    pub leaves: Vec<LeafSpec>,
    /// Every distinct aggregate once.
    pub tallies: Vec<TallySpec>,
    /// The rules in order.
    pub rules: Vec<RuleSpec>,
    /// Whether a row outside a `where` passes the rule; else it is undecided.
    pub filtered_passes: bool,
    /// Whether AWS's four columns are added.
    pub verdicts: bool,
}

/// A test of rows.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct LeafSpec {
    /// True passes, false fails, null decides nothing; without one no row is decided.
    pub test: Option<usize>,
    /// Rows for which it is not true are outside.
    pub filter: Option<usize>,
}

/// An aggregate.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TallySpec {
    /// Which.
    pub kind: TallyKind,
    /// Its arguments.
    pub arguments: Vec<usize>,
    /// Rows for which it is not true are left out.
    pub filter: Option<usize>,
}

/// A rule of the ruleset.
#[derive(Debug, Clone)]
pub struct RuleSpec {
    /// `Rule_1`
    pub id: String,
    /// Its canonical text.
    pub text: String,
    /// Its labels.
    pub labels: IndexMap<String, String>,
    /// How its tests are combined; `None` if it decides no row.
    pub tree: Option<Tree>,
    /// Whether a row that fails it goes to the `failed` port.
    pub routes: bool,
    /// What to say of a row, leaf by leaf.
    pub blames: Vec<Blame>,
}

/// What to say of a row that fails a leaf.
#[derive(Debug, Clone)]
pub struct Blame {
    /// The leaf.
    pub leaf: usize,
    /// The columns whose values are shown, as places in the input.
    pub columns: Vec<usize>,
    /// Their names.
    pub names: String,
    /// What is wrong.
    pub message: String,
}

/// How the tests of a rule are combined.
#[derive(Debug, Clone)]
pub enum Tree {
    /// One test.
    Leaf(usize),
    /// All must pass; one that fails decides.
    And(Vec<Tree>),
    /// One must pass; all must fail to fail.
    Or(Vec<Tree>),
}

/// The columns that are added to the input's.
pub(super) fn added_fields(verdicts: bool) -> Vec<Field> {
    let mut fields = vec![Field::new(FAILURES, failures_type(), true)];
    if verdicts {
        let list = DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
        fields.extend(VERDICTS[..3].iter().map(|name| Field::new(*name, list.clone(), false)));
        fields.push(Field::new(VERDICTS[3], DataType::Utf8, false));
    }
    fields
}
