//! The forecast of several models, each as probable as its forecasts were good.
//!
//! Dynamic model averaging: Raftery, Kárný, Ettler, Online prediction under model uncertainty via dynamic model averaging,
//! Technometrics 52, 2010. Which model is right may change, so what was learnt about that is discounted too.

use super::clock::{Moment, Season};
use super::linear::{Expected, Model, Shape, Start};
use super::student::{self, Student};

/// How much of what is known about the models is still true one point on.
const FORGETTING: f64 = 0.99;
/// What a model has to weigh to have a say in the bounds.
const NEGLIGIBLE: f64 = 1e-4;

/// From steady to wandering, with what each weighs before anything was seen.
const LEVELS: &[(f64, bool, f64)] =
    &[(0.98, false, 0.35), (0.85, false, 0.2), (0.5, false, 0.1), (0.15, false, 0.1), (0.95, true, 0.15), (0.8, true, 0.1)];

/// Models of one series with their weights.
#[derive(Debug)]
pub(super) struct Averaging {
    /// A model, its weight at first, its weight now.
    models: Vec<(Model, f64, f64)>,
}

/// Where the next value is expected.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outlook {
    pub(super) center: f64,
    pub(super) lower: f64,
    pub(super) upper: f64,
    /// How probable it is that days matter.
    pub(super) seasonal: f64,
    /// Whether the last value was out of line, and both a return and a new level are expected.
    pub(super) unsettled: bool,
}

impl Averaging {
    /// Models that have seen the first value.
    pub(super) fn new(seasons: &[Season], start: Start, first: Moment) -> Self {
        let weights = |season| match season {
            Season::None => 0.6,
            Season::Weekend => 0.25,
            Season::Weekday => 0.15,
        };
        let shapes = seasons.iter().flat_map(|season| {
            LEVELS.iter().map(|(discount, trend, weight)| {
                (Shape { discount: *discount, trend: *trend, season: *season }, weight * weights(*season))
            })
        });
        let models = shapes.map(|(shape, weight)| (Model::new(shape, start, first), weight, weight));
        let mut averaging = Self { models: models.collect() };
        averaging.normalize();
        for (_, first, weight) in &mut averaging.models {
            *first = *weight;
        }
        averaging
    }

    pub(super) fn learn(&mut self, moment: Moment, value: f64) {
        let scores: Vec<f64> = self.models.iter_mut().map(|(model, _, _)| model.learn(moment, value)).collect();
        let best = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for ((_, first, weight), score) in self.models.iter_mut().zip(scores) {
            *weight = weight.powf(FORGETTING) * first.powf(1.0 - FORGETTING) * (score - best).exp();
        }
        self.normalize();
    }

    fn normalize(&mut self) {
        let sum: f64 = self.models.iter().map(|(_, _, weight)| weight).sum();
        for (_, _, weight) in &mut self.models {
            *weight = (*weight / sum).max(f64::MIN_POSITIVE);
        }
    }

    /// `confidence`: the share of values that is to fall between the bounds.
    pub(super) fn outlook(&self, moment: Moment, confidence: f64) -> Outlook {
        let mut parts = Vec::new();
        let mut outlook = Outlook { center: 0.0, lower: 0.0, upper: 0.0, seasonal: 0.0, unsettled: false };
        let mut unsettled = 0.0;
        let heard = self.models.iter().filter(|(_, _, weight)| *weight > NEGLIGIBLE);
        let sum: f64 = heard.clone().map(|(_, _, weight)| weight).sum();
        for (model, _, weight) in heard {
            let weight = weight / sum;
            let expected = model.expect(moment);
            outlook.center += weight * expected[0].center;
            outlook.seasonal += if model.shape.season == Season::None { 0.0 } else { weight };
            unsettled += if expected.len() > 1 { weight } else { 0.0 };
            let share = weight / expected.len() as f64;
            parts.extend(expected.into_iter().map(|expected| (expected, share)));
        }
        outlook.unsettled = unsettled > 0.5;
        let tail = (1.0 - confidence) / 2.0;
        outlook.lower = quantile(&parts, tail);
        outlook.upper = quantile(&parts, 1.0 - tail);
        outlook
    }
}

/// Where the share `share` of a mixture of t distributions lies below. All have learnt from the same points, so their degrees
/// of freedom are the same.
fn quantile(parts: &[(Expected, f64)], share: f64) -> f64 {
    let student = Student::new(parts.first().map_or(1.0, |(part, _)| part.freedom));
    // It lies between the least and the greatest of the parts' own quantiles.
    let t = student.quantile(share);
    let own = parts.iter().map(|(part, _)| part.center + part.spread * t);
    let (low, high) = own.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), at| (low.min(at), high.max(at)));
    if low >= high {
        return low;
    }
    let below =
        |at: f64| -> f64 { parts.iter().map(|(part, weight)| weight * student.below((at - part.center) / part.spread)).sum() };
    student::bisect(low, high, |at| below(at) >= share)
}
