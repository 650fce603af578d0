//! Dates and times: their parts, and reckoning with them.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, TimeZone, Timelike, Utc, Weekday};
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use datafusion::common::{Result, exec_err};

use super::def::{Call, Function, Run, Want, date, double, int, long, time};
use crate::stdlib::spark::{parse, text};

/// Parts of a date.
macro_rules! parts {
    ($($declared:ident $name:literal $([$alias:literal])? => $run:expr, $summary:literal;)*) => {
        $(pub(super) static $declared: Function = Function {
            name: $name,
            aliases: &[$($alias)?],
            takes: &[Want::Date],
            returns: int,
            run: Run::Batch(|call| of_day(call, $run)),
            summary: $summary,
            ..Function::BASE
        };)*
    };
}

parts! {
    YEAR "year" => |day| day.year(), "`year(d)`";
    QUARTER "quarter" => |day| small(day.month0() / 3 + 1), "`quarter(d)`: 1 to 4";
    MONTH "month" => |day| small(day.month()), "`month(d)`: 1 to 12";
    DAY "day" ["dayofmonth"] => |day| small(day.day()), "`day(d)`: of the month";
    DAYOFWEEK "dayofweek" => |day| small(day.weekday().number_from_sunday()), "`dayofweek(d)`: 1 is Sunday";
    WEEKDAY "weekday" => |day| small(day.weekday().num_days_from_monday()), "`weekday(d)`: 0 is Monday";
    DAYOFYEAR "dayofyear" => |day| small(day.ordinal()), "`dayofyear(d)`: 1 to 366";
    WEEKOFYEAR "weekofyear" => |day| small(day.iso_week().week()), "`weekofyear(d)`: the ISO week";
    ISODOW "__isodow" => |day| small(day.weekday().number_from_monday()), "";
    YEAROFWEEK "__yearofweek" => |day| day.iso_week().year(), "";
    UNIX_DATE "unix_date" => text::days, "`unix_date(d)`: days since 1970";
}

/// Parts of a time.
macro_rules! clock {
    ($($declared:ident $name:literal $run:expr, $summary:literal;)*) => {
        $(pub(super) static $declared: Function = Function {
            name: $name,
            takes: &[Want::Time],
            returns: int,
            run: Run::Batch(|call| {
                let time = call.time(0);
                let part: fn(NaiveDateTime) -> i32 = $run;
                call.values::<Int32Type>(|row| Ok(time.get(row).and_then(text::time).map(part)))
            }),
            summary: $summary,
            ..Function::BASE
        };)*
    };
}

clock! {
    HOUR "hour" |time| small(time.hour()), "`hour(t)`";
    MINUTE "minute" |time| small(time.minute()), "`minute(t)`";
    SECOND "second" |time| small(time.second()), "`second(t)`: whole seconds";
}

/// `extract(second from t)` has the fraction.
pub(super) static SECONDS: Function = Function {
    name: "__seconds",
    takes: &[Want::Time],
    returns: |_| Ok(DataType::Decimal128(8, 6)),
    run: Run::Batch(|call| {
        let time = call.time(0);
        call.values::<Decimal128Type>(|row| Ok(time.get(row).map(|micros| i128::from(micros.rem_euclid(60_000_000)))))
    }),
    ..Function::BASE
};

/// Times as numbers.
macro_rules! since {
    ($($declared:ident $name:literal $run:expr, $summary:literal;)*) => {
        $(pub(super) static $declared: Function = Function {
            name: $name,
            takes: &[Want::Time],
            returns: long,
            run: Run::Batch(|call| {
                let time = call.time(0);
                let number: fn(i64) -> i64 = $run;
                call.values::<Int64Type>(|row| Ok(time.get(row).map(number)))
            }),
            summary: $summary,
            ..Function::BASE
        };)*
    };
}

since! {
    UNIX_SECONDS "unix_seconds" |micros| micros.div_euclid(1_000_000), "`unix_seconds(t)`: seconds since 1970";
    UNIX_MILLIS "unix_millis" |micros| micros.div_euclid(1000), "`unix_millis(t)`: milliseconds since 1970";
    UNIX_MICROS "unix_micros" |micros| micros, "`unix_micros(t)`: microseconds since 1970";
}

