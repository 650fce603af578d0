//! Rules that are decided before any data is read: nothing can satisfy them, or everything does.

use super::domain::{Scale, Set, doubles};
use super::values::{self, Domain, Values};
use super::{Column, Judged};
use crate::diag::{Diagnostic, Edit, Fix, Safety, Severity, codes, suggest};
use crate::source::Span;
use crate::stdlib::expr::HIDDEN;
use crate::stdlib::rule::accept::is_threshold;
use crate::stdlib::rule::bound::{ByZero, Check, GroupFigure, Metric, TallyKind};
use crate::stdlib::rule::cast::Target;
use crate::stdlib::rule::operand::{self, Kind};
use crate::stdlib::types::type_name;
use crate::syntax::dqdl::ast::{CompareOp, Condition, ConditionKind, Operand, OperandKind};

/// Says whether a rule can only fail or only hold.
pub(super) fn rule(judged: &Judged<'_>) {
    if judged.name() == "ColumnValues" && listed_texts(judged) {
        return;
    }
    if judged.name() == "ColumnDataType" && data_type(judged) {
        return;
    }
    if let Some(domain) = values::domain(judged) {
        values_of(judged, &domain);
        return;
    }
    measures(judged);
}

/// What a measure can be.
pub(super) struct Range {
    pub(super) scale: Scale,
    pub(super) all: Set,
    /// Whether it may be not a number, or off by a rounding, or more is asked than its figure: then nothing is sure to satisfy.
    vague: bool,
    /// What it is, for "no … satisfies this"; empty for the columns themselves.
    noun: &'static str,
    /// Why it can be nothing else.
    why: String,
    /// Whether columns decide it.
    known: bool,
    /// What the rule still checks if every value of it satisfies.
    rest: &'static str,
}

impl Range {
    fn share() -> Self {
        Self {
            scale: Scale::Double,
            all: doubles(0.0, 1.0),
            vague: false,
            noun: "share",
            why: "a share lies between 0 and 1".to_owned(),
            known: false,
            rest: "that there is something to measure",
        }
    }

    fn count() -> Self {
        let all = Set::between(0, i128::MAX);
        let why = "a count is a whole number and never negative".to_owned();
        Self { scale: Scale::WHOLE, all, noun: "count", why, rest: "nothing", ..Self::share() }
    }

    fn positive(noun: &'static str, why: &str) -> Self {
        Self { all: doubles(0.0, f64::INFINITY), vague: true, noun, why: why.to_owned(), ..Self::share() }
    }

    fn known(value: f64, why: String) -> Self {
        Self { all: doubles(value, value), noun: "", why, known: true, rest: "nothing", ..Self::share() }
    }
}

