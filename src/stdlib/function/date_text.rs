//! Dates and times from text and as text, by Spark's patterns.

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::datatypes::{Date32Type, Int64Type, TimestampMicrosecondType};
use datafusion::common::{Result, exec_err};

use super::def::{Call, Function, Run, Want, date, long, time};
use crate::stdlib::spark::calendar::{Pattern, Purpose};
use crate::stdlib::spark::{cast, text};
use crate::stdlib::types::TIMESTAMP;

pub(super) static DATE_FORMAT: Function = Function {
    name: "date_format",
    takes: &[Want::Time, Want::Text],
    run: Run::Batch(|call| {
        let time = call.time(0);
        written(call, |row| time.get(row))
    }),
    summary: "`date_format(t, pattern)`: written by a pattern, for example `yyyy-MM-dd HH:mm`",
    ..Function::BASE
};

pub(super) static FROM_UNIXTIME: Function = Function {
    name: "from_unixtime",
    takes: &[Want::Long, Want::Text],
    optional: 1,
    run: Run::Batch(|call| {
        let seconds = call.long(0);
        let micros = |row: usize| seconds.get(row).map(|seconds| seconds.wrapping_mul(1_000_000));
        if call.count() > 1 {
            return written(call, micros);
        }
        let one = |micros: i64| text::timestamp(micros.div_euclid(1_000_000) * 1_000_000);
        call.strings(|row| Ok(micros(row).map(one)))
    }),
    summary: "`from_unixtime(n[, pattern])`: seconds since 1970, written as a time",
    ..Function::BASE
};

pub(super) static TO_DATE: Function = Function {
    name: "to_date",
    takes: &[Want::When, Want::Text],
    optional: 1,
    returns: date,
    run: Run::Batch(|call| {
        if call.count() < 2 || !is_text(call) {
            return cast::array(&call.column(0).array, &datafusion::arrow::datatypes::DataType::Date32, call.now);
        }
        let read = reader(call);
        let mut read = read;
        call.values::<Date32Type>(|row| Ok(read(row)?.map(|time| text::days(time.date()))))
    }),
    summary: "`to_date(s[, pattern])`: NULL where the text is no date",
    ..Function::BASE
};

pub(super) static TO_TIMESTAMP: Function = Function {
    name: "to_timestamp",
    aliases: &["try_to_timestamp"],
    takes: &[Want::Any, Want::Text],
    optional: 1,
    returns: time,
    run: Run::Batch(|call| {
        if call.count() < 2 || !is_text(call) {
            return cast::array(&call.column(0).array, &TIMESTAMP, call.now);
        }
        let mut read = reader(call);
        call.values::<TimestampMicrosecondType>(|row| Ok(read(row)?.map(text::micros)))
    }),
    summary: "`to_timestamp(s[, pattern])`: NULL where the text is no time",
    ..Function::BASE
};

pub(super) static UNIX_TIMESTAMP: Function = Function {
    name: "unix_timestamp",
    aliases: &["to_unix_timestamp"],
    takes: &[Want::When, Want::Text],
    optional: 1,
    returns: long,
    run: Run::Batch(|call| {
        if !is_text(call) {
            let times = cast::times(&call.column(0).array, call.now)?;
            let single = call.column(0).single;
            return call.values::<Int64Type>(|row| {
                let at = if single { 0 } else { row };
                Ok(times.is_valid(at).then(|| times.value(at).div_euclid(1_000_000)))
            });
        }
        let mut read = reader(call);
        call.values::<Int64Type>(|row| Ok(read(row)?.map(|time| time.and_utc().timestamp())))
    }),
    summary: "`unix_timestamp([s[, pattern]])`: seconds since 1970, of now without an argument",
    ..Function::BASE
};

fn is_text(call: &Call) -> bool {
    call.column(0).array.data_type().is_string()
}

/// The pattern of the row before is kept: patterns are nearly always one for all rows.
struct Kept {
    purpose: Purpose,
    last: Option<(String, Pattern)>,
}

impl Kept {
    fn get(&mut self, pattern: &str) -> Result<&Pattern> {
        if self.last.as_ref().is_none_or(|(text, _)| text != pattern) {
            match Pattern::new(pattern, self.purpose) {
                Ok(read) => self.last = Some((pattern.to_owned(), read)),
                Err(fault) => return exec_err!("`{pattern}` is no pattern of dates: {}", fault.message),
            }
        }
        match &self.last {
            Some((_, pattern)) => Ok(pattern),
            None => exec_err!("a pattern is missing"),
        }
    }
}

/// Times written by the pattern that is the second argument.
fn written(call: &Call, micros: impl Fn(usize) -> Option<i64>) -> Result<ArrayRef> {
    let pattern = call.text(1);
    let mut kept = Kept { purpose: Purpose::Write, last: None };
    let mut out = String::new();
    call.strings(|row| {
        let (Some(time), Some(pattern)) = (micros(row).and_then(text::time), pattern.get(row)) else { return Ok(None) };
        out.clear();
        kept.get(pattern)?.write(time, &mut out);
        Ok(Some(out.clone()))
    })
}

/// Reads the first argument by the pattern that is the second.
fn reader(call: &Call) -> impl FnMut(usize) -> Result<Option<chrono::NaiveDateTime>> {
    let value = call.text(0);
    let pattern = (call.count() > 1).then(|| call.text(1));
    let mut kept = Kept { purpose: Purpose::Read, last: None };
    move |row| {
        let pattern = pattern.as_ref().map_or(Some("yyyy-MM-dd HH:mm:ss"), |pattern| pattern.get(row));
        let (Some(value), Some(pattern)) = (value.get(row), pattern) else { return Ok(None) };
        Ok(kept.get(pattern)?.read(value))
    }
}
