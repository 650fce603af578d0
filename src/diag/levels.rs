//! How grave each diagnostic is in the end: `--deny`, `--warn`, `--allow`, and comments that allow one with a reason.
//!
//! Errors by nature stay errors: what cannot run cannot be allowed. All else goes through [`apply`], once, after the
//! last phase.

use super::codes::{Code, project};
use super::suppression::{self, Suppression};
use super::{Diagnostic, Severity, codes, suggest};
use crate::source::{FileId, SourceMap};

/// What the command line says about gravity. A code named beats a group; of two that say different things about
/// one code the stricter wins; `warnings` speaks of what is still a warning then. A code that is said on request is said only
/// if it or its group is named.
#[derive(Debug, Clone, Default)]
pub struct Levels {
    /// `--deny`
    pub deny: Vec<Selector>,
    /// `--warn`
    pub warn: Vec<Selector>,
    /// `--allow`
    pub allow: Vec<Selector>,
}

/// Which diagnostics a word of the command line means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// `GC0804` or its name
    Code(&'static Code),
    /// `GC08`: the codes whose number begins so; `lints` is `GC08`.
    Range(String),
    /// `warnings`
    Warnings,
}

impl Selector {
    /// Reads a word; the error says what was expected.
    pub fn parse(word: &str) -> Result<Self, String> {
        match word {
            "warnings" => return Ok(Self::Warnings),
            "lints" => return Ok(Self::Range("GC08".to_owned())),
            _ => {}
        }
        if let Some(code) = codes::find(word) {
            return Ok(Self::Code(code));
        }
        let upper = word.to_uppercase();
        if upper.len() == 4 && codes::all().any(|code| code.number.starts_with(&upper)) {
            return Ok(Self::Range(upper));
        }
        let known = codes::all().flat_map(|code| [code.number, code.name]).chain(["warnings", "lints"]);
        Err(match suggest::nearest(word, known) {
            Some(near) => format!("there is no such code; did you mean `{near}`?"),
            None => "expected a code (`GC0804`), its name, a range (`GC08`), `lints` or `warnings`".to_owned(),
        })
    }

    fn names(&self, code: &Code) -> bool {
        match self {
            Self::Code(named) => *named == code,
            Self::Range(_) | Self::Warnings => false,
        }
    }

    fn groups(&self, code: &Code) -> bool {
        match self {
            Self::Range(prefix) => code.number.starts_with(prefix.as_str()),
            Self::Code(_) | Self::Warnings => false,
        }
    }
}

impl Levels {
    /// How grave a diagnostic of that code is; `None` if it is not to be shown.
    fn of(&self, code: &Code, own: Severity) -> Option<Severity> {
        let lists = [(&self.deny, Some(Severity::Error)), (&self.warn, Some(Severity::Warning)), (&self.allow, None)];
        let said = |fits: fn(&Selector, &Code) -> bool| {
            lists.iter().find(|(selectors, _)| selectors.iter().any(|selector| fits(selector, code))).map(|(_, level)| *level)
        };
        let unless_said = (!code.on_request).then_some(own);
        let level = said(Selector::names).or_else(|| said(Selector::groups)).unwrap_or(unless_said)?;
        if level != Severity::Warning {
            return Some(level);
        }
        let all = |selectors: &[Selector]| selectors.contains(&Selector::Warnings);
        match (all(&self.deny), all(&self.warn), all(&self.allow)) {
            (true, _, _) => Some(Severity::Error),
            (false, false, true) => None,
            (false, _, _) => Some(level),
        }
    }
}

/// The diagnostics as they are to be shown: suppressed ones left out, gravities as `levels` say. What is wrong
/// with the suppressions themselves is added.
pub fn apply(diagnostics: Vec<Diagnostic>, map: &SourceMap, levels: &Levels) -> Vec<Diagnostic> {
    apply_from(FileId(0), diagnostics, map, levels)
}

/// [`apply`] for what was found in files that were read after the others were judged: `first` and those behind it.
pub fn apply_from(first: FileId, diagnostics: Vec<Diagnostic>, map: &SourceMap, levels: &Levels) -> Vec<Diagnostic> {
    let (mut suppressions, mut complaints) = suppression::find_all(map);
    suppressions.retain(|suppression| suppression.span.file >= first);
    complaints.retain(|complaint| complaint.primary().is_none_or(|label| label.span.file >= first));
    let mut used = vec![false; suppressions.len()];
    let mut kept: Vec<Diagnostic> = Vec::new();
    for diagnostic in diagnostics.into_iter().chain(complaints) {
        match suppressions.iter().position(|suppression| suppression.covers(&diagnostic, map)) {
            Some(at) if diagnostic.code.severity != Severity::Error => used[at] = true,
            _ => kept.push(diagnostic),
        }
    }
    // With errors about, lints may not have run: what is unused cannot be known.
    if kept.iter().all(|diagnostic| diagnostic.severity != Severity::Error) {
        let unused = suppressions.iter().zip(used).filter(|(_, used)| !used);
        kept.extend(unused.map(|(suppression, _)| unused_suppression(suppression)));
    }
    let mut shown: Vec<Diagnostic> = kept.into_iter().filter_map(|diagnostic| at_level(diagnostic, levels)).collect();
    shown.sort_by(|a, b| a.sort_key(map).cmp(&b.sort_key(map)));
    shown
}

fn at_level(mut diagnostic: Diagnostic, levels: &Levels) -> Option<Diagnostic> {
    if diagnostic.code.severity != Severity::Error {
        diagnostic.severity = levels.of(diagnostic.code, diagnostic.severity)?;
    }
    Some(diagnostic)
}

fn unused_suppression(suppression: &Suppression) -> Diagnostic {
    let code = suppression.code;
    Diagnostic::new(&project::UNUSED_SUPPRESSION, suppression.span, format!("nothing here needs `allow {}`", code.number))
        .here(format!("no `{}` is reported for the lines it covers", code.name))
        .fix("remove the comment", suppression.comment, "", super::Safety::Unsafe)
}

#[cfg(test)]
mod tests;