/// What the measure of a check can be; `None` if it can be anything, or is not known.
pub(super) fn range(judged: &Judged<'_>, check: &Check) -> Option<Range> {
    let completeness = || {
        let never_null = judged.column(0).filter(|column| !column.nullable);
        never_null.map_or_else(Range::share, |column| {
            let why = format!("`{}` is declared to be never null", column.name);
            Range { rest: "that there are rows", ..Range::known(1.0, why) }
        })
    };
    Some(match &check.metric {
        Metric::Rows if judged.name() == "RowCount" => Range::count(),
        Metric::Share if ["Completeness", "IsComplete"].contains(&judged.name()) => completeness(),
        // It also asks for keys that are unique.
        Metric::Share if judged.name() == "DatasetMatch" => Range { vague: true, ..Range::share() },
        Metric::Share => Range::share(),
        Metric::Ratio(_, _, ByZero::Nothing) if judged.name() == "IsPrimaryKey" => Range::share(),
        Metric::Ratio(_, _, ByZero::Infinite) => Range::positive("ratio", "a ratio of counts is never negative"),
        Metric::Groups(GroupFigure::Uniqueness | GroupFigure::UniqueValueRatio, _) => Range::share(),
        Metric::Groups(GroupFigure::Distinct | GroupFigure::Duplicates, _) => Range::count(),
        Metric::Groups(GroupFigure::Entropy, _) => Range::positive("entropy", "an entropy is never negative"),
        Metric::Tally(tally) => match tally.kind {
            TallyKind::Variance => Range::positive("variance", "a variance is never negative"),
            TallyKind::StandardDeviation => Range::positive("standard deviation", "a standard deviation is never negative"),
            TallyKind::Correlation => {
                let why = "a correlation lies between -1 and 1".to_owned();
                Range { all: doubles(-1.0, 1.0), vague: true, noun: "correlation", why, ..Range::share() }
            }
            TallyKind::Zeros => Range::count(),
            TallyKind::Range | TallyKind::InterquartileRange => Range::positive("range", "a range is never negative"),
            TallyKind::Count
            | TallyKind::Sum
            | TallyKind::Minimum
            | TallyKind::Maximum
            | TallyKind::Skewness
            | TallyKind::Kurtosis
            | TallyKind::Histogram(_) => return None,
        },
        Metric::Known(value) if judged.cx.is_declared() && value.is_finite() => Range::known(*value, schema(judged, *value)?),
        _ if judged.leaf.threshold => Range { vague: true, ..Range::share() },
        _ => return None,
    })
}

/// What columns decide, and how.
fn schema(judged: &Judged<'_>, value: f64) -> Option<String> {
    let names = || judged.cx.scope.primary.schema().fields().iter().map(|field| field.name().as_str());
    let shown = || names().filter(|name| !name.starts_with(HIDDEN));
    let holds = value >= 1.0;
    Some(match judged.name() {
        "ColumnCount" => format!("there are {value} columns"),
        "ColumnExists" => {
            let name = judged.parameter(0)?;
            match shown().find(|other| other.eq_ignore_ascii_case(name)) {
                _ if holds => format!("there is a column `{name}`"),
                Some(same) => format!("the column is called `{same}`: upper and lower case matter here"),
                None => format!("there is no column `{name}`, there are {}", suggest::list(shown(), 8)),
            }
        }
        "ColumnNamesMatchPattern" if holds => "every column's name contains a match".to_owned(),
        "ColumnNamesMatchPattern" => {
            let matching = (value * shown().count() as f64).round();
            format!("{matching} of {} names contain a match", shown().count())
        }
        "SchemaMatch" if holds => "both have the same columns".to_owned(),
        "SchemaMatch" => {
            let alias = judged.parameter(0)?;
            let (_, other) = judged.cx.scope.aliases.iter().find(|(name, _)| name == alias)?;
            let other = other.schema().fields().iter().filter(|field| !field.name().starts_with(HIDDEN)).count();
            match shown().count() {
                own if own == other => format!("{:.0} % of the columns are the same", value * 100.0),
                own => format!("{own} columns here and {other} there: other numbers of columns are no match at all"),
            }
        }
        _ => return None,
    })
}

/// The measures of a rule against its conditions.
fn measures(judged: &Judged<'_>) {
    let span = condition_span(judged);
    let mut all_hold = !judged.leaf.checks.is_empty();
    let mut reason = None;
    for check in &judged.leaf.checks {
        let decided = range(judged, check).and_then(|range| Some((range.scale.demanded(&check.condition)?, range)));
        let Some((set, range)) = decided else {
            all_hold = false;
            continue;
        };
        if set.and(&range.all).is_empty() {
            judged.say(never(span, range.noun, range.why, judged));
            return;
        }
        all_hold &= !range.vague && range.all.is_within(&set);
        reason = Some(range);
    }
    if let Some(range) = reason.filter(|_| all_hold) {
        judged.say(always(span, range.noun, range.why, range.rest, range.known));
    }
}

