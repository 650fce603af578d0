//! What was checked before: a job is checked again only if something it depends on is not as it was.
//!
//! A job depends on what was written of it, on the rulesets that its nodes name, on the tables of the catalog, and on what it asked
//! the world. The first three are compared, the world is asked again unless its stamp says that nothing has changed. (Time goes on without a job being checked again for it.)

use std::collections::HashMap;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use indexmap::IndexMap;

use super::{Cx, is_faulty, spare};
use crate::diag::{Diagnostic, Sink};
use crate::ir::Job;
use crate::spec::catalog::Catalog;
use crate::spec::job::Job as JobSpec;
use crate::spec::project::{Project, RulesetSpec, resolve_ruleset};
use crate::world::World;

/// The jobs of a project as they were checked last.
#[derive(Debug, Default)]
pub struct Memory {
    jobs: HashMap<String, Kept>,
    /// Rulesets that no job evaluates, by name, with what was said of them.
    spare: HashMap<String, (Arc<RulesetSpec>, Vec<Diagnostic>)>,
}

#[derive(Debug)]
struct Kept {
    spec: Arc<JobSpec>,
    rulesets: Vec<Resolved>,
    catalog: Arc<Catalog>,
    faulty: bool,
    root: PathBuf,
    facts: Vec<Fact>,
    /// That of the world when the facts held.
    stamp: Option<u64>,
    job: Arc<Job>,
    said: Vec<Diagnostic>,
}

impl Kept {
    /// Whether all that was asked would be answered the same way.
    fn holds(&self, world: &dyn World) -> bool {
        let is_still = self.stamp.is_some() && self.stamp == world.stamp();
        self.facts.iter().all(|fact| is_still && !fact.may_change(world) || fact.holds(world))
    }
}

/// What a setting `ruleset` stands for, and what is said if it stands for nothing.
type Resolved = (Option<Arc<RulesetSpec>>, Vec<Diagnostic>);

impl Memory {
    /// Checks every job of a project, as [`super::project`] does. `None` if `stop` said so; what was checked until then is kept.
    pub fn project(&mut self, cx: &Cx<'_>, stop: &dyn Fn() -> bool, sink: &mut Sink) -> Option<IndexMap<String, Arc<Job>>> {
        // Each is looked at before it counts; those that are gone only take room.
        if self.jobs.len() > cx.project.jobs.len() {
            self.jobs.retain(|name, _| cx.project.jobs.contains_key(name));
        }
        super::contracts::declarations(cx, sink);
        let faulty: Vec<bool> = cx.project.jobs.values().map(|spec| is_faulty(sink, spec.span)).collect();
        let mut jobs = IndexMap::new();
        for ((name, spec), faulty) in cx.project.jobs.iter().zip(faulty) {
            if stop() {
                return None;
            }
            let rulesets = rulesets(cx.project, spec);
            let same = |kept: &Kept| {
                (Arc::ptr_eq(&kept.spec, spec) || kept.spec == *spec)
                    && kept.faulty == faulty
                    && kept.rulesets == rulesets
                    && (Arc::ptr_eq(&kept.catalog, &cx.project.catalog) || kept.catalog == cx.project.catalog)
                    && kept.root == cx.project.root
            };
            let known = self.jobs.get_mut(name).filter(|kept| same(kept) && kept.holds(cx.world));
            if let Some(kept) = known {
                kept.stamp = cx.world.stamp();
                kept.said.iter().for_each(|diagnostic| sink.push(diagnostic.clone()));
                jobs.insert(name.clone(), Arc::clone(&kept.job));
                continue;
            }
            let stamp = cx.world.stamp();
            let witness = Witness { world: cx.world, facts: Mutex::default() };
            let (job, own) = super::job(&Cx { world: &witness, ..*cx }, spec, faulty);
            let job = Arc::new(job);
            jobs.insert(name.clone(), Arc::clone(&job));
            let said = own.iter().cloned().collect();
            sink.append(own);
            let facts = witness.facts.into_inner().unwrap_or_else(PoisonError::into_inner);
            let (root, catalog) = (cx.project.root.clone(), Arc::clone(&cx.project.catalog));
            self.jobs
                .insert(name.clone(), Kept { spec: Arc::clone(spec), rulesets, catalog, faulty, root, facts, stamp, job, said });
        }
        self.spare(cx.project, sink);
        Some(jobs)
    }

