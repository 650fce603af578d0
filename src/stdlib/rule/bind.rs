//! From a ruleset that was written to rules that can be evaluated: every name found, every operand typed.
//!
//! All faults of all rules are reported, each at its token; a rule with a fault becomes a broken one, so that the
//! others can still be evaluated when that is asked for.

use std::cell::RefCell;

use chrono::{DateTime, Utc};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column as EngineColumn, DFSchema};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan};
use indexmap::{IndexMap, IndexSet};

use super::accept::{self, Place, is_threshold};
use super::bound::{Body, BoundAnalyzer, BoundRule, BoundRuleset, Broken, Check, Empty, Leaf, Metric, QueryText, Test};
use super::condition::{Demand, NumberCondition};
use super::def::{Eval, RowClass, RuleDef, Takes, Usable};
use super::file::Behind;
use super::{history, operand};
use crate::diag::{Diagnostic, Reported, Sink, codes, suggest};
use crate::source::{EmbedMap, Span, Text};
use crate::stdlib::expr::{self, Fates};
use crate::stdlib::types::type_name;
use crate::syntax::dqdl::ast::{
    CompareOp, Condition, ConditionKind, ConstantValue, Ident, LabelPair, Operand, OperandKind, ParameterValue, Rule, RuleNode,
    Ruleset, Set, StringLit, Tag,
};
use crate::syntax::dqdl::print::{condition_text, simple_rule_text};
use crate::syntax::dqdl::{Dialect, rule_text};

/// What a ruleset is bound to. In `check` the plans are stubs: only their schemas are looked at.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// Types and plans SQL.
    pub engine: &'a SessionState,
    /// The data set that the rules are about.
    pub primary: &'a LogicalPlan,
    /// The additional data sources, by alias.
    pub aliases: &'a [(String, LogicalPlan)],
    /// Where a column that is not there went.
    pub fates: Fates<'a>,
    /// Whether the primary data set is read from files as they are.
    pub behind: Behind<'a>,
    /// What `now()` is.
    pub now: DateTime<Utc>,
    /// Whether earlier runs recorded anything: then what a first run does is nobody's concern.
    pub has_history: bool,
    /// Strict keeps to AWS's engine also where it forgets what its documentation says.
    pub dialect: Dialect,
}

/// Binds every rule of a ruleset.
pub fn bind(ruleset: &Ruleset, scope: &Scope<'_>, sink: &mut Sink) -> BoundRuleset {
    let mut bound = BoundRuleset { rules: Vec::new(), analyzers: Vec::new(), rejected: false };
    let mut binder = Binder { scope, ruleset, reported: sink.reported(), rejected: false };
    for (at, node) in ruleset.rules.iter().flat_map(|section| section.items.iter().enumerate()) {
        let (own, span) = match node {
            RuleNode::Rule(rule) => (&rule.labels, rule.span),
            RuleNode::Composite(composite) => (&composite.labels, composite.span),
        };
        let labels =
            ruleset.default_labels.iter().chain(own).map(|LabelPair { key, value }| (key.value.clone(), value.value.clone()));
        let labels: IndexMap<_, _> = labels.collect();
        let body = binder.node(node, sink);
        let id = format!("Rule_{}", at + 1);
        bound.rules.push(BoundRule { id, text: rule_text(node), node: node.clone(), labels, body, span });
    }
    for analyzer in ruleset.analyzers.iter().flat_map(|section| &section.items) {
        if let Some(leaf) = binder.analyzer(analyzer, sink) {
            bound.analyzers.push(BoundAnalyzer { text: simple_rule_text(analyzer), leaf });
        }
    }
    bound.rejected = binder.rejected;
    bound
}

struct Binder<'a> {
    scope: &'a Scope<'a>,
    ruleset: &'a Ruleset,
    /// What an earlier phase has said is not said again.
    reported: Option<Reported>,
    rejected: bool,
}

