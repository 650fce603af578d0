//! What surprises people in a single rule: it is right, and may not mean what it seems to.

use std::sync::LazyLock;

use datafusion::arrow::datatypes::DataType;
use regex::Regex;

use super::domain::{Scale, doubles};
use super::{Judged, decided, values};
use crate::diag::{Diagnostic, Edit, Fix, Safety, codes};
use crate::source::Span;
use crate::stdlib::expr;
use crate::stdlib::pattern::Pattern;
use crate::stdlib::rule::bound::Metric;
use crate::stdlib::rule::cast::Target;
use crate::stdlib::rule::condition::{Demand, NumberCondition};
use crate::stdlib::rule::operand::{self, Kind};
use crate::stdlib::rule::pattern::branches;
use crate::syntax::dqdl::ast::{ArithmeticOp, CompareOp, Condition, ConditionKind, Operand, OperandKind, StringLit};
use crate::syntax::dqdl::print::{operand_text, parameter_text};

/// What surprises people in a rule.
pub(super) fn rule(judged: &Judged<'_>, all: &[Judged<'_>]) {
    joined_parameters(judged);
    match judged.name() {
        "Completeness" => plainer(judged, "IsComplete"),
        "Uniqueness" => plainer(judged, "IsUnique"),
        "DistinctValuesCount" => counts_null(judged, all),
        "ColumnDataType" => truncates(judged),
        "RowCountMatch" => no_upper_limit(judged, all),
        "CustomSql" => routes_nothing(judged),
        _ => {}
    }
    let Some(condition) = &judged.rule.condition else { return };
    for operand in operand::operands(condition) {
        date_without_quotes(judged, operand);
        precedence(judged, operand);
    }
    match judged.name() {
        "ColumnValues" => values_of(judged, condition),
        "ColumnLength" => lengths_of(judged, condition),
        _ => {}
    }
}

fn values_of(judged: &Judged<'_>, condition: &Condition) {
    match &condition.kind {
        ConditionKind::Between { negated: false, low, high } if values::kind(condition) != Kind::Text => {
            between(judged, condition, low, high);
        }
        ConditionKind::Matches { negated: false, pattern } => {
            alternation(judged, pattern);
            empty_text(judged, pattern);
        }
        ConditionKind::Matches { negated: true, .. } => judged.say(
            Diagnostic::new(
                &codes::lint::NOT_MATCHES,
                condition.span,
                "`not matches` only forbids the pattern as a whole word at the start of a value",
            )
            .here("not the opposite of `matches`; null and the empty string fail both")
            .help("`matches \"(?!.*…).+\"` forbids a pattern anywhere"),
        ),
        _ => {}
    }
    time_of_day(judged, condition);
    text_on_aws(judged, condition);
    rounded_on_aws(judged, condition);
}

fn lengths_of(judged: &Judged<'_>, condition: &Condition) {
    match &condition.kind {
        ConditionKind::Between { negated: false, low, high } => between(judged, condition, low, high),
        ConditionKind::Compare(CompareOp::Ne, operand) => {
            let text = operand_text(operand, "");
            let message = "`!=` only looks at the shortest and the longest value";
            judged.say(
                Diagnostic::new(&codes::lint::LENGTH_NOT_EQUAL, condition.span, message)
                    .here(format!("a length of {text} between them is not found"))
                    .help(format!("`not in [{text}]` looks at every value"))
                    .fix("look at every value", condition.span, format!("not in [{text}]"), Safety::Unsafe),
            );
        }
        _ => {}
    }
}

fn between(judged: &Judged<'_>, condition: &Condition, low: &Operand, high: &Operand) {
    // Where nothing is between them, that is what there is to say.
    if values::domain(judged).is_some_and(|domain| domain.is_empty()) {
        return;
    }
    let (rule, low, high) = (judged.rule, operand_text(low, ""), operand_text(high, ""));
    let said = Diagnostic::new(&codes::lint::EXCLUSIVE_BETWEEN, condition.span, "`between` leaves out both ends")
        .here(format!("{low} and {high} do not satisfy"));
    let (name, parameters) = (&rule.rule_type.text, rule.parameters.iter().map(parameter_text).collect::<Vec<_>>().join(" "));
    if rule.filter.is_some() || !rule.labels.is_empty() || !rule.tags.is_empty() {
        return judged.say(said.help("to include them, join a rule with `>=` and one with `<=` by `and`"));
    }
    let inclusive = format!("(({name} {parameters} >= {low}) and ({name} {parameters} <= {high}))");
    judged.say(said.help(format!("`{inclusive}` includes them")).fix("include both ends", rule.span, inclusive, Safety::Shown));
}

