//! Rules that were checked: what to measure and what must hold, as plain data.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::Expr;
use indexmap::IndexMap;

use super::action::{Action, Actions};
use super::condition::Demand;
use super::def::{RowClass, RuleDef, Usable};
use super::file::{FileFigure, FileRule};
use super::history::{History, Series};
use crate::source::Span;
use crate::syntax::dqdl::ast::{Logic, RuleNode};
use crate::syntax::dqdl::plain_rule_text;

/// A ruleset whose rules know their columns.
#[derive(Debug, Clone)]
pub struct BoundRuleset {
    /// The rules in the order written.
    pub rules: Vec<BoundRule>,
    /// The analyzers in the order written.
    pub analyzers: Vec<BoundAnalyzer>,
    /// Whether AWS's parser would reject the ruleset: nothing of it can run then.
    pub rejected: bool,
}

impl BoundRuleset {
    /// Everything that is measured, rules first: parts of composites one by one, from left to right.
    pub fn leaves(&self) -> impl Iterator<Item = &Leaf> {
        let rules = self.rules.iter().flat_map(|rule| rule.body.leaves());
        rules.chain(self.analyzers.iter().map(|analyzer| &analyzer.leaf))
    }

    /// The series whose earlier figures rules need; all of them if all figures are to be compared with theirs.
    pub fn wanted(&self, all: bool) -> Vec<Series> {
        let mut wanted = Vec::new();
        for leaf in self.leaves() {
            let count = if all || leaf.forecasts() { leaf.metrics.len() } else { usize::from(leaf.is_dynamic()) };
            let compared = leaf.metrics.iter().take(count).map(|(name, _)| leaf.series(name));
            // What a distribution continues it needs in any case.
            for series in compared.chain(leaf.distributions.iter().flat_map(|one| one.series(leaf))) {
                if !wanted.contains(&series) {
                    wanted.push(series);
                }
            }
        }
        wanted
    }

    /// Whether a row can fail a rule and stay, with what is wrong written on it.
    pub fn can_annotate(&self, actions: &Actions) -> bool {
        let annotates =
            |rule: &BoundRule| rule.body.class() != RowClass::Dataset && actions.action(&rule.labels) == Action::Annotate;
        self.rules.iter().any(annotates)
    }
}

/// One analyzer of the list: what it measures is recorded, nothing is demanded of it.
#[derive(Debug, Clone)]
pub struct BoundAnalyzer {
    /// Its canonical text.
    pub text: String,
    /// What it measures; without checks.
    pub leaf: Leaf,
}

/// One rule of the list, composite or not.
#[derive(Debug, Clone)]
pub struct BoundRule {
    /// `Rule_1`, by its place in the ruleset, as AWS names results.
    pub id: String,
    /// Its canonical text.
    pub text: String,
    /// What was written.
    pub node: RuleNode,
    /// Its labels over the default labels.
    pub labels: IndexMap<String, String>,
    /// What it consists of.
    pub body: Body,
    /// Where it is written.
    pub span: Span,
}

/// A rule or a composite of rules.
#[derive(Debug, Clone)]
pub enum Body {
    /// One rule.
    Leaf(Box<Leaf>),
    /// `A and B`, `A or B`
    Composite {
        /// Which operator joins the parts.
        operator: Logic,
        /// Two or more parts.
        parts: Vec<Body>,
    },
}

impl Body {
    /// All rules in it, from left to right.
    pub fn leaves(&self) -> Vec<&Leaf> {
        match self {
            Self::Leaf(leaf) => vec![leaf],
            Self::Composite { parts, .. } => parts.iter().flat_map(Self::leaves).collect(),
        }
    }

    /// What of the data it can blame: a composite no more than its vaguest part.
    pub fn class(&self) -> RowClass {
        self.leaves().iter().map(|leaf| leaf.class()).max().unwrap_or(RowClass::Dataset)
    }
}

impl BoundRule {
    /// Its text without labels.
    pub fn plain_text(&self) -> String {
        plain_rule_text(&self.node)
    }

