//! One dynamic linear model: a level, perhaps a damped trend, perhaps effects of days; its variance is learnt as well.
//!
//! West & Harrison, Bayesian Forecasting and Dynamic Models, 2nd ed. 1997: the updating of chapter 4.6 (unknown variance,
//! conjugate), block discounting of 6.3. All covariances are in units of the observations' variance.
//!
//! - A gap of k steps adds k times the evolution variance of one step, as 6.3 advises for gaps: the discount to the power of
//!   k would widen bounds exponentially, and a daily run that paused for a month would accept anything.
//! - What is learnt from a value is the value cleaned by Huber's psi function (Gelper, Fried, Croux, Robust forecasting with
//!   exponential and Holt-Winters smoothing, Journal of Forecasting 29, 2010): an error counts up to three standard deviations.
//! - After such a value there are two explanations, an outlier and a new level. Both are kept, and the next value decides
//!   (West & Harrison, Monitoring and adaptation in Bayesian forecasting models, JASA 81, 1986).

use super::clock::{Moment, Season};
use super::student::Student;

/// A level, a slope, and six numbers that make up the effects of seven days, which add up to nothing.
const MAX: usize = 8;

/// A number for each part of a state.
type Parts = [f64; MAX];

/// How many points the variance remembers: each counts 0.95 of the one after it.
const VARIANCE_DISCOUNT: f64 = 0.95;
/// How much of a slope is left one step on (Gardner, `McKenzie`, Forecasting trends in time series, 1985).
const DAMPING: f64 = 0.95;
/// How long effects of days are remembered: discounted by this a week.
const SEASON_DISCOUNT: f64 = 0.85;
/// The variance of a slope before anything was seen.
const SLOPE_VARIANCE: f64 = 1.0;
/// The variance of a level before anything was seen: next to unknown.
const LEVEL_VARIANCE: f64 = 1e4;
/// How many variances an outlier counts.
const OUTLIER: f64 = 2.52;
/// While fewer points than this were seen, the variance says too little to tell outliers by.
const YOUNG: f64 = 8.0;

/// What kind of model it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// How much of what is known about the level (and slope) is still true one step on.
    pub(super) discount: f64,
    /// Whether the level has a slope.
    pub(super) trend: bool,
    /// What days do.
    pub(super) season: Season,
}

/// What is known of a series' size before a model sees it; all models of one series share it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    /// The first value.
    pub(super) first: f64,
    /// The least standard deviation that is believed.
    pub(super) least: f64,
    /// A robust standard deviation of the observations; `None` if there are too few points to say.
    pub(super) noise: Option<f64>,
    /// How far effects of days may reach, as a variance in units of the observations'.
    pub(super) effects: f64,
}

/// A model and what it knows.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub(super) shape: Shape,
    start: Start,
    main: State,
    /// What would be known if the last value was a new level; only after a value that was out of line.
    shifted: Option<State>,
}

/// Where the next value is expected: a t distribution.
#[derive(Debug, Clone, Copy)]
pub(super) struct Expected {
    pub(super) center: f64,
    /// Of the t distribution; above zero.
    pub(super) spread: f64,
    /// Degrees of freedom.
    pub(super) freedom: f64,
}

impl Expected {
    /// The logarithm of the density at `value`, without what depends on the degrees of freedom alone.
    fn log_density(&self, value: f64) -> f64 {
        let z = (value - self.center) / self.spread;
        -self.spread.ln() - f64::midpoint(self.freedom, 1.0) * (z * z / self.freedom).ln_1p()
    }
}

/// The posterior of one explanation.
#[derive(Debug, Clone)]
struct State {
    /// How many of the parts are in use.
    size: usize,
    mean: Parts,
    covariance: [Parts; MAX],
    /// The estimate of the observations' variance.
    variance: f64,
    /// How many observations it rests on, discounted; 0 after the first, which says nothing of it.
    freedom: f64,
}

