//! One pass over a column: whatever its type, its values become numbers, texts or bytes, and are counted.

use std::fmt::Display;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::Result;

use super::distinct::Distinct;
use super::figures::{ColumnProfile, Kind, NumberFigures, SHARES};
use super::hash;
use super::numbers::{Moments, Quantiles};
use super::text::TextScan;
use crate::stdlib::types::type_name;

/// How the values of a column are read.
#[derive(Debug, Clone, PartialEq)]
enum Reading {
    Boolean,
    Integer,
    /// Digits after the point.
    Decimal(i8),
    Floating {
        single: bool,
    },
    Text,
    Date,
    Timestamp(TimeUnit),
    Bytes,
    /// As the engine prints it.
    Printed,
    Nothing,
}

/// What is counted of a column.
#[derive(Debug)]
pub(super) struct ColumnScan {
    pub(super) name: String,
    declared: String,
    reading: Reading,
    nulls: u64,
    values: u64,
    pub(super) distinct: Distinct,
    /// Of whole numbers, decimals, days and points in time.
    whole: Option<(i128, i128)>,
    floating: Option<(f64, f64)>,
    moments: Moments,
    quantiles: Quantiles,
    nan: u64,
    infinite: u64,
    text: Option<TextScan>,
}

/// The values of a batch, as later phases need them.
#[derive(Debug, Default)]
pub(super) struct Cells {
    /// The hash of each row's value; none for null.
    pub(super) hashes: Vec<Option<u64>>,
    /// Numbers, NaN for null; empty if the column has no numbers.
    pub(super) numbers: Vec<f64>,
}

/// What is kept of a value's text.
const KEPT: usize = 120;
/// Values that a profile lists.
const LISTED: usize = 64;

impl ColumnScan {
    /// A column that is counted exactly up to `limit` values; `None` if it holds no single values.
    pub(super) fn new(name: &str, data_type: &DataType, limit: usize, now: DateTime<Utc>) -> Option<Self> {
        let reading = reading(data_type)?;
        let text = (reading == Reading::Text).then(|| TextScan::new(now));
        Some(Self {
            name: name.to_owned(),
            declared: type_name(data_type),
            reading,
            nulls: 0,
            values: 0,
            distinct: Distinct::new(limit),
            whole: None,
            floating: None,
            moments: Moments::default(),
            quantiles: Quantiles::default(),
            nan: 0,
            infinite: 0,
            text,
        })
    }

    /// What can be said of the values.
    pub(super) fn kind(&self) -> Kind {
        match self.reading {
            Reading::Boolean => Kind::Boolean,
            Reading::Integer => Kind::Integer,
            Reading::Decimal(_) => Kind::Decimal,
            Reading::Floating { .. } => Kind::Floating,
            Reading::Text => Kind::Text,
            Reading::Date => Kind::Date,
            Reading::Timestamp(_) => Kind::Timestamp,
            Reading::Bytes | Reading::Printed | Reading::Nothing => Kind::Other,
        }
    }

    /// Whether values of the two can be the same: they have one kind, and one scale.
    pub(super) fn compares_with(&self, other: &Self) -> bool {
        self.reading == other.reading
            && matches!(self.reading, Reading::Integer | Reading::Decimal(0) | Reading::Text | Reading::Date)
    }

    pub(super) fn nulls(&self) -> u64 {
        self.nulls
    }

    /// Whether all numbers are numbers.
    pub(super) fn is_finite(&self) -> bool {
        self.nan == 0 && self.infinite == 0
    }

