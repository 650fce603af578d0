//! Splits CSV text into records and fields.
//!
//! One function says where a record ends, and both its callers ask it: the cursor, which cuts a file into chunks that end
//! with a record, and the parser, which splits a chunk. A quote only means something at the start of a field. A record whose
//! quotes do not fit together is taken to be one bad line: splitting goes on with the next line, so that one stray quote does
//! not swallow what follows it.

use memchr::{memchr, memchr2, memchr3};

use crate::stdlib::connector::file::settings::Dialect;

/// What splitting depends on.
#[derive(Debug, Clone)]
pub(crate) struct Splitter {
    delimiter: u8,
    quote: Option<u8>,
    escape: Option<u8>,
    comment: Option<u8>,
    multiline: bool,
    /// How many fields a record must have, if that is known.
    pub(crate) width: Option<usize>,
}

/// A field as a range of its chunk, with what its quotes mean for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Field {
    start: u32,
    /// The end, and two flags in its highest bits.
    end: u32,
}

/// The field stood in quotes.
const QUOTED: u32 = 1 << 31;
/// Its text holds doubled quotes or escapes.
const ESCAPED: u32 = 1 << 30;

impl Field {
    /// A chunk is far shorter than 1 GiB, so two bits of an offset are free.
    fn new(start: usize, end: usize, flags: u32) -> Self {
        let cut = |n: usize| u32::try_from(n).unwrap_or(ESCAPED - 1);
        Self { start: cut(start), end: cut(end) | flags }
    }

    /// The bytes between the quotes.
    pub(crate) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..(self.end & !(QUOTED | ESCAPED)) as usize
    }

    pub(crate) fn is_quoted(self) -> bool {
        self.end & QUOTED != 0
    }

    pub(crate) fn is_escaped(self) -> bool {
        self.end & ESCAPED != 0
    }
}

/// What stands at some place of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// A record whose fields were pushed.
    Record,
    /// A record that cannot be split; its fields were not pushed.
    Bad(Flaw),
    /// A blank line or a comment.
    Skip,
    /// The text ends before it is clear.
    Incomplete,
}

/// Why a record cannot be split. Fields count from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// It has another number of fields than it must have.
    Width { found: usize, expected: usize },
    /// `"a"b,`
    AfterQuote { field: usize },
    /// `"a,`
    Unclosed { field: usize },
}

impl Splitter {
    pub(crate) fn new(dialect: &Dialect, width: Option<usize>) -> Self {
        let Dialect { header: _, delimiter, quote, escape, comment, null_values: _, multiline } = *dialect;
        Self { delimiter, quote, escape, comment, multiline, width }
    }

    /// Whether a text holds no quotes, so that every line is a record.
    pub(crate) fn is_plain(&self, text: &[u8]) -> bool {
        self.quote.is_none_or(|quote| memchr(quote, text).is_none())
    }

    /// Whether the line at `text[at..]`, not empty, holds no record.
    pub(crate) fn skips(&self, text: &[u8], at: usize) -> bool {
        let first = text[at];
        first == b'\n' || (first == b'\r' && text.get(at + 1).is_none_or(|next| *next == b'\n')) || Some(first) == self.comment
    }

