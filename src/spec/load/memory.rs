//! What was loaded before: an editor loads a project at every keystroke, and nearly all of it is as it was.
//!
//! A file whose text is the same is not parsed again. A job that is written as it was is not decoded again, as long as the
//! variables, the target and the templates are the same too.

use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::sections::Sections;
use super::variables::{Stamp, Values};
use crate::diag::{Diagnostic, Sink};
use crate::source::{FileId, SourceFile, SourceMap};
use crate::spec::job::Job;
use crate::spec::project::RulesetSpec;
use crate::syntax::yaml::{self, Entry, Node};

/// The specs and jobs of a project as they were loaded last.
#[derive(Debug, Default)]
pub struct Memory {
    pub(super) files: Files,
    pub(super) trees: Trees,
    pub(super) rulesets: Rulesets,
    pub(super) jobs: Jobs,
}

impl Memory {
    /// The tree of the spec at a path, if it could be read.
    pub fn tree(&self, path: &Path) -> Option<&Arc<Node>> {
        self.trees.known.get(path.as_os_str())?.tree.as_ref().map(|tree| &tree.whole)
    }

    /// Forgets files that the project no longer has.
    pub fn keep(&mut self, map: &SourceMap) {
        self.files.known.retain(|path, _| map.find(Path::new(path)).is_some());
        self.trees.known.retain(|path, known| map.find(Path::new(path)) == Some(known.file));
        self.rulesets.known.retain(|file, _| map.has(*file));
    }
}

/// Files by path, as they are written, which is quicker than part by part.
#[derive(Debug, Default)]
pub(super) struct Files {
    known: HashMap<OsString, Arc<SourceFile>>,
}

impl Files {
    /// The file of that path and text: the one of the last load if it is the same.
    pub(super) fn file(&mut self, path: PathBuf, text: Arc<str>) -> Arc<SourceFile> {
        if let Some(known) = self.known.get(path.as_os_str()).filter(|known| known.text == text) {
            return Arc::clone(known);
        }
        let file = Arc::new(SourceFile::new(path, text));
        self.known.insert(file.path.clone().into(), Arc::clone(&file));
        file
    }
}

/// Rulesets that are files of their own, by those.
#[derive(Debug, Default)]
pub(super) struct Rulesets {
    known: HashMap<FileId, (PathBuf, Arc<str>, Arc<RulesetSpec>)>,
}

impl Rulesets {
    /// The ruleset of a file: the one of the last load if the file has the same path, id and text.
    pub(super) fn ruleset(
        &mut self,
        path: &Path,
        file: FileId,
        text: &Arc<str>,
        make: impl FnOnce() -> RulesetSpec,
    ) -> Arc<RulesetSpec> {
        let same = |(known, before, _): &&(PathBuf, Arc<str>, _)| known.as_os_str() == path.as_os_str() && before == text;
        if let Some((_, _, ruleset)) = self.known.get(&file).filter(same) {
            return Arc::clone(ruleset);
        }
        let ruleset = Arc::new(make());
        self.known.insert(file, (path.to_path_buf(), Arc::clone(text), Arc::clone(&ruleset)));
        ruleset
    }
}

/// The tree of a spec.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub(super) whole: Arc<Node>,
    /// The entries under `jobs`, each shared by all loads.
    pub(super) jobs: Vec<Arc<Entry>>,
}

/// The trees of specs by path.
#[derive(Debug, Default)]
pub(super) struct Trees {
    /// By paths as they are written, which is quicker than part by part.
    known: HashMap<OsString, Known>,
}

#[derive(Debug)]
struct Known {
    file: FileId,
    text: Arc<str>,
    tree: Option<Tree>,
    said: Vec<Diagnostic>,
}

impl Trees {
    /// The tree of a file of the map. A file of the same text and the same id is not parsed again.
    pub(super) fn parse(&mut self, file: FileId, map: &SourceMap, sink: &mut Sink) -> Option<Tree> {
        let source = map.file(file);
        if let Some(known) =
            self.known.get(source.path.as_os_str()).filter(|known| known.file == file && known.text == source.text)
        {
            known.said.iter().for_each(|diagnostic| sink.push(diagnostic.clone()));
            return known.tree.clone();
        }
        let mut own = Sink::default();
        let tree = yaml::parse(file, &source.text, &mut own).map(|whole| {
            let jobs = whole.get("jobs").map(Node::entries).unwrap_or_default();
            Tree { jobs: jobs.iter().map(|entry| Arc::new(entry.clone())).collect(), whole: Arc::new(whole) }
        });
        let said = own.iter().cloned().collect();
        sink.append(own);
        self.known.insert(source.path.clone().into(), Known { file, text: source.text.clone(), tree: tree.clone(), said });
        tree
    }
}

/// Jobs by name, as they were decoded last.
#[derive(Debug, Default)]
pub(super) struct Jobs {
    /// What all jobs depend on.
    stamp: Option<(Stamp, Vec<Entry>, Vec<Entry>)>,
    known: HashMap<String, KnownJob>,
}

#[derive(Debug)]
struct KnownJob {
    entry: Arc<Entry>,
    job: Option<Arc<Job>>,
    said: Vec<Diagnostic>,
}

impl Jobs {
    /// Forgets all jobs if something that they depend on has changed.
    pub(super) fn begin(&mut self, sections: &Sections, values: &Values<'_>) {
        let stamp = values.stamp().map(|stamp| (stamp, sections.templates.clone(), sections.tables.clone()));
        if self.stamp != stamp || stamp.is_none() {
            self.known.clear();
        }
        self.stamp = stamp;
        // Each is looked at before it counts; those that are gone only take room.
        if self.known.len() > sections.jobs.len() {
            let there: HashSet<&str> = sections.jobs.iter().map(|entry| entry.key.value.as_str()).collect();
            self.known.retain(|name, _| there.contains(name.as_str()));
        }
    }

    /// The job of an entry, decoded by `decode` unless it is written as it was. `decode` also says whether that is all it
    /// depends on.
    pub(super) fn job(
        &mut self,
        entry: &Arc<Entry>,
        sink: &mut Sink,
        decode: impl FnOnce(&mut Sink) -> (Option<Job>, bool),
    ) -> Option<Arc<Job>> {
        let same = |known: &&KnownJob| Arc::ptr_eq(&known.entry, entry) || known.entry == *entry;
        if let Some(known) = self.known.get(&entry.key.value).filter(same) {
            known.said.iter().for_each(|diagnostic| sink.push(diagnostic.clone()));
            return known.job.clone();
        }
        let mut own = Sink::default();
        let (job, whole) = decode(&mut own);
        let job = job.map(Arc::new);
        let said = own.iter().cloned().collect();
        sink.append(own);
        if self.stamp.is_some() && whole {
            self.known.insert(entry.key.value.clone(), KnownJob { entry: Arc::clone(entry), job: job.clone(), said });
        }
        job
    }
}
