//! Where the next value of a metric is expected, told by its history: what `DetectAnomalies` compares with.
//!
//! In reading order: [`clock`] turns times into gaps and days, [`linear`] is one model of a series and names its sources,
//! [`averaging`] weighs several of them, [`student`] has the distribution that bounds are read off. `docs/anomalies.md`
//! explains the method and measures it.
//!
//! A pure function of the history: the same points give the same bounds on every machine.

mod averaging;
mod clock;
mod linear;
mod student;

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "ends of scales are exact")]
mod tests;

use chrono::{DateTime, Utc};

use averaging::Averaging;
use clock::{Clock, Moment};
use linear::Start;

/// The share of ordinary values that is to fall between the bounds.
pub const CONFIDENCE: f64 = 0.99;

/// Without this many points nothing is expected.
pub const LEAST_POINTS: usize = 3;

/// With fewer points than this the narrowest bounds are wider in proportion: ten equal values prove more than three.
const SETTLED: f64 = 10.0;

/// A value of a metric and when it was measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub at: DateTime<Utc>,
    pub value: f64,
}

/// What kind of number a metric is: where it can be, and which change is too small to speak of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    /// Between 0 and 1, such as a completeness. Bounds are at least 0.2 % of the expected value away from it.
    Ratio,
    /// A whole number from 0 on, such as a row count. Bounds are at least 1 % and half a unit away.
    Count,
    /// Any number, such as a mean. Bounds are at least 1 % away.
    Free,
}

/// Where the next value is expected. All numbers are finite, and `lower <= expected <= upper`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// The middle of what is expected.
    pub expected: f64,
    pub lower: f64,
    pub upper: f64,
    /// The share of ordinary values that is to fall between the bounds.
    pub confidence: f64,
    /// How many points it rests on.
    pub points: usize,
    /// Whether the day of the week matters.
    pub seasonal: bool,
    /// Whether the last value was out of line: then the bounds hold a return to the old level and a new level alike.
    pub unsettled: bool,
}

impl Forecast {
    /// Whether a value is out of line. One that is no number always is.
    pub fn is_anomaly(&self, actual: f64) -> bool {
        !(self.lower..=self.upper).contains(&actual)
    }
}

/// Forecasts the value at `at` from `history`: oldest first, without points that were excluded.
///
/// `None` under [`LEAST_POINTS`] points. Values that are no finite numbers are no points.
pub fn forecast(history: &[Point], at: DateTime<Utc>, scale: Scale) -> Option<Forecast> {
    let points: Vec<Point> = history.iter().copied().filter(|point| point.value.is_finite()).collect();
    if points.len() < LEAST_POINTS {
        return None;
    }
    // In units of the greatest value, so that no square overflows.
    let unit = points.iter().map(|point| point.value.abs()).fold(0.0, f64::max);
    let unit = if unit > 0.0 { unit } else { 1.0 };
    let values: Vec<f64> = points.iter().map(|point| point.value / unit).collect();
    let times: Vec<_> = points.iter().map(|point| point.at).collect();
    let clock = Clock::new(&times)?;
    let moments = clock.moments(&times);
    let next = clock.next(at);

    let mut averaging = Averaging::new(&clock::seasons(&moments, next), start(&values, &moments, scale, unit), moments[0]);
    for (moment, value) in moments.iter().zip(&values).skip(1) {
        averaging.learn(*moment, *value);
    }
    let outlook = averaging.outlook(next, CONFIDENCE);

    let narrowest = scale.narrowest(outlook.center, unit) * (SETTLED / points.len() as f64).max(1.0);
    let within = |value: f64| scale.clamp((value * unit).clamp(f64::MIN, f64::MAX));
    Some(Forecast {
        expected: within(outlook.center),
        lower: within(outlook.lower.min(outlook.center - narrowest)),
        upper: within(outlook.upper.max(outlook.center + narrowest)),
        confidence: CONFIDENCE,
        points: points.len(),
        seasonal: outlook.seasonal > 0.5,
        unsettled: outlook.unsettled,
    })
}

impl Scale {
    /// The scale of a metric of AWS's name: of `Column.order_id.Completeness`, a ratio.
    pub fn of(metric: &str) -> Self {
        match metric.rsplit('.').next().unwrap_or(metric) {
            "RowCount"
            | "ColumnCount"
            | "DistinctValuesCount"
            | "ZerosCount"
            | "DuplicateRowCount"
            | "MinimumLength"
            | "MaximumLength" => Self::Count,
            "Completeness"
            | "Uniqueness"
            | "UniqueValueRatio"
            | "Compliance"
            | "LengthCompliance"
            | "PatternMatch"
            | "ReferentialIntegrity"
            | "DatasetMatch"
            | "SchemaMatch"
            | "ColumnNamesPatternMatchRatio" => Self::Ratio,
            _ => Self::Free,
        }
    }

    /// How far bounds are at least from `expected`, both in units of `unit`.
    fn narrowest(self, expected: f64, unit: f64) -> f64 {
        let share = match self {
            Self::Ratio => 0.002,
            Self::Count | Self::Free => 0.01,
        };
        let least = if self == Self::Count { 0.5 / unit } else { 0.0 };
        // Zero has no per cent: a metric that was always 0 is out of line as soon as it is not.
        (share * expected.abs()).max(least).max(1e-9)
    }

    fn clamp(self, value: f64) -> f64 {
        match self {
            Self::Ratio => value.clamp(0.0, 1.0),
            Self::Count => value.max(0.0),
            Self::Free => value,
        }
    }
}

/// What is known of a series as a whole before its models see it point by point.
fn start(values: &[f64], moments: &[Moment], scale: Scale, unit: f64) -> Start {
    let least = scale.narrowest(median(values.iter().map(|value| value.abs())), unit) / 3.0;
    let noise = noise(values, moments).max(least);
    Start {
        first: values[0],
        least,
        // Of fewer points one outlier is too great a part.
        noise: (values.len() >= 6).then_some(noise),
        effects: (spread(values) / noise).powi(2).clamp(1.0, 1e4),
    }
}

/// A robust standard deviation of what is chance in a series: from the differences of neighbours, or of the same days of two
/// weeks, whichever is less.
fn noise(values: &[f64], moments: &[Moment]) -> f64 {
    let young = &values[..values.len().min(15)];
    let neighbours = median(young.windows(2).map(|pair| (pair[1] - pair[0]).abs()));
    let mut before: [Option<f64>; 7] = [None; 7];
    let mut weekly = Vec::new();
    for (value, moment) in values.iter().zip(moments).take(50) {
        weekly.extend(before[moment.day].map(|before| (value - before).abs()));
        before[moment.day] = Some(*value);
    }
    let differences = if weekly.len() < 10 { neighbours } else { neighbours.min(median(weekly.into_iter())) };
    // The median absolute deviation of a normal distribution is 1 / 1.4826 of its standard deviation; differences have two.
    1.4826 * differences / std::f64::consts::SQRT_2
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// The distance of the middle four fifths' ends.
fn spread(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let tenth = sorted.len() / 10;
    sorted[sorted.len() - 1 - tenth] - sorted[tenth]
}