    /// What stands at `text[at..]`, not empty, and where the next thing begins. `last`: the text ends with a record.
    pub(crate) fn next(&self, text: &[u8], at: usize, last: bool, fields: &mut Vec<Field>) -> (Found, usize) {
        if self.skips(text, at) {
            return match memchr(b'\n', &text[at..]) {
                Some(end) => (Found::Skip, at + end + 1),
                None if last => (Found::Skip, text.len()),
                None => (Found::Incomplete, at),
            };
        }
        let before = fields.len();
        match self.record(text, at, last, fields) {
            Ok(end) => {
                let found = fields.len() - before;
                match self.width {
                    Some(expected) if found != expected => {
                        fields.truncate(before);
                        (Found::Bad(Flaw::Width { found, expected }), end)
                    }
                    _ => (Found::Record, end),
                }
            }
            Err(Stop::Incomplete) => {
                fields.truncate(before);
                (Found::Incomplete, at)
            }
            Err(Stop::Flaw(flaw)) => {
                fields.truncate(before);
                let end = memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end + 1);
                (Found::Bad(flaw), end)
            }
        }
    }

    /// Splits one record; gives the place after its end.
    fn record(&self, text: &[u8], at: usize, last: bool, fields: &mut Vec<Field>) -> Result<usize, Stop> {
        let first = fields.len();
        let mut at = at;
        loop {
            let field = fields.len() - first + 1;
            if self.quote.is_some() && text.get(at).copied() == self.quote {
                let (end, flags) = self.quoted(text, at + 1, last, field)?;
                fields.push(Field::new(at + 1, end, flags));
                at = end + 1;
                match text.get(at) {
                    Some(byte) if *byte == self.delimiter => at += 1,
                    Some(b'\n') => return Ok(at + 1),
                    Some(b'\r') if text.get(at + 1) == Some(&b'\n') => return Ok(at + 2),
                    None if last => return Ok(at),
                    Some(b'\r') if at + 1 == text.len() && last => return Ok(at + 1),
                    Some(b'\r') if at + 1 == text.len() => return Err(Stop::Incomplete),
                    None => return Err(Stop::Incomplete),
                    Some(_) => return Err(Stop::Flaw(Flaw::AfterQuote { field })),
                }
                continue;
            }
            let Some(end) = memchr2(self.delimiter, b'\n', &text[at..]).map(|end| at + end) else {
                if !last {
                    return Err(Stop::Incomplete);
                }
                fields.push(Field::new(at, without_return(text, at, text.len()), 0));
                return Ok(text.len());
            };
            if text[end] == b'\n' {
                fields.push(Field::new(at, without_return(text, at, end), 0));
                return Ok(end + 1);
            }
            fields.push(Field::new(at, end, 0));
            at = end + 1;
        }
    }

    /// The place of the closing quote of a field that begins at `at`, and the field's flags.
    fn quoted(&self, text: &[u8], at: usize, last: bool, field: usize) -> Result<(usize, u32), Stop> {
        let quote = self.quote.unwrap_or_default();
        let escape = self.escape.unwrap_or(quote);
        let unclosed = Err(if last { Stop::Flaw(Flaw::Unclosed { field }) } else { Stop::Incomplete });
        let mut flags = QUOTED;
        let mut at = at;
        loop {
            let rest = text.get(at..).unwrap_or_default();
            let mark = if self.multiline { memchr2(quote, escape, rest) } else { memchr3(quote, escape, b'\n', rest) };
            let Some(mark) = mark.map(|mark| at + mark) else { return unclosed };
            if text[mark] == b'\n' {
                return Err(Stop::Flaw(Flaw::Unclosed { field }));
            }
            let next = text.get(mark + 1);
            if text[mark] == quote {
                match next {
                    Some(next) if *next == quote => {}
                    None if !last => return Err(Stop::Incomplete),
                    _ => return Ok((mark, flags)),
                }
            } else if next.is_none() {
                return unclosed;
            }
            flags |= ESCAPED;
            at = mark + 2;
        }
    }

    /// The text of a quoted field, its doubled quotes and escapes resolved.
    pub(crate) fn unescape(&self, text: &[u8], out: &mut Vec<u8>) {
        out.clear();
        let mut at = 0;
        while at < text.len() {
            let doubled = Some(text[at]) == self.quote && text.get(at + 1).copied() == self.quote;
            if (doubled || Some(text[at]) == self.escape) && at + 1 < text.len() {
                at += 1;
            }
            out.push(text[at]);
            at += 1;
        }
    }
}

/// Why a record was not split.
enum Stop {
    Incomplete,
    Flaw(Flaw),
}

/// The end of a field before `\n`, the `\r` of a `\r\n` left out.
fn without_return(text: &[u8], start: usize, end: usize) -> usize {
    if end > start && text[end - 1] == b'\r' { end - 1 } else { end }
}

/// The ends of fields of a text without quotes: the places of `delimiter` and `\n`, eight bytes a step.
pub(crate) struct Ends<'a> {
    text: &'a [u8],
    delimiter: u64,
    /// The place after the word that `marks` is of.
    at: usize,
    /// The highest bit of every byte of the last word that is an end.
    marks: u64,
}

const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
const LINES: u64 = repeat(b'\n');

const fn repeat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// The highest bit of every byte that is zero.
const fn zeros(word: u64) -> u64 {
    !(((word & LOW) + LOW) | word | LOW)
}

impl<'a> Ends<'a> {
    pub(crate) fn new(text: &'a [u8], start: usize, delimiter: u8) -> Self {
        Self { text, delimiter: repeat(delimiter), at: start, marks: 0 }
    }
}

