//! What the quality operator is told: expressions, and which rule reads which of them.

use datafusion::arrow::datatypes::Field;
use datafusion::logical_expr::Expr;
use indexmap::IndexMap;

use crate::stdlib::rule::{Action, TallyKind, failures_type, verdict_fields};

/// The column that names what is wrong with a row; null for a row that goes to the main port.
pub const FAILURES: &str = "__gc_failures";
/// The column that names what is to be known about a row that stays; null for a row that nothing is said of.
pub const WARNINGS: &str = "__gc_warnings";

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
    /// Whether [`WARNINGS`] is added.
    pub warnings: bool,
    /// How many failing rows of a partition are told why; all if it is not said. Where only a few are shown, writing the
    /// reasons on all of them would cost more than judging them.
    pub told: Option<usize>,
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
    /// Its text in AWS's four columns.
    pub shown: String,
    /// Its labels.
    pub labels: IndexMap<String, String>,
    /// How its tests are combined; `None` if it decides no row.
    pub tree: Option<Tree>,
    /// What becomes of a row that fails it.
    pub action: Action,
    /// Whether that happens at all; else the row stays as if it passed.
    pub acts: bool,
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
    /// What is wrong with a row that is null there.
    pub null_message: String,
    /// Whether one null of several columns is enough for that.
    pub any_null: bool,
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

impl RuleSpec {
    /// Whether a row that fails it goes to the `failed` port.
    pub(super) fn routes(&self) -> bool {
        self.acts && self.action == Action::Route
    }

    /// Whether it is written on a row that fails it and stays.
    pub(super) fn annotates(&self) -> bool {
        self.acts && self.action == Action::Annotate
    }
}

/// The columns that are added to the input's.
pub(super) fn added_fields(spec: &Spec) -> Vec<Field> {
    let mut fields = vec![Field::new(FAILURES, failures_type(), true)];
    if spec.warnings {
        fields.push(Field::new(WARNINGS, failures_type(), true));
    }
    if spec.verdicts {
        fields.extend(verdict_fields());
    }
    fields
}