    /// The values of one more batch.
    pub(super) fn add(&mut self, array: &ArrayRef) -> Result<Cells> {
        let array = plain(array, &self.reading)?;
        let cells = match self.reading.clone() {
            Reading::Boolean => {
                let array = array.as_boolean();
                let cells: Vec<_> = (0..array.len()).map(|at| array.is_valid(at).then(|| array.value(at))).collect();
                self.simple(cells.into_iter(), |value| hash::whole(i128::from(*value)), ToString::to_string)
            }
            Reading::Integer => {
                // Unsigned 64 bits come as decimals.
                if let DataType::Decimal128(..) = array.data_type() {
                    let array = array.as_primitive::<Decimal128Type>();
                    self.wholes(array.iter(), 0)
                } else {
                    let array = array.as_primitive::<Int64Type>();
                    self.wholes(array.iter().map(|value| value.map(i128::from)), 0)
                }
            }
            Reading::Decimal(scale) => self.wholes(array.as_primitive::<Decimal128Type>().iter(), scale),
            Reading::Floating { single } => self.floats(array.as_primitive::<Float64Type>().iter(), single),
            Reading::Text => {
                let array = array.as_string_view();
                let Self { distinct, text, .. } = self;
                let mut hashes = Vec::with_capacity(array.len());
                for value in array {
                    hashes.push(value.map(|value| {
                        let hash = hash::bytes(value.as_bytes());
                        distinct.add(hash, || kept(value));
                        if let Some(text) = text {
                            text.add(value);
                        }
                        hash
                    }));
                }
                Cells { hashes, numbers: Vec::new() }
            }
            Reading::Date => {
                let array = array.as_primitive::<Date32Type>();
                self.moments_in_time(array.iter().map(|value| value.map(i64::from)), date_text)
            }
            Reading::Timestamp(unit) => {
                let text = move |value: i64| timestamp_text(value, unit);
                match unit {
                    TimeUnit::Second => self.moments_in_time(array.as_primitive::<TimestampSecondType>().iter(), text),
                    TimeUnit::Millisecond => self.moments_in_time(array.as_primitive::<TimestampMillisecondType>().iter(), text),
                    TimeUnit::Microsecond => self.moments_in_time(array.as_primitive::<TimestampMicrosecondType>().iter(), text),
                    TimeUnit::Nanosecond => self.moments_in_time(array.as_primitive::<TimestampNanosecondType>().iter(), text),
                }
            }
            Reading::Bytes => {
                let array = array.as_binary_view();
                self.simple(array.iter(), |value| hash::bytes(value), |value| hexadecimal(value))
            }
            Reading::Printed => {
                let options = FormatOptions::default().with_display_error(true);
                let printer = ArrayFormatter::try_new(&array, &options)?;
                let nulls = array.logical_nulls();
                let is_null = |at| nulls.as_ref().is_some_and(|nulls| nulls.is_null(at));
                let cells = (0..array.len()).map(|at| (!is_null(at)).then(|| printer.value(at).to_string()));
                self.simple(cells, |value| hash::bytes(value.as_bytes()), Clone::clone)
            }
            Reading::Nothing => Cells { hashes: vec![None; array.len()], numbers: Vec::new() },
        };
        let values = cells.hashes.iter().flatten().count() as u64;
        self.values += values;
        self.nulls += cells.hashes.len() as u64 - values;
        Ok(cells)
    }

    fn simple<T>(
        &mut self,
        cells: impl Iterator<Item = Option<T>>,
        hash: impl Fn(&T) -> u64,
        text: impl Fn(&T) -> String,
    ) -> Cells {
        let hashes = cells
            .map(|cell| {
                cell.map(|value| {
                    let hash = hash(&value);
                    self.distinct.add(hash, || kept(&text(&value)));
                    hash
                })
            })
            .collect();
        Cells { hashes, numbers: Vec::new() }
    }

    fn wholes(&mut self, cells: impl Iterator<Item = Option<i128>>, scale: i8) -> Cells {
        let unit = 10_f64.powi(i32::from(scale));
        let mut numbers = Vec::new();
        let mut values = Vec::new();
        let cells = cells.inspect(|cell| match cell {
            None => numbers.push(f64::NAN),
            Some(value) => {
                let number = *value as f64 / unit;
                numbers.push(number);
                values.push(number);
            }
        });
        let mut hashes = Vec::new();
        for cell in cells {
            hashes.push(cell.map(|value| {
                self.whole = Some(wider(self.whole, value));
                let hash = hash::whole(value);
                self.distinct.add(hash, || decimal_text(value, scale).into());
                hash
            }));
        }
        self.measure(&values);
        Cells { hashes, numbers }
    }

    fn floats(&mut self, cells: impl Iterator<Item = Option<f64>>, single: bool) -> Cells {
        let mut cells_found = Cells::default();
        let mut values = Vec::new();
        for cell in cells {
            cells_found.numbers.push(cell.unwrap_or(f64::NAN));
            cells_found.hashes.push(cell.map(|value| {
                match value {
                    nan if nan.is_nan() => self.nan += 1,
                    infinite if infinite.is_infinite() => self.infinite += 1,
                    finite => values.push(finite),
                }
                if !value.is_nan() {
                    self.floating =
                        Some(self.floating.map_or((value, value), |(least, most)| (least.min(value), most.max(value))));
                }
                let hash = hash::floating(value);
                self.distinct.add(hash, || float_text(value, single).into());
                hash
            }));
        }
        self.measure(&values);
        cells_found
    }

