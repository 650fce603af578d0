//! What other programs read: SARIF by its published schema, one line by the problem matcher, GitLab's report by its keys.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use glue_compile::Checked;
use glue_compile::diag::render::{gitlab, oneline, sarif};
use jsonschema::{Draft, Validator};
use libtest_mimic::Trial;
use regex::Regex;
use serde_json::Value;

use crate::support;

/// A trial for each format.
pub fn trials(root: &Path) -> Vec<Trial> {
    let formats: [(&str, fn(&Path) -> Vec<String>); 3] = [
        ("sarif is valid by the published schema", sarif_is_valid),
        ("the problem matcher reads every line", matcher_reads_lines),
        ("gitlab finds what it needs", gitlab_has_its_keys),
    ];
    formats
        .into_iter()
        .map(|(name, check)| {
            let root = root.to_path_buf();
            Trial::test(format!("format {name}"), move || {
                let faults = check(&root);
                if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
            })
        })
        .collect()
}

/// What `check` says of every example: all codes that a check can report, with fixes and several places.
fn examples(root: &Path) -> Vec<(String, Checked)> {
    let pages = support::pages(root);
    let cases = pages.iter().flat_map(|page| &page.cases);
    cases
        .map(|case| (case.place.clone(), support::case::check(case)))
        .filter(|(_, checked)| !checked.diagnostics.is_empty())
        .collect()
}

fn sarif_is_valid(root: &Path) -> Vec<String> {
    let text = fs::read_to_string(root.join("tests/formats/data/sarif-schema-2.1.0.json")).expect("the schema is there");
    let schema: Value = serde_json::from_str(&text).expect("the schema is JSON");
    let validator: Validator = jsonschema::options()
        .with_draft(Draft::Draft4)
        .should_validate_formats(true)
        .build(&schema)
        .expect("the schema is sound");
    let mut faults = Vec::new();
    let (mut fixes, mut related) = (0, 0);
    for (place, checked) in examples(root) {
        let document: Value = serde_json::from_str(&sarif::render(&checked.diagnostics, &checked.map)).expect("SARIF is JSON");
        faults.extend(validator.iter_errors(&document).map(|error| format!("{place}: {}: {error}", error.instance_path())));
        let results = document["runs"][0]["results"].as_array().expect("results are a list");
        let rules = &document["runs"][0]["tool"]["driver"]["rules"];
        for result in results {
            let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("a small one")];
            if rule["id"] != result["ruleId"] || !rule["helpUri"].is_string() {
                faults.push(format!("{place}: the rule of a result is {rule}"));
            }
            if !result["partialFingerprints"]["primaryLocationLineHash"].is_string() {
                faults.push(format!("{place}: a result without a fingerprint"));
            }
            fixes += usize::from(result["fixes"].is_array());
            related += usize::from(result["relatedLocations"].is_array());
        }
        let prints: BTreeSet<_> = results.iter().map(|result| result["partialFingerprints"].to_string()).collect();
        if prints.len() != results.len() {
            faults.push(format!("{place}: two results have one fingerprint"));
        }
    }
    if fixes == 0 || related == 0 {
        faults.push(format!("the examples show {fixes} fixes and {related} results with related places"));
    }
    faults
}

/// The regular expressions of the matcher: with a severity of their own, and without.
fn matchers(root: &Path) -> Vec<(Regex, Value)> {
    let text = fs::read_to_string(root.join(".github/glue-compile-matcher.json")).expect("the matcher is there");
    let document: Value = serde_json::from_str(&text).expect("the matcher is JSON");
    let matchers = document["problemMatcher"].as_array().expect("matchers are a list");
    let read = |matcher: &Value| {
        let pattern = matcher["pattern"][0].clone();
        (Regex::new(pattern["regexp"].as_str().expect("a pattern")).expect("the pattern is right"), pattern)
    };
    matchers.iter().map(read).collect()
}

fn matcher_reads_lines(root: &Path) -> Vec<String> {
    let matchers = matchers(root);
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (place, checked) in examples(root) {
        let plain = oneline::render(&checked.diagnostics, &checked.map);
        for (line, diagnostic) in plain.lines().zip(&checked.diagnostics) {
            // One about no place has no file to stand at.
            let Some(label) = diagnostic.primary() else { continue };
            let start = checked.map.start(label.span);
            let severity = diagnostic.severity.name();
            seen.insert(severity);
            for line in [line.to_owned(), colored(line)] {
                let found: Vec<_> =
                    matchers.iter().filter_map(|(regex, pattern)| Some((regex.captures(&line)?, pattern))).collect();
                let [(captures, pattern)] = found.as_slice() else {
                    faults.push(format!("{place}: {} matchers read {line:?}", found.len()));
                    continue;
                };
                let part = |name: &str| {
                    let group = pattern[name].as_u64().and_then(|group| usize::try_from(group).ok());
                    group.and_then(|group| captures.get(group)).map_or("", |found| found.as_str())
                };
                let message = diagnostic.message.split_whitespace().collect::<Vec<_>>().join(" ");
                let same = part("line") == start.line.to_string()
                    && part("column") == start.column.to_string()
                    && part("code") == diagnostic.code.number
                    && part("message") == message
                    && (part("severity") == severity || (severity == "hint" && part("severity").is_empty()));
                if !same || part("file").is_empty() || part("file").contains('\u{1b}') {
                    faults.push(format!("{place}: {line:?} is read wrong: {captures:?}"));
                }
            }
        }
    }
    if seen.len() < 3 {
        faults.push(format!("the examples show {seen:?} only"));
    }
    faults
}

/// The line as a tool may paint it that passes it on.
fn colored(line: &str) -> String {
    let (place, rest) = line.split_once(": ").expect("a place");
    let (severity, message) = rest.split_once(": ").expect("a severity");
    format!("\u{1b}[1m{place}\u{1b}[0m: \u{1b}[1;31m{severity}\u{1b}[0m: \u{1b}[1m{message}\u{1b}[0m")
}

fn gitlab_has_its_keys(root: &Path) -> Vec<String> {
    let mut faults = Vec::new();
    for (place, checked) in examples(root) {
        let document: Value =
            serde_json::from_str(&gitlab::render(&checked.diagnostics, &checked.map)).expect("the report is JSON");
        let issues = document.as_array().expect("the report is a list");
        let prints: BTreeSet<_> = issues.iter().map(|issue| issue["fingerprint"].to_string()).collect();
        if issues.len() != checked.diagnostics.len() || prints.len() != issues.len() {
            faults.push(format!("{place}: {} issues, {} fingerprints", issues.len(), prints.len()));
        }
        for issue in issues {
            let severity = issue["severity"].as_str().unwrap_or("");
            let is_sound = issue["description"].is_string()
                && issue["check_name"].is_string()
                && ["info", "minor", "major", "critical", "blocker"].contains(&severity)
                && issue["location"]["path"].as_str().is_some_and(|path| !path.is_empty() && !path.starts_with("./"))
                && issue["location"]["lines"]["begin"].as_u64().is_some_and(|line| line > 0);
            if !is_sound {
                faults.push(format!("{place}: {issue}"));
            }
        }
    }
    faults
}
