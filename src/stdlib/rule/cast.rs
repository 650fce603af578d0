//! What Spark can cast: dates and timestamps from text, and whether a value is castable to a type (not ANSI, UTC).

use chrono::{DateTime, NaiveDate, Utc};
use datafusion::arrow::datatypes::DataType;

pub(super) use crate::stdlib::spark::parse::{date, timestamp};
use crate::stdlib::spark::parse::{trim, whole};

/// A type that `ColumnDataType` knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Target {
    /// `BOOLEAN`
    Boolean,
    /// `DATE`
    Date,
    /// `TIMESTAMP`
    Timestamp,
    /// `INTEGER`
    Integer,
    /// `LONG`
    Long,
    /// `DOUBLE`, `FLOAT`
    Floating,
    /// `DECIMAL(p,s)`
    Decimal(u32, u32),
}

/// The words for types, for messages.
pub(super) const WORDS: [&str; 8] = ["BOOLEAN", "DATE", "TIMESTAMP", "INTEGER", "LONG", "DOUBLE", "FLOAT", "DECIMAL(p,s)"];

impl Target {
    /// The type a word names, in any case.
    pub(super) fn parse(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_uppercase();
        match word.as_str() {
            "BOOLEAN" => return Some(Self::Boolean),
            "DATE" => return Some(Self::Date),
            "TIMESTAMP" => return Some(Self::Timestamp),
            "INTEGER" => return Some(Self::Integer),
            "LONG" => return Some(Self::Long),
            "DOUBLE" | "FLOAT" => return Some(Self::Floating),
            _ => {}
        }
        let inner = word.strip_prefix("DECIMAL")?.trim().strip_prefix('(')?.strip_suffix(')')?;
        let (precision, scale) = inner.split_once(',')?;
        let (precision, scale) = (precision.trim().parse().ok()?, scale.trim().parse().ok()?);
        (precision <= 38 && scale <= precision).then_some(Self::Decimal(precision, scale))
    }

    /// Whether text is castable.
    pub fn takes_text(self, text: &str, now: DateTime<Utc>) -> bool {
        let text = trim(text);
        match self {
            Self::Boolean => {
                let words = ["t", "true", "y", "yes", "1", "f", "false", "n", "no", "0"];
                words.iter().any(|word| text.eq_ignore_ascii_case(word))
            }
            Self::Integer => whole(text).is_some_and(|value| i32::try_from(value).is_ok()),
            Self::Long => whole(text).is_some_and(|value| i64::try_from(value).is_ok()),
            Self::Floating => is_floating(text),
            Self::Decimal(precision, scale) => decimal_fits(text, precision, scale),
            Self::Date => date(text).is_some(),
            Self::Timestamp => timestamp(text, now).is_some(),
        }
    }

    /// Whether every value of a type that is not text is castable; `None` if it depends on the value.
    pub(super) fn takes_type(self, from: &DataType) -> Option<bool> {
        let numeric = from.is_numeric();
        match self {
            Self::Date => Some(matches!(from, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..))),
            Self::Timestamp => {
                Some(numeric || matches!(from, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) | DataType::Boolean))
            }
            Self::Decimal(..) if numeric => None,
            Self::Boolean | Self::Integer | Self::Long | Self::Floating | Self::Decimal(..) => {
                Some(numeric || matches!(from, DataType::Boolean | DataType::Timestamp(..)))
            }
        }
    }
}

fn is_floating(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if ["nan", "inf", "infinity"].iter().any(|word| unsigned.eq_ignore_ascii_case(word)) {
        return true;
    }
    let number = unsigned.strip_suffix(['d', 'D', 'f', 'F']).unwrap_or(unsigned);
    number.starts_with(|c: char| c.is_ascii_digit() || c == '.') && number.parse::<f64>().is_ok()
}

fn decimal_fits(text: &str, precision: u32, scale: u32) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => match exponent.parse::<i32>() {
            Ok(exponent) => (mantissa, exponent),
            Err(_) => return false,
        },
        None => (text, 0),
    };
    let unsigned = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = format!("{whole}{fraction}");
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    // The magnitude after rounding to the scale must stay below ten to the digits before the point.
    let Ok(value) = format!("{unsigned}e{exponent}").parse::<f64>() else { return false };
    magnitude_fits(value, precision, scale)
}