impl Binder<'_> {
    fn node(&mut self, node: &RuleNode, sink: &mut Sink) -> Body {
        match node {
            RuleNode::Rule(rule) => Body::Leaf(Box::new(self.leaf(rule, sink))),
            RuleNode::Composite(composite) => Body::Composite {
                operator: composite.operator,
                parts: composite.parts.iter().map(|part| self.node(part, sink)).collect(),
            },
        }
    }

    /// What an analyzer measures: what a rule of its type would, without the demand.
    fn analyzer(&mut self, analyzer: &Rule, sink: &mut Sink) -> Option<Leaf> {
        let Ok(def) = accept::accept(analyzer, Place::Analyzers, self.scope.dialect, sink) else {
            self.rejected = true;
            return None;
        };
        if !takes_numbers(def) && def.usable == Usable::Both {
            let nothing = format!("`{}` measures nothing without a condition", def.name);
            let said = Diagnostic::new(&codes::quality::ANALYZER_CONDITION, analyzer.rule_type.span, nothing);
            sink.push(said.here("nothing is recorded for it").help("write it among the rules, with its condition"));
            return None;
        }
        let leaf = self.accepted(&measuring(analyzer, def), def, sink);
        leaf.broken.is_none().then_some(Leaf { checks: Vec::new(), ..leaf })
    }

    fn leaf(&mut self, rule: &Rule, sink: &mut Sink) -> Leaf {
        let Ok(def) = accept::accept(rule, Place::Rules, self.scope.dialect, sink) else {
            self.rejected = true;
            return broken(&super::COLUMN_COUNT, rule, "the rule is not accepted".to_owned(), false);
        };
        self.accepted(rule, def, sink)
    }

    fn accepted(&mut self, rule: &Rule, def: &'static RuleDef, sink: &mut Sink) -> Leaf {
        let cx = RuleCx {
            scope: self.scope,
            schema: self.scope.primary.schema(),
            ruleset: self.ruleset,
            rule,
            def,
            reported: self.reported,
            named: RefCell::default(),
            sink: RefCell::default(),
        };
        let Eval::By(eval) = def.eval;
        let leaf = eval(&cx);
        let said = cx.sink.into_inner();
        let (reason, rows_fail) = reason_of(&said);
        sink.append(said);
        leaf.unwrap_or_else(|_| broken(def, rule, reason, rows_fail))
    }
}

fn takes_numbers(def: &RuleDef) -> bool {
    matches!(def.takes, Takes::Number | Takes::NumberOrNothing | Takes::Values)
}

/// The rule that measures what its type measures: `= 0` makes every type report all of its metrics, the smallest and the
/// greatest value among them.
fn measuring(rule: &Rule, def: &RuleDef) -> Rule {
    let zero = Operand { kind: OperandKind::Number("0".to_owned()), span: rule.span };
    let kind = ConditionKind::Compare(CompareOp::Eq, zero);
    let condition = takes_numbers(def).then_some(Condition { kind, span: rule.span });
    Rule { condition, ..rule.clone() }
}

/// The errors in one line, and whether AWS would let every row fail for them.
fn reason_of(said: &Sink) -> (String, bool) {
    let errors: Vec<_> = said.iter().filter(|diagnostic| diagnostic.severity == crate::diag::Severity::Error).collect();
    let undecided = [&codes::quality::OPERAND_NOT_SUPPORTED, &codes::quality::BAD_DATE, &codes::quality::UNKNOWN_ALIAS];
    let rows_fail = !errors.iter().any(|error| undecided.contains(&error.code));
    (errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join("; "), rows_fail)
}

fn broken(def: &'static RuleDef, rule: &Rule, reason: String, rows_fail: bool) -> Leaf {
    // Over a column that is not there AWS groups nothing and blames no row.
    let groups = [&super::UNIQUENESS, &super::IS_UNIQUE, &super::UNIQUE_VALUE_RATIO].iter().any(|other| other.name == def.name);
    let judges_rows =
        !groups && def.class != RowClass::Dataset || (def.takes == Takes::NumberOrNothing && rule.condition.is_none());
    Leaf {
        def,
        span: rule.span,
        columns: Vec::new(),
        about: Vec::new(),
        filter: None,
        test: None,
        metrics: Vec::new(),
        distributions: Vec::new(),
        detail: String::new(),
        demand: String::new(),
        checks: Vec::new(),
        empty: Empty::FailsUnlessFiltered,
        message: reason.clone(),
        broken: Some(Broken { reason, rows_fail: rows_fail && judges_rows }),
        threshold: false,
    }
}

