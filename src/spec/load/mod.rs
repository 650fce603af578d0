//! From a folder or a file to a [`Project`]: discovery, includes, variables, targets, jobs, rulesets.
//!
//! In: a path and a world. Out: what stands in all files together, `${…}` filled in for one target. Every fault of every
//! file is pushed; a project comes back unless a file could not be read at all, because then names would seem to be missing.

mod catalog;
mod discover;
mod jobs;
mod later;
mod memory;
mod overrides;
mod pins;
mod reference;
mod rulesets;
mod sections;
mod tables;
mod targets;
mod templates;
#[cfg(test)]
mod tests;
mod texts;
mod variables;

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::param::Param;
use super::project::Project;
use crate::diag::Sink;
use crate::source::SourceMap;
use crate::world::World;

pub use discover::{PROJECT_FILE, is_test_file, shown};
pub use memory::Memory;
pub use rulesets::RULESET;
pub use sections::LATER as SECTIONS_LATER;
pub use tables::{CATALOG, COLUMN, JOB, LATER as PARTS_LATER, NODE, PARTS, SOURCE, TABLE_REF};
pub use targets::LATER as TARGETS_LATER;
pub use variables::{DEFAULT, VARIABLE};

/// What can be said: which types of sources, transforms and sinks there are. The standard library fills it in.
#[derive(Debug, Clone, Default)]
pub struct Vocabulary {
    /// Names of source types, with their settings.
    pub sources: Vec<(&'static str, &'static [Param])>,
    /// Names of transform types, with their settings.
    pub transforms: Vec<(&'static str, &'static [Param])>,
    /// Names of sink types, with their settings.
    pub sinks: Vec<(&'static str, &'static [Param])>,
}

/// What the command line says about loading.
#[derive(Debug, Clone, Default)]
pub struct LoadOptions {
    /// `--target`
    pub target: Option<String>,
    /// `--var k=v`
    pub variables: IndexMap<String, String>,
}

/// Reads the project that `path` (a folder, a `glue-compile.yaml` or a single `*.glue.yaml`) names.
pub fn load(
    world: &dyn World,
    path: &Path,
    options: &LoadOptions,
    vocabulary: &Vocabulary,
    map: &mut SourceMap,
    sink: &mut Sink,
) -> Option<Project> {
    load_again(world, path, options, vocabulary, &mut Memory::default(), map, sink)
}

/// [`load`] where much is as it was the last time: what `memory` has is not read again.
pub fn load_again(
    world: &dyn World,
    path: &Path,
    options: &LoadOptions,
    vocabulary: &Vocabulary,
    memory: &mut Memory,
    map: &mut SourceMap,
    sink: &mut Sink,
) -> Option<Project> {
    let mut texts = texts::Texts { world, map, files: &mut memory.files };
    let layout = discover::discover(path, &mut texts, &mut memory.trees, sink)?;
    let mut sections = sections::collect(&layout, world.now().date_naive(), sink);
    let target = targets::select(&sections, options, sink);
    let values = variables::resolve(world, &sections, target.as_ref(), options, sink);
    overrides::apply(&mut sections, target.as_ref(), sink);
    catalog::fill_references(&mut sections, &values, sink);
    let catalog = Arc::new(catalog::read(&sections, sink));
    let mut reader = rulesets::Reader { texts: &mut texts, root: &layout.root, known: &mut memory.rulesets, pins: 0 };
    let rulesets = rulesets::named(&sections, &layout, &values, &mut reader, sink);
    let jobs = jobs::jobs(&sections, &values, vocabulary, &mut reader, &mut memory.jobs, sink);
    let shared = sections.shared(&layout);
    let ruleset_files = rulesets::files(&jobs, vocabulary, &mut reader, sink);
    layout.complete.then(|| Project {
        name: sections.name.clone().unwrap_or(layout.name),
        root: layout.root,
        variables: values.known(),
        target: target.map(|target| target.name.value),
        targets: sections.targets.iter().map(|target| target.key.value.clone()).collect(),
        jobs,
        catalog,
        rulesets,
        ruleset_files,
        shared,
    })
}
