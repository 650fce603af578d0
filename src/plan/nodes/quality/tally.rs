//! Aggregates of numbers, accumulated batch by batch and merged over partitions.
//!
//! Spark's formulas, so that figures agree to the last digit where AWS's are exact: sums of integers and decimals
//! are exact, moments and correlation are Spark's online algorithms.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use datafusion::arrow::compute::{cast, filter, max, min};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type, Int64Type, UInt64Type};
use datafusion::common::Result;

use super::Mask;
use super::bounds::Bounds;
use super::histogram::Histogram;
use super::quantiles::Quantiles;
use super::shape::Shape;
use crate::stdlib::rule::TallyKind;

/// An aggregate so far.
#[derive(Debug, Clone)]
pub struct Accumulator {
    kind: TallyKind,
    count: u64,
    sum: Sum,
    extreme: Option<f64>,
    /// Mean and sum of squared distances of the first and the second argument, and the sum of their products.
    moments: [f64; 5],
    /// Rows seen, whether or not they are in the mask.
    seen: u64,
    bounds: Option<Bounds>,
    shape: Shape,
    quantiles: Quantiles,
    histogram: Option<Histogram>,
}

#[derive(Debug, Clone, Copy)]
enum Sum {
    Exact { units: i128, scale: i8 },
    Floating(f64),
}

impl Accumulator {
    /// Of nothing yet.
    pub fn new(kind: TallyKind) -> Self {
        Self {
            kind,
            count: 0,
            sum: Sum::Exact { units: 0, scale: 0 },
            extreme: None,
            moments: [0.0; 5],
            seen: 0,
            bounds: None,
            shape: Shape::default(),
            quantiles: Quantiles::new(),
            histogram: match kind {
                TallyKind::Histogram(edges) => Some(Histogram::new(edges)),
                _ => None,
            },
        }
    }

    /// Adds the rows of a batch that are in the mask.
    pub fn update(&mut self, arguments: &[ArrayRef], mask: &Mask) -> Result<()> {
        self.seen += arguments.first().map_or(0, |array| array.len() as u64);
        let selected: Vec<ArrayRef> = match mask {
            Mask::All => arguments.to_vec(),
            Mask::Some(mask) => {
                let mask = datafusion::arrow::array::BooleanArray::new(mask.clone(), None);
                arguments.iter().map(|array| Ok(filter(array, &mask)?)).collect::<Result<_>>()?
            }
        };
        let first = &selected[0];
        match self.kind {
            TallyKind::Count => self.count += valid(first),
            TallyKind::Sum => {
                self.count += valid(first);
                self.sum = self.sum.plus(sum(first)?);
            }
            TallyKind::Minimum | TallyKind::Maximum => {
                let found = extreme(first, self.kind)?;
                self.extreme = furthest(self.kind, self.extreme, found);
                self.count += valid(first);
            }
            TallyKind::Variance | TallyKind::StandardDeviation => floats(first)?.iter().flatten().for_each(|x| self.add(x)),
            TallyKind::Correlation => {
                let (xs, ys) = (floats(first)?, floats(&selected[1])?);
                xs.iter().zip(ys.iter()).for_each(|(x, y)| {
                    if let (Some(x), Some(y)) = (x, y) {
                        self.add_pair(x, y);
                    }
                });
            }
            TallyKind::Zeros => self.count += floats(first)?.iter().flatten().filter(|x| *x == 0.0).count() as u64,
            TallyKind::Range => {
                self.count += valid(first);
                self.bounds = self.bounds.into_iter().chain(Bounds::of(first)?).reduce(Bounds::and);
            }
            TallyKind::Skewness | TallyKind::Kurtosis => floats(first)?.iter().flatten().for_each(|x| self.shape.add(x)),
            TallyKind::InterquartileRange => floats(first)?.iter().flatten().for_each(|x| self.quantiles.add(x)),
            TallyKind::Histogram(_) => {
                let values = floats(first)?;
                self.histogram.iter_mut().for_each(|histogram| values.iter().flatten().for_each(|x| histogram.add(x)));
            }
        }
        Ok(())
    }

    fn add(&mut self, x: f64) {
        self.count += 1;
        let [mean, m2, ..] = &mut self.moments;
        let delta = x - *mean;
        let step = delta / self.count as f64;
        *mean += step;
        *m2 += delta * (delta - step);
    }

    fn add_pair(&mut self, x: f64, y: f64) {
        self.count += 1;
        let n = self.count as f64;
        let [x_mean, x_m2, y_mean, y_m2, products] = &mut self.moments;
        let (dx, dy) = (x - *x_mean, y - *y_mean);
        *x_mean += dx / n;
        *y_mean += dy / n;
        *products += dx * (y - *y_mean);
        *x_m2 += dx * (x - *x_mean);
        *y_m2 += dy * (y - *y_mean);
    }

