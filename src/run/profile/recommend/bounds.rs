//! How far rules go beyond the data: ranges, shares, round numbers.

use super::Strictness;

/// A range that holds the data and what may reasonably come.
///
/// `room` times the span on either side, and at least `least` of the greater end; outward to `digits` digits. What was
/// never negative (or never positive) stays so.
pub(super) fn range(low: f64, high: f64, whole: bool, strictness: Strictness) -> (Option<String>, Option<String>) {
    let (room, least, digits) = match strictness {
        Strictness::Usual => (0.5, 0.1, 2),
        Strictness::Strict => (0.1, 0.01, 3),
    };
    let greatest = low.abs().max(high.abs());
    let mut margin = ((high - low) * room).max(greatest * least);
    if margin == 0.0 || (whole && margin < 1.0) {
        margin = 1.0;
    }
    let bottom = if low >= 0.0 { (low - margin).max(0.0) } else { low - margin };
    let top = if low < 0.0 && high <= 0.0 { (high + margin).min(0.0) } else { high + margin };
    // Whole numbers have whole bounds.
    let (bottom, top) = if whole { (bottom.floor(), top.ceil()) } else { (bottom, top) };
    let digits_of = |value: f64| if whole && value.abs() < 100.0 { 2 } else { digits };
    (rounded(bottom, digits_of(bottom), Direction::Down), rounded(top, digits_of(top), Direction::Up))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Down,
    Up,
}

/// A number of so many digits that is not above (not below) the value, written out; `None` if it is no number.
pub(super) fn rounded(value: f64, digits: i32, direction: Direction) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    if value == 0.0 {
        return Some("0".to_owned());
    }
    // `1.2345e3` is digits and an exponent: what is cut off decides whether the last digit goes one further.
    let text = format!("{:e}", value.abs());
    let (mantissa, exponent) = text.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    let all: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let keep = usize::try_from(digits).unwrap_or(1).min(all.len());
    let (head, tail) = all.split_at(keep);
    let mut number: u64 = head.parse().ok()?;
    let away = (direction == Direction::Up) == (value > 0.0);
    if away && tail.bytes().any(|digit| digit != b'0') {
        number += 1;
    }
    let places = exponent + 1 - i32::try_from(keep).unwrap_or(0);
    let sign = if value < 0.0 && number > 0 { "-" } else { "" };
    Some(format!("{sign}{}", shifted(number, places)))
}

/// `number` times ten to `places`, without an exponent.
fn shifted(number: u64, places: i32) -> String {
    let digits = number.to_string();
    match usize::try_from(places) {
        Ok(zeros) => format!("{digits}{}", "0".repeat(zeros)),
        Err(_) => {
            let behind = usize::try_from(-places).unwrap_or(0);
            let digits = format!("{digits:0>width$}", width = behind + 1);
            let (whole, fraction) = digits.split_at(digits.len() - behind);
            let fraction = fraction.trim_end_matches('0');
            if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") }
        }
    }
}

/// A share that other data of the same kind will hardly fall below: three (strictly two) standard errors less, cut to
/// two (three) places. `None` if that says nothing.
pub(super) fn share(share: f64, rows: u64, strictness: Strictness) -> Option<String> {
    let (errors, places) = match strictness {
        Strictness::Usual => (3.0, 2),
        Strictness::Strict => (2.0, 3),
    };
    if rows == 0 || !(0.0..=1.0).contains(&share) {
        return None;
    }
    let rows = rows as f64;
    // A share of nearly all has an error too: one more that fails.
    let error = (share * (1.0 - share) / rows).sqrt().max(1.0 / rows);
    cut(share - errors * error, places)
}

/// A share cut to so many places; `None` if nothing is left.
pub(super) fn cut(share: f64, places: i32) -> Option<String> {
    let unit = 10_f64.powi(places);
    let steps = (share * unit + 1e-9).floor();
    if !(1.0..unit).contains(&steps) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and 1000")]
    Some(shifted(steps as u64, -places))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ranges() {
        let check = |low: f64, high: f64, whole, expected: (&str, &str)| {
            let (bottom, top) = range(low, high, whole, Strictness::Usual);
            assert_eq!((bottom.as_deref(), top.as_deref()), (Some(expected.0), Some(expected.1)), "{low}..{high}");
        };
        check(0.0, 980.0, false, ("0", "1500"));
        check(-30.0, 1301.0, true, ("-700", "2000"));
        check(2013.0, 2013.0, true, ("1800", "2300"));
        check(0.0, 0.0, true, ("0", "1"));
        check(-2.5, -0.5, false, ("-3.5", "0"));
        check(0.001, 0.002, false, ("0.0005", "0.0025"));
        check(1e20, 2e20, false, ("50000000000000000000", "250000000000000000000"));
        assert_eq!(range(-f64::MAX, f64::MAX, false, Strictness::Usual), (None, None));
    }

    #[test]
    fn shares() {
        let of = |value, rows| share(value, rows, Strictness::Usual);
        assert_eq!(of(0.99, 10_000).as_deref(), Some("0.98"));
        assert_eq!(of(0.5, 100).as_deref(), Some("0.35"));
        assert_eq!(of(0.999_999, 1_000_000_000).as_deref(), Some("0.99"));
        assert_eq!(of(0.01, 100), None);
        assert_eq!(of(0.5, 0), None);
        assert_eq!(cut(0.29, 2).as_deref(), Some("0.29"));
    }

    proptest! {
        #[test]
        fn rounding_goes_outward(value in prop_oneof![any::<f64>(), -1e6..1e6, (-1000_i32..1000).prop_map(f64::from)], digits in 1..6) {
            prop_assume!(value.is_finite());
            let number = |text: Option<String>| text.unwrap().parse::<f64>().unwrap();
            prop_assert!(number(rounded(value, digits, Direction::Down)) <= value);
            prop_assert!(number(rounded(value, digits, Direction::Up)) >= value);
        }

        #[test]
        fn ranges_hold_the_data(low in any::<f64>(), span in 0.0..1e12, whole: bool, strict: bool) {
            prop_assume!(low.is_finite());
            let high = low + span;
            let strictness = if strict { Strictness::Strict } else { Strictness::Usual };
            let (bottom, top) = range(low, high, whole, strictness);
            prop_assert!(bottom.is_none_or(|bottom| bottom.parse::<f64>().unwrap() <= low));
            prop_assert!(top.is_none_or(|top| top.parse::<f64>().unwrap() >= high));
        }

        #[test]
        fn shares_are_below(part in 0.0..=1.0, rows in 1_u64..1_000_000, strict: bool) {
            let strictness = if strict { Strictness::Strict } else { Strictness::Usual };
            let below = share(part, rows, strictness);
            prop_assert!(below.is_none_or(|below| below.parse::<f64>().unwrap() <= part));
        }
    }
}
