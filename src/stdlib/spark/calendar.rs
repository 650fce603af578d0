//! Patterns of dates and times, as Spark 3 takes them: `yyyy-MM-dd HH:mm:ss.SSS`, `MMM d, yyyy`, `dd/MM/yy`.
//!
//! They are Java's `DateTimeFormatter` patterns, strict, in English and UTC, but for what Spark forbids: fields of weeks,
//! narrow texts, and fields of weeks and quarters where text is read. A pattern that cannot be used is refused at its
//! place, so that none is silently read another way.

use std::fmt::Write as _;

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Weekday};

use super::parse::offset;

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];

/// What a pattern is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Times are written by it.
    Write,
    /// Text is read by it.
    Read,
}

/// Why a pattern cannot be used: a byte range of it, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// First byte.
    pub start: usize,
    /// After the last byte.
    pub end: usize,
    /// What is wrong.
    pub message: String,
}

/// A pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// Text as it is.
    Literal(String),
    /// A letter and how often it stands.
    Field(char, usize),
    /// `[…]`: may be missing where text is read.
    Optional(Vec<Self>),
}

impl Pattern {
    /// Reads a pattern: runs of one letter are fields, `'…'` is text, `''` a quote, `[…]` may be missing.
    pub fn new(pattern: &str, purpose: Purpose) -> Result<Self, Fault> {
        let mut open: Vec<(usize, Vec<Piece>)> = Vec::new();
        let mut pieces = Vec::new();
        let mut chars = pattern.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            match c {
                '\'' => {
                    let rest = &pattern[at + 1..];
                    if rest.starts_with('\'') {
                        chars.next();
                        pieces.push(Piece::Literal("'".to_owned()));
                        continue;
                    }
                    let mut text = String::new();
                    loop {
                        match chars.next() {
                            Some((_, '\'')) if chars.peek().is_some_and(|(_, c)| *c == '\'') => {
                                chars.next();
                                text.push('\'');
                            }
                            Some((_, '\'')) => break,
                            Some((_, c)) => text.push(c),
                            None => return Err(fault(at, pattern.len(), "a quote that does not end")),
                        }
                    }
                    pieces.push(Piece::Literal(text));
                }
                '[' => open.push((at, std::mem::take(&mut pieces))),
                ']' => {
                    let Some((_, outer)) = open.pop() else { return Err(fault(at, at + 1, "a `]` without a `[`")) };
                    let inner = std::mem::replace(&mut pieces, outer);
                    pieces.push(Piece::Optional(inner));
                }
                '#' | '{' | '}' => return Err(fault(at, at + 1, format!("`{c}` is reserved: write it between quotes"))),
                _ if c.is_ascii_alphabetic() => {
                    let mut count = 1;
                    while chars.next_if(|(_, next)| *next == c).is_some() {
                        count += 1;
                    }
                    if let Some(message) = refused(c, count, purpose) {
                        return Err(fault(at, at + count, message));
                    }
                    pieces.push(Piece::Field(c, count));
                }
                _ => pieces.push(Piece::Literal(c.to_string())),
            }
        }
        match open.pop() {
            Some((at, _)) => Err(fault(at, at + 1, "a `[` that is not closed")),
            None => Ok(Self { pieces }),
        }
    }

    /// Writes a time.
    pub fn write(&self, time: NaiveDateTime, out: &mut String) {
        write_all(&self.pieces, time, out);
    }

    /// Reads a text; `None` if it does not follow the pattern from end to end.
    pub fn read(&self, text: &str) -> Option<NaiveDateTime> {
        let mut fields = Fields::default();
        let rest = read_all(&self.pieces, text, &mut fields)?;
        rest.is_empty().then(|| fields.resolve()).flatten()
    }
}

fn fault(start: usize, end: usize, message: impl Into<String>) -> Fault {
    Fault { start, end, message: message.into() }
}

/// Why a field cannot stand in a pattern.
fn refused(letter: char, count: usize, purpose: Purpose) -> Option<String> {
    let most = match letter {
        'Y' | 'W' | 'w' | 'u' | 'e' | 'c' => return Some(format!("`{letter}`: Spark 3 has no fields of weeks")),
        'y' => 6,
        'G' | 'M' | 'L' | 'E' | 'Q' | 'q' | 'z' => 4,
        'D' => 3,
        'd' | 'H' | 'k' | 'K' | 'h' | 'm' | 's' => 2,
        'S' => 9,
        'a' | 'F' => 1,
        'X' | 'x' | 'Z' => 5,
        'V' if count == 2 => 2,
        'V' => return Some("a zone's name is `VV`".to_owned()),
        'O' if count == 1 || count == 4 => 4,
        'O' => return Some("an offset is `O` or `OOOO`".to_owned()),
        _ => return Some(format!("`{letter}` is no letter of date patterns")),
    };
    if count > most {
        return Some(format!("`{}`: `{letter}` stands at most {most} times", letter.to_string().repeat(count)));
    }
    if purpose == Purpose::Read && matches!(letter, 'E' | 'F' | 'Q' | 'q' | 'G' | 'z' | 'O') {
        return Some(format!("`{letter}` can be written but not read"));
    }
    None
}

