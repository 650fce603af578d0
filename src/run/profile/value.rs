//! A value as it is kept beside its count: small, and turned into words only where it is shown.

use std::fmt::Display;

use chrono::DateTime;
use datafusion::arrow::datatypes::TimeUnit;

use super::hash;

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Whole numbers, truth values, days, points in time, the digits of decimals.
    Whole(i64),
    /// Those that need more digits.
    Wide(Box<i128>),
    /// Floating point.
    Floating(f64),
    /// Text, bytes and what the engine prints, cut if it is long.
    Text(Box<str>),
}

impl Value {
    /// A whole number of any size.
    pub(super) fn whole(value: i128) -> Self {
        i64::try_from(value).map_or_else(|_| Self::Wide(Box::new(value)), Self::Whole)
    }
}

/// What numbers are made of.
pub(super) trait Whole: Copy + Ord {
    /// Its hash, which does not depend on how wide the type is.
    fn hash(self) -> u64;
    /// The nearest double.
    fn number(self) -> f64;
    /// As it is kept.
    fn value(self) -> Value;
    /// In the widest type.
    fn wide(self) -> i128;
}

impl Whole for i32 {
    fn hash(self) -> u64 {
        hash::long(i64::from(self))
    }

    fn number(self) -> f64 {
        f64::from(self)
    }

    fn value(self) -> Value {
        Value::Whole(i64::from(self))
    }

    fn wide(self) -> i128 {
        i128::from(self)
    }
}

impl Whole for i64 {
    fn hash(self) -> u64 {
        hash::long(self)
    }

    fn number(self) -> f64 {
        self as f64
    }

    fn value(self) -> Value {
        Value::Whole(self)
    }

    fn wide(self) -> i128 {
        i128::from(self)
    }
}

impl Whole for i128 {
    fn hash(self) -> u64 {
        hash::whole(self)
    }

    fn number(self) -> f64 {
        self as f64
    }

    fn value(self) -> Value {
        Value::whole(self)
    }

    fn wide(self) -> i128 {
        self
    }
}

/// Makes a number of the digits of one with a fixed point.
pub(super) fn to_number(scale: i8) -> impl Fn(f64) -> f64 {
    let unit = 10_f64.powi(i32::from(scale));
    move |digits| digits / unit
}

/// What is kept of a value's text.
const KEPT: usize = 120;

/// The beginning of a text that is too long to be kept.
pub(super) fn kept(text: &str) -> Box<str> {
    match text.char_indices().nth(KEPT) {
        None => text.into(),
        Some((end, _)) => format!("{}…", &text[..end]).into(),
    }
}

/// Whether a value that was kept may have been cut.
pub(super) fn is_cut(text: &str) -> bool {
    text.chars().count() > KEPT
}

pub(super) fn decimal_text(value: i128, scale: i8) -> String {
    let digits = value.unsigned_abs().to_string();
    let sign = if value < 0 { "-" } else { "" };
    match usize::try_from(scale) {
        Ok(0) => format!("{sign}{digits}"),
        Ok(scale) => {
            let digits = format!("{digits:0>width$}", width = scale + 1);
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            format!("{sign}{whole}.{fraction}")
        }
        Err(_) => format!("{sign}{digits}{}", "0".repeat(usize::from(scale.unsigned_abs()))),
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the value was a single precision number")]
pub(super) fn float_text(value: f64, single: bool) -> String {
    fn shown(value: impl Display + std::fmt::LowerExp, magnitude: f64) -> String {
        if magnitude != 0.0 && !(1e-6..1e18).contains(&magnitude) { format!("{value:e}") } else { value.to_string() }
    }
    match (value.is_finite(), single) {
        (false, _) => value.to_string(),
        (true, true) => shown(value as f32, value.abs()),
        (true, false) => shown(value, value.abs()),
    }
}

pub(super) fn date_text(days: i64) -> String {
    let day = days.checked_mul(86_400).and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    day.map_or_else(|| format!("day {days}"), |day| day.format("%Y-%m-%d").to_string())
}

pub(super) fn timestamp_text(value: i64, unit: TimeUnit) -> String {
    let point = match unit {
        TimeUnit::Second => DateTime::from_timestamp(value, 0),
        TimeUnit::Millisecond => DateTime::from_timestamp_millis(value),
        TimeUnit::Microsecond => DateTime::from_timestamp_micros(value),
        TimeUnit::Nanosecond => Some(DateTime::from_timestamp_nanos(value)),
    };
    point.map_or_else(|| value.to_string(), |point| point.format("%Y-%m-%d %H:%M:%S%.f").to_string())
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().take(KEPT / 2 + 1).fold(String::new(), |out, byte| out + &format!("{byte:02x}"))
}
