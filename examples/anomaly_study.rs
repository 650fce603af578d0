//! Measures the forecast behind `DetectAnomalies`: what it finds in made-up series with planted anomalies, what it flags wrongly.
//!
//! `cargo run --release --example anomaly_study [-- --series N] [--seed S]`
//!
//! Each family of series has a known standard deviation at each point, so an anomaly of "6 sd" is one by the truth and not by
//! an estimate. Every point after the first twenty is forecast from all points before it, planted ones included, as if nobody
//! had excluded anything. The same N and S always give the same table.

use std::io::{self, Write};
use std::process::ExitCode;

use chrono::{DateTime, Duration, TimeZone, Utc};

use glue_compile::stdlib::forecast::{Point, Scale, forecast};

/// The sizes of planted anomalies in standard deviations.
pub const SIZES: [f64; 4] = [3.0, 4.0, 6.0, 10.0];

/// How many points nobody judges: every family is given that much history, but for the one of short series.
const HISTORY: usize = 20;
/// How many points a series has.
const LENGTH: usize = 120;

/// What the command line asks for.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Series of each family.
    pub series: usize,
    /// What the random numbers start from.
    pub seed: u64,
}

/// How one way of judging did on one family.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Ordinary points.
    pub normal: usize,
    /// Ordinary points that were flagged.
    pub alarms: usize,
    /// Planted anomalies of each of [`SIZES`].
    pub planted: [usize; SIZES.len()],
    /// Those that were flagged.
    pub found: [usize; SIZES.len()],
}

/// A family with what each way of judging made of it.
#[derive(Debug, Clone)]
pub struct Row {
    /// The family's name.
    pub family: &'static str,
    /// By the forecast.
    pub forecast: Tally,
    /// By the mean of the last ten, three standard deviations either side.
    pub mean: Tally,
    /// By the last value, a fifth either side.
    pub last: Tally,
}

fn main() -> ExitCode {
    let options = match options(std::env::args().skip(1)) {
        Ok(options) => options,
        Err(message) => {
            let _ = writeln!(io::stderr(), "{message}\nusage: anomaly_study [--series N] [--seed S]");
            return ExitCode::from(2);
        }
    };
    match io::stdout().write_all(table(&study(options, |_| true)).as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut options = Options { series: 40, seed: 2026 };
    while let Some(word) = words.next() {
        let number = words.next().and_then(|text| text.parse::<u64>().ok()).ok_or_else(|| format!("{word} takes a number"))?;
        match word.as_str() {
            "--series" => options.series = usize::try_from(number).map_err(|_| "that is too many series".to_owned())?,
            "--seed" => options.seed = number,
            _ => return Err(format!("there is no {word}")),
        }
    }
    Ok(options)
}

/// Judges the families that are wanted.
pub fn study(options: Options, wanted: impl Fn(&str) -> bool) -> Vec<Row> {
    FAMILIES.iter().filter(|family| wanted(family.name)).map(|family| judge_family(family, options)).collect()
}

/// The names of the families.
pub fn families() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().map(|family| family.name)
}

/// A kind of series.
struct Family {
    name: &'static str,
    scale: Scale,
    make: fn(&mut Rng) -> Series,
    /// Whether only the last point is judged.
    short: bool,
}

/// A series without anomalies.
struct Series {
    times: Vec<DateTime<Utc>>,
    /// What is measured if nothing is wrong.
    values: Vec<f64>,
    /// The standard deviation of what is measured around what could be known the day before.
    deviations: Vec<f64>,
    /// The points from which on everything is at another level: the first is an anomaly, what follows is not.
    shifts: Vec<usize>,
}

const fn family(name: &'static str, scale: Scale, make: fn(&mut Rng) -> Series) -> Family {
    Family { name, scale, make, short: false }
}

