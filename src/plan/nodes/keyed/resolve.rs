//! From what the partitions noted to results, bucket by bucket.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, Result, internal_datafusion_err};

use super::entry::{BUCKETS, Entry, Table};
use super::part::{Part, compare, same_key};
use super::results::Results;
use super::spec::{Spec, Task};
use super::window;

/// The results of each batch of each partition, found on so many threads.
pub(super) async fn resolve(spec: &Arc<Spec>, parts: Vec<Part>, threads: usize) -> Result<(Vec<Part>, Vec<Vec<Results>>)> {
    let work = Arc::new(Work::new(Arc::clone(spec), parts));
    let tasks: Vec<_> =
        (0..threads).map(|_| Arc::clone(&work)).map(|work| SpawnedTask::spawn_blocking(move || work.run())).collect();
    for task in tasks {
        task.join_unwind().await.map_err(|error| DataFusionError::External(Box::new(error)))?;
    }
    let work = Arc::into_inner(work).ok_or_else(|| internal_datafusion_err!("buckets are still worked on"))?;
    Ok((work.parts, work.results))
}

/// The same on this thread.
pub(super) fn resolve_here(spec: &Arc<Spec>, parts: Vec<Part>) -> Vec<Vec<Results>> {
    let work = Work::new(Arc::clone(spec), parts);
    work.run();
    work.results
}

struct Work {
    spec: Arc<Spec>,
    parts: Vec<Part>,
    results: Vec<Vec<Results>>,
    /// The next bucket that nobody works on.
    next: AtomicUsize,
}

impl Work {
    fn new(spec: Arc<Spec>, parts: Vec<Part>) -> Self {
        let results = |part: &Part| part.sizes().map(|(rows, _)| Results::new(&spec, rows)).collect();
        let results = parts.iter().map(results).collect();
        Self { spec, parts, results, next: AtomicUsize::new(0) }
    }

    /// Works on buckets until there is none left.
    fn run(&self) {
        let mut table = Table::default();
        let mut scratch = window::Scratch::default();
        loop {
            let bucket = self.next.fetch_add(1, Relaxed);
            if bucket >= BUCKETS {
                return;
            }
            match &self.spec.task {
                Task::Keep => self.keep(bucket, &mut table),
                Task::Running(computed) => window::run(&self.parts, bucket, computed, &self.results, &mut scratch),
            }
        }
    }

    /// Marks the rows that are not the first of their key.
    fn keep(&self, bucket: usize, table: &mut Table) {
        let parts = &self.parts;
        table.reset(parts.iter().map(|part| part.entries.len(bucket)).sum());
        // In the order in which rows were read: of equal ones the first is there already, and stays.
        for entry in parts.iter().flat_map(|part| part.entries.chunks(bucket)).flatten() {
            let (key, is_new) = table.find(entry, |a, b| same_key(parts, a, b));
            if is_new {
                continue;
            }
            let best = &mut table.keys[key];
            if compare(parts, entry, best).is_lt() {
                self.lose(&std::mem::replace(best, *entry));
            } else {
                self.lose(entry);
            }
        }
    }

    fn lose(&self, entry: &Entry) {
        let part = usize::from(entry.part);
        let (batch, row) = self.parts[part].place(entry.row);
        self.results[part][batch].lose(row);
    }
}
