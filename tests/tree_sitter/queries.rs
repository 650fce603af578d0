//! The queries of editors: they fit the language, and those for colours leave no word out.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tree_sitter::{Language, Query, QueryCursor, StreamingIterator as _, Tree};

use super::{parser, source, texts};
use crate::support;

pub fn faults(root: &Path) -> Vec<String> {
    let language = Language::from(tree_sitter_dqdl::LANGUAGE);
    let mut faults = Vec::new();
    for path in support::files(&source::folder(root).join("queries"), "scm") {
        let query = Query::new(&language, &fs::read_to_string(&path).unwrap_or_default());
        faults.extend(query.err().map(|error| format!("{}: {error}", path.display())));
    }
    if let Ok(colours) = Query::new(&language, tree_sitter_dqdl::HIGHLIGHTS_QUERY) {
        faults.extend(without_colour(root, &colours).into_iter().map(|kind| format!("highlights.scm leaves `{kind}` out")));
    }
    faults
}

/// The kinds of tokens that no pattern takes.
fn without_colour(root: &Path, colours: &Query) -> BTreeSet<&'static str> {
    let mut parser = parser();
    let mut left_out = BTreeSet::new();
    for (_, text) in texts::all(root) {
        let tree = parser.parse(&text, None).expect("the parser has a language and no limit");
        if tree.root_node().has_error() {
            continue;
        }
        let mut coloured = BTreeSet::new();
        let mut cursor = QueryCursor::new();
        let mut matches = cursor.matches(colours, tree.root_node(), text.as_bytes());
        while let Some(found) = matches.next() {
            coloured.extend(found.captures.iter().map(|capture| capture.node.id()));
        }
        tokens(&tree, &coloured, &mut left_out);
    }
    left_out
}

/// Adds the tokens that have no colour, nor stand in something that has one.
fn tokens(tree: &Tree, coloured: &BTreeSet<usize>, left_out: &mut BTreeSet<&'static str>) {
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        if !coloured.contains(&node.id()) {
            if cursor.goto_first_child() {
                continue;
            }
            // A text without anything is a document without anything.
            if node.kind() != "source_file" {
                left_out.insert(node.kind());
            }
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}
