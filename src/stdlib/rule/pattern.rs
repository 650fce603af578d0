//! Java's regular expressions on Rust's engines.
//!
//! A pattern is translated where the two differ (`\d`, `\w`, `\s`, `\b` are ASCII in Java, `.` stops at every kind of
//! line end, `\Q…\E` quotes), runs on the linear engine if that can, and on the backtracking one if it looks around
//! or refers back. What neither means as Java does is refused.

use datafusion::common::{Result as EngineResult, exec_datafusion_err};

/// A pattern that can be run.
#[derive(Debug)]
pub(super) enum Pattern {
    /// Runs in linear time.
    Linear(regex::Regex),
    /// Looks around or refers back.
    Backtracking(Box<fancy_regex::Regex>),
}

/// Why a pattern cannot be used: a byte range of it, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    /// First byte.
    pub(super) start: usize,
    /// After the last byte.
    pub(super) end: usize,
    /// What is wrong.
    pub(super) message: String,
}

const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
const NOT_LINE_END: &str = r"[^\n\r\x{85}\x{2028}\x{2029}]";

impl Pattern {
    /// Compiles a Java pattern between a head and a tail that are Rust's already.
    pub(super) fn new(java: &str, head: &str, tail: &str) -> Result<Self, Fault> {
        let translated = translate(java)?;
        let whole = format!("{head}{translated}{tail}");
        match regex::RegexBuilder::new(&whole).size_limit(64 << 20).build() {
            Ok(pattern) => Ok(Self::Linear(pattern)),
            Err(linear) => match fancy_regex::Regex::new(&whole) {
                Ok(pattern) => Ok(Self::Backtracking(Box::new(pattern))),
                Err(_) => Err(Fault { start: 0, end: java.len(), message: first_words(&linear) }),
            },
        }
    }

    /// The first match.
    fn find<'a>(&self, text: &'a str) -> EngineResult<Option<&'a str>> {
        match self {
            Self::Linear(pattern) => Ok(pattern.find(text).map(|found| found.as_str())),
            Self::Backtracking(pattern) => {
                let found = pattern.find(text).map_err(|error| exec_datafusion_err!("a pattern gave up on a value: {error}"))?;
                Ok(found.map(|found| found.as_str()))
            }
        }
    }

    /// Whether something in the text matches.
    pub(super) fn is_match(&self, text: &str) -> EngineResult<bool> {
        self.find(text).map(|found| found.is_some())
    }
}

/// `matches "re"`: AWS takes the first match of `^re$`, unbracketed, and wants it not to be empty.
#[derive(Debug)]
pub(super) struct Matches(Pattern);

impl Matches {
    /// Compiles the pattern.
    pub(super) fn new(java: &str) -> Result<Self, Fault> {
        Pattern::new(java, "^", "$").map(Self)
    }

    /// Whether a value matches. Java's `$` also stands before a last line end.
    pub(super) fn holds(&self, text: &str) -> EngineResult<bool> {
        let some = |text: &str| self.0.find(text).map(|found| found.is_some_and(|found| !found.is_empty()));
        Ok(some(text)? || without_last_line_end(text).map_or(Ok(false), some)?)
    }
}

/// `not matches "re"`: AWS takes `^(?!\bre\b).*$`, so it forbids the pattern as a whole word at the start only.
#[derive(Debug)]
pub(super) struct NotMatches(Pattern);

impl NotMatches {
    /// Compiles the pattern.
    pub(super) fn new(java: &str) -> Result<Self, Fault> {
        Pattern::new(java, r"\A(?:(?-u:\b)", r"(?-u:\b))").map(Self)
    }

    /// Whether a value does not begin with the pattern; never for the empty text or one of several lines.
    pub(super) fn holds(&self, text: &str) -> EngineResult<bool> {
        let line = without_last_line_end(text).unwrap_or(text);
        Ok(!line.is_empty() && !line.contains(LINE_ENDS) && !self.0.is_match(text)?)
    }
}

