//! A project: what stands in all its files together, for one target.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use indexmap::IndexMap;

use super::catalog::Catalog;
use super::job::Job;
use crate::diag::codes::project::UNKNOWN_RULESET;
use crate::diag::{Diagnostic, Sink};
use crate::source::{FileId, Span, Text};

/// A project as written, variables filled in for one target.
#[derive(Debug, Clone)]
pub struct Project {
    /// The folder that relative paths start from.
    pub root: PathBuf,
    /// `name:`, or the root folder's name.
    pub name: String,
    /// The target it was loaded for; `None` if it has none.
    pub target: Option<String>,
    /// All targets that it has.
    pub targets: Vec<String>,
    /// Variables that have a value, with it.
    pub variables: IndexMap<String, String>,
    /// Jobs by name, in the order of their files.
    pub jobs: IndexMap<String, Arc<Job>>,
    /// The tables that are declared; shared, because all jobs depend on them.
    pub catalog: Arc<Catalog>,
    /// Rulesets by name.
    pub rulesets: IndexMap<String, Arc<RulesetSpec>>,
    /// Rulesets that a setting names by a path, by that path; `None` if the file could not be read (reported).
    pub ruleset_files: IndexMap<String, Option<Arc<RulesetSpec>>>,
    /// The project file, and the files with variables, targets or templates: all jobs depend on them.
    pub shared: BTreeSet<FileId>,
}

/// A named ruleset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesetSpec {
    /// Its name, where it is defined.
    pub name: Text,
    /// The DQDL text and its place (in a YAML scalar, or a `.dqdl` file as a whole).
    pub text: Text,
    /// Where it is defined.
    pub span: Span,
    /// The file that holds the DQDL text.
    pub file: FileId,
}

/// The ruleset that a setting `ruleset:` names or holds: a name, the path of a `.dqdl` file, or DQDL text.
/// `None` if there is none of that name (reported).
pub fn resolve_ruleset(project: &Project, setting: &Text, sink: &mut Sink) -> Option<Arc<RulesetSpec>> {
    match RulesetRef::of(setting.as_str()) {
        RulesetRef::Inline => Some(Arc::new(RulesetSpec {
            name: Text::new("inline", setting.span()),
            text: setting.clone(),
            span: setting.span(),
            file: setting.span().file,
        })),
        // Every path was tried when the project was loaded, and said what was wrong with it.
        RulesetRef::Path(path) => project.ruleset_files.get(path).cloned().flatten(),
        RulesetRef::Name(name) => {
            if let Some(found) = project.rulesets.get(name) {
                return Some(Arc::clone(found));
            }
            let known = project.rulesets.keys().map(String::as_str);
            let diagnostic = Diagnostic::new(&UNKNOWN_RULESET, setting.span(), format!("there is no ruleset `{name}`"))
                .here("unknown ruleset");
            sink.push(if project.rulesets.is_empty() {
                diagnostic.help(format!("define it under `rulesets:`, or put it into a file `{name}.dqdl` beside this one"))
            } else {
                diagnostic.suggest_or_list(setting.span(), name, "the project's rulesets are", known)
            });
            None
        }
    }
}

/// What a setting `ruleset:` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RulesetRef<'a> {
    /// The name of a ruleset of the project.
    Name(&'a str),
    /// The path of a `.dqdl` file.
    Path(&'a str),
    /// DQDL text itself.
    Inline,
}

impl<'a> RulesetRef<'a> {
    /// Tells them apart: a path ends in `.dqdl`, a name is a single word.
    pub fn of(text: &'a str) -> Self {
        let word = text.trim();
        if word.contains(['\n', '[', '"']) {
            return Self::Inline;
        }
        let ending = word.rsplit_once('.').map(|(_, ending)| ending);
        if ending.is_some_and(|ending| ending.eq_ignore_ascii_case("dqdl")) {
            return Self::Path(word);
        }
        if word.chars().all(|c| c.is_alphanumeric() || "_-.".contains(c)) { Self::Name(word) } else { Self::Inline }
    }
}

#[cfg(test)]
mod tests {
    use super::RulesetRef::{self, Inline, Name, Path};

    #[test]
    fn a_ruleset_is_named_or_written() {
        let check = |text: &str, expected: RulesetRef| assert_eq!(RulesetRef::of(text), expected, "{text}");
        check("orders", Name("orders"));
        check("orders-v2", Name("orders-v2"));
        check("rules/orders.dqdl", Path("rules/orders.dqdl"));
        check("Rules = [ RowCount > 1 ]", Inline);
        check("Rules = [\n  RowCount > 1\n]\n", Inline);
        check("RowCount > 1", Inline);
    }
}