static FAMILIES: &[Family] = &[
    family("constant", Scale::Count, |_| steady(|_, _| (1000.0, 10.0 / 3.0))),
    family("constant ratio", Scale::Ratio, |_| steady(|_, _| (1.0, 0.002 / 3.0))),
    family("noise", Scale::Free, |rng| steady(|_, _| (1000.0 + 20.0 * rng.normal(), 20.0))),
    family("noise around zero", Scale::Free, |rng| steady(|_, _| (20.0 * rng.normal(), 20.0))),
    family("trend", Scale::Free, |rng| steady(|day, _| (1000.0 + 5.0 * day as f64 + 20.0 * rng.normal(), 20.0))),
    family("weekends", Scale::Count, |rng| {
        steady(|_, weekday| (rng.count(if weekday >= 5 { 400.0 } else { 1000.0 }, 20.0), 20.0))
    }),
    family("weekdays", Scale::Count, |rng| {
        let levels = [1000.0, 1150.0, 1200.0, 1100.0, 900.0, 500.0, 400.0];
        steady(|_, weekday| (rng.count(levels[weekday], 20.0), 20.0))
    }),
    family("random walk", Scale::Free, |rng| {
        let mut level = 1000.0;
        steady(|_, _| {
            level += 20.0 * rng.normal();
            (level, 20.0)
        })
    }),
    family("wandering level", Scale::Free, |rng| {
        let mut level = 1000.0;
        steady(|_, _| {
            level += 5.0 * rng.normal();
            (level + 20.0 * rng.normal(), 20.0)
        })
    }),
    family("level shifts", Scale::Free, |rng| {
        let shifts = [40 + rng.below(10), 80 + rng.below(10)];
        let steps = [rng.sign() * 300.0, rng.sign() * 300.0];
        let level = |day: usize| -> f64 { shifts.iter().zip(steps).filter(|(at, _)| day >= **at).map(|(_, step)| step).sum() };
        let mut series = steady(|day, _| (2000.0 + level(day) + 20.0 * rng.normal(), 20.0));
        series.shifts = shifts.to_vec();
        series
    }),
    family("growing variance", Scale::Free, |rng| {
        steady(|day, _| {
            let deviation = 5.0 + 45.0 * day as f64 / LENGTH as f64;
            (1000.0 + deviation * rng.normal(), deviation)
        })
    }),
    family("heavy tails", Scale::Free, |rng| {
        // A t distribution of three degrees of freedom, its standard deviation made 20.
        steady(|_, _| (1000.0 + 20.0 / 3.0_f64.sqrt() * rng.student3(), 20.0))
    }),
    family("small counts", Scale::Count, |rng| steady(|_, _| (rng.poisson(12.0), 12.0_f64.sqrt()))),
    family("ratios near 1", Scale::Ratio, |rng| {
        // Of 500 rows three in a hundred are null.
        let deviation = (0.03 * 0.97 / 500.0_f64).sqrt();
        steady(|_, _| (1.0 - (0..500).filter(|_| rng.uniform() < 0.03).count() as f64 / 500.0, deviation))
    }),
    family("irregular times", Scale::Free, |rng| {
        let mut hours = 0;
        let mut level = 1000.0;
        timed(|_| {
            let gap = if rng.below(12) == 0 { 24 * (3 + rng.below(10)) } else { 4 + rng.below(40) };
            hours += i64::try_from(gap).unwrap_or(24);
            let days = gap as f64 / 24.0;
            level += 5.0 * days.sqrt() * rng.normal();
            (hours, level + 20.0 * rng.normal(), (400.0 + 25.0 * days).sqrt())
        })
    }),
    family("several runs a day", Scale::Free, |rng| {
        timed(|point| {
            let (day, run) = (point / 4, point % 4);
            let hour = i64::try_from(day * 24 + run).unwrap_or(0);
            (hour, 1000.0 + 3.0 * day as f64 + 20.0 * rng.normal(), 20.0)
        })
    }),
    Family {
        name: "3 to 10 points",
        scale: Scale::Free,
        make: |rng| {
            let points = 4 + rng.below(8);
            let mut series = steady(|_, _| (1000.0 + 20.0 * rng.normal(), 20.0));
            series.values.truncate(points);
            series
        },
        short: true,
    },
];