fn write_all(pieces: &[Piece], time: NaiveDateTime, out: &mut String) {
    for piece in pieces {
        match piece {
            Piece::Literal(text) => out.push_str(text),
            Piece::Optional(inner) => write_all(inner, time, out),
            Piece::Field(letter, count) => write_field(*letter, *count, time, out),
        }
    }
}

fn write_field(letter: char, count: usize, time: NaiveDateTime, out: &mut String) {
    let number = |out: &mut String, value: u32| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{value:0count$}");
    };
    let month = MONTHS[usize::try_from(time.month0()).unwrap_or(0)];
    let quarter = time.month0() / 3 + 1;
    match letter {
        'y' => {
            let year = time.year();
            if count == 2 {
                let _ = write!(out, "{:02}", year.rem_euclid(100));
            } else {
                // A year longer than its field has a sign from four letters on.
                let is_long = year > 0 && count >= 4 && year.to_string().len() > count;
                let sign = if year < 0 {
                    "-"
                } else if is_long {
                    "+"
                } else {
                    ""
                };
                let _ = write!(out, "{sign}{:0count$}", year.unsigned_abs());
            }
        }
        'G' => out.push_str(match (time.year() > 0, count) {
            (true, 4) => "Anno Domini",
            (true, _) => "AD",
            (false, 4) => "Before Christ",
            (false, _) => "BC",
        }),
        'M' | 'L' if count == 4 => out.push_str(month),
        'M' | 'L' if count == 3 => out.push_str(&month[..3]),
        'M' | 'L' => number(out, time.month()),
        'd' => number(out, time.day()),
        'D' => number(out, time.ordinal()),
        'F' => number(out, (time.day() - 1) % 7 + 1),
        'E' => {
            let name = weekday(time.weekday());
            out.push_str(if count == 4 { name } else { &name[..3] });
        }
        'Q' | 'q' if count == 4 => {
            out.push_str(["1st quarter", "2nd quarter", "3rd quarter", "4th quarter"][(quarter - 1) as usize]);
        }
        'Q' | 'q' if count == 3 => {
            let _ = write!(out, "Q{quarter}");
        }
        'Q' | 'q' => number(out, quarter),
        'H' => number(out, time.hour()),
        'k' => number(out, if time.hour() == 0 { 24 } else { time.hour() }),
        'K' => number(out, time.hour() % 12),
        'h' => number(out, time.hour12().1),
        'm' => number(out, time.minute()),
        's' => number(out, time.second()),
        'S' => out.push_str(&format!("{:09}", time.nanosecond() % 1_000_000_000)[..count]),
        'a' => out.push_str(if time.hour() < 12 { "AM" } else { "PM" }),
        // All times are UTC.
        'z' if count == 4 => out.push_str("Coordinated Universal Time"),
        'z' | 'V' => out.push_str("UTC"),
        'O' => out.push_str("GMT"),
        'X' => out.push('Z'),
        'x' => out.push_str(["+00", "+0000", "+00:00", "+0000", "+00:00"][count - 1]),
        'Z' => out.push_str(["+0000", "+0000", "+0000", "GMT", "Z"][count - 1]),
        _ => {}
    }
}

/// The name of a day of the week.
pub fn weekday(day: Weekday) -> &'static str {
    match day {
        Weekday::Mon => "Monday",
        Weekday::Tue => "Tuesday",
        Weekday::Wed => "Wednesday",
        Weekday::Thu => "Thursday",
        Weekday::Fri => "Friday",
        Weekday::Sat => "Saturday",
        Weekday::Sun => "Sunday",
    }
}

/// What was read.
#[derive(Debug, Clone, Default)]
struct Fields {
    year: Option<i32>,
    month: Option<u32>,
    day: Option<u32>,
    ordinal: Option<u32>,
    hour: Option<u32>,
    half: Option<u32>,
    half_hour: Option<u32>,
    minute: Option<u32>,
    second: Option<u32>,
    nano: Option<u32>,
    offset: i64,
}

