//! A project as it was checked last, kept so that the next check costs only what has changed.
//!
//! In: a world and a path. Out: an [`Analysis`], which says exactly what [`crate::check`] would say.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use indexmap::IndexMap;

use super::index::Index;
use crate::check;
use crate::diag::{Diagnostic, Sink, levels};
use crate::ir::Job;
use crate::lineage;
use crate::source::{FileId, SourceFile, SourceMap};
use crate::spec::load::{self, LoadOptions};
use crate::spec::project;
use crate::stdlib::connector::Infer;
use crate::stdlib::expr::engine::Engine;
use crate::syntax::yaml::Node;
use crate::world::World;
use crate::{CheckOptions, Checked};

/// What is known of a project, a lone spec or a lone ruleset.
#[derive(Debug, Default)]
pub struct Analysis {
    /// The folder, the spec or the ruleset that was checked.
    pub path: PathBuf,
    /// The files that were read.
    pub map: SourceMap,
    /// What there is to say of them.
    pub diagnostics: Vec<Diagnostic>,
    /// The specs that could be read.
    pub trees: Vec<(FileId, Arc<Node>)>,
    /// What they say together. Of an earlier state, if a file cannot be read at all now.
    pub project: Option<Arc<project::Project>>,
    /// The jobs, checked.
    pub jobs: Arc<IndexMap<String, Arc<Job>>>,
    /// Whether [`project`](Self::project) and [`jobs`](Self::jobs) are of an earlier state: names in them count, places do not.
    pub stale: bool,
    index: OnceLock<Index>,
}

impl Analysis {
    /// The file of that path, if it belongs to what was checked.
    pub fn file(&self, path: &Path) -> Option<FileId> {
        self.map.find(path)
    }

    /// The tree of a spec, if it could be read.
    pub fn tree(&self, file: FileId) -> Option<&Node> {
        self.trees.iter().find(|(id, _)| *id == file).map(|(_, tree)| tree.as_ref())
    }

    /// Every name with what it means; empty while a file cannot be read.
    pub fn index(&self) -> &Index {
        self.index.get_or_init(|| Index::of(self))
    }
}

/// A project, a lone spec or a lone ruleset that is checked again and again.
#[derive(Debug)]
pub struct Project {
    path: PathBuf,
    default: Kept,
    /// What is kept for the other targets.
    others: IndexMap<String, Kept>,
    last: Option<Arc<Analysis>>,
}

/// What is kept of a project as it is for one target.
#[derive(Debug, Default)]
struct Kept {
    loaded: load::Memory,
    checked: check::Memory,
}

/// A project as it is for one target.
struct Compiled {
    map: SourceMap,
    said: Vec<Diagnostic>,
    project: Option<(project::Project, IndexMap<String, Arc<Job>>)>,
}

impl Project {
    /// The project that `path` (a folder, a spec or a `.dqdl` file) names; nothing is read yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), default: Kept::default(), others: IndexMap::new(), last: None }
    }

    /// What names it.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Checks it as it is now, for all targets. `None` if `stop` said so before the end.
    pub fn analyse(&mut self, world: &dyn World, engine: &Engine, stop: &dyn Fn() -> bool) -> Option<Arc<Analysis>> {
        let done = if self.path.extension().is_some_and(|extension| extension == "dqdl") {
            let Checked { map, diagnostics, .. } = check(world, &self.path, &CheckOptions::default());
            Analysis { path: self.path.clone(), map, diagnostics, ..Analysis::default() }
        } else {
            self.specs(world, engine, stop)?
        };
        let done = Arc::new(done);
        self.last = Some(Arc::clone(&done));
        Some(done)
    }

    fn specs(&mut self, world: &dyn World, engine: &Engine, stop: &dyn Fn() -> bool) -> Option<Analysis> {
        let Compiled { mut map, said: mut found, project } = self.default.compile(world, engine, &self.path, None, stop)?;
        let tree = |(id, file): (FileId, &SourceFile)| Some((id, Arc::clone(self.default.loaded.tree(&file.path)?)));
        let trees = map.iter().filter_map(tree).collect();
        let mut targets: Vec<String> = Vec::new();
        if let Some((project, _)) = &project {
            targets.extend(project.targets.iter().filter(|name| project.target.as_ref() != Some(*name)).cloned());
        }
        self.others.retain(|name, _| targets.contains(name));
        for target in targets {
            let kept = self.others.entry(target.clone()).or_default();
            let own = kept.compile(world, engine, &self.path, Some(target.clone()), stop)?;
            crate::add_for_target(own.said, &own.map, &target, &mut map, &mut found);
        }
        let diagnostics = levels::apply(found, &map, &levels::Levels::default());
        let mut done = Analysis { path: self.path.clone(), map, diagnostics, trees, ..Analysis::default() };
        match (project, &self.last) {
            (Some((project, jobs)), _) => {
                done.project = Some(Arc::new(project));
                done.jobs = Arc::new(jobs);
            }
            (None, Some(last)) => {
                done.project.clone_from(&last.project);
                done.jobs = Arc::clone(&last.jobs);
                done.stale = true;
            }
            (None, None) => done.stale = true,
        }
        Some(done)
    }
}

impl Kept {
    /// Loads and checks a project for a target, or for the default one. `None` if `stop` said so before the end.
    fn compile(
        &mut self,
        world: &dyn World,
        engine: &Engine,
        path: &Path,
        target: Option<String>,
        stop: &dyn Fn() -> bool,
    ) -> Option<Compiled> {
        let mut map = SourceMap::default();
        let mut sink = Sink::default();
        let (options, words) = (LoadOptions { target, ..LoadOptions::default() }, check::vocabulary());
        let loaded = load::load_again(world, path, &options, &words, &mut self.loaded, &mut map, &mut sink);
        self.loaded.keep(&map);
        let project = match loaded {
            Some(project) => {
                let cx = check::Cx { world, project: &project, engine, infer: Infer::Off, lints: lineage::lint };
                let jobs = self.checked.project(&cx, stop, &mut sink)?;
                Some((project, jobs))
            }
            None => None,
        };
        Some(Compiled { said: sink.finish(&map), map, project })
    }
}
