//! Reads single values from the text of a field, without allocating.

/// `-12`, `+12`
pub(crate) fn int(text: &[u8]) -> Option<i64> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    };
    if digits.is_empty() {
        return None;
    }
    let mut value: i64 = 0;
    if digits.len() <= 18 {
        for digit in digits {
            let digit = digit.wrapping_sub(b'0');
            if digit > 9 {
                return None;
            }
            value = value * 10 + i64::from(digit);
        }
        return Some(if negative { -value } else { value });
    }
    // Counted downwards, because the least value has no positive twin.
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value.checked_mul(10)?.checked_sub(i64::from(digit))?;
    }
    if negative { Some(value) } else { value.checked_neg() }
}

/// `1.5`, `-2e10`, `NaN`, `Infinity`
pub(crate) fn double(text: &[u8]) -> Option<f64> {
    plain_double(text).or_else(|| std::str::from_utf8(text).ok()?.parse().ok())
}

/// As [`double`], to single precision.
pub(crate) fn float(text: &[u8]) -> Option<f32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A number of few digits without an exponent: its digits and the power of ten are both exact doubles, so that one
/// division rounds right (Clinger's fast path).
fn plain_double(text: &[u8]) -> Option<f64> {
    const POWERS: [f64; 16] = [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    if digits.is_empty() || digits.len() > 16 {
        return None;
    }
    let mut value: u64 = 0;
    let mut count = 0;
    let mut point = None;
    for (at, byte) in digits.iter().enumerate() {
        let digit = byte.wrapping_sub(b'0');
        if digit <= 9 {
            value = value * 10 + u64::from(digit);
            count += 1;
        } else if *byte == b'.' && point.is_none() {
            point = Some(at);
        } else {
            return None;
        }
    }
    if count == 0 || count > 15 {
        return None;
    }
    let fraction = point.map_or(0, |point| digits.len() - point - 1);
    let value = value as f64 / POWERS[fraction];
    Some(if negative { -value } else { value })
}

/// `true`, `FALSE`
pub(crate) fn boolean(text: &[u8]) -> Option<bool> {
    if text.eq_ignore_ascii_case(b"true") {
        Some(true)
    } else if text.eq_ignore_ascii_case(b"false") {
        Some(false)
    } else {
        None
    }
}

/// `-12.345` as a whole number of units of `10^-scale`, rounded half away from zero; `None` if it has more digits than `precision`.
pub(crate) fn decimal(text: &[u8], precision: u8, scale: i8) -> Option<i128> {
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] | rest => (false, rest),
    };
    let scale = usize::try_from(scale).ok()?;
    let mut value: i128 = 0;
    let mut fraction: Option<usize> = None;
    let mut seen = false;
    let mut round = false;
    for byte in digits {
        let digit = byte.wrapping_sub(b'0');
        match (byte, &mut fraction) {
            (b'.', None) => fraction = Some(0),
            (_, Some(count)) if digit <= 9 => {
                seen = true;
                if *count < scale {
                    value = value.checked_mul(10)?.checked_add(i128::from(digit))?;
                } else if *count == scale {
                    round = digit >= 5;
                }
                *count += 1;
            }
            (_, None) if digit <= 9 => {
                seen = true;
                value = value.checked_mul(10)?.checked_add(i128::from(digit))?;
            }
            _ => return None,
        }
    }
    if !seen {
        return None;
    }
    for _ in fraction.unwrap_or(0)..scale {
        value = value.checked_mul(10)?;
    }
    value += i128::from(round);
    let limit = 10_i128.checked_pow(u32::from(precision)).unwrap_or(i128::MAX);
    (value < limit).then_some(if negative { -value } else { value })
}

/// `2024-01-31` as days since 1970-01-01.
pub(crate) fn date(text: &[u8]) -> Option<i32> {
    let (days, rest) = leading_date(text)?;
    rest.is_empty().then_some(days)
}

/// `2024-01-31 10:20:30.123456Z` as microseconds since 1970-01-01; the date alone is midnight, an offset is taken back to UTC.
pub(crate) fn timestamp(text: &[u8]) -> Option<i64> {
    let (days, rest) = leading_date(text)?;
    let midnight = i64::from(days) * 86_400_000_000;
    let [b'T' | b't' | b' ', rest @ ..] = rest else { return rest.is_empty().then_some(midnight) };
    let (hour, rest) = two_digits(rest)?;
    let [b':', rest @ ..] = rest else { return None };
    let (minute, mut rest) = two_digits(rest)?;
    let mut second = 0;
    let mut micros = 0;
    if let [b':', more @ ..] = rest {
        (second, rest) = two_digits(more)?;
        if let [b'.', more @ ..] = rest {
            let digits = more.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 || digits > 9 {
                return None;
            }
            for at in 0..6 {
                micros = micros * 10 + more.get(at).filter(|_| at < digits).map_or(0, |digit| i64::from(digit - b'0'));
            }
            rest = &more[digits..];
        }
    }
    // A leap second is the first of the next minute, as in Spark.
    if hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let offset = zone_seconds(rest)?;
    let seconds = hour * 3600 + minute * 60 + second - offset;
    Some(midnight + seconds * 1_000_000 + micros)
}

