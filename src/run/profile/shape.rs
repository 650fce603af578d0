//! The shapes of texts: `AB-1234` is two capitals, a hyphen and four digits.
//!
//! Each text has a fine shape (capitals, small letters, digits apart) and a coarse one (letters and digits together).
//! The fine one is the pattern if nearly all texts share it, else the coarse one, else there is none.

use super::hash;

const CAPITAL: u8 = 1;
const SMALL: u8 = 2;
const DIGIT: u8 = 4;
/// Letters and digits that the coarse shape does not tell apart.
const ANY: u8 = CAPITAL | SMALL | DIGIT;

/// What the texts of a shape have in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    shortest: usize,
    longest: usize,
    kinds: u8,
    /// The letters that stand there in every text.
    fixed: Option<Box<str>>,
    /// Whether a text has a zero in front: then the length is meant.
    padded: bool,
}

#[derive(Debug, Clone)]
struct Shape {
    /// A run of letters or digits is its kinds, any other character stands for itself.
    key: Box<[u8]>,
    hash: u64,
    count: u64,
    runs: Vec<Run>,
}

/// Shapes of one grain, in the order in which they were first seen.
#[derive(Debug, Clone, Default)]
struct Shapes {
    all: Vec<Shape>,
    /// Where the last one was found: most texts are like the one before.
    last: usize,
}

/// Shapes kept of each grain, pieces of a shape, bytes of a text: what has more has no pattern that says anything.
const SHAPES: usize = 32;
const PIECES: usize = 24;
const BYTES: usize = 96;
/// When to look whether it is worth going on.
const ENOUGH: u64 = 4096;

/// The shapes of the texts of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct ShapeScan {
    texts: u64,
    fine: Shapes,
    /// Of texts whose fine shape does not say it: it is dropped, or has runs side by side.
    coarse: Shapes,
    judged: bool,
    given_up: bool,
    /// Those of the text at hand.
    pieces: Pieces,
    /// Those of its coarse shape.
    merged: Pieces,
    /// Texts of up to [`LIKE`] bytes by what they are like: most texts of a column are like one before, and then what was
    /// found for that one holds.
    before: Vec<Option<Before>>,
}

/// Texts of so many bytes at most are held against one before.
const LIKE: usize = 32;

/// A text before: what it is like, its shapes, and where their runs are in it.
#[derive(Debug, Clone)]
struct Before {
    length: usize,
    likeness: Likeness,
    places: Places,
    fine: Ranges,
    coarse: Ranges,
}

/// Where the runs of a text begin and end.
#[derive(Debug, Clone)]
struct Ranges {
    count: usize,
    of: [(u8, u8); PIECES],
}

/// What each byte of a text is: texts of one length and likeness have the same shapes with the same ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Likeness {
    /// Of 8 to 15 bytes: the first eight and the last eight.
    Short([[u8; 8]; 2]),
    /// Of 16 to 32 bytes.
    Long([[u8; 16]; 2]),
}

impl Likeness {
    /// Where texts like this are kept.
    fn slot(&self, length: usize) -> usize {
        let words = match self {
            Self::Short([first, last]) => [u64::from_le_bytes(*first), u64::from_le_bytes(*last), 0, 0],
            Self::Long([first, last]) => {
                let [low, high] = [u128::from_le_bytes(*first), u128::from_le_bytes(*last)].map(halves);
                [low.0, low.1, high.0, high.1]
            }
        };
        let start = length as u64;
        let mixed = words.into_iter().fold(start, |mixed, word| (mixed.rotate_left(9) ^ word).wrapping_mul(SPREAD));
        usize::from(mixed.to_be_bytes()[0])
    }

    /// `None` of texts that are too short or too long for it.
    fn of(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        match bytes.len() {
            8..16 => Some(Self::Short([kinds(bytes.first_chunk()?), kinds(bytes.last_chunk()?)])),
            16..=LIKE => Some(Self::Long([kinds(bytes.first_chunk()?), kinds(bytes.last_chunk()?)])),
            _ => None,
        }
    }
}

