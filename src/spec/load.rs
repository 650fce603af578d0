//! From a folder or a file to a [`Project`]: discovery, includes, variables, targets.

use std::path::Path;

use indexmap::IndexMap;

use super::param::Param;
use super::project::Project;
use crate::diag::Sink;
use crate::source::SourceMap;
use crate::world::World;

/// What can be said: which types of sources, transforms and sinks there are. The standard library fills it in.
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
    let _ = (world, path, options, vocabulary, map, sink);
    None
}