/// `2 + 3 * 2` is 10 in DQDL: all operators are of one level.
fn precedence(judged: &Judged<'_>, operand: &Operand) {
    let OperandKind::Arithmetic { operator, left, right } = &operand.kind else { return };
    precedence(judged, left);
    precedence(judged, right);
    let multiplies = matches!(operator, ArithmeticOp::Multiply | ArithmeticOp::Divide);
    let adds = matches!(&left.kind, OperandKind::Arithmetic { operator: ArithmeticOp::Add | ArithmeticOp::Subtract, .. });
    if multiplies && adds {
        let text = operand_text(left, "");
        judged.say(
            Diagnostic::new(&codes::lint::LEFT_TO_RIGHT, operand.span, "DQDL calculates from left to right")
                .here(format!("`{text}` is calculated first"))
                .help("put parentheses around what belongs together")
                .fix("say so with parentheses", left.span, format!("({text})"), Safety::Safe),
        );
    }
}

/// `2024-01-01` is 2022.
fn date_without_quotes(judged: &Judged<'_>, operand: &Operand) {
    if let Some(date) = operand::looks_like_a_date(operand) {
        let value = operand::number(operand).ok().flatten().unwrap_or_default();
        judged.say(
            Diagnostic::new(
                &codes::lint::DATE_WITHOUT_QUOTES,
                operand.span,
                format!("without quotes this is not a date but {value}"),
            )
            .here("a subtraction")
            .help(format!("a date is written `\"{date}\"`")),
        );
    }
}

/// `IsUnique "a" and "b"` is one rule about pairs.
fn joined_parameters(judged: &Judged<'_>) {
    if !["IsUnique", "IsPrimaryKey", "Uniqueness"].contains(&judged.name()) {
        return;
    }
    let words = judged.rule.parameters.iter().skip(1).filter_map(|parameter| parameter.connector.as_ref());
    let words: Vec<_> = words.filter(|word| word.text.eq_ignore_ascii_case("and")).collect();
    let Some(first) = words.first() else { return };
    let message = "`and` between parameters joins them to one key";
    let mut said = Diagnostic::new(&codes::lint::JOINED_PARAMETERS, first.span, message)
        .here("one rule about the combination of values")
        .help("for a rule on each column, write two rules");
    let edits = words.iter().map(|word| Edit { span: word.span, text: String::new() }).collect();
    said.fix = Some(Fix { title: "leave out `and`, which means nothing here".to_owned(), edits, safety: Safety::Safe });
    judged.say(said);
}

/// `Completeness "id" >= 1.0` is `IsComplete "id"`.
fn plainer(judged: &Judged<'_>, plain: &str) {
    let ([check], Some(condition)) = (judged.leaf.checks.as_slice(), &judged.rule.condition) else { return };
    let all = doubles(0.0, 1.0);
    let asks_for_all = Scale::Double.demanded(&check.condition).is_some_and(|set| set.and(&all) == doubles(1.0, 1.0));
    // A column that has no nulls by its declaration is spoken of elsewhere.
    let decided = decided::range(judged, check).is_none_or(|range| range.all != all);
    let Some(last) = judged.rule.parameters.last().filter(|_| asks_for_all && !decided) else { return };
    let parameters = judged.rule.parameters.iter().map(parameter_text).collect::<Vec<_>>().join(" ");
    let edits = vec![
        Edit { span: judged.rule.rule_type.span, text: plain.to_owned() },
        Edit { span: Span { start: last.span.end, ..condition.span }, text: String::new() },
    ];
    let mut said = Diagnostic::new(&codes::lint::PLAINER_RULE, judged.rule.span, format!("this is `{plain} {parameters}`"))
        .here("asks for all rows")
        .help(format!("`{plain}` says so"));
    said.fix = Some(Fix { title: format!("write `{plain}`"), edits, safety: judged.safe_alone() });
    judged.say(said);
}

