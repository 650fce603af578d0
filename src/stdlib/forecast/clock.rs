//! The times of a history: how far apart its points are, counted in its usual step, and which weekdays it knows.

use chrono::{DateTime, Datelike, Utc};

const SECONDS_PER_WEEK: f64 = 604_800.0;

/// The moment of a point, as a model sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// How long after the point before it, in usual steps.
    pub(super) gap: f64,
    /// The same in weeks.
    pub(super) weeks: f64,
    /// 0 is Monday.
    pub(super) day: usize,
}

/// Which day a value may depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Season {
    /// On none.
    None,
    /// On whether it is a Saturday or a Sunday.
    Weekend,
    /// On the day of the week.
    Weekday,
}

/// The clock of one history.
#[derive(Debug)]
pub(super) struct Clock {
    last: DateTime<Utc>,
    /// Seconds; above zero.
    step: f64,
}

impl Clock {
    /// `None` without points. `times` ascend; where they do not, no time has passed.
    pub(super) fn new(times: &[DateTime<Utc>]) -> Option<Self> {
        Some(Self { last: *times.last()?, step: usual_step(&gaps(times)) })
    }

    /// The moments of the history's own points.
    pub(super) fn moments(&self, times: &[DateTime<Utc>]) -> Vec<Moment> {
        let first = times.first().copied();
        let before = first.into_iter().chain(times.iter().copied());
        times.iter().zip(before).map(|(at, before)| self.moment(before, *at)).collect()
    }

    /// A moment after the last point.
    pub(super) fn next(&self, at: DateTime<Utc>) -> Moment {
        self.moment(self.last, at)
    }

    fn moment(&self, before: DateTime<Utc>, at: DateTime<Utc>) -> Moment {
        let seconds = seconds(before, at);
        Moment { gap: seconds / self.step, weeks: seconds / SECONDS_PER_WEEK, day: day(at) }
    }
}

/// What a history can say about days: about weekends once two days of one were seen, about the days of the week once three
/// weeks were, lest seven effects explain fourteen points.
pub(super) fn seasons(moments: &[Moment], next: Moment) -> Vec<Season> {
    let mut seen = [0_usize; 7];
    for moment in moments {
        seen[moment.day] += 1;
    }
    let weekend = seen[5] + seen[6];
    let weekdays = moments.len() - weekend;
    let weeks: f64 = moments.iter().map(|moment| moment.weeks).sum();
    let mut seasons = vec![Season::None];
    if weekend >= 2 && weekdays >= 4 {
        seasons.push(Season::Weekend);
    }
    if weeks >= 2.8 && seen[next.day] >= 2 && seen.iter().filter(|count| **count >= 2).count() >= 3 {
        seasons.push(Season::Weekday);
    }
    seasons
}

/// The usual distance of two runs in seconds.
///
/// The median of the gaps. Repeats do not count: gaps below a tenth of the mean gap, unless most are such. So a run a day
/// that is now and then tried again keeps its step of a day, and so does one that paused for a month.
fn usual_step(gaps: &[f64]) -> f64 {
    let mut sorted: Vec<f64> = gaps.iter().copied().filter(|gap| *gap > 0.0).collect();
    sorted.sort_by(f64::total_cmp);
    let span: f64 = sorted.iter().sum();
    let repeats = sorted.iter().filter(|gap| **gap < 0.1 * span / sorted.len() as f64).count();
    let counted = if repeats * 5 <= sorted.len() * 4 { &sorted[repeats..] } else { &sorted[..] };
    counted.get(counted.len() / 2).copied().unwrap_or(1.0)
}

fn gaps(times: &[DateTime<Utc>]) -> Vec<f64> {
    times.windows(2).map(|pair| seconds(pair[0], pair[1])).collect()
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of any calendar date fit a double")]
fn seconds(before: DateTime<Utc>, at: DateTime<Utc>) -> f64 {
    at.signed_duration_since(before).num_milliseconds().max(0) as f64 / 1000.0
}

fn day(at: DateTime<Utc>) -> usize {
    usize::try_from(at.weekday().num_days_from_monday()).unwrap_or(0) % 7
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "what is compared has no error")]
mod tests {
    use super::*;
    use chrono::{Duration, TimeZone};

