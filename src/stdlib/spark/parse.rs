//! Text as values: what Spark's casts make of it, `None` where they give NULL.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};

use super::decimal::rescale;

/// Without the blanks and control characters around it.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

/// Sign, digits, and a fraction that is cut off: `"1.9"`, `"1."`, `".5"` and even `"."` are whole numbers to Spark.
pub fn whole(text: &str) -> Option<i128> {
    let text = trim(text);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all_digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    if digits.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let value = if whole.is_empty() { 0 } else { whole.parse::<i128>().ok()? };
    Some(if negative { -value } else { value })
}

/// What Java takes for a double, and the words for what is no number.
pub fn double(text: &str) -> Option<f64> {
    let text = trim(text);
    let (sign, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if ["inf", "infinity"].iter().any(|word| unsigned.eq_ignore_ascii_case(word)) {
        return Some(sign * f64::INFINITY);
    }
    if text.eq_ignore_ascii_case("nan") {
        return Some(f64::NAN);
    }
    let number = unsigned.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(unsigned);
    if !number.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    number.parse::<f64>().ok().map(|value| sign * value)
}

/// A decimal of a precision and scale; the last digit is rounded half up.
pub fn decimal(text: &str, precision: u8, scale: i8) -> Option<i128> {
    let ascii: String;
    let text = if text.is_ascii() {
        trim(text)
    } else {
        // Java's decimals are read in the digits of any script.
        ascii = trim(text).chars().map(digit).collect();
        &ascii
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (negative, unsigned) = match mantissa.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if whole.len() + fraction.len() == 0 || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    // `digits` stand for `0.digits * 10^point`.
    let point = i64::try_from(digits.len()).ok()? - i64::try_from(fraction.len()).ok()? + i64::from(exponent);
    let kept = point + i64::from(scale);
    if kept > i64::from(precision) + 1 {
        return digits.is_empty().then_some(0);
    }
    if kept < 0 {
        return Some(0);
    }
    let kept = usize::try_from(kept).ok()?;
    let (head, tail) = digits.split_at(kept.min(digits.len()));
    let mut value: i128 = if head.is_empty() { 0 } else { head.parse().ok()? };
    for _ in head.len()..kept {
        value = value.checked_mul(10)?;
    }
    if tail.starts_with(|c| c >= '5') {
        value += 1;
    }
    rescale(if negative { -value } else { value }, scale, precision, scale)
}

/// A digit of another script as one of ours.
fn digit(c: char) -> char {
    const ZEROS: [u32; 12] = [0x660, 0x6F0, 0x7C0, 0x966, 0x9E6, 0xA66, 0xAE6, 0xB66, 0xBE6, 0xE50, 0xED0, 0xFF10];
    let number = u32::from(c);
    let value = ZEROS.iter().find(|zero| (**zero..**zero + 10).contains(&number)).map(|zero| number - zero);
    value.and_then(|value| char::from_digit(value, 10)).unwrap_or(c)
}

/// The words for true and false.
pub fn boolean(text: &str) -> Option<bool> {
    let text = trim(text);
    let is = |words: [&str; 5]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(["t", "true", "y", "yes", "1"]) {
        return Some(true);
    }
    is(["f", "false", "n", "no", "0"]).then_some(false)
}

/// `to_date(text)`: `yyyy`, `yyyy-M`, `yyyy-M-d`; after a whole day, anything behind a `T` or a blank is ignored.
pub fn date(text: &str) -> Option<NaiveDate> {
    let text = trim(text);
    let (day, rest) = match text.find(['T', ' ']) {
        Some(at) => (&text[..at], Some(&text[at..])),
        None => (text, None),
    };
    let (sign, day) = match day.strip_prefix('-') {
        Some(day) => (-1, day),
        None => (1, day.strip_prefix('+').unwrap_or(day)),
    };
    let parts: Vec<&str> = day.split('-').collect();
    let number = |part: &str, most: usize| {
        let fine = (1..=most).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        fine.then(|| part.parse::<u32>().ok()).flatten()
    };
    let year = parts.first().filter(|part| part.len() >= 4).and_then(|part| number(part, 7))?;
    let year = sign * i32::try_from(year).ok()?;
    match (parts.as_slice(), rest) {
        ([_], None) => NaiveDate::from_ymd_opt(year, 1, 1),
        ([_, month], None) => NaiveDate::from_ymd_opt(year, number(month, 2)?, 1),
        ([_, month, day], _) => NaiveDate::from_ymd_opt(year, number(month, 2)?, number(day, 2)?),
        _ => None,
    }
}

/// `to_timestamp(text)`: a date, a date and a time with an optional zone, or a time of today.
pub fn timestamp(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = trim(text);
    let Some(at) = text.find(['T', ' ']) else {
        if text.contains(':') {
            return Some(now.date_naive().and_time(clock(text)?).and_utc());
        }
        // Only dates have years of more than six digits.
        return date(text)
            .filter(|_| text.find('-').unwrap_or(text.len()) <= 6)
            .and_then(|day| Some(day.and_hms_opt(0, 0, 0)?.and_utc()));
    };
    let day = date(&text[..at])?;
    let (time, offset) = zone(&text[at + 1..])?;
    Some(NaiveDateTime::new(day, clock(time)?).and_utc() - chrono::Duration::seconds(offset))
}

/// `[h]h:[m]m[:[s]s[.ffffff]]`
fn clock(text: &str) -> Option<NaiveTime> {
    let mut parts = text.trim().split(':');
    let small = |part: &str| {
        let fine = (1..=2).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        fine.then(|| part.parse::<u32>().ok()).flatten()
    };
    let hour = small(parts.next()?)?;
    let minute = small(parts.next()?)?;
    let (second, micro) = match parts.next() {
        None => (0, 0),
        Some(seconds) => {
            let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
            if !fraction.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
            (small(whole)?, digits.parse().ok()?)
        }
    };
    parts.next().is_none().then(|| NaiveTime::from_hms_micro_opt(hour, minute, second, micro)).flatten()
}

/// Splits `10:11:12+02:00` into the time and the seconds east of UTC.
fn zone(text: &str) -> Option<(&str, i64)> {
    let text = text.trim();
    for suffix in ["Z", "UTC", "GMT"] {
        if let Some(time) = text.strip_suffix(suffix) {
            return Some((time.trim(), 0));
        }
    }
    let Some(at) = text.find(['+', '-']) else { return Some((text, 0)) };
    Some((text[..at].trim(), offset(&text[at..])?))
}

/// `+02:00`, `-2`: seconds east of UTC.
pub fn offset(text: &str) -> Option<i64> {
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+')?),
    };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "0"));
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 18 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}
