//! Hands the chunks of all files to the partitions of a scan.
//!
//! A partition takes the next file that none has begun; when there is none left, it helps with a file that another one reads.
//! So many files are read side by side, and one big file (compressed or not) is still parsed on all cores: only cutting
//! it into chunks is done by one at a time.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::error::Result;

use super::cursor::{Chunk, Cursor};
use super::plan::Scan;

/// The files of a scan, shared by its partitions.
pub(super) struct Work {
    files: Vec<Arc<Slot>>,
    /// How many files were begun.
    begun: AtomicUsize,
    chunk: usize,
    scan: Arc<Scan>,
}

/// A file.
struct Slot {
    index: usize,
    done: AtomicBool,
    cursor: Mutex<Option<Cursor>>,
}

/// One partition's share of the work.
pub(super) struct Worker {
    work: Arc<Work>,
    current: Option<Arc<Slot>>,
}

impl Work {
    pub(super) fn new(scan: Arc<Scan>, chunk: usize) -> Self {
        let slot = |index| Arc::new(Slot { index, done: AtomicBool::new(false), cursor: Mutex::new(None) });
        Self { files: (0..scan.files.len()).map(slot).collect(), begun: AtomicUsize::new(0), chunk, scan }
    }

    /// A file nobody has begun, else the one with the fewest readers that is not at its end.
    fn claim(&self) -> Option<Arc<Slot>> {
        if self.begun.load(SeqCst) < self.files.len()
            && let Some(slot) = self.files.get(self.begun.fetch_add(1, SeqCst))
        {
            return Some(Arc::clone(slot));
        }
        self.files.iter().filter(|slot| !slot.done.load(SeqCst)).min_by_key(|slot| Arc::strong_count(slot)).map(Arc::clone)
    }
}

impl Worker {
    pub(super) fn new(work: Arc<Work>) -> Self {
        Self { work, current: None }
    }

    /// The next chunk for this partition; `None` when all files are at their ends. `buffer` is taken for the text.
    pub(super) fn next(&mut self, buffer: &mut Vec<u8>) -> Result<Option<Chunk>> {
        loop {
            let Some(slot) = &self.current else {
                self.current = self.work.claim();
                if self.current.is_none() {
                    return Ok(None);
                }
                continue;
            };
            let mut cursor = slot.cursor.lock().unwrap_or_else(PoisonError::into_inner);
            if !slot.done.load(SeqCst) {
                let open = match cursor.take() {
                    Some(open) => open,
                    None => Cursor::open(Arc::clone(&self.work.scan), slot.index, self.work.chunk)?,
                };
                if let Some(chunk) = cursor.insert(open).next(std::mem::take(buffer))? {
                    return Ok(Some(chunk));
                }
                slot.done.store(true, SeqCst);
                *cursor = None;
            }
            drop(cursor);
            self.current = None;
        }
    }
}
