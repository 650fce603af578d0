//! glue-compile: a compiler for data pipelines.

pub mod cli;
pub mod diag;
pub mod plan;
pub mod run;
pub mod source;
pub mod spec;
pub mod stdlib;
pub mod syntax;
pub mod world;

use std::path::Path;

use diag::levels::{self, Levels};
use diag::{Diagnostic, Sink};
use source::SourceMap;
use spec::load::LoadOptions;
use world::World;

/// How to check.
#[derive(Debug, Clone, Default)]
pub struct CheckOptions {
    /// Target and variables.
    pub load: LoadOptions,
    /// Whether to read the heads of data files for schemas that are not declared.
    pub infer: bool,
    /// `--deny`, `--warn`, `--allow`
    pub levels: Levels,
}

/// What a check found.
#[derive(Debug, Clone, Default)]
pub struct Checked {
    /// The files that were read.
    pub map: SourceMap,
    /// What there is to say, in the order in which it is shown.
    pub diagnostics: Vec<Diagnostic>,
}

impl Checked {
    /// Adds what another check found.
    pub fn append(&mut self, other: Self) {
        let moved = self.map.append(other.map);
        self.diagnostics.extend(other.diagnostics.into_iter().map(|diagnostic| diagnostic.moved(moved)));
    }
}

/// Checks the project that `path` (a folder, a project file, a spec or a `.dqdl` file) names.
pub fn check(world: &dyn World, path: &Path, options: &CheckOptions) -> Checked {
    let mut map = SourceMap::default();
    let mut sink = Sink::default();
    let files = |pattern| world.glob(path, pattern).unwrap_or_default();
    let paths = if world.is_dir(path) { [files("**/*.yaml"), files("**/*.dqdl")].concat() } else { vec![path.to_path_buf()] };
    for path in paths {
        let Ok(text) = world.read(&path) else { continue };
        let file = map.add(&path, text.as_str());
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("yaml") => {
                syntax::yaml::parse(file, &text, &mut sink);
            }
            Some("dqdl") => {
                let whole = source::EmbedMap::file(file, text.len());
                syntax::dqdl::parse(&text, &whole, syntax::dqdl::Dialect::Superset, &mut sink);
            }
            _ => {}
        }
    }
    let diagnostics = levels::apply(sink.finish(&map), &map, &options.levels);
    Checked { map, diagnostics }
}
