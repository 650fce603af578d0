//! Operands of conditions: what kind they are, and their values.

use chrono::{DateTime, Duration as Span, NaiveDate, Utc};

use crate::syntax::dqdl::ast::{
    ArithmeticOp, Condition, ConditionKind, Duration, DurationUnit, Keyword, Operand, OperandKind, Set, SizeUnit,
};

/// What kind of thing an operand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `10`, `2 + 3`, `avg(last(3))`
    Number,
    /// `"US"`, `EMPTY`, `WHITESPACES_ONLY`
    Text,
    /// `"2024-01-31"`, `"21:45"`, `now()`, `(now() - 3 days)`
    Date,
    /// `24 hours`
    Duration,
    /// `2 MB`
    Size,
    /// `NULL`
    Null,
}

impl Kind {
    /// For a sentence: `a number`.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "a string",
            Self::Date => "a date or time",
            Self::Duration => "a duration",
            Self::Size => "a size",
            Self::Null => "NULL",
        }
    }
}

/// The kind of an operand, or the part of it that makes no sense. A constant is text: there are no others.
pub(super) fn kind(operand: &Operand) -> Result<Kind, &Operand> {
    match &operand.kind {
        OperandKind::Number(_) | OperandKind::Call { .. } => Ok(Kind::Number),
        OperandKind::Date(_) | OperandKind::Time(_) | OperandKind::Now => Ok(Kind::Date),
        OperandKind::Keyword(Keyword::Null) => Ok(Kind::Null),
        OperandKind::String(_) | OperandKind::Variable(_) | OperandKind::Keyword(Keyword::Empty | Keyword::WhitespacesOnly) => {
            Ok(Kind::Text)
        }
        OperandKind::Duration(_) => Ok(Kind::Duration),
        OperandKind::Size { .. } => Ok(Kind::Size),
        OperandKind::Parenthesized(inner) => kind(inner),
        OperandKind::Arithmetic { operator, left, right } => match (kind(left)?, operator, kind(right)?) {
            (Kind::Number, _, Kind::Number) => Ok(Kind::Number),
            (Kind::Date, ArithmeticOp::Add | ArithmeticOp::Subtract, Kind::Duration) => Ok(Kind::Date),
            _ => Err(operand),
        },
    }
}

/// The operands of a condition, left to right; none for `in $name`.
pub(super) fn operands(condition: &Condition) -> Vec<&Operand> {
    match &condition.kind {
        ConditionKind::Compare(_, operand) | ConditionKind::Matches { pattern: operand, .. } => vec![operand],
        ConditionKind::Between { low, high, .. } => vec![low, high],
        ConditionKind::In { set: Set::Listed(listed), .. } => listed.iter().collect(),
        ConditionKind::In { set: Set::Variable(_), .. } => Vec::new(),
    }
}

/// Without its parentheses.
pub(super) fn bare(operand: &Operand) -> &Operand {
    match &operand.kind {
        OperandKind::Parenthesized(inner) => bare(inner),
        _ => operand,
    }
}

/// The value of a number, or the call in it that has none here.
pub(super) fn number(operand: &Operand) -> Result<Option<f64>, &Operand> {
    match &operand.kind {
        OperandKind::Number(text) => text.parse().map(Some).map_err(|_| operand),
        OperandKind::Keyword(Keyword::Null) => Ok(None),
        OperandKind::Parenthesized(inner) => number(inner),
        OperandKind::Size { amount, unit } => {
            let shift = match unit {
                SizeUnit::B => 0,
                SizeUnit::Kb => 10,
                SizeUnit::Mb => 20,
                SizeUnit::Gb => 30,
                SizeUnit::Tb => 40,
            };
            amount.parse::<f64>().map(|amount| Some(amount * (1_u64 << shift) as f64)).map_err(|_| operand)
        }
        OperandKind::Duration(duration) => hours(duration).map(Some).ok_or(operand),
        OperandKind::Arithmetic { operator, left, right } => {
            let (Some(left), Some(right)) = (number(left)?, number(right)?) else { return Ok(None) };
            Ok(Some(match operator {
                ArithmeticOp::Add => left + right,
                ArithmeticOp::Subtract => left - right,
                ArithmeticOp::Multiply => left * right,
                ArithmeticOp::Divide => left / right,
            }))
        }
        OperandKind::Call { .. }
        | OperandKind::String(_)
        | OperandKind::Date(_)
        | OperandKind::Time(_)
        | OperandKind::Keyword(_)
        | OperandKind::Now
        | OperandKind::Variable(_) => Err(operand),
    }
}

