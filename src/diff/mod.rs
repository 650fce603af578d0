//! What changed between two versions of a project, and whether those who read its tables have to do something about it.
//!
//! In: two programs without errors. Out: [`Change`]s, each with a kind, a verdict, a place in one of the versions and a sentence.
//! Reads nothing; `run::git_world` gives the older version its files.

mod columns;
mod impact;
mod quality;
mod settings;
mod tables;

#[cfg(test)]
mod tests;

use crate::ir::{Job, Node, Program};
use crate::lineage::{JobLineage, Traces, of_all};
use crate::plan::{self, JobPlan};
use crate::source::Span;
use crate::spec::job::Role;
use crate::stdlib::expr::engine::{EngineOptions, session};

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its kind.
    pub kind: Kind,
    /// Whether readers of what the project writes, or its own next run, may break or be misled.
    pub breaking: bool,
    /// The job; empty if it is about a declared table.
    pub job: String,
    /// The node, if it is about one.
    pub node: Option<String>,
    /// The declared table, if it is about one.
    pub table: Option<String>,
    /// What changed, a clause that stands alone.
    pub message: String,
    /// What else is touched by it, a clause each: columns of sinks, rules.
    pub touches: Vec<String>,
    /// Where it is written; in the older version if it is not there any more.
    pub place: Option<Place>,
}

/// Where a change is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the older version.
    Old(Span),
    /// In the newer one.
    New(Span),
}

