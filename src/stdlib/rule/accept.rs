//! Acceptance: whether a rule has the shape that AWS's parser demands of its type.
//!
//! What is refused here is refused by AWS before anything runs; what is wrong with a rule beyond that (its columns,
//! its patterns, its SQL) is found by its `eval`.

use super::def::{Arity, RuleDef, Takes, Usable};
use super::operand::{self, Kind};
use crate::diag::{Diagnostic, Reported, Safety, Severity, Sink, codes, suggest};
use crate::source::Span;
use crate::syntax::dqdl::Dialect;
use crate::syntax::dqdl::ast::{
    CompareOp, Condition, ConditionKind, OperandKind, ParameterValue, Rule, RuleNode, Ruleset, Set, Tag,
};

/// Where a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// In `Rules`.
    Rules,
    /// In `Analyzers`.
    Analyzers,
}

/// Whether all rules and analyzers have the shape of their types: what can be said without any data.
pub fn accept_all(ruleset: &Ruleset, dialect: Dialect, sink: &mut Sink) {
    let mut nodes: Vec<&RuleNode> = ruleset.rules.iter().flat_map(|section| &section.items).rev().collect();
    while let Some(node) = nodes.pop() {
        match node {
            // What is refused is said; there is nothing to go on with.
            RuleNode::Rule(rule) => {
                let _ = accept(rule, Place::Rules, dialect, sink);
            }
            RuleNode::Composite(composite) => nodes.extend(composite.parts.iter().rev()),
        }
    }
    for analyzer in ruleset.analyzers.iter().flat_map(|section| &section.items) {
        let _ = accept(analyzer, Place::Analyzers, dialect, sink);
    }
}

/// The type of a rule that has the right shape.
pub(super) fn accept(rule: &Rule, place: Place, dialect: Dialect, sink: &mut Sink) -> Result<&'static RuleDef, Reported> {
    let def = rule_type(rule, place, dialect, sink)?;
    let mut reported = None;
    let mut refuse = |diagnostic: Diagnostic| reported = Some(sink.error(diagnostic));
    if !def.arity.accepts(rule.parameters.len()) {
        refuse(missing_comma(rule).unwrap_or_else(|| parameter_count(rule, def)));
    }
    match (&rule.condition, place) {
        // The syntax has no place for a condition there.
        (_, Place::Analyzers) => {}
        (condition, Place::Rules) => {
            if let Some(diagnostic) = wrong_condition(rule, def, condition.as_ref()) {
                refuse(diagnostic);
            }
        }
    }
    if let Some(filter) = rule.filter.as_ref().filter(|_| !def.filter) {
        refuse(unsupported_clause(rule, def, filter.span, "where"));
    }
    if let Some(tag) = rule.tags.iter().find(|tag| is_threshold(tag)).filter(|_| !def.threshold) {
        refuse(unsupported_clause(rule, def, tag.span, "threshold"));
    }
    reported.map_or(Ok(def), Err)
}

/// `with threshold > 0.9`; with a string it is a tag like any other, as on AWS.
pub(super) fn is_threshold(tag: &Tag) -> bool {
    let texts = || operand::operands(&tag.condition).iter().any(|operand| matches!(operand.kind, OperandKind::String(_)));
    tag.name.text.eq_ignore_ascii_case("threshold") && !texts()
}

/// An extension: in strict nobody knows the type.
fn unportable(def: &RuleDef, span: Span, dialect: Dialect, sink: &mut Sink) -> Result<(), Reported> {
    let message = format!("AWS's parser does not know the rule type `{}`", def.name);
    let diagnostic = Diagnostic::new(&codes::dqdl::AWS_PORTABILITY, span, message).here("an extension");
    if dialect == Dialect::Superset {
        sink.push(diagnostic.note("AWS rejects the whole ruleset"));
        return Ok(());
    }
    Err(sink.error(Diagnostic { severity: Severity::Error, ..diagnostic }))
}

fn rule_type(rule: &Rule, place: Place, dialect: Dialect, sink: &mut Sink) -> Result<&'static RuleDef, Reported> {
    let (name, span) = (rule.rule_type.text.as_str(), rule.rule_type.span);
    let usable = |def: &&RuleDef| match place {
        Place::Rules => def.usable != Usable::Analyzers,
        Place::Analyzers => def.usable != Usable::Rules,
    };
    let meant = |def: &&RuleDef| usable(def) && (def.portable || dialect == Dialect::Superset);
    let what = if place == Place::Rules { "rule" } else { "analyzer" };
    let Some(def) = super::find(name) else {
        let unknown = Diagnostic::new(&codes::quality::UNKNOWN_RULE_TYPE, span, format!("unknown {what} type `{name}`"));
        let near = suggest::nearest(name, super::all().filter(meant).map(|def| def.name));
        let diagnostic = match near {
            Some(near) if near.eq_ignore_ascii_case(name) => unknown
                .here(format!("`{near}` in other letters"))
                .help("names of rule types have exactly one spelling")
                .fix(format!("replace with `{near}`"), span, near, Safety::Safe),
            _ => unknown.here(format!("no {what} type of that name")).suggest(
                span,
                name,
                super::all().filter(meant).map(|def| def.name),
            ),
        };
        return Err(sink.error(diagnostic));
    };
    if usable(&def) {
        if !def.portable {
            unportable(def, span, dialect, sink)?;
        }
        return Ok(def);
    }
    let (is, not) = if place == Place::Rules { ("an analyzer", "a rule") } else { ("a rule", "an analyzer") };
    Err(sink.error(
        Diagnostic::new(&codes::quality::UNKNOWN_RULE_TYPE, span, format!("`{name}` is {is}, not {not}"))
            .here(format!("cannot stand among the {what}s"))
            .help(format!("move it to `{}`", if place == Place::Rules { "Analyzers" } else { "Rules" })),
    ))
}