/// An odd number with bits all over: the first byte of a product depends on all of the factor.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
/// As many as a byte tells apart.
const SLOTS: usize = 256;

#[expect(clippy::cast_possible_truncation, reason = "the halves, one after the other")]
fn halves(both: u128) -> (u64, u64) {
    (both as u64, (both >> 64) as u64)
}

/// The kinds of letters and digits; other bytes as they are. No table and no branch, so that many are worked out at a time.
#[inline]
fn kinds<const N: usize>(bytes: &[u8; N]) -> [u8; N] {
    let mut kinds = [0; N];
    for at in 0..N {
        let byte = bytes[at];
        let capital = if byte.wrapping_sub(b'A') < 26 { CAPITAL } else { 0 };
        let small = if byte.wrapping_sub(b'a') < 26 { SMALL } else { 0 };
        let digit = if byte.wrapping_sub(b'0') < 10 { DIGIT } else { 0 };
        let kind = capital | small | digit;
        kinds[at] = if kind == 0 { byte } else { kind };
    }
    kinds
}

/// Which shapes a text has, by their places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Places {
    fine: Option<u8>,
    coarse: Option<u8>,
}

/// Where the shapes of a later part are once it is merged.
#[derive(Debug, Default)]
pub(super) struct Moved {
    fine: Vec<Places>,
    coarse: Vec<Option<u8>>,
}

impl Moved {
    pub(super) fn places(&self, places: Places) -> Places {
        let fine = places.fine.and_then(|place| self.fine.get(usize::from(place))).copied().unwrap_or_default();
        let coarse = places.coarse.and_then(|place| self.coarse.get(usize::from(place)).copied().flatten());
        Places { fine: fine.fine, coarse: coarse.or(fine.coarse) }
    }
}

/// A pattern that nearly all texts of a column have.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    pieces: Vec<PatternPiece>,
    /// How many texts have it.
    pub matching: u64,
}

#[derive(Debug, Clone, PartialEq)]
enum PatternPiece {
    Sign(char),
    Fixed(String),
    Run { kinds: u8, shortest: usize, longest: usize, padded: bool },
}

/// How long runs may be in the text of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lengths {
    /// As long as they are.
    AsSeen,
    /// Lengths that varied may vary further, and digits without a zero in front may become more.
    Open,
}

impl ShapeScan {
    /// Notes the shapes of a text, which is yet to be counted.
    pub(super) fn see(&mut self, text: &str) -> Places {
        if self.given_up {
            return Places::default();
        }
        let Some(likeness) = Likeness::of(text) else { return self.see_anew(text) };
        let slot = likeness.slot(text.len());
        if let Some(Some(before)) = self.before.get(slot)
            && before.length == text.len()
            && before.likeness == likeness
        {
            self.fine.see_again(before.places.fine, text, &before.fine);
            self.coarse.see_again(before.places.coarse, text, &before.coarse);
            return before.places;
        }
        let places = self.see_anew(text);
        let ranges = |place: Option<u8>, pieces: &Pieces| place.map_or_else(Ranges::none, |_| Ranges::of(pieces));
        let (fine, coarse) = (ranges(places.fine, &self.pieces), ranges(places.coarse, &self.merged));
        self.before.resize(SLOTS, None);
        self.before[slot] = Some(Before { length: text.len(), likeness, places, fine, coarse });
        places
    }

    fn see_anew(&mut self, text: &str) -> Places {
        let Self { pieces, merged, fine, coarse, .. } = self;
        if !pieces.cut(text) {
            return Places::default();
        }
        let fine = fine.see(text, pieces);
        if fine.is_some() && !pieces.side_by_side() {
            return Places { fine, coarse: None };
        }
        merged.merge(pieces);
        Places { fine, coarse: coarse.see(text, merged) }
    }

    /// So many texts have these shapes.
    pub(super) fn count(&mut self, places: Places, times: u64) {
        self.texts += times;
        self.fine.count(places.fine, times);
        self.coarse.count(places.coarse, times);
    }

