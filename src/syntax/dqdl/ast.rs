//! The tree of a DQDL ruleset: what was written, names unresolved, every part with its span in its file.

use crate::source::Span;

/// A whole ruleset. Parts that did not parse are left out (a diagnostic was pushed for each).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ruleset {
    /// `Metadata = {…}`
    pub metadata: Vec<(Ident, StringLit)>,
    /// `DataSources = {…}`
    pub data_sources: Option<DataSources>,
    /// `name = "text"` and `name = ["a", "b"]`
    pub constants: Vec<Constant>,
    /// `DefaultLabels = [...]`
    pub default_labels: Vec<LabelPair>,
    /// `Rules = [...]`; `None` if the section is not there.
    pub rules: Option<Section<RuleNode>>,
    /// `Analyzers = [...]`; analyzers are rules without a condition.
    pub analyzers: Option<Section<Rule>>,
}

/// `DataSources = { "Primary": "orders", "AdditionalDataSources": ["customers"] }`
#[derive(Debug, Clone, PartialEq)]
pub struct DataSources {
    /// The alias of the primary data set.
    pub primary: Option<StringLit>,
    /// The aliases of the others.
    pub additional: Vec<StringLit>,
    /// The section.
    pub span: Span,
}

/// A bracketed section.
#[derive(Debug, Clone, PartialEq)]
pub struct Section<T> {
    /// The section's word.
    pub keyword: Span,
    /// Its items in the order written.
    pub items: Vec<T>,
    /// From the word to the closing bracket.
    pub span: Span,
}

/// A bare word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    /// The word as written.
    pub text: String,
    /// Where.
    pub span: Span,
}

/// A quoted string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StringLit {
    /// The text between the quotes with its backslashes as written (AWS keeps them in most places).
    pub raw: String,
    /// The text with `\"` and `\\` un-escaped: what is meant.
    pub value: String,
    /// The quotes included.
    pub span: Span,
}

/// `name = …`
#[derive(Debug, Clone, PartialEq)]
pub struct Constant {
    /// The name, without `$`.
    pub name: Ident,
    /// What it stands for.
    pub value: ConstantValue,
    /// The whole line.
    pub span: Span,
}

/// What a constant stands for.
#[derive(Debug, Clone, PartialEq)]
pub enum ConstantValue {
    /// A string.
    Text(StringLit),
    /// A list of strings.
    List(Vec<StringLit>),
}

/// `"key"="value"`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelPair {
    /// The key.
    pub key: StringLit,
    /// The value.
    pub value: StringLit,
}

/// A rule or a composite of rules.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "nearly every node is a rule")]
pub enum RuleNode {
    /// One rule.
    Rule(Rule),
    /// `A and B`, `A or B`
    Composite(Composite),
}

impl RuleNode {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Rule(rule) => rule.span,
            Self::Composite(composite) => composite.span,
        }
    }
}

/// `(A) and (B) and (C)`: runs of one operator are one node (what stands in
/// parentheses of its own is a node of its own); `and` binds tighter than `or`.
#[derive(Debug, Clone, PartialEq)]
pub struct Composite {
    /// Which operator joins the parts.
    pub operator: Logic,
    /// Two or more parts.
    pub parts: Vec<RuleNode>,
    /// `labels=[…]` of the whole parenthesised rule.
    pub labels: Vec<LabelPair>,
    /// The whole composite.
    pub span: Span,
}

/// `and` or `or`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logic {
    /// All parts hold.
    And,
    /// Some part holds.
    Or,
}

/// `Type param… condition? (where "…")? (labels=[…])? (with tag)…`
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// The rule type as written: `Completeness`.
    pub rule_type: Ident,
    /// The parameters, each with its connector word (`of`, `and`) if one was written.
    pub parameters: Vec<Parameter>,
    /// What the metric or the values must satisfy.
    pub condition: Option<Condition>,
    /// `where "…"`
    pub filter: Option<StringLit>,
    /// `labels=[…]`
    pub labels: Vec<LabelPair>,
    /// `with name = value` and `with threshold > 0.9`
    pub tags: Vec<Tag>,
    /// The whole rule, from its type to its last token.
    pub span: Span,
}

/// A parameter of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// The connector word before it (`of`, `and`): it means nothing, and AWS prints it again.
    pub connector: Option<Ident>,
    /// What was written.
    pub value: ParameterValue,
    /// Where, quotes and `$` included, the connector word not.
    pub span: Span,
}

