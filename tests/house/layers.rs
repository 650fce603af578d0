//! Who may know whom: the layering table of the architecture.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::{House, is_test_file, program_lines};

/// A module may use those left of it and itself.
const ORDER: &[&str] = &[
    "source", "diag", "world", "syntax", "spec", "stdlib", "ir", "check", "plan", "lineage", "diff", "state", "run", "testing",
    "ide", "docgen", "lsp", "cli", "ui",
];

/// What a module must not use although it stands left of it.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("ir", &["world"]),
    ("plan", &["world"]),
    ("lineage", &["world"]),
    ("diff", &["world"]),
    ("ide", &["run"]),
    ("docgen", &["run"]),
];

/// The folders of the standard library that must not know each other: the left one the right one.
const APART: &[(&str, &str)] = &[
    ("expr", "transform"),
    ("expr", "rule"),
    ("expr", "connector"),
    ("rule", "transform"),
    ("rule", "connector"),
    ("transform", "connector"),
    ("connector", "transform"),
    ("connector", "rule"),
];

/// Outside crates with the places below `src/` that may use them.
const ROOMS: &[(&str, &[&str])] = &[
    ("datafusion", &["stdlib", "ir", "check", "plan", "lineage", "diff", "run", "testing"]),
    ("object_store", &["stdlib/connector", "run"]),
    ("miette", &["diag/render/terminal.rs"]),
    ("clap", &["cli"]),
    ("comfy_table", &["cli"]),
    ("rusqlite", &["state"]),
    ("indicatif", &["run/progress.rs"]),
    ("lsp_server", &["lsp"]),
    ("lsp_types", &["lsp"]),
    ("pest", &["syntax/dqdl"]),
    ("serde_saphyr", &["syntax/yaml.rs", "syntax/yaml"]),
];

static CRATE_PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bcrate::(\{[^}]*\}|\w+)").expect("the pattern is right"));
static STDLIB_PATH: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\bstdlib::(\w+)").expect("the pattern is right"));
static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\w+").expect("the pattern is right"));

/// Every `crate::…` names a module that may be known there.
pub fn modules(house: &House) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in &house.sources {
        let Some(module) = top(path) else { continue };
        if is_test_file(path) {
            continue;
        }
        let Some(rank) = ORDER.iter().position(|name| *name == module) else {
            faults.push(format!("src/{}: `{module}` is not in the table of tests/house/layers.rs", path.display()));
            continue;
        };
        let forbidden = FORBIDDEN.iter().find(|(name, _)| *name == module).map_or(&[][..], |(_, names)| names);
        for (line, code) in program_lines(text) {
            for used in CRATE_PATH.captures_iter(code).flat_map(|captures| words(&captures[1])) {
                let Some(other) = ORDER.iter().position(|name| *name == used) else { continue };
                if other > rank || forbidden.contains(&used.as_str()) {
                    faults.push(format!("src/{}:{line}: `{module}` must not know `{used}`", path.display()));
                }
            }
            faults.extend(apart(path, line, code));
        }
    }
    faults
}

fn apart(path: &Path, line: usize, code: &str) -> Vec<String> {
    let mut parts = path.iter().filter_map(|part| part.to_str());
    let (Some("stdlib"), Some(folder)) = (parts.next(), parts.next()) else { return Vec::new() };
    STDLIB_PATH
        .captures_iter(code)
        .map(|captures| captures[1].to_owned())
        .filter(|used| APART.contains(&(folder, used.as_str())))
        .map(|used| format!("src/{}:{line}: `stdlib::{folder}` must not know `stdlib::{used}`", path.display()))
        .collect()
}

/// Outside crates stay in their rooms.
pub fn crates(house: &House) -> Vec<String> {
    let mut faults = Vec::new();
    for (name, rooms) in ROOMS {
        let used = Regex::new(&format!(r"(^|[^\w:]){name}::")).expect("the pattern is right");
        for (path, text) in &house.sources {
            if is_test_file(path) || rooms.iter().any(|room| path.starts_with(room)) {
                continue;
            }
            let lines = program_lines(text).filter(|(_, code)| used.is_match(code));
            faults.extend(
                lines.map(|(line, _)| format!("src/{}:{line}: `{name}` is used outside {}", path.display(), rooms.join(", "))),
            );
        }
    }
    faults
}

/// The module of `src/` that a file belongs to; `None` for `lib.rs` and `main.rs`, which may know everything.
fn top(path: &Path) -> Option<String> {
    let first = path.iter().next()?.to_str()?;
    let name = first.trim_end_matches(".rs");
    (!matches!(name, "lib" | "main")).then(|| name.to_owned())
}

fn words(text: &str) -> Vec<String> {
    WORD.find_iter(text).map(|word| word.as_str().to_owned()).collect()
}