    /// Its text as AWS prints it where rules come with their labels: all that count for it, the default ones too.
    pub fn labelled_text(&self) -> String {
        if self.labels.is_empty() {
            return self.plain_text();
        }
        let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        let labels: Vec<_> = self.labels.iter().map(|(key, value)| format!("{}={}", quoted(key), quoted(value))).collect();
        let whole = match self.body {
            Body::Leaf(_) => self.plain_text(),
            Body::Composite { .. } => format!("({})", self.plain_text()),
        };
        format!("{whole} labels=[{}]", labels.join(", "))
    }
}

/// One rule that can be evaluated.
#[derive(Debug, Clone)]
pub struct Leaf {
    /// Its type.
    pub def: &'static RuleDef,
    /// Where it is written.
    pub span: Span,
    /// The columns whose values are shown for a row that fails.
    pub columns: Vec<String>,
    /// The columns of the primary data set that it names.
    pub about: Vec<String>,
    /// Rows for which this is not true are outside the rule.
    pub filter: Option<Expr>,
    /// The test of a row, if the rule judges rows.
    pub test: Option<Test>,
    /// What is reported, by AWS's names.
    pub metrics: Vec<(String, Metric)>,
    /// How values are spread: an analyzer's, reported beside its metrics.
    pub distributions: Vec<Distribution>,
    /// What tells these metrics apart from others of the same name: the `where`, the query, the keys; else empty.
    pub detail: String,
    /// The condition as it is written, of which there may be several on one column.
    pub demand: String,
    /// What must hold, all of it.
    pub checks: Vec<Check>,
    /// What it means if a measure has no value because no row counts.
    pub empty: Empty,
    /// What is wrong with a row that fails, in a few words.
    pub message: String,
    /// Why the rule cannot be evaluated; it fails then.
    pub broken: Option<Broken>,
    /// Whether it has a `with threshold`.
    pub threshold: bool,
}

impl Leaf {
    /// Under what name a metric of this rule is recorded.
    pub fn series(&self, metric: &str) -> Series {
        // The share of values that satisfy a condition is a figure of that condition.
        let is_share = metric.ends_with("Compliance") || metric.ends_with("PatternMatch");
        let parts = [if is_share { self.demand.as_str() } else { "" }, &self.detail];
        let detail = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
        Series { metric: metric.to_owned(), detail }
    }

    /// Whether a metric of it is about a column: each of an analyzer's is about its own.
    pub fn is_about(&self, metric: &str, column: &str) -> bool {
        let own = metric.strip_prefix("Column.").and_then(|rest| rest.strip_prefix(column));
        self.def.usable != Usable::Analyzers || own.is_some_and(|rest| rest.starts_with('.'))
    }

    /// The recorded figures that functions in the rule's condition are about, newest first.
    pub fn newest(&self, history: &History) -> Vec<f64> {
        self.metrics.first().map(|(name, _)| history.newest(&self.series(name))).unwrap_or_default()
    }

    /// Whether a condition of it is computed from earlier figures.
    fn is_dynamic(&self) -> bool {
        self.checks.iter().any(|check| matches!(check.condition, Demand::Dynamic(_)))
    }

    /// Whether its metrics must be where their history expects them.
    pub fn forecasts(&self) -> bool {
        self.checks.iter().any(|check| check.condition == Demand::Forecast)
    }

    /// What of the data it can blame.
    pub fn class(&self) -> RowClass {
        if self.forecasts() {
            return RowClass::Dataset;
        }
        let judges_rows = self.broken.as_ref().map_or(self.test.is_some(), |broken| broken.rows_fail);
        match (judges_rows, self.def.class) {
            (false, _) => RowClass::Dataset,
            // CustomSql without a condition.
            (true, RowClass::Dataset) => RowClass::Group,
            (true, class) => class,
        }
    }
}

/// How the values of a column are spread.
#[derive(Debug, Clone)]
pub struct Distribution {
    /// The column, as the schema spells it.
    pub column: String,
    /// Its type, as Spark's classes are called: `LongType`.
    pub data_type: String,
    /// What is counted.
    pub spread: Spread,
}

