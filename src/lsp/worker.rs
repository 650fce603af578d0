//! The thread that checks: it takes all changes that have come, in their order, and then checks once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use lsp_server::Message;
use lsp_types::Uri;

use super::disk::Disk;
use super::position::Encoding;
use super::publish::Publisher;
use super::requests::Options;
use crate::ide::{Analysis, Project};
use crate::source::FileId;
use crate::spec::load::PROJECT_FILE;
use crate::stdlib::expr::engine::{self, Engine, EngineOptions};
use crate::world::{OverlayWorld, World};

/// A change, and its number.
pub(super) struct Update {
    pub(super) revision: u64,
    pub(super) change: Change,
}

/// What has changed.
pub(super) enum Change {
    /// The folders that the client has open.
    Roots(Vec<PathBuf>),
    /// An open text is this now.
    Text { path: PathBuf, uri: Uri, text: String, version: i32 },
    /// A text is not open any more.
    Closed(PathBuf),
    /// Something on disk may have changed.
    Disk,
}

/// How many folders above a file may hold its project file.
const MAX_PARENTS: usize = 32;

/// All that was checked, at one revision.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) revision: u64,
    pub(super) analyses: Vec<Arc<Analysis>>,
}

impl Snapshot {
    /// The analysis that a file belongs to.
    pub(super) fn find(&self, path: &Path) -> Option<(&Arc<Analysis>, FileId)> {
        self.analyses.iter().find_map(|analysis| Some((analysis, analysis.file(path)?)))
    }
}

/// What the two threads share.
#[derive(Default)]
pub(super) struct Shared {
    /// The number of the last change: a check of an earlier one can stop.
    latest: AtomicU64,
    done: Mutex<Done>,
    changed: Condvar,
}

#[derive(Default)]
struct Done {
    snapshot: Arc<Snapshot>,
    ended: bool,
}

impl Shared {
    /// Says that there is a newer change.
    pub(super) fn announce(&self, revision: u64) {
        self.latest.store(revision, Ordering::Release);
    }

    /// What was checked, all changes up to a revision included.
    pub(super) fn wait(&self, revision: u64) -> Arc<Snapshot> {
        let mut done = self.done.lock().unwrap_or_else(PoisonError::into_inner);
        while done.snapshot.revision < revision && !done.ended {
            let waited = self.changed.wait_timeout(done, Duration::from_secs(1));
            done = waited.map_or_else(|error| error.into_inner().0, |(done, _)| done);
        }
        Arc::clone(&done.snapshot)
    }

    fn publish(&self, snapshot: Arc<Snapshot>) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).snapshot = snapshot;
        self.changed.notify_all();
    }

    fn end(&self) {
        self.done.lock().unwrap_or_else(PoisonError::into_inner).ended = true;
        self.changed.notify_all();
    }
}

/// Checks until nobody sends changes any more.
pub(super) fn run<W: World>(
    world: W,
    updates: &Receiver<Update>,
    shared: &Shared,
    send: &dyn Fn(Message),
    encoding: Encoding,
    options: &Options,
) {
    let mut worker = Worker {
        world: OverlayWorld::new(Disk::new(world)),
        engine: engine::session(&EngineOptions::CHECK),
        open: BTreeMap::new(),
        roots: Vec::new(),
        projects: BTreeMap::new(),
        revision: 0,
    };
    let mut publisher = Publisher::new(encoding, options.clone());
    while let Ok(update) = updates.recv() {
        worker.apply(update);
        while let Ok(update) = updates.try_recv() {
            worker.apply(update);
        }
        let revision = worker.revision;
        let Some(analyses) = worker.check(&|| shared.latest.load(Ordering::Acquire) > revision) else { continue };
        let snapshot = Arc::new(Snapshot { revision, analyses });
        publisher.publish(&snapshot, &worker.open, send);
        shared.publish(snapshot);
    }
    shared.end();
}

