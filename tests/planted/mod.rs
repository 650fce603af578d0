//! Faults planted in the pipelines we ship: each is found at its token, and nothing else is said.
//!
//! A file of `tests/golden/planted/` is named after a folder below `pipelines/` and is a list of entries, a blank line between
//! two of them:
//!
//! ```text
//! @ orders.glue.yaml
//! - inputs: [orders, customers]
//! + inputs: [ordrs, customers]
//! ! error[GC0301]: ordrs
//! ```
//!
//! `-` stands once in the file and is replaced by `+` (left out: by nothing; `\n` is a line break); an entry may have
//! several of them and several files. `!` is what the compiler then says, hints only where there is nothing graver:
//! `UPDATE_GOLDEN=1` writes these lines.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use glue_compile::diag::{Severity, codes};
use glue_compile::world::MemoryWorld;
use glue_compile::{CheckOptions, Checked};
use libtest_mimic::{Failed, Trial};

/// So many single faults, and so many entries of many faults, are the least.
const LEAST: (usize, usize) = (150, 20);

/// Codes that no entry raises, and why none can. A shorter number stands for all that begin so.
const NOT_PLANTED: &[(&str, &str)] = &[
    ("GC0001", "said of a path that is no project, and these are projects"),
    ("GC0009", "said of a target that the command line names"),
    ("GC0307", "said of a job that the command line names"),
    ("GC0535", "takes 2,001 rules"),
    ("GC0536", "takes a ruleset of 65,536 characters"),
    ("GC0603", "said of data, and only where it is looked at"),
    ("GC0609", "said of data"),
    ("GC0610", "said of data"),
    ("GC0612", "said of data"),
    ("GC0613", "said of data"),
    ("GC0804", "said on request"),
    ("GC0806", "said of folders of data"),
    ("GC0836", "said of strict DQDL"),
    ("GC10", "said by a run, not by a check"),
    ("GC11", "said by `glue-compile test`"),
    ("GC99", "a bug of the compiler"),
];

/// One project with faults.
#[derive(Debug, Default)]
struct Entry {
    line: usize,
    /// The lines as they stand there, those with `!` left out.
    written: Vec<String>,
    edits: Vec<Edit>,
    said: Vec<String>,
}

#[derive(Debug)]
struct Edit {
    file: String,
    find: String,
    replace: String,
}

fn lists(root: &Path) -> Vec<PathBuf> {
    let folder = root.join("tests/golden/planted");
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).expect("the folder is there").map(|file| file.expect("it can be listed").path()).collect();
    found.sort();
    found
}

/// The tests: one for each entry, and one that counts them.
pub fn trials(root: &Path) -> Vec<Trial> {
    let mut trials = Vec::new();
    let (mut single, mut many) = (0, 0);
    let mut planted = BTreeSet::new();
    for list in lists(root) {
        let files = project(root, &list);
        for entry in entries(&read(&list)) {
            match (entry.edits.len(), entry.said.len()) {
                (1, 1) => single += 1,
                (_, 5..=15) => many += 1,
                _ => {}
            }
            planted.extend(entry.said.iter().filter_map(|said| Some(said.split_once('[')?.1.split_once(']')?.0.to_owned())));
            let files = files.clone();
            let name = format!("planted {}:{}", list.strip_prefix(root).unwrap_or(&list).display(), entry.line);
            trials.push(Trial::test(name, move || compare(&files, &entry)));
        }
    }
    trials.push(Trial::test("planted faults are many", move || {
        if single < LEAST.0 || many < LEAST.1 {
            return Err(Failed::from(format!("{single} single faults and {many} entries of 5 to 15")));
        }
        Ok(())
    }));
    trials.push(Trial::test("planted faults are of every code", move || every_code(&planted)));
    trials
}

