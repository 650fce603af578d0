//! How AWS matches values with patterns: `matches` and `not matches` are less than they look.

use datafusion::common::Result as EngineResult;

use crate::stdlib::pattern::{Fault, Pattern, is_one_line};

const LINE_ENDS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// `matches "re"`: AWS takes the first match of `^re$`, unbracketed, and wants it not to be empty.
#[derive(Debug)]
pub(super) struct Matches(Pattern);

impl Matches {
    /// Compiles the pattern.
    pub(super) fn new(java: &str) -> Result<Self, Fault> {
        // It must be a pattern by itself: `a\` would quote the `$`.
        Pattern::check(java)?;
        Pattern::between(&format!("^{java}$"), java, 1).map(Self)
    }

    /// Whether a value matches.
    pub(super) fn holds(&self, text: &str) -> EngineResult<bool> {
        if !self.0.can_be_empty() {
            return self.0.is_match(text);
        }
        Ok(self.0.find(text)?.is_some_and(|found| !found.is_empty()))
    }
}

/// `not matches "re"`: AWS takes `^(?!\bre\b).*$`, so it forbids the pattern as a whole word at the start only.
#[derive(Debug)]
pub(super) struct NotMatches(Pattern);

impl NotMatches {
    /// Compiles the pattern.
    pub(super) fn new(java: &str) -> Result<Self, Fault> {
        Pattern::check(java)?;
        let head = r"\A(?:\b";
        Pattern::between(&format!(r"{head}{java}\b)"), java, head.len()).map(Self)
    }

    /// Whether a value does not begin with the pattern; never for the empty text or one of several lines.
    pub(super) fn holds(&self, text: &str) -> EngineResult<bool> {
        let line = without_last_line_end(text).unwrap_or(text);
        let one_line = is_one_line(line) || (!line.is_empty() && !line.contains(LINE_ENDS));
        Ok(one_line && !self.0.is_match(text)?)
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
        check("a++b", &["aab"], &["aa"]);
    }

    #[test]
    fn rarities_are_refused_where_they_stand() {
        for (pattern, start) in [(r"\Ga", 0), ("ab(?-Q)c", 2), ("a\\", 1), ("ab)", 2), ("(", 0)] {
            let fault = Matches::new(pattern).expect_err("is refused");
            assert_eq!(fault.start, start, "{pattern}");
        }
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
