//! Folder cases: `tests/golden/run/CASE/` holds a project with its data, and in `expect/` what a run of it does.
//!
//! What exists in `expect/` is compared; `UPDATE_GOLDEN=1` rewrites it, and makes all of it for a case that has none.
//!
//! - `report.txt`: exit code and status, rows of every node, every rule's outcome and metrics, what was published, and
//!   the diagnostics, a line each.
//! - `out/SINK.txt`: what the sink published: a line `== FOLDER` for each folder, then its lines, sorted. Text formats only.
//!
//! What differs from run to run stands as `…`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use libtest_mimic::Trial;
use regex::Regex;
use serde_json::Value;

use super::{diff, files};

/// A trial for each folder.
pub fn trials(root: &Path) -> Vec<Trial> {
    cases(root)
        .into_iter()
        .map(|case| {
            let name = trial_name(root, &case);
            Trial::test(name.clone(), move || compare(&case, &name).map_err(Into::into))
        })
        .collect()
}

/// Rewrites what is expected of every folder.
pub fn update(root: &Path, picked: &dyn Fn(&str) -> bool) {
    for case in cases(root).into_iter().filter(|case| picked(&trial_name(root, case))) {
        let known = expected(&case);
        for (name, text) in actual(&case).expect("a case runs") {
            if known.is_empty() || known.contains_key(&name) {
                let path = case.join("expect").join(name);
                fs::create_dir_all(path.parent().expect("it is in a folder")).expect("a folder of the repository is writable");
                fs::write(path, text).expect("a file of the repository is writable");
            }
        }
    }
}

fn trial_name(root: &Path, case: &Path) -> String {
    case.strip_prefix(root).unwrap_or(case).display().to_string()
}

fn cases(root: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(root.join("tests/golden/run")).into_iter().flatten();
    let mut found: Vec<_> = entries.flatten().map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn compare(case: &Path, name: &str) -> Result<(), String> {
    let expected = expected(case);
    if expected.is_empty() {
        return Err(format!("{name}/expect is empty; UPDATE_GOLDEN=1 fills it"));
    }
    let actual = actual(case)?;
    let faults: Vec<_> = expected
        .iter()
        .filter_map(|(file, text)| {
            let found = actual.get(file).map_or("", String::as_str);
            (found != text).then(|| format!("{name}/expect/{file}:\n{}", diff::lines(text, found)))
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}

/// The files in `expect/` by their path from there.
fn expected(case: &Path) -> BTreeMap<String, String> {
    let folder = case.join("expect");
    let name = |path: &Path| path.strip_prefix(&folder).expect("it is below").to_string_lossy().into_owned();
    let read = |path: &PathBuf| fs::read_to_string(path).expect("a golden file is readable");
    files(&folder, "txt").iter().map(|path| (name(path), read(path))).collect()
}

/// Runs a copy of the case.
fn actual(case: &Path) -> Result<BTreeMap<String, String>, String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    copy(case, folder.path()).map_err(|error| error.to_string())?;
    let output = Command::new(env!("CARGO_BIN_EXE_glue-compile"))
        .args(["run", "--format", "json"])
        .current_dir(folder.path())
        .output()
        .map_err(|error| error.to_string())?;
    let document: Value = serde_json::from_slice(&output.stdout).map_err(|error| {
        format!("{error}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    })?;
    let mut found = BTreeMap::from([("report.txt".to_owned(), report(&document, output.status.code()))]);
    for (name, sink) in entries(&document["sinks"]) {
        let path = folder.path().join(sink["path"].as_str().unwrap_or_default());
        found.insert(format!("out/{name}.txt"), published(&path));
    }
    Ok(found)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_name() == "expect" {
            continue;
        }
        if entry.path().is_dir() {
            fs::create_dir_all(&target)?;
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

fn entries(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}

/// The document of a run in lines that a reader compares with the case at a glance.
fn report(document: &Value, exit: Option<i32>) -> String {
    let mut out = String::new();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    // Writing to a string cannot fail.
    let _ = writeln!(out, "exit {} {}", exit.unwrap_or(-1), text(&document["status"]));
    for (name, node) in entries(&document["nodes"]) {
        let rows = |side: &str| node[side].as_u64().map_or_else(|| "-".to_owned(), |rows| rows.to_string());
        let _ = writeln!(out, "node {name}: {} -> {}", rows("rows_in"), rows("rows_out"));
    }
    for (name, quality) in entries(&document["quality"]) {
        let rows = &quality["rows"];
        let _ = writeln!(out, "quality {name}: {} = {} passed + {} failed", rows["input"], rows["passed"], rows["failed"]);
        for outcome in quality["ruleOutcomes"].as_array().into_iter().flatten() {
            let metrics: Vec<_> =
                entries(&outcome["EvaluatedMetrics"]).map(|(name, value)| format!("{name} = {value}")).collect();
            let _ = writeln!(out, "  {} {}: {}", text(&outcome["Outcome"]), text(&outcome["Rule"]), metrics.join(", "));
        }
    }
    for (name, sink) in entries(&document["sinks"]) {
        let _ = writeln!(out, "sink {name}: {} rows", sink["rows"]);
    }
    for diagnostic in document["diagnostics"].as_array().into_iter().flatten() {
        let place = diagnostic["labels"].as_array().and_then(|labels| labels.iter().find(|label| label["primary"] == true));
        let place = place
            .map(|label| format!("{}:{}:{}: ", text(&label["file"]), label["start"]["line"], label["start"]["column"]))
            .unwrap_or_default();
        let (severity, code, message) = (text(&diagnostic["severity"]), text(&diagnostic["code"]), text(&diagnostic["message"]));
        let _ = writeln!(out, "{place}{severity}[{code}]: {message}");
        for note in diagnostic["notes"].as_array().into_iter().flatten() {
            let _ = writeln!(out, "  note: {}", text(note));
        }
    }
    volatile(&out)
}

/// Every folder with its files' lines, sorted: neither the order of rows nor the number of files is promised.
fn published(path: &Path) -> String {
    let mut folders: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for extension in ["csv", "json", "jsonl"] {
        for file in files(path, extension) {
            let folder = file.parent().and_then(|folder| folder.strip_prefix(path).ok()).unwrap_or(Path::new(""));
            let text = fs::read_to_string(&file).unwrap_or_else(|error| error.to_string());
            let lines = folders.entry(folder.display().to_string()).or_default();
            // Every CSV file begins with the same header: it stands once, before the rows.
            let header = usize::from(extension == "csv");
            if lines.is_empty() {
                lines.extend(text.lines().take(header).map(str::to_owned));
            }
            lines.extend(text.lines().skip(header).map(str::to_owned));
            lines[header.min(1)..].sort();
        }
    }
    let sections: Vec<_> = folders.iter().map(|(folder, lines)| format!("== {folder}\n{}\n", lines.join("\n"))).collect();
    volatile(&sections.concat())
}

/// What differs from run to run.
fn volatile(text: &str) -> String {
    static RUN_ID: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d{8}T\d{6}Z-[0-9a-f]+").expect("the pattern is right"));
    static TIME: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""_dq_quarantined_at":"[^"]*""#).expect("the pattern is right"));
    TIME.replace_all(&RUN_ID.replace_all(text, "…"), r#""_dq_quarantined_at":"…""#).into_owned()
}
