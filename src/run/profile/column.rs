//! One pass over a column: whatever its type, its values become numbers, texts or bytes, and are counted.

use std::ops::Range;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{Array, ArrayRef, AsArray};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::{CastOptions, cast, cast_with_options};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Decimal128Type, Float64Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::Result;

use super::distinct::{Distinct, Entry};
use super::figures::{ColumnProfile, Kind, NumberFigures, SHARES};
use super::gather::{Gathered, Room};
use super::hash;
use super::numbers::{self, Apart, Moments, Quantiles};
use super::text::{Facts, TextScan};
use super::value::{self, Value, Whole};
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
    /// Of values that are not all in `distinct`; so are the quantiles, and the counts of texts.
    moments: Moments,
    quantiles: Quantiles,
    nan: u64,
    infinite: u64,
    text: Option<TextScan>,
    room: Room,
}

/// The values of a batch, as later phases need them.
#[derive(Debug, Default)]
pub(super) struct Cells {
    /// The hash of each row's value; anything for null.
    pub(super) hashes: Vec<u64>,
    pub(super) nulls: Option<NullBuffer>,
    /// Numbers, if they were asked for.
    pub(super) numbers: Option<Apart>,
}

/// Values that a profile lists.
const LISTED: usize = 64;

impl ColumnScan {
    /// A column that is counted exactly up to `limit` values; `None` if it holds no single values.
    pub(super) fn new(name: &str, data_type: &DataType, limit: usize, now: DateTime<Utc>, room: &Room) -> Option<Self> {
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
            room: room.clone(),
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

    /// The values of one more batch, and its numbers if they are to be held against others.
    pub(super) fn add(&mut self, array: &ArrayRef, with_numbers: bool) -> Result<Cells> {
        let array = plain(array, &self.reading)?;
        let nulls = array.logical_nulls().filter(|nulls| nulls.null_count() > 0);
        let rows = Rows { runs: runs(nulls.as_ref(), array.len()), count: array.len(), with_numbers };
        let values: usize = rows.runs.iter().map(Range::len).sum();
        self.values += values as u64;
        self.nulls += (array.len() - values) as u64;
        let (hashes, numbers) = match self.reading.clone() {
            Reading::Boolean => {
                let array = array.as_boolean();
                let hashes = array.values().iter().map(|value| hash::long(i64::from(value))).collect();
                (self.simple(hashes, &rows, |row| Value::Whole(i64::from(array.value(row)))), None)
            }
            Reading::Integer => {
                // Unsigned 64 bits come as decimals.
                if let DataType::Decimal128(..) = array.data_type() {
                    self.numbers_of(array.as_primitive::<Decimal128Type>().values(), 0, &rows)
                } else {
                    self.numbers_of(array.as_primitive::<Int64Type>().values(), 0, &rows)
                }
            }
            Reading::Decimal(scale) => self.numbers_of(array.as_primitive::<Decimal128Type>().values(), scale, &rows),
            Reading::Floating { .. } => self.floats(array.as_primitive::<Float64Type>().values(), &rows),
            Reading::Text => {
                let texts: Vec<&str> = array.as_string_view().iter().map(Option::unwrap_or_default).collect();
                (self.texts(&texts, &rows), None)
            }
            Reading::Date => (self.wholes(array.as_primitive::<Date32Type>().values(), &rows), None),
            Reading::Timestamp(unit) => {
                let values = match unit {
                    TimeUnit::Second => array.as_primitive::<TimestampSecondType>().values(),
                    TimeUnit::Millisecond => array.as_primitive::<TimestampMillisecondType>().values(),
                    TimeUnit::Microsecond => array.as_primitive::<TimestampMicrosecondType>().values(),
                    TimeUnit::Nanosecond => array.as_primitive::<TimestampNanosecondType>().values(),
                };
                (self.wholes(values, &rows), None)
            }
            Reading::Bytes => {
                let values: Vec<&[u8]> = array.as_binary_view().iter().map(Option::unwrap_or_default).collect();
                let hashes = values.iter().map(|value| hash::bytes(value)).collect();
                (self.simple(hashes, &rows, |row| Value::Text(value::hexadecimal(values[row]).into())), None)
            }
            Reading::Printed => {
                let options = FormatOptions::default().with_display_error(true);
                let printer = ArrayFormatter::try_new(&array, &options)?;
                let texts: Vec<String> = (0..array.len()).map(|row| printer.value(row).to_string()).collect();
                let hashes = texts.iter().map(|text| hash::bytes(text.as_bytes())).collect();
                (self.simple(hashes, &rows, |row| Value::Text(value::kept(&texts[row]))), None)
            }
            Reading::Nothing => (vec![0; array.len()], None),
        };
        if self.distinct.overflows() {
            self.give_up();
        }
        Ok(Cells { hashes, nulls, numbers })
    }

    /// The hashes of the values of a column that may be part of a key, as [`Self::add`] makes them; none for null.
    pub(super) fn hashes(&self, array: &ArrayRef) -> Result<Vec<Option<u64>>> {
        let array = plain(array, &self.reading)?;
        if let Some(texts) = array.as_string_view_opt() {
            return Ok(texts.iter().map(|text| Some(hash::bytes(text?.as_bytes()))).collect());
        }
        if let DataType::Decimal128(..) = array.data_type() {
            return Ok(array.as_primitive::<Decimal128Type>().iter().map(|value| Some(hash::whole(value?))).collect());
        }
        let wholes = cast(&array, &DataType::Int64)?;
        Ok(wholes.as_primitive::<Int64Type>().iter().map(|value| Some(hash::long(value?))).collect())
    }

    /// Values that are counted and nothing else.
    fn simple(&mut self, hashes: Vec<u64>, rows: &Rows, value: impl Fn(usize) -> Value) -> Vec<u64> {
        self.distinct.add(&hashes, &rows.runs, value, |_| Facts::default());
        hashes
    }

    /// Values that have an order.
    fn wholes<T: Whole>(&mut self, values: &[T], rows: &Rows) -> Vec<u64> {
        for run in &rows.runs {
            let part = || values[run.clone()].iter().copied();
            if let (Some(least), Some(greatest)) = (part().min(), part().max()) {
                let (least, greatest) = (least.wide(), greatest.wide());
                self.whole = Some(self.whole.map_or((least, greatest), |(a, b)| (a.min(least), b.max(greatest))));
            }
        }
        let hashes = values.iter().map(|value| value.hash()).collect();
        self.simple(hashes, rows, |row| values[row].value())
    }

    fn numbers_of<T: Whole>(&mut self, values: &[T], scale: i8, rows: &Rows) -> (Vec<u64>, Option<Apart>) {
        let counts = self.distinct.is_exact();
        let hashes = self.wholes(values, rows);
        let number = value::to_number(scale);
        let apart = rows.with_numbers.then(|| rows.apart(|row| number(values[row].number())));
        if !counts {
            let found: Vec<f64> =
                rows.runs.iter().flat_map(|run| &values[run.clone()]).map(|value| number(value.number())).collect();
            self.measure(&found);
        }
        (hashes, apart)
    }

    fn floats(&mut self, values: &[f64], rows: &Rows) -> (Vec<u64>, Option<Apart>) {
        let counts = self.distinct.is_exact();
        let hashes = values.iter().map(|value| hash::floating(*value)).collect();
        let hashes = self.simple(hashes, rows, |row| Value::Floating(values[row]));
        let (mut least, mut greatest) = self.floating.unwrap_or((f64::INFINITY, f64::NEG_INFINITY));
        let mut numbers = 0;
        let mut finite = Vec::new();
        for value in rows.runs.iter().flat_map(|run| &values[run.clone()]).copied() {
            if value.is_finite() {
                finite.push(value);
            } else if value.is_nan() {
                self.nan += 1;
                continue;
            } else {
                self.infinite += 1;
            }
            numbers += 1;
            least = least.min(value);
            greatest = greatest.max(value);
        }
        if numbers > 0 {
            self.floating = Some((least, greatest));
        }
        if !counts {
            self.measure(&finite);
        }
        (hashes, rows.with_numbers.then(|| rows.apart(|row| values[row])))
    }

    fn texts(&mut self, texts: &[&str], rows: &Rows) -> Vec<u64> {
        let hashes: Vec<u64> = texts.iter().map(|text| hash::bytes(text.as_bytes())).collect();
        let counts = self.distinct.is_exact();
        let Self { distinct, text: Some(scan), .. } = self else { return hashes };
        distinct.add(&hashes, &rows.runs, |row| Value::Text(value::kept(texts[row])), |row| scan.see(texts[row]));
        if !counts {
            for text in rows.runs.iter().flat_map(|run| &texts[run.clone()]) {
                let facts = scan.see(text);
                scan.count(facts, 1);
            }
            scan.judge();
        }
        hashes
    }

    fn measure(&mut self, values: &[f64]) {
        self.moments.add(values);
        self.quantiles.extend(values);
    }

    /// There are too many values to count: figures that can be had of the counts are kept by themselves from here on.
    fn give_up(&mut self) {
        let entries = self.distinct.entries();
        if self.kind().is_number() {
            for (number, count) in self.weighed_numbers() {
                self.moments.weigh(number, count);
                self.quantiles.weigh(number, count);
            }
        }
        if let Some(text) = &mut self.text {
            entries.iter().for_each(|entry| text.count(entry.facts, entry.count));
            text.judge();
        }
        let gathers = super::scan::may_identify(self.kind());
        self.distinct.give_up(if gathers { Gathered::new(self.room.clone()) } else { Gathered::none() });
    }

    /// The finite numbers that are counted, in order.
    fn weighed_numbers(&self) -> Vec<(f64, u64)> {
        let to_number = match self.reading {
            Reading::Decimal(scale) => value::to_number(scale),
            _ => value::to_number(0),
        };
        let number = |entry: &Entry| match &entry.value {
            Value::Whole(value) => to_number(*value as f64),
            Value::Wide(value) => to_number(**value as f64),
            Value::Floating(value) => *value,
            Value::Text(_) => f64::NAN,
        };
        let numbers = self.distinct.entries().iter().map(|entry| (number(entry), entry.count));
        let mut numbers: Vec<(f64, u64)> = numbers.filter(|(number, _)| number.is_finite()).collect();
        numbers.sort_unstable_by(|(a, _), (b, _)| a.total_cmp(b));
        numbers
    }

    /// What was found in a later part of the data.
    pub(super) fn merge(&mut self, mut other: Self) {
        match (self.distinct.is_exact(), other.distinct.is_exact()) {
            (true, false) => self.give_up(),
            (false, true) => other.give_up(),
            _ => {}
        }
        self.nulls += other.nulls;
        self.values += other.values;
        self.whole = match (self.whole, other.whole) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (own, others) => own.or(others),
        };
        self.floating = match (self.floating, other.floating) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (own, others) => own.or(others),
        };
        self.moments.merge(other.moments);
        self.quantiles.merge(other.quantiles);
        self.nan += other.nan;
        self.infinite += other.infinite;
        match (&mut self.text, &other.text) {
            (Some(text), Some(others)) => self.distinct.merge(other.distinct, text.merge(others)),
            _ => self.distinct.merge(other.distinct, |facts| facts),
        }
        if self.distinct.overflows() {
            self.give_up();
        }
    }

    /// What was found.
    pub(super) fn profile(&self) -> ColumnProfile {
        let counted = self.distinct.counted(LISTED, |value| self.shown(value));
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
            text: self.text.as_ref().filter(|_| self.values > 0).map(|text| self.text_figures(text)),
        }
    }

    /// A value as it is shown.
    fn shown(&self, value: &Value) -> String {
        let time = |value: i128| i64::try_from(value).unwrap_or(0);
        let whole = |value: i128| match self.reading {
            Reading::Boolean => (value != 0).to_string(),
            Reading::Decimal(scale) => value::decimal_text(value, scale),
            Reading::Date => value::date_text(time(value)),
            Reading::Timestamp(unit) => value::timestamp_text(time(value), unit),
            _ => value::decimal_text(value, 0),
        };
        match value {
            Value::Whole(value) => whole(i128::from(*value)),
            Value::Wide(value) => whole(**value),
            Value::Floating(value) => value::float_text(*value, self.reading == Reading::Floating { single: true }),
            Value::Text(text) => text.to_string(),
        }
    }

    fn extremes(&self) -> Option<(String, String)> {
        match self.reading {
            Reading::Integer | Reading::Decimal(_) | Reading::Date | Reading::Timestamp(_) => {
                let (least, greatest) = self.whole?;
                Some((self.shown(&Value::whole(least)), self.shown(&Value::whole(greatest))))
            }
            Reading::Floating { .. } => {
                let (least, greatest) = self.floating?;
                Some((self.shown(&Value::Floating(least)), self.shown(&Value::Floating(greatest))))
            }
            Reading::Boolean | Reading::Text | Reading::Bytes | Reading::Printed | Reading::Nothing => None,
        }
    }

    fn text_figures(&self, text: &TextScan) -> super::figures::TextFigures {
        let mut text = text.clone();
        self.distinct.entries().iter().for_each(|entry| text.count(entry.facts, entry.count));
        text.figures()
    }

    fn numbers(&self) -> NumberFigures {
        let range = match self.reading {
            Reading::Integer => self.whole.map(|(least, greatest)| (least as f64, greatest as f64)),
            Reading::Decimal(scale) => {
                let number = value::to_number(scale);
                self.whole.map(|(least, greatest)| (number(least as f64), number(greatest as f64)))
            }
            _ => self.floating,
        };
        let exact = self.distinct.is_exact();
        let mut moments = self.moments;
        let mut quantiles = None;
        if exact {
            let weighed = self.weighed_numbers();
            weighed.iter().for_each(|(number, count)| moments.weigh(*number, *count));
            quantiles = numbers::at(&weighed, &SHARES);
        }
        NumberFigures {
            range,
            mean: moments.mean(),
            deviation: moments.deviation(),
            quantiles: if exact { quantiles } else { self.quantiles.at(&SHARES) },
            quantiles_are_exact: exact || self.quantiles.is_exact(),
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

/// The rows of a batch.
struct Rows {
    /// Those that have a value.
    runs: Vec<Range<usize>>,
    count: usize,
    with_numbers: bool,
}

impl Rows {
    fn apart(&self, number: impl Fn(usize) -> f64) -> Apart {
        let mut numbers = vec![f64::NAN; self.count];
        for run in &self.runs {
            numbers[run.clone()].iter_mut().zip(run.clone()).for_each(|(place, row)| *place = number(row));
        }
        Apart::new(numbers)
    }
}

/// The rows that are not null, in order.
fn runs(nulls: Option<&NullBuffer>, count: usize) -> Vec<Range<usize>> {
    match nulls {
        Some(nulls) => nulls.valid_slices().map(|(from, to)| from..to).collect(),
        None if count == 0 => Vec::new(),
        None => std::iter::once(0..count).collect(),
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
