//! `fmt`, held against every YAML and DQDL text of the repository: nothing changes its meaning, twice is once, and what is
//! shipped is laid out already.

use std::fs;
use std::path::{Path, PathBuf};

use glue_compile::syntax::format::{Kind, Refusal, format};
use libtest_mimic::Trial;

use crate::support;

/// Folders whose specs are examples of the layout.
const SHIPPED: &[&str] = &["pipelines", "src/cli/init/template", "bench"];

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
    for path in SHIPPED.iter().flat_map(|folder| support::files(&root.join(folder), "yaml")) {
        let text = fs::read_to_string(&path).expect("a file of the repository is readable");
        let shown = path.strip_prefix(root).unwrap_or(&path).display();
        match format(&text, Kind::Yaml) {
            Ok(formatted) if formatted == text => {}
            Ok(formatted) => faults.push(format!("{shown} is not laid out:\n{}", support::diff::lines(&text, &formatted))),
            Err(refusal) => faults.push(format!("{shown}: {refusal:?}")),
        }
    }
    faults
}

/// The files of all cases of all pages and of all runs: those without faults in their syntax have a layout.
fn examples(root: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    let mut laid_out = 0;
    let mut judge = |place: String, name: &Path, text: &str| match format(text, Kind::of(name)) {
        Err(Refusal::Faulty) => {}
        Err(refusal) => faults.push(format!("{place}: {refusal:?}")),
        Ok(once) => {
            laid_out += 1;
            if format(&once, Kind::of(name)).as_ref() != Ok(&once) {
                faults.push(format!("{place}: not stable:\n{once}"));
            }
        }
    };
    for case in support::pages(root).iter().flat_map(|page| &page.cases) {
        for file in case.files.iter().filter(|file| is_text(Path::new(&file.name))) {
            judge(format!("{} {}", case.place, file.name), Path::new(&file.name), &file.text);
        }
    }
    for path in texts(&root.join("tests/golden/run")) {
        let text = fs::read_to_string(&path).expect("a file of the repository is readable");
        judge(path.display().to_string(), &path, &text);
    }
    if laid_out < 300 {
        faults.push(format!("{laid_out} texts were laid out only"));
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