/// Whether a number, rounded to the scale, has room in a decimal.
pub(super) fn magnitude_fits(value: f64, precision: u32, scale: u32) -> bool {
    let unit = 10_f64.powi(i32::try_from(scale).unwrap_or(0));
    let limit = 10_f64.powi(i32::try_from(precision).unwrap_or(0));
    value.is_finite() && (value.abs() * unit).round() < limit
}

/// Whether text is a date in one of the formats that `with format = "…"` takes on AWS; other formats match nothing.
pub(super) fn date_in_format(text: &str, format: &str) -> bool {
    const FORMATS: [&str; 7] = ["dd-MM-yyyy", "MM-dd-yyyy", "yyyy-MM-dd", "MM-yyyy", "yyyy-MM", "dd-MM", "MM-dd"];
    let separator = if format.contains('/') { '/' } else { '-' };
    if !FORMATS.contains(&format.replace('/', "-").as_str()) || (separator == '/' && format.contains('-')) {
        return false;
    }
    let (mut year, mut month, mut day) = (1970, 1, 1);
    let pieces: Vec<&str> = text.split(separator).collect();
    let letters: Vec<&str> = format.split(separator).collect();
    if pieces.len() != letters.len() {
        return false;
    }
    for (piece, letters) in pieces.iter().zip(&letters) {
        let Some(value) = (piece.len() == letters.len()).then(|| piece.parse::<u32>().ok()).flatten() else { return false };
        match *letters {
            "dd" => day = value,
            "MM" => month = value,
            _ => year = value,
        }
    }
    NaiveDate::from_ymd_opt(i32::try_from(year).unwrap_or(0), month, day).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn castable_text() {
        let now = DateTime::from_timestamp(0, 0).expect("the epoch");
        let cases = [
            (
                "INTEGER",
                &["1", "-22", "+3", "0004", " 5 ", "1.9", "1.", ".5", "."][..],
                &["", " ", "a", "1e3", "1_0", "2147483648"][..],
            ),
            ("LONG", &["2147483648"], &["9223372036854775808"]),
            ("DOUBLE", &["1.5", "-2e3", "NaN", "1e400", "inf", "-Infinity", "1d", ".5", "5."], &["", "x", "1_0", "0x"]),
            ("BOOLEAN", &["t", "TRUE", "yes", "0"], &["on", "2", ""]),
            (
                "DATE",
                &["2024", "2024-5", "2024-05-06", "2024-5-6", "2024-05-06T99", "2024-05-06 x"],
                &["20240506", "12/31/2024", "2024-02-30", "bad", "2024-"],
            ),
            (
                "TIMESTAMP",
                &[
                    "2024-05-06 10:11:12",
                    "2024-12-31T00:00:00",
                    "1999-01-01 01:02",
                    "2024-05-06",
                    "10:11",
                    "2024-05-06T10:11:12.5+02:00",
                ],
                &["bad", "20240506", "2024-05-06 25:00"],
            ),
            ("DECIMAL(3,1)", &["1.25", "-3.50", "99.94"], &["100", "12345.678", "99.96", "x", ""]),
        ];
        for (word, yes, no) in cases {
            let target = Target::parse(word).expect("a type");
            for text in yes {
                assert!(target.takes_text(text, now), "{text:?} is a {word}");
            }
            for text in no {
                assert!(!target.takes_text(text, now), "{text:?} is no {word}");
            }
        }
        for word in ["STRING", "INT", "DECIMAL", "VARCHAR"] {
            assert_eq!(Target::parse(word), None);
        }
    }

    #[test]
    fn dates_in_formats() {
        for (text, format, expected) in [
            ("31-12-2023", "dd-MM-yyyy", true),
            ("31-12-2023", "MM-dd-yyyy", false),
            ("2024-13", "yyyy-MM", false),
            ("1-1-2024", "dd-MM-yyyy", false),
            ("31/12/2023", "dd/MM/yyyy", true),
            ("20231231", "yyyyMMdd", false),
        ] {
            assert_eq!(date_in_format(text, format), expected, "{text} {format}");
        }
    }
}
