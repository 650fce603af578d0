//! Which files a job consists of: for what a change touches.

use std::collections::BTreeSet;

use super::param::{Param, ParamType};
use super::project::{Project, resolve_ruleset};
use crate::diag::Sink;
use crate::source::{FileId, Span};

/// Where what a job consists of is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobPlaces {
    /// The job's name.
    pub name: String,
    /// The job itself, and the texts of its rulesets.
    pub places: Vec<Span>,
    /// Files whose variables, targets and templates all jobs share.
    pub shared: BTreeSet<FileId>,
}

impl JobPlaces {
    /// Whether one of the files has a part of the job.
    pub fn uses(&self, files: &BTreeSet<FileId>) -> bool {
        self.places.iter().any(|place| files.contains(&place.file)) || !self.shared.is_disjoint(files)
    }

    /// Whether a place is in the job or in one of its rulesets.
    pub fn holds(&self, span: Span) -> bool {
        self.places.iter().any(|place| place.file == span.file && place.start <= span.start && span.end <= place.end)
    }

    /// The same after the ids of its files have moved.
    #[must_use]
    pub fn moved(mut self, files: u32) -> Self {
        for place in &mut self.places {
            *place = place.moved(files);
        }
        self.shared = self.shared.into_iter().map(|file| FileId(file.0 + files)).collect();
        self
    }
}

/// The places of every job of a project. `transforms`: their tables, which say what names a ruleset.
pub fn job_places(project: &Project, transforms: &[(&'static str, &'static [Param])]) -> Vec<JobPlaces> {
    let is_ruleset = |kind: &str, name: &str| {
        let table = transforms.iter().find(|(known, _)| *known == kind).map_or(&[][..], |(_, table)| table);
        table.iter().any(|param| param.name == name && matches!(param.ty, ParamType::Ruleset))
    };
    let places = |job: &super::job::Job| {
        let settings = job.nodes.values().flat_map(|node| {
            let entries = node.args.iter().flat_map(|args| &args.entries);
            entries.filter(|(name, _)| is_ruleset(node.kind.as_str(), name)).filter_map(|(_, arg)| arg.text())
        });
        // What cannot be found was reported.
        let rulesets = settings.filter_map(|setting| resolve_ruleset(project, setting, &mut Sink::default()));
        let mut places = vec![job.name.span().to(job.span)];
        places.extend(rulesets.map(|ruleset| ruleset.text.span()));
        places
    };
    project
        .jobs
        .iter()
        .map(|(name, job)| JobPlaces { name: name.clone(), places: places(job), shared: project.shared.clone() })
        .collect()
}