/// `IsComplete "a" IsUnique "b"`: among too many parameters, the type of another rule.
fn missing_comma(rule: &Rule) -> Option<Diagnostic> {
    let (at, word) = rule.parameters.iter().enumerate().find_map(|(at, parameter)| match &parameter.value {
        ParameterValue::Bare(word) if parameter.connector.is_none() && super::find(word).is_some() => Some((at, word)),
        _ => None,
    })?;
    let before = at.checked_sub(1).map_or(rule.rule_type.span, |before| rule.parameters[before].span);
    let diagnostic =
        Diagnostic::new(&codes::dqdl::MISSING_COMMA, rule.parameters[at].span, format!("a comma is missing before `{word}`"));
    let behind = Span { start: before.end, ..before };
    Some(diagnostic.here("the next rule begins here").help("rules are separated by commas").fix(
        "insert a comma",
        behind,
        ",",
        Safety::Safe,
    ))
}

pub(super) fn parameter_count(rule: &Rule, def: &RuleDef) -> Diagnostic {
    let (written, wanted) = (rule.parameters.len(), arity_in_words(def));
    let message = format!("`{}` takes {wanted}, not {written}", def.name);
    let most = match def.arity {
        Arity::Between(_, most) => most,
        Arity::AtLeast(_) => usize::MAX,
    };
    match (rule.parameters.get(most), rule.parameters.last()) {
        (Some(extra), Some(last)) => Diagnostic::new(&codes::quality::PARAMETER_COUNT, extra.span.to(last.span), message)
            .here("too many")
            .also(rule.rule_type.span, format!("takes {wanted}"))
            .help(if most == 0 { "remove what stands behind it" } else { "remove what is too much, or write a rule for each" }),
        _ => {
            let names: Vec<_> = def.parameters.iter().skip(written).map(|param| param.name).collect();
            Diagnostic::new(&codes::quality::PARAMETER_COUNT, rule.rule_type.span, message)
                .here(format!("{} is missing", suggest::list(names.iter().copied(), 4)))
                .help(format!("write `{}`", usage(def)))
        }
    }
}

/// `Completeness "column"`
fn usage(def: &RuleDef) -> String {
    let parameters = def.parameters.iter().map(|param| format!(" \"{}\"", param.name));
    format!("{}{}", def.name, parameters.collect::<String>())
}

fn arity_in_words(def: &RuleDef) -> String {
    let plural = |count: usize| if count == 1 { "1 parameter".to_owned() } else { format!("{count} parameters") };
    match def.arity {
        Arity::Between(0, 0) => "no parameter".to_owned(),
        Arity::Between(least, most) if least == most => plural(least),
        Arity::Between(least, most) => format!("{least} to {}", plural(most)),
        Arity::AtLeast(least) => format!("{} or more", plural(least)),
    }
}

fn unsupported_clause(rule: &Rule, def: &RuleDef, span: Span, clause: &str) -> Diagnostic {
    let takes = |def: &&RuleDef| if clause == "where" { def.filter } else { def.threshold };
    Diagnostic::new(&codes::quality::UNSUPPORTED_CLAUSE, span, format!("`{}` takes no `{clause}`", def.name))
        .also(rule.rule_type.span, "this rule type")
        .note(format!("`{clause}` goes with {}", suggest::list(super::all().filter(takes).map(|def| def.name), 20)))
}

/// What is wrong with the condition of a rule (or with its absence).
fn wrong_condition(rule: &Rule, def: &RuleDef, condition: Option<&Condition>) -> Option<Diagnostic> {
    let takes = match def.takes {
        Takes::TextOrNothing if rule.parameters.len() < 2 => Takes::Text,
        Takes::TextOrNothing => Takes::Nothing,
        Takes::NumberOrNothing if condition.is_some() => Takes::Number,
        Takes::NumberOrNothing => return None,
        other => other,
    };
    match (condition, takes) {
        (None, Takes::Nothing) => None,
        (Some(condition), Takes::Nothing) => {
            let message = format!("`{}` takes no condition", def.name);
            let wrong = Diagnostic::new(&codes::quality::UNEXPECTED_CONDITION, condition.span, message);
            let wrong = wrong.here("the rule holds or it does not");
            Some(match measured(def.name) {
                Some(measured) => wrong
                    .help(format!("write `{measured}` if that much of it is to hold, or remove the condition"))
                    .fix(format!("write `{measured}`"), rule.rule_type.span, measured, Safety::Unsafe),
                None => wrong.fix("remove the condition", condition.span, "", Safety::Unsafe),
            })
        }
        (None, takes) => Some(
            Diagnostic::new(&codes::quality::MISSING_CONDITION, rule.span, format!("`{}` needs a condition", def.name))
                .here("nothing to compare with")
                .help(format!("for example `{}`", example(takes))),
        ),
        (Some(condition), takes) => wrong_operands(def, condition, takes),
    }
}

