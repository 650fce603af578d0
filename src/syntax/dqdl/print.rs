//! Rules as AWS prints them: the text that names a rule in outcomes and reports.
//!
//! What AWS normalises is normalised here: parentheses around numbers, spaces in lists, operators of composites, escapes
//! inside `in [...]`. Labels and tags keep the order in which they were written (AWS's order is that of a hash map).

use super::ast::{
    ArithmeticOp, Composite, Condition, ConditionKind, DurationUnit, Keyword, Logic, Operand, OperandKind, Parameter,
    ParameterValue, Rule, RuleNode, Set, SizeUnit, Tag,
};

/// The canonical text of a rule or composite.
pub fn rule_text(node: &RuleNode) -> String {
    match node {
        RuleNode::Rule(rule) => simple_rule_text(rule),
        RuleNode::Composite(composite) => composite_text(composite),
    }
}

/// [`rule_text`] without any labels.
pub fn plain_rule_text(node: &RuleNode) -> String {
    let mut plain = node.clone();
    drop_labels(&mut plain);
    rule_text(&plain)
}

fn drop_labels(node: &mut RuleNode) {
    match node {
        RuleNode::Rule(rule) => rule.labels.clear(),
        RuleNode::Composite(composite) => {
            composite.labels.clear();
            composite.parts.iter_mut().for_each(drop_labels);
        }
    }
}

/// The canonical text of one rule (or analyzer).
pub fn simple_rule_text(rule: &Rule) -> String {
    let mut text = rule.rule_type.text.clone();
    for parameter in &rule.parameters {
        text.push_str(&format!(" {}", parameter_text(parameter)));
    }
    if let Some(condition) = &rule.condition {
        // AWS takes a plain number for bytes and says so.
        let unit = if rule.rule_type.text == "FileSize" { " B" } else { "" };
        text.push_str(&format!(" {}", condition_text(condition, unit)));
    }
    if let Some(filter) = rule.filter.as_ref().filter(|filter| !filter.raw.trim().is_empty()) {
        text.push_str(&format!(" where \"{}\"", filter.raw));
    }
    let (thresholds, others): (Vec<_>, Vec<_>) = rule.tags.iter().partition(|tag| super::validate::is_threshold(tag));
    for tag in thresholds {
        text.push_str(&format!(" with threshold {}", condition_text(&tag.condition, "")));
    }
    for tag in others {
        text.push_str(&tag_text(tag));
    }
    if !rule.labels.is_empty() {
        let labels: Vec<_> = rule.labels.iter().map(|label| format!("\"{}\"=\"{}\"", label.key.raw, label.value.raw)).collect();
        text.push_str(&format!(" labels=[{}]", labels.join(", ")));
    }
    text
}

/// `(A) AND (B) AND (C)` where one operator is used throughout; else AWS's pairs: `((A) AND (B)) OR (C)`.
fn composite_text(composite: &Composite) -> String {
    let operator = operator_text(composite.operator);
    if is_uniform(composite, composite.operator) {
        let mut leaves = Vec::new();
        collect_leaves(composite, &mut leaves);
        return leaves
            .iter()
            .map(|leaf| format!("({})", simple_rule_text(leaf)))
            .collect::<Vec<_>>()
            .join(&format!(" {operator} "));
    }
    // AWS's tree is binary and leans to the left; a prefix that is uniform prints flat.
    let mut leading = 0;
    while leading < composite.parts.len() && is_uniform_node(&composite.parts[leading], composite.operator) {
        leading += 1;
    }
    let prefix = |parts: &[RuleNode]| -> String {
        let composite = Composite { parts: parts.to_vec(), labels: Vec::new(), ..composite.clone() };
        composite_text(&composite)
    };
    let (mut text, rest) = match leading {
        0 | 1 => (rule_text(&composite.parts[0]), &composite.parts[1..]),
        _ => (prefix(&composite.parts[..leading]), &composite.parts[leading..]),
    };
    for part in rest {
        text = format!("({text}) {operator} ({})", rule_text(part));
    }
    text
}

fn is_uniform(composite: &Composite, operator: Logic) -> bool {
    composite.operator == operator && composite.parts.iter().all(|part| is_uniform_node(part, operator))
}

fn is_uniform_node(node: &RuleNode, operator: Logic) -> bool {
    match node {
        RuleNode::Rule(_) => true,
        RuleNode::Composite(composite) => is_uniform(composite, operator),
    }
}

fn collect_leaves<'r>(composite: &'r Composite, leaves: &mut Vec<&'r Rule>) {
    for part in &composite.parts {
        match part {
            RuleNode::Rule(rule) => leaves.push(rule),
            RuleNode::Composite(inner) => collect_leaves(inner, leaves),
        }
    }
}

fn operator_text(operator: Logic) -> &'static str {
    match operator {
        Logic::And => "AND",
        Logic::Or => "OR",
    }
}

/// `"order_id"`, `and "b"`, `$name`
pub fn parameter_text(parameter: &Parameter) -> String {
    let connector = parameter.connector.as_ref().map_or_else(String::new, |word| format!("{} ", word.text));
    match &parameter.value {
        ParameterValue::Quoted(text) => format!("{connector}\"{}\"", text.raw),
        ParameterValue::Bare(word) => format!("{connector}{word}"),
        ParameterValue::Variable(name) => format!("{connector}${name}"),
    }
}