pub(super) static TIMESTAMP_SECONDS: Function = Function {
    name: "timestamp_seconds",
    takes: &[Want::Number],
    returns: time,
    run: Run::Batch(|call| crate::stdlib::spark::cast::array(&call.column(0).array, &crate::stdlib::types::TIMESTAMP, call.now)),
    summary: "`timestamp_seconds(n)`: the time of seconds since 1970",
    ..Function::BASE
};

pub(super) static TIMESTAMP_MILLIS: Function = Function {
    name: "timestamp_millis",
    takes: &[Want::Long],
    returns: time,
    run: Run::Batch(|call| {
        let number = call.long(0);
        call.values::<TimestampMicrosecondType>(|row| Ok(number.get(row).and_then(|millis| millis.checked_mul(1000))))
    }),
    summary: "`timestamp_millis(n)`: the time of milliseconds since 1970",
    ..Function::BASE
};

pub(super) static TIMESTAMP_MICROS: Function = Function {
    name: "timestamp_micros",
    takes: &[Want::Long],
    returns: time,
    run: Run::Batch(|call| {
        let number = call.long(0);
        call.values::<TimestampMicrosecondType>(|row| Ok(number.get(row)))
    }),
    summary: "`timestamp_micros(n)`: the time of microseconds since 1970",
    ..Function::BASE
};

pub(super) static DATE_FROM_UNIX_DATE: Function = Function {
    name: "date_from_unix_date",
    takes: &[Want::Int],
    returns: date,
    run: Run::Batch(|call| {
        let number = call.int(0);
        call.values::<Date32Type>(|row| Ok(number.get(row)))
    }),
    summary: "`date_from_unix_date(n)`: the day of days since 1970",
    ..Function::BASE
};

pub(super) static MAKE_DATE: Function = Function {
    name: "make_date",
    takes: &[Want::Int, Want::Int, Want::Int],
    returns: date,
    run: Run::Batch(|call| {
        let (year, month, day) = (call.int(0), call.int(1), call.int(2));
        call.values::<Date32Type>(|row| {
            let (Some(year), Some(month), Some(day)) = (year.get(row), month.get(row), day.get(row)) else { return Ok(None) };
            let (Ok(month), Ok(day)) = (u32::try_from(month), u32::try_from(day)) else { return Ok(None) };
            Ok(NaiveDate::from_ymd_opt(year, month, day).map(text::days))
        })
    }),
    summary: "`make_date(year, month, day)`: NULL if there is no such day",
    ..Function::BASE
};

pub static DATE_ADD: Function = Function {
    name: "date_add",
    aliases: &["dateadd"],
    takes: &[Want::Date, Want::Int],
    returns: date,
    run: Run::Batch(|call| moved(call, 1)),
    summary: "`date_add(d, n)`: `n` days later",
    ..Function::BASE
};

pub static DATE_SUB: Function = Function {
    name: "date_sub",
    takes: &[Want::Date, Want::Int],
    returns: date,
    run: Run::Batch(|call| moved(call, -1)),
    summary: "`date_sub(d, n)`: `n` days earlier",
    ..Function::BASE
};

pub(super) static DATEDIFF: Function = Function {
    name: "datediff",
    aliases: &["date_diff"],
    takes: &[Want::Date, Want::Date],
    returns: int,
    run: Run::Batch(|call| {
        let (end, start) = (call.date(0), call.date(1));
        call.values::<Int32Type>(|row| Ok(end.get(row).zip(start.get(row)).map(|(end, start)| end.wrapping_sub(start))))
    }),
    summary: "`datediff(end, start)`: days from the second date to the first",
    ..Function::BASE
};