macro_rules! kinds {
    ($($(#[$meta:meta])* $name:ident = $word:literal),* $(,)?) => {
        /// What kind of change it is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($(#[$meta])* $name,)* }

        impl Kind {
            /// Every kind.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The word in documents.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

kinds! {
    /// A job is new.
    JobAdded = "job-added",
    /// A job is gone.
    JobRemoved = "job-removed",
    /// A source or transform is new.
    NodeAdded = "node-added",
    /// A source or transform is gone.
    NodeRemoved = "node-removed",
    /// A node is of another type.
    NodeType = "node-type",
    /// A sink is new.
    SinkAdded = "sink-added",
    /// A sink is gone.
    SinkRemoved = "sink-removed",
    /// A sink has a column more.
    ColumnAdded = "column-added",
    /// A sink has a column less.
    ColumnRemoved = "column-removed",
    /// A column of a sink is of another type.
    ColumnType = "column-type",
    /// A column of a sink may be NULL now, or may not any more.
    ColumnNullability = "column-nullability",
    /// The columns of a sink stand in another order.
    ColumnOrder = "column-order",
    /// A column of a sink is made of other columns, or in another way.
    ColumnOrigin = "column-origin",
    /// A source has a column more.
    SourceColumnAdded = "source-column-added",
    /// A source has a column less.
    SourceColumnRemoved = "source-column-removed",
    /// A column of a source is of another type.
    SourceColumnType = "source-column-type",
    /// A source has another name, path or key: what was read is not known under it.
    BookmarkIdentity = "bookmark-identity",
    /// A sink writes elsewhere.
    SinkPath = "sink-path",
    /// A sink treats what is there otherwise.
    SinkMode = "sink-mode",
    /// A sink writes other folders.
    SinkPartitions = "sink-partitions",
    /// A sink writes another format.
    SinkFormat = "sink-format",
    /// A rule is new.
    RuleAdded = "rule-added",
    /// A rule is gone.
    RuleRemoved = "rule-removed",
    /// A rule demands less.
    RuleLoosened = "rule-loosened",
    /// A rule demands more.
    RuleTightened = "rule-tightened",
    /// A rule demands something else.
    RuleChanged = "rule-changed",
    /// A failed rule or failing rows have lesser consequences.
    GateLoosened = "gate-loosened",
    /// They have graver ones.
    GateTightened = "gate-tightened",
    /// A node reads other nodes.
    Inputs = "inputs",
    /// A job runs in other stages.
    Plan = "plan",
    /// A declared table is new.
    TableAdded = "table-added",
    /// A declared table is gone.
    TableRemoved = "table-removed",
    /// A declared table has a column more.
    TableColumnAdded = "table-column-added",
    /// A declared table has a column less.
    TableColumnRemoved = "table-column-removed",
    /// A column of a declared table is of another type.
    TableColumnType = "table-column-type",
    /// A column of a declared table may be NULL now, or may not any more.
    TableColumnNullability = "table-column-nullability",
    /// A declared table lies elsewhere.
    TableLocation = "table-location",
    /// The files of a declared table are of another format.
    TableFormat = "table-format",
    /// A declared table has other folders.
    TablePartitions = "table-partitions",
    /// Any other setting.
    Setting = "setting",
}

/// A job in both versions, with all that is known of it.
struct Pair<'a> {
    old: Side<'a>,
    new: Side<'a>,
}

struct Side<'a> {
    job: &'a Job,
    lineage: &'a JobLineage,
    traces: Traces,
}

/// The changes from one version of a project to the next: declared tables, then job by job; those that break something first.
pub fn compare(old: &Program, new: &Program) -> Vec<Change> {
    let (before, after) = (of_all(old), of_all(new));
    let mut changes = tables::compare(old, new);
    for (job, lineage) in &after {
        match before.iter().find(|(other, _)| other.name.value == job.name.value) {
            Some((other, of_other)) => {
                let pair = Pair {
                    old: Side { job: other, lineage: of_other, traces: Traces::of(other, of_other) },
                    new: Side { job, lineage, traces: Traces::of(job, lineage) },
                };
                let mut found = jobs(&pair);
                found.sort_by_key(|change| !change.breaking);
                changes.extend(found);
            }
            None => changes.push(Change::of_job(
                Kind::JobAdded,
                false,
                job,
                format!("job `{}` is new", job.name),
                Place::New(job.name.span()),
            )),
        }
    }
    for (job, _) in &before {
        if !new.jobs.contains_key(&job.name.value) {
            let message = format!("job `{}` is gone", job.name);
            changes.push(Change::of_job(Kind::JobRemoved, true, job, message, Place::Old(job.name.span())));
        }
    }
    changes
}

impl Change {
    fn of_job(kind: Kind, breaking: bool, job: &Job, message: String, place: Place) -> Self {
        let job = job.name.value.clone();
        Self { kind, breaking, job, node: None, table: None, message, touches: Vec::new(), place: Some(place) }
    }

    fn of_node(kind: Kind, breaking: bool, job: &Job, node: &Node, message: String, place: Place) -> Self {
        Self { node: Some(node.name.value.clone()), ..Self::of_job(kind, breaking, job, message, place) }
    }

    fn touching(mut self, touches: Vec<String>) -> Self {
        self.touches = touches;
        self
    }
}

fn jobs(pair: &Pair<'_>) -> Vec<Change> {
    let mut changes = settings::of_job(pair);
    for (id, node) in pair.new.job.iter() {
        let Some(before) = pair.old.job.find(node.name.as_str()).filter(|id| pair.old.job.node(*id).role == node.role) else {
            changes.push(added(pair, node));
            continue;
        };
        changes.extend(settings::of_node(pair, before, id));
        match node.role {
            Role::Sink => changes.extend(columns::of_sink(pair, before, id)),
            Role::Source => changes.extend(columns::of_source(pair, before, id)),
            Role::Transform => {}
        }
        if node.is_quality() {
            changes.extend(quality::of_node(pair, before, id));
        }
    }
    for (id, node) in pair.old.job.iter() {
        let there = pair.new.job.find(node.name.as_str()).is_some_and(|id| pair.new.job.node(id).role == node.role);
        if !there {
            changes.extend(removed(pair, id, node));
        }
    }
    changes.extend(plans(pair));
    changes
}

fn word(node: &Node) -> &'static str {
    match node.role {
        Role::Source => "source",
        Role::Transform => "transform",
        Role::Sink => "sink",
    }
}

fn added(pair: &Pair<'_>, node: &Node) -> Change {
    let kind = if node.role == Role::Sink { Kind::SinkAdded } else { Kind::NodeAdded };
    let message = format!("{} `{}` is new", word(node), node.name);
    Change::of_node(kind, false, pair.new.job, node, message, Place::New(node.name.span()))
}

fn removed(pair: &Pair<'_>, id: crate::ir::NodeId, node: &Node) -> Vec<Change> {
    let is_sink = node.role == Role::Sink;
    let kind = if is_sink { Kind::SinkRemoved } else { Kind::NodeRemoved };
    let message = format!("{} `{}` is gone", word(node), node.name);
    let place = Place::Old(node.name.span());
    let mut changes = vec![Change::of_node(kind, is_sink, pair.old.job, node, message, place)];
    if node.role == Role::Source {
        changes.extend(settings::renamed_source(pair, node));
    }
    if node.is_quality() {
        changes.extend(quality::gone(pair, id));
    }
    changes
}

/// Whether the job is cut in other places.
fn plans(pair: &Pair<'_>) -> Option<Change> {
    let engine = session(&EngineOptions::CHECK);
    let stages = |job: &Job| -> Option<(JobPlan, Vec<String>)> {
        let plan = plan::lower(job, &engine, &mut plan::Unconnected { job }).ok()?;
        let names = plan.stages.iter().map(|stage| format!("`{}`", job.node(stage.node).name)).collect();
        Some((plan, names))
    };
    let (old, before) = stages(pair.old.job)?;
    let (new, after) = stages(pair.new.job)?;
    // How many rules a pass judges is told of the rules.
    let text = |job: &Job, plan: &JobPlan| -> String {
        plan::stages(job, plan).chars().filter(|c| !c.is_ascii_digit()).collect::<String>().replace("rules", "rule")
    };
    if before == after && text(pair.old.job, &old) == text(pair.new.job, &new) {
        return None;
    }
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let message = if before == after {
        format!("the stages of job `{}` read other nodes, or evaluate rules in other passes", pair.new.job.name)
    } else {
        format!("job `{}` runs in other stages: {} before, {} now", pair.new.job.name, list(&before), list(&after))
    };
    Some(Change::of_job(Kind::Plan, false, pair.new.job, message, Place::New(pair.new.job.name.span())))
}
