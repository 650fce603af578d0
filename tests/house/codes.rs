//! The registry of diagnostic codes and its pages.

use std::collections::BTreeSet;
use std::fs;

use glue_compile::diag::{Code, Safety, codes};

use super::House;
use crate::support;

/// Codes that no small project can show to `check`: run time and bugs of the program, a YAML file of 4 GiB, a job or target that
/// the command line names, files that are not there or are not as declared, what is said of strict DQDL only, rulesets that are too
/// large for a page.
const WITHOUT_EXAMPLE: &[&str] = &[
    "GC0009", "GC10", "GC11", "GC99", "GC0205", "GC0307", "GC0535", "GC0536", "GC0603", "GC0609", "GC0610", "GC0612", "GC0613",
    "GC0836",
];

/// `GCnnnn`, each once, ascending, in the range of its file.
pub fn numbers(_: &House) -> Vec<String> {
    let all: Vec<&Code> = codes::all().collect();
    let malformed = all
        .iter()
        .filter(|code| {
            !code.number.strip_prefix("GC").is_some_and(|digits| digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_digit()))
        })
        .map(|code| format!("`{}` is not GC and four digits", code.number));
    let disordered = all
        .windows(2)
        .filter(|pair| pair[0].number >= pair[1].number)
        .map(|pair| format!("{} stands before {}", pair[0].number, pair[1].number));
    malformed.chain(disordered).collect()
}

/// `unknown-column`, each once.
pub fn names(_: &House) -> Vec<String> {
    let all: Vec<&Code> = codes::all().collect();
    let is_kebab = |name: &str| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    let mut faults: Vec<_> =
        all.iter().filter(|code| !is_kebab(code.name)).map(|code| format!("{}: `{}`", code.number, code.name)).collect();
    for (at, code) in all.iter().enumerate() {
        if let Some(other) = all[..at].iter().find(|other| other.name == code.name) {
            faults.push(format!("{} and {} are both `{}`", other.number, code.number, code.name));
        }
    }
    faults
}

/// `# GC0402 unknown-column`
pub fn pages(_: &House) -> Vec<String> {
    codes::all()
        .filter(|code| code.page.lines().next() != Some(&format!("# {} {}", code.number, code.name)))
        .map(|code| format!("src/diag/explain/{}.md does not begin with `# {} {}`", code.number, code.number, code.name))
        .collect()
}

/// Some case of an explain page, a reference page or the goldens asserts the code.
pub fn examples(house: &House) -> Vec<String> {
    let pages = support::pages(&house.root);
    let asserted: Vec<String> = pages
        .iter()
        .flat_map(|page| &page.cases)
        .flat_map(|case| &case.files)
        .flat_map(|file| &file.assertions)
        .map(|assertion| assertion.code.clone())
        .collect();
    let recorded: String = support::files(&house.root.join("tests/golden"), "txt")
        .into_iter()
        .map(|path| fs::read_to_string(path).expect("a golden file is readable"))
        .collect();
    codes::all()
        .filter(|code| !WITHOUT_EXAMPLE.iter().any(|range| code.number.starts_with(range)))
        .filter(|code| !asserted.iter().any(|number| number == code.number) && !recorded.contains(code.number))
        .map(|code| format!("{} {} is asserted by no page and no golden case", code.number, code.name))
        .collect()
}

/// So many codes must come with an edit that mends them.
const FIXES: usize = 40;

/// Enough codes carry a machine fix, safe or unsafe, in the examples.
pub fn fixes(house: &House) -> Vec<String> {
    let mut mended = BTreeSet::new();
    for page in support::pages(&house.root) {
        for diagnostic in page.cases.iter().flat_map(|case| support::case::check(case).diagnostics) {
            if diagnostic.fix.is_some_and(|fix| fix.safety != Safety::Shown) {
                mended.insert(diagnostic.code.number);
            }
        }
    }
    if mended.len() >= FIXES {
        return Vec::new();
    }
    vec![format!("{} codes carry a fix and {FIXES} should: {}", mended.len(), mended.into_iter().collect::<Vec<_>>().join(" "))]
}

/// No page without a code.
pub fn orphans(house: &House) -> Vec<String> {
    support::files(&house.root.join("src/diag/explain"), "md")
        .into_iter()
        .filter_map(|path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()))
        .filter(|number| codes::all().all(|code| code.number != *number))
        .map(|number| format!("src/diag/explain/{number}.md explains no code"))
        .collect()
}