impl Fields {
    fn resolve(self) -> Option<NaiveDateTime> {
        let year = self.year.unwrap_or(1970);
        let day = match self.ordinal {
            Some(ordinal) => {
                let day = NaiveDate::from_yo_opt(year, ordinal)?;
                let agrees =
                    self.month.is_none_or(|month| month == day.month()) && self.day.is_none_or(|found| found == day.day());
                agrees.then_some(day)?
            }
            None => NaiveDate::from_ymd_opt(year, self.month.unwrap_or(1), self.day.unwrap_or(1))?,
        };
        let half = || self.half_hour.map(|hour| hour + 12 * self.half.unwrap_or(0));
        let hour = self.hour.or_else(half).unwrap_or(0);
        let clock =
            NaiveTime::from_hms_nano_opt(hour, self.minute.unwrap_or(0), self.second.unwrap_or(0), self.nano.unwrap_or(0))?;
        NaiveDateTime::new(day, clock).checked_sub_signed(chrono::Duration::seconds(self.offset))
    }
}

fn read_all<'a>(pieces: &[Piece], mut text: &'a str, fields: &mut Fields) -> Option<&'a str> {
    for (at, piece) in pieces.iter().enumerate() {
        match piece {
            Piece::Literal(literal) => {
                let head = text.get(..literal.len())?;
                if !head.eq_ignore_ascii_case(literal) {
                    return None;
                }
                text = &text[literal.len()..];
            }
            Piece::Optional(inner) => {
                let mut tried = fields.clone();
                if let Some(rest) = read_all(inner, text, &mut tried) {
                    *fields = tried;
                    text = rest;
                }
            }
            Piece::Field(letter, count) => text = read_field(*letter, *count, reserved(&pieces[at + 1..]), text, fields)?,
        }
    }
    Some(text)
}

/// How many digits the fields of fixed width right behind a number take.
fn reserved(rest: &[Piece]) -> usize {
    rest.iter()
        .map_while(|piece| match piece {
            Piece::Field(letter, 2) if "MLdHkKhms".contains(*letter) => Some(2),
            Piece::Field('D', 3) => Some(3),
            Piece::Field('y', 2) => Some(2),
            _ => None,
        })
        .sum()
}

/// Reads a number of `least` to `most` digits, leaving `kept` digits for what follows.
fn digits(text: &str, least: usize, most: usize, kept: usize) -> Option<(u32, &str)> {
    let there = text.bytes().take_while(u8::is_ascii_digit).count();
    let taken = most.min(if kept > 0 { there.saturating_sub(kept).max(least) } else { there });
    if taken < least || taken > there {
        return None;
    }
    Some((text[..taken].parse().ok()?, &text[taken..]))
}

fn read_field<'a>(letter: char, count: usize, kept: usize, text: &'a str, fields: &mut Fields) -> Option<&'a str> {
    let number = |most: usize| match count {
        1 => digits(text, 1, most, kept),
        _ => digits(text, count, count, 0),
    };
    let rest = match letter {
        'y' => {
            let (negative, unsigned) = match text.strip_prefix('-') {
                Some(rest) if count != 2 => (true, rest),
                _ => (false, text),
            };
            let (plus, unsigned) = match unsigned.strip_prefix('+') {
                Some(rest) if count >= 4 && !negative => (true, rest),
                _ => (false, unsigned),
            };
            let most = if count == 2 {
                2
            } else if count >= 4 && !plus && !negative {
                count
            } else {
                6
            };
            let least = if count == 2 { 2 } else { count };
            let (year, rest) = digits(unsigned, least, most, kept)?;
            let year = i32::try_from(year).ok()?;
            let year = if count == 2 {
                2000 + year
            } else if negative {
                -year
            } else {
                year
            };
            set(&mut fields.year, year)?;
            rest
        }
        'M' | 'L' if count >= 3 => {
            let found = MONTHS.iter().position(|name| {
                let name = if count == 3 { &name[..3] } else { name };
                text.get(..name.len()).is_some_and(|head| head.eq_ignore_ascii_case(name))
            })?;
            set(&mut fields.month, u32::try_from(found).ok()? + 1)?;
            &text[if count == 3 { 3 } else { MONTHS[found].len() }..]
        }
        'M' | 'L' => take(number(9)?, &mut fields.month, 1..=12)?,
        'd' => take(number(9)?, &mut fields.day, 1..=31)?,
        'D' => {
            take(if count == 3 { digits(text, 3, 3, 0)? } else { digits(text, count, 3, kept)? }, &mut fields.ordinal, 1..=366)?
        }
        'H' => take(number(9)?, &mut fields.hour, 0..=23)?,
        'k' => {
            let (hour, rest) = number(9)?;
            take((hour, rest), &mut None, 1..=24)?;
            set(&mut fields.hour, hour % 24)?;
            rest
        }
        'K' => take(number(9)?, &mut fields.half_hour, 0..=11)?,
        'h' => {
            let (hour, rest) = number(9)?;
            take((hour, rest), &mut None, 1..=12)?;
            set(&mut fields.half_hour, hour % 12)?;
            rest
        }
        'm' => take(number(9)?, &mut fields.minute, 0..=59)?,
        's' => take(number(9)?, &mut fields.second, 0..=59)?,
        'S' => {
            let (_, rest) = digits(text, 1, count, 0)?;
            let taken = &text[..text.len() - rest.len()];
            set(&mut fields.nano, format!("{taken:0<9}").parse().ok()?)?;
            rest
        }
        'a' => {
            let head = text.get(..2)?;
            let half = if head.eq_ignore_ascii_case("am") {
                0
            } else if head.eq_ignore_ascii_case("pm") {
                1
            } else {
                return None;
            };
            set(&mut fields.half, half)?;
            &text[2..]
        }
        'X' | 'x' | 'Z' => {
            if let Some(rest) = text.strip_prefix('Z').filter(|_| letter == 'X' || (letter == 'Z' && count == 5)) {
                return Some(rest);
            }
            let form = match (letter, count) {
                ('Z', 1..=3) | (_, 2 | 4) => "+HHMM",
                (_, 1) => "+HH",
                _ => "+HH:MM",
            };
            let taken = text.get(..form.len())?;
            let seconds = match form {
                "+HHMM" => offset(&format!("{}:{}", taken.get(..3)?, taken.get(3..)?))?,
                _ => offset(taken)?,
            };
            fields.offset = seconds;
            &text[form.len()..]
        }
        'V' => ["UTC", "Z", "GMT"].iter().find_map(|name| text.strip_prefix(name))?,
        _ => return None,
    };
    Some(rest)
}

