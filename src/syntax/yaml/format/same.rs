//! The proof of a layout: read again, it says the same, comment for comment too.

use std::ops::Range;

use super::{Said, events, lex};

/// Whether `printed` says what `before` says and has the same comments.
pub(super) fn says_the_same(before: &[Said<'_>], comments: &[&str], printed: &str) -> bool {
    let Some(after) = events(printed) else { return false };
    let Ok(tokens) = lex::lex(printed, &after) else { return false };
    let same = |a: &Said<'_>, b: &Said<'_>| a.event == b.event;
    before.len() == after.len()
        && before.iter().zip(&after).all(|(before, after)| same(before, after))
        && sorted(comments.to_vec()) == sorted(texts(printed, &lex::comments(&tokens)))
}

/// The texts of comments.
pub(super) fn texts<'t>(text: &'t str, places: &[Range<usize>]) -> Vec<&'t str> {
    places.iter().map(|place| &text[place.clone()]).collect()
}

/// Some are moved before the entry that they stood in.
fn sorted(mut comments: Vec<&str>) -> Vec<&str> {
    comments.sort_unstable();
    comments
}
