//! What can be said about a ruleset without knowing any rule type: constants, labels, tags, empty filters.

use indexmap::IndexMap;

use super::ast::{
    CompareOp, Composite, Condition, ConditionKind, Constant, ConstantValue, LabelPair, Operand, OperandKind, ParameterValue,
    Rule, RuleNode, Ruleset, Set, Tag,
};
use super::parse::Dialect;
use super::report::Reporter;
use crate::diag::codes::dqdl::{
    AWS_PORTABILITY, DUPLICATE_CONSTANT, DUPLICATE_LABEL, EMPTY_FILTER, MALFORMED_CONSTANT, MALFORMED_LABEL, MALFORMED_TAG,
    MISPLACED_CONSTANT, NO_RULES, QUOTED_THRESHOLD, REPEATED_CLAUSE, TOO_MANY_LABELS, UNKNOWN_CONSTANT, UNKNOWN_TIME_ZONE,
};
use crate::diag::codes::quality::{RULESET_TOO_LONG, TOO_MANY_RULES};
use crate::diag::{Diagnostic, Safety, Severity, Sink, suggest};
use crate::source::Span;

/// The most rules that AWS takes in one ruleset.
const MOST_RULES: usize = 2000;
/// The longest ruleset that AWS takes, in UTF-16 units as Java counts.
const LONGEST_RULESET: usize = 65_536;
/// The most labels on a rule, the ruleset's own included.
const MOST_LABELS: usize = 10;
/// The longest key of a label, in UTF-16 units as Java counts.
const LONGEST_KEY: usize = 128;
/// The longest value of a label.
const LONGEST_VALUE: usize = 256;

/// Validates, and asks for at least one rule or analyzer where nothing else is wrong.
pub(super) fn complete(ruleset: &Ruleset, is_broken: bool, report: &mut Reporter<'_>) {
    validate(ruleset, report.dialect, &mut report.sink);
    limits(ruleset, report);
    let rules = ruleset.rules.as_ref().is_some_and(|section| !section.items.is_empty());
    let analyzers = ruleset.analyzers.as_ref().is_some_and(|section| !section.items.is_empty());
    if rules || analyzers || is_broken {
        return;
    }
    let keyword = ruleset.rules.as_ref().map(|section| section.keyword);
    let keyword = keyword.or_else(|| ruleset.analyzers.as_ref().map(|section| section.keyword));
    let whole = report.map.whole();
    let span = keyword.unwrap_or(Span { end: whole.start, ..whole });
    let diagnostic = Diagnostic::new(&NO_RULES, span, "a ruleset without a rule or an analyzer")
        .help("write at least one rule: `Rules = [ RowCount > 0 ]`");
    report.push(diagnostic);
}

/// What AWS's service refuses although its parser reads it: very many rules, a very long text.
fn limits(ruleset: &Ruleset, report: &mut Reporter<'_>) {
    let strict = report.dialect == Dialect::Strict;
    let mut refuse = |mut diagnostic: Diagnostic| {
        if strict {
            diagnostic.severity = Severity::Error;
        }
        report.sink.push(diagnostic.help("split it: a job may have several quality nodes, each with its ruleset"));
    };
    let rules = ruleset.rules.as_ref().map(|section| section.items.as_slice()).unwrap_or_default();
    if let Some(first) = rules.get(MOST_RULES) {
        let span = match first {
            RuleNode::Rule(rule) => rule.span,
            RuleNode::Composite(composite) => composite.span,
        };
        let message = format!("{} rules, and AWS takes {MOST_RULES} in a ruleset", rules.len());
        refuse(Diagnostic::new(&TOO_MANY_RULES, span, message).here(format!("the {}st", MOST_RULES + 1)));
    }
    // No text has more units than bytes, so most are not counted.
    if report.text.len() <= LONGEST_RULESET {
        return;
    }
    let mut units = 0;
    let mut over = None;
    for (at, character) in report.text.char_indices() {
        units += character.len_utf16();
        if units > LONGEST_RULESET && over.is_none() {
            over = Some(at..at + character.len_utf8());
        }
    }
    if let Some(over) = over {
        let message = format!("a ruleset of {units} characters, and AWS takes {LONGEST_RULESET}");
        let span = report.map.span(over.start, over.end);
        refuse(Diagnostic::new(&RULESET_TOO_LONG, span, message).here("too long from here on"));
    }
}