    /// Gives up where there are enough texts to see that there is no pattern.
    pub(super) fn judge(&mut self) {
        if self.judged || self.texts < ENOUGH {
            return;
        }
        self.judged = true;
        let best = self.merged().all.iter().map(|shape| shape.count).max().unwrap_or(0);
        self.given_up = best < self.texts / 2;
    }

    /// Those of a later part.
    pub(super) fn merge(&mut self, other: &Self) -> Moved {
        self.texts += other.texts;
        self.judged |= other.judged;
        self.given_up |= other.given_up;
        let coarse = other.coarse.all.iter().map(|shape| self.coarse.take_in(shape, SHAPES)).collect();
        let mut fine = Vec::with_capacity(other.fine.all.len());
        for shape in &other.fine.all {
            let place = self.fine.take_in(shape, SHAPES);
            // One that is dropped lives on in the coarse one, unless it was counted there already.
            let lives_on = place.is_none() && !shape.has_runs_side_by_side();
            let coarse = if lives_on { self.coarse.take_in(&shape.coarse(), SHAPES) } else { None };
            fine.push(Places { fine: place, coarse });
        }
        Moved { fine, coarse }
    }

    /// All coarse shapes.
    fn merged(&self) -> Shapes {
        let mut all = self.coarse.clone();
        for shape in self.fine.all.iter().filter(|shape| !shape.has_runs_side_by_side()) {
            all.take_in(&shape.coarse(), usize::MAX);
        }
        all
    }

    /// The pattern that at least `share` of the texts have.
    pub(super) fn pattern(&self, share: f64) -> Option<Pattern> {
        let enough = |shapes: &Shapes| {
            let shape = shapes.all.iter().reduce(|a, b| if b.count > a.count { b } else { a })?;
            let is_pattern = !self.given_up && shape.count > 0 && shape.count as f64 >= share * self.texts as f64;
            is_pattern.then(|| pattern(shape))
        };
        enough(&self.fine).or_else(|| enough(&self.merged()))
    }
}

impl Shapes {
    /// Where the shape of a text is; `None` if there are too many.
    fn see(&mut self, text: &str, pieces: &Pieces) -> Option<u8> {
        if pieces.count > PIECES {
            return None;
        }
        let key = &pieces.codes[..pieces.count];
        let is_it = |shape: &Shape| *shape.key == *key;
        let found = if self.all.get(self.last).is_some_and(is_it) {
            Some(self.last)
        } else {
            let hash = hash::bytes(key);
            self.all.iter().position(|shape| shape.hash == hash && is_it(shape))
        };
        let place = match found {
            Some(place) => {
                self.all[place].runs.iter_mut().zip(pieces.runs(text)).for_each(|(run, (text, kinds))| run.add(text, kinds));
                place
            }
            None if self.all.len() >= SHAPES => return None,
            None => {
                let runs = pieces.runs(text).map(|(text, kinds)| Run::new(text, kinds)).collect();
                self.all.push(Shape { key: key.into(), hash: hash::bytes(key), count: 0, runs });
                self.all.len() - 1
            }
        };
        self.last = place;
        u8::try_from(place).ok()
    }

    /// One more text of a shape, like one before.
    fn see_again(&mut self, place: Option<u8>, text: &str, ranges: &Ranges) {
        if let Some(shape) = place.and_then(|place| self.all.get_mut(usize::from(place))) {
            let ranges = ranges.of[..ranges.count].iter().map(|(start, end)| usize::from(*start)..usize::from(*end));
            shape.runs.iter_mut().zip(ranges).for_each(|(run, range)| run.add_like(&text[range]));
        }
    }

    fn count(&mut self, place: Option<u8>, times: u64) {
        if let Some(shape) = place.and_then(|place| self.all.get_mut(usize::from(place))) {
            shape.count += times;
        }
    }

    /// A shape of a later part, and where it is now; `None` if there are too many.
    fn take_in(&mut self, shape: &Shape, most: usize) -> Option<u8> {
        let known = self.all.iter().position(|known| known.hash == shape.hash && known.key == shape.key);
        let place = match known {
            Some(place) => {
                self.all[place].count += shape.count;
                self.all[place].runs.iter_mut().zip(&shape.runs).for_each(|(run, other)| run.merge(other));
                place
            }
            None if self.all.len() >= most => return None,
            None => {
                self.all.push(shape.clone());
                self.all.len() - 1
            }
        };
        u8::try_from(place).ok()
    }
}

