//! The standard library: a word is a file, a page and a line in its folder's `ALL`.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use super::House;

static DECLARATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"static (\w+): (RuleDef|TransformDef|ConnectorDef|FunctionDef)\b").expect("the pattern is right")
});

/// Every declared word is in the `ALL` of its folder, and its file has a page beside it.
pub fn declarations(house: &House) -> Vec<String> {
    let mut faults = Vec::new();
    for (path, text) in house.sources.iter().filter(|(path, _)| path.starts_with("stdlib")) {
        for captures in DECLARATION.captures_iter(text) {
            let listed = lists(house, path).any(|list| list.contains(&captures[1]));
            if !listed {
                faults.push(format!("src/{}: `{}` is in no ALL", path.display(), &captures[1]));
            }
            if !has_page(house, path) {
                faults.push(format!("src/{}: `{}` has no page beside it", path.display(), &captures[1]));
            }
        }
    }
    faults
}

/// The `ALL` lists of the folders above a file.
fn lists<'a>(house: &'a House, path: &Path) -> impl Iterator<Item = &'a str> {
    let folders: Vec<_> = path.ancestors().skip(1).map(|folder| folder.join("mod.rs")).collect();
    house.sources.iter().filter(move |(other, _)| folders.contains(other)).filter_map(|(_, text)| {
        text.split_once("static ALL").map(|(_, rest)| rest.split_once("];").map_or(rest, |(list, _)| list))
    })
}

/// `completeness.md` for `completeness.rs`; for `csv/mod.rs` also `csv.md` or a page in the folder.
fn has_page(house: &House, path: &Path) -> bool {
    let source = house.root.join("src").join(path);
    let folder = source.parent().unwrap_or(&source);
    source.with_extension("md").is_file()
        || (source.ends_with("mod.rs")
            && (folder.with_extension("md").is_file() || !crate::support::files(folder, "md").is_empty()))
}