/// Checks constants, labels, tags and filters of a ruleset.
pub fn validate(ruleset: &Ruleset, dialect: Dialect, sink: &mut Sink) {
    let constants = constants(&ruleset.constants, sink);
    let mut check = Check { constants, defaults: ruleset.default_labels.len(), dialect, sink };
    check.labels(&ruleset.default_labels, 0);
    for node in ruleset.rules.iter().flat_map(|section| &section.items) {
        check.node(node);
    }
    for rule in ruleset.analyzers.iter().flat_map(|section| &section.items) {
        check.rule(rule);
    }
}

/// The constants by name; the first definition of a name counts.
fn constants<'r>(written: &'r [Constant], sink: &mut Sink) -> IndexMap<&'r str, &'r Constant> {
    let mut constants: IndexMap<&str, &Constant> = IndexMap::new();
    for constant in written {
        let name = constant.name.text.as_str();
        if name.starts_with(['.', '_']) {
            let fixed = name.trim_start_matches(['.', '_']);
            sink.push(
                Diagnostic::new(
                    &MALFORMED_CONSTANT,
                    constant.name.span,
                    format!("the name of a constant cannot begin with `{}`", &name[..1]),
                )
                .help(format!("call it `{fixed}`, here and where it is used")),
            );
        }
        match constants.get(name) {
            Some(first) => sink.push(
                Diagnostic::new(&DUPLICATE_CONSTANT, constant.name.span, format!("the constant `{name}` is defined twice"))
                    .also(first.name.span, "the first definition")
                    .help("give one of them another name"),
            ),
            None => {
                constants.insert(name, constant);
            }
        }
    }
    constants
}

struct Check<'r, 's> {
    constants: IndexMap<&'r str, &'r Constant>,
    defaults: usize,
    dialect: Dialect,
    sink: &'s mut Sink,
}

impl Check<'_, '_> {
    fn node(&mut self, node: &RuleNode) {
        match node {
            RuleNode::Rule(rule) => self.rule(rule),
            RuleNode::Composite(Composite { parts, labels, .. }) => {
                self.labels(labels, self.defaults);
                for part in parts {
                    self.node(part);
                }
            }
        }
    }

    fn rule(&mut self, rule: &Rule) {
        for parameter in &rule.parameters {
            if let ParameterValue::Variable(name) = &parameter.value {
                self.text_constant(name, parameter.span, "a parameter");
            }
        }
        if let Some(condition) = &rule.condition {
            self.condition(condition);
        }
        if let Some(filter) = &rule.filter {
            let is_blank = filter.raw.trim().is_empty() && self.dialect == Dialect::Superset;
            if filter.raw.is_empty() || is_blank {
                self.sink.push(
                    Diagnostic::new(&EMPTY_FILTER, filter.span, "`where` without a condition")
                        .help("write the condition that rows must meet to be looked at, or leave `where` out"),
                );
            }
        }
        self.labels(&rule.labels, self.defaults);
        self.tags(rule);
    }

    // ── Constants ───────────────────────────────────────────────────────────────────────────────────────────────