/// What a rule type's `eval` looks at: the rule, what it is bound to, and where to report.
pub struct RuleCx<'a, 'b> {
    pub(super) scope: &'b Scope<'a>,
    pub(super) schema: &'b DFSchema,
    ruleset: &'b Ruleset,
    pub(super) rule: &'b Rule,
    pub(super) def: &'static RuleDef,
    reported: Option<Reported>,
    /// The columns that were looked up so far.
    named: RefCell<IndexSet<String>>,
    sink: RefCell<Sink>,
}

/// A column that a rule names.
#[derive(Debug, Clone)]
pub(super) struct Column {
    /// As the schema spells it.
    pub(super) name: String,
    /// As the rule spells it: what metrics are named by.
    pub(super) written: String,
    /// The column.
    pub(super) expr: Expr,
    /// Its type.
    pub(super) data_type: DataType,
    /// Where the rule names it.
    pub(super) span: Span,
}

impl Column {
    /// `Column.order_id.Completeness`
    pub(super) fn metric(&self, name: &str) -> String {
        format!("Column.{}.{name}", self.written)
    }

    pub(super) fn is_text(&self) -> bool {
        self.data_type.is_string()
    }
}

/// `Column.a.X` of one column, `Multicolumn.a,b.X` of several.
pub(super) fn metric_name(columns: &[Column], name: &str) -> String {
    match columns {
        [column] => column.metric(name),
        several => {
            let names: Vec<_> = several.iter().map(|column| column.written.as_str()).collect();
            format!("Multicolumn.{}.{name}", names.join(","))
        }
    }
}

impl RuleCx<'_, '_> {
    /// Reports an error.
    pub(super) fn error(&self, diagnostic: Diagnostic) -> Reported {
        self.sink.borrow_mut().error(diagnostic)
    }

    /// Reports something that is no error.
    pub(super) fn say(&self, diagnostic: Diagnostic) {
        self.sink.borrow_mut().push(diagnostic);
    }

    /// What a rule of another type measures, without its demand.
    pub(super) fn measured(&self, rule: &Rule, def: &'static RuleDef) -> Result<Leaf, Reported> {
        if !def.arity.accepts(rule.parameters.len()) {
            return Err(self.error(accept::parameter_count(rule, def)));
        }
        let Eval::By(eval) = def.eval;
        let rule = measuring(rule, def);
        let cx = RuleCx { rule: &rule, def, named: RefCell::default(), sink: RefCell::default(), ..*self };
        let leaf = eval(&cx);
        self.sink.borrow_mut().append(cx.sink.into_inner());
        leaf.map(|leaf| Leaf { checks: Vec::new(), ..leaf })
    }

    /// The text of a parameter; constants are looked up.
    pub(super) fn text(&self, at: usize) -> Result<Text, Reported> {
        let parameter = &self.rule.parameters[at];
        match &parameter.value {
            ParameterValue::Quoted(literal) => Ok(value_of(literal)),
            ParameterValue::Bare(word) => Ok(Text::new(word.clone(), parameter.span)),
            ParameterValue::Variable(name) => match self.constant(name, parameter.span)? {
                ConstantValue::Text(literal) => Ok(value_of(literal)),
                ConstantValue::List(_) => {
                    let wrong = Diagnostic::new(&codes::quality::OPERAND_TYPE, parameter.span, format!("`${name}` is a list"));
                    Err(self.error(wrong.here("expected one string")))
                }
            },
        }
    }

    /// What a constant stands for.
    pub(super) fn constant(&self, name: &str, span: Span) -> Result<&ConstantValue, Reported> {
        let found = self.ruleset.constants.iter().find(|constant| constant.name.text == name);
        // The syntax has said that there is none.
        found.map(|constant| &constant.value).ok_or_else(|| self.said(span))
    }

    /// The proof of an error that an earlier phase reported.
    fn said(&self, span: Span) -> Reported {
        self.reported.unwrap_or_else(|| self.error(Diagnostic::new(&codes::internal::BUG, span, "a fault that nobody reported")))
    }

