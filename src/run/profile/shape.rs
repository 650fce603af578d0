//! The shapes of texts: `AB-1234` is two capitals, a hyphen and four digits.
//!
//! Each text has a fine shape (capitals, small letters, digits apart) and a coarse one (letters and digits together).
//! The fine one is the pattern if nearly all texts share it, else the coarse one, else there is none.

use indexmap::IndexMap;

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Piece {
    /// Letters or digits, of the kinds that the fine shape tells apart.
    Run(u8),
    /// Any other character stands for itself.
    Sign(u8),
}

const CAPITAL: u8 = 1;
const SMALL: u8 = 2;
const DIGIT: u8 = 4;

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
    count: u64,
    runs: Vec<Run>,
}

type Shapes = IndexMap<Vec<Piece>, Shape>;

/// Shapes kept of each grain, pieces of a shape, bytes of a text: what has more has no pattern that says anything.
const SHAPES: usize = 32;
const PIECES: usize = 24;
const BYTES: usize = 96;
/// When to look whether it is worth going on.
const ENOUGH: u64 = 4096;

/// The shapes of the texts of a column.
#[derive(Debug, Default)]
pub(super) struct ShapeScan {
    texts: u64,
    fine: Shapes,
    coarse: Shapes,
    given_up: bool,
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
    /// One more text.
    pub(super) fn add(&mut self, text: &str) {
        self.texts += 1;
        if self.given_up {
            return;
        }
        let Some(runs) = pieces(text) else { return };
        let coarse = merged(&runs);
        insert(&mut self.fine, text, &runs);
        insert(&mut self.coarse, text, &coarse);
        if self.texts == ENOUGH {
            let best = self.coarse.values().map(|shape| shape.count).max().unwrap_or(0);
            self.given_up = best < ENOUGH / 2;
        }
    }

    /// The pattern that at least `share` of the texts have.
    pub(super) fn pattern(&self, share: f64) -> Option<Pattern> {
        let enough = |shapes: &Shapes| {
            let (key, shape) = shapes.iter().reduce(|a, b| if b.1.count > a.1.count { b } else { a })?;
            (!self.given_up && shape.count as f64 >= share * self.texts as f64).then(|| pattern(key, shape))
        };
        enough(&self.fine).or_else(|| enough(&self.coarse))
    }
}

/// The runs and signs of a text with where they are; `None` if it is no text that has a shape.
fn pieces(text: &str) -> Option<Vec<(Piece, usize, usize)>> {
    if text.is_empty() || text.len() > BYTES {
        return None;
    }
    let mut found: Vec<(Piece, usize, usize)> = Vec::new();
    for (at, byte) in text.bytes().enumerate() {
        let piece = match byte {
            b'A'..=b'Z' => Piece::Run(CAPITAL),
            b'a'..=b'z' => Piece::Run(SMALL),
            b'0'..=b'9' => Piece::Run(DIGIT),
            // A quote or a backslash would have to be written differently for AWS and for a regular expression.
            b'"' | b'\'' | b'\\' | b'^' | b'[' | b']' | b'&' => return None,
            b' '..=b'~' => Piece::Sign(byte),
            _ => return None,
        };
        match found.last_mut() {
            Some((last, _, end)) if *last == piece && matches!(piece, Piece::Run(_)) => *end = at + 1,
            _ => found.push((piece, at, at + 1)),
        }
        if found.len() > PIECES * 4 {
            return None;
        }
    }
    Some(found)
}

/// Neighbouring runs as one.
fn merged(fine: &[(Piece, usize, usize)]) -> Vec<(Piece, usize, usize)> {
    let mut found: Vec<(Piece, usize, usize)> = Vec::new();
    for (piece, start, end) in fine {
        match (found.last_mut(), piece) {
            (Some((Piece::Run(_), _, last)), Piece::Run(_)) => *last = *end,
            (_, Piece::Run(_)) => found.push((Piece::Run(CAPITAL | SMALL | DIGIT), *start, *end)),
            (_, Piece::Sign(_)) => found.push((*piece, *start, *end)),
        }
    }
    found
}

fn insert(shapes: &mut Shapes, text: &str, pieces: &[(Piece, usize, usize)]) {
    if pieces.len() > PIECES {
        return;
    }
    let key: Vec<Piece> = pieces.iter().map(|(piece, _, _)| *piece).collect();
    let full = shapes.len() >= SHAPES;
    let runs = pieces.iter().filter(|(piece, _, _)| matches!(piece, Piece::Run(_))).map(|(_, start, end)| &text[*start..*end]);
    match shapes.get_mut(&key) {
        Some(shape) => {
            shape.count += 1;
            shape.runs.iter_mut().zip(runs).for_each(|(run, text)| run.add(text));
        }
        None if full => {}
        None => {
            shapes.insert(key, Shape { count: 1, runs: runs.map(Run::new).collect() });
        }
    }
}

impl Run {
    fn new(text: &str) -> Self {
        let letters = text.bytes().all(|byte| byte.is_ascii_alphabetic());
        Self {
            shortest: text.len(),
            longest: text.len(),
            kinds: kinds(text),
            fixed: letters.then(|| text.into()),
            padded: text.starts_with('0'),
        }
    }

    fn add(&mut self, text: &str) {
        self.shortest = self.shortest.min(text.len());
        self.longest = self.longest.max(text.len());
        self.kinds |= kinds(text);
        self.padded |= text.starts_with('0');
        if self.fixed.as_deref().is_some_and(|fixed| fixed != text) {
            self.fixed = None;
        }
    }
}

fn kinds(text: &str) -> u8 {
    text.bytes().fold(0, |kinds, byte| {
        kinds
            | match byte {
                b'A'..=b'Z' => CAPITAL,
                b'a'..=b'z' => SMALL,
                _ => DIGIT,
            }
    })
}

fn pattern(key: &[Piece], shape: &Shape) -> Pattern {
    let mut runs = shape.runs.iter();
    let pieces = key
        .iter()
        .filter_map(|piece| match piece {
            Piece::Sign(sign) => Some(PatternPiece::Sign(char::from(*sign))),
            Piece::Run(_) => runs.next().map(|run| match &run.fixed {
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
    use super::*;

    fn pattern_of(texts: &[&str]) -> Option<Pattern> {
        let mut scan = ShapeScan::default();
        texts.iter().for_each(|text| scan.add(text));
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