    fn constant(&mut self, name: &str, span: Span) -> Option<ConstantValue> {
        if let Some(constant) = self.constants.get(name) {
            return Some(constant.value.clone());
        }
        let mut diagnostic = Diagnostic::new(&UNKNOWN_CONSTANT, span, format!("no constant is called `{name}`"));
        let near = suggest::nearest(name, self.constants.keys().copied()).filter(|_| name.len() > 1);
        let near = near.map(|near| format!("${near}"));
        diagnostic = match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("replace with `{near}`"),
                span,
                near,
                Safety::Unsafe,
            ),
            None => diagnostic.help(format!("define it before `Rules`: `{name} = \"…\"`")),
        };
        self.sink.push(diagnostic);
        None
    }

    /// A constant where one text is needed.
    fn text_constant(&mut self, name: &str, span: Span, place: &str) {
        let Some(ConstantValue::List(_)) = self.constant(name, span) else { return };
        let definition = self.constants.get(name).map(|constant| constant.name.span);
        let mut diagnostic = Diagnostic::new(&MISPLACED_CONSTANT, span, format!("the list `{name}` cannot be {place}"))
            .help("a list of texts is used as `in $name`");
        if let Some(definition) = definition {
            diagnostic = diagnostic.also(definition, "defined as a list");
        }
        self.sink.push(diagnostic);
    }

    fn condition(&mut self, condition: &Condition) {
        match &condition.kind {
            ConditionKind::Compare(_, operand) | ConditionKind::Matches { pattern: operand, .. } => {
                self.operand(operand, "one value");
            }
            ConditionKind::Between { low, high, .. } => {
                self.operand(low, "one value");
                self.operand(high, "one value");
            }
            ConditionKind::In { set: Set::Variable(name), .. } => {
                self.constant(&name.text, name.span);
            }
            ConditionKind::In { set: Set::Listed(values), .. } => {
                for value in values {
                    self.operand(value, "one value of a list");
                }
            }
        }
    }

    fn operand(&mut self, operand: &Operand, place: &str) {
        if let OperandKind::Variable(name) = &operand.kind {
            self.text_constant(name, operand.span, place);
        }
    }

    // ── Labels ──────────────────────────────────────────────────────────────────────────────────────────────────

    fn labels(&mut self, labels: &[LabelPair], defaults: usize) {
        if let Some(label) = labels.get(MOST_LABELS.saturating_sub(defaults)).filter(|_| !labels.is_empty()) {
            let count = labels.len() + defaults;
            let mut diagnostic =
                Diagnostic::new(&TOO_MANY_LABELS, label.key.span, format!("{count} labels, and {MOST_LABELS} are allowed"))
                    .help("leave this one and those behind it out");
            if defaults > 0 {
                diagnostic = diagnostic.note(format!("the {defaults} of `DefaultLabels` count for each rule, replaced or not"));
            }
            self.sink.push(diagnostic);
        }
        for (index, label) in labels.iter().enumerate() {
            let key = &label.key;
            if let Some(first) = labels[..index].iter().find(|other| other.key.raw == key.raw) {
                self.sink.push(
                    Diagnostic::new(&DUPLICATE_LABEL, key.span, format!("the label `{}` stands twice", key.raw))
                        .also(first.key.span, "the first one")
                        .help("remove one of them"),
                );
            }
            for (text, what, most) in [(key, "key", LONGEST_KEY), (&label.value, "value", LONGEST_VALUE)] {
                let len = text.raw.encode_utf16().count();
                let message = match len {
                    0 => format!("the {what} of a label is empty"),
                    len if len > most => format!("the {what} of a label has {len} characters, and {most} are allowed"),
                    _ => continue,
                };
                let help = if len == 0 { "write something between the quotes, or remove the label" } else { "shorten it" };
                self.sink.push(Diagnostic::new(&MALFORMED_LABEL, text.span, message).help(help));
            }
        }
    }

    // ── Tags ────────────────────────────────────────────────────────────────────────────────────────────────────

    fn tags(&mut self, rule: &Rule) {
        let mut threshold: Option<&Tag> = None;
        for tag in &rule.tags {
            if is_threshold(tag) {
                match threshold {
                    Some(first) => self.sink.push(
                        Diagnostic::new(&REPEATED_CLAUSE, tag.span, "a second threshold on one rule")
                            .also(first.span, "the first one")
                            .help("remove one of them"),
                    ),
                    None => threshold = Some(tag),
                }
                continue;
            }
            self.tag(tag);
            if tag.name.text == "timeZone" {
                self.time_zone(tag, rule);
            }
        }
    }

    /// Tags other than a threshold: `name = value`.
    fn tag(&mut self, tag: &Tag) {
        match &tag.condition.kind {
            ConditionKind::Compare(CompareOp::Eq, operand) => self.tag_value(tag, operand),
            ConditionKind::In { negated: false, set: Set::Listed(values) } => {
                if let Some(odd) = values.iter().find(|value| !matches!(value.kind, OperandKind::String(_))) {
                    let message = format!("the list of the tag `{}` holds something that is not a text", tag.name.text);
                    self.sink.push(Diagnostic::new(&MALFORMED_TAG, odd.span, message));
                }
            }
            ConditionKind::Compare(..)
            | ConditionKind::Between { .. }
            | ConditionKind::Matches { .. }
            | ConditionKind::In { .. } => {
                let name = &tag.name.text;
                let mut diagnostic =
                    Diagnostic::new(&MALFORMED_TAG, tag.condition.span, format!("the tag `{name}` takes only `=` and a value"));
                diagnostic = diagnostic.note("only `threshold` takes other conditions");
                diagnostic = diagnostic.suggest(tag.name.span, name, ["threshold"]);
                self.sink.push(diagnostic);
            }
        }
    }

    fn tag_value(&mut self, tag: &Tag, operand: &Operand) {
        let name = &tag.name.text;
        match &operand.kind {
            OperandKind::String(text) if name.eq_ignore_ascii_case("threshold") => {
                let mut diagnostic =
                    Diagnostic::new(&QUOTED_THRESHOLD, text.span, "a threshold in quotes is a mere tag, and has no effect");
                if text.raw.trim().parse::<f64>().is_ok() {
                    diagnostic = diagnostic.help("write the number without quotes").fix(
                        "remove the quotes",
                        text.span,
                        text.raw.trim(),
                        Safety::Unsafe,
                    );
                }
                self.sink.push(diagnostic);
            }
            OperandKind::Date(raw) | OperandKind::Time(raw) => {
                let message = format!("`\"{raw}\"` is a date or time to AWS, and no value for a tag");
                let mut diagnostic = Diagnostic::new(&AWS_PORTABILITY, operand.span, message).here("AWS's parser rejects this");
                if self.dialect == Dialect::Strict {
                    diagnostic.severity = Severity::Error;
                }
                self.sink.push(diagnostic);
            }
            OperandKind::Duration(_) | OperandKind::Size { .. } | OperandKind::Now => {
                let message = format!("the tag `{name}` takes a text or a number");
                self.sink.push(Diagnostic::new(&MALFORMED_TAG, operand.span, message));
            }
            OperandKind::Variable(constant) => self.text_constant(constant, operand.span, "the value of a tag"),
            OperandKind::Parenthesized(inner) => self.tag_value(tag, inner),
            OperandKind::String(_)
            | OperandKind::Number(_)
            | OperandKind::Keyword(_)
            | OperandKind::Call { .. }
            | OperandKind::Arithmetic { .. } => {}
        }
    }

    /// `with timeZone = "Europe/Berlin"`; AWS looks at it where a time of the day is compared.
    fn time_zone(&mut self, tag: &Tag, rule: &Rule) {
        let ConditionKind::Compare(CompareOp::Eq, Operand { kind: OperandKind::String(zone), .. }) = &tag.condition.kind else {
            return;
        };
        let is_used = rule.condition.as_ref().is_some_and(compares_a_time);
        if super::zone::Zone::parse(&zone.raw).is_some() || (self.dialect == Dialect::Strict && !is_used) {
            return;
        }
        let diagnostic = Diagnostic::new(&UNKNOWN_TIME_ZONE, zone.span, format!("no time zone is called `{}`", zone.raw));
        let near = super::zone::nearest(&zone.raw);
        self.sink.push(match near {
            Some(near) => diagnostic.help(format!("did you mean `{near}`?")).fix(
                format!("replace with `{near}`"),
                zone.span,
                format!("\"{near}\""),
                Safety::Unsafe,
            ),
            None => diagnostic.help("write a name of the time zone database (`Europe/Berlin`) or an offset (`+02:00`)"),
        });
    }
}