    /// A Monday and a number of hours.
    fn hours(hours: &[i64]) -> Vec<DateTime<Utc>> {
        let monday = Utc.with_ymd_and_hms(2026, 6, 1, 6, 0, 0).unwrap();
        hours.iter().map(|hour| monday + Duration::hours(*hour)).collect()
    }

    fn step(at: &[i64]) -> f64 {
        Clock::new(&hours(at)).unwrap().step / 3600.0
    }

    #[test]
    fn the_usual_step_is_the_median_gap() {
        assert_eq!(step(&[0, 24, 48, 72]), 24.0);
        assert_eq!(step(&[0, 1, 2, 3, 4]), 1.0);
        // A weekly run.
        assert_eq!(step(&[0, 168, 336]), 168.0);
    }

    #[test]
    fn repeats_are_no_step() {
        assert_eq!(step(&[0, 1, 24, 25, 26, 48, 72, 73]), 23.0);
        let minutes = [0, 5, 1440, 1445, 1450, 2880, 2885];
        let monday = hours(&[0])[0];
        let times: Vec<_> = minutes.iter().map(|minute| monday + Duration::minutes(*minute)).collect();
        assert_eq!(Clock::new(&times).unwrap().step, 1435.0 * 60.0);
    }

    #[test]
    fn a_pause_is_no_step() {
        assert_eq!(step(&[0, 24, 48, 72, 96, 96 + 24 * 30, 120 + 24 * 30]), 24.0);
        // Hourly runs before and after a silence of a year.
        let mut at: Vec<i64> = (0..50).collect();
        at.extend((0..50).map(|hour| hour + 8760));
        assert_eq!(step(&at), 1.0);
    }

    #[test]
    fn points_of_one_moment_have_a_step_too() {
        assert_eq!(step(&[5, 5, 5]), 1.0 / 3600.0);
        assert!(Clock::new(&[]).is_none());
    }

    #[test]
    fn moments_know_their_distance_and_day() {
        let times = hours(&[0, 24, 72]);
        let clock = Clock::new(&times).unwrap();
        let moments = clock.moments(&times);
        assert_eq!(moments.iter().map(|moment| moment.gap).collect::<Vec<_>>(), [0.0, 24.0 / 48.0, 1.0]);
        assert_eq!(moments.iter().map(|moment| moment.day).collect::<Vec<_>>(), [0, 1, 3]);
        let next = clock.next(hours(&[24 * 5])[0]);
        assert_eq!((next.gap, next.day), (1.0, 5));
        // Time does not run backwards.
        assert_eq!(clock.next(hours(&[0])[0]).gap, 0.0);
    }

    fn seasons_of(days: i64) -> Vec<Season> {
        let times = hours(&(0..days).map(|day| day * 24).collect::<Vec<_>>());
        let clock = Clock::new(&times).unwrap();
        seasons(&clock.moments(&times), clock.next(hours(&[days * 24])[0]))
    }

    #[test]
    fn days_count_once_they_were_seen_twice() {
        assert_eq!(seasons_of(6), [Season::None]);
        assert_eq!(seasons_of(7), [Season::None, Season::Weekend]);
        assert_eq!(seasons_of(20), [Season::None, Season::Weekend]);
        assert_eq!(seasons_of(21), [Season::None, Season::Weekend, Season::Weekday]);
    }

    #[test]
    fn a_run_a_week_has_no_days() {
        let times = hours(&(0..30).map(|week| week * 168).collect::<Vec<_>>());
        let clock = Clock::new(&times).unwrap();
        assert_eq!(seasons(&clock.moments(&times), clock.next(hours(&[30 * 168])[0])), [Season::None]);
    }
}