    /// Whether a rule of the list says that a column is never null.
    pub(super) fn is_complete(&self, column: &Column) -> bool {
        let rules = self.ruleset.rules.iter().flat_map(|section| &section.items);
        rules.filter_map(|node| if let RuleNode::Rule(rule) = node { Some(rule) } else { None }).any(|rule| {
            let name = rule.parameters.first().map(|parameter| match &parameter.value {
                ParameterValue::Quoted(literal) => literal.value.as_str(),
                ParameterValue::Bare(name) | ParameterValue::Variable(name) => name,
            });
            rule.rule_type.text == super::IS_COMPLETE.name
                && rule.filter.is_none()
                && name.is_some_and(|name| unquoted(name).eq_ignore_ascii_case(&column.name))
        })
    }

    /// The string that an operand is.
    pub(super) fn string<'c>(&'c self, operand: &'c Operand) -> Result<&'c StringLit, Reported> {
        match &operand::bare(operand).kind {
            OperandKind::String(literal) => Ok(literal),
            OperandKind::Variable(name) => match self.constant(name, operand.span)? {
                ConstantValue::Text(literal) => Ok(literal),
                ConstantValue::List(_) => Err(self.unsupported(operand, "a list cannot stand here")),
            },
            _ => Err(self.unsupported(operand, "a string is needed here")),
        }
    }

    /// An operand that AWS's parser takes and its engine does not.
    pub(super) fn unsupported(&self, operand: &Operand, here: &str) -> Reported {
        let message = format!("`{}` cannot be compared with this", self.def.name);
        let wrong = Diagnostic::new(&codes::quality::OPERAND_NOT_SUPPORTED, operand.span, message).here(here);
        self.error(wrong.help(format!("`glue-compile explain {}` shows what it compares with", self.def.name)))
    }

    /// The column that a parameter names.
    pub(super) fn column(&self, at: usize) -> Result<Column, Reported> {
        self.lookup(at, false)
    }

    /// The column that a parameter names; a dot in the name needs no backticks.
    pub(super) fn column_with_dots(&self, at: usize) -> Result<Column, Reported> {
        self.lookup(at, true)
    }

    /// The column that an analyzer names, or with `AllColumns` every visible one of single values.
    pub(super) fn column_or_all(&self) -> Result<Vec<Column>, Reported> {
        let text = self.text(0)?.value;
        if text != "AllColumns" || expr::column(self.schema, &text).is_some() {
            return Ok(vec![self.column(0)?]);
        }
        let span = self.rule.parameters[0].span;
        let visible = self.schema.fields().iter().map(|field| field.name()).filter(|name| !name.starts_with(expr::HIDDEN));
        let single = visible.filter(|name| !value_type(self.schema, name).is_nested());
        let found: Vec<_> = single.map(|name| self.named(name, span, true)).collect();
        found.into_iter().collect()
    }

    /// All parameters as columns, every fault reported.
    pub(super) fn columns(&self) -> Result<Vec<Column>, Reported> {
        let found: Vec<_> = (0..self.rule.parameters.len()).map(|at| self.column(at)).collect();
        found.into_iter().collect()
    }

    fn lookup(&self, at: usize, dots: bool) -> Result<Column, Reported> {
        let text = self.text(at)?;
        let span = self.rule.parameters[at].span;
        self.named(&text.value, span, dots)
    }

    /// The column of a name; not one of a nested type.
    pub(super) fn named(&self, written: &str, span: Span, dots: bool) -> Result<Column, Reported> {
        let plain = unquoted(written);
        let Some(name) = expr::column(self.schema, plain) else {
            let unknown = self.quoting(expr::unknown_column(span, written, self.schema, self.scope.fates), span);
            let swallowed = self.rule.parameters.iter().any(|parameter| {
                parameter.span == span && matches!(&parameter.value, ParameterValue::Bare(word) if super::find(word).is_some())
            });
            return Err(self.error(if swallowed {
                unknown.help("after a parameter `and` joins parameters: put each rule in parentheses to join rules")
            } else {
                unknown
            }));
        };
        if plain == written && name.contains('.') && !dots {
            let wrong =
                Diagnostic::new(&codes::quality::DOTTED_COLUMN, span, format!("`{name}` has a dot and no backticks around it"));
            return Err(self.error(
                wrong
                    .here("AWS takes the part before the dot for a struct")
                    .fix("put backticks around it", span, format!("\"`{name}`\""), crate::diag::Safety::Safe)
                    .help(format!("write \"`{name}`\"")),
            ));
        }
        let data_type = value_type(self.schema, name);
        let column = Column { name: name.to_owned(), written: written.to_owned(), expr: reference(name), data_type, span };
        if column.data_type.is_nested() {
            return Err(self.error(self.wrong_type(&column, "columns of single values")));
        }
        self.named.borrow_mut().insert(column.name.clone());
        Ok(column)
    }