/// `DistinctValuesCount` has null for a value.
fn counts_null(judged: &Judged<'_>, all: &[Judged<'_>]) {
    let Some(column) = judged.column(0).filter(|column| column.nullable) else { return };
    let is_complete = |other: &Judged<'_>| {
        let rules = ["IsComplete", "IsPrimaryKey"].contains(&other.name());
        rules
            && other.rule.filter.is_none()
            && other.place.conjunction == 0
            && (0..other.rule.parameters.len()).any(|at| other.column(at).is_some_and(|other| other.name == column.name))
    };
    if judged.rule.filter.is_some() || all.iter().any(is_complete) {
        return;
    }
    let Some(parameter) = judged.rule.parameters.first() else { return };
    let message = "`DistinctValuesCount` counts null as one more value";
    judged.say(
        Diagnostic::new(&codes::lint::COUNTS_NULL, judged.rule.rule_type.span, message).also(parameter.span, "can be null").help(
            format!(
                "`IsComplete \"{0}\"` beside it makes sure that there is none; `where \"{0} is not null\"` leaves nulls out",
                column.name
            ),
        ),
    );
}

/// `"2.5"` is an INTEGER to `ColumnDataType`.
fn truncates(judged: &Judged<'_>) {
    let Some(Condition { kind: ConditionKind::Compare(_, operand), .. }) = &judged.rule.condition else { return };
    let Some(literal) = judged.string(operand) else { return };
    let is_text = judged.column(0).is_some_and(|column| column.is_text());
    if !is_text || !matches!(Target::parse(&literal.value), Some(Target::Integer | Target::Long)) {
        return;
    }
    judged.say(
        Diagnostic::new(&codes::lint::TRUNCATING_CAST, operand.span, "text with a fraction counts as a whole number")
            .here("`2.5` can be cast to it: the fraction is cut off")
            .help("`matches \"[+-]?[0-9]+\"` asks for digits only"),
    );
}

/// `RowCountMatch "ref" >= 0.8` also holds for a hundred times the rows.
fn no_upper_limit(judged: &Judged<'_>, all: &[Judged<'_>]) {
    let Some(condition) = &judged.rule.condition else { return };
    let is_lower = |other: &Judged<'_>| {
        let condition = other.leaf.checks.first().map(|check| &check.condition);
        matches!(condition, Some(Demand::Known(NumberCondition::Compare(CompareOp::Gt | CompareOp::Ge, low))) if *low <= 1.0)
    };
    let alias = judged.parameter(0);
    let others = all.iter().filter(|other| other.name() == judged.name() && other.parameter(0) == alias);
    if !is_lower(judged) || others.into_iter().any(|other| !is_lower(other)) {
        return;
    }
    let message = "`RowCountMatch` without an upper limit: more rows always satisfy it";
    let mut said = Diagnostic::new(&codes::lint::NO_UPPER_LIMIT, condition.span, message)
        .here("rows that came twice satisfy it too")
        .help("`between 0.8 and 1.2` has both limits");
    let past = ["yesterday", "previous", "prev", "last", "prior"];
    if alias.is_some_and(|alias| past.iter().any(|word| alias.to_lowercase().contains(word))) {
        said = said
            .note("it compares with the rows of another data set, not with an earlier run")
            .help("to compare with the run before: `RowCount > 0.8 * last(1)`");
    }
    judged.say(said);
}

static COUNTED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?is)^\s*select\s+count\s*\(\s*(?:\*|1)\s*\)\s+from\s+primary\s+where\s+(.+?)\s*;?\s*$")
        .expect("the pattern is right")
});
static COMPARED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)^(\w+)\s*(<=|>=|<>|!=|<|>|=)\s*(-?\d+(?:\.\d+)?)$").expect("the pattern is right"));
static NULL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?i)^(\w+)\s+is\s+null$").expect("the pattern is right"));
static SEVERAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\b(select|join|group|having|order|limit|union|intersect|except)\b").expect("the pattern is right")
});

