//! `FileFreshness "data/in/" > (now() - 24 hours)`: the files were modified when they should have been.

use chrono::{DateTime, NaiveTime, Utc};

use super::bind::RuleCx;
use super::bound::Leaf;
use super::condition::NumberCondition;
use super::def::{Arity, Eval, RuleDef, RuleParam, Takes, Usable};
use super::file::{FileDemand, FileFigure, FileRule, FileSet};
use super::file_tags::{self, FAIL_FAST, ZONE};
use super::operand;
use super::values::DATES;
use crate::diag::{Diagnostic, Reported, codes};
use crate::syntax::dqdl::Zone;
use crate::syntax::dqdl::ast::{Condition, ConditionKind, Keyword, Operand, OperandKind};

pub(super) static FILE_FRESHNESS: RuleDef = RuleDef {
    name: "FileFreshness",
    summary: "the files were modified when the condition says",
    parameters: &[RuleParam::text("FilePath")],
    arity: Arity::Between(0, 1),
    takes: Takes::Date,
    filter: false,
    threshold: true,
    usable: Usable::Rules,
    eval: Eval::By(eval),
    page: include_str!("file_freshness.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let (place, tags, share) = (file_tags::place(cx, 0), file_tags::tags(cx, &[FAIL_FAST, ZONE]), file_tags::share(cx));
    let tags = tags?;
    let condition = moments(cx, cx.condition(), tags.zone);
    unused_zone(cx);
    let rule = FileRule {
        files: FileSet { place: place?, filters: tags.filters },
        demand: FileDemand::Modified(condition?),
        fail_fast: tags.fail_fast,
    };
    let reported = [("FileFreshness.Compliance", FileFigure::Compliance), ("FileCount", FileFigure::Count)];
    file_tags::leaf(cx, rule, &reported, share?)
}

/// The condition on a moment, in whole seconds since 1970: what S3 keeps of a file's time.
fn moments(cx: &RuleCx<'_, '_>, condition: &Condition, zone: Zone) -> Result<NumberCondition, Reported> {
    let operands = operand::operands(condition);
    if let Some(null) = operands.iter().find(|operand| is_null(operand)) {
        let never = Diagnostic::new(&codes::lint::NEVER_HOLDS, null.span, "a file's time is never NULL: the rule always fails");
        cx.say(never.here("compares a time with NULL").help("compare with a time: `> (now() - 24 hours)`"));
        return Ok(NumberCondition::Never);
    }
    let found: Vec<_> = operands
        .iter()
        .map(|operand| {
            let seconds = moment(operand, cx.scope.now, zone).map(|time| time.timestamp() as f64);
            seconds.map_err(|part| cx.error(not_a_moment(part)))
        })
        .collect();
    let found = found.into_iter().collect::<Result<Vec<f64>, _>>()?;
    if let (ConditionKind::Between { negated: false, .. }, [low, high]) = (&condition.kind, found.as_slice())
        && low >= high
    {
        let never = "nothing lies between these: the later time stands first";
        cx.say(
            Diagnostic::new(&codes::lint::NEVER_HOLDS, condition.span, never)
                .here("no time satisfies this")
                .help("write the earlier time first"),
        );
    }
    Ok(NumberCondition::of(&condition.kind, found))
}

fn not_a_moment(part: &Operand) -> Diagnostic {
    let text = match &part.kind {
        OperandKind::Date(text) => format!("`{text}` is no day of the calendar"),
        _ => "not a time that can be calculated".to_owned(),
    };
    Diagnostic::new(&codes::quality::BAD_DATE, part.span, text).help(DATES)
}

fn is_null(operand: &Operand) -> bool {
    matches!(operand::bare(operand).kind, OperandKind::Keyword(Keyword::Null))
}

/// The moment that an operand means, or the part of it that means none. A date is its midnight in UTC; a time of day is
/// that of today's date in UTC, read on the clocks of the zone.
fn moment(operand: &Operand, now: DateTime<Utc>, zone: Zone) -> Result<DateTime<Utc>, &Operand> {
    match &operand.kind {
        OperandKind::Now => Ok(now),
        OperandKind::Date(_) => operand::day(operand, now).map(|day| day.and_time(NaiveTime::MIN).and_utc()),
        OperandKind::Time(text) => time_of_day(text).map(|time| zone.moment(now.date_naive().and_time(time))).ok_or(operand),
        OperandKind::Parenthesized(inner) => moment(inner, now, zone),
        OperandKind::Arithmetic { operator, left, right } => {
            operand::shifted(moment(left, now, zone)?, *operator, right).ok_or(operand)
        }
        _ => Err(operand),
    }
}

/// `21:45`, `9:30 AM`
fn time_of_day(text: &str) -> Option<NaiveTime> {
    let (clock, half) = text.split_once(' ').map_or((text, None), |(clock, half)| (clock, Some(half)));
    let (hours, minutes) = clock.split_once(':')?;
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let hours = match half {
        None => hours,
        Some("AM") => hours % 12,
        Some(_) => hours % 12 + 12,
    };
    NaiveTime::from_hms_opt(hours, minutes, 0)
}

/// A time zone without a time of day to read in it.
fn unused_zone(cx: &RuleCx<'_, '_>) {
    let Some(tag) = cx.rule.tags.iter().find(|tag| tag.name.text == ZONE) else { return };
    if operand::operands(cx.condition()).into_iter().any(has_time) {
        return;
    }
    let message = "the time zone has no effect: no time of day is compared";
    let unused = Diagnostic::new(&codes::quality::UNUSED_TAG, tag.name.span, message);
    cx.say(unused.note("`now()` is a moment, and a date begins at midnight in UTC"));
}

fn has_time(operand: &Operand) -> bool {
    match &operand.kind {
        OperandKind::Time(_) => true,
        OperandKind::Parenthesized(inner) => has_time(inner),
        OperandKind::Arithmetic { left, .. } => has_time(left),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::time_of_day;

    #[test]
    fn times_of_day() {
        for (text, hours, minutes) in [
            ("21:45", 21, 45),
            ("00:00", 0, 0),
            ("9:30 AM", 9, 30),
            ("9:30 PM", 21, 30),
            ("12:15 AM", 0, 15),
            ("12:15 PM", 12, 15),
        ] {
            assert_eq!(time_of_day(text), chrono::NaiveTime::from_hms_opt(hours, minutes, 0), "{text}");
        }
    }
}