    /// Adds what another partition has.
    pub fn merge(&mut self, other: &Self) {
        self.sum = self.sum.plus(other.sum);
        self.extreme = furthest(self.kind, self.extreme, other.extreme);
        self.seen += other.seen;
        self.bounds = self.bounds.into_iter().chain(other.bounds).reduce(Bounds::and);
        self.shape.merge(&other.shape);
        self.quantiles.merge(&other.quantiles);
        if let (Some(own), Some(more)) = (&mut self.histogram, &other.histogram) {
            own.merge(more);
        }
        if other.count == 0 {
            return;
        }
        let (n, m) = (self.count as f64, other.count as f64);
        self.count += other.count;
        if n == 0.0 {
            self.moments = other.moments;
            return;
        }
        let [x_mean, x_m2, y_mean, y_m2, products] = &mut self.moments;
        let [ox, ox2, oy, oy2, op] = other.moments;
        let (dx, dy) = (ox - *x_mean, oy - *y_mean);
        let (dxn, dyn_) = (dx / (n + m), dy / (n + m));
        *x_mean += dxn * m;
        *y_mean += dyn_ * m;
        *x_m2 += ox2 + dx * dxn * n * m;
        *y_m2 += oy2 + dy * dyn_ * n * m;
        *products += op + dx * dyn_ * n * m;
    }

    /// How many values lie where, if that is what was counted.
    pub fn histogram(&self) -> Option<&Histogram> {
        self.histogram.as_ref()
    }

    /// The figure; none of no values, except that they are none.
    pub fn value(&self) -> Option<f64> {
        let n = self.count as f64;
        let [_, x_m2, _, y_m2, products] = self.moments;
        match self.kind {
            TallyKind::Count => Some(n),
            // As on AWS: of rows that a `where` leaves out there are none, of no rows at all there is no figure.
            TallyKind::Zeros => (self.seen > 0).then_some(n),
            TallyKind::Skewness => self.shape.skewness(),
            TallyKind::Kurtosis => self.shape.kurtosis(),
            TallyKind::InterquartileRange => self.quantiles.at(&[(1, 4), (3, 4)]).map(|ends| ends[1] - ends[0]),
            TallyKind::Range => self.bounds.map(Bounds::width),
            TallyKind::Histogram(_) => self.histogram.as_ref().and_then(Histogram::overflow),
            _ if self.count == 0 => None,
            TallyKind::Sum => Some(self.sum.value()),
            TallyKind::Minimum | TallyKind::Maximum => self.extreme,
            TallyKind::Variance => Some(x_m2 / n),
            TallyKind::StandardDeviation => Some((x_m2 / n).sqrt()),
            TallyKind::Correlation => Some(products / (x_m2 * y_m2).sqrt()),
        }
    }
}

impl Sum {
    fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exact { units: 0, .. }, sum) | (sum, Self::Exact { units: 0, .. }) => sum,
            (Self::Exact { units: a, scale: s }, Self::Exact { units: b, scale: t }) if s == t => a
                .checked_add(b)
                .map_or_else(|| Self::Floating(self.value() + other.value()), |units| Self::Exact { units, scale: s }),
            _ => Self::Floating(self.value() + other.value()),
        }
    }

    fn value(self) -> f64 {
        match self {
            Self::Exact { units, scale } => units as f64 / 10_f64.powi(i32::from(scale)),
            Self::Floating(value) => value,
        }
    }
}

fn valid(array: &ArrayRef) -> u64 {
    (array.len() - array.logical_null_count()) as u64
}

fn floats(array: &ArrayRef) -> Result<Float64Array> {
    Ok(cast(array, &DataType::Float64)?.as_primitive::<Float64Type>().clone())
}

fn sum(array: &ArrayRef) -> Result<Sum> {
    Ok(match array.data_type() {
        DataType::Decimal128(_, scale) => {
            let values = array.as_primitive::<Decimal128Type>();
            match values.iter().flatten().try_fold(0_i128, i128::checked_add) {
                Some(units) => Sum::Exact { units, scale: *scale },
                None => Sum::Floating(floats(array)?.iter().flatten().sum()),
            }
        }
        DataType::UInt64 => {
            let units = array.as_primitive::<UInt64Type>().iter().flatten().map(i128::from).sum();
            Sum::Exact { units, scale: 0 }
        }
        data_type if data_type.is_integer() => {
            let values = cast(array, &DataType::Int64)?;
            let units = values.as_primitive::<Int64Type>().iter().flatten().map(i128::from).sum();
            Sum::Exact { units, scale: 0 }
        }
        _ => Sum::Floating(floats(array)?.iter().flatten().sum()),
    })
}

/// The smallest or greatest value as a double; a float's by its text, as AWS reads it (`0.1` is 0.1).
fn extreme(array: &ArrayRef, kind: TallyKind) -> Result<Option<f64>> {
    let least = kind == TallyKind::Minimum;
    Ok(match array.data_type() {
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>();
            let found = if least { min(values) } else { max(values) };
            found.map(|value| value.to_string().parse().unwrap_or(f64::NAN))
        }
        data_type if data_type.is_integer() && *data_type != DataType::UInt64 => {
            let values = cast(array, &DataType::Int64)?;
            let values = values.as_primitive::<Int64Type>();
            (if least { min(values) } else { max(values) }).map(|value| value as f64)
        }
        _ => {
            let values = floats(array)?;
            if least { min(&values) } else { max(&values) }
        }
    })
}

fn furthest(kind: TallyKind, a: Option<f64>, b: Option<f64>) -> Option<f64> {
    let (Some(x), Some(y)) = (a, b) else { return a.or(b) };
    let first = (x.total_cmp(&y) == std::cmp::Ordering::Less) == (kind == TallyKind::Minimum);
    Some(if first { x } else { y })
}