    /// The message for a column whose type the rule cannot use.
    pub(super) fn wrong_type(&self, column: &Column, wanted: &str) -> Diagnostic {
        let message = format!("`{}` needs {wanted}, not `{}`", self.def.name, type_name(&column.data_type));
        Diagnostic::new(&codes::quality::COLUMN_TYPE, column.span, message)
            .here(format!("`{}` is `{}`", column.name, type_name(&column.data_type)))
            .help("name another column, or cast this one before, in an `apply_mapping`")
    }

    /// A fix that replaces a quoted parameter as a whole puts the quotes back.
    pub(super) fn quoting(&self, mut diagnostic: Diagnostic, span: Span) -> Diagnostic {
        let quoted = self
            .rule
            .parameters
            .iter()
            .any(|parameter| parameter.span == span && matches!(parameter.value, ParameterValue::Quoted(_)));
        for edit in diagnostic.fix.iter_mut().flat_map(|fix| &mut fix.edits).filter(|edit| quoted && edit.span == span) {
            edit.text = format!("\"{}\"", edit.text);
        }
        diagnostic
    }

    /// The numeric column that a parameter names.
    pub(super) fn numeric_column(&self, at: usize) -> Result<Column, Reported> {
        let column = self.column(at)?;
        if column.data_type.is_numeric() { Ok(column) } else { Err(self.error(self.wrong_type(&column, "columns of numbers"))) }
    }

    /// The additional data source of an alias.
    pub(super) fn alias(&self, name: &str, span: Span) -> Result<&LogicalPlan, Reported> {
        let found = self.scope.aliases.iter().find(|(alias, _)| alias == name);
        found.map(|(_, plan)| plan).ok_or_else(|| {
            let names: Vec<_> = self.scope.aliases.iter().map(|(alias, _)| alias.as_str()).collect();
            let unknown = Diagnostic::new(&codes::quality::UNKNOWN_ALIAS, span, format!("unknown data source `{name}`"));
            let unknown = unknown
                .here("no additional data source of that alias")
                .note(format!("additional data sources here: {}", suggest::list(names.iter().copied(), 8)))
                .suggest(span, name, names.iter().copied());
            self.error(self.quoting(unknown, span))
        })
    }

    /// The condition; acceptance has made sure that it is there.
    pub(super) fn condition(&self) -> &Condition {
        self.rule.condition.as_ref().expect("acceptance demands a condition of this rule type")
    }

    /// The condition as one on a number.
    pub(super) fn number_condition(&self) -> Result<Demand, Reported> {
        self.numbers(self.condition())
    }

    /// A condition on a number.
    pub(super) fn numbers(&self, condition: &Condition) -> Result<Demand, Reported> {
        if history::is_dynamic(condition) {
            return self.dynamic(condition);
        }
        let values: Vec<_> = operand::operands(condition).into_iter().map(|operand| self.number(operand)).collect();
        let values = values.into_iter().collect::<Result<Vec<_>, _>>()?;
        let Some(values) = values.into_iter().collect::<Option<Vec<f64>>>() else {
            self.say(
                Diagnostic::new(&codes::lint::NEVER_HOLDS, condition.span, "a metric is never NULL: the rule always fails")
                    .here("compares a number with NULL")
                    .help("compare with a number"),
            );
            return Ok(Demand::Known(NumberCondition::Never));
        };
        Ok(Demand::Known(NumberCondition::of(&condition.kind, values)))
    }

