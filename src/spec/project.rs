//! A project: what stands in all its files together, for one target.

use std::path::PathBuf;

use indexmap::IndexMap;

use super::job::Job;
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
    /// Jobs by name, in the order of their files.
    pub jobs: IndexMap<String, Job>,
    /// Rulesets by name.
    pub rulesets: IndexMap<String, RulesetSpec>,
}

/// A named ruleset.
#[derive(Debug, Clone)]
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