    fn measure(&mut self, values: &[f64]) {
        self.moments.add(values);
        values.iter().for_each(|value| self.quantiles.add(*value));
    }

    fn moments_in_time(&mut self, cells: impl Iterator<Item = Option<i64>>, text: impl Fn(i64) -> String) -> Cells {
        let mut hashes = Vec::new();
        for cell in cells {
            hashes.push(cell.map(|value| {
                self.whole = Some(wider(self.whole, i128::from(value)));
                let hash = hash::whole(i128::from(value));
                self.distinct.add(hash, || text(value).into());
                hash
            }));
        }
        Cells { hashes, numbers: Vec::new() }
    }

    /// What was found.
    pub(super) fn profile(&self) -> ColumnProfile {
        let counted = self.distinct.counted(LISTED);
        let uniqueness = counted.singles.filter(|_| self.values > 0).map(|singles| singles as f64 / self.values as f64);
        ColumnProfile {
            name: self.name.clone(),
            declared: self.declared.clone(),
            kind: self.kind(),
            nulls: self.nulls,
            values: self.values,
            // An estimate can be above what is possible.
            distinct: counted.distinct.min(self.values),
            distinct_is_exact: counted.exact,
            uniqueness,
            singles: counted.singles,
            frequent: counted.frequent,
            frequent_slack: counted.slack,
            extremes: self.extremes(),
            numbers: self.kind().is_number().then(|| self.numbers()),
            first_day: self.first_day(),
            text: self.text.as_ref().filter(|_| self.values > 0).map(TextScan::figures),
        }
    }

    fn extremes(&self) -> Option<(String, String)> {
        fn both<T: Copy>((least, greatest): (T, T), text: impl Fn(T) -> String) -> (String, String) {
            (text(least), text(greatest))
        }
        let whole = |text: &dyn Fn(i128) -> String| self.whole.map(|range| both(range, text));
        let time = |value: i128| i64::try_from(value).unwrap_or(0);
        match self.reading {
            Reading::Integer => whole(&|value| decimal_text(value, 0)),
            Reading::Decimal(scale) => whole(&|value| decimal_text(value, scale)),
            Reading::Floating { single } => self.floating.map(|range| both(range, |value| float_text(value, single))),
            Reading::Date => whole(&|value| date_text(time(value))),
            Reading::Timestamp(unit) => whole(&|value| timestamp_text(time(value), unit)),
            Reading::Boolean | Reading::Text | Reading::Bytes | Reading::Printed | Reading::Nothing => None,
        }
    }

    fn numbers(&self) -> NumberFigures {
        let range = match self.reading {
            Reading::Integer => self.whole.map(|(least, greatest)| (least as f64, greatest as f64)),
            Reading::Decimal(scale) => {
                let unit = 10_f64.powi(i32::from(scale));
                self.whole.map(|(least, greatest)| (least as f64 / unit, greatest as f64 / unit))
            }
            _ => self.floating,
        };
        NumberFigures {
            range,
            mean: self.moments.mean(),
            deviation: self.moments.deviation(),
            quantiles: self.quantiles.at(&SHARES),
            quantiles_are_exact: self.quantiles.is_exact(),
            nan: self.nan,
            infinite: self.infinite,
        }
    }

    fn first_day(&self) -> Option<i64> {
        let least = i64::try_from(self.whole?.0).ok()?;
        let of = |a_day: i64| least.div_euclid(a_day);
        match self.reading {
            Reading::Date => Some(least),
            Reading::Timestamp(TimeUnit::Second) => Some(of(86_400)),
            Reading::Timestamp(TimeUnit::Millisecond) => Some(of(86_400_000)),
            Reading::Timestamp(TimeUnit::Microsecond) => Some(of(86_400_000_000)),
            Reading::Timestamp(TimeUnit::Nanosecond) => Some(of(86_400_000_000_000)),
            _ => None,
        }
    }
}