/// `2024-01-31` without quotes, which is arithmetic: the text that was meant to be a date.
pub(super) fn looks_like_a_date(operand: &Operand) -> Option<String> {
    let OperandKind::Arithmetic { operator: ArithmeticOp::Subtract, left, right: day } = &operand.kind else { return None };
    let OperandKind::Arithmetic { operator: ArithmeticOp::Subtract, left: year, right: month } = &left.kind else { return None };
    let digits = |operand: &Operand, count: usize| match &operand.kind {
        OperandKind::Number(text) => {
            // Written as it is, so that the dashes touch.
            let tight = operand.span.end - operand.span.start == u32::try_from(count).ok()?;
            (tight && text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.clone())
        }
        _ => None,
    };
    let touch = year.span.end + 1 == month.span.start && month.span.end + 1 == day.span.start;
    let (year, month, day) = (digits(year, 4)?, digits(month, 2)?, digits(day, 2)?);
    let date = format!("{year}-{month}-{day}");
    (touch && NaiveDate::parse_from_str(&date, "%Y-%m-%d").is_ok()).then_some(date)
}

/// A duration in hours; minutes are rounded to four digits, as AWS does.
pub(super) fn hours(duration: &Duration) -> Option<f64> {
    let amount: f64 = duration.amount.parse().ok()?;
    Some(match duration.unit {
        DurationUnit::Days => amount * 24.0,
        DurationUnit::Hours => amount,
        DurationUnit::Minutes => (amount / 60.0 * 1e4).round() / 1e4,
    })
}

/// The day that a date operand means (UTC), or the part that is no day.
pub(super) fn day(operand: &Operand, now: DateTime<Utc>) -> Result<NaiveDate, &Operand> {
    match &operand.kind {
        OperandKind::Date(text) => NaiveDate::parse_from_str(text, "%Y-%m-%d").map_err(|_| operand),
        // A time of day is today's.
        OperandKind::Time(_) => Ok(now.date_naive()),
        OperandKind::Parenthesized(inner) => day(inner, now),
        _ => moment(operand, now).map(|time| time.date_naive()).ok_or(operand),
    }
}

fn moment(operand: &Operand, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    match &operand.kind {
        OperandKind::Now | OperandKind::Time(_) => Some(now),
        OperandKind::Parenthesized(inner) => moment(inner, now),
        OperandKind::Date(_) => day(operand, now).ok().and_then(|day| day.and_hms_opt(0, 0, 0)).map(|time| time.and_utc()),
        OperandKind::Arithmetic { operator, left, right } => shifted(moment(left, now)?, *operator, right),
        _ => None,
    }
}

/// A moment plus or minus a duration.
pub(super) fn shifted(moment: DateTime<Utc>, operator: ArithmeticOp, by: &Operand) -> Option<DateTime<Utc>> {
    let OperandKind::Duration(duration) = &bare(by).kind else { return None };
    let amount: i64 = duration.amount.parse().ok()?;
    let length = match duration.unit {
        DurationUnit::Days => Span::try_days(amount)?,
        DurationUnit::Hours => Span::try_hours(amount)?,
        DurationUnit::Minutes => Span::try_minutes(amount)?,
    };
    match operator {
        ArithmeticOp::Add => moment.checked_add_signed(length),
        ArithmeticOp::Subtract => moment.checked_sub_signed(length),
        ArithmeticOp::Multiply | ArithmeticOp::Divide => None,
    }
}
