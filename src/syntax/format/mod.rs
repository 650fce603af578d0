//! `fmt`: a text of a project in its canonical layout. Pure: text in, text out.
//!
//! Of YAML, the DQDL inside of it is laid out first, then the YAML round it. What comes out says what went in; that is
//! checked here, and a text for which it does not hold is refused.

mod blocks;
#[cfg(test)]
mod tests;

use std::path::Path;

use super::{dqdl, yaml};
use crate::diag::codes::internal::BUG;
use crate::diag::codes::spec::UNSUPPORTED_YAML;
use crate::diag::{Diagnostic, Sink};
use crate::source::{EmbedMap, FileId, Span};
use yaml::format::Unformatted;

/// The language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A spec or a project file.
    Yaml,
    /// A ruleset.
    Dqdl,
}

impl Kind {
    /// The language of a file, by its name.
    pub fn of(path: &Path) -> Self {
        if path.extension().is_some_and(|extension| extension == "dqdl") { Self::Dqdl } else { Self::Yaml }
    }
}

/// Why a text was not laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It has errors.
    Faulty,
    /// What begins at this byte is YAML without a canonical layout.
    Unknown(usize),
    /// The layout would say something else: a bug of ours.
    Changed,
}

/// The text in canonical layout.
pub fn format(text: &str, kind: Kind) -> Result<String, Refusal> {
    match kind {
        Kind::Dqdl => dqdl::format(text).ok_or(Refusal::Faulty),
        Kind::Yaml => {
            let text = blocks::format(text)?;
            yaml::format::format(&text).map_err(|unformatted| match unformatted {
                Unformatted::Faulty => Refusal::Faulty,
                Unformatted::Unknown(at) => Refusal::Unknown(at),
                Unformatted::Changed => Refusal::Changed,
            })
        }
    }
}

/// Says why a text was refused.
pub fn explain(refusal: Refusal, file: FileId, text: &str, kind: Kind, sink: &mut Sink) {
    match refusal {
        Refusal::Faulty => faults(file, text, kind, sink),
        Refusal::Unknown(at) => {
            let message = "this way to write YAML has no canonical layout";
            let diagnostic = Diagnostic::new(&UNSUPPORTED_YAML, Span::new(file, at.min(text.len()), at.min(text.len())), message)
                .help("write it with plain keys and without what is optional");
            sink.push(diagnostic);
        }
        Refusal::Changed => {
            let diagnostic = Diagnostic::new(&BUG, Span::file_start(file), "the layout of this file would change what it says")
                .help("please report it, with the file cut down to what still shows it");
            sink.push(diagnostic);
        }
    }
}

/// The errors that keep a text from being laid out.
fn faults(file: FileId, text: &str, kind: Kind, sink: &mut Sink) {
    let mut parse = |text: &str, map: &EmbedMap| drop(dqdl::parse(text, map, dqdl::Dialect::Superset, sink));
    match kind {
        Kind::Dqdl => parse(text, &EmbedMap::file(file, text.len())),
        Kind::Yaml => {
            let mut own = Sink::default();
            for block in yaml::parse(file, text, &mut own).iter().flat_map(blocks::blocks) {
                parse(&block.value, &block.map);
            }
            sink.append(own);
        }
    }
}