/// What is counted of a column's values.
#[derive(Debug, Clone)]
pub enum Spread {
    /// How many lie in each of some intervals of equal width, whose ends earlier runs have fixed.
    Bins {
        /// The value as a double.
        value: Expr,
        /// How many intervals.
        count: u32,
        /// Whether the ends are set anew when too many values lie outside for too long.
        rebin: bool,
    },
    /// How often the most frequent ones occur.
    Values(Keys),
}

/// A figure that a distribution in bins records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinFigure {
    /// The share of values outside of the bins.
    Overflow,
    /// Where the first bin begins, for the runs to come.
    Lower,
    /// Where the last bin ends, for the runs to come.
    Upper,
}

impl BinFigure {
    const ALL: [Self; 3] = [Self::Overflow, Self::Lower, Self::Upper];
}

impl Distribution {
    /// So many bins there are at most, and if nothing is said.
    pub const BINS: u32 = 20;

    /// `Column.amount.Distribution.Overflow`; of another number of bins than the usual one `Column.amount.Distribution.10.Overflow`:
    /// to AWS, too, that is another statistic.
    pub fn metric(&self, figure: BinFigure) -> String {
        let name = match figure {
            BinFigure::Overflow => "Overflow",
            BinFigure::Lower => "Lower",
            BinFigure::Upper => "Upper",
        };
        let bins = match self.spread {
            Spread::Bins { count, .. } if count != Self::BINS => format!("{count}."),
            Spread::Bins { .. } | Spread::Values(_) => String::new(),
        };
        format!("Column.{}.Distribution.{bins}{name}", self.column)
    }

    /// Whether a metric is one of its figures.
    pub fn has(&self, metric: &str) -> bool {
        BinFigure::ALL.iter().any(|figure| self.metric(*figure) == metric)
    }

    /// The series that it continues.
    fn series<'a>(&'a self, leaf: &'a Leaf) -> impl Iterator<Item = Series> + 'a {
        let figures = if matches!(self.spread, Spread::Bins { .. }) { BinFigure::ALL.as_slice() } else { &[] };
        figures.iter().map(|figure| leaf.series(&self.metric(*figure)))
    }
}

/// The ends of equal intervals. Bits instead of numbers, so that two can be compared and hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Edges {
    lower: u64,
    upper: u64,
    count: u32,
}

impl Edges {
    /// So many intervals between two numbers; one if they are the same.
    pub fn new(lower: f64, upper: f64, count: u32) -> Self {
        let count = if lower < upper { count } else { 1 };
        Self { lower: lower.to_bits(), upper: upper.to_bits(), count }
    }

    /// Where the first interval begins.
    pub fn lower(self) -> f64 {
        f64::from_bits(self.lower)
    }

    /// Where the last one ends.
    pub fn upper(self) -> f64 {
        f64::from_bits(self.upper)
    }

    /// All ends, one more than there are intervals.
    pub fn all(self) -> Vec<f64> {
        let (lower, upper, count) = (self.lower(), self.upper(), f64::from(self.count));
        // Not lower + width * i: the width of what lies between the ends of all doubles is no double.
        let inner = (1..self.count).map(|at| f64::from(at) / count).map(|share| lower * (1.0 - share) + upper * share);
        std::iter::once(lower).chain(inner).chain([upper]).collect()
    }
}

/// Why a rule cannot be evaluated.
#[derive(Debug, Clone)]
pub struct Broken {
    /// What was said about it.
    pub reason: String,
    /// Whether every row fails it, as on AWS; else it decides no row.
    pub rows_fail: bool,
}

/// The test of a row: true passes, false fails, null leaves it undecided.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// By the row's own values.
    Row(Expr),
    /// The row's key occurs once.
    Unique(Keys),
    /// The row's key is among others; undecided for nothing.
    Member(Member),
    /// All of these.
    All(Vec<Test>),
}

