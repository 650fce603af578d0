//! A pattern as a table of states: one look-up a byte, no memory of its own, so that threads share it.
//!
//! It knows ASCII of one line only, which nearly all texts are. A byte of anything else ends it without an answer.

use regex_automata::Input;
use regex_automata::dfa::{Automaton as _, StartKind, dense};
use regex_automata::nfa::thompson;

/// The largest table: beyond, it would not stay in a core's cache beside what it is used on.
const LARGEST: usize = 512 << 10;

/// A pattern as a table of states.
#[derive(Debug)]
pub(super) struct Automaton(dense::DFA<Vec<u32>>);

impl Automaton {
    /// Of a pattern in the words of Rust's engine; `None` if the table would be too large or cannot be made.
    pub(super) fn new(words: &str) -> Option<Self> {
        let mut config = dense::Config::new()
            .start_kind(StartKind::Unanchored)
            .dfa_size_limit(Some(LARGEST))
            .determinize_size_limit(Some(4 * LARGEST));
        // What is no ASCII of one line: the states behind such bytes are not even built.
        for byte in (0x80..=0xff).chain([b'\n', b'\r']) {
            config = config.quit(byte, true);
        }
        let config = config.unicode_word_boundary(true);
        // Unlike the engine's own, the table is for finding out whether, not where.
        let states = thompson::Config::new().nfa_size_limit(Some(8 * LARGEST));
        let table = dense::Builder::new().configure(config).thompson(states).build(words).ok()?;
        Some(Self(table))
    }

    /// Whether something in the text matches; `None` if it is empty or not ASCII of one line, as far as it was read: reading
    /// ends when the answer is clear.
    pub(super) fn is_match(&self, text: &str) -> Option<bool> {
        if text.is_empty() {
            return None;
        }
        let found = self.0.try_search_fwd(&Input::new(text).earliest(true)).ok()?;
        Some(found.is_some())
    }
}