/// Where it is written what must hold.
fn condition_span(judged: &Judged<'_>) -> Span {
    let threshold = judged.rule.tags.iter().find(|tag| is_threshold(tag));
    let written = threshold.map(|tag| &tag.condition).or(judged.rule.condition.as_ref());
    written.map_or(judged.rule.span, |condition| condition.span)
}

fn never(span: Span, noun: &str, why: String, judged: &Judged<'_>) -> Diagnostic {
    let subject = if noun.is_empty() { "the columns do not satisfy".to_owned() } else { format!("no {noun} satisfies") };
    let said = Diagnostic::new(&codes::lint::NEVER_HOLDS, span, format!("{subject} this: the rule always fails")).here(why);
    let share = noun == "share" && judged.rule.condition.is_some();
    said.help(if share { "write a share between 0 and 1: 95 % is `0.95`" } else { "correct the condition, or remove the rule" })
}

fn always(span: Span, noun: &str, why: String, rest: &str, known: bool) -> Diagnostic {
    let subject = if noun.is_empty() { "the columns satisfy".to_owned() } else { format!("every {noun} satisfies") };
    let only = if rest == "nothing" { "" } else { "only " };
    let message = format!("{subject} this: the rule {only}checks {rest}");
    let mut said = Diagnostic::new(&codes::lint::ALWAYS_HOLDS, span, message).here(why);
    said = said.help("correct the condition, or remove the rule");
    if known {
        said.severity = Severity::Hint;
    }
    said
}

/// The values that a rule lets pass against those that there can be.
fn values_of(judged: &Judged<'_>, domain: &Domain) {
    let Some(condition) = &judged.rule.condition else { return };
    let Values::Numbers { set, all } = &domain.values else { return };
    let noun = if domain.kind == "lengths" { "length" } else { "value" };
    let name = &domain.column.name;
    let ends = match &condition.kind {
        ConditionKind::Between { .. } => Some("between both ends, without them, there is nothing".to_owned()),
        _ => None,
    };
    let of_type = match domain.kind {
        "lengths" => "a length is a whole number and never negative".to_owned(),
        _ => format!("`{name}` is {}", values::described(&domain.column)),
    };
    if domain.is_empty() {
        // `= NULL` asks for nulls.
        if domain.null != values::Null::Passes {
            let why = ends.filter(|_| set.is_empty()).unwrap_or(of_type);
            judged.say(never(condition.span, noun, why, judged));
        }
        return;
    }
    let nulls_fail = domain.null == values::Null::Fails && domain.column.nullable;
    if all.is_within(set) && !is_not_null(condition) && !nulls_fail {
        let rest = match domain.null {
            values::Null::Passes => "nothing",
            _ if domain.kind == "lengths" => "that there is a value",
            _ => "that there are rows",
        };
        let why = if set.is_all() { ends.unwrap_or(of_type) } else { of_type };
        judged.say(always(condition.span, noun, why, rest, !set.is_all() && domain.kind != "lengths"));
        return;
    }
    impossible(judged, condition, domain, all);
}

/// `!= NULL`
fn is_not_null(condition: &Condition) -> bool {
    operand::operands(condition).into_iter().all(|operand| operand::kind(operand) == Ok(Kind::Null))
}

/// Listed numbers that the column's type does not have.
fn impossible(judged: &Judged<'_>, condition: &Condition, domain: &Domain, all: &Set) {
    if domain.kind != "values" || !matches!(condition.kind, ConditionKind::In { .. }) {
        return;
    }
    let Some((scale, _)) = values::numbers_of(&domain.column.data_type) else { return };
    for operand in operand::operands(condition) {
        let Some(place) = values::plain(operand).and_then(|text| scale.place(text)) else { continue };
        let possible = place.point().is_some_and(|point| !Set::points([point]).and(all).is_empty());
        if !possible {
            judged.say(no_value(operand, &domain.column));
        }
    }
}

