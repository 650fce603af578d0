//! The patterns of late: a rule's pattern is asked for when it is checked, by lints and when it runs, and projects have
//! the same few patterns in many rules. Compiling one takes longer than all else that is checked of its rule.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use super::Pattern;

/// So many are kept: a big pattern takes some hundred kilobytes.
const KEPT: usize = 64;

/// Patterns by their text, the latest last.
#[derive(Debug)]
pub(super) struct Recent(Mutex<VecDeque<(String, Pattern)>>);

/// Those of the process.
pub(super) static RECENT: Recent = Recent(Mutex::new(VecDeque::new()));

impl Recent {
    /// A pattern that was compiled from this text for what was written.
    pub(super) fn find(&self, whole: &str, written: &str) -> Option<Pattern> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().rev().find(|(text, pattern)| text == whole && pattern.0.java == written);
        found.map(|(_, pattern)| pattern.clone())
    }

    /// Keeps a pattern, and gives up the oldest if there are too many.
    pub(super) fn keep(&self, whole: &str, pattern: &Pattern) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() == KEPT {
            kept.pop_front();
        }
        kept.push_back((whole.to_owned(), pattern.clone()));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn the_same_pattern_is_compiled_once() {
        let [first, again] = ["[a-z]+-[0-9]{17}"; 2].map(|text| Pattern::new(text).unwrap());
        assert!(Arc::ptr_eq(&first.0, &again.0));
        let inside = Pattern::between("^[a-z]+-[0-9]{17}$", "[a-z]+-[0-9]{17}", 1).unwrap();
        assert!(!Arc::ptr_eq(&first.0, &inside.0));
    }

    #[test]
    fn the_oldest_is_given_up() {
        let recent = Recent(Mutex::new(VecDeque::new()));
        let pattern = Pattern::new("x").unwrap();
        (0..=KEPT).for_each(|at| recent.keep(&at.to_string(), &pattern));
        assert!(recent.find("0", "x").is_none());
        assert!(recent.find("1", "x").is_some() && recent.find(&KEPT.to_string(), "x").is_some());
        assert!(recent.find("1", "y").is_none());
    }
}