/// Whether a tag is a threshold and not merely called so: `with threshold > 0.9`.
pub(super) fn is_threshold(tag: &Tag) -> bool {
    if !tag.name.text.eq_ignore_ascii_case("threshold") {
        return false;
    }
    let is_number = |operand: &Operand| {
        matches!(
            operand.kind,
            OperandKind::Number(_) | OperandKind::Call { .. } | OperandKind::Arithmetic { .. } | OperandKind::Parenthesized(_)
        )
    };
    match &tag.condition.kind {
        ConditionKind::Compare(_, operand) => is_number(operand),
        ConditionKind::Between { low, high, .. } => is_number(low) && is_number(high),
        ConditionKind::In { set: Set::Listed(values), .. } => values.iter().all(is_number),
        ConditionKind::In { set: Set::Variable(_), .. } | ConditionKind::Matches { .. } => false,
    }
}

fn compares_a_time(condition: &Condition) -> bool {
    let is_time = |operand: &Operand| matches!(operand.kind, OperandKind::Time(_));
    match &condition.kind {
        ConditionKind::Compare(_, operand) => is_time(operand),
        ConditionKind::Between { low, high, .. } => is_time(low) || is_time(high),
        ConditionKind::In { set: Set::Listed(values), .. } => values.iter().any(is_time),
        ConditionKind::In { set: Set::Variable(_), .. } | ConditionKind::Matches { .. } => false,
    }
}
