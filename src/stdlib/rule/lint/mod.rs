//! Lints: rules that are right and may not do what was meant.
//!
//! In reading order: [`first_run`] is about rules that compare with earlier runs, [`surprise`] looks at what a rule says, [`decided`] at what its measure can be, [`pairs`] at rules
//! that stand beside each other. Sets of numbers and strings ([`domain`], [`text`], [`values`]) say exactly what a rule
//! lets pass; where that cannot be said, nothing is.

mod decided;
mod domain;
mod first_run;
mod pairs;
mod surprise;
mod text;
mod values;

use std::cell::RefCell;

use datafusion::arrow::datatypes::DataType;
use indexmap::IndexMap;

pub(super) use first_run::first_run;

use super::bind::{Scope, unquoted, value_type};
use super::bound::{Body, BoundRuleset, Leaf};
use crate::diag::{Diagnostic, Safety, Severity, Sink, codes};
use crate::source::EmbedMap;
use crate::stdlib::expr;
use crate::syntax::dqdl::Dialect;
use crate::syntax::dqdl::ast::{
    Composite, Condition, ConditionKind, ConstantValue, Keyword, Logic, Operand, OperandKind, ParameterValue, Rule, RuleNode,
    Ruleset, Set, StringLit,
};

/// What is known of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Columns {
    /// They were declared: whatever data comes has them.
    Declared,
    /// They are those of the data that is judged: what they decide, the outcome says.
    Found,
}

/// Lints the rules of a ruleset that could be bound; `text` is what was parsed.
pub fn lint(
    ruleset: &Ruleset,
    bound: &BoundRuleset,
    scope: &Scope<'_>,
    columns: Columns,
    text: (&str, &EmbedMap),
    sink: &mut Sink,
) {
    let cx = Cx { ruleset, scope, columns, text: text.0, map: text.1, sink: RefCell::default() };
    let mut judged = Vec::new();
    let nodes = ruleset.rules.iter().flat_map(|section| &section.items);
    let mut conjunctions = 1;
    for (at, (node, rule)) in nodes.zip(&bound.rules).enumerate() {
        let place = Place { node: at, alone: true, conjunction: 0, labels: &rule.labels };
        collect(&cx, node, &rule.body, place, &mut conjunctions, &mut judged);
        if let RuleNode::Composite(composite) = node {
            labels_of_last(&cx, composite);
        }
    }
    for rule in &judged {
        surprise::rule(rule, &judged);
        decided::rule(rule);
    }
    pairs::rules(&cx, bound, &judged);
    sink.append(cx.sink.into_inner());
}

/// What all lints look at, and where they report.
struct Cx<'a> {
    ruleset: &'a Ruleset,
    scope: &'a Scope<'a>,
    columns: Columns,
    text: &'a str,
    map: &'a EmbedMap,
    sink: RefCell<Sink>,
}

impl Cx<'_> {
    /// Reports, without a fix where the text does not stand in its file as it is.
    fn say(&self, mut diagnostic: Diagnostic) {
        if !self.map.is_exact() {
            diagnostic.fix = None;
        }
        self.sink.borrow_mut().push(diagnostic);
    }

    fn is_strict(&self) -> bool {
        self.scope.dialect == Dialect::Strict
    }

    /// Whether it is known what columns all data will have.
    fn is_declared(&self) -> bool {
        self.columns == Columns::Declared
    }

    /// How grave it is that AWS does something else: grave where its meaning is asked for.
    fn on_aws(&self) -> Severity {
        if self.is_strict() { Severity::Warning } else { Severity::Hint }
    }
}

/// `(A) and (B) labels=[…]`: the labels are the last part's, and parts have none in what is reported.
fn labels_of_last(cx: &Cx<'_>, composite: &Composite) {
    let Some((RuleNode::Rule(last), before)) = composite.parts.split_last() else { return };
    let labelled = |node: &RuleNode| matches!(node, RuleNode::Rule(rule) if !rule.labels.is_empty());
    let (Some(first), Some(end)) = (last.labels.first(), last.labels.last()) else { return };
    if before.iter().any(labelled) || !composite.labels.is_empty() {
        return;
    }
    let said = Diagnostic::new(
        &codes::lint::LABELS_OF_PART,
        first.key.span.to(end.value.span),
        "these labels are those of the last part alone",
    );
    cx.say(
        said.here("the composite has none of them")
            .also(last.span, "the part that has them")
            .help("parentheses around the whole composite give them to it: `((A) and (B)) labels=[…]`"),
    );
}

/// Where a rule stands among the others.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// Which rule of the list it is in.
    node: usize,
    /// Whether it is that rule itself, not a part of it.
    alone: bool,
    /// Rules of one number must hold together; 0 are those that the ruleset demands.
    conjunction: usize,
    /// The labels that it is reported with.
    labels: &'a IndexMap<String, String>,
}