    /// A condition whose operands are computed from earlier runs.
    fn dynamic(&self, condition: &Condition) -> Result<Demand, Reported> {
        let mut wrong = None;
        for operand in operand::operands(condition) {
            if let Err(diagnostic) = history::check(operand) {
                wrong = Some(self.error(diagnostic));
            }
        }
        if let Some(reported) = wrong {
            return Err(reported);
        }
        let demand = Demand::Dynamic(Box::new(condition.clone()));
        if !self.scope.has_history {
            super::lint::first_run(self.def, condition, &demand, |diagnostic| self.say(diagnostic));
        }
        Ok(demand)
    }

    fn number(&self, operand: &Operand) -> Result<Option<f64>, Reported> {
        operand::number(operand).map_err(|part| self.unsupported(part, "a number is needed here"))
    }

    /// `with threshold …`, else that all must hold.
    pub(super) fn threshold(&self) -> Result<Demand, Reported> {
        match self.threshold_tag() {
            None => Ok(Demand::ALL),
            Some(tag) => self.numbers(&tag.condition),
        }
    }

    /// Whether there is a `with threshold`.
    pub(super) fn has_threshold(&self) -> bool {
        self.threshold_tag().is_some()
    }

    /// The `with threshold` as it was written.
    pub(super) fn threshold_tag(&self) -> Option<&Tag> {
        self.rule.tags.iter().find(|tag| is_threshold(tag))
    }

    /// A tag's string: `with format = "dd-MM-yyyy"`.
    pub(super) fn tag(&self, name: &str) -> Option<&StringLit> {
        let tag = self.rule.tags.iter().find(|tag| tag.name.text == name)?;
        operand::operands(&tag.condition).into_iter().find_map(|operand| match &operand.kind {
            OperandKind::String(literal) => Some(literal),
            _ => None,
        })
    }

    /// The `where`, typed.
    pub(super) fn filter(&self) -> Result<Option<Expr>, Reported> {
        let Some(literal) = &self.rule.filter else { return Ok(None) };
        let text = value_of(literal);
        if text.value.is_empty() {
            return Err(self.said(literal.span));
        }
        let mut sink = self.sink.borrow_mut();
        let expr = expr::predicate(self.scope.engine, &text.value, &text.map, self.schema, self.scope.fates, &mut sink)?;
        Ok(Some(unqualified(expr)))
    }

    /// The SQL of a parameter, planned against the data sources.
    pub(super) fn query(&self, at: usize) -> Result<(QueryText, LogicalPlan), Reported> {
        let text = self.text(at)?;
        let mut tables = self.scope.aliases.to_vec();
        if !tables.iter().any(|(alias, _)| alias == PRIMARY) {
            tables.push((PRIMARY.to_owned(), self.scope.primary.clone()));
        }
        let plan =
            expr::query(self.scope.engine, &text.value, &text.map, &tables, self.scope.fates, &mut self.sink.borrow_mut())?;
        Ok((QueryText { sql: text.value, span: self.rule.parameters[at].span }, plan))
    }

    /// The strings listed after `in`; constants are looked up.
    pub(super) fn listed(&self, set: &Set) -> Result<Vec<Listed>, Reported> {
        match set {
            Set::Variable(name) => match self.constant(&name.text, name.span)? {
                ConstantValue::List(literals) => Ok(literals.iter().map(|literal| Listed::Text(literal.value.clone())).collect()),
                ConstantValue::Text(literal) => Ok(vec![Listed::Text(literal.value.clone())]),
            },
            Set::Listed(operands) => {
                let mut listed = Vec::new();
                for operand in operands {
                    match &operand::bare(operand).kind {
                        OperandKind::Keyword(keyword) => listed.push(Listed::Keyword(*keyword)),
                        OperandKind::Variable(name) => {
                            let name = Ident { text: name.clone(), span: operand.span };
                            listed.extend(self.listed(&Set::Variable(name))?);
                        }
                        _ => listed.push(Listed::Text(self.string(operand)?.value.clone())),
                    }
                }
                Ok(listed)
            }
        }
    }

    /// A rule about the data set as a whole.
    pub(super) fn dataset(&self, metrics: Vec<(String, Metric)>, checks: Vec<Check>) -> Result<Leaf, Reported> {
        Ok(Leaf {
            def: self.def,
            span: self.rule.span,
            columns: Vec::new(),
            about: self.named.borrow().iter().cloned().collect(),
            filter: self.filter()?,
            test: None,
            metrics,
            distributions: Vec::new(),
            detail: self.detail(),
            demand: self.rule.condition.as_ref().map(|condition| condition_text(condition, "")).unwrap_or_default(),
            checks,
            empty: Empty::FailsUnlessFiltered,
            message: String::new(),
            broken: None,
            threshold: self.has_threshold(),
        })
    }

