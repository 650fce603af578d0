//! What the forecast promises, on series whose next value a reader can tell.

use chrono::{DateTime, Duration, TimeZone, Utc};
use proptest::prelude::*;

use super::*;

/// A Monday, six in the morning, and some hours.
fn hour(hours: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 1, 5, 6, 0, 0).unwrap() + Duration::hours(hours)
}

/// A value a day.
fn daily(values: impl IntoIterator<Item = f64>) -> Vec<Point> {
    (0_i64..).zip(values).map(|(day, value)| Point { at: hour(day * 24), value }).collect()
}

/// What is expected a day after the last point.
fn tomorrow(history: &[Point], scale: Scale) -> Forecast {
    forecast(history, history.last().unwrap().at + Duration::days(1), scale).unwrap()
}

/// Numbers that look random, between -1 and 1, with a standard deviation of 0.58.
fn jitter(at: usize) -> f64 {
    let mixed = (at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    ((mixed >> 33) as f64 / f64::from(1_u32 << 30)) - 1.0
}

fn noisy(count: usize) -> Vec<f64> {
    (0..count).map(|at| 1000.0 + 35.0 * jitter(at)).collect()
}

#[test]
fn two_points_expect_nothing() {
    assert_eq!(forecast(&daily([1.0, 2.0]), hour(48), Scale::Free), None);
    assert_eq!(forecast(&[], hour(48), Scale::Free), None);
    assert!(forecast(&daily([1.0, 2.0, 3.0]), hour(72), Scale::Free).is_some());
}

#[test]
fn what_is_no_number_is_no_point() {
    assert_eq!(forecast(&daily([1.0, f64::NAN, 2.0, f64::INFINITY]), hour(96), Scale::Free), None);
    let forecast = tomorrow(&daily([1.0, f64::NAN, 2.0, 3.0]), Scale::Free);
    assert_eq!(forecast.points, 3);
    assert!(forecast.is_anomaly(f64::NAN));
}

#[test]
fn a_ratio_that_was_always_one_is_expected_to_be_one() {
    for points in [3, 4, 10, 50] {
        let forecast = tomorrow(&daily(vec![1.0; points]), Scale::Ratio);
        assert!((forecast.expected - 1.0).abs() < 1e-12 && forecast.upper == 1.0, "{forecast:?}");
        assert!(!forecast.is_anomaly(1.0) && !forecast.is_anomaly(0.999));
        assert!(forecast.is_anomaly(0.98), "{points} points: {forecast:?}");
    }
}

#[test]
fn a_count_that_never_changed_may_change_by_one_in_a_hundred() {
    let few = tomorrow(&daily(vec![1000.0; 3]), Scale::Count);
    assert!(!few.is_anomaly(1030.0) && few.is_anomaly(1100.0), "{few:?}");
    let many = tomorrow(&daily(vec![1000.0; 30]), Scale::Count);
    assert!(!many.is_anomaly(1001.0) && !many.is_anomaly(1010.0) && many.is_anomaly(1013.0), "{many:?}");
    // One more column of twelve is news.
    let columns = tomorrow(&daily(vec![12.0; 10]), Scale::Count);
    assert!(columns.is_anomaly(13.0) && columns.is_anomaly(11.0) && !columns.is_anomaly(12.0), "{columns:?}");
    let none = tomorrow(&daily(vec![0.0; 10]), Scale::Count);
    assert!(none.is_anomaly(1.0) && !none.is_anomaly(0.0), "{none:?}");
}

#[test]
fn bounds_stay_where_the_metric_can_be() {
    let ratios: Vec<f64> = (0..40).map(|at| 0.95 + 0.04 * jitter(at)).collect();
    let ratio = tomorrow(&daily(ratios.clone()), Scale::Ratio);
    assert_eq!(ratio.upper, 1.0);
    assert!(tomorrow(&daily(ratios), Scale::Free).upper > 1.0);
    let counts: Vec<f64> = (0..40).map(|at| (4.0 + 4.0 * jitter(at)).round()).collect();
    assert_eq!(tomorrow(&daily(counts.clone()), Scale::Count).lower, 0.0);
    assert!(tomorrow(&daily(counts), Scale::Free).lower < 0.0);
}

#[test]
fn a_metric_s_name_says_its_scale() {
    for (metric, scale) in [
        ("Dataset.*.RowCount", Scale::Count),
        ("Column.order_id.Completeness", Scale::Ratio),
        ("Column.a.b.ColumnValues.Compliance", Scale::Ratio),
        ("Column.total.MaximumLength", Scale::Count),
        ("Column.total.Mean", Scale::Free),
        ("Column.total.Maximum", Scale::Free),
        ("Dataset.*.CustomSQL", Scale::Free),
    ] {
        assert_eq!(Scale::of(metric), scale, "{metric}");
    }
}

#[test]
fn noise_is_bounded_by_about_three_deviations() {
    let forecast = tomorrow(&daily(noisy(60)), Scale::Free);
    assert!((forecast.expected - 1000.0).abs() < 8.0, "{forecast:?}");
    // A standard deviation of 20.
    let width = forecast.upper - forecast.lower;
    assert!((90.0..150.0).contains(&width), "{forecast:?}");
    assert!(!forecast.seasonal && !forecast.unsettled);
}

#[test]
fn few_points_make_wide_bounds() {
    let widths = [3, 5, 10, 30].map(|points| {
        let forecast = tomorrow(&daily(noisy(points)), Scale::Free);
        forecast.upper - forecast.lower
    });
    assert!(widths.is_sorted_by(|few, more| few > more), "{widths:?}");
}

#[test]
fn a_spike_widens_the_bounds_once() {
    let mut values = noisy(30);
    let before = tomorrow(&daily(values.clone()), Scale::Free);
    assert!(before.is_anomaly(0.0));
    values.push(0.0);
    // It may be the new level: that, or the old one, is expected.
    let after = tomorrow(&daily(values.clone()), Scale::Free);
    assert!(after.unsettled && !after.is_anomaly(0.0) && !after.is_anomaly(1000.0), "{after:?}");
    values.push(1000.0);
    let settled = tomorrow(&daily(values), Scale::Free);
    assert!(!settled.unsettled && settled.is_anomaly(0.0), "{settled:?}");
    assert!(settled.upper - settled.lower < 1.3 * (before.upper - before.lower), "{before:?}, then {settled:?}");
}

#[test]
fn an_early_spike_does_not_spoil_a_history() {
    for at in 0..4 {
        let mut values = noisy(25);
        values[at] = 50_000.0;
        let forecast = tomorrow(&daily(values), Scale::Free);
        assert!(forecast.is_anomaly(1300.0) && forecast.is_anomaly(700.0), "spike at {at}: {forecast:?}");
        assert!(!forecast.is_anomaly(1000.0), "spike at {at}: {forecast:?}");
    }
}

#[test]
fn two_values_at_a_new_level_are_the_new_level() {
    let mut values = noisy(30);
    values.extend([2000.0, 2010.0]);
    let forecast = tomorrow(&daily(values), Scale::Free);
    assert!((forecast.expected - 2005.0).abs() < 30.0, "{forecast:?}");
    assert!(forecast.is_anomaly(1000.0), "{forecast:?}");
}

#[test]
fn silence_widens_the_bounds() {
    let mut level = 1000.0;
    let history = daily((0..40).map(|at| {
        level += 35.0 * jitter(at);
        level
    }));
    let last = history.last().unwrap().at;
    let widths = [1, 7, 30].map(|days| {
        let forecast = forecast(&history, last + Duration::days(days), Scale::Free).unwrap();
        forecast.upper - forecast.lower
    });
    assert!(widths[1] > 1.5 * widths[0] && widths[2] > 1.5 * widths[1], "{widths:?}");
    // And a pause in the past is no reason for wide bounds today.
    let mut paused = history;
    for point in &mut paused[20..] {
        point.at += Duration::days(30);
    }
    let width = |forecast: Forecast| forecast.upper - forecast.lower;
    assert!(width(tomorrow(&paused, Scale::Free)) < 1.5 * widths[0]);
}

#[test]
fn runs_of_one_hour_are_no_trend_of_days() {
    // Twenty days without a trend; on the last one five runs within minutes, each with a few rows more.
    let mut history = daily(noisy(20));
    let last = history.last().unwrap().at;
    let level = history.last().unwrap().value;
    history.extend((1..=5).map(|run| Point { at: last + Duration::minutes(5 * run), value: level + 8.0 * run as f64 }));
    let forecast = forecast(&history, last + Duration::days(1), Scale::Free).unwrap();
    assert!((forecast.expected - 1000.0).abs() < 40.0, "{forecast:?}");
    assert!(forecast.upper < 1150.0, "{forecast:?}");
}

#[test]
fn a_trend_goes_on() {
    let values = (0..50).map(|day| 1000.0 + 10.0 * day as f64 + 10.0 * jitter(day));
    let forecast = tomorrow(&daily(values), Scale::Free);
    assert!((forecast.expected - 1500.0).abs() < 15.0, "{forecast:?}");
    assert!(forecast.is_anomaly(1400.0) && !forecast.is_anomaly(1505.0), "{forecast:?}");
}

#[test]
fn weekends_are_known_from_the_second_on() {
    let weekend = |day: usize| if day % 7 >= 5 { 400.0 } else { 1000.0 };
    let values = |days: usize| daily((0..days).map(|day| weekend(day) + 35.0 * jitter(day)));
    // Eleven days: the next is a Friday; one more, a Saturday.
    let friday = tomorrow(&values(11), Scale::Count);
    assert!(friday.seasonal && friday.is_anomaly(400.0) && !friday.is_anomaly(1000.0), "{friday:?}");
    let saturday = tomorrow(&values(12), Scale::Count);
    assert!(saturday.seasonal && saturday.is_anomaly(1000.0) && !saturday.is_anomaly(400.0), "{saturday:?}");
}

#[test]
fn days_of_the_week_are_known_after_some_weeks() {
    let levels = [1000.0, 1150.0, 1200.0, 1100.0, 900.0, 500.0, 400.0];
    for day in 35..42 {
        let forecast = tomorrow(&daily((0..day).map(|day| levels[day % 7] + 35.0 * jitter(day))), Scale::Count);
        assert!(forecast.seasonal);
        for (other, level) in levels.iter().enumerate() {
            let far = (level - levels[day % 7]).abs() > 120.0;
            assert!(!far || forecast.is_anomaly(*level), "a {other} on a {}: {forecast:?}", day % 7);
        }
        assert!(!forecast.is_anomaly(levels[day % 7]), "{forecast:?}");
    }
}

#[test]
fn a_run_before_the_last_point_is_no_fault() {
    let history = daily(noisy(10));
    let forecast = forecast(&history, hour(-1000), Scale::Free).unwrap();
    assert!(forecast.lower < 1000.0 && forecast.upper > 1000.0);
}

#[test]
fn long_histories_take_no_longer_than_they_must() {
    let history: Vec<Point> =
        (0..10_000_i64).zip(0..).map(|(at, index)| Point { at: hour(at * 24), value: 1000.0 + 35.0 * jitter(index) }).collect();
    assert!(!tomorrow(&history, Scale::Free).is_anomaly(1000.0));
}

#[test]
fn the_same_history_has_the_same_forecast_in_other_units() {
    let plain = tomorrow(&daily(noisy(30)), Scale::Free);
    for factor in [1e-12, 1e6, 1e300] {
        let scaled = tomorrow(&daily(noisy(30).iter().map(|value| value * factor)), Scale::Free);
        for (one, other) in [(plain.expected, scaled.expected), (plain.lower, scaled.lower), (plain.upper, scaled.upper)] {
            assert!((one - other / factor).abs() < 1e-6 * one.abs(), "{factor}: {one} and {other}");
        }
    }
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -1e3..1e3,
        2 => Just(0.0),
        1 => Just(1.0),
        1 => any::<f64>(),
        1 => Just(f64::MAX),
        1 => Just(f64::MIN_POSITIVE),
    ]
}

proptest! {
    /// Whatever the history, the bounds are numbers in order.
    #[test]
    fn bounds_are_numbers_in_order(
        values in prop::collection::vec((any_value(), 0_i64..2000), 3..60),
        ahead in 0_i64..5000,
        scale in prop_oneof![Just(Scale::Ratio), Just(Scale::Count), Just(Scale::Free)],
    ) {
        let mut at = 0;
        let history: Vec<Point> = values.iter().map(|(value, gap)| { at += gap; Point { at: hour(at), value: *value } }).collect();
        if let Some(forecast) = forecast(&history, hour(at + ahead), scale) {
            prop_assert!(forecast.lower.is_finite() && forecast.upper.is_finite() && forecast.expected.is_finite(), "{forecast:?}");
            prop_assert!(forecast.lower <= forecast.expected && forecast.expected <= forecast.upper, "{forecast:?}");
        }
    }
}