/// A run a day. `value` says what is measured on a day of the week (0 is Monday), and its standard deviation.
fn steady(mut value: impl FnMut(usize, usize) -> (f64, f64)) -> Series {
    let mut day = 0;
    timed(|_| {
        // The first day is a Monday.
        let (value, deviation) = value(day, day % 7);
        day += 1;
        (i64::try_from(day).unwrap_or(0) * 24 - 24, value, deviation)
    })
}

/// `point` says when something is measured, in hours, and what.
fn timed(mut point: impl FnMut(usize) -> (i64, f64, f64)) -> Series {
    let monday = Utc.with_ymd_and_hms(2026, 1, 5, 6, 0, 0).single().unwrap_or_default();
    let mut series = Series { times: Vec::new(), values: Vec::new(), deviations: Vec::new(), shifts: Vec::new() };
    for at in 0..LENGTH {
        let (hours, value, deviation) = point(at);
        series.times.push(monday + Duration::hours(hours));
        series.values.push(value);
        series.deviations.push(deviation);
    }
    series
}

fn judge_family(family: &Family, options: Options) -> Row {
    let mut row = Row { family: family.name, forecast: Tally::default(), mean: Tally::default(), last: Tally::default() };
    // Short series have one point to judge each, so there are more of them.
    let count = options.series * if family.short { LENGTH - HISTORY } else { 1 };
    let mut rng =
        Rng(options.seed ^ family.name.bytes().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))));
    for _ in 0..count {
        judge_series(family, &mut rng, &mut row);
    }
    row
}

fn judge_series(family: &Family, rng: &mut Rng, row: &mut Row) {
    let series = (family.make)(rng);
    let first = if family.short { series.values.len() - 1 } else { HISTORY };
    let mut seen: Vec<Point> = Vec::new();
    let mut quiet = 0;
    for (at, normal) in series.values.iter().enumerate() {
        // A planted anomaly among some twenty-five ordinary points, no two within ten.
        quiet += 1;
        let wanted = at >= first && if family.short { rng.below(2) == 0 } else { quiet > 10 && rng.below(15) == 0 };
        let size = rng.below(SIZES.len());
        let shift = series.shifts.contains(&at);
        let planted = wanted && !shift;
        let mut value = *normal;
        if planted {
            quiet = 0;
            let sign = if family.scale == Scale::Ratio { -1.0 } else { rng.sign() };
            value = inside(family.scale, value - noise(&series, at, family) + sign * SIZES[size] * series.deviations[at]);
        }
        if at >= first {
            let when = series.times[at];
            let expected = forecast(&seen, when, family.scale);
            // A shift is as far as fifteen deviations: it counts among the greatest.
            let kind = if planted { Some(size) } else { shift.then_some(SIZES.len() - 1) };
            row.forecast.count(kind, expected.is_some_and(|expected| expected.is_anomaly(value)));
            row.mean.count(kind, off_mean(&seen, value));
            row.last.count(kind, off_last(&seen, value));
        }
        seen.push(Point { at: series.times[at], value });
    }
}

/// What of a normal value is chance: a planted anomaly stands in its place, that its size be what it is said to be.
fn noise(series: &Series, at: usize, family: &Family) -> f64 {
    match family.name {
        "noise" | "growing variance" | "heavy tails" | "3 to 10 points" => series.values[at] - 1000.0,
        "noise around zero" => series.values[at],
        "small counts" => series.values[at] - 12.0,
        "ratios near 1" => series.values[at] - 0.97,
        "random walk" => series.values[at] - series.values[at - 1],
        _ => 0.0,
    }
}

