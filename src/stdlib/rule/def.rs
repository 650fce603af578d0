//! What a rule type is: a `static` [`RuleDef`] in a file of its own.

use crate::diag::{Diagnostic, Reported, codes};

use super::bind::RuleCx;
use super::bound::Leaf;

/// A rule type, declared once: acceptance, checking, planning and the reference all read this.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts about a rule type")]
pub struct RuleDef {
    /// Its name in DQDL, in exactly this case.
    pub name: &'static str,
    /// What it says, in one line.
    pub summary: &'static str,
    /// Its parameters in order.
    pub parameters: &'static [RuleParam],
    /// How many of them there may be.
    pub arity: Arity,
    /// The conditions it takes.
    pub takes: Takes,
    /// Whether it may have a `where`.
    pub filter: bool,
    /// Whether it may have a `with threshold`.
    pub threshold: bool,
    /// What of the data it can blame.
    pub class: RowClass,
    /// Whether AWS leaves it out of composites that are evaluated row by row.
    pub excluded_from_row_composites: bool,
    /// Where it may stand.
    pub usable: Usable,
    /// Whether AWS's parser knows it; its engine may all the same.
    pub portable: bool,
    /// Turns a rule that was written into one that can be evaluated.
    pub eval: Eval,
    /// The version it came with.
    pub since: &'static str,
    /// Its page in the reference.
    pub page: &'static str,
}

/// A parameter, for messages and completion.
#[derive(Debug, Clone, Copy)]
pub struct RuleParam {
    /// Its name in the reference.
    pub name: &'static str,
    /// What it names.
    pub kind: ParamKind,
}

impl RuleParam {
    /// A column of the primary data set.
    pub(super) const fn column(name: &'static str) -> Self {
        Self { name, kind: ParamKind::Column }
    }

    /// An additional data source.
    pub(super) const fn alias(name: &'static str) -> Self {
        Self { name, kind: ParamKind::Alias }
    }

    /// Anything else.
    pub(super) const fn text(name: &'static str) -> Self {
        Self { name, kind: ParamKind::Text }
    }
}

/// What a parameter names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamKind {
    /// A column of the primary data set.
    Column,
    /// An additional data source.
    Alias,
    /// A pattern, a query, a path, a mapping.
    Text,
}

/// How many parameters a rule type takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arity {
    /// From so many to so many.
    Between(usize, usize),
    /// So many or more.
    AtLeast(usize),
}

impl Arity {
    /// Exactly so many.
    pub(super) const fn exactly(count: usize) -> Self {
        Self::Between(count, count)
    }

    /// Whether so many parameters are right.
    pub fn accepts(self, count: usize) -> bool {
        match self {
            Self::Between(least, most) => (least..=most).contains(&count),
            Self::AtLeast(least) => count >= least,
        }
    }
}

/// The conditions a rule type takes: the kinds of its operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// No condition: the rule holds or it does not.
    Nothing,
    /// A number must satisfy it.
    Number,
    /// A number must satisfy it, or there is none: then rows are judged.
    NumberOrNothing,
    /// Each value must satisfy it: number, string or date.
    Values,
    /// A string: `= "INTEGER"`.
    Text,
    /// A string with one parameter or none, nothing with two.
    TextOrNothing,
    /// An age: `<= 24 hours`.
    Duration,
    /// A date or a time of day.
    Date,
    /// A size in bytes: `> 10 MB`.
    Size,
}

/// What of the data a rule can blame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RowClass {
    /// Single rows, by their own values.
    Row,
    /// Single rows, by what other rows there are.
    Group,
    /// Only the data set as a whole.
    Dataset,
}

impl RowClass {
    /// `row`, `group` or `dataset`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::Group => "group",
            Self::Dataset => "dataset",
        }
    }
}

/// Where a rule type may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usable {
    /// In `Rules` and in `Analyzers`.
    Both,
    /// In `Rules` only.
    Rules,
    /// In `Analyzers` only.
    Analyzers,
}

/// How a rule of the type comes to be evaluated.
///
/// One function rather than a variant per kind of evaluation: real rule types mix kinds (`IsPrimaryKey` judges groups
/// and rows, `CustomSql` numbers or rows), and what they make of it is plain data in [`Leaf`] anyway.
#[derive(Debug, Clone, Copy)]
pub enum Eval {
    /// Checks the rule against its schemas and says what to measure and what must hold.
    By(fn(&RuleCx<'_, '_>) -> Result<Leaf, Reported>),
}

impl RuleDef {
    /// What most rule types have in common; each file says what differs.
    pub(super) const BASE: Self = Self {
        name: "",
        summary: "",
        parameters: &[RuleParam::column("TargetColumn")],
        arity: Arity::exactly(1),
        takes: Takes::Number,
        filter: true,
        threshold: false,
        class: RowClass::Dataset,
        excluded_from_row_composites: false,
        usable: Usable::Both,
        portable: true,
        eval: Eval::By(undeclared),
        since: "0.1.0",
        page: "",
    };
}

fn undeclared(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let bug = Diagnostic::new(&codes::internal::BUG, cx.rule.span, format!("nothing evaluates `{}`", cx.def.name));
    Err(cx.error(bug))
}