/// Whether every code is either planted or cannot be.
fn every_code(planted: &BTreeSet<String>) -> Result<(), Failed> {
    let excuse = |number: &str| NOT_PLANTED.iter().find(|(prefix, _)| number.starts_with(prefix));
    let faults: Vec<String> = codes::all()
        .filter_map(|code| match (planted.contains(code.number), excuse(code.number)) {
            (false, None) => Some(format!("{} {}: no entry raises it", code.number, code.name)),
            (true, Some((_, why))) => Some(format!("{} {}: raised, and the table says that it is {why}", code.number, code.name)),
            (true, None) | (false, Some(_)) => None,
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n").into()) }
}

/// Writes what is said now.
pub fn update(root: &Path, picked: &dyn Fn(&str) -> bool) {
    for list in lists(root).into_iter().filter(|_| picked("planted")) {
        let files = project(root, &list);
        let blocks = entries(&read(&list)).into_iter().map(|entry| {
            let said = said(&files, &entry).unwrap_or_else(|fault| vec![fault]);
            let lines = entry.written.into_iter().chain(said.into_iter().map(|said| format!("! {said}")));
            lines.map(|line| line + "\n").collect::<String>()
        });
        fs::write(&list, blocks.collect::<Vec<_>>().join("\n")).expect("it can be written");
    }
}

/// The files of the project that a list is about, its data left out.
fn project(root: &Path, list: &Path) -> Vec<(String, String)> {
    let folder = root.join("pipelines").join(list.file_stem().unwrap_or_default());
    let files =
        fs::read_dir(&folder).expect("the list is named after a pipeline").map(|file| file.expect("it can be listed").path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "dqdl"));
    files.map(|path| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), read(&path))).collect()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("it can be read")
}

fn entries(text: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = vec![Entry::default()];
    let mut file = String::new();
    for (at, line) in text.lines().enumerate() {
        if line.is_empty() {
            entries.push(Entry::default());
            continue;
        }
        let entry = entries.last_mut().expect("there is always one");
        if entry.written.is_empty() {
            entry.line = at + 1;
        }
        if let Some(said) = line.strip_prefix("! ") {
            entry.said.push(said.to_owned());
            continue;
        }
        entry.written.push(line.to_owned());
        let unescaped = |text: &str| text.replace("\\n", "\n");
        if let Some(name) = line.strip_prefix("@ ") {
            name.clone_into(&mut file);
        } else if let Some(find) = line.strip_prefix("- ") {
            entry.edits.push(Edit { file: file.clone(), find: unescaped(find), replace: String::new() });
        } else if let Some(replace) = line.strip_prefix("+ ")
            && let Some(edit) = entry.edits.last_mut()
        {
            edit.replace = unescaped(replace);
        }
    }
    entries.retain(|entry| !entry.written.is_empty());
    entries
}

fn compare(files: &[(String, String)], entry: &Entry) -> Result<(), Failed> {
    let said = said(files, entry)?;
    if said == entry.said {
        return Ok(());
    }
    Err(format!("{}\nexpected\n  {}\nsaid\n  {}", entry.written.join("\n"), entry.said.join("\n  "), said.join("\n  ")).into())
}

/// What the compiler says of the project with the entry's faults.
fn said(files: &[(String, String)], entry: &Entry) -> Result<Vec<String>, String> {
    let mut files = files.to_vec();
    for edit in &entry.edits {
        let Some((_, text)) = files.iter_mut().find(|(name, _)| *name == edit.file) else {
            return Err(format!("there is no file {}", edit.file));
        };
        let count = text.matches(&edit.find).count();
        if count != 1 {
            return Err(format!("`{}` stands {count} times in {}", edit.find, edit.file));
        }
        *text = text.replacen(&edit.find, &edit.replace, 1);
    }
    let world = files.into_iter().fold(MemoryWorld::default(), |world, (name, text)| world.with_file(&name, text));
    let options = CheckOptions { every_target: true, ..CheckOptions::default() };
    Ok(shown(&glue_compile::check(&world, Path::new("."), &options)))
}

fn shown(checked: &Checked) -> Vec<String> {
    let is_hint = |diagnostic: &&glue_compile::diag::Diagnostic| diagnostic.severity == Severity::Hint;
    let only_hints = checked.diagnostics.iter().all(|diagnostic| is_hint(&diagnostic));
    let grave = checked.diagnostics.iter().filter(|diagnostic| only_hints || !is_hint(diagnostic));
    let line = |diagnostic: &glue_compile::diag::Diagnostic| {
        let token = diagnostic.primary().map_or("", |label| checked.map.text(label.span)).trim();
        format!("{}[{}]: {}", diagnostic.severity.name(), diagnostic.code.number, token.replace('\n', "\\n"))
    };
    grave.map(line).collect()
}
