//! `fmt`, held against every YAML and DQDL text of the repository: nothing changes its meaning, twice is once, and what is
//! shipped is laid out already.

use std::fs;
use std::path::{Path, PathBuf};

use glue_compile::syntax::format::{Kind, Refusal, format};
use libtest_mimic::Trial;

use crate::support;

/// Folders whose files are examples of the layout.
const SHIPPED: &[&str] = &["pipelines", "src/cli/init/template", "bench", "examples", "tests/golden/run"];

/// A trial for each rule.
pub fn trials(root: &Path) -> Vec<Trial> {
    let (one, two) = (root.to_path_buf(), root.to_path_buf());
    vec![
        Trial::test("layout what is shipped is laid out", move || fail(shipped(&one))),
        Trial::test("layout every example keeps its meaning", move || fail(examples(&two))),
    ]
}

fn fail(faults: Vec<String>) -> Result<(), libtest_mimic::Failed> {
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

fn shipped(root: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    for path in SHIPPED.iter().flat_map(|folder| texts(&root.join(folder))) {
        let text = fs::read_to_string(&path).expect("a file of the repository is readable");
        let shown = path.strip_prefix(root).unwrap_or(&path).display();
        match format(&text, Kind::of(&path)) {
            Ok(formatted) if formatted == text => {}
            Ok(formatted) => faults.push(format!("{shown} is not laid out:\n{}", support::diff::lines(&text, &formatted))),
            // Some golden cases are about faults.
            Err(Refusal::Faulty) if path.starts_with(root.join("tests")) => {}
            Err(refusal) => faults.push(format!("{shown}: {refusal:?}")),
        }
    }
    faults
}

/// The files of all cases of all pages: those without faults in their syntax have a layout.
fn examples(root: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    let pages = support::pages(root);
    for case in pages.iter().flat_map(|page| &page.cases) {
        for file in case.files.iter().filter(|file| is_text(Path::new(&file.name))) {
            let kind = Kind::of(Path::new(&file.name));
            match format(&file.text, kind) {
                Err(Refusal::Faulty) => {}
                Err(refusal) => faults.push(format!("{}: {}: {refusal:?}", case.place, file.name)),
                Ok(once) => {
                    if format(&once, kind).as_ref() != Ok(&once) {
                        faults.push(format!("{}: {}: not stable:\n{once}", case.place, file.name));
                    }
                }
            }
        }
    }
    faults
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml" || extension == "dqdl")
}

fn texts(folder: &Path) -> Vec<PathBuf> {
    let mut found = support::files(folder, "yaml");
    found.extend(support::files(folder, "dqdl"));
    found
}
