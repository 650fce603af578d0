//! What every file of the repository keeps to.

use std::fs;
use std::path::Path;

use super::{House, is_test_file, program_lines};

/// A file's first line says what it is.
pub fn first_lines(house: &House) -> Vec<String> {
    house
        .sources
        .iter()
        .filter(|(path, text)| !text.starts_with("//!") && !is_test_file(path))
        .map(|(path, _)| format!("src/{}: the first line is not a `//!` comment", path.display()))
        .collect()
}

/// No `todo!`, no `unimplemented!`, no note of one.
pub fn unfinished(house: &House) -> Vec<String> {
    let words = ["todo!", "unimplemented!", "TODO", "FIXME", "XXX"];
    let mut faults = Vec::new();
    for (path, text) in &house.sources {
        let program = program_lines(text).filter(|(_, line)| words[..2].iter().any(|word| line.contains(word)));
        faults.extend(program.map(|(line, text)| format!("src/{}:{line}: {}", path.display(), text.trim())));
        let notes = text.lines().enumerate().filter(|(_, line)| line.trim_start().starts_with("//"));
        let notes = notes.filter(|(_, line)| words[2..].iter().any(|word| line.contains(word)));
        faults.extend(notes.map(|(line, text)| format!("src/{}:{}: {}", path.display(), line + 1, text.trim())));
    }
    faults
}

/// Every folder below `tests/golden` holds something.
pub fn golden_folders(house: &House) -> Vec<String> {
    let golden = house.root.join("tests/golden");
    let mut faults = Vec::new();
    empty_folders(&golden, &mut faults);
    faults
}

fn empty_folders(folder: &Path, faults: &mut Vec<String>) {
    let entries: Vec<_> = fs::read_dir(folder).map(|entries| entries.flatten().collect()).unwrap_or_default();
    if entries.is_empty() {
        faults.push(format!("{} is empty", folder.display()));
    }
    for entry in entries.into_iter().filter(|entry| entry.path().is_dir()) {
        empty_folders(&entry.path(), faults);
    }
}
