//! Rulesets that no node evaluates: nothing is known of their data, but what is written there must be rules.
//!
//! They are written for `quality eval`, or for a node that is yet to come; a fault in them would be found only then.

use std::collections::HashSet;
use std::sync::Arc;

use crate::diag::{Severity, Sink};
use crate::source::FileId;
use crate::spec::job::Job;
use crate::spec::project::{Project, RulesetRef, RulesetSpec};
use crate::stdlib::rule;
use crate::syntax::dqdl::{self, Dialect};

/// The named rulesets of a project that no job evaluates.
pub(super) fn rulesets(project: &Project) -> impl Iterator<Item = &Arc<RulesetSpec>> {
    let named: HashSet<&str> = project.jobs.values().flat_map(|job| names(job)).collect();
    let by_path: HashSet<FileId> = project.ruleset_files.values().flatten().map(|ruleset| ruleset.file).collect();
    let is_spare =
        move |(name, ruleset): &(&String, &Arc<RulesetSpec>)| !named.contains(name.as_str()) && !by_path.contains(&ruleset.file);
    project.rulesets.iter().filter(is_spare).map(|(_, ruleset)| ruleset)
}

/// The names of rulesets that a job's nodes have as a setting.
fn names(job: &Job) -> impl Iterator<Item = &str> {
    let settings = job.nodes.values().filter_map(|node| node.args.as_ref()?.text("ruleset"));
    settings.filter_map(|setting| match RulesetRef::of(setting.as_str()) {
        RulesetRef::Name(name) => Some(name),
        RulesetRef::Path(_) | RulesetRef::Inline => None,
    })
}

/// The errors in the syntax of a ruleset and in the shape of its rules. What else could be said of it waits until it is used.
pub(super) fn check(ruleset: &RulesetSpec, sink: &mut Sink) {
    let (dialect, mut said) = (Dialect::Superset, Sink::default());
    let parsed = dqdl::parse(ruleset.text.as_str(), &ruleset.text.map, dialect, &mut said);
    rule::accept_all(&parsed, dialect, &mut said);
    said.iter().filter(|said| said.severity == Severity::Error).for_each(|error| sink.push(error.clone()));
}
