//! Time zones by the names that AWS's parser takes (Java's `ZoneId`).

use std::str::FromStr;

use chrono::offset::LocalResult;
use chrono::{DateTime, Duration, FixedOffset, NaiveDateTime, Offset, TimeZone, Utc};
use chrono_tz::{TZ_VARIANTS, Tz};

use crate::diag::suggest;

/// A time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// `Europe/Berlin`
    Named(Tz),
    /// `+02:00`
    Offset(FixedOffset),
}

impl Zone {
    /// Where no other is named.
    pub const UTC: Self = Self::Named(Tz::UTC);

    /// The zone of a name: `Europe/Berlin`, `UTC`, `+02:00`, `UTC+2`.
    pub fn parse(name: &str) -> Option<Self> {
        let offset = ["UTC", "GMT", "UT"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
        if name == "Z" || (offset.is_empty() && !name.is_empty()) {
            return Some(Self::UTC);
        }
        parse_offset(offset).map(Self::Offset).or_else(|| Tz::from_str(name).ok().map(Self::Named))
    }

    /// The moment at which the clocks of the zone show a time. As in Java a time that clocks show twice is the first of
    /// the two, and one that they skip is later by what they skip.
    pub fn moment(self, clock: NaiveDateTime) -> DateTime<Utc> {
        match self {
            Self::Named(zone) => moment(zone, clock),
            Self::Offset(zone) => moment(zone, clock),
        }
    }
}

fn moment(zone: impl TimeZone, clock: NaiveDateTime) -> DateTime<Utc> {
    match zone.from_local_datetime(&clock) {
        LocalResult::Single(time) | LocalResult::Ambiguous(time, _) => time.to_utc(),
        LocalResult::None => {
            let before = clock.checked_sub_signed(Duration::days(1)).unwrap_or(clock);
            let offset = zone.offset_from_utc_datetime(&before).fix().local_minus_utc();
            (clock - Duration::seconds(offset.into())).and_utc()
        }
    }
}

/// The zone that was meant.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    suggest::nearest(name, TZ_VARIANTS.iter().map(|zone| zone.name()))
}

/// `+2`, `+02`, `-05:30`
fn parse_offset(text: &str) -> Option<FixedOffset> {
    let rest = text.strip_prefix(['+', '-'])?;
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "00"));
    if !(1..=2).contains(&hours.len()) || minutes.len() != 2 {
        return None;
    }
    let number = |text: &str, most: i32| {
        text.parse::<i32>().ok().filter(|number| text.bytes().all(|b| b.is_ascii_digit()) && *number <= most)
    };
    let seconds = number(hours, 18)? * 3600 + number(minutes, 59)? * 60;
    FixedOffset::east_opt(if text.starts_with('-') { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::Zone;

    #[test]
    fn zones() {
        for (name, known) in [
            ("UTC", true),
            ("Z", true),
            ("GMT+2", true),
            ("+05:30", true),
            ("America/New_York", true),
            ("Mars/Base", false),
            ("europe/berlin", false),
            ("+25", false),
            ("", false),
        ] {
            assert_eq!(Zone::parse(name).is_some(), known, "{name}");
        }
    }

    #[test]
    fn clocks_show_moments() {
        for (zone, clock, moment) in [
            ("UTC", "2024-07-01T21:45:00", "2024-07-01T21:45:00Z"),
            ("America/New_York", "2024-07-01T21:45:00", "2024-07-02T01:45:00Z"),
            ("America/New_York", "2024-01-01T21:45:00", "2024-01-02T02:45:00Z"),
            ("Asia/Shanghai", "2024-07-01T04:00:00", "2024-06-30T20:00:00Z"),
            ("-05:30", "2024-07-01T21:45:00", "2024-07-02T03:15:00Z"),
            ("UTC+2", "2024-07-01T21:45:00", "2024-07-01T19:45:00Z"),
            // Skipped: clocks go from 2:00 to 3:00.
            ("Europe/Berlin", "2024-03-31T02:30:00", "2024-03-31T01:30:00Z"),
            // Shown twice: the first time it is still summer time.
            ("Europe/Berlin", "2024-10-27T02:30:00", "2024-10-27T00:30:00Z"),
        ] {
            let found = Zone::parse(zone).unwrap().moment(clock.parse().unwrap());
            assert_eq!(found, moment.parse::<chrono::DateTime<chrono::Utc>>().unwrap(), "{clock} in {zone}");
        }
    }
}