/// `Z`, `UTC`, `+02`, `+0200`, `-02:00` or nothing.
fn zone_seconds(text: &[u8]) -> Option<i64> {
    let text = text.trim_ascii_start();
    let (sign, rest) = match text {
        [] | [b'Z' | b'z'] | b"UTC" => return Some(0),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = two_digits(rest)?;
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    let (minutes, rest) = if rest.is_empty() { (0, rest) } else { two_digits(rest)? };
    (rest.is_empty() && hours <= 18 && minutes <= 59).then_some(sign * (hours * 3600 + minutes * 60))
}

fn two_digits(text: &[u8]) -> Option<(i64, &[u8])> {
    let [tens, ones, rest @ ..] = text else { return None };
    (tens.is_ascii_digit() && ones.is_ascii_digit()).then(|| (i64::from(tens - b'0') * 10 + i64::from(ones - b'0'), rest))
}

/// `YYYY-MM-DD` at the start of a text, and what follows it.
fn leading_date(text: &[u8]) -> Option<(i32, &[u8])> {
    let (century, rest) = two_digits(text)?;
    let (year, rest) = two_digits(rest)?;
    let [b'-', rest @ ..] = rest else { return None };
    let (month, rest) = two_digits(rest)?;
    let [b'-', rest @ ..] = rest else { return None };
    let (day, rest) = two_digits(rest)?;
    let year = century * 100 + year;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days_in_month = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > days_in_month {
        return None;
    }
    // Days since 0000-03-01 of the proleptic calendar: the leap day is the last of its year.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era_days = y * 365 + y.div_euclid(4) - y.div_euclid(100) + y.div_euclid(400);
    let days = era_days + (m * 153 + 2) / 5 + day - 1 - 719_468;
    Some((i32::try_from(days).ok()?, rest))
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, NaiveDateTime};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-12", Some(-12)),
            ("+7", Some(7)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("00000000000000000000012", Some(12)),
            ("", None),
            ("-", None),
            ("1.0", None),
            ("1e3", None),
            ("12a", None),
            ("٣", None),
        ] {
            assert_eq!(int(text.as_bytes()), expected, "{text}");
        }
        for (text, expected) in [
            ("12.345", Some(1235)),
            ("-0.005", Some(-1)),
            ("7", Some(700)),
            (".5", Some(50)),
            ("5.", Some(500)),
            ("999.99", Some(99999)),
            ("1000", None),
            ("999.995", None),
            ("", None),
            (".", None),
            ("1e2", None),
            ("1.2.3", None),
        ] {
            assert_eq!(decimal(text.as_bytes(), 5, 2), expected, "{text}");
        }
        for (text, expected) in [
            ("1.5", Some(1.5)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("-1e3", Some(-1000.0)),
            ("1,5", None),
            (".", None),
            ("-", None),
            ("", None),
        ] {
            assert_eq!(double(text.as_bytes()), expected, "{text}");
        }
        assert!(double(b"NaN").is_some_and(f64::is_nan));
    }

    #[test]
    fn times() {
        let micros =
            |text: &str| NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f").unwrap().and_utc().timestamp_micros();
        for (text, expected) in [
            ("2024-02-29", Some("2024-02-29 00:00:00")),
            ("2024-01-31T10:20:30", Some("2024-01-31 10:20:30")),
            ("2024-01-31 10:20", Some("2024-01-31 10:20:00")),
            ("2024-01-31 10:20:30.5", Some("2024-01-31 10:20:30.5")),
            ("2024-01-31T10:20:30.123456789Z", Some("2024-01-31 10:20:30.123456")),
            ("2024-01-31T00:20:30+02:00", Some("2024-01-30 22:20:30")),
            ("2024-01-31 10:20:30 -0130", Some("2024-01-31 11:50:30")),
            ("2024-01-31 10:20:30 UTC", Some("2024-01-31 10:20:30")),
            ("0001-01-01 00:00:00", Some("0001-01-01 00:00:00")),
            ("2023-02-29", None),
            ("2024-13-01", None),
            ("2024-01-01T24:00:00", None),
            ("2024-01-01 10:20:30.", None),
            ("2024-01-01x", None),
            ("24-01-01", None),
            ("2024-01-01 10:20:30 CET", None),
        ] {
            assert_eq!(timestamp(text.as_bytes()), expected.map(micros), "{text}");
        }
    }

    proptest! {
        #[test]
        fn dates_are_the_calendars(days in -719_162_i32..2_932_896) {
            let date_of = NaiveDate::from_num_days_from_ce_opt(days + 719_163).unwrap();
            prop_assert_eq!(date(date_of.format("%Y-%m-%d").to_string().as_bytes()), Some(days));
        }

        #[test]
        fn doubles_are_the_nearest(text in "-?[0-9]{0,9}\\.?[0-9]{0,9}") {
            prop_assert_eq!(double(text.as_bytes()), text.parse::<f64>().ok());
        }

        #[test]
        fn ints_are_the_standards(value: i64) {
            prop_assert_eq!(int(value.to_string().as_bytes()), Some(value));
        }
    }
}