/// The alternatives of a pattern that stand in no group: one if there is no bare `|`.
pub(super) fn branches(java: &str) -> Vec<&str> {
    let (mut found, mut start, mut groups, mut class, mut quoted) = (Vec::new(), 0, 0_usize, 0_usize, false);
    let mut chars = java.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some((_, 'Q')) => quoted = true,
                Some((_, 'E')) => quoted = false,
                _ => {}
            },
            _ if quoted => {}
            '[' => {
                class += 1;
                // A bracket that stands first is one of the characters.
                chars.next_if(|(_, c)| *c == '^');
                chars.next_if(|(_, c)| *c == ']');
            }
            ']' => class = class.saturating_sub(1),
            _ if class > 0 => {}
            '(' => groups += 1,
            ')' => groups = groups.saturating_sub(1),
            '|' if groups == 0 => {
                found.push(&java[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    found.push(&java[start..]);
    found
}

fn without_last_line_end(text: &str) -> Option<&str> {
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix(LINE_ENDS))
}

fn first_words(error: &regex::Error) -> String {
    let words = error.to_string();
    let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("not a regular expression");
    last.trim().trim_start_matches("error: ").to_owned()
}

/// A Java pattern in Rust's words.
fn translate(java: &str) -> Result<String, Fault> {
    let mut out = String::with_capacity(java.len() + 8);
    let mut chars = java.char_indices().peekable();
    let mut class_depth = 0_usize;
    let mut dot_all = false;
    let mut quantified = false;
    while let Some((at, c)) = chars.next() {
        let was_quantified = std::mem::replace(&mut quantified, false);
        match c {
            '\\' => {
                let Some((_, escaped)) = chars.next() else {
                    return Err(Fault { start: at, end: at + 1, message: "a backslash at the end quotes nothing".to_owned() });
                };
                if escaped == 'Q' {
                    let rest = &java[at + 2..];
                    let quoted = rest.split("\\E").next().unwrap_or(rest);
                    out.push_str(&regex::escape(quoted));
                    let skip = quoted.chars().count() + if rest.len() > quoted.len() { 2 } else { 0 };
                    (0..skip).for_each(|_| {
                        chars.next();
                    });
                    continue;
                }
                escape(escaped, class_depth > 0, at, &mut out)?;
            }
            '[' => {
                class_depth += 1;
                out.push('[');
                if chars.next_if(|(_, c)| *c == '^').is_some() {
                    out.push('^');
                }
                // In Java a `]` right after the opening is an error; Rust takes it for itself, so it stays as it is.
            }
            ']' if class_depth > 0 => {
                class_depth -= 1;
                out.push(']');
            }
            _ if class_depth > 0 => out.push(c),
            '.' if !dot_all => out.push_str(NOT_LINE_END),
            '(' => {
                out.push('(');
                if java[at..].starts_with("(?") {
                    dot_all |= flags(&java[at..], at)?;
                }
            }
            '*' | '+' | '?' | '}' => {
                if c == '+' && was_quantified {
                    let message = "possessive quantifiers are not understood".to_owned();
                    return Err(Fault { start: at, end: at + 1, message });
                }
                // `a*?` is lazy; a `+` after it would quantify again.
                let lazy = c == '?' && was_quantified;
                quantified = !lazy && !java[..at].ends_with('(');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    Ok(out)
}

/// `(?s)` and `(?s:`: whether the dot is let loose. Flags that mean something else in Rust are refused.
fn flags(group: &str, at: usize) -> Result<bool, Fault> {
    let letters: String = group[2..].chars().take_while(|c| c.is_ascii_alphabetic() || *c == '-').collect();
    let is_flags = group[2 + letters.len()..].starts_with([')', ':']) && !letters.is_empty();
    if !is_flags {
        return Ok(false);
    }
    if let Some(bad) = letters.chars().find(|c| matches!(c, 'd' | 'u' | 'U')) {
        let message = format!("the flag `{bad}` is not understood");
        return Err(Fault { start: at, end: at + 2 + letters.len(), message });
    }
    Ok(letters.split('-').next().is_some_and(|on| on.contains('s')))
}

fn escape(escaped: char, in_class: bool, at: usize, out: &mut String) -> Result<(), Fault> {
    let (inside, negated) = match escaped {
        'd' => ("0-9", false),
        'D' => ("0-9", true),
        'w' => ("a-zA-Z0-9_", false),
        'W' => ("a-zA-Z0-9_", true),
        's' => (r" \t\n\x0B\x0C\r", false),
        'S' => (r" \t\n\x0B\x0C\r", true),
        'h' => (r" \t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}", false),
        'b' | 'B' if !in_class => {
            out.push_str(&format!(r"(?-u:\{escaped})"));
            return Ok(());
        }
        'Z' if !in_class => {
            out.push_str(r"\z");
            return Ok(());
        }
        'e' => {
            out.push_str(r"\x1B");
            return Ok(());
        }
        'G' | 'R' | 'X' | 'N' | 'c' | '0' | 'V' | 'H' | 'E' | 'k' => {
            let message = format!("`\\{escaped}` is not understood");
            return Err(Fault { start: at, end: at + 2, message });
        }
        other => {
            out.push('\\');
            out.push(other);
            return Ok(());
        }
    };
    match (in_class, negated) {
        (true, false) => out.push_str(inside),
        (_, true) => out.push_str(&format!("[^{inside}]")),
        (false, false) => out.push_str(&format!("[{inside}]")),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_outside_groups() {
        let check = |java: &str, expected: &[&str]| assert_eq!(branches(java), expected, "{java}");
        check("abc", &["abc"]);
        check("a|b|", &["a", "b", ""]);
        check("(a|b)c", &["(a|b)c"]);
        check(r"[|]\|x|y", &[r"[|]\|x", "y"]);
        check(r"[]|]|\Q|\E|z", &["[]|]", r"\Q|\E", "z"]);
    }

    fn check(pattern: &str, yes: &[&str], no: &[&str]) {
        let compiled = Matches::new(pattern).expect("compiles");
        for text in yes {
            assert!(compiled.holds(text).unwrap(), "{pattern} should match {text:?}");
        }
        for text in no {
            assert!(!compiled.holds(text).unwrap(), "{pattern} should not match {text:?}");
        }
    }

    #[test]
    fn anchors_and_the_empty_text() {
        check(".*", &["a", "a b", "a\n"], &["", "a\nb"]);
        check("a|b", &["axyz", "xyzb", "a"], &["xaby", "bx"]);
        check(r"\d{2}", &["12", "12\n"], &["1", "123", "٣٣"]);
        check(r"[\w.]+@[^\s]+", &["a.b@c"], &["a b@c", "é@c"]);
        check(r"\Qa.b\E+", &["a.b", "a.bb"], &["axb"]);
        check(r"[A-Z]{2}-[0-9]{4}", &["AB-1234"], &["ab-1234"]);
        check("(?i)[a-z]+", &["AbC"], &["1"]);
    }

    #[test]
    fn look_around_and_back_references() {
        check(r"(?!x).*", &["abc"], &["xbc"]);
        check(r"(.)\1", &["aa"], &["ab"]);
    }

    #[test]
    fn rarities_are_refused() {
        for (pattern, start) in [("a++b", 2), (r"\Ga", 0), ("ab(?U)c", 2), ("a\\", 1)] {
            assert_eq!(Matches::new(pattern).expect_err("is refused").start, start, "{pattern}");
        }
        assert!(Matches::new("(").is_err());
    }

    #[test]
    fn not_matches_forbids_a_word_at_the_start() {
        let holds = |pattern: &str, text: &str| NotMatches::new(pattern).unwrap().holds(text).unwrap();
        assert!(!holds("AB", "AB-1234"));
        assert!(holds("1234", "AB-1234"));
        assert!(holds("A", "AB"));
        assert!(!holds("x", ""));
        assert!(!holds("x", "a\nb"));
    }
}