/// The rule type that measures what another one only holds or not.
fn measured(rule_type: &str) -> Option<&'static str> {
    Some(match rule_type {
        "IsComplete" => "Completeness",
        "IsUnique" => "Uniqueness",
        _ => return None,
    })
}

fn example(takes: Takes) -> &'static str {
    match takes {
        Takes::Number | Takes::NumberOrNothing | Takes::Nothing => "> 0.95",
        Takes::Values => "in [\"a\", \"b\"]",
        Takes::Text | Takes::TextOrNothing => "= \"INTEGER\"",
        Takes::Duration => "<= 24 hours",
        Takes::Date => "> (now() - 24 hours)",
        Takes::Size => "< 10 MB",
    }
}

fn wrong_operands(def: &RuleDef, condition: &Condition, takes: Takes) -> Option<Diagnostic> {
    let wrong = |span: Span, message: String| Diagnostic::new(&codes::quality::OPERAND_TYPE, span, message);
    let mut whole: Option<Kind> = match &condition.kind {
        ConditionKind::In { set: Set::Variable(_), .. } | ConditionKind::Matches { .. } => Some(Kind::Text),
        _ => None,
    };
    for operand in operand::operands(condition) {
        let kind = match operand::kind(operand) {
            Ok(Kind::Null) => continue,
            Ok(kind) => kind,
            Err(part) => {
                let message = "these cannot be calculated with each other".to_owned();
                return Some(wrong(part.span, message).help("numbers with numbers, dates `+` or `-` durations"));
            }
        };
        match whole {
            Some(Kind::Size) if kind == Kind::Number && takes == Takes::Size => {}
            Some(Kind::Number) if kind == Kind::Size && takes == Takes::Size => {}
            Some(first) if first != kind => {
                let message =
                    format!("the operands of a condition must be of one kind, not {} and {}", first.name(), kind.name());
                return Some(wrong(operand.span, message).here(kind.name()).help("write all of them alike"));
            }
            _ => whole = Some(kind),
        }
        let fits = match takes {
            Takes::Number | Takes::NumberOrNothing => kind == Kind::Number,
            Takes::Values => matches!(kind, Kind::Number | Kind::Text | Kind::Date),
            Takes::Text | Takes::TextOrNothing => kind == Kind::Text,
            Takes::Duration => kind == Kind::Duration,
            Takes::Date => kind == Kind::Date,
            Takes::Size => matches!(kind, Kind::Size | Kind::Number),
            Takes::Nothing => false,
        };
        if !fits {
            let message = format!("`{}` compares with {}, not with {}", def.name, wanted(takes), kind.name());
            let mut diagnostic = wrong(operand.span, message).here(kind.name());
            if let (Takes::Number, OperandKind::String(text)) = (takes, &operand.kind)
                && text.value.parse::<f64>().is_ok()
            {
                diagnostic = diagnostic.fix("remove the quotes", operand.span, text.value.clone(), Safety::Safe);
            }
            return Some(diagnostic.or_help(format!("for example `{}`", example(takes))));
        }
    }
    if whole == Some(Kind::Text) {
        if let Some(operator) = ordering(condition) {
            return Some(
                wrong(condition.span, format!("strings have no order to compare with {operator}"))
                    .help("strings take `=`, `!=`, `in`, `not in`, `matches` and `not matches`"),
            );
        }
    } else if let ConditionKind::Matches { .. } = &condition.kind {
        return Some(wrong(condition.span, format!("`{}` does not match patterns", def.name)));
    }
    (whole == Some(Kind::Text) && !matches!(takes, Takes::Values | Takes::Text | Takes::TextOrNothing)).then(|| {
        wrong(condition.span, format!("`{}` compares with {}, not with a string", def.name, wanted(takes))).here("a string")
    })
}

fn wanted(takes: Takes) -> &'static str {
    match takes {
        Takes::Nothing => "nothing",
        Takes::Number | Takes::NumberOrNothing => "numbers",
        Takes::Values => "numbers, strings or dates",
        Takes::Text | Takes::TextOrNothing => "strings",
        Takes::Duration => "durations",
        Takes::Date => "dates and times",
        Takes::Size => "sizes",
    }
}

/// The operator of a condition that needs an order.
fn ordering(condition: &Condition) -> Option<String> {
    match &condition.kind {
        ConditionKind::Compare(CompareOp::Eq | CompareOp::Ne, _) | ConditionKind::In { .. } | ConditionKind::Matches { .. } => {
            None
        }
        ConditionKind::Compare(operator, _) => Some(format!("`{}`", operator.sign())),
        ConditionKind::Between { .. } => Some("`between`".to_owned()),
    }
}
