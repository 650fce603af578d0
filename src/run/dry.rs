//! What a run would do, without doing it: files that would be read, stages, what would be replaced.

use std::fmt::Write as _;
use std::path::Path;

use datafusion::common::human_readable_size;

use super::sources;
use crate::diag::Diagnostic;
use crate::ir::{Job, Kind};
use crate::plan::{self, Unconnected};
use crate::spec::job::Role;
use crate::stdlib::connector::FileEntry;
use crate::stdlib::connector::file::sink::{Mode, WritePlan};
use crate::stdlib::expr::engine::{EngineOptions, session};
use crate::world::World;

/// What a run of a job would do.
#[derive(Debug)]
pub struct DryRun {
    /// The job.
    pub job: String,
    /// Every source with its files.
    pub sources: Vec<(String, Vec<FileEntry>)>,
    /// The stages as text.
    pub stages: String,
    /// What every sink would write over.
    pub sinks: Vec<WritePlan>,
}

/// Plans a run of a job that was checked without errors. Lists files, reads and writes none.
pub fn plan(job: &Job, root: &Path, world: &dyn World) -> Result<DryRun, Diagnostic> {
    let listed = sources::list(job, world, root)?;
    let files = listed.iter().map(|(id, source)| (job.node(id).name.value.clone(), source.files.clone())).collect();
    let engine = session(&EngineOptions::CHECK);
    let lowered = plan::lower(job, &engine, &mut Unconnected { job });
    let lowered = lowered.map_err(|error| super::execute::describe(&error, Some(job)))?;
    let mut sinks = Vec::new();
    for (_, node) in job.iter().filter(|(_, node)| node.role == Role::Sink) {
        let (Some(Kind::Sink(connector)), Some(args)) = (node.kind, &node.args) else { continue };
        let Some(def) = &connector.sink else { continue };
        sinks.push((def.plan)(node.name.as_str(), args, root, None).map_err(|failure| failure.0)?);
    }
    Ok(DryRun { job: job.name.value.clone(), sources: files, stages: plan::stages(job, &lowered), sinks })
}

impl DryRun {
    /// The whole as text, for people.
    pub fn text(&self) -> String {
        let mut out = String::new();
        // Writing to a string cannot fail.
        let _ = writeln!(out, "job {}", self.job);
        for (name, files) in &self.sources {
            let bytes: u64 = files.iter().map(|file| file.size).sum();
            let _ = writeln!(out, "  source {name} would read {} ({})", count(files.len(), "file"), size(bytes));
            for file in files.iter().take(SHOWN) {
                let _ = writeln!(out, "    {} ({})", file.shown, size(file.size));
            }
            if files.len() > SHOWN {
                let _ = writeln!(out, "    and {} more", files.len() - SHOWN);
            }
        }
        for line in self.stages.lines() {
            let _ = writeln!(out, "  {line}");
        }
        for sink in &self.sinks {
            let keys = if sink.partition_keys.is_empty() {
                String::new()
            } else {
                format!(", in folders by {}", sink.partition_keys.join(", "))
            };
            let files = format!("{} ({})", count(sink.existing.len(), "file"), size(sink.existing_bytes()));
            let there = match (sink.existing.len(), sink.mode) {
                (0, _) => "nothing is there yet".to_owned(),
                (_, Mode::Overwrite) => format!("{files} there would be removed"),
                (_, Mode::OverwritePartitions) => {
                    format!("of {files} there, those in the folders that are written would be removed")
                }
                (_, Mode::Append | Mode::ErrorIfExists) => format!("{files} there would stay"),
            };
            let _ = writeln!(out, "  sink {} would write to {} ({}{keys}; {there})", sink.sink, sink.shown, sink.mode.name());
        }
        out
    }
}

/// How many files of a source are named.
const SHOWN: usize = 10;

fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

fn size(bytes: u64) -> String {
    human_readable_size(usize::try_from(bytes).unwrap_or(usize::MAX))
}