fn no_value(operand: &Operand, column: &Column) -> Diagnostic {
    let message = format!("`{}` has no such value", column.name);
    Diagnostic::new(&codes::lint::IMPOSSIBLE_VALUE, operand.span, message)
        .here(format!("the column is {}", values::described(column)))
        .help("correct the value, or leave it out")
}

/// Numbers that are compared with strings; whether something was said.
fn listed_texts(judged: &Judged<'_>) -> bool {
    let Some(condition) = &judged.rule.condition else { return false };
    let Some(column) = judged.column(0).filter(|column| column.data_type.is_numeric()) else { return false };
    if values::kind(condition) != Kind::Text || matches!(condition.kind, ConditionKind::Matches { .. }) {
        return false;
    }
    let operands = operand::operands(condition);
    let whole =
        values::numbers_of(&column.data_type).filter(|(scale, _)| *scale == Scale::WHOLE && column.data_type.is_integer());
    let mut edits = Vec::new();
    let mut said = false;
    for operand in &operands {
        let OperandKind::String(literal) = &operand::bare(operand).kind else { continue };
        let is_written_so = |(scale, all): &(Scale, Set)| {
            let point = scale.place(&literal.value).and_then(super::domain::Place::point);
            point.is_some_and(|point| point.to_string() == literal.value && !Set::points([point]).and(all).is_empty())
        };
        match &whole {
            Some(whole) if !is_written_so(whole) => {
                said = true;
                judged.say(no_value(operand, &column).note("a number is compared with text as it is written: 5 is `\"5\"`"));
            }
            _ => edits.push(Edit { span: operand.span, text: literal.value.clone() }),
        }
    }
    if said {
        return true;
    }
    let message = format!("`{}` holds numbers and is compared with text", column.name);
    let mut diagnostic = Diagnostic::new(&codes::lint::NUMBER_AS_TEXT, condition.span, message)
        .here(format!("the column is `{}`", type_name(&column.data_type)))
        .help("compare with numbers: leave out the quotes");
    let compares = matches!(condition.kind, ConditionKind::Compare(CompareOp::Eq | CompareOp::Ne, _) | ConditionKind::In { .. });
    if whole.is_some() && compares && edits.len() == operands.len() && !edits.is_empty() {
        diagnostic.fix = Some(Fix { title: "leave out the quotes".to_owned(), edits, safety: Safety::Safe });
    }
    judged.say(diagnostic);
    true
}

/// Types whose values are all of one kind; whether something was said.
fn data_type(judged: &Judged<'_>) -> bool {
    let Some(Condition { kind: ConditionKind::Compare(operator, operand), span }) = &judged.rule.condition else { return false };
    let Some(column) = judged.column(0).filter(|column| !column.is_text()) else { return false };
    if judged.rule.tags.iter().any(|tag| tag.name.text == "format") || judged.leaf.threshold {
        return false;
    }
    let Some(target) = judged.string(operand).and_then(|literal| Target::parse(&literal.value)) else { return false };
    // To AWS whatever is cast without loss of the value's kind is of the type.
    let Some(casts) = target.takes_type(&column.data_type) else { return false };
    let (name, own) = (&column.name, type_name(&column.data_type));
    let holds = casts == (*operator == CompareOp::Eq);
    let why = if casts { format!("any `{own}` can be cast to it") } else { format!("no `{own}` can be cast to it") };
    if holds && *operator == CompareOp::Eq && column.nullable {
        // A null is not cast to anything.
        let message = format!("every `{own}` can be cast to it: the rule only finds nulls");
        judged.say(
            Diagnostic::new(&codes::lint::PLAINER_RULE, judged.rule.span, message)
                .here(format!("`{name}` is `{own}`"))
                .help(format!("`IsComplete \"{name}\"` says so")),
        );
    } else if holds {
        judged.say(always(*span, "value", why, "nothing", true));
    } else if !casts || !column.nullable {
        judged.say(never(*span, "value", format!("{why}: `{name}` is `{own}`"), judged));
    } else {
        return false;
    }
    true
}
