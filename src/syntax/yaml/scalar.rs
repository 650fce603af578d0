//! One scalar: what it says by the core schema, and the map from its value's bytes to the file's.

use std::ops::Range;

use granit_parser::ScalarStyle;

use super::{Scalar, ScalarValue, Style};
use crate::source::embed::Segment;
use crate::source::{EmbedMap, FileId, Span, Text};

/// Reads the scalar at `range` of `text`, whose value the parser found to be `value`.
pub(super) fn read(file: FileId, text: &str, value: &str, style: ScalarStyle, range: Range<usize>) -> Scalar {
    // The parser says `~` for a value that was left out.
    if style == ScalarStyle::Plain && range.is_empty() {
        let text = Text { value: String::new(), map: EmbedMap::shifted(Span::new(file, range.start, range.end)) };
        return Scalar { text, style: Style::Plain, value: ScalarValue::Null };
    }
    let block = &text[range.clone()];
    let content = content(text, style, range);
    let whole = Span::new(file, content.start, content.end);
    let raw = &text[content.clone()];
    let segments = match style {
        ScalarStyle::Literal => literal_segments(block, value, content.start),
        ScalarStyle::Plain | ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted | ScalarStyle::Folded => {
            aligned_segments(raw, value, style, content.start)
        }
    };
    let map = match segments {
        _ if raw == value => EmbedMap::shifted(whole),
        None => EmbedMap::opaque(whole),
        Some(segments) if matches!(style, ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted) => {
            EmbedMap::escaped(whole, segments)
        }
        Some(segments) => EmbedMap::segmented(whole, segments),
    };
    Scalar {
        text: Text { value: value.to_owned(), map },
        style: match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
            ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
        },
        value: if style == ScalarStyle::Plain { core_schema(value) } else { ScalarValue::Str },
    }
}

/// The bytes of the content: without quotes, and for a block without the white space round it.
fn content(text: &str, style: ScalarStyle, range: Range<usize>) -> Range<usize> {
    match style {
        ScalarStyle::Plain => range,
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
            let start = (range.start + 1).min(range.end);
            start..range.end.saturating_sub(1).max(start)
        }
        ScalarStyle::Literal | ScalarStyle::Folded => {
            let end = range.start + text[range.clone()].trim_end().len();
            range.start..end
        }
    }
}

/// A literal block: every line of the value is the end of a line of the file.
///
/// `raw` begins at the first character of the first line that is not blank; lines before it have no bytes to point at.
fn literal_segments(raw: &str, value: &str, start: usize) -> Option<Vec<Segment>> {
    let blank = value.len() - value.trim_start_matches('\n').len();
    let mut segments = Vec::new();
    let mut embedded = blank;
    let mut at = 0;
    for (number, line) in raw.split_inclusive('\n').enumerate() {
        let newline = if line.ends_with("\r\n") { 2 } else { usize::from(line.ends_with('\n')) };
        let body = &line[..line.len() - newline];
        let rest = value.get(embedded..)?;
        let shown = rest.split_inclusive('\n').next().unwrap_or("").trim_end_matches('\n');
        // The first line of `raw` lost its indentation already, unless the header says how deep it is.
        let indent = if number == 0 && body == shown { 0 } else { body.len().checked_sub(shown.len()).unwrap_or(body.len()) };
        if !body.ends_with(shown) || !body[..indent].bytes().all(|byte| byte == b' ') {
            return None;
        }
        let ends = usize::from(rest.len() > shown.len());
        let joined = if newline == 1 { ends } else { 0 };
        segments.push(segment(embedded, start + at + indent, shown.len() + joined));
        embedded += shown.len() + ends;
        at += line.len();
    }
    Some(segments)
}