/// Two fields of one kind must agree.
fn set<T: PartialEq + Copy>(field: &mut Option<T>, value: T) -> Option<()> {
    match field {
        Some(known) if *known != value => None,
        _ => {
            *field = Some(value);
            Some(())
        }
    }
}

fn take<'a>((value, rest): (u32, &'a str), field: &mut Option<u32>, allowed: std::ops::RangeInclusive<u32>) -> Option<&'a str> {
    if !allowed.contains(&value) {
        return None;
    }
    set(field, value)?;
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time() -> NaiveDateTime {
        chrono::DateTime::from_timestamp_micros(1_780_398_065_123_456).unwrap().naive_utc()
    }

    #[test]
    fn writes() {
        for (pattern, expected) in [
            ("yyyy-MM-dd HH:mm:ss.SSS", "2026-06-02 11:01:05.123"),
            ("yy/M/d", "26/6/2"),
            ("MMM EEE, h:mm a", "Jun Tue, 11:01 AM"),
            ("'day' D 'it''s' ''", "day 153 it's '"),
            ("yyyy[-MM]", "2026-06"),
            ("QQQ QQQQ XXX xxx", "Q2 2nd quarter Z +00:00"),
        ] {
            let mut out = String::new();
            Pattern::new(pattern, Purpose::Write).unwrap().write(time(), &mut out);
            assert_eq!(out, expected, "{pattern}");
        }
    }

    #[test]
    fn reads() {
        for (pattern, text, expected) in [
            ("yyyy-MM-dd", "2024-02-29", Some("2024-02-29 00:00:00")),
            ("yyyy-MM-dd", "2024-02-30", None),
            ("yyyyMMddHHmmss", "20240229101112", Some("2024-02-29 10:11:12")),
            ("d/M/yy h:mm a", "9/2/24 3:05 pm", Some("2024-02-09 15:05:00")),
            ("MMM d, yyyy", "feb 9, 2024", Some("2024-02-09 00:00:00")),
            ("yyyy-MM-dd HH:mm:ss.SSS", "2024-02-09 01:02:03.5", Some("2024-02-09 01:02:03.500")),
            ("yyyy-MM-dd'T'HH:mmXXX", "2024-02-09T10:00+02:00", Some("2024-02-09 08:00:00")),
            ("yyyy-MM-dd[ HH:mm]", "2024-02-09", Some("2024-02-09 00:00:00")),
            ("yyyy-MM-dd", "2024-02-09 x", None),
        ] {
            let read = Pattern::new(pattern, Purpose::Read).unwrap().read(text).map(|time| time.to_string());
            assert_eq!(read.as_deref(), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_at_its_place() {
        for (pattern, purpose, place) in [
            ("yyyy-ww", Purpose::Write, (5, 7)),
            ("'open", Purpose::Write, (0, 5)),
            ("HHH", Purpose::Write, (0, 3)),
            ("yyyy E", Purpose::Read, (5, 6)),
            ("yyyy{", Purpose::Write, (4, 5)),
            ("[yyyy", Purpose::Read, (0, 1)),
        ] {
            let fault = Pattern::new(pattern, purpose).unwrap_err();
            assert_eq!((fault.start, fault.end), place, "{pattern}");
        }
    }
}
