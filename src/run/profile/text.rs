//! Figures of texts: lengths, blanks, and what the texts could be read as.

use chrono::{DateTime, Utc};

use super::figures::{Inferred, TextFigures};
use super::shape::ShapeScan;
use crate::stdlib::rule::Target;

/// What is counted of the texts of a column.
#[derive(Debug)]
pub(super) struct TextScan {
    now: DateTime<Utc>,
    texts: u64,
    empty: u64,
    blank: u64,
    lengths: Option<(u64, u64)>,
    least: Option<Box<str>>,
    greatest: Option<Box<str>>,
    inferred: [u64; Inferred::ALL.len()],
    shapes: ShapeScan,
}

/// The share of texts that has to have a shape, or a type, for it to be the column's.
pub(super) const NEARLY_ALL: f64 = 0.95;

impl TextScan {
    pub(super) fn new(now: DateTime<Utc>) -> Self {
        Self {
            now,
            texts: 0,
            empty: 0,
            blank: 0,
            lengths: None,
            least: None,
            greatest: None,
            inferred: [0; Inferred::ALL.len()],
            shapes: ShapeScan::default(),
        }
    }

    /// One more text.
    pub(super) fn add(&mut self, text: &str) {
        self.texts += 1;
        let length = text.chars().count() as u64;
        self.lengths = Some(self.lengths.map_or((length, length), |(least, most)| (least.min(length), most.max(length))));
        if self.least.as_deref().is_none_or(|least| text < least) {
            self.least = Some(text.into());
        }
        if self.greatest.as_deref().is_none_or(|greatest| text > greatest) {
            self.greatest = Some(text.into());
        }
        if text.is_empty() {
            self.empty += 1;
        } else if text.trim().is_empty() {
            self.blank += 1;
        }
        if let Some(inferred) = inferred(text, self.now) {
            self.inferred[inferred as usize] += 1;
        }
        self.shapes.add(text);
    }

    /// What was found.
    pub(super) fn figures(&self) -> TextFigures {
        let (shortest, longest) = self.lengths.unwrap_or((0, 0));
        TextFigures {
            empty: self.empty,
            blank: self.blank,
            shortest,
            longest,
            least: self.least.as_deref().map(str::to_owned),
            greatest: self.greatest.as_deref().map(str::to_owned),
            inferred: self.inferred(),
            pattern: self.shapes.pattern(NEARLY_ALL),
        }
    }

    /// The narrowest type that nearly all texts can be read as, with how many.
    fn inferred(&self) -> Option<(Inferred, u64)> {
        let of = |kind: Inferred| self.inferred[kind as usize];
        // A column of numbers may have whole ones among them, one of points in time whole days.
        let counts = [
            (Inferred::Boolean, of(Inferred::Boolean)),
            (Inferred::Integer, of(Inferred::Integer)),
            (Inferred::Number, of(Inferred::Number) + of(Inferred::Integer)),
            (Inferred::Date, of(Inferred::Date)),
            (Inferred::Timestamp, of(Inferred::Timestamp) + of(Inferred::Date)),
        ];
        let found = counts.into_iter().find(|(_, count)| *count > 0 && *count as f64 >= NEARLY_ALL * self.texts as f64)?;
        // All of them are better than nearly all of them.
        counts.into_iter().find(|(_, count)| *count == self.texts).or(Some(found))
    }
}

/// What a text is, if it is a word for a value of another type. Zeros in front make a number a code.
fn inferred(text: &str, now: DateTime<Utc>) -> Option<Inferred> {
    let first = text.bytes().next()?;
    if first.is_ascii_alphabetic() {
        return Target::Boolean.takes_text(text, now).then_some(Inferred::Boolean);
    }
    if !first.is_ascii_digit() && !matches!(first, b'-' | b'+' | b'.') {
        return None;
    }
    let unsigned = text.trim_start_matches(['-', '+']);
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if digits(unsigned) {
        let is_code = unsigned.len() > 1 && unsigned.starts_with('0');
        return (!is_code && Target::Long.takes_text(text, now)).then_some(Inferred::Integer);
    }
    let is_day = text.get(..10).is_some_and(|day| day.as_bytes()[4] == b'-' && day.as_bytes()[7] == b'-');
    if is_day && Target::Date.takes_text(text, now) {
        let is_time = text.len() > 10 && text.contains(':') && Target::Timestamp.takes_text(text, now);
        return match (text.len(), is_time) {
            (10, _) => Some(Inferred::Date),
            (_, true) => Some(Inferred::Timestamp),
            _ => None,
        };
    }
    let finite = text.parse::<f64>().is_ok_and(f64::is_finite);
    (finite && Target::Floating.takes_text(text, now)).then_some(Inferred::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_are_something_else() {
        let of = |text: &str| inferred(text, DateTime::UNIX_EPOCH);
        assert_eq!(of("12"), Some(Inferred::Integer));
        assert_eq!(of("-0"), Some(Inferred::Integer));
        assert_eq!(of("0012"), None);
        assert_eq!(of("99999999999999999999"), None);
        assert_eq!(of("1.5e3"), Some(Inferred::Number));
        assert_eq!(of("true"), Some(Inferred::Boolean));
        assert_eq!(of("2024-02-29"), Some(Inferred::Date));
        assert_eq!(of("2024-02-30"), None);
        assert_eq!(of("2024-02-29T10:11:12Z"), Some(Inferred::Timestamp));
        assert_eq!([of("NaN"), of("inf"), of("."), of("-"), of(""), of("ORD-1")], [None; 6]);
    }

    #[test]
    fn the_narrowest_type_of_all_texts() {
        let of = |texts: &[&str]| {
            let mut scan = TextScan::new(DateTime::UNIX_EPOCH);
            texts.iter().for_each(|text| scan.add(text));
            scan.figures().inferred
        };
        assert_eq!(of(&["1", "2"]), Some((Inferred::Integer, 2)));
        assert_eq!(of(&["1", "2.5"]), Some((Inferred::Number, 2)));
        assert_eq!(of(&["1", "n/a"]), None);
        assert_eq!(of(&["2024-01-01", "2024-01-01 10:00:00"]), Some((Inferred::Timestamp, 2)));
        assert_eq!(of(&[]), None);
    }
}
