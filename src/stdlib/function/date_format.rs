//! `date_format(time, pattern)`: a date or timestamp as text, by Spark's pattern letters.
//!
//! Source of the letters: "Datetime Patterns for Formatting and Parsing" of the Spark SQL reference. A letter that is
//! not known is an error, so that no pattern is silently read another way.

use std::fmt::Write as _;
use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike};
use datafusion::arrow::array::{Array, AsArray, StringViewBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, TimeUnit, TimestampMicrosecondType};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

/// The function.
pub(super) fn udf() -> ScalarUDF {
    ScalarUDF::from(DateFormat { signature: Signature::one_of(vec![TypeSignature::UserDefined], Volatility::Immutable) })
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct DateFormat {
    signature: Signature,
}

const MICROSECONDS: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

impl ScalarUDFImpl for DateFormat {
    fn name(&self) -> &'static str {
        "date_format"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, arguments: &[DataType]) -> Result<Vec<DataType>> {
        match arguments {
            [time, _] if time.is_temporal() || time.is_string() || time.is_null() => Ok(vec![MICROSECONDS, DataType::Utf8]),
            [other, _] => plan_err!("No function matches: date_format takes a date or a timestamp, not {other}"),
            _ => plan_err!("No function matches: date_format takes a date or timestamp and a pattern"),
        }
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let [times, pattern] = arguments.args.as_slice() else { return exec_err!("date_format takes two arguments") };
        let ColumnarValue::Scalar(ScalarValue::Utf8(pattern)) = pattern else {
            return exec_err!("the pattern of date_format must be a constant");
        };
        let times = cast(&times.to_array(arguments.number_rows)?, &MICROSECONDS)?;
        let times = times.as_primitive::<TimestampMicrosecondType>();
        let pattern = pattern.as_deref().map(parse).transpose()?;
        let mut out = StringViewBuilder::with_capacity(times.len());
        let mut text = String::new();
        for at in 0..times.len() {
            let time = if times.is_null(at) { None } else { DateTime::from_timestamp_micros(times.value(at)) };
            match (time, &pattern) {
                (Some(time), Some(pattern)) => {
                    text.clear();
                    pattern.iter().for_each(|piece| piece.write(time.naive_utc(), &mut text));
                    out.append_value(&text);
                }
                _ => out.append_null(),
            }
        }
        Ok(ColumnarValue::Array(Arc::new(out.finish())))
    }
}

/// A piece of a pattern.
enum Piece {
    /// Text as it is.
    Literal(String),
    /// A letter and how often it stands.
    Field(char, usize),
}

/// Reads a pattern: runs of one letter are fields, `'…'` is text, `''` a quote.
fn parse(pattern: &str) -> Result<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        if c == '\'' {
            let mut text = String::new();
            if rest.peek() == Some(&'\'') {
                rest.next();
                text.push('\'');
            } else {
                loop {
                    match rest.next() {
                        Some('\'') if rest.peek() == Some(&'\'') => {
                            rest.next();
                            text.push('\'');
                        }
                        Some('\'') => break,
                        Some(c) => text.push(c),
                        None => return exec_err!("the pattern `{pattern}` of date_format has a quote that does not end"),
                    }
                }
            }
            pieces.push(Piece::Literal(text));
        } else if c.is_ascii_alphabetic() {
            if !"yMdDHhKkmsSaEQ".contains(c) {
                return exec_err!("the pattern letter `{c}` of date_format is not supported");
            }
            let mut count = 1;
            while rest.next_if_eq(&c).is_some() {
                count += 1;
            }
            pieces.push(Piece::Field(c, count));
        } else {
            pieces.push(Piece::Literal(c.to_string()));
        }
    }
    Ok(pieces)
}

impl Piece {
    fn write(&self, time: NaiveDateTime, out: &mut String) {
        let (letter, count) = match self {
            Self::Literal(text) => return out.push_str(text),
            Self::Field(letter, count) => (*letter, *count),
        };
        let number = |out: &mut String, value: i64| {
            // Writing to a string cannot fail.
            let _ = write!(out, "{value:0count$}");
        };
        match letter {
            'y' if count == 2 => number(out, i64::from(time.year().rem_euclid(100))),
            'y' => number(out, i64::from(time.year())),
            'M' if count >= 4 => out.push_str(&time.format("%B").to_string()),
            'M' if count == 3 => out.push_str(&time.format("%b").to_string()),
            'M' => number(out, i64::from(time.month())),
            'd' => number(out, i64::from(time.day())),
            'D' => number(out, i64::from(time.ordinal())),
            'H' => number(out, i64::from(time.hour())),
            'k' => number(out, i64::from(if time.hour() == 0 { 24 } else { time.hour() })),
            'K' => number(out, i64::from(time.hour() % 12)),
            'h' => number(out, i64::from(time.hour12().1)),
            'm' => number(out, i64::from(time.minute())),
            's' => number(out, i64::from(time.second())),
            'S' => {
                let digits = format!("{:09}", time.nanosecond() % 1_000_000_000);
                out.push_str(&digits[..count.min(9)]);
            }
            'a' => out.push_str(if time.hour() < 12 { "AM" } else { "PM" }),
            'E' if count >= 4 => out.push_str(&time.format("%A").to_string()),
            'E' => out.push_str(&time.format("%a").to_string()),
            'Q' => number(out, i64::from((time.month0() / 3) + 1)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        let time = DateTime::from_timestamp_micros(1_780_398_065_123_456).unwrap().naive_utc();
        let check = |pattern: &str, expected: &str| {
            let mut out = String::new();
            parse(pattern).unwrap().iter().for_each(|piece| piece.write(time, &mut out));
            assert_eq!(out, expected, "{pattern}");
        };
        check("yyyy-MM-dd HH:mm:ss.SSS", "2026-06-02 11:01:05.123");
        check("yy/M/d", "26/6/2");
        check("MMM EEE, h:mm a", "Jun Tue, 11:01 AM");
        check("'day' D 'it''s' ''", "day 153 it's '");
        assert!(parse("yyyy-ww").is_err());
        assert!(parse("'open").is_err());
    }
}
