//! Java's regular expressions on Rust's engines: the patterns of rules and of SQL functions.
//!
//! A pattern is read as Java 17 reads it and written anew in the words of Rust's engines. It runs on the linear one if
//! that can, and on the backtracking one if it looks around, refers back or gives nothing back. What neither means as
//! Java does is refused, at its place.

mod automaton;
mod emit;
mod parse;
mod recent;
mod replacement;
#[cfg(test)]
mod tests;
mod tree;

pub use replacement::Replacement;

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use automaton::Automaton;
use datafusion::common::{Result as EngineResult, exec_datafusion_err};
use emit::For;
use recent::RECENT;

/// A pattern that can be run; copies share what is compiled.
#[derive(Debug, Clone)]
pub struct Pattern(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    java: String,
    all: Engine,
    /// The form for ASCII of one line, where that is another; compiled when the first such text comes.
    one_line: Option<(String, OnceLock<Option<Engine>>)>,
    /// The form for ASCII of one line as a table; made when the first text comes, `None` if it would be too large.
    automaton: OnceLock<Option<Box<Automaton>>>,
    can_be_empty: bool,
    names: Vec<(String, usize)>,
    groups: usize,
    vague: bool,
}

#[derive(Debug)]
enum Engine {
    /// Runs in linear time.
    Linear(Box<regex::Regex>),
    /// Looks around or refers back.
    Backtracking(Box<fancy_regex::Regex>),
}

/// Why a pattern cannot be used: a byte range of it, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// First byte.
    pub start: usize,
    /// After the last byte.
    pub end: usize,
    /// What is wrong.
    pub message: String,
}

/// Why what a group found cannot be asked for.
pub const VAGUE: &str =
    "a group of this pattern repeats something that may be empty, or gives nothing back: only the whole match is sure";

/// How many steps the backtracking engine takes on one text before it gives up: some tenths of a second.
const STEPS: usize = 1_000_000;

impl Pattern {
    /// Reads a Java pattern.
    pub fn new(java: &str) -> Result<Self, Fault> {
        Self::between(java, java, 0)
    }

    /// Whether a text is a Java pattern by itself.
    pub fn check(java: &str) -> Result<(), Fault> {
        parse::parse(java).map(|_| ())
    }

    /// Reads a Java pattern that was put into a longer one, `offset` bytes behind its beginning; faults are about the
    /// pattern that was written.
    pub fn between(whole: &str, written: &str, offset: usize) -> Result<Self, Fault> {
        if let Some(known) = RECENT.find(whole, written) {
            return Ok(known);
        }
        let pattern = Self(Arc::new(Self::compile(whole, written, offset)?));
        RECENT.keep(whole, &pattern);
        Ok(pattern)
    }

    fn compile(whole: &str, written: &str, offset: usize) -> Result<Compiled, Fault> {
        let moved = |fault: Fault| {
            let place = |at: usize| at.saturating_sub(offset).min(written.len());
            Fault { start: place(fault.start), end: place(fault.end).max(place(fault.start)), message: fault.message }
        };
        let parsed = parse::parse(whole).map_err(moved)?;
        let vague = parsed.node.has_vague_groups();
        if vague && parsed.node.refers_back() {
            let message = "a reference to a group is not understood where a group repeats something empty, or gives nothing back";
            return Err(Fault { start: 0, end: written.len(), message: message.to_owned() });
        }
        let words = |texts: For| {
            let mut out = String::new();
            emit::emit(&parsed.node, texts, &mut out);
            out
        };
        let all = Engine::new(&words(For::All)).map_err(|message| Fault { start: 0, end: written.len(), message })?;
        let one_line = emit::differs(&parsed.node).then(|| (words(For::OneLine), OnceLock::new()));
        let can_be_empty = parsed.node.can_be_empty();
        let (java, automaton) = (written.to_owned(), OnceLock::new());
        Ok(Compiled { java, all, one_line, automaton, can_be_empty, names: parsed.names, groups: parsed.groups, vague })
    }

    /// Whether a text could be a pattern that matches nothing; `false` is sure, and costs no compiling.
    pub fn may_match_nothing(java: &str) -> bool {
        parse::parse(java).is_ok_and(|parsed| parsed.node.can_be_empty())
    }

    /// Whether it may match nothing, be it only somewhere.
    pub fn can_be_empty(&self) -> bool {
        self.0.can_be_empty
    }

    /// How many groups it has.
    pub fn groups(&self) -> usize {
        self.0.groups
    }

    /// Whether what single groups found may not be what Java's would: only the whole match can be asked for.
    pub fn is_vague(&self) -> bool {
        self.0.vague
    }