/// What stands as a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParameterValue {
    /// `"order_id"`
    Quoted(StringLit),
    /// `order_id`, `AllColumns`
    Bare(String),
    /// `$name`
    Variable(String),
}

/// What the metric or the values must satisfy.
#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    /// Operator and operands.
    pub kind: ConditionKind,
    /// From the operator to the last operand.
    pub span: Span,
}

/// Operator and operands of a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum ConditionKind {
    /// `= x`, `!= x`, `> x` …
    Compare(CompareOp, Operand),
    /// `between a and b`: both ends excluded. `not between`: both ends included.
    Between {
        /// `not between`
        negated: bool,
        /// The lower end.
        low: Operand,
        /// The upper end.
        high: Operand,
    },
    /// `in [...]`, `in $name`; of a tag also `= [...]`
    In {
        /// `not in`
        negated: bool,
        /// What is listed.
        set: Set,
    },
    /// `matches "re"`
    Matches {
        /// `not matches`
        negated: bool,
        /// A string or a variable.
        pattern: Operand,
    },
}

/// The set of an `in`.
#[derive(Debug, Clone, PartialEq)]
pub enum Set {
    /// `[a, b]`
    Listed(Vec<Operand>),
    /// `$name`
    Variable(Ident),
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// `=`
    Eq,
    /// `!=`
    Ne,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `<`
    Lt,
    /// `<=`
    Le,
}

impl CompareOp {
    /// How DQDL writes it.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Eq => "=",
            Self::Ne => "!=",
            Self::Gt => ">",
            Self::Ge => ">=",
            Self::Lt => "<",
            Self::Le => "<=",
        }
    }
}

/// A value in a condition.
#[derive(Debug, Clone, PartialEq)]
pub struct Operand {
    /// What it is.
    pub kind: OperandKind,
    /// Where.
    pub span: Span,
}

/// What a value in a condition is.
#[derive(Debug, Clone, PartialEq)]
pub enum OperandKind {
    /// `10`, `-1.5`; the text as written (a space after `-` left out), so that nothing is lost to `f64`.
    Number(String),
    /// A string that is neither a date nor a time.
    String(StringLit),
    /// `"2024-01-31"`, without quotes; not checked to be a day of the calendar.
    Date(String),
    /// `"21:45"`, `"9:30 AM"`, without quotes.
    Time(String),
    /// `NULL`, `EMPTY`, `WHITESPACES_ONLY`
    Keyword(Keyword),
    /// `now()`
    Now,
    /// `24 hours`
    Duration(Duration),
    /// `2 MB`
    Size {
        /// The whole number before the unit.
        amount: String,
        /// The unit.
        unit: SizeUnit,
    },
    /// `$name`
    Variable(String),
    /// `last(3)`, `avg(last(3))`
    Call {
        /// The function's name.
        name: Ident,
        /// Its arguments.
        arguments: Vec<Operand>,
    },
    /// `a + b`: all operators are of one level and bind to the left, as AWS's parser does it. For dates: `(now() - 3 days)`.
    Arithmetic {
        /// The operator.
        operator: ArithmeticOp,
        /// The left side.
        left: Box<Operand>,
        /// The right side.
        right: Box<Operand>,
    },
    /// `(a)`
    Parenthesized(Box<Operand>),
}

/// A keyword that stands for values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// `NULL`
    Null,
    /// `EMPTY`
    Empty,
    /// `WHITESPACES_ONLY`
    WhitespacesOnly,
}

/// `24 hours`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duration {
    /// The whole number before the unit.
    pub amount: String,
    /// The unit.
    pub unit: DurationUnit,
}

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DurationUnit {
    /// `days`
    Days,
    /// `hours`
    Hours,
    /// `minutes`
    Minutes,
}

/// A unit of size, powers of 1024.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeUnit {
    /// `B`
    B,
    /// `KB`
    Kb,
    /// `MB`
    Mb,
    /// `GB`
    Gb,
    /// `TB`
    Tb,
}

/// `+ - * /`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArithmeticOp {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// `with …`
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// `threshold`, `hashAlgorithm`, …, as written.
    pub name: Ident,
    /// The rest: `> 0.9`, `= "MD5"`.
    pub condition: Condition,
    /// From the name (without `with`) to the end.
    pub span: Span,
}
