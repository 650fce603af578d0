//! Positions and URIs; the server as a whole is tested over its protocol, in `tests/lsp`.

use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use lsp_types::{Position, Uri};
use proptest::prelude::*;

use super::position::{Encoding, Lines};
use super::uri;

#[test]
fn columns_count_what_the_client_counts() {
    let text = "aä😀b\r\nc";
    let check = |encoding: Encoding, line: u32, character: u32, offset: usize| {
        let lines = Lines::new(text, encoding);
        let position = Position { line, character };
        assert_eq!(lines.offset(position), offset, "{encoding:?} {line}:{character}");
        assert_eq!(lines.position(offset), position, "{encoding:?} {offset}");
    };
    check(Encoding::Utf16, 0, 2, 3);
    check(Encoding::Utf16, 0, 4, 7);
    check(Encoding::Utf16, 0, 5, 8);
    check(Encoding::Utf16, 1, 1, 11);
    check(Encoding::Utf8, 0, 3, 3);
    check(Encoding::Utf8, 0, 7, 7);
    check(Encoding::Utf8, 1, 0, 10);
}

#[test]
fn what_lies_outside_is_the_nearest_place_inside() {
    let lines = Lines::new("ab\ncd", Encoding::Utf16);
    let check = |line, character, offset| assert_eq!(lines.offset(Position { line, character }), offset, "{line}:{character}");
    check(0, 99, 2);
    check(9, 0, 5);
    // In the midst of a character of two units.
    assert_eq!(Lines::new("😀", Encoding::Utf16).offset(Position { line: 0, character: 1 }), 0);
}

#[test]
fn paths_come_back_from_their_uris() {
    let check = |path: &str, written: &str| {
        let made = uri::from_path(Path::new(path)).unwrap();
        assert_eq!(made.as_str(), written);
        assert_eq!(uri::to_path(&made), Some(PathBuf::from(path)));
    };
    check("/a/b.yaml", "file:///a/b.yaml");
    check("/a b/ä#?.yaml", "file:///a%20b/%C3%A4%23%3F.yaml");
    check("c:/x/y.dqdl", "file:///c:/x/y.dqdl");
    let path = |text: &str| uri::to_path(&Uri::from_str(text).unwrap());
    assert_eq!(path("file:///c%3A/x"), Some(PathBuf::from("c:/x")));
    assert_eq!(path("file://localhost/x"), Some(PathBuf::from("/x")));
    assert_eq!(path("untitled:Untitled-1"), None);
    assert_eq!(path("file://server/share"), None);
}

proptest! {
    #[test]
    fn every_byte_comes_back_from_its_position(text in "[a-c\nä😀\r]{0,40}") {
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let lines = Lines::new(&text, encoding);
            for (offset, c) in text.char_indices() {
                let is_line_end = c == '\n' || c == '\r' && text[offset..].starts_with("\r\n");
                let there = lines.offset(lines.position(offset));
                // A position behind a line's text is its end, before the `\r`.
                prop_assert!(there == offset || is_line_end, "{encoding:?} {offset} -> {there}");
            }
        }
    }

    #[test]
    fn no_position_leads_out_of_the_text(text in any::<String>(), line in any::<u32>(), character in any::<u32>()) {
        for encoding in [Encoding::Utf8, Encoding::Utf16] {
            let offset = Lines::new(&text, encoding).offset(Position { line, character });
            prop_assert!(text.is_char_boundary(offset));
        }
    }
}