fn inside(scale: Scale, value: f64) -> f64 {
    match scale {
        Scale::Ratio => value.clamp(0.0, 1.0),
        Scale::Count => value.round().max(0.0),
        Scale::Free => value,
    }
}

/// `between avg(last(10)) - 3 * std(last(10)) and avg(last(10)) + 3 * std(last(10))`
fn off_mean(seen: &[Point], value: f64) -> bool {
    let last = &seen[seen.len().saturating_sub(10)..];
    let count = last.len() as f64;
    let mean = last.iter().map(|point| point.value).sum::<f64>() / count;
    let variance = last.iter().map(|point| (point.value - mean).powi(2)).sum::<f64>() / count;
    (value - mean).abs() > 3.0 * variance.sqrt()
}

/// `between 0.8 * last() and 1.2 * last()`
fn off_last(seen: &[Point], value: f64) -> bool {
    seen.last().is_some_and(|last| (value - last.value).abs() > 0.2 * last.value.abs())
}

impl Tally {
    /// `size`: which of [`SIZES`] was planted.
    fn count(&mut self, size: Option<usize>, flagged: bool) {
        match size {
            Some(size) => {
                self.planted[size] += 1;
                self.found[size] += usize::from(flagged);
            }
            None => {
                self.normal += 1;
                self.alarms += usize::from(flagged);
            }
        }
    }

    /// How many of a hundred anomalies of that size were found.
    pub fn recall(&self, size: usize) -> f64 {
        100.0 * self.found[size] as f64 / self.planted[size].max(1) as f64
    }

    /// How many of a hundred ordinary points were flagged.
    pub fn false_alarms(&self) -> f64 {
        100.0 * self.alarms as f64 / self.normal.max(1) as f64
    }
}

/// The rows as a table for people.
pub fn table(rows: &[Row]) -> String {
    let mut out = String::from(
        "                                     forecast                        mean ± 3 sd     last ± 20 %\n\
         family               points planted   3 sd  4 sd  6 sd 10 sd false    6 sd false      6 sd false\n",
    );
    for row in rows {
        let planted: usize = row.forecast.planted.iter().sum();
        out.push_str(&format!("{:<20} {:>6} {planted:>7} ", row.family, row.forecast.normal + planted));
        for size in 0..SIZES.len() {
            out.push_str(&format!(" {:>5.0}", row.forecast.recall(size)));
        }
        out.push_str(&format!(" {:>5.1}", row.forecast.false_alarms()));
        for tally in [row.mean, row.last] {
            out.push_str(&format!("   {:>5.0} {:>5.1}  ", tally.recall(2), tally.false_alarms()));
        }
        out.truncate(out.trim_end().len());
        out.push('\n');
    }
    out
}

/// `SplitMix64` (Steele, Lea, Flood 2014): small, and the same everywhere.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`; the bias of the remainder does not matter here.
    fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next() % limit as u64).unwrap_or(0)
    }

    /// Above 0, below 1.
    fn uniform(&mut self) -> f64 {
        ((self.next() >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn sign(&mut self) -> f64 {
        if self.below(2) == 0 { -1.0 } else { 1.0 }
    }

    /// Box and Muller's.
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }

    /// A whole number around `level`, not below 0.
    fn count(&mut self, level: f64, deviation: f64) -> f64 {
        (level + deviation * self.normal()).round().max(0.0)
    }

    /// Student's t of three degrees of freedom.
    fn student3(&mut self) -> f64 {
        let squares: f64 = (0..3).map(|_| self.normal().powi(2)).sum();
        self.normal() / (squares / 3.0).sqrt()
    }

    /// Knuth's, for small means.
    fn poisson(&mut self, mean: f64) -> f64 {
        let limit = (-mean).exp();
        let mut product = self.uniform();
        let mut count = 0.0;
        while product > limit {
            product *= self.uniform();
            count += 1.0;
        }
        count
    }
}
