//! Lines above jobs and quality nodes: what can be run there, and how the last run ended.

use super::Analysis;
use super::walk::{self, Item, Named};
use crate::source::{FileId, Span};
use crate::spec::job::Role;
use crate::state::{Filter, Reader, Status};

/// A line above a place, with what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lens {
    /// The name it stands above.
    pub span: Span,
    /// What it says.
    pub title: String,
    /// What it does.
    pub act: Act,
}

/// What a lens does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// Shows what a run of a job would do.
    DryRun(String),
    /// Runs a job on the first rows of its sources, without writing.
    Sample(String),
    /// Shows the engine's plans of a job.
    Plan(String),
    /// Shows the graph of a job.
    Graph(String),
    /// Shows the figures of a quality node: `job/node`.
    Stats(String),
}

/// The lenses of a file. `store` is what runs of the project left behind, if it may be looked at.
pub fn lenses(analysis: &Analysis, file: FileId, store: Option<&dyn Reader>) -> Vec<Lens> {
    let mut found = Vec::new();
    let Some(tree) = analysis.tree(file) else { return found };
    walk::walk(tree, &mut |owner, item| {
        let Item::Name { entry, named } = item else { return };
        let span = entry.key.span();
        let name = entry.key.value.clone();
        let mut add = |title: &str, act: Act| found.push(Lens { span, title: title.to_owned(), act });
        match named {
            Named::Job => {
                add("run on sample", Act::Sample(name.clone()));
                add("dry run", Act::DryRun(name.clone()));
                add("plan", Act::Plan(name.clone()));
                add("graph", Act::Graph(name));
            }
            Named::Node(Role::Transform) => {
                let is_quality = owner.node.is_some_and(|node| node.kind == Some("evaluate_data_quality"));
                if let (true, Some(job), Some(store)) = (is_quality, owner.job, store) {
                    let context = format!("{job}/{name}");
                    if let Some(verdict) = verdict(store, &context) {
                        add(&verdict, Act::Stats(context));
                    }
                }
            }
            _ => {}
        }
    });
    found
}

/// How the last evaluation of a node ended.
fn verdict(store: &dyn Reader, context: &str) -> Option<String> {
    let filter = Filter { context: Some(context.to_owned()), metric: None, runs: Some(1) };
    let recorded = store.recorded(&filter).ok()?;
    let last = recorded.last()?;
    let verdict = match last.status {
        // Figures are recorded, not which rules held: some may have failed without a gate that stops.
        Status::Succeeded => "failed no gate",
        Status::GateFailed => "failed its gate",
    };
    let figures = recorded.iter().filter(|other| other.run_id == last.run_id).count();
    Some(format!("last evaluation {verdict}: {}, figures: {figures}", last.at.format("%Y-%m-%d %H:%M")))
}
