//! Documents that run: README.md, docs/*.md, tests/golden/cli/*.md and the pages of the standard library, each a shell session
//! from its first line to its last.
//!
//! - A fenced block with a file name (```` ```yaml sales/sales.glue.yaml ````) is written to that file when it is reached.
//! - A ```` ```console ```` block holds commands (`$ …`, continued while a line ends with `\`) and what they print, standard
//!   error included. `…` in a line stands for any characters of the line, a line of `…` alone for any lines, also none.
//! - `cargo run … -- ARGS` becomes `glue-compile ARGS`; `cargo test` and `.ci/run` are not run, they are what is running.
//!
//! The session starts in a copy of the repository's `pipelines/`. `UPDATE_GOLDEN=1` rewrites what does not match.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use libtest_mimic::Trial;
use regex::Regex;

use super::diff;

/// Between the outputs of two commands.
const MARK: &str = "@@@ next command @@@";

/// One thing that the reader does.
enum Step {
    /// Writes a file.
    Write { name: String, text: String },
    /// Types a command. `expected` is what the page says it prints, `range` where the page says so.
    Type { command: String, expected: String, range: Range<usize>, line: usize },
}

/// A trial for each document.
pub fn trials(root: &Path) -> Vec<Trial> {
    documents(root)
        .into_iter()
        .map(|path| {
            let (root, shown) = (root.to_path_buf(), path.strip_prefix(root).unwrap_or(&path).display().to_string());
            Trial::test(trial_name(&root, &path), move || {
                let text = fs::read_to_string(&path)?;
                let faults = differences(&root, &text)?;
                let report = faults.iter().map(|f| format!("{shown}:{}: $ {}\n{}", f.line, f.command, f.shown));
                if faults.is_empty() { Ok(()) } else { Err(report.collect::<Vec<_>>().join("\n").into()) }
            })
        })
        .collect()
}

/// Rewrites the outputs that do not match.
pub fn update(root: &Path, picked: &dyn Fn(&str) -> bool) {
    for path in documents(root) {
        if !picked(&trial_name(root, &path)) {
            continue;
        }
        let mut text = fs::read_to_string(&path).expect("a document is readable");
        let faults = differences(root, &text).expect("the session runs");
        for fault in faults.iter().rev() {
            text.replace_range(fault.range.clone(), &fault.actual);
        }
        fs::write(&path, text).expect("a document is writable");
    }
}

fn trial_name(root: &Path, path: &Path) -> String {
    format!("console {}", path.strip_prefix(root).unwrap_or(path).display())
}

/// README.md, docs/*.md, tests/golden/cli/*.md and the pages of the standard library, as far as they have something to run.
fn documents(root: &Path) -> Vec<PathBuf> {
    let mut found = vec![root.join("README.md")];
    found.extend(super::files(&root.join("docs"), "md"));
    found.extend(super::files(&root.join("tests/golden/cli"), "md"));
    found.extend(super::files(&root.join("src/stdlib"), "md"));
    found.retain(|path| fs::read_to_string(path).is_ok_and(|text| text.contains("```console\n")));
    found
}

/// A command that printed something else.
struct Fault {
    command: String,
    line: usize,
    range: Range<usize>,
    actual: String,
    shown: String,
}

fn differences(root: &Path, text: &str) -> Result<Vec<Fault>, String> {
    let steps = steps(text)?;
    let outputs = run(root, &steps)?;
    let typed = steps.into_iter().filter_map(|step| match step {
        Step::Type { command, expected, range, line } => Some((command, expected, range, line)),
        Step::Write { .. } => None,
    });
    Ok(typed
        .zip(outputs)
        .filter(|((_, expected, _, _), output)| output.as_ref().is_some_and(|actual| !matches(expected, actual)))
        .map(|((command, expected, range, line), output)| {
            let actual = volatile(&output.unwrap_or_default());
            Fault { shown: diff::lines(&expected, &actual), command, line, range, actual }
        })
        .collect())
}

/// The steps of a document, in order.
fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut offset = 0;
    let mut lines = text.split_inclusive('\n').enumerate();
    while let Some((at, line)) = lines.next() {
        offset += line.len();
        let Some(info) = line.strip_prefix("```").filter(|info| !info.starts_with('`')) else { continue };
        let mut words = info.split_whitespace();
        let (language, name) = (words.next().unwrap_or(""), words.next());
        let (start, mut body) = (offset, String::new());
        loop {
            let Some((_, line)) = lines.next() else { return Err(format!("line {}: the block is not closed", at + 1)) };
            offset += line.len();
            if line.trim_end() == "```" {
                break;
            }
            body.push_str(line);
        }
        match (language, name) {
            ("console", _) => steps.extend(commands(&body, start, at + 2)),
            (_, Some(name)) => steps.push(Step::Write { name: name.to_owned(), text: body }),
            _ => {}
        }
    }
    Ok(steps)
}

