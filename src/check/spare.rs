//! Rulesets that no node evaluates: nothing is known of their data, but what is written there must be rules.
//!
//! They are written for `quality eval`, or for a node that is yet to come; a fault in them would be found only then.

use std::collections::HashSet;
use std::sync::Arc;

use crate::diag::{Severity, Sink};
use crate::source::{EmbedMap, FileId};
use crate::spec::project::{Project, RulesetRef, RulesetSpec};
use crate::stdlib::rule;
use crate::syntax::dqdl::{self, Dialect};

/// The named rulesets of a project that no job evaluates.
pub(super) fn rulesets(project: &Project) -> impl Iterator<Item = &Arc<RulesetSpec>> {
    let named =
        project.jobs.values().flat_map(|job| job.rulesets()).filter_map(|setting| match RulesetRef::of(setting.as_str()) {
            RulesetRef::Name(name) => Some(name),
            RulesetRef::Path(_) | RulesetRef::Inline => None,
        });
    let named: HashSet<&str> = named.collect();
    let by_path: HashSet<FileId> = project.ruleset_files.values().flatten().map(|ruleset| ruleset.file).collect();
    let is_spare =
        move |(name, ruleset): &(&String, &Arc<RulesetSpec>)| !named.contains(name.as_str()) && !by_path.contains(&ruleset.file);
    project.rulesets.iter().filter(is_spare).map(|(_, ruleset)| ruleset)
}

/// The errors in the syntax of a ruleset and in the shape of its rules. What else could be said of it waits until it is used.
pub(super) fn check(ruleset: &RulesetSpec, sink: &mut Sink) {
    let mut said = Sink::default();
    alone(ruleset.text.as_str(), &ruleset.text.map, &mut said);
    said.iter().filter(|said| said.severity == Severity::Error).for_each(|error| sink.push(error.clone()));
}

/// A ruleset of whose data nothing is known: its syntax, and the shape of its rules.
pub fn alone(text: &str, map: &EmbedMap, sink: &mut Sink) {
    let parsed = dqdl::parse(text, map, Dialect::Superset, sink);
    rule::accept_all(&parsed, Dialect::Superset, sink);
}