struct Worker<W> {
    world: OverlayWorld<Disk<W>>,
    engine: Engine,
    /// Open texts with the client's names for them.
    open: BTreeMap<PathBuf, (Uri, i32)>,
    roots: Vec<PathBuf>,
    projects: BTreeMap<PathBuf, Project>,
    revision: u64,
}

impl<W: World> Worker<W> {
    fn apply(&mut self, update: Update) {
        self.revision = update.revision;
        match update.change {
            Change::Roots(roots) => self.roots = roots,
            Change::Text { path, uri, text, version } => {
                if self.open.insert(path.clone(), (uri, version)).is_none() {
                    self.world.base().forget();
                }
                self.world.open_buffer(path, text);
            }
            Change::Closed(path) => {
                self.open.remove(&path);
                self.world.close_buffer(&path);
                self.world.base().forget();
            }
            Change::Disk => self.world.base().forget(),
        }
    }

    /// Checks all projects that open texts and folders belong to; `None` if `stop` said so.
    fn check(&mut self, stop: &dyn Fn() -> bool) -> Option<Vec<Arc<Analysis>>> {
        let mut wanted: Vec<PathBuf> = Vec::new();
        let mut want = |path: PathBuf| {
            if !wanted.contains(&path) {
                wanted.push(path);
            }
        };
        for root in self.roots.iter().filter(|root| self.world.is_file(&root.join(PROJECT_FILE))) {
            want(root.clone());
        }
        for path in self.open.keys() {
            if let Some(root) = project_root(&self.world, path) {
                want(root);
            }
        }
        let mut analyses = Vec::new();
        for path in &wanted {
            analyses.push(self.analyse(path, stop)?);
        }
        // A text that no project includes stands for itself; specs first, because they may name rulesets beside them.
        let mut left: Vec<PathBuf> = self.open.keys().filter(|path| is_ours(path)).cloned().collect();
        left.sort_by_key(|path| path.extension().is_some_and(|extension| extension == "dqdl"));
        for path in left {
            let is_known = analyses.iter().any(|analysis: &Arc<Analysis>| {
                analysis.file(&path).is_some() || analysis.stale && path.starts_with(&analysis.path)
            });
            if !is_known {
                let unit = self.folder_of_rules(&path).unwrap_or(path);
                analyses.push(self.analyse(&unit, stop)?);
                wanted.push(unit);
            }
        }
        self.projects.retain(|path, _| wanted.contains(path));
        Some(analyses)
    }

    /// The folder whose specs may name a lone file of rules: its own, or the one above `rulesets`.
    fn folder_of_rules(&self, path: &Path) -> Option<PathBuf> {
        let folder = path.parent().filter(|_| path.extension().is_some_and(|extension| extension == "dqdl"))?;
        let above = folder.parent().filter(|_| folder.file_name().is_some_and(|name| name == "rulesets"));
        let has_specs = |folder: &&Path| self.world.glob(folder, "*.glue.yaml").is_ok_and(|found| !found.is_empty());
        std::iter::once(folder).chain(above).find(has_specs).map(Path::to_path_buf)
    }

    fn analyse(&mut self, path: &Path, stop: &dyn Fn() -> bool) -> Option<Arc<Analysis>> {
        let project = self.projects.entry(path.to_path_buf()).or_insert_with(|| Project::new(path));
        project.analyse(&self.world, &self.engine, stop)
    }
}

/// The nearest folder above a file that holds a project file.
fn project_root(world: &dyn World, path: &Path) -> Option<PathBuf> {
    let folders = path.ancestors().skip(1).take(MAX_PARENTS);
    folders.into_iter().find(|folder| world.is_file(&folder.join(PROJECT_FILE))).map(Path::to_path_buf)
}

/// Whether a file is a spec or a ruleset by its name.
fn is_ours(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let endings = [".glue.yaml", ".glue.yml", ".dqdl"];
    name == PROJECT_FILE || endings.iter().any(|ending| name.ends_with(ending))
}
