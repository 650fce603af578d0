//! The rules of the house, held against the sources.

mod codes;
mod layers;
mod licences;
mod stdlib;
mod texts;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use libtest_mimic::Trial;

/// A rule: the faults it finds.
type Rule = fn(&House) -> Vec<String>;

/// The sources that the rules look at.
pub struct House {
    /// The repository.
    pub root: PathBuf,
    /// Every Rust file below `src/`, with its path from there.
    pub sources: Vec<(PathBuf, String)>,
}

/// A trial for each rule.
pub fn trials(root: &Path) -> Vec<Trial> {
    let rules: [(&str, Rule); 15] = [
        ("a module uses only those left of it", layers::modules),
        ("an outside crate is used only in its rooms", layers::crates),
        ("code numbers are unique and ascend", codes::numbers),
        ("code names are unique kebab words", codes::names),
        ("a code's page begins with its number and name", codes::pages),
        ("every code is shown by an example", codes::examples),
        ("many codes carry a fix", codes::fixes),
        ("every explain page has its code", codes::orphans),
        ("every declaration of the standard library is listed and has its page", stdlib::declarations),
        ("a transform's page has all its settings and outputs", stdlib::transform_pages),
        ("a rule type's page has all its parts", stdlib::rule_pages),
        ("every package is under an allowed licence", licences::packages),
        ("every file says what it is", texts::first_lines),
        ("nothing is left to do", texts::unfinished),
        ("no golden folder is empty", texts::golden_folders),
    ];
    let house = Arc::new(House { root: root.to_path_buf(), sources: sources(root) });
    rules
        .into_iter()
        .map(|(name, rule)| {
            let house = Arc::clone(&house);
            Trial::test(format!("house {name}"), move || {
                let faults = rule(&house);
                if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
            })
        })
        .collect()
}

fn sources(root: &Path) -> Vec<(PathBuf, String)> {
    let src = root.join("src");
    crate::support::files(&src, "rs")
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source file is readable");
            (path.strip_prefix(&src).expect("it is below src").to_path_buf(), text)
        })
        .collect()
}

/// The lines of a source file that are program: not comments, not the unit tests at its end.
pub fn program_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(at, line)| (at + 1, line))
}

/// Whether a file holds only unit tests.
pub fn is_test_file(path: &Path) -> bool {
    path.file_stem().is_some_and(|name| name == "tests" || name.to_string_lossy().ends_with("_tests"))
        || path.components().any(|part| part.as_os_str() == "tests")
}