pub(super) static TIMESTAMPADD: Function = Function {
    name: "timestampadd",
    takes: &[Want::Text, Want::Int, Want::Time],
    returns: time,
    run: Run::Batch(|call| {
        let (unit, count, times) = (call.text(0), call.int(1), call.time(2));
        call.values::<TimestampMicrosecondType>(|row| {
            let (Some(unit), Some(count), Some(micros)) = (unit.get(row), count.get(row), times.get(row)) else {
                return Ok(None);
            };
            Ok(match of_unit(unit)? {
                Unit::Micros(size) => Some(micros.wrapping_add(size.wrapping_mul(i64::from(count)))),
                Unit::Months(size) => text::time(micros)
                    .and_then(|time| Some(text::micros(later(time.date(), count.checked_mul(size)?)?.and_time(time.time())))),
            })
        })
    }),
    summary: "`timestampadd(unit, n, t)`, `dateadd(unit, n, t)`: `n` units later",
    ..Function::BASE
};

pub(super) static TIMESTAMPDIFF: Function = Function {
    name: "timestampdiff",
    takes: &[Want::Text, Want::Time, Want::Time],
    returns: long,
    run: Run::Batch(|call| {
        let (unit, start, end) = (call.text(0), call.time(1), call.time(2));
        call.values::<Int64Type>(|row| {
            let (Some(unit), Some(start), Some(end)) = (unit.get(row), start.get(row), end.get(row)) else { return Ok(None) };
            Ok(match of_unit(unit)? {
                Unit::Micros(size) => Some((end - start) / size),
                Unit::Months(size) => {
                    text::time(start).zip(text::time(end)).map(|(start, end)| whole_months(start, end) / i64::from(size))
                }
            })
        })
    }),
    summary: "`timestampdiff(unit, start, end)`, `datediff(unit, start, end)`: whole units from one to the other",
    ..Function::BASE
};

enum Unit {
    Micros(i64),
    Months(i32),
}

fn of_unit(word: &str) -> Result<Unit> {
    Ok(match word.to_ascii_uppercase().as_str() {
        "MICROSECOND" => Unit::Micros(1),
        "MILLISECOND" => Unit::Micros(1000),
        "SECOND" => Unit::Micros(1_000_000),
        "MINUTE" => Unit::Micros(60_000_000),
        "HOUR" => Unit::Micros(3_600_000_000),
        "DAY" | "DAYOFYEAR" => Unit::Micros(86_400_000_000),
        "WEEK" => Unit::Micros(7 * 86_400_000_000),
        "MONTH" => Unit::Months(1),
        "QUARTER" => Unit::Months(3),
        "YEAR" => Unit::Months(12),
        _ => return exec_err!("`{word}` is no unit of time"),
    })
}

/// Months that have passed in whole.
fn whole_months(start: NaiveDateTime, end: NaiveDateTime) -> i64 {
    let months = i64::from(end.year() - start.year()) * 12 + i64::from(end.month()) - i64::from(start.month());
    let within = |time: NaiveDateTime| (time.day(), time.time());
    if months > 0 && within(end) < within(start) {
        months - 1
    } else if months < 0 && within(end) > within(start) {
        months + 1
    } else {
        months
    }
}

pub(super) static ADD_MONTHS: Function = Function {
    name: "add_months",
    takes: &[Want::Date, Want::Int],
    returns: date,
    run: Run::Batch(|call| {
        let (days, count) = (call.date(0), call.int(1));
        call.values::<Date32Type>(|row| {
            let Some((days, count)) = days.get(row).zip(count.get(row)) else { return Ok(None) };
            Ok(text::day(days).and_then(|day| later(day, count)).map(text::days))
        })
    }),
    summary: "`add_months(d, n)`: `n` months later, at most the month's last day",
    ..Function::BASE
};

pub(super) static MONTHS_BETWEEN: Function = Function {
    name: "months_between",
    takes: &[Want::Time, Want::Time, Want::Bool],
    optional: 1,
    returns: double,
    run: Run::Batch(|call| {
        let (end, start) = (call.time(0), call.time(1));
        let rounded = (call.count() > 2).then(|| call.bool(2));
        call.values::<Float64Type>(|row| {
            let rounded = rounded.as_ref().map_or(Some(true), |rounded| rounded.get(row));
            let (Some(end), Some(start)) = (end.get(row).and_then(text::time), start.get(row).and_then(text::time)) else {
                return Ok(None);
            };
            Ok(rounded.map(|rounded| months_between(end, start, rounded)))
        })
    }),
    summary: "`months_between(end, start[, rounded])`: months with a fraction of 31 days, eight digits if `rounded`",
    ..Function::BASE
};

