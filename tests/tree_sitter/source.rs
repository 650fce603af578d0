//! The committed parser: what was generated, and nothing else, from the grammar as it is.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What the generator reads and writes.
static FILES: &[&str] = &[
    "grammar.js",
    "src/grammar.json",
    "src/node-types.json",
    "src/parser.c",
    "src/tree_sitter/alloc.h",
    "src/tree_sitter/array.h",
    "src/tree_sitter/parser.h",
    "tree-sitter.json",
];

/// Where the grammar is.
pub fn folder(root: &Path) -> PathBuf {
    root.join("editors/tree-sitter-dqdl")
}

/// The sums that the generator has left are those of the files: to generate them here would take the generator, whose crates
/// ask for features with which the engine would be built once more.
pub fn stale(root: &Path) -> Vec<String> {
    let folder = folder(root);
    let sums = fs::read_to_string(folder.join("src/generated.sha256")).unwrap_or_default();
    let sums: Vec<(&str, &str)> = sums.lines().filter_map(|line| line.split_once("  ")).collect();
    let named: BTreeSet<&str> = sums.iter().map(|(_, name)| *name).collect();
    let mut faults = Vec::new();
    if named != FILES.iter().copied().collect() {
        faults.push(format!("src/generated.sha256 is about {named:?}"));
    }
    for (sum, name) in sums {
        let digest = Sha256::digest(fs::read(folder.join(name)).unwrap_or_default());
        if digest.iter().fold(String::new(), |sum, byte| format!("{sum}{byte:02x}")) != sum {
            faults.push(format!(
                "editors/tree-sitter-dqdl/{name} has changed since the parser was generated (see the README there)"
            ));
        }
    }
    faults
}

/// The scanner numbers its tokens as the grammar lists them.
pub fn scanner(root: &Path) -> Vec<String> {
    let read = |name: &str| fs::read_to_string(folder(root).join("src").join(name)).unwrap_or_default();
    let grammar: Value = serde_json::from_str(&read("grammar.json")).unwrap_or_default();
    let externals = grammar["externals"].as_array().cloned().unwrap_or_default();
    let listed: Vec<String> = externals.iter().filter_map(|token| token["name"].as_str()).map(spoken).collect();
    let scanner = read("scanner.c");
    let tokens =
        scanner.split_once("enum TokenType {").and_then(|(_, rest)| rest.split_once("};")).map_or("", |(tokens, _)| tokens);
    let token = Regex::new(r"(?m)^    ([A-Z_]+),$").expect("the pattern is right");
    let numbered: Vec<String> = token.captures_iter(tokens).map(|token| spoken(&token[1])).collect();
    if listed == numbered { Vec::new() } else { vec![format!("the grammar lists {listed:?}, the scanner {numbered:?}")] }
}

/// `_and_word`, `AND`: `and`
fn spoken(name: &str) -> String {
    name.to_lowercase().trim_start_matches('_').trim_end_matches("_word").to_owned()
}