impl Shape {
    fn has_runs_side_by_side(&self) -> bool {
        self.key.windows(2).any(|pieces| pieces.iter().all(|piece| *piece <= ANY))
    }

    /// The coarse shape of the same texts; only of one that has no runs side by side.
    fn coarse(&self) -> Self {
        let key: Box<[u8]> = self.key.iter().map(|piece| if *piece <= ANY { ANY } else { *piece }).collect();
        Self { hash: hash::bytes(&key), key, ..self.clone() }
    }
}

/// What a byte is: a kind of run, itself, or nothing that a shape has.
static CODES: [u8; 256] = {
    let mut codes = [0; 256];
    let mut byte = b' ';
    while byte <= b'~' {
        codes[byte as usize] = match byte {
            b'A'..=b'Z' => CAPITAL,
            b'a'..=b'z' => SMALL,
            b'0'..=b'9' => DIGIT,
            // A quote or a backslash would have to be written differently for AWS and for a regular expression.
            b'"' | b'\'' | b'\\' | b'^' | b'[' | b']' | b'&' => 0,
            sign => sign,
        };
        byte += 1;
    }
    codes
};

/// The runs and signs of a text.
#[derive(Debug, Clone)]
struct Pieces {
    count: usize,
    /// As in [`Shape::key`].
    codes: [u8; BYTES],
    ends: [u8; BYTES],
    /// Of pieces of the coarse shape the kinds of letters and digits that were put together.
    kinds: [u8; BYTES],
}

impl Default for Pieces {
    fn default() -> Self {
        Self { count: 0, codes: [0; BYTES], ends: [0; BYTES], kinds: [0; BYTES] }
    }
}

impl Pieces {
    /// Cuts a text into its fine pieces; whether it is one that has a shape.
    #[expect(clippy::cast_possible_truncation, reason = "a text of up to 96 bytes")]
    fn cut(&mut self, text: &str) -> bool {
        if text.is_empty() || text.len() > BYTES {
            return false;
        }
        let mut last = 0;
        let mut count = 0;
        for (at, byte) in text.bytes().enumerate() {
            let code = CODES[usize::from(byte)];
            if code == 0 {
                return false;
            }
            count += usize::from(code != last || code > ANY);
            self.codes[count - 1] = code;
            self.ends[count - 1] = at as u8 + 1;
            last = code;
        }
        self.count = count;
        true
    }

    fn side_by_side(&self) -> bool {
        self.codes[..self.count].windows(2).any(|pieces| pieces[0] <= ANY && pieces[1] <= ANY)
    }

    /// Those of another, with one run for neighbouring ones.
    fn merge(&mut self, other: &Self) {
        let mut count = 0;
        for at in 0..other.count {
            let (code, end) = (other.codes[at], other.ends[at]);
            if code > ANY {
                self.codes[count] = code;
                count += 1;
            } else if count > 0 && self.codes[count - 1] == ANY {
                self.kinds[count - 1] |= code;
            } else {
                self.codes[count] = ANY;
                self.kinds[count] = code;
                count += 1;
            }
            self.ends[count - 1] = end;
        }
        self.count = count;
    }

    /// Where the runs begin and end, with their kinds.
    fn places(&self) -> impl Iterator<Item = ((u8, u8), u8)> {
        let mut start = 0;
        (0..self.count).filter_map(move |at| {
            let (code, place) = (self.codes[at], (start, self.ends[at]));
            start = place.1;
            let kinds = if code == ANY { self.kinds[at] } else { code };
            (code <= ANY).then_some((place, kinds))
        })
    }

    /// The texts of the runs with their kinds.
    fn runs<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'a str, u8)> {
        self.places().map(|((start, end), kinds)| (&text[usize::from(start)..usize::from(end)], kinds))
    }
}

