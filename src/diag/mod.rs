//! What the compiler says to its user: one plain value, many renderers.
//!
//! A phase pushes [`Diagnostic`]s into a [`Sink`] and goes on; it never prints. [`Reported`] is the proof
//! that an error was pushed: a function that returns it as its error has nothing left to say.

pub mod codes;
pub mod fix;
pub mod levels;
pub mod render;
pub mod suggest;
mod suppression;

pub use codes::Code;

use crate::source::{FileId, SourceMap, Span};

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Nothing runs.
    Error,
    /// It runs, and may not do what was meant.
    Warning,
    /// Good to know.
    Hint,
}

impl Severity {
    /// `error`, `warning` or `hint`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        }
    }
}

/// One thing to say, with the places it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Which message it is.
    pub code: &'static Code,
    /// How grave it is; the code's own severity unless `--deny` and the like say otherwise.
    pub severity: Severity,
    /// One short lower-case clause that stands alone.
    pub message: String,
    /// The places; exactly one is primary unless the message is about no file at all.
    pub labels: Vec<Label>,
    /// Facts that help to understand, a sentence each.
    pub notes: Vec<String>,
    /// What to do next, a sentence each.
    pub helps: Vec<String>,
    /// An edit that mends it.
    pub fix: Option<Fix>,
}

/// A place, and what is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The place.
    pub span: Span,
    /// What is *here*; may be empty.
    pub text: String,
    /// Whether this is the place of the fault.
    pub primary: bool,
}

/// An edit of the user's files that mends a diagnostic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, an imperative: "replace with `order_id`".
    pub title: String,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
    /// Whether it may be applied unseen.
    pub safety: Safety,
}

/// One replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// Whether a fix may be applied without a look; the riskier the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safety {
    /// The program means the same afterwards, or plainly what was meant before.
    Safe,
    /// It may change what the program does: applied only when asked for.
    Unsafe,
    /// A suggestion to look at; never applied by the tool.
    Shown,
}

impl Diagnostic {
    /// A diagnostic of `code` whose fault is at `span`.
    pub fn new(code: &'static Code, span: Span, message: impl Into<String>) -> Self {
        let mut diagnostic = Self::bare(code, message);
        diagnostic.labels.push(Label { span, text: String::new(), primary: true });
        diagnostic
    }

    /// A diagnostic about no place in a source file (a run that failed, an unreadable file).
    pub fn bare(code: &'static Code, message: impl Into<String>) -> Self {
        Self {
            code,
            severity: code.severity,
            message: message.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            helps: Vec::new(),
            fix: None,
        }
    }

    /// Says what is at the primary place.
    #[must_use]
    pub fn here(mut self, text: impl Into<String>) -> Self {
        if let Some(label) = self.labels.iter_mut().find(|label| label.primary) {
            label.text = text.into();
        }
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: text.into(), primary: false });
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Adds what to do next.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.helps.push(text.into());
        self
    }

    /// Adds what to do next where nothing says so yet.
    #[must_use]
    pub fn or_help(self, text: impl Into<String>) -> Self {
        if self.helps.is_empty() && self.fix.is_none() { self.help(text) } else { self }
    }

    /// Adds an edit of one place.
    #[must_use]
    pub fn fix(mut self, title: impl Into<String>, span: Span, text: impl Into<String>, safety: Safety) -> Self {
        self.fix = Some(Fix { title: title.into(), edits: vec![Edit { span, text: text.into() }], safety });
        self
    }

    /// "did you mean": a help and a fix, if some candidate is near enough.
    #[must_use]
    pub fn suggest<'a>(self, span: Span, wrong: &str, candidates: impl IntoIterator<Item = &'a str>) -> Self {
        let Some(near) = suggest::nearest(wrong, candidates) else { return self };
        self.help(format!("did you mean `{near}`?")).fix(format!("replace with `{near}`"), span, near, Safety::Unsafe)
    }

    /// The same diagnostic after the ids of its files have moved, because two source maps became one.
    #[must_use]
    pub fn moved(self, files: u32) -> Self {
        self.placed(|file| FileId(file.0 + files))
    }

    /// The same diagnostic about files that have other ids.
    #[must_use]
    pub fn placed(mut self, file: impl Fn(FileId) -> FileId) -> Self {
        let labels = self.labels.iter_mut().map(|label| &mut label.span);
        let edits = self.fix.iter_mut().flat_map(|fix| &mut fix.edits).map(|edit| &mut edit.span);
        labels.chain(edits).for_each(|span| span.file = file(span.file));
        self
    }

    /// "did you mean", or else a fact that lists what there is: `its settings are …`.
    #[must_use]
    pub fn suggest_or_list<'a>(
        self,
        span: Span,
        wrong: &str,
        what: &str,
        candidates: impl IntoIterator<Item = &'a str> + Clone,
    ) -> Self {
        if suggest::nearest(wrong, candidates.clone()).is_some() {
            return self.suggest(span, wrong, candidates);
        }
        self.note(format!("{what} {}", suggest::list(candidates, 24)))
    }

    /// The place of the fault.
    pub fn primary(&self) -> Option<&Label> {
        self.labels.iter().find(|label| label.primary)
    }

    /// The order in which diagnostics are shown: by file, place, gravity, code, text.
    pub fn sort_key<'a>(&'a self, map: &'a SourceMap) -> impl Ord + 'a {
        let place = self.primary().map(|label| (map.file(label.span.file).path.as_path(), label.span.start, label.span.end));
        (place, self.severity, self.code.number, self.message.as_str())
    }
}

/// The proof that an error was pushed into a [`Sink`]. Only the sink makes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reported(());

/// Where the phases push what they have to say.
#[derive(Debug, Default)]
pub struct Sink {
    diagnostics: Vec<Diagnostic>,
}

impl Sink {
    /// Pushes a diagnostic of any gravity.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Pushes an error and gives the proof of it.
    pub fn error(&mut self, diagnostic: Diagnostic) -> Reported {
        debug_assert_eq!(diagnostic.severity, Severity::Error, "{}: only an error is a reason to stop", diagnostic.code.number);
        self.diagnostics.push(diagnostic);
        Reported(())
    }

    /// Whether an error was pushed.
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The proof that an error was pushed, if one was.
    pub fn reported(&self) -> Option<Reported> {
        self.has_errors().then_some(Reported(()))
    }

    /// How many diagnostics were pushed so far.
    pub fn len(&self) -> usize {
        self.diagnostics.len()
    }

    /// Whether nothing was pushed.
    pub fn is_empty(&self) -> bool {
        self.diagnostics.is_empty()
    }

    /// What was pushed so far, in that order.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter()
    }

    /// Takes what another sink holds.
    pub fn append(&mut self, other: Self) {
        self.diagnostics.extend(other.diagnostics);
    }

    /// All diagnostics, each once, in the order in which they are shown.
    pub fn finish(mut self, map: &SourceMap) -> Vec<Diagnostic> {
        self.diagnostics.sort_by(|a, b| a.sort_key(map).cmp(&b.sort_key(map)));
        self.diagnostics.dedup();
        self.diagnostics
    }
}