    fn spare(&mut self, project: &Project, sink: &mut Sink) {
        let mut before = std::mem::take(&mut self.spare);
        for ruleset in spare::rulesets(project) {
            let name = ruleset.name.as_str();
            let said = match before.remove(name).filter(|(known, _)| known == ruleset) {
                Some((_, said)) => said,
                None => {
                    let mut own = Sink::default();
                    spare::check(ruleset, &mut own);
                    own.iter().cloned().collect()
                }
            };
            said.iter().for_each(|diagnostic| sink.push(diagnostic.clone()));
            self.spare.insert(name.to_owned(), (Arc::clone(ruleset), said));
        }
    }
}

/// The rulesets that the nodes of a job name.
fn rulesets(project: &Project, spec: &JobSpec) -> Vec<Resolved> {
    spec.rulesets()
        .map(|setting| {
            let mut said = Sink::default();
            let found = resolve_ruleset(project, setting, &mut said);
            (found, said.iter().cloned().collect())
        })
        .collect()
}

/// Something that a job asked the world, with the answer.
#[derive(Debug)]
enum Fact {
    Text(PathBuf, Option<Arc<str>>),
    Size(PathBuf, Option<u64>),
    Found(PathBuf, String, Option<Vec<PathBuf>>),
    File(PathBuf, bool),
    Folder(PathBuf, bool),
    Variable(String, Option<String>),
    /// What was in a data file: nothing that could be compared.
    Data,
}

impl Fact {
    /// Whether it may be otherwise although the stamp of the world is the same.
    fn may_change(&self, world: &dyn World) -> bool {
        match self {
            Self::Text(path, _) | Self::Size(path, _) => world.is_open(path),
            Self::Data => true,
            Self::Found(..) | Self::File(..) | Self::Folder(..) | Self::Variable(..) => false,
        }
    }

    fn holds(&self, world: &dyn World) -> bool {
        match self {
            Self::Text(path, text) => world.read(path).ok() == *text,
            Self::Size(path, size) => world.size(path).ok() == *size,
            Self::Found(root, pattern, found) => world.glob(root, pattern).ok() == *found,
            Self::File(path, is) => world.is_file(path) == *is,
            Self::Folder(path, is) => world.is_dir(path) == *is,
            Self::Variable(name, value) => world.variable(name) == *value,
            Self::Data => false,
        }
    }
}

/// A world that notes what it is asked.
struct Witness<'a> {
    world: &'a dyn World,
    facts: Mutex<Vec<Fact>>,
}

impl Witness<'_> {
    fn note(&self, fact: Fact) {
        self.facts.lock().unwrap_or_else(PoisonError::into_inner).push(fact);
    }
}

impl World for Witness<'_> {
    fn read(&self, path: &Path) -> io::Result<Arc<str>> {
        let text = self.world.read(path);
        self.note(Fact::Text(path.to_path_buf(), text.as_ref().ok().cloned()));
        text
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn Read + Send>> {
        self.note(Fact::Data);
        self.world.open(path)
    }

    fn size(&self, path: &Path) -> io::Result<u64> {
        let size = self.world.size(path);
        self.note(Fact::Size(path.to_path_buf(), size.as_ref().ok().copied()));
        size
    }

    fn tail(&self, path: &Path, len: usize) -> io::Result<Vec<u8>> {
        self.note(Fact::Data);
        self.world.tail(path, len)
    }

    fn glob(&self, root: &Path, pattern: &str) -> io::Result<Vec<PathBuf>> {
        let found = self.world.glob(root, pattern);
        self.note(Fact::Found(root.to_path_buf(), pattern.to_owned(), found.as_ref().ok().cloned()));
        found
    }

    fn absolute(&self, path: &Path) -> PathBuf {
        self.world.absolute(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        let is = self.world.is_file(path);
        self.note(Fact::File(path.to_path_buf(), is));
        is
    }

    fn is_dir(&self, path: &Path) -> bool {
        let is = self.world.is_dir(path);
        self.note(Fact::Folder(path.to_path_buf(), is));
        is
    }

    fn variable(&self, name: &str) -> Option<String> {
        let value = self.world.variable(name);
        self.note(Fact::Variable(name.to_owned(), value.clone()));
        value
    }

    fn now(&self) -> DateTime<Utc> {
        self.world.now()
    }
}