impl Ranges {
    fn none() -> Self {
        Self { count: 0, of: [(0, 0); PIECES] }
    }

    /// Of the pieces of a text that has a shape.
    fn of(pieces: &Pieces) -> Self {
        let mut ranges = Self::none();
        for ((place, _), own) in pieces.places().zip(&mut ranges.of) {
            *own = place;
            ranges.count += 1;
        }
        ranges
    }
}

impl Run {
    fn new(text: &str, kinds: u8) -> Self {
        Self {
            shortest: text.len(),
            longest: text.len(),
            kinds,
            fixed: (kinds & DIGIT == 0).then(|| text.into()),
            padded: text.starts_with('0'),
        }
    }

    fn add(&mut self, text: &str, kinds: u8) {
        self.shortest = self.shortest.min(text.len());
        self.longest = self.longest.max(text.len());
        self.kinds |= kinds;
        self.padded |= text.starts_with('0');
        if self.fixed.as_deref().is_some_and(|fixed| fixed != text) {
            self.fixed = None;
        }
    }

    /// One more text of the same length and kinds as one before.
    fn add_like(&mut self, text: &str) {
        self.padded |= text.as_bytes().first() == Some(&b'0');
        if self.fixed.as_deref().is_some_and(|fixed| fixed != text) {
            self.fixed = None;
        }
    }

    fn merge(&mut self, other: &Self) {
        self.shortest = self.shortest.min(other.shortest);
        self.longest = self.longest.max(other.longest);
        self.kinds |= other.kinds;
        self.padded |= other.padded;
        if self.fixed != other.fixed {
            self.fixed = None;
        }
    }
}

fn pattern(shape: &Shape) -> Pattern {
    let mut runs = shape.runs.iter();
    let pieces = shape
        .key
        .iter()
        .filter_map(|piece| match *piece {
            sign if sign > ANY => Some(PatternPiece::Sign(char::from(sign))),
            _ => runs.next().map(|run| match &run.fixed {
                Some(letters) => PatternPiece::Fixed(letters.to_string()),
                None => {
                    let Run { shortest, longest, kinds, padded, .. } = *run;
                    PatternPiece::Run { kinds, shortest, longest, padded }
                }
            }),
        })
        .collect();
    Pattern { pieces, matching: shape.count }
}

impl Pattern {
    /// As a regular expression, which is also one of Java's.
    pub fn regex(&self, lengths: Lengths) -> String {
        let mut out = String::new();
        for piece in &self.pieces {
            match piece {
                PatternPiece::Sign(sign) if ".$*+?(){}|".contains(*sign) => out.push_str(&format!("[{sign}]")),
                PatternPiece::Sign(sign) => out.push(*sign),
                PatternPiece::Fixed(letters) => out.push_str(letters),
                PatternPiece::Run { kinds, shortest, longest, padded } => {
                    out.push_str(class(*kinds));
                    out.push_str(&times(*shortest, *longest, *kinds == DIGIT && !padded, lengths));
                }
            }
        }
        out
    }

    /// Whether every text has the same length.
    pub fn is_fixed(&self) -> bool {
        self.pieces.iter().all(|piece| match piece {
            PatternPiece::Run { shortest, longest, .. } => shortest == longest,
            PatternPiece::Sign(_) | PatternPiece::Fixed(_) => true,
        })
    }

    /// Whether it says something: codes have digits, signs or one length; words and names have not.
    pub fn is_code(&self) -> bool {
        let has = |test: fn(&PatternPiece) -> bool| self.pieces.iter().any(test);
        let digits = has(|piece| matches!(piece, PatternPiece::Run { kinds, .. } if kinds & DIGIT != 0));
        let signs = has(|piece| matches!(piece, PatternPiece::Sign(sign) if *sign != ' '));
        let blanks = has(|piece| matches!(piece, PatternPiece::Sign(' ')));
        let varies = has(|piece| matches!(piece, PatternPiece::Run { .. }));
        varies && (digits || (!blanks && (signs || self.is_fixed())))
    }
}

