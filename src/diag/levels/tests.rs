//! Levels and suppressions over small files.

use super::*;
use crate::diag::codes::project::{SUPPRESSION_WITHOUT_REASON, UNKNOWN_SUPPRESSION};
use crate::source::Span;

/// A file with a warning `GC0081` at every `@`; what is left of all diagnostics, as `line severity code`.
fn left(text: &str, levels: &Levels) -> Vec<String> {
    let mut map = SourceMap::default();
    let file = map.add("a.yaml", text);
    let warn = |(at, _)| Diagnostic::new(&UNKNOWN_SUPPRESSION, Span::new(file, at, at + 1), "at");
    let found = text.match_indices('@').map(warn).collect();
    apply(found, &map, levels)
        .iter()
        .map(|d| format!("{} {} {}", map.start(d.labels[0].span).line, d.severity.name(), d.code.number))
        .collect()
}

fn words(words: &[&str]) -> Vec<Selector> {
    words.iter().map(|word| Selector::parse(word).unwrap()).collect()
}

#[test]
fn a_comment_covers_its_line_or_the_block_below() {
    let none = Levels::default();
    let cases: [(&str, &[&str]); 8] = [
        ("a: @", &["1 warning GC0081"]),
        ("a: @ # glue-compile: allow GC0081 -- why", &[]),
        ("# glue-compile: allow GC0081 -- why\n\n# more\na: @\nb: @", &["5 warning GC0081"]),
        ("# glue-compile: allow unknown-suppression -- why\na:\n  b: @\n\n  c:\n    - @\nd: @", &["7 warning GC0081"]),
        ("a: # glue-compile: allow GC0081 -- why\n  b: @", &["1 warning GC0083", "2 warning GC0081"]),
        ("a: @ # glue-compile: allow GC0080, GC0081 -- why", &["1 warning GC0083"]),
        ("a: @ # glue-compile: allow GC0081", &["1 warning GC0080"]),
        ("a: @ -- glue-compile: allow GC9901 -- why", &["1 warning GC0081", "1 warning GC0082"]),
    ];
    for (text, expected) in cases {
        assert_eq!(left(text, &none), expected, "{text}");
    }
}

#[test]
fn levels_raise_and_hide() {
    let levels =
        |deny: &[&str], warn: &[&str], allow: &[&str]| Levels { deny: words(deny), warn: words(warn), allow: words(allow) };
    let cases = [
        (levels(&["warnings"], &[], &[]), vec!["1 error GC0081"]),
        (levels(&["GC0081"], &[], &["warnings"]), vec!["1 error GC0081"]),
        (levels(&["warnings"], &[], &["GC00"]), vec![]),
        (levels(&["GC00"], &["unknown-suppression"], &[]), vec!["1 warning GC0081"]),
        (levels(&[], &[], &["GC0080"]), vec!["1 warning GC0081"]),
    ];
    for (levels, expected) in cases {
        assert_eq!(left("a: @", &levels), expected, "{levels:?}");
    }
}

#[test]
fn words_are_codes_names_ranges_and_groups() {
    assert_eq!(Selector::parse("gc0080"), Ok(Selector::Code(&SUPPRESSION_WITHOUT_REASON)));
    assert_eq!(Selector::parse("lints"), Ok(Selector::Range("GC08".to_owned())));
    assert_eq!(Selector::parse("gc00"), Ok(Selector::Range("GC00".to_owned())));
    assert_eq!(
        Selector::parse("unknown-supression"),
        Err("there is no such code; did you mean `unknown-suppression`?".to_owned())
    );
}