/// `CustomSql "select count(*) … where bad" = 0` knows how many rows are bad and not which.
fn routes_nothing(judged: &Judged<'_>) {
    let ([check], Some(condition), Some(sql)) = (judged.leaf.checks.as_slice(), &judged.rule.condition, judged.parameter(0))
    else {
        return;
    };
    if !matches!(check.metric, Metric::Query(_) | Metric::Tally(_)) || !asks_for_none(&check.condition) {
        return;
    }
    let Some(predicate) = COUNTED.captures(sql).and_then(|found| found.get(1)).map(|found| found.as_str()) else { return };
    if SEVERAL.is_match(predicate) {
        return;
    }
    let span = judged.rule.parameters[0].span;
    let message = "this counts the rows that are wrong and cannot tell which they are";
    let said = Diagnostic::new(&codes::lint::ROUTES_NOTHING, span, message).here("a number for the whole data set");
    let rule = judged.rule.rule_type.span.to(condition.span);
    judged.say(match rule_of_rows(judged, predicate) {
        Some(better) => said.help(format!("`{better}` finds the rows, so that they can be kept apart")).fix(
            format!("replace with `{better}`"),
            rule,
            better,
            Safety::Unsafe,
        ),
        None => said.help("without a condition, `CustomSql` lets the rows pass that its query returns, and finds the others"),
    });
}

fn asks_for_none(condition: &Demand) -> bool {
    let zero = doubles(0.0, 0.0);
    let counts = super::domain::Set::between(0, i128::MAX);
    Scale::WHOLE.demanded(condition).is_some_and(|set| set.and(&counts) == zero)
}

/// The rule that judges each row as the predicate of the bad ones does not.
fn rule_of_rows(judged: &Judged<'_>, predicate: &str) -> Option<String> {
    let schema = judged.cx.scope.primary.schema();
    if let Some(found) = NULL.captures(predicate) {
        return Some(format!("IsComplete \"{}\"", expr::column(schema, &found[1])?));
    }
    let found = COMPARED.captures(predicate)?;
    let name = expr::column(schema, &found[1])?;
    if !crate::stdlib::rule::bind::value_type(schema, name).is_numeric() {
        return None;
    }
    let opposite = match &found[2] {
        "<" => ">=",
        "<=" => ">",
        ">" => "<=",
        ">=" => "<",
        "=" => "!=",
        _ => "=",
    };
    Some(format!("ColumnValues \"{name}\" {opposite} {}", &found[3]))
}

/// `matches "a|b"` is `^a|b$`.
fn alternation(judged: &Judged<'_>, operand: &Operand) {
    let Some(literal) = judged.string(operand) else { return };
    let branches = branches(&literal.raw);
    let [first, .., last] = branches.as_slice() else { return };
    // Anchors of its own say what is meant.
    let anchored = first.ends_with('$') && last.starts_with('^');
    let inner_anchored = branches[1..branches.len() - 1].iter().all(|branch| branch.starts_with('^') && branch.ends_with('$'));
    if anchored && inner_anchored {
        return;
    }
    let meant = format!("\"({})\"", literal.raw);
    let message = "only the ends of the whole pattern are held at the ends of the value";
    let said = Diagnostic::new(&codes::lint::LOOSE_ALTERNATION, operand.span, message)
        .here(format!("a value that begins with `{first}` or ends with `{last}` satisfies"))
        .help(format!("`{meant}` holds each alternative at both ends"));
    let own = matches!(&operand::bare(operand).kind, OperandKind::String(_));
    judged.say(if own { said.fix("put parentheses around the alternatives", operand.span, meant, Safety::Unsafe) } else { said });
}

