//! AWS's cron expressions: when triggers and crawlers start.
//!
//! `cron(minutes hours day-of-month month day-of-week year)`, in UTC. One of the two days is `?`; weeks begin on Sunday, day 1; `L`
//! is the last day, `15W` the working day nearest to the 15th, `6#3` the third Friday. Source: AWS Glue Developer Guide, "Time-based
//! schedules for jobs and crawlers".

use std::collections::BTreeSet;
use std::ops::Range;

use chrono::{Datelike, Days, NaiveDate, Weekday};

/// The last year that a schedule can name.
const LAST_YEAR: u16 = 2199;
/// What AWS Glue starts is at least so many minutes apart.
const LEAST_APART: u16 = 5;
const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    days: Vec<Day>,
    months: BTreeSet<u16>,
    weekdays: Vec<DayOfWeek>,
    years: BTreeSet<u16>,
}

/// What is wrong with the text of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Which bytes of it.
    pub at: Range<usize>,
    /// A clause that stands alone.
    pub message: String,
    /// What to do.
    pub help: String,
    /// What can be written in its place without changing what is meant.
    pub fix: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Day {
    /// Any day, or `?`.
    Any,
    On(BTreeSet<u16>),
    Last,
    LastWorking,
    NearestWorking(u16),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum DayOfWeek {
    Any,
    On(BTreeSet<u16>),
    Last(u16),
    Nth(u16, u16),
}

/// One of the six fields.
struct Field<'a> {
    name: &'static str,
    text: &'a str,
    at: Range<usize>,
    bounds: (u16, u16),
    names: &'static [&'static str],
}

impl Cron {
    /// Reads a schedule.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let fields = fields(text)?;
        let [minutes, hours, day, month, weekday, year] = &fields;
        let set = |field: &Field<'_>| field.set(field.text, 0);
        let (minute_set, _) = (set(minutes)?, set(hours)?);
        apart(minutes, &minute_set)?;
        let (months, years) = (set(month)?, set(year)?);
        let days = day.parts().map(|(part, at)| day.day(part, at)).collect::<Result<_, _>>()?;
        let weekdays = weekday.parts().map(|(part, at)| weekday.weekday(part, at)).collect::<Result<_, _>>()?;
        match (day.text, weekday.text) {
            ("?", "?") => Err(weekday.fault(0..1, "both days are left open", "write `*` for one of them", Some("*"))),
            (one, other) if one != "?" && other != "?" => {
                let (field, fix) = if other == "*" { (weekday, Some("?")) } else { (day, (one == "*").then_some("?")) };
                let help = "write `?` for the day of the month or for the day of the week";
                Err(field.fault(0..field.text.len(), "only one of the two days can be said", help, fix))
            }
            _ => Ok(Self { days, months, weekdays, years }),
        }
    }

    /// The first day from `start` on at which it starts something; `None` if there is none up to the last year that can be named.
    pub fn first_day(&self, start: NaiveDate) -> Option<NaiveDate> {
        let first_year = u16::try_from(start.year()).unwrap_or(0);
        for year in self.years.iter().copied().filter(|year| *year >= first_year) {
            for month in &self.months {
                let mut day = NaiveDate::from_ymd_opt(i32::from(year), u32::from(*month), 1)?;
                let this_month = day.month();
                while day.month() == this_month {
                    if day >= start && self.days.iter().any(|one| one.is(day)) && self.weekdays.iter().any(|one| one.is(day)) {
                        return Some(day);
                    }
                    day = day.checked_add_days(Days::new(1))?;
                }
            }
        }
        None
    }
}

impl Day {
    fn is(&self, day: NaiveDate) -> bool {
        let number = |day: NaiveDate| u16::try_from(day.day()).unwrap_or(0);
        match self {
            Self::Any => true,
            Self::On(days) => days.contains(&number(day)),
            Self::Last => last_of_month(day) == day.day(),
            Self::LastWorking => nearest_working(day, last_of_month(day)) == Some(day),
            Self::NearestWorking(wanted) => nearest_working(day, u32::from(*wanted)) == Some(day),
        }
    }
}

impl DayOfWeek {
    fn is(&self, day: NaiveDate) -> bool {
        let number = u16::try_from(day.weekday().num_days_from_sunday() + 1).unwrap_or(0);
        match self {
            Self::Any => true,
            Self::On(days) => days.contains(&number),
            Self::Last(wanted) => number == *wanted && day.day() + 7 > last_of_month(day),
            Self::Nth(wanted, nth) => number == *wanted && (day.day() - 1) / 7 + 1 == u32::from(*nth),
        }
    }
}

fn last_of_month(day: NaiveDate) -> u32 {
    (28..=31).rev().find(|last| day.with_day(*last).is_some()).unwrap_or(28)
}

/// The day from Monday to Friday nearest to a day of the same month, in that month.
fn nearest_working(of: NaiveDate, wanted: u32) -> Option<NaiveDate> {
    let day = of.with_day(wanted)?;
    let moved = |by: i64| of.with_day(u32::try_from(i64::from(wanted) + by).ok()?);
    match day.weekday() {
        Weekday::Sat => moved(-1).or_else(|| moved(2)),
        Weekday::Sun => moved(1).or_else(|| moved(-2)),
        _ => Some(day),
    }
}

