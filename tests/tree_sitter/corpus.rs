//! The corpus that `tree-sitter test` reads, read without it: texts and their trees.

use std::fs;
use std::ops::Range;
use std::path::Path;

use tree_sitter::TreeCursor;

use super::{parser, source};
use crate::support::{self, diff};

/// A text and its tree, in a page.
struct Case<'a> {
    name: &'a str,
    text: &'a str,
    tree: Range<usize>,
}

/// What stands around a name.
const RULE: &str = "==================\n";

/// What stands between a text and its tree.
const LINE: &str = "\n---\n\n";

pub fn faults(root: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    for path in support::files(&source::folder(root).join("test/corpus"), "txt") {
        let page = fs::read_to_string(&path).unwrap_or_default();
        let cases = cases(&page);
        if cases.is_empty() {
            faults.push(format!("{} has no case", path.display()));
        }
        for case in cases {
            let (recorded, read) = (&page[case.tree.clone()], tree(case.text));
            if recorded.trim() != read.trim() {
                faults.push(format!("{} in {}:\n{}", case.name, path.display(), diff::lines(recorded, &read)));
            }
        }
    }
    faults
}

/// Writes the trees anew.
pub fn update(root: &Path, picked: &dyn Fn(&str) -> bool) {
    for path in support::files(&source::folder(root).join("test/corpus"), "txt") {
        let mut page = fs::read_to_string(&path).expect("a page is readable");
        let trees: Vec<_> = cases(&page).into_iter().map(|case| (case.tree, tree(case.text))).collect();
        if picked(&format!("tree-sitter the corpus {}", path.display())) {
            // From the last to the first, so that the ranges of the earlier ones stay right.
            trees.into_iter().rev().for_each(|(range, tree)| page.replace_range(range, &tree));
            fs::write(&path, page).expect("a page is writable");
        }
    }
}

fn cases(page: &str) -> Vec<Case<'_>> {
    let mut cases = Vec::new();
    let mut at = 0;
    while let Some(found) = page[at..].find(RULE) {
        let name = at + found + RULE.len();
        let Some(name_end) = page[name..].find(RULE).map(|length| name + length) else { break };
        let text = name_end + RULE.len();
        let Some(text_end) = page[text..].find(LINE).map(|length| text + length) else { break };
        let tree = text_end + LINE.len();
        at = page[tree..].find(RULE).map_or(page.len(), |length| tree + length);
        cases.push(Case { name: page[name..name_end].trim(), text: &page[text..text_end], tree: tree..at });
    }
    cases
}

/// A tree as the corpus shows it, an empty line behind it.
fn tree(text: &str) -> String {
    let tree = parser().parse(text, None).expect("the parser has a language and no limit");
    let mut shown = String::new();
    show(&mut tree.walk(), 0, &mut shown);
    shown + "\n\n"
}

fn show(cursor: &mut TreeCursor<'_>, depth: usize, shown: &mut String) {
    if depth > 0 {
        shown.push('\n');
        shown.push_str(&"  ".repeat(depth));
    }
    if let Some(field) = cursor.field_name() {
        shown.push_str(&format!("{field}: "));
    }
    let node = cursor.node();
    shown.push_str(&if node.is_missing() { format!("(MISSING {}", node.kind()) } else { format!("({}", node.kind()) });
    if cursor.goto_first_child() {
        loop {
            if cursor.node().is_named() || cursor.node().is_missing() {
                show(cursor, depth + 1, shown);
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
        cursor.goto_parent();
    }
    shown.push(')');
}