fn class(kinds: u8) -> &'static str {
    match kinds {
        CAPITAL => "[A-Z]",
        SMALL => "[a-z]",
        DIGIT => "[0-9]",
        3 => "[A-Za-z]",
        5 => "[A-Z0-9]",
        6 => "[a-z0-9]",
        _ => "[A-Za-z0-9]",
    }
}

fn times(shortest: usize, longest: usize, may_grow: bool, lengths: Lengths) -> String {
    match lengths {
        Lengths::Open if shortest != longest => "+".to_owned(),
        Lengths::Open if may_grow && shortest == 1 => "+".to_owned(),
        Lengths::Open if may_grow => format!("{{{shortest},}}"),
        _ if shortest == longest && shortest == 1 => String::new(),
        _ if shortest == longest => format!("{{{shortest}}}"),
        _ => format!("{{{shortest},{longest}}}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn pattern_of(texts: &[&str]) -> Option<Pattern> {
        let mut scan = ShapeScan::default();
        for text in texts {
            let places = scan.see(text);
            scan.count(places, 1);
        }
        scan.pattern(0.75)
    }

    #[test]
    fn patterns() {
        let check = |texts: &[&str], seen: &str, open: &str| {
            let pattern = pattern_of(texts).unwrap();
            assert_eq!((pattern.regex(Lengths::AsSeen).as_str(), pattern.regex(Lengths::Open).as_str()), (seen, open));
        };
        check(&["AB-1234", "XY-0001"], "[A-Z]{2}-[0-9]{4}", "[A-Z]{2}-[0-9]{4}");
        check(&["ORD-12", "ORD-345"], "ORD-[0-9]{2,3}", "ORD-[0-9]+");
        check(&["N14228", "N619AA", "1X211", "N3"], "[A-Z0-9]{2,6}", "[A-Z0-9]+");
        check(&["a1@x.com", "b2@x.com"], "[a-z][0-9]@x[.]com", "[a-z][0-9]+@x[.]com");
        check(&["2024", "2025"], "[0-9]{4}", "[0-9]{4,}");
    }

    proptest! {
        /// However the texts are split, they have one pattern.
        #[test]
        fn parts_have_the_pattern_of_the_whole(
            texts in vec(
                prop_oneof![
                    3 => "[A-B]{1,2}-[0-9]{1,3}",
                    1 => "[a-b0-9]{1,6}",
                    1 => "[+*~]{1,3}[0-9]?",
                    3 => "OR[A-D]-[0-9]{8}",
                    2 => "[a-c]{3,4}@[a-b]{9}[.][a-z0-9]{4}",
                    1 => "[A-Z]{4}\"[a-z]{4}",
                ],
                0..150,
            ),
            cut in 0..150_usize,
        ) {
            let scan = |texts: &[String]| {
                let mut scan = ShapeScan::default();
                let places: Vec<Places> = texts.iter().map(|text| scan.see(text)).collect();
                (scan, places)
            };
            let (mut whole, places) = scan(&texts);
            places.iter().for_each(|places| whole.count(*places, 1));
            let (first, second) = texts.split_at(cut.min(texts.len()));
            let ((mut parts, places), (other, others)) = (scan(first), scan(second));
            let moved = parts.merge(&other);
            let others = others.into_iter().map(|other| moved.places(other));
            places.into_iter().chain(others).for_each(|places| parts.count(places, 1));
            for share in [0.5, 0.75, 0.95] {
                prop_assert_eq!(whole.pattern(share), parts.pattern(share));
            }
        }
    }

    #[test]
    fn free_text_has_none() {
        assert_eq!(pattern_of(&["one word", "three words here", "ünïcödé", "it's"]), None);
        assert_eq!(pattern_of(&[]), None);
    }

    #[test]
    fn codes_and_words() {
        assert!(pattern_of(&["EWR", "JFK"]).unwrap().is_code());
        assert!(!pattern_of(&["apple", "pear"]).unwrap().is_code());
        assert!(!pattern_of(&["Ada Lovelace", "Alan Turing"]).unwrap().is_code());
        assert!(!pattern_of(&["EWR", "EWR"]).unwrap().is_code(), "always the same");
    }
}