/// Any other scalar: walks along both, skipping what the value left out (indentation, escapes).
///
/// `None` if they cannot be brought together, which would be a difference of opinion with the parser.
fn aligned_segments(raw: &str, value: &str, style: ScalarStyle, start: usize) -> Option<Vec<Segment>> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut run_ends = None;
    let mut push = |segments: &mut Vec<Segment>, embedded: usize, file: usize, len: usize| {
        match segments.last_mut() {
            Some(last) if run_ends == Some((embedded, file)) => last.len += u32::try_from(len).unwrap_or(0),
            _ => segments.push(segment(embedded, start + file, len)),
        }
        run_ends = Some((embedded + len, file + len));
    };
    let escape = |segments: &mut Vec<Segment>, embedded, file, len| {
        segments.push(Segment { solid: true, ..segment(embedded, start + file, len) });
    };
    let (mut from, mut to) = (0, 0);
    while let Some(shown) = value[to..].chars().next() {
        let rest = &raw[from..];
        let written = rest.chars().next();
        match (style, written) {
            // What trailing line breaks of a folded block say has no bytes to point at.
            (_, None) => return value[to..].trim_end().is_empty().then_some(segments),
            (ScalarStyle::SingleQuoted, Some('\'')) => {
                escape(&mut segments, to, from, 2);
                from += 2;
                to += 1;
            }
            (ScalarStyle::DoubleQuoted, Some('\\')) => match escape_len(rest) {
                Some(len) => {
                    escape(&mut segments, to, from, len);
                    from += len;
                    to += shown.len_utf8();
                }
                // A line that goes on: the break and the indentation say nothing.
                None => from += 1 + rest[1..].len() - rest[1..].trim_start().len(),
            },
            (_, Some(written)) if written == shown => {
                push(&mut segments, to, from, shown.len_utf8());
                from += shown.len_utf8();
                to += shown.len_utf8();
            }
            // A line break that was folded to a blank.
            (_, Some('\n')) if shown == ' ' => {
                push(&mut segments, to, from, 1);
                from += 1;
                to += 1;
            }
            (_, Some(written)) if written.is_whitespace() => from += written.len_utf8(),
            (_, Some(_)) => return None,
        }
    }
    Some(segments)
}

/// How many bytes the escape at the start of `raw` has; `None` for an escaped line break.
fn escape_len(raw: &str) -> Option<usize> {
    let letter = raw[1..].chars().next()?;
    let len = match letter {
        '\n' | '\r' => return None,
        'x' => 4,
        'u' => {
            // A pair of surrogates is one character.
            let high = raw.get(2..6).and_then(|digits| u32::from_str_radix(digits, 16).ok());
            if high.is_some_and(|high| (0xD800..0xDC00).contains(&high)) { 12 } else { 6 }
        }
        'U' => 10,
        letter => 1 + letter.len_utf8(),
    };
    Some(len.min(raw.len()))
}

fn segment(embedded: usize, file: usize, len: usize) -> Segment {
    let cut = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Segment { embedded: cut(embedded), file: cut(file), len: cut(len), solid: false }
}

/// What a plain scalar says by YAML 1.2's core schema. A number with leading zeros is text: it is a code, not a quantity.
pub(super) fn core_schema(text: &str) -> ScalarValue {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return ScalarValue::Null,
        "true" | "True" | "TRUE" => return ScalarValue::Bool(true),
        "false" | "False" | "FALSE" => return ScalarValue::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return ScalarValue::Float(f64::NAN),
        _ => {}
    }
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return ScalarValue::Float(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    for (prefix, radix) in [("0x", 16), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && digits.chars().all(|digit| digit.is_digit(radix))
            && let Ok(value) = i64::from_str_radix(digits, radix)
        {
            return ScalarValue::Int(value);
        }
    }
    if !is_number(unsigned) {
        return ScalarValue::Str;
    }
    if let Ok(value) = text.parse::<i64>() {
        return ScalarValue::Int(value);
    }
    text.parse::<f64>().map_or(ScalarValue::Str, ScalarValue::Float)
}

/// `1`, `1.5`, `.5`, `1.`, `1e9`, and not `0123`, `inf`, `e9`.
fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let leading_zero = whole.len() > 1 && whole.starts_with('0');
    let exponent_fits = exponent.is_none_or(|exponent| {
        let unsigned = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !unsigned.is_empty() && digits(unsigned)
    });
    digits(whole) && digits(fraction) && whole.len() + fraction.len() > 0 && !leading_zero && exponent_fits
}