pub(super) static LAST_DAY: Function = Function {
    name: "last_day",
    takes: &[Want::Date],
    returns: date,
    run: Run::Batch(|call| {
        let days = call.date(0);
        call.values::<Date32Type>(|row| {
            let first = days.get(row).and_then(text::day).and_then(|day| day.with_day(1));
            Ok(first.and_then(|day| day.checked_add_months(Months::new(1))?.pred_opt()).map(text::days))
        })
    }),
    summary: "`last_day(d)`: of its month",
    ..Function::BASE
};

pub(super) static NEXT_DAY: Function = Function {
    name: "next_day",
    takes: &[Want::Date, Want::Text],
    returns: date,
    run: Run::Batch(|call| {
        let (days, name) = (call.date(0), call.text(1));
        call.values::<Date32Type>(|row| {
            let Some((day, name)) = days.get(row).and_then(text::day).zip(name.get(row)) else { return Ok(None) };
            let Some(wanted) = weekday(name) else { return Ok(None) };
            let ahead = wanted.days_since(day.weekday());
            let ahead = if ahead == 0 { 7 } else { ahead };
            Ok(day.checked_add_days(Days::new(u64::from(ahead))).map(text::days))
        })
    }),
    summary: "`next_day(d, 'mon')`: the next such day of the week",
    ..Function::BASE
};

pub(super) static TRUNC: Function = Function {
    name: "trunc",
    takes: &[Want::Date, Want::Text],
    returns: date,
    run: Run::Batch(|call| {
        let (days, unit) = (call.date(0), call.text(1));
        call.values::<Date32Type>(|row| {
            let Some((day, unit)) = days.get(row).and_then(text::day).zip(unit.get(row)) else { return Ok(None) };
            Ok(start_of_date(day, &unit.to_ascii_uppercase()).map(text::days))
        })
    }),
    summary: "`trunc(d, unit)`: the first day of its year, quarter, month or week; NULL for other units",
    ..Function::BASE
};

pub(super) static DATE_TRUNC: Function = Function {
    name: "date_trunc",
    takes: &[Want::Text, Want::Time],
    returns: time,
    run: Run::Batch(|call| {
        let (unit, time) = (call.text(0), call.time(1));
        call.values::<TimestampMicrosecondType>(|row| {
            let Some((unit, micros)) = unit.get(row).zip(time.get(row)) else { return Ok(None) };
            Ok(start_of_time(micros, &unit.to_ascii_uppercase()))
        })
    }),
    summary: "`date_trunc(unit, t)`: the beginning of its year, quarter, month, week, day, hour, minute or second",
    ..Function::BASE
};

pub(super) static FROM_UTC_TIMESTAMP: Function = Function {
    name: "from_utc_timestamp",
    takes: &[Want::Time, Want::Text],
    returns: time,
    run: Run::Batch(|call| zoned(call, true)),
    summary: "`from_utc_timestamp(t, zone)`: what clocks of the zone show",
    ..Function::BASE
};

pub(super) static TO_UTC_TIMESTAMP: Function = Function {
    name: "to_utc_timestamp",
    takes: &[Want::Time, Want::Text],
    returns: time,
    run: Run::Batch(|call| zoned(call, false)),
    summary: "`to_utc_timestamp(t, zone)`: UTC of what clocks of the zone show",
    ..Function::BASE
};

fn small(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}

fn of_day(call: &Call, part: fn(NaiveDate) -> i32) -> Result<ArrayRef> {
    let days = call.date(0);
    call.values::<Int32Type>(|row| Ok(days.get(row).and_then(text::day).map(part)))
}

fn moved(call: &Call, sign: i32) -> Result<ArrayRef> {
    let (days, count) = (call.date(0), call.int(1));
    call.values::<Date32Type>(|row| {
        Ok(days.get(row).zip(count.get(row)).map(|(days, count)| days.wrapping_add(count.wrapping_mul(sign))))
    })
}