/// Key columns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Keys {
    /// The columns.
    pub columns: Vec<Expr>,
    /// Whether `0.0` and `-0.0` are one value (a group of SQL) or two (by their text).
    pub signed_zeros: bool,
}

impl Keys {
    /// One column whose values are told apart by their text, as AWS counts distinct ones. Only floating-point numbers
    /// have two zeros: other columns share their groups with rules that know one.
    pub fn by_text(column: Expr, data_type: &DataType) -> Self {
        Self { columns: vec![column], signed_zeros: data_type.is_floating() }
    }
}

/// The row's key is among the keys of another data set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Member {
    /// The key of the row, already of the common types.
    pub keys: Vec<Expr>,
    /// Where the others come from.
    pub among: Among,
    /// The first so many keys must not be null to match; the rest match null with null.
    pub not_null: usize,
    /// Whether the first `not_null` keys must be unique on both sides for the rule to make sense.
    pub unique_keys: bool,
}

/// Where the keys to match come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Among {
    /// Columns of an additional data source, already of the common types.
    Reference {
        /// Its alias.
        alias: String,
        /// The columns.
        columns: Vec<Expr>,
    },
    /// The result of a query.
    Query(QueryText),
}

/// A query of the user.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct QueryText {
    /// The SQL.
    pub sql: String,
    /// Where it is written.
    pub span: Span,
}

/// Something to measure.
#[derive(Debug, Clone, PartialEq)]
pub enum Metric {
    /// How many rows are inside the rule.
    Rows,
    /// The share of them that pass the test; no value if the test decides none of them.
    Share,
    /// An aggregate of the primary data set's rows inside the rule.
    Tally(Tally),
    /// A figure of the groups of a key.
    Groups(GroupFigure, Keys),
    /// An aggregate of an additional data source.
    Reference(String, Tally),
    /// How many rows an additional data source has.
    ReferenceRows(String),
    /// One by the other.
    Ratio(Box<Metric>, Box<Metric>, ByZero),
    /// The one number that a query gives.
    Query(QueryText),
    /// A figure of files.
    Files(FileFigure, Box<FileRule>),
    /// Known from the schemas.
    Known(f64),
}

/// What dividing by zero gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByZero {
    /// Infinity, or not a number for zero by zero.
    Infinite,
    /// Nothing: there is no value.
    Nothing,
    /// AWS's `AggregateMatch`: two zeros match, a zero alone does not; what is missing counts as zero.
    Match,
}

/// A figure of the groups of equal keys; keys that are null throughout count for none of them but the distinct values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupFigure {
    /// Groups of one row by rows.
    Uniqueness,
    /// Groups of one row by groups.
    UniqueValueRatio,
    /// Groups, and one more if there are nulls.
    Distinct,
    /// `-Σ p ln p`.
    Entropy,
    /// Rows of groups of two or more.
    Duplicates,
}

/// An aggregate of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tally {
    /// Which.
    pub kind: TallyKind,
    /// Its arguments.
    pub arguments: Vec<Expr>,
}

/// Which aggregate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TallyKind {
    /// Values that are not null.
    Count,
    /// Their sum.
    Sum,
    /// The smallest; not a number is greater than all.
    Minimum,
    /// The greatest; not a number is greater than all.
    Maximum,
    /// Population variance.
    Variance,
    /// Population standard deviation.
    StandardDeviation,
    /// Pearson's coefficient of two columns.
    Correlation,
    /// Values that are zero.
    Zeros,
    /// The greatest less the smallest; not a number is greater than all.
    Range,
    /// Population skewness.
    Skewness,
    /// Population excess kurtosis.
    Kurtosis,
    /// The third quartile less the first.
    InterquartileRange,
    /// How many lie in each interval.
    Histogram(Edges),
}

/// A metric and what it must satisfy.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// What is measured.
    pub metric: Metric,
    /// What it must satisfy.
    pub condition: Demand,
}

/// What it means if a measure has no value because no row counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Empty {
    /// The rule fails, but with a `where` it passes: nothing it speaks of is there.
    FailsUnlessFiltered,
    /// The rule passes.
    Passes,
}