/// A rule that could be bound, and where it stands.
struct Judged<'a> {
    cx: &'a Cx<'a>,
    rule: &'a Rule,
    leaf: &'a Leaf,
    place: Place<'a>,
}

/// Parts of an `and` hold together with what is around it; those of an `or` each stand for themselves.
fn collect<'a>(
    cx: &'a Cx<'a>,
    node: &'a RuleNode,
    body: &'a Body,
    place: Place<'a>,
    conjunctions: &mut usize,
    judged: &mut Vec<Judged<'a>>,
) {
    match (node, body) {
        (RuleNode::Rule(rule), Body::Leaf(leaf)) if leaf.broken.is_none() => judged.push(Judged { cx, rule, leaf, place }),
        (RuleNode::Composite(composite), Body::Composite { parts, .. }) => {
            for (node, body) in composite.parts.iter().zip(parts) {
                let mut place = Place { alone: false, ..place };
                if composite.operator == Logic::Or {
                    place.conjunction = *conjunctions;
                    *conjunctions += 1;
                }
                collect(cx, node, body, place, conjunctions, judged);
            }
        }
        _ => {}
    }
}

/// A column that a rule names.
#[derive(Debug, Clone)]
struct Column {
    /// As the schema spells it.
    name: String,
    data_type: DataType,
    nullable: bool,
}

impl Column {
    fn is_text(&self) -> bool {
        self.data_type.is_string()
    }
}

impl<'a> Judged<'a> {
    fn say(&self, diagnostic: Diagnostic) {
        self.cx.say(diagnostic);
    }

    /// The name of the rule's type.
    fn name(&self) -> &'static str {
        self.leaf.def.name
    }

    /// What a parameter says.
    fn parameter(&self, at: usize) -> Option<&'a str> {
        match &self.rule.parameters.get(at)?.value {
            ParameterValue::Quoted(literal) => Some(&literal.value),
            ParameterValue::Bare(word) => Some(word),
            ParameterValue::Variable(name) => match self.constant(name)? {
                ConstantValue::Text(literal) => Some(&literal.value),
                ConstantValue::List(_) => None,
            },
        }
    }

    /// The column that a parameter names.
    fn column(&self, at: usize) -> Option<Column> {
        let schema = self.cx.scope.primary.schema();
        let name = expr::column(schema, unquoted(self.parameter(at)?))?;
        let nullable = schema.fields().iter().find(|field| field.name() == name).is_none_or(|field| field.is_nullable());
        // What a file has is not what the next one has.
        let nullable = nullable || !self.cx.is_declared();
        Some(Column { name: name.to_owned(), data_type: value_type(schema, name), nullable })
    }

    fn constant(&self, name: &str) -> Option<&'a ConstantValue> {
        let found = self.cx.ruleset.constants.iter().find(|constant| constant.name.text == name);
        found.map(|constant| &constant.value)
    }

    /// The string that an operand is.
    fn string(&self, operand: &'a Operand) -> Option<&'a StringLit> {
        match &super::operand::bare(operand).kind {
            OperandKind::String(literal) => Some(literal),
            OperandKind::Variable(name) => match self.constant(name)? {
                ConstantValue::Text(literal) => Some(literal),
                ConstantValue::List(_) => None,
            },
            _ => None,
        }
    }

    /// The strings and keywords that a condition compares with.
    fn listed(&self, condition: &'a Condition) -> Option<Vec<(Option<Keyword>, &'a str)>> {
        let texts = |name: &str| -> Option<Vec<(Option<Keyword>, &'a str)>> {
            Some(match self.constant(name)? {
                ConstantValue::Text(literal) => vec![(None, literal.value.as_str())],
                ConstantValue::List(literals) => literals.iter().map(|literal| (None, literal.value.as_str())).collect(),
            })
        };
        if let ConditionKind::In { set: Set::Variable(name), .. } = &condition.kind {
            return texts(&name.text);
        }
        let mut listed = Vec::new();
        for operand in super::operand::operands(condition) {
            match &super::operand::bare(operand).kind {
                OperandKind::Keyword(keyword) => listed.push((Some(*keyword), "")),
                OperandKind::Variable(name) => listed.extend(texts(name)?),
                OperandKind::String(literal) => listed.push((None, literal.value.as_str())),
                _ => return None,
            }
        }
        Some(listed)
    }

    /// Safe for a rule that stands alone: in a composite that is judged row by row its type matters.
    fn safe_alone(&self) -> Safety {
        if self.place.alone { Safety::Safe } else { Safety::Unsafe }
    }
}
