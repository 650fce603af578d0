//! How this phase speaks: offsets of the ruleset's text become spans of its file, and what only AWS's parser minds is a
//! warning or an error by the dialect.

use std::ops::Range;

use super::parse::Dialect;
use crate::diag::codes::dqdl::AWS_PORTABILITY;
use crate::diag::{Code, Diagnostic, Edit, Fix, Safety, Severity, Sink};
use crate::source::{EmbedMap, Span};

/// Where diagnostics of one ruleset go, and all that is needed to place them.
pub(super) struct Reporter<'a> {
    /// The ruleset as it was written.
    pub(super) text: &'a str,
    /// Its place in its file.
    pub(super) map: &'a EmbedMap,
    /// Whose parser is the judge.
    pub(super) dialect: Dialect,
    /// What was said so far.
    pub(super) sink: Sink,
}

impl Reporter<'_> {
    /// The span in the file of a byte range of the text, widened to whole characters.
    pub(super) fn span(&self, at: &Range<usize>) -> Span {
        let (start, end) = (self.floor(at.start), self.ceil(at.end));
        self.map.span(start, end.max(start))
    }

    fn floor(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    fn ceil(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at += 1;
        }
        at
    }

    /// The text as written under a byte range.
    pub(super) fn written(&self, at: &Range<usize>) -> &str {
        let start = self.floor(at.start);
        &self.text[start..self.ceil(at.end).max(start)]
    }

    /// Whether the text stands in its file in one run: in a YAML block a line break would need its indentation.
    fn stands_whole(&self) -> bool {
        let span = self.map.span(0, self.text.len());
        (span.end - span.start) as usize == self.text.len()
    }

    /// A diagnostic at a byte range.
    pub(super) fn at(&self, code: &'static Code, at: &Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(code, self.span(at), message)
    }

    /// A diagnostic for what is plainly meant but rejected by AWS's parser: a warning in the superset, an error in strict.
    pub(super) fn unportable(&self, at: &Range<usize>, message: impl Into<String>) -> Diagnostic {
        let mut diagnostic = self.at(&AWS_PORTABILITY, at, message).here("AWS's parser rejects this");
        if self.dialect == Dialect::Strict {
            diagnostic.severity = Severity::Error;
        }
        diagnostic
    }

    /// Says it.
    pub(super) fn push(&mut self, diagnostic: Diagnostic) {
        self.sink.push(diagnostic);
    }

    /// Reports a spelling that AWS's parser rejects and replaces it.
    pub(super) fn respell(&mut self, at: &Range<usize>, message: impl Into<String>, text: &str) {
        let diagnostic = self.unportable(at, message).help(format!("write `{}`", text.trim()));
        let diagnostic = self.fix(diagnostic, format!("replace with `{}`", text.trim()), at.clone(), text, Safety::Safe);
        self.push(diagnostic);
    }

    /// Adds an edit, if the text stands in its file as it is.
    pub(super) fn fix(
        &self,
        diagnostic: Diagnostic,
        title: impl Into<String>,
        at: Range<usize>,
        text: &str,
        safety: Safety,
    ) -> Diagnostic {
        self.fix_all(diagnostic, title, vec![(at, text.to_owned())], safety)
    }

    /// Adds several edits that belong together, if the text stands in its file as it is.
    pub(super) fn fix_all(
        &self,
        mut diagnostic: Diagnostic,
        title: impl Into<String>,
        edits: Vec<(Range<usize>, String)>,
        safety: Safety,
    ) -> Diagnostic {
        let breaks_a_line = edits.iter().any(|(_, text)| text.contains('\n'));
        if self.map.is_exact() && (!breaks_a_line || self.stands_whole()) {
            let edits = edits.into_iter().map(|(at, text)| Edit { span: self.span(&at), text }).collect();
            diagnostic.fix = Some(Fix { title: title.into(), edits, safety });
        }
        diagnostic
    }
}