fn reading(data_type: &DataType) -> Option<Reading> {
    Some(match data_type {
        DataType::Dictionary(_, value) => return reading(value),
        // Rules cannot look into these.
        DataType::RunEndEncoded(..) => return None,
        nested if nested.is_nested() => return None,
        DataType::Null => Reading::Nothing,
        DataType::Boolean => Reading::Boolean,
        integer if integer.is_integer() => Reading::Integer,
        DataType::Float16 | DataType::Float32 => Reading::Floating { single: true },
        // More digits than the engine's whole numbers have: near enough for figures.
        DataType::Float64 | DataType::Decimal256(..) => Reading::Floating { single: false },
        DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale) | DataType::Decimal128(_, scale) => {
            Reading::Decimal(*scale)
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => Reading::Text,
        DataType::Date32 | DataType::Date64 => Reading::Date,
        DataType::Timestamp(unit, _) => Reading::Timestamp(*unit),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => Reading::Bytes,
        _ => Reading::Printed,
    })
}

/// The array in the one type in which values of its kind are read.
fn plain(array: &ArrayRef, reading: &Reading) -> Result<ArrayRef> {
    let mut array = array.clone();
    while let DataType::Dictionary(_, value) = array.data_type() {
        array = cast(&array, &value.clone())?;
    }
    let target = match (reading, array.data_type()) {
        (Reading::Integer, DataType::UInt64) => DataType::Decimal128(20, 0),
        (Reading::Integer, _) => DataType::Int64,
        (Reading::Decimal(scale), DataType::Decimal32(..) | DataType::Decimal64(..)) => DataType::Decimal128(38, *scale),
        (Reading::Floating { .. }, _) => DataType::Float64,
        (Reading::Text, _) => DataType::Utf8View,
        (Reading::Date, _) => DataType::Date32,
        (Reading::Timestamp(unit), _) => DataType::Timestamp(*unit, None),
        (Reading::Bytes, DataType::FixedSizeBinary(_)) => {
            array = cast(&array, &DataType::Binary)?;
            DataType::BinaryView
        }
        (Reading::Bytes, _) => DataType::BinaryView,
        (Reading::Boolean | Reading::Decimal(_) | Reading::Printed | Reading::Nothing, _) => return Ok(array),
    };
    if *array.data_type() == target {
        return Ok(array);
    }
    // A zone says how a point in time is shown, not which one it is.
    if let (Reading::Timestamp(_), DataType::Timestamp(_, Some(_))) = (reading, array.data_type()) {
        let parts = array.to_data().into_builder().data_type(target).build()?;
        return Ok(datafusion::arrow::array::make_array(parts));
    }
    Ok(cast_with_options(&array, &target, &CastOptions { safe: true, ..CastOptions::default() })?)
}

fn wider(range: Option<(i128, i128)>, value: i128) -> (i128, i128) {
    range.map_or((value, value), |(least, greatest)| (least.min(value), greatest.max(value)))
}

/// The beginning of a text that is too long to be kept.
fn kept(text: &str) -> Box<str> {
    match text.char_indices().nth(KEPT) {
        None => text.into(),
        Some((end, _)) => format!("{}…", &text[..end]).into(),
    }
}

/// Whether a value that was kept may have been cut.
pub(super) fn is_cut(text: &str) -> bool {
    text.chars().count() > KEPT
}

fn decimal_text(value: i128, scale: i8) -> String {
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
fn float_text(value: f64, single: bool) -> String {
    fn shown(value: impl Display + std::fmt::LowerExp, magnitude: f64) -> String {
        if magnitude != 0.0 && !(1e-6..1e18).contains(&magnitude) { format!("{value:e}") } else { value.to_string() }
    }
    match (value.is_finite(), single) {
        (false, _) => value.to_string(),
        (true, true) => shown(value as f32, value.abs()),
        (true, false) => shown(value, value.abs()),
    }
}

fn date_text(days: i64) -> String {
    let day = days.checked_mul(86_400).and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    day.map_or_else(|| format!("day {days}"), |day| day.format("%Y-%m-%d").to_string())
}

fn timestamp_text(value: i64, unit: TimeUnit) -> String {
    let point = match unit {
        TimeUnit::Second => DateTime::from_timestamp(value, 0),
        TimeUnit::Millisecond => DateTime::from_timestamp_millis(value),
        TimeUnit::Microsecond => DateTime::from_timestamp_micros(value),
        TimeUnit::Nanosecond => Some(DateTime::from_timestamp_nanos(value)),
    };
    point.map_or_else(|| value.to_string(), |point| point.format("%Y-%m-%d %H:%M:%S%.f").to_string())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().take(KEPT / 2 + 1).fold(String::new(), |out, byte| out + &format!("{byte:02x}"))
}
