//! A Markdown page as test cases: a heading is a case, its fenced blocks with a name are files.

use std::ops::Range;
use std::path::PathBuf;

use super::assertion::{self, Assertion};

/// What a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `tests/golden/**/*.md`
    Golden,
    /// `src/diag/explain/*.md`
    Explain,
    /// `src/stdlib/**/*.md`
    Reference,
}

/// A page and its cases.
#[derive(Debug)]
pub struct Page {
    /// Where it is.
    pub path: PathBuf,
    /// The same, from the repository's root.
    pub shown: PathBuf,
    /// The cases, in order.
    pub cases: Vec<Case>,
    /// What is wrong with the page itself.
    pub faults: Vec<String>,
}

/// One small project and what the compiler says about it.
#[derive(Debug)]
pub struct Case {
    /// `page.md:12`, clickable.
    pub place: String,
    /// The heading.
    pub name: String,
    /// The files of the project, marker lines taken out.
    pub files: Vec<File>,
    /// The `diagnostics` block.
    pub recorded: Option<Recorded>,
}

/// A file of a case.
#[derive(Debug)]
pub struct File {
    /// Its path in the project.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What is asserted in it.
    pub assertions: Vec<Assertion>,
}

/// A text that `UPDATE_GOLDEN` rewrites.
#[derive(Debug)]
pub struct Recorded {
    /// The text.
    pub text: String,
    /// Where it stands in the page.
    pub range: Range<usize>,
}

/// A fenced block.
struct Block<'a> {
    language: &'a str,
    name: Option<&'a str>,
    text: String,
    range: Range<usize>,
    line: usize,
}

impl Page {
    /// Reads a page.
    pub fn parse(kind: Kind, path: PathBuf, shown: PathBuf, text: &str) -> Self {
        let mut page = Self { path, shown, cases: Vec::new(), faults: Vec::new() };
        let mut case: Option<Case> = None;
        let mut offset = 0;
        let mut lines = text.split_inclusive('\n').enumerate();
        while let Some((at, line)) = lines.next() {
            offset += line.len();
            let place = format!("{}:{}", page.shown.display(), at + 1);
            if line.starts_with('#') {
                page.finish(kind, case.take());
                let name = line.trim_start_matches('#').trim().to_owned();
                case = Some(Case { place, name, files: Vec::new(), recorded: None });
                continue;
            }
            let trimmed = line.trim_start();
            let fence = trimmed.len() - trimmed.trim_start_matches('`').len();
            if fence < 3 {
                continue;
            }
            let mut info = trimmed.trim_start_matches('`').split_whitespace();
            let mut block = Block {
                language: info.next().unwrap_or(""),
                name: info.next(),
                text: String::new(),
                range: offset..offset,
                line: at + 1,
            };
            let mut closed = false;
            for (_, line) in lines.by_ref() {
                offset += line.len();
                if line.trim_start().starts_with(&"`".repeat(fence)) && line.trim().chars().all(|c| c == '`') {
                    closed = true;
                    break;
                }
                block.text.push_str(line);
                block.range.end = offset;
            }
            if !closed {
                page.faults.push(format!("{place}: the block is not closed"));
            }
            match &mut case {
                Some(case) => page.faults.extend(add(kind, case, block).map(|fault| format!("{place}: {fault}"))),
                None => page.faults.push(format!("{place}: a block before the first heading")),
            }
        }
        page.finish(kind, case);
        page
    }

    fn finish(&mut self, kind: Kind, case: Option<Case>) {
        let Some(case) = case else { return };
        if self.cases.iter().any(|other| other.name == case.name) && !case.files.is_empty() {
            self.faults.push(format!("{}: two cases of one name: `{}`", case.place, case.name));
        }
        let is_wrong = kind == Kind::Explain && case.name == "Wrong" && !case.files.is_empty();
        let code = self.shown.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let mut assertions = case.files.iter().flat_map(|file| &file.assertions);
        if is_wrong && !assertions.any(|assertion| assertion.code == code) {
            self.faults.push(format!("{}: the wrong example does not assert {code}", case.place));
        }
        if !case.files.is_empty() {
            self.cases.push(case);
        }
    }
}

/// Adds a block to its case; returns what is wrong with it.
fn add(kind: Kind, case: &mut Case, block: Block) -> Option<String> {
    if block.language == "diagnostics" {
        case.recorded = Some(Recorded { text: block.text, range: block.range });
        return None;
    }
    let Some(name) = block.name else {
        let shown_only = kind != Kind::Golden || block.language == "text";
        return (!shown_only).then(|| "a block without a file name".to_owned());
    };
    if case.files.iter().any(|file| file.name == name) {
        return Some(format!("`{name}` stands twice in the case"));
    }
    let (text, assertions) = assertion::extract(&block.text, block.line);
    case.files.push(File { name: name.to_owned(), text, assertions });
    None
}