    fn engine(&self, text: &str) -> &Engine {
        match &self.0.one_line {
            Some((words, engine)) if is_one_line(text) => {
                engine.get_or_init(|| Engine::new(words).ok()).as_ref().unwrap_or(&self.0.all)
            }
            _ => &self.0.all,
        }
    }

    fn gave_up(&self, error: &fancy_regex::Error) -> datafusion::common::DataFusionError {
        exec_datafusion_err!("the pattern `{}` gave up on a value: {error}", self.0.java)
    }

    fn automaton(&self) -> Option<&Automaton> {
        let words = || match (&self.0.one_line, &self.0.all) {
            (Some((words, _)), _) => Some(words.as_str()),
            (None, Engine::Linear(engine)) => Some(engine.as_str()),
            (None, Engine::Backtracking(_)) => None,
        };
        self.0.automaton.get_or_init(|| words().and_then(Automaton::new).map(Box::new)).as_deref()
    }

    /// Whether something in the text matches.
    pub fn is_match(&self, text: &str) -> EngineResult<bool> {
        // The form for one line finds nothing where an anchor would match behind a line end.
        let sure = |found: bool| found || self.0.one_line.is_none() || is_one_line(text);
        if let Some(found) = self.automaton().and_then(|automaton| automaton.is_match(text))
            && sure(found)
        {
            return Ok(found);
        }
        match self.engine(text) {
            Engine::Linear(engine) => Ok(engine.is_match(text)),
            Engine::Backtracking(engine) => engine.is_match(text).map_err(|error| self.gave_up(&error)),
        }
    }

    /// The first match.
    pub fn find<'a>(&self, text: &'a str) -> EngineResult<Option<&'a str>> {
        Ok(self.find_at(text, 0)?.map(|found| &text[found]))
    }

    /// The first match that begins at a byte or behind it.
    pub fn find_at(&self, text: &str, from: usize) -> EngineResult<Option<Range<usize>>> {
        match self.engine(text) {
            Engine::Linear(engine) => Ok(engine.find_at(text, from).map(|found| found.range())),
            Engine::Backtracking(engine) => {
                let found = engine.find_from_pos(text, from).map_err(|error| self.gave_up(&error))?;
                Ok(found.map(|found| found.range()))
            }
        }
    }

    /// The first match at a byte or behind it, and what its groups found; the whole match is the first of them.
    pub fn groups_at(&self, text: &str, from: usize) -> EngineResult<Option<Vec<Option<Range<usize>>>>> {
        match self.engine(text) {
            Engine::Linear(engine) => Ok(engine
                .captures_at(text, from)
                .map(|found| found.iter().map(|group| group.map(|group| group.range())).collect())),
            Engine::Backtracking(engine) => {
                let found = engine.captures_from_pos(text, from).map_err(|error| self.gave_up(&error))?;
                Ok(found.map(|found| found.iter().map(|group| group.map(|group| group.range())).collect()))
            }
        }
    }

    /// Every match, one behind the other, as Java's `find` goes on: behind an empty match it steps one character.
    pub fn each(&self, text: &str, mut run: impl FnMut(&[Option<Range<usize>>]) -> EngineResult<()>) -> EngineResult<()> {
        let mut from = 0;
        while let Some(groups) = self.groups_at(text, from)? {
            let Some(Some(whole)) = groups.first().cloned() else { return Ok(()) };
            run(&groups)?;
            if whole.end > whole.start {
                from = whole.end;
                continue;
            }
            let Some(next) = text[whole.end..].chars().next() else { return Ok(()) };
            from = whole.end + next.len_utf8();
        }
        Ok(())
    }
}

/// Whether a text is ASCII of one line that is not empty, which nearly all are.
pub fn is_one_line(text: &str) -> bool {
    !text.is_empty() && text.is_ascii() && memchr::memchr2(b'\n', b'\r', text.as_bytes()).is_none()
}

impl Engine {
    fn new(rust: &str) -> Result<Self, String> {
        match regex::RegexBuilder::new(rust).size_limit(64 << 20).build() {
            Ok(engine) => Ok(Self::Linear(Box::new(engine))),
            Err(linear) => {
                let engine = fancy_regex::RegexBuilder::new(rust)
                    .backtrack_limit(STEPS)
                    .delegate_size_limit(64 << 20)
                    .build()
                    .map_err(|_| first_words(&linear))?;
                Ok(Self::Backtracking(Box::new(engine)))
            }
        }
    }
}

fn first_words(error: &regex::Error) -> String {
    let words = error.to_string();
    let last = words.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("not a regular expression");
    last.trim().trim_start_matches("error: ").to_owned()
}