/// The commands of a block that begins at `start`, on line `first` of its document.
fn commands(body: &str, start: usize, first: usize) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut offset = start;
    for (at, line) in body.split_inclusive('\n').enumerate() {
        offset += line.len();
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step::Type {
                command: command.trim_end().to_owned(),
                expected: String::new(),
                range: offset..offset,
                line: first + at,
            }),
            (None, Some(Step::Type { command, expected, range, .. })) if command.ends_with('\\') && expected.is_empty() => {
                *command = format!("{}\n{}", command, line.trim_end());
                *range = offset..offset;
            }
            (None, Some(Step::Type { expected, range, .. })) => {
                expected.push_str(line);
                range.end = offset;
            }
            (None, _) => {}
        }
    }
    steps
}

/// Runs the session; an output for each command, `None` for one that is not run.
fn run(root: &Path, steps: &[Step]) -> Result<Vec<Option<String>>, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    copy(&root.join("pipelines"), &folder.path().join("pipelines")).map_err(|e| e.to_string())?;
    let mut script = String::from("exec 2>&1\nstatus=0\n");
    let mut is_run = Vec::new();
    for (at, step) in steps.iter().enumerate() {
        match step {
            Step::Write { name, text } => {
                fs::write(folder.path().join(format!(".file-{at}")), text).map_err(|e| e.to_string())?;
                script.push_str(&format!("mkdir -p \"$(dirname '{name}')\" && cp '.file-{at}' '{name}'\n"));
            }
            Step::Type { command, .. } => {
                let command = command
                    .strip_prefix("cargo run ")
                    .and_then(|rest| rest.split_once("-- "))
                    .map_or_else(|| command.clone(), |(_, arguments)| format!("glue-compile {arguments}"));
                let skipped = ["cargo", ".ci/run", "git", "export"].contains(&command.split(' ').next().unwrap_or(""));
                is_run.push(!skipped);
                if !skipped {
                    // `$?` is what the command before left.
                    script.push_str(&format!("(exit $status)\n{command}\nstatus=$?\nprintf '%s\\n' '{MARK}'\n"));
                }
            }
        }
    }
    let binary = Path::new(env!("CARGO_BIN_EXE_glue-compile"));
    let path =
        format!("{}:{}", binary.parent().unwrap_or(Path::new("/")).display(), super::environment("PATH").unwrap_or_default());
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .env("PATH", path)
        .env("NO_COLOR", "1")
        .output()
        .map_err(|e| format!("a shell is needed: {e}"))?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let mark = format!("{MARK}\n");
    let mut outputs = printed.split(&mark).map(str::to_owned);
    Ok(is_run.into_iter().map(|is_run| if is_run { outputs.next() } else { None }).collect())
}

/// Copies a folder, what earlier runs left in it aside.
pub fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true if entry.file_name() == "out" || entry.file_name() == ".glue-compile" => {}
            true => copy(&entry.path(), &target)?,
            false => fs::copy(entry.path(), target).map(|_| ())?,
        }
    }
    Ok(())
}

/// Whether `actual` is what `expected` says, `…` being anything.
fn matches(expected: &str, actual: &str) -> bool {
    let clean = |text: &str| text.lines().flat_map(|line| [line.trim_end(), "\n"]).collect::<String>();
    let pattern: String = clean(expected)
        .lines()
        .map(|line| match line.trim() {
            "…" => "(?s:.*)".to_owned(),
            _ => format!("{}\\n", line.split('…').map(regex::escape).collect::<Vec<_>>().join(".*")),
        })
        .collect();
    Regex::new(&format!("^{pattern}$")).is_ok_and(|pattern| pattern.is_match(&clean(actual)))
}

/// The text with times, identities and scratch folders left open.
fn volatile(text: &str) -> String {
    static VOLATILE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r#"\b\d+(\.\d+)? ?(ms|µs|s)\b|\d{8}T\d{6}Z-[0-9a-f]+|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+|\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC|"[0-9a-f]{16,32}""#)
            .expect("right")
    });
    text.lines().flat_map(|line| [VOLATILE.replace_all(line.trim_end(), "…"), "\n".into()]).collect()
}