impl Model {
    /// A model that has seen the first value.
    pub(super) fn new(shape: Shape, start: Start, first: Moment) -> Self {
        let mut state = State {
            size: shape.size(),
            mean: [0.0; MAX],
            covariance: [[0.0; MAX]; MAX],
            variance: start.least * start.least,
            freedom: 0.0,
        };
        state.mean[0] = start.first;
        state.covariance[0][0] = LEVEL_VARIANCE;
        if shape.trend {
            state.covariance[1][1] = SLOPE_VARIANCE;
        }
        for effect in shape.effects() {
            state.covariance[effect][effect] = start.effects;
        }
        state.take(0.0, &shape.pick(first.day));
        Self { shape, start, main: state, shifted: None }
    }

    /// The explanations of what was seen, each with its expectation of the next value.
    pub(super) fn expect(&self, moment: Moment) -> Vec<Expected> {
        let states = std::iter::once(&self.main).chain(&self.shifted);
        let picked = self.shape.pick(moment.day);
        states.map(|state| state.evolved(self.shape, moment).expect(&picked)).collect()
    }

    /// Learns a value. Returns how probable it was, as a logarithm; only to be compared with that of models of the same series.
    pub(super) fn learn(&mut self, moment: Moment, value: f64) -> f64 {
        let picked = self.shape.pick(moment.day);
        let mut state = self.main.evolved(self.shape, moment);
        let mut expected = state.expect(&picked);
        let mut score = expected.log_density(cut(value, &expected));
        if let Some(shifted) = &self.shifted {
            let other = shifted.evolved(self.shape, moment);
            let other_expected = other.expect(&picked);
            score = mean_of_logs(score, other_expected.log_density(cut(value, &other_expected)));
            if other_expected.log_density(value) > expected.log_density(value) {
                (state, expected) = (other, other_expected);
            }
        }
        let error = value - expected.center;
        let limit = self.limit(&expected, state.share(&picked));
        let outlier = error.abs() > limit;
        self.shifted = outlier.then(|| state.shifted(error));
        let surprise = if outlier { state.bound(&picked, limit) } else { error * error / state.share(&picked) };
        state.learn_variance(surprise, self.start.least);
        state.take(error.clamp(-limit, limit), &picked);
        self.main = state;
        score
    }

    /// Up to which size an error is learnt in full.
    fn limit(&self, expected: &Expected, share: f64) -> f64 {
        let limit = expected.spread * three_deviations(expected.freedom);
        match self.start.noise {
            Some(noise) if expected.freedom < YOUNG => limit.min(4.0 * noise * share.sqrt()),
            _ => limit,
        }
    }
}

impl Shape {
    fn effects(self) -> std::ops::Range<usize> {
        let first = 1 + usize::from(self.trend);
        let count = match self.season {
            Season::None => 0,
            Season::Weekend => 1,
            Season::Weekday => 6,
        };
        first..first + count
    }

    fn size(self) -> usize {
        self.effects().end
    }

    /// How much of each part of a state there is in a value of that day.
    fn pick(self, day: usize) -> Parts {
        let mut picked = [0.0; MAX];
        picked[0] = 1.0;
        let effects = &mut picked[self.effects()];
        match self.season {
            Season::None => {}
            Season::Weekend => effects[0] = if day >= 5 { 1.0 } else { 0.0 },
            // The Fourier form of effects (chapter 8.6): three harmonics of a week.
            Season::Weekday => {
                for (harmonic, pair) in (1_u8..).zip(effects.chunks_exact_mut(2)) {
                    let angle = std::f64::consts::TAU * f64::from(harmonic) * day as f64 / 7.0;
                    pair[0] = (2.0_f64 / 7.0).sqrt() * angle.cos();
                    pair[1] = (2.0_f64 / 7.0).sqrt() * angle.sin();
                }
            }
        }
        picked
    }
}

impl State {
    /// What is known of a later moment.
    fn evolved(&self, shape: Shape, moment: Moment) -> Self {
        let mut next = self.clone();
        if shape.trend {
            // The slope acts on the level over the whole gap, ever less.
            let left = DAMPING.powf(moment.gap);
            let reach = (1.0 - left) / (1.0 - DAMPING) * DAMPING;
            next.mean[0] += reach * self.mean[1];
            next.mean[1] *= left;
            let [level, slope, ..] = &mut next.covariance;
            for (level, slope) in level.iter_mut().zip(slope) {
                *level += reach * *slope;
                *slope *= left;
            }
            for row in next.covariance.iter_mut().take(self.size) {
                row[0] += reach * row[1];
                row[1] *= left;
            }
        }
        let effects = shape.effects();
        next.widen(0..effects.start, shape.discount, moment.gap);
        next.widen(effects, SEASON_DISCOUNT, moment.weeks);
        next
    }

