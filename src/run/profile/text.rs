//! Figures of texts: lengths, blanks, and what the texts could be read as.

use chrono::{DateTime, Utc};

use super::figures::{Inferred, TextFigures};
use super::shape::{Moved, Places, ShapeScan};
use crate::stdlib::rule::Target;

/// What is counted of the texts of a column.
#[derive(Debug, Clone)]
pub(super) struct TextScan {
    now: DateTime<Utc>,
    texts: u64,
    empty: u64,
    blank: u64,
    lengths: Option<(u64, u64)>,
    least: Option<Bound>,
    greatest: Option<Bound>,
    inferred: [u64; Inferred::ALL.len()],
    shapes: ShapeScan,
}

/// The least or the greatest text.
#[derive(Debug, Clone)]
struct Bound {
    /// What most comparisons are decided by.
    first: u64,
    text: Box<str>,
}

/// What there is to count of a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Facts {
    inferred: Option<Inferred>,
    emptiness: Option<Emptiness>,
    shapes: Places,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Emptiness {
    Empty,
    Blank,
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

    /// Looks at a text, which is yet to be counted.
    pub(super) fn see(&mut self, text: &str) -> Facts {
        let length = if text.is_ascii() { text.len() } else { text.chars().count() } as u64;
        self.lengths = Some(self.lengths.map_or((length, length), |(least, most)| (least.min(length), most.max(length))));
        let first = first(text);
        if self.least.as_ref().is_none_or(|least| (first, text) < (least.first, &*least.text)) {
            self.least = Some(Bound { first, text: text.into() });
        }
        if self.greatest.as_ref().is_none_or(|greatest| (first, text) > (greatest.first, &*greatest.text)) {
            self.greatest = Some(Bound { first, text: text.into() });
        }
        let emptiness = match text.bytes().next() {
            None => Some(Emptiness::Empty),
            // Nothing that is seen is a blank.
            Some(first) if first.is_ascii_graphic() => None,
            Some(_) => text.trim().is_empty().then_some(Emptiness::Blank),
        };
        Facts { inferred: inferred(text, self.now), emptiness, shapes: self.shapes.see(text) }
    }

    /// So many texts are like this.
    pub(super) fn count(&mut self, facts: Facts, times: u64) {
        self.texts += times;
        match facts.emptiness {
            Some(Emptiness::Empty) => self.empty += times,
            Some(Emptiness::Blank) => self.blank += times,
            None => {}
        }
        if let Some(inferred) = facts.inferred {
            self.inferred[inferred as usize] += times;
        }
        self.shapes.count(facts.shapes, times);
    }

    /// Gives up what is not worth going on with.
    pub(super) fn judge(&mut self) {
        self.shapes.judge();
    }

    /// What was found in a later part; what its facts are now.
    pub(super) fn merge(&mut self, other: &Self) -> impl Fn(Facts) -> Facts + use<> {
        self.texts += other.texts;
        self.empty += other.empty;
        self.blank += other.blank;
        self.lengths = match (self.lengths, other.lengths) {
            (Some((a, b)), Some((c, d))) => Some((a.min(c), b.max(d))),
            (own, others) => own.or(others),
        };
        if let Some(bound) = &other.least
            && self.least.as_ref().is_none_or(|least| bound.text < least.text)
        {
            self.least = Some(bound.clone());
        }
        if let Some(bound) = &other.greatest
            && self.greatest.as_ref().is_none_or(|greatest| bound.text > greatest.text)
        {
            self.greatest = Some(bound.clone());
        }
        self.inferred.iter_mut().zip(&other.inferred).for_each(|(count, more)| *count += more);
        let moved: Moved = self.shapes.merge(&other.shapes);
        move |facts| Facts { shapes: moved.places(facts.shapes), ..facts }
    }

    /// What was found.
    pub(super) fn figures(&self) -> TextFigures {
        let (shortest, longest) = self.lengths.unwrap_or((0, 0));
        TextFigures {
            empty: self.empty,
            blank: self.blank,
            shortest,
            longest,
            least: self.least.as_ref().map(|least| least.text.to_string()),
            greatest: self.greatest.as_ref().map(|greatest| greatest.text.to_string()),
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

/// The first eight bytes as a number with the same order.
fn first(text: &str) -> u64 {
    if let Some(first) = text.as_bytes().first_chunk::<8>() {
        return u64::from_be_bytes(*first);
    }
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(text.bytes()).for_each(|(byte, found)| *byte = found);
    u64::from_be_bytes(bytes)
}

/// What a text is, if it is a word for a value of another type. Zeros in front make a number a code.
fn inferred(text: &str, now: DateTime<Utc>) -> Option<Inferred> {
    let first = text.bytes().next()?;
    if first.is_ascii_alphabetic() {
        // No word for yes or no has six letters.
        if text.as_bytes().get(5).is_some_and(u8::is_ascii_graphic) {
            return None;
        }
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
            for text in texts {
                let facts = scan.see(text);
                scan.count(facts, 1);
            }
            scan.figures().inferred
        };
        assert_eq!(of(&["1", "2"]), Some((Inferred::Integer, 2)));
        assert_eq!(of(&["1", "2.5"]), Some((Inferred::Number, 2)));
        assert_eq!(of(&["1", "n/a"]), None);
        assert_eq!(of(&["2024-01-01", "2024-01-01 10:00:00"]), Some((Inferred::Timestamp, 2)));
        assert_eq!(of(&[]), None);
    }
}
