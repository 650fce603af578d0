//! Every DQDL text of the repository: rulesets, blocks of pages, recorded cases, what stands in specs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;
use serde_yaml::Value as Yaml;

use crate::support;

/// Where DQDL stands.
static FOLDERS: &[&str] = &["README.md", "bench", "docs", "editors/tree-sitter-dqdl/test", "pipelines", "src", "tests"];

/// The texts, each once, with a place where it stands.
pub fn all(root: &Path) -> Vec<(String, String)> {
    let mut found = BTreeMap::new();
    for file in FOLDERS.iter().flat_map(|folder| files(&root.join(folder))) {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let place = file.strip_prefix(root).unwrap_or(&file).display().to_string();
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or("");
        for ruleset in rulesets(extension, &place, &text) {
            found.entry(ruleset).or_insert_with(|| place.clone());
        }
    }
    found.into_iter().map(|(text, place)| (place, text)).collect()
}

/// The rulesets of a recording of cases.
fn recorded(text: &str) -> Vec<String> {
    let cases: Vec<Json> = serde_json::from_str(text).unwrap_or_default();
    cases.iter().filter_map(|case| Some(case["ruleset"].as_str()?.to_owned())).collect()
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_path_buf()];
    }
    ["dqdl", "md", "yaml", "txt", "json"].into_iter().flat_map(|extension| support::files(path, extension)).collect()
}

/// Those of a file, or of a block of a page, by its extension or its language.
fn rulesets(extension: &str, place: &str, text: &str) -> Vec<String> {
    match extension {
        "dqdl" => vec![text.to_owned()],
        "yaml" => in_yaml(text),
        "json" if place.ends_with("cases.json") => recorded(text),
        "md" => blocks(text).flat_map(|(language, block)| rulesets(language, place, &block)).collect(),
        // The cases of the layout and of AWS's parser.
        "txt" if place.starts_with("tests/golden/dqdl") => {
            let cases = text.split("\n=== ").skip(1).filter_map(|case| case.split_once('\n'));
            cases.flat_map(|(_, case)| case.split("\n---\n")).map(str::to_owned).collect()
        }
        // A corpus of the editors' grammar: the text stands between the name and the tree.
        "txt" if place.starts_with("editors") => {
            text.split("===\n").skip(2).step_by(2).filter_map(|case| Some(case.split_once("\n---\n")?.0.to_owned())).collect()
        }
        _ => Vec::new(),
    }
}

/// The fenced blocks of a page with their languages.
fn blocks(page: &str) -> impl Iterator<Item = (&str, String)> {
    let mut lines = page.lines();
    std::iter::from_fn(move || {
        let opening = lines.find(|line| line.trim_start().starts_with("```"))?;
        let language = opening.trim().trim_matches('`').split(' ').next().unwrap_or("");
        let block: Vec<_> = lines.by_ref().take_while(|line| !line.trim_start().starts_with("```")).collect();
        Some((language, block.join("\n") + "\n"))
    })
}

/// The texts of a spec that are rulesets by their sections.
fn in_yaml(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        // Behind a fault no document ends.
        let Ok(value) = serde::Deserialize::deserialize(document) else { break };
        walk(&value, &mut found);
    }
    found
}

fn walk(value: &Yaml, found: &mut Vec<String>) {
    match value {
        Yaml::String(text) if ["Rules", "rules", "Analyzers"].iter().any(|word| text.contains(word)) && text.contains('[') => {
            found.push(text.clone());
        }
        Yaml::Sequence(items) => items.iter().for_each(|item| walk(item, found)),
        Yaml::Mapping(entries) => entries.values().for_each(|value| walk(value, found)),
        Yaml::Tagged(tagged) => walk(&tagged.value, found),
        _ => {}
    }
}