impl Iterator for Ends<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.marks == 0 {
            let rest = self.text.get(self.at..)?;
            if let Some(word) = rest.first_chunk::<8>() {
                let word = u64::from_le_bytes(*word);
                self.marks = zeros(word ^ self.delimiter) | zeros(word ^ LINES);
            } else {
                if rest.is_empty() {
                    return None;
                }
                // The bytes after the end are no marks.
                let mut word = [0; 8];
                word[..rest.len()].copy_from_slice(rest);
                let word = u64::from_le_bytes(word);
                let inside = (1_u64 << (8 * rest.len())) - 1;
                self.marks = (zeros(word ^ self.delimiter) | zeros(word ^ LINES)) & inside;
            }
            self.at += 8;
        }
        let byte = (self.marks.trailing_zeros() / 8) as usize;
        self.marks &= self.marks - 1;
        Some(self.at - 8 + byte)
    }
}

/// Pushes the fields of the lines of a text without quotes, from `at` on, until `limit` records were met or the text ends.
///
/// `record` is told of each record: where it begins and ends, and its flaw if it has one; the fields of a flawed one are replaced by
/// as many empty ones as it should have.
pub(crate) fn split_plain(
    splitter: &Splitter,
    text: &[u8],
    at: usize,
    limit: usize,
    fields: &mut Vec<Field>,
    mut record: impl FnMut(usize, usize, Option<Flaw>),
) -> usize {
    let mut ends = Ends::new(text, at, splitter.delimiter);
    let mut start = at;
    let mut line = at;
    let mut first = fields.len();
    let mut records = 0;
    let mut finish = |fields: &mut Vec<Field>, first: usize, line: usize, end: usize| {
        let found = fields.len() - first;
        let flaw = splitter.width.filter(|expected| *expected != found).map(|expected| Flaw::Width { found, expected });
        if let Some(Flaw::Width { expected, .. }) = flaw {
            fields.truncate(first);
            fields.resize(first + expected, Field::default());
        }
        record(line, end, flaw);
    };
    while records < limit {
        if start == line {
            // At the start of a line: blank lines and comments are no records.
            while line < text.len() && splitter.skips(text, line) {
                line = memchr(b'\n', &text[line..]).map_or(text.len(), |end| line + end + 1);
            }
            if line != start {
                start = line;
                ends = Ends::new(text, start, splitter.delimiter);
            }
            if line == text.len() {
                return line;
            }
        }
        let Some(end) = ends.next() else {
            fields.push(Field::new(start, without_return(text, start, text.len()), 0));
            finish(fields, first, line, text.len());
            return text.len();
        };
        if text[end] != b'\n' {
            fields.push(Field::new(start, end, 0));
            start = end + 1;
            continue;
        }
        fields.push(Field::new(start, without_return(text, start, end), 0));
        finish(fields, first, line, end + 1);
        records += 1;
        first = fields.len();
        start = end + 1;
        line = start;
    }
    start
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All records of a text, fields joined by `|`; the flaws in brackets.
    fn split(splitter: &Splitter, text: &str) -> Vec<String> {
        let text = text.as_bytes();
        let mut out = Vec::new();
        let mut at = 0;
        let mut fields = Vec::new();
        let mut buffer = Vec::new();
        while at < text.len() {
            fields.clear();
            let (found, next) = splitter.next(text, at, true, &mut fields);
            match found {
                Found::Record => {
                    let show = |field: &Field| {
                        splitter.unescape(&text[field.range()], &mut buffer);
                        let value = if field.is_escaped() { buffer.clone() } else { text[field.range()].to_vec() };
                        let value = String::from_utf8(value).unwrap();
                        if field.is_quoted() { format!("<{value}>") } else { value }
                    };
                    out.push(fields.iter().map(show).collect::<Vec<_>>().join("|"));
                }
                Found::Bad(flaw) => out.push(format!("[{flaw:?}]")),
                Found::Skip => {}
                Found::Incomplete => panic!("the last text is never incomplete"),
            }
            assert!(next > at);
            at = next;
        }
        out
    }

    #[test]
    fn records_and_fields() {
        let splitter = Splitter::new(&Dialect::default(), None);
        for (text, expected) in [
            ("a,b\nc,d\n", &["a|b", "c|d"][..]),
            ("a,b\r\nc,d", &["a|b", "c|d"]),
            ("a,\"b,\nc\",d\n", &["a|<b,\nc>|d"]),
            ("\"a\"\"b\",\"\"\n", &["<a\"b>|<>"]),
            ("\n\r\n a \n\n", &[" a "]),
            (",\n", &["|"]),
            ("a,b,", &["a|b|"]),
            ("5\" pipe,x\n", &["5\" pipe|x"]),
            ("\"a\"\r\n\"b\"\r", &["<a>", "<b>"]),
            // A stray quote costs one line, wherever the next quote stands.
            ("1,\"abc\n2,x\n3,y\n", &["[Unclosed { field: 2 }]", "2|x", "3|y"]),
            ("1,\"abc,2\n3,\"x\",4\n5,\"y\",6\n", &["[AfterQuote { field: 2 }]", "3|<x>|4", "5|<y>|6"]),
            ("\"a\"b,c\nd\n", &["[AfterQuote { field: 1 }]", "d"]),
            ("\"", &["[Unclosed { field: 1 }]"]),
        ] {
            assert_eq!(split(&splitter, text), expected, "{text:?}");
        }
    }

    #[test]
    fn dialects() {
        let lines = Dialect { multiline: false, comment: Some(b'#'), ..Dialect::default() };
        let escaped = Dialect { escape: Some(b'\\'), delimiter: b';', ..Dialect::default() };
        let bare = Dialect { quote: None, ..Dialect::default() };
        for (dialect, width, text, expected) in [
            (&lines, None, "a,\"b\nc\",d\n#x\n\"y\"\n", &["[Unclosed { field: 2 }]", "c\"|d", "<y>"][..]),
            (&escaped, None, "\"a\\\"b\\\\\";c\n", &["<a\"b\\>|c"]),
            (&bare, None, "\"a,b\"\n", &["\"a|b\""]),
            (
                &bare,
                Some(2),
                "a,b\nc\nd,e,f\n",
                &["a|b", "[Width { found: 1, expected: 2 }]", "[Width { found: 3, expected: 2 }]"],
            ),
        ] {
            assert_eq!(split(&Splitter::new(dialect, width), text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_cut_text_is_incomplete_and_never_something_else() {
        let splitter = Splitter::new(&Dialect { escape: Some(b'\\'), ..Dialect::default() }, None);
        let text = b"ab,\"c\"\"d\\\"\n\r\ne\",f\r\n";
        for end in 1..text.len() {
            let mut fields = Vec::new();
            let (found, _) = splitter.next(&text[..end], 0, false, &mut fields);
            assert_eq!((found, fields.len()), (Found::Incomplete, 0), "{end}");
        }
        assert_eq!(splitter.next(text, 0, false, &mut Vec::new()), (Found::Record, text.len()));
    }

    #[test]
    fn plain_text_is_split_the_same_way() {
        let dialect = Dialect { comment: Some(b'#'), ..Dialect::default() };
        for width in [None, Some(3)] {
            let splitter = Splitter::new(&dialect, width);
            for text in ["a,b,c\n\n#x,y\nd,e,f\r\n\r\ngggggggggggg,,hh\n", "a,b\n1,2,3", "#only", "\n\n", "x", ",,\n#", "a,b,c\r"]
            {
                let bytes = text.as_bytes();
                let mut slow = Vec::new();
                let mut at = 0;
                while at < bytes.len() {
                    let mut fields = Vec::new();
                    let (found, next) = splitter.next(bytes, at, true, &mut fields);
                    match found {
                        Found::Record => slow.push((at, None, fields)),
                        Found::Bad(flaw) => slow.push((at, Some(flaw), vec![Field::default(); 3])),
                        Found::Skip | Found::Incomplete => {}
                    }
                    at = next;
                }
                for limit in [1, 2, 100] {
                    let mut fast = Vec::new();
                    let mut at = 0;
                    while at < bytes.len() {
                        let mut fields = Vec::new();
                        let mut records = Vec::new();
                        at = split_plain(&splitter, bytes, at, limit, &mut fields, |line, _, flaw| records.push((line, flaw)));
                        let mut rest = &fields[..];
                        for (line, flaw) in records {
                            // Without a width the records of this test are told apart by their lines.
                            let end = memchr(b'\n', &bytes[line..]).map_or(bytes.len(), |end| line + end);
                            let len =
                                if flaw.is_some() { 3 } else { rest.iter().take_while(|f| (f.end as usize) <= end).count() };
                            let (mine, others) = rest.split_at(len);
                            fast.push((line, flaw, mine.to_vec()));
                            rest = others;
                        }
                    }
                    assert_eq!(fast, slow, "{text:?} {width:?} {limit}");
                }
            }
        }
    }
}