    /// What the metrics of the rule are told apart by: several rules may measure one thing over different rows, by
    /// different queries, or with different keys.
    fn detail(&self) -> String {
        if [super::CUSTOM_SQL.name, "ReferentialIntegrity", "DatasetMatch"].contains(&self.def.name) {
            let texts = (0..self.rule.parameters.len()).filter_map(|at| self.text(at).ok()).map(|text| text.value);
            return texts.collect::<Vec<_>>().join(" ");
        }
        self.rule.filter.as_ref().map(|filter| format!("where {}", filter.value)).unwrap_or_default()
    }

    /// One metric that must satisfy the condition.
    pub(super) fn one_number(&self, name: String, metric: Metric) -> Result<Leaf, Reported> {
        let condition = self.number_condition()?;
        self.dataset(vec![(name, metric.clone())], vec![Check { metric, condition }])
    }

    /// A rule that judges rows.
    pub(super) fn rows(
        &self,
        columns: &[Column],
        test: Test,
        metrics: Vec<(String, Metric)>,
        checks: Vec<Check>,
        message: impl Into<String>,
    ) -> Result<Leaf, Reported> {
        let columns = columns.iter().map(|column| column.name.clone()).collect();
        Ok(Leaf { columns, test: Some(test), message: message.into(), ..self.dataset(metrics, checks)? })
    }
}

/// Where a part of a parameter's text stands; the part is a slice of that text.
pub(super) fn part_of(text: &Text, part: &str) -> Span {
    let start = (part.as_ptr() as usize).saturating_sub(text.value.as_ptr() as usize);
    text.map.span(start, start + part.len())
}

/// The name under which queries know the primary data set.
pub const PRIMARY: &str = "primary";

/// What stands in a list of strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Listed {
    /// `"US"`
    Text(String),
    /// `EMPTY`
    Keyword(crate::syntax::dqdl::ast::Keyword),
}

/// The string of a literal with the map to its file.
fn value_of(literal: &StringLit) -> Text {
    let length = (literal.span.end - literal.span.start) as usize;
    if literal.value == literal.raw && length == literal.raw.len() + 2 {
        let inner = Span { file: literal.span.file, start: literal.span.start + 1, end: literal.span.end - 1 };
        return Text { value: literal.value.clone(), map: EmbedMap::shifted(inner) };
    }
    Text { value: literal.value.clone(), map: EmbedMap::opaque(literal.span) }
}

/// Where a part of a literal's raw text stands.
pub(super) fn within(literal: &StringLit, start: usize, end: usize) -> Span {
    let length = (literal.span.end - literal.span.start) as usize;
    if length != literal.raw.len() + 2 {
        return literal.span;
    }
    let at = |offset: usize| literal.span.start + 1 + u32::try_from(offset).unwrap_or(0);
    Span { file: literal.span.file, start: at(start), end: at(end) }
}

/// A name without the backticks around it.
pub(super) fn unquoted(name: &str) -> &str {
    name.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')).unwrap_or(name)
}

/// A column by its bare name: plans of the same schema may qualify it differently.
pub(super) fn reference(name: &str) -> Expr {
    Expr::Column(EngineColumn::new_unqualified(name))
}

/// An expression whose columns have no qualifiers.
pub(super) fn unqualified(expr: Expr) -> Expr {
    let stripped = expr.transform(|expr| {
        Ok(match expr {
            Expr::Column(column) if column.relation.is_some() => Transformed::yes(reference(&column.name)),
            other => Transformed::no(other),
        })
    });
    stripped.expect("the closure never fails").data
}

/// The type of a column's values: of a dictionary, what it stands for.
pub(super) fn value_type(schema: &DFSchema, name: &str) -> DataType {
    let found = schema.fields().iter().find(|field| field.name() == name).map(|field| field.data_type().clone());
    match found {
        Some(DataType::Dictionary(_, value)) => *value,
        Some(other) => other,
        None => DataType::Null,
    }
}