/// Cuts a schedule into its six fields.
fn fields(text: &str) -> Result<[Field<'_>; 6], Fault> {
    const SHAPE: &str = "write `cron(0 2 * * ? *)`: minutes, hours, day of the month, month, day of the week, year; in UTC";
    let fault = |at: Range<usize>, message: String| Fault { at, message, help: SHAPE.to_owned(), fix: None };
    let start = text.len() - text.trim_start().len();
    let inside = text.trim().strip_prefix("cron(").and_then(|rest| rest.strip_suffix(')'));
    let Some(inside) = inside else {
        return Err(fault(0..text.len(), format!("`{}` is no schedule", text.trim())));
    };
    let from = start + "cron(".len();
    let mut words: Vec<(&str, usize)> = Vec::new();
    let mut at = 0;
    for word in inside.split_whitespace() {
        let place = at + inside[at..].find(word).unwrap_or(0);
        words.push((word, from + place));
        at = place + word.len();
    }
    let count = words.len();
    let shapes: [(&'static str, (u16, u16), &'static [&'static str]); 6] = [
        ("minutes", (0, 59), &[]),
        ("hours", (0, 23), &[]),
        ("the day of the month", (1, 31), &[]),
        ("the month", (1, 12), MONTHS),
        ("the day of the week", (1, 7), WEEKDAYS),
        ("the year", (1970, LAST_YEAR), &[]),
    ];
    let made: Vec<Field<'_>> = words
        .into_iter()
        .zip(shapes)
        .map(|((text, at), (name, bounds, names))| Field { name, text, at: at..at + text.len(), bounds, names })
        .collect();
    <[Field<'_>; 6]>::try_from(made)
        .ok()
        .filter(|_| count == 6)
        .ok_or_else(|| fault(from..from + inside.len(), format!("a schedule has six fields, not {count}")))
}

/// Reports minutes that stand nearer to each other than AWS Glue starts anything.
fn apart(field: &Field<'_>, minutes: &BTreeSet<u16>) -> Result<(), Fault> {
    let mut all: Vec<u16> = minutes.iter().copied().collect();
    all.extend(minutes.first().map(|first| first + 60));
    if all.windows(2).any(|two| two[1] - two[0] < LEAST_APART) {
        let message = format!("AWS Glue starts nothing more often than every {LEAST_APART} minutes");
        return Err(field.fault(0..field.text.len(), message, "write `0/5`, or fewer minutes", None));
    }
    Ok(())
}

impl<'a> Field<'a> {
    fn fault(&self, at: Range<usize>, message: impl Into<String>, help: impl Into<String>, fix: Option<&'static str>) -> Fault {
        let at = self.at.start + at.start..self.at.start + at.end;
        Fault { at, message: message.into(), help: help.into(), fix }
    }

    fn wrong(&self, part: &str, at: usize) -> Fault {
        let (least, most) = self.bounds;
        let names = match self.names {
            [first, .., last] => format!(", or `{first}` to `{last}`"),
            _ => String::new(),
        };
        let message = format!("`{part}` cannot stand for {}", self.name);
        self.fault(at..at + part.len(), message, format!("write {least} to {most}{names}, `*`, `1-5`, `1,15` or `0/10`"), None)
    }

    /// What commas separate, each with its place.
    fn parts(&self) -> impl Iterator<Item = (&'a str, usize)> {
        let mut at = 0;
        self.text.split(',').map(move |part| {
            let place = at;
            at += part.len() + 1;
            (part, place)
        })
    }

    fn number(&self, word: &str) -> Option<u16> {
        let named = self.names.iter().position(|name| name.eq_ignore_ascii_case(word));
        let named = named.and_then(|at| u16::try_from(at + 1).ok());
        named.or_else(|| word.parse().ok().filter(|number| (self.bounds.0..=self.bounds.1).contains(number)))
    }

    /// The numbers of `1-5`, `*`, `0/10`, `3,7`.
    fn set(&self, text: &str, at: usize) -> Result<BTreeSet<u16>, Fault> {
        let (least, most) = self.bounds;
        let mut found = BTreeSet::new();
        let mut place = at;
        for part in text.split(',') {
            let (range, step) = part.split_once('/').map_or((part, None), |(range, step)| (range, Some(step)));
            let bounds = match (range, range.split_once('-')) {
                ("*", _) => Some((least, most)),
                (_, Some((from, to))) => self.number(from).zip(self.number(to)),
                (one, None) => self.number(one).map(|one| (one, if step.is_some() { most } else { one })),
            };
            let step = step.map_or(Some(1), |step| step.parse::<u16>().ok().filter(|step| *step > 0));
            let (Some((from, to)), Some(step)) = (bounds, step) else { return Err(self.wrong(part, place)) };
            if from <= to {
                found.extend((from..=to).step_by(usize::from(step)));
            } else {
                // `FRI-MON` goes round.
                found.extend((from..=most).chain(least..=to).step_by(usize::from(step)));
            }
            place += part.len() + 1;
        }
        Ok(found)
    }

    fn day(&self, part: &str, at: usize) -> Result<Day, Fault> {
        Ok(match part {
            "?" | "*" => Day::Any,
            "L" => Day::Last,
            "LW" => Day::LastWorking,
            _ => match part.strip_suffix('W') {
                Some(day) => Day::NearestWorking(self.number(day).ok_or_else(|| self.wrong(part, at))?),
                None => Day::On(self.set(part, at)?),
            },
        })
    }

    fn weekday(&self, part: &str, at: usize) -> Result<DayOfWeek, Fault> {
        let wrong = || self.wrong(part, at);
        Ok(match part {
            "?" | "*" => DayOfWeek::Any,
            // Alone it is Saturday, the last day of a week.
            "L" => DayOfWeek::On(BTreeSet::from([7])),
            _ => match (part.strip_suffix('L'), part.split_once('#')) {
                (Some(day), _) => DayOfWeek::Last(self.number(day).ok_or_else(wrong)?),
                (_, Some((day, nth))) => {
                    let nth = nth.parse().ok().filter(|nth| (1..=5).contains(nth));
                    DayOfWeek::Nth(self.number(day).ok_or_else(wrong)?, nth.ok_or_else(wrong)?)
                }
                (None, None) => DayOfWeek::On(self.set(part, at)?),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Option<String> {
        let start = NaiveDate::from_ymd_opt(2026, 11, 29).unwrap();
        Cron::parse(text).unwrap_or_else(|fault| panic!("{text}: {fault:?}")).first_day(start).map(|day| day.to_string())
    }

    #[test]
    fn the_first_day_is_found() {
        let check = |text: &str, expected: &str| assert_eq!(first(text).as_deref(), Some(expected), "{text}");
        // 29 November 2026 is a Sunday.
        check("cron(0 2 * * ? *)", "2026-11-29");
        check("cron(30 5 ? * SUN *)", "2026-11-29");
        check("cron(0 12 ? * MON-FRI *)", "2026-11-30");
        check("cron(0 12 ? * 2 *)", "2026-11-30");
        check("cron(0 8 1 * ? *)", "2026-12-01");
        check("cron(0 8 L * ? *)", "2026-11-30");
        check("cron(0 8 LW 2 ? *)", "2027-02-26");
        check("cron(0 8 15W 8 ? *)", "2027-08-16");
        check("cron(0 8 1W 8 ? *)", "2027-08-02");
        check("cron(0 8 ? 12 6#3 *)", "2026-12-18");
        check("cron(0 8 ? * 5L 2027)", "2027-01-28");
        check("cron(0/15 * 29 FEB ? *)", "2028-02-29");
        check("cron(0 10 ? * SAT-SUN *)", "2026-11-29");
        check(" cron(15,45 10 * * ? 2027-2030) ", "2027-01-01");
    }

    #[test]
    fn some_days_never_come() {
        for text in ["cron(0 2 30 2 ? *)", "cron(0 2 31 4,6,9,11 ? *)", "cron(0 2 * * ? 2025)", "cron(0 2 29 2 ? 2027)"] {
            assert_eq!(first(text), None, "{text}");
        }
    }

    #[test]
    fn faults_have_their_place() {
        let check = |text: &str, at: &str, message: &str| {
            let fault = Cron::parse(text).expect_err(text);
            assert_eq!((&text[fault.at.clone()], fault.message.as_str()), (at, message), "{text}");
        };
        check("rate(5 minutes)", "rate(5 minutes)", "`rate(5 minutes)` is no schedule");
        check("cron(0 2 * * *)", "0 2 * * *", "a schedule has six fields, not 5");
        check("cron(0 2 * * * *)", "*", "only one of the two days can be said");
        check("cron(0 2 ? * ? *)", "?", "both days are left open");
        check("cron(0 25 * * ? *)", "25", "`25` cannot stand for hours");
        check("cron(0 2 1,32 * ? *)", "32", "`32` cannot stand for the day of the month");
        check("cron(0 2 ? * MOO *)", "MOO", "`MOO` cannot stand for the day of the week");
        check("cron(* * * * ? *)", "*", "AWS Glue starts nothing more often than every 5 minutes");
        check("cron(58,1 * * * ? *)", "58,1", "AWS Glue starts nothing more often than every 5 minutes");
        check("cron(0 2 ? * 6#6 *)", "6#6", "`6#6` cannot stand for the day of the week");
    }

    #[test]
    fn any_text_is_read_or_refused() {
        for text in [
            "",
            "cron(",
            "cron()",
            "cron(,,, , , , ,)",
            "cron(é é é é é é)",
            "cron(1/0 * * * ? *)",
            "cron(0 2 W * ? *)",
            "cron(0 2 ? * # *)",
        ] {
            assert!(Cron::parse(text).is_err(), "{text}");
        }
    }
}