/// `matches ".*"`: the empty string does not match.
fn empty_text(judged: &Judged<'_>, operand: &Operand) {
    let Some(literal) = judged.string(operand) else { return };
    let whole = format!("^(?:{})$", literal.raw);
    let matches_empty = || Pattern::new(&whole).is_ok_and(|pattern| pattern.is_match("").unwrap_or(false));
    if !Pattern::may_match_nothing(&whole) || !matches_empty() {
        return;
    }
    let said = Diagnostic::new(&codes::lint::EMPTY_NEVER_MATCHES, operand.span, "the empty string never satisfies `matches`")
        .here("the pattern would take it")
        .help("`ColumnValues … in [EMPTY]`, joined with `or`, lets it pass");
    let own = matches!(&operand::bare(operand).kind, OperandKind::String(_));
    judged.say(match once_or_more(literal).filter(|_| own) {
        Some(same) => said.fix("write what it means: once or more", operand.span, format!("\"{same}\""), Safety::Safe),
        None => said,
    });
}

/// `[a-z]+` for `[a-z]*`: a single item, any number of times.
fn once_or_more(literal: &StringLit) -> Option<String> {
    let item = literal.raw.strip_suffix('*')?;
    let single = match item.as_bytes() {
        [b'.'] => true,
        [b'\\', escaped] => escaped.is_ascii_alphabetic(),
        [b'[', inner @ .., b']'] => !inner.is_empty() && !inner.iter().any(|byte| b"[]\\&".contains(byte)),
        _ => false,
    };
    single.then(|| format!("{item}+"))
}

/// `= "12:30"` compares with today's date.
fn time_of_day(judged: &Judged<'_>, condition: &Condition) {
    let operands = operand::operands(condition);
    let Some(time) = operands.iter().find(|operand| matches!(operand::bare(operand).kind, OperandKind::Time(_))) else { return };
    let said = Diagnostic::new(
        &codes::lint::TIME_OF_DAY,
        time.span,
        "a time of the day in quotes is a date here: today, without the time",
    )
    .here("not text");
    let is_text = judged.column(0).is_some_and(|column| column.is_text());
    let equals = matches!(condition.kind, ConditionKind::Compare(CompareOp::Eq, _));
    let pattern = format!("matches \"({})\"", operand_text(time, "").trim_matches('"'));
    judged.say(match (is_text, equals) {
        (true, true) => said.help(format!("`{pattern}` compares with the text")).fix(
            "compare with the text",
            condition.span,
            pattern,
            Safety::Unsafe,
        ),
        (true, false) => said.help(format!("`{pattern}` compares with text")),
        (false, _) => said.help("only days are compared: a time of the day has no effect"),
    });
}

/// Backslashes and apostrophes, which AWS reads once more as a part of SQL.
fn text_on_aws(judged: &Judged<'_>, condition: &Condition) {
    if matches!(condition.kind, ConditionKind::Matches { .. }) {
        return;
    }
    let listed = matches!(condition.kind, ConditionKind::In { .. });
    for operand in operand::operands(condition) {
        let OperandKind::String(literal) = &operand::bare(operand).kind else { continue };
        let here = if literal.value.contains('\'') {
            "AWS writes this into SQL, where the apostrophe ends the text: the rule fails there"
        } else if listed && literal.value.contains('\\') {
            "AWS takes the backslash away twice in a list: another value there"
        } else {
            continue;
        };
        let mut said = Diagnostic::new(&codes::lint::TEXT_ON_AWS, operand.span, "AWS reads this text differently").here(here);
        said.severity = judged.cx.on_aws();
        judged.say(said.note("here it means the text as it is written"));
    }
}

/// 2^53: up to here doubles are exact for whole numbers.
const EXACT: i128 = 1 << 53;

/// Whole numbers beyond 2^53, which AWS compares as doubles.
fn rounded_on_aws(judged: &Judged<'_>, condition: &Condition) {
    let whole = judged.column(0).is_some_and(|column| {
        column.data_type.is_integer() || matches!(column.data_type, DataType::Decimal128(..) | DataType::Decimal256(..))
    });
    let beyond =
        |text: &str| text.split('.').next().and_then(|whole| whole.parse::<i128>().ok()).is_some_and(|n| n.abs() > EXACT);
    for operand in operand::operands(condition) {
        if whole && values::plain(operand).is_some_and(beyond) {
            let mut said = Diagnostic::new(&codes::lint::ROUNDED_ON_AWS, operand.span, "AWS rounds numbers beyond 2^53")
                .here("compared exactly here, as a double there");
            said.severity = judged.cx.on_aws();
            judged.say(said);
        }
    }
}
