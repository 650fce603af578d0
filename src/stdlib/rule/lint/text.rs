//! Sets of strings: what a condition on text lets pass.

use std::cell::OnceCell;
use std::collections::BTreeSet;

use crate::stdlib::rule::pattern::{Matches, NotMatches};

/// The strings that satisfy a condition.
#[derive(Debug)]
pub(super) enum Texts {
    /// `in [...]`, `= …`, and their opposites.
    Listed {
        /// `not in [...]`
        negated: bool,
        /// What is listed.
        texts: BTreeSet<String>,
        /// Whether `WHITESPACES_ONLY` is listed.
        blanks: bool,
    },
    /// `matches "…"`, `not matches "…"`
    Pattern(Pattern),
}

/// A pattern that is only compiled if some string is asked for.
#[derive(Debug)]
pub(super) struct Pattern {
    negated: bool,
    java: String,
    compiled: OnceCell<Option<Compiled>>,
}

#[derive(Debug)]
enum Compiled {
    Matches(Matches),
    NotMatches(NotMatches),
}

impl Pattern {
    /// A pattern as it is written.
    pub(super) fn new(java: &str, negated: bool) -> Self {
        Self { negated, java: java.to_owned(), compiled: OnceCell::new() }
    }

    fn holds(&self, text: &str) -> Option<bool> {
        let compiled = self.compiled.get_or_init(|| match self.negated {
            false => Matches::new(&self.java).ok().map(Compiled::Matches),
            true => NotMatches::new(&self.java).ok().map(Compiled::NotMatches),
        });
        match compiled.as_ref()? {
            Compiled::Matches(pattern) => pattern.holds(text).ok(),
            Compiled::NotMatches(pattern) => pattern.holds(text).ok(),
        }
    }
}

impl Texts {
    /// Whether a string satisfies; `None` if the pattern gives up on it.
    fn has(&self, text: &str) -> Option<bool> {
        match self {
            Self::Listed { negated, texts, blanks } => {
                let is_blank = || *blanks && !text.is_empty() && text.bytes().all(|byte| byte == b' ');
                Some((texts.contains(text) || is_blank()) != *negated)
            }
            Self::Pattern(pattern) => pattern.holds(text),
        }
    }

    /// The strings that satisfy, if they can be listed.
    fn finite(&self) -> Option<&BTreeSet<String>> {
        match self {
            Self::Listed { negated: false, texts, blanks: false } => Some(texts),
            Self::Listed { .. } | Self::Pattern(_) => None,
        }
    }

    /// Whether no string at all satisfies.
    pub(super) fn is_empty(&self) -> bool {
        self.finite().is_some_and(BTreeSet::is_empty)
    }

    /// Whether no string satisfies both. If that cannot be told, it is not said.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        let none = |texts: &BTreeSet<String>, other: &Self| texts.iter().all(|text| other.has(text) == Some(false));
        match (self.finite(), other.finite()) {
            (Some(texts), _) => none(texts, other),
            (None, Some(texts)) => none(texts, self),
            (None, None) => false,
        }
    }

    /// Whether whatever satisfies this satisfies the other. If that cannot be told, it is not said.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        if let Some(texts) = self.finite() {
            return texts.iter().all(|text| other.has(text) == Some(true));
        }
        match (self, other) {
            (Self::Listed { negated: true, texts: shut, blanks }, Self::Listed { negated: true, texts: less, blanks: fewer }) => {
                (*blanks || !*fewer) && less.is_subset(shut)
            }
            (Self::Pattern(one), Self::Pattern(two)) => one.negated == two.negated && one.java == two.java,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(negated: bool, texts: &[&str]) -> Texts {
        Texts::Listed { negated, texts: texts.iter().map(|text| (*text).to_owned()).collect(), blanks: false }
    }

    #[test]
    fn lists_and_patterns() {
        let (ab, b, not_b) = (listed(false, &["a", "b"]), listed(false, &["b"]), listed(true, &["b"]));
        let digits = Texts::Pattern(Pattern::new("[0-9]+", false));
        assert!(b.excludes(&not_b) && not_b.excludes(&b) && !ab.excludes(&not_b));
        assert!(b.is_within(&ab) && !ab.is_within(&b) && listed(true, &["a", "b"]).is_within(&not_b));
        assert!(ab.excludes(&digits) && digits.excludes(&ab) && !listed(false, &["a", "1"]).excludes(&digits));
        assert!(listed(false, &["1", "22"]).is_within(&digits) && !digits.is_within(&ab));
    }

    #[test]
    fn blanks_are_many() {
        let blank = Texts::Listed { negated: false, texts: BTreeSet::new(), blanks: true };
        let not_blank = Texts::Listed { negated: true, texts: BTreeSet::new(), blanks: true };
        assert!(listed(false, &[" "]).is_within(&blank) && !blank.is_within(&listed(false, &[" "])));
        assert!(listed(false, &["  "]).excludes(&not_blank) && !blank.excludes(&listed(false, &[" "])));
        assert!(!listed(true, &["a"]).is_within(&not_blank) && !blank.excludes(&not_blank));
    }
}