    /// A block of the covariance grows by a share of itself; while next to nothing is known, no more than later on: what is
    /// not known yet does not move the faster for it.
    fn widen(&mut self, block: std::ops::Range<usize>, discount: f64, time: f64) {
        let greatest = block.clone().map(|at| self.covariance[at][at]).fold(0.0, f64::max);
        let share = time * (1.0 - discount) / discount * ((1.0 - discount) / greatest).min(1.0);
        for row in &mut self.covariance[block.clone()] {
            for value in &mut row[block.clone()] {
                *value = (*value * (1.0 + share)).clamp(-1e9, 1e9);
            }
        }
    }

    fn expect(&self, picked: &Parts) -> Expected {
        let center = self.dot(picked, &self.mean);
        Expected { center, spread: (self.variance * self.share(picked)).sqrt(), freedom: self.freedom.max(1.0) }
    }

    /// The variance of a prediction in units of the observations' variance.
    fn share(&self, picked: &Parts) -> f64 {
        let mut known = 0.0;
        for row in 0..self.size {
            known += picked[row] * self.dot(&self.covariance[row], picked);
        }
        1.0 + known.max(0.0)
    }

    /// What an outlier counts to the variance: two and a half times what is expected, the bound of Gelper, Fried and Croux.
    fn bound(&self, picked: &Parts, limit: f64) -> f64 {
        OUTLIER * (limit * limit / self.share(picked) / 9.0).min(self.variance)
    }

    /// Bayes' rule for the variance. `surprise`: the square of an error in terms of one observation.
    fn learn_variance(&mut self, surprise: f64, least: f64) {
        let kept = VARIANCE_DISCOUNT * self.freedom;
        self.variance = ((kept * self.variance + surprise) / (kept + 1.0)).max(least * least);
        self.freedom = kept + 1.0;
    }

    /// Bayes' rule for mean and covariance.
    fn take(&mut self, error: f64, picked: &Parts) {
        let share = self.share(picked);
        let mut gains = [0.0; MAX];
        for (gain, row) in gains.iter_mut().zip(&self.covariance).take(self.size) {
            *gain = self.dot(row, picked) / share;
        }
        for row in 0..self.size {
            self.mean[row] += gains[row] * error;
            for column in 0..self.size {
                self.covariance[row][column] -= gains[row] * gains[column] * share;
            }
        }
    }

    fn dot(&self, one: &Parts, other: &Parts) -> f64 {
        let mut sum = 0.0;
        for part in 0..self.size {
            sum += one[part] * other[part];
        }
        sum
    }

    /// What is known if the level has moved by `error`: the rest as before, the level as well as one observation tells it.
    fn shifted(&self, error: f64) -> Self {
        let mut shifted = self.clone();
        shifted.mean[0] += error;
        for other in 0..MAX {
            shifted.covariance[0][other] = 0.0;
            shifted.covariance[other][0] = 0.0;
        }
        shifted.covariance[0][0] = 1.0;
        shifted
    }
}

/// A value no further out than four and a half normal deviations: how impossible it is says no more about a model.
fn cut(value: f64, expected: &Expected) -> f64 {
    let limit = 1.5 * expected.spread * three_deviations(expected.freedom);
    value.clamp(expected.center - limit, expected.center + limit)
}

/// How many spreads of a t distribution have as much beyond them as three standard deviations of a normal one.
fn three_deviations(freedom: f64) -> f64 {
    /// For 1, 2, 3, … degrees of freedom.
    static TABLE: std::sync::LazyLock<Vec<f64>> =
        std::sync::LazyLock::new(|| (1..=40).map(|freedom| Student::new(f64::from(freedom)).quantile(0.998_650_1)).collect());
    let nearest = (1..TABLE.len()).find(|at| (*at as f64) + 0.5 > freedom).unwrap_or(TABLE.len());
    TABLE[nearest - 1]
}

fn mean_of_logs(a: f64, b: f64) -> f64 {
    let high = a.max(b);
    high + f64::midpoint((a - high).exp(), (b - high).exp()).ln()
}