fn tag_text(tag: &Tag) -> String {
    let name = &tag.name.text;
    match &tag.condition.kind {
        ConditionKind::In { set: Set::Listed(values), .. } => format!(" with {name} = [{}]", list_text(values, "", false)),
        // AWS prints the value of a number tag without its spaces.
        ConditionKind::Compare(_, value) if is_number(value) => {
            format!(" with {name} = {}", operand_text(value, "").replace(' ', ""))
        }
        ConditionKind::Compare(_, value) => format!(" with {name} = {}", operand_text(value, "")),
        ConditionKind::Between { .. } | ConditionKind::Matches { .. } | ConditionKind::In { .. } => {
            format!(" with {name} {}", condition_text(&tag.condition, ""))
        }
    }
}

fn is_number(operand: &Operand) -> bool {
    matches!(operand.kind, OperandKind::Number(_) | OperandKind::Arithmetic { .. } | OperandKind::Parenthesized(_))
}

/// `> 0.9`, `in ["a","b"]`; `unit` is written behind plain numbers.
/// `>= 0.95`; `unit` stands behind plain numbers.
pub fn condition_text(condition: &Condition, unit: &str) -> String {
    let not = |negated: bool| if negated { "not " } else { "" };
    match &condition.kind {
        ConditionKind::Compare(operator, operand) => format!("{} {}", operator.sign(), operand_text(operand, unit)),
        ConditionKind::Between { negated, low, high } => {
            format!("{}between {} and {}", not(*negated), operand_text(low, unit), operand_text(high, unit))
        }
        ConditionKind::In { negated, set: Set::Listed(values) } => {
            if let [Operand { kind: OperandKind::Variable(name), .. }] = values.as_slice() {
                return format!("{}in ${name}", not(*negated));
            }
            format!("{}in [{}]", not(*negated), list_text(values, unit, true))
        }
        ConditionKind::In { negated, set: Set::Variable(name) } => format!("{}in ${}", not(*negated), name.text),
        ConditionKind::Matches { negated, pattern } => format!("{}matches {}", not(*negated), operand_text(pattern, unit)),
    }
}

/// Values with commas between them; AWS takes the backslashes of a list's texts away.
fn list_text(values: &[Operand], unit: &str, unescaped: bool) -> String {
    let text = |value: &Operand| match &value.kind {
        OperandKind::String(text) if unescaped => format!("\"{}\"", without_backslashes(&text.raw)),
        _ => operand_text(value, unit),
    };
    values.iter().map(text).collect::<Vec<_>>().join(",")
}

/// `\x` is `x`, as AWS's parser does it in lists.
fn without_backslashes(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut chars = raw.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => text.extend(chars.next()),
            c => text.push(c),
        }
    }
    text
}

/// The canonical text of a value; `unit` is written behind plain numbers.
pub fn operand_text(operand: &Operand, unit: &str) -> String {
    match &operand.kind {
        OperandKind::Number(number) => format!("{number}{unit}"),
        OperandKind::String(text) => format!("\"{}\"", text.raw),
        OperandKind::Date(raw) | OperandKind::Time(raw) => format!("\"{raw}\""),
        OperandKind::Keyword(Keyword::Null) => "NULL".to_owned(),
        OperandKind::Keyword(Keyword::Empty) => "EMPTY".to_owned(),
        OperandKind::Keyword(Keyword::WhitespacesOnly) => "WHITESPACES_ONLY".to_owned(),
        OperandKind::Now => "now()".to_owned(),
        OperandKind::Duration(duration) => format!("{} {}", without_zeros(&duration.amount), duration_unit(duration.unit)),
        OperandKind::Size { amount, unit } => format!("{} {}", without_zeros(amount), size_unit(*unit)),
        OperandKind::Variable(name) => format!("${name}"),
        OperandKind::Call { name, arguments } => {
            let arguments: Vec<_> = arguments.iter().map(|argument| operand_text(argument, "")).collect();
            format!("{}({})", name.text, arguments.join(","))
        }
        OperandKind::Arithmetic { operator, left, right } => {
            format!("{} {} {}", operand_text(left, ""), arithmetic_text(*operator), operand_text(right, ""))
        }
        // Parentheses stay where they enclose something: `(5)` is `5` to AWS.
        OperandKind::Parenthesized(inner) => match &inner.kind {
            OperandKind::Arithmetic { .. } => format!("({})", operand_text(inner, "")),
            _ => operand_text(inner, unit),
        },
    }
}

fn arithmetic_text(operator: ArithmeticOp) -> &'static str {
    match operator {
        ArithmeticOp::Add => "+",
        ArithmeticOp::Subtract => "-",
        ArithmeticOp::Multiply => "*",
        ArithmeticOp::Divide => "/",
    }
}

fn duration_unit(unit: DurationUnit) -> &'static str {
    match unit {
        DurationUnit::Days => "days",
        DurationUnit::Hours => "hours",
        DurationUnit::Minutes => "minutes",
    }
}

fn size_unit(unit: SizeUnit) -> &'static str {
    match unit {
        SizeUnit::B => "B",
        SizeUnit::Kb => "KB",
        SizeUnit::Mb => "MB",
        SizeUnit::Gb => "GB",
        SizeUnit::Tb => "TB",
    }
}

/// AWS reads the amount into an integer.
fn without_zeros(amount: &str) -> &str {
    let trimmed = amount.trim_start_matches('0');
    if trimmed.is_empty() { "0" } else { trimmed }
}