fn later(day: NaiveDate, months: i32) -> Option<NaiveDate> {
    let count = Months::new(months.unsigned_abs());
    if months < 0 { day.checked_sub_months(count) } else { day.checked_add_months(count) }
}

fn months_between(end: NaiveDateTime, start: NaiveDateTime, rounded: bool) -> f64 {
    let months = f64::from((end.year() - start.year()) * 12 + small(end.month()) - small(start.month()));
    let last = |time: NaiveDateTime| (time.date() + Days::new(1)).month() != time.month();
    if end.day() == start.day() || (last(end) && last(start)) {
        return months;
    }
    let seconds = |time: NaiveDateTime| i64::from(time.day()) * 86_400 + i64::from(time.num_seconds_from_midnight());
    let exact = months + (seconds(end) - seconds(start)) as f64 / (31.0 * 86_400.0);
    if rounded { (exact * 1e8).round() / 1e8 } else { exact }
}

fn weekday(name: &str) -> Option<Weekday> {
    let name = name.trim().to_ascii_uppercase();
    Some(match name.as_str() {
        "SU" | "SUN" | "SUNDAY" => Weekday::Sun,
        "MO" | "MON" | "MONDAY" => Weekday::Mon,
        "TU" | "TUE" | "TUESDAY" => Weekday::Tue,
        "WE" | "WED" | "WEDNESDAY" => Weekday::Wed,
        "TH" | "THU" | "THURSDAY" => Weekday::Thu,
        "FR" | "FRI" | "FRIDAY" => Weekday::Fri,
        "SA" | "SAT" | "SATURDAY" => Weekday::Sat,
        _ => return None,
    })
}

fn start_of_date(day: NaiveDate, unit: &str) -> Option<NaiveDate> {
    match unit {
        "YEAR" | "YYYY" | "YY" => NaiveDate::from_ymd_opt(day.year(), 1, 1),
        "QUARTER" => NaiveDate::from_ymd_opt(day.year(), day.month0() / 3 * 3 + 1, 1),
        "MONTH" | "MON" | "MM" => day.with_day(1),
        "WEEK" => day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday()))),
        _ => None,
    }
}

fn start_of_time(micros: i64, unit: &str) -> Option<i64> {
    let cut = |step: i64| Some(micros.div_euclid(step) * step);
    match unit {
        "MICROSECOND" => cut(1),
        "MILLISECOND" => cut(1000),
        "SECOND" => cut(1_000_000),
        "MINUTE" => cut(60_000_000),
        "HOUR" => cut(3_600_000_000),
        "DAY" | "DD" => cut(86_400_000_000),
        _ => {
            let day = start_of_date(text::time(micros)?.date(), unit)?;
            Some(text::micros(day.and_hms_opt(0, 0, 0)?))
        }
    }
}

fn zoned(call: &Call, from_utc: bool) -> Result<ArrayRef> {
    let (times, zone) = (call.time(0), call.text(1));
    call.values::<TimestampMicrosecondType>(|row| {
        let Some((time, zone)) = times.get(row).and_then(text::time).zip(zone.get(row)) else { return Ok(None) };
        let name = match zone {
            // Java's short names.
            "PST" => "America/Los_Angeles",
            "CST" => "America/Chicago",
            "JST" => "Asia/Tokyo",
            "IST" => "Asia/Kolkata",
            "ECT" => "Europe/Paris",
            other => other,
        };
        if let Some(seconds) = parse::offset(name) {
            let shift = chrono::Duration::seconds(if from_utc { seconds } else { -seconds });
            return Ok(time.checked_add_signed(shift).map(text::micros));
        }
        let Ok(zone) = name.parse::<chrono_tz::Tz>() else { return exec_err!("`{zone}` is no time zone") };
        if from_utc {
            return Ok(Some(text::micros(Utc.from_utc_datetime(&time).with_timezone(&zone).naive_local())));
        }
        // A time that a change of clocks leaves out is taken an hour later.
        let found = zone.from_local_datetime(&time).earliest();
        let found = found.or_else(|| zone.from_local_datetime(&(time + chrono::Duration::hours(1))).earliest());
        Ok(found.map(|time| time.timestamp_micros()))
    })
}
