//! Names of time zones as AWS's parser takes them (Java's `ZoneId`).

use std::str::FromStr;

use chrono_tz::{TZ_VARIANTS, Tz};

use crate::diag::suggest;

/// Whether a name is a time zone: `Europe/Berlin`, `UTC`, `+02:00`, `UTC+2`.
pub(super) fn is_known(name: &str) -> bool {
    let offset = ["UTC", "GMT", "UT"].iter().find_map(|prefix| name.strip_prefix(prefix)).unwrap_or(name);
    name == "Z" || (offset.is_empty() && !name.is_empty()) || is_offset(offset) || Tz::from_str(name).is_ok()
}

/// The zone that was meant.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    suggest::nearest(name, TZ_VARIANTS.iter().map(|zone| zone.name()))
}

/// `+2`, `+02`, `-05:30`
fn is_offset(text: &str) -> bool {
    let Some(rest) = text.strip_prefix(['+', '-']) else { return false };
    let (hours, minutes) = rest.split_once(':').unwrap_or((rest, "00"));
    let number = |text: &str| text.parse::<u8>().ok().filter(|_| text.bytes().all(|b| b.is_ascii_digit()));
    (1..=2).contains(&hours.len())
        && minutes.len() == 2
        && number(hours).is_some_and(|hours| hours <= 18)
        && number(minutes).is_some_and(|minutes| minutes < 60)
}

#[cfg(test)]
mod tests {
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
            assert_eq!(super::is_known(name), known, "{name}");
        }
    }
}
