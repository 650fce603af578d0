//! What the golden tests are made of: Markdown pages, assertions in comments, cases, differences.

pub mod assertion;
pub mod case;
pub mod console;
pub mod diff;
pub mod facts;
pub mod folder;
pub mod page;
pub mod table;

use std::fs;
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

use page::{Kind, Page};

/// A variable of the test run's environment.
#[expect(clippy::disallowed_methods, reason = "the harness is told by its environment, as cargo is")]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// All pages whose blocks run: golden cases, explain pages, pages of the standard library.
pub fn pages(root: &Path) -> Vec<Page> {
    let folders = [("tests/golden", Kind::Golden), ("src/diag/explain", Kind::Explain), ("src/stdlib", Kind::Reference)];
    folders
        .into_iter()
        .flat_map(|(folder, kind)| files(&root.join(folder), "md").into_iter().map(move |path| (path, kind)))
        // The sessions of `tests/golden/cli` are run by `console`, those of `tests/golden/lsp` by `lsp`.
        .filter(|(path, _)| {
            let elsewhere = ["cli", "lsp"].iter().any(|folder| path.starts_with(root.join("tests/golden").join(folder)));
            path.file_name().is_none_or(|name| name != "README.md") && !elsewhere
        })
        .map(|(path, kind)| {
            let text = fs::read_to_string(&path).expect("a page is readable");
            let shown = path.strip_prefix(root).expect("the pages are in the repository").to_path_buf();
            Page::parse(kind, path.clone(), shown, &text)
        })
        .collect()
}

/// A trial for every case of every page, and for every folder case.
pub fn trials(pages: Vec<Page>, root: &Path) -> Vec<Trial> {
    let mut trials = folder::trials(root);
    for page in pages {
        for fault in page.faults.clone() {
            trials.push(Trial::test(format!("{} format", page.shown.display()), move || Err(fault.into())));
        }
        let names: Vec<_> = page.cases.iter().map(|case| trial_name(&page, case)).collect();
        for (case, name) in page.cases.into_iter().zip(names) {
            trials.push(Trial::test(name, move || case::run(&case).map_err(Into::into)));
        }
    }
    trials
}

fn trial_name(page: &Page, case: &page::Case) -> String {
    format!("{} {}", page.shown.display(), case.name)
}

/// Rewrites the recorded texts in the pages, of the cases whose names are picked.
pub fn update(pages: &[Page], picked: &dyn Fn(&str) -> bool) {
    for page in pages {
        let mut text = fs::read_to_string(&page.path).expect("a page is readable");
        // From the last to the first, so that the ranges of the earlier ones stay right.
        for case in page.cases.iter().rev() {
            let Some(recorded) = case.recorded.as_ref().filter(|_| picked(&trial_name(page, case))) else { continue };
            text.replace_range(recorded.range.clone(), &case::rendering(case));
        }
        fs::write(&page.path, text).expect("a page is writable");
    }
}

/// The files below a folder whose name ends so, sorted; none if there is no such folder.
pub fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.expect("a folder of the repository is readable").path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}
