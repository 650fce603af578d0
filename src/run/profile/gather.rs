//! The hashes of all values of a column that looks unique: how many of them occur once is then counted, not estimated.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{Result, exec_datafusion_err};

/// Hashes of a block that grows without being moved: half a megabyte.
const BLOCK: usize = 1 << 16;
/// Into so many ranges hashes are sorted: those of one range of ten million fit into a processor's cache.
const RANGES: usize = 256;
/// So many values are waited for before a column is given up; then this share of them must look different.
const ENOUGH: u64 = 1 << 16;
const LIKELY: f64 = 0.8;

/// How many more hashes may be kept, by all columns together.
#[derive(Debug, Clone)]
pub(super) struct Room(Arc<AtomicUsize>);

impl Room {
    /// Room for so many hashes.
    pub(super) fn new(hashes: usize) -> Self {
        Self(Arc::new(AtomicUsize::new(hashes)))
    }

    fn take(&self, hashes: usize) -> bool {
        self.0.fetch_update(SeqCst, SeqCst, |room| room.checked_sub(hashes)).is_ok()
    }

    fn give_back(&self, hashes: usize) {
        self.0.fetch_add(hashes, SeqCst);
    }
}

/// The hashes of all values, unless there are too many or they repeat.
#[derive(Debug)]
pub(super) struct Gathered {
    /// `None` if it was given up.
    room: Option<Room>,
    parts: Vec<Part>,
    blocks: Vec<Vec<u64>>,
    count: usize,
}

/// Hashes by their first bits.
#[derive(Debug)]
struct Part {
    hashes: Vec<u64>,
    /// Where the ranges begin, and where the last one ends.
    starts: Vec<usize>,
}

/// How often the values of a column occur.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Occurrences {
    /// How many occur once.
    pub(super) singles: u64,
    /// The hashes of the others, each once, in order.
    pub(super) repeated: Vec<u64>,
}

impl Gathered {
    /// Gathers as long as there is room.
    pub(super) fn new(room: Room) -> Self {
        Self { room: Some(room), parts: Vec::new(), blocks: Vec::new(), count: 0 }
    }

    /// Gathers nothing.
    pub(super) fn none() -> Self {
        Self { room: None, parts: Vec::new(), blocks: Vec::new(), count: 0 }
    }

    /// More hashes.
    pub(super) fn extend(&mut self, mut hashes: &[u64]) {
        let Some(room) = &self.room else { return };
        if !room.take(hashes.len()) {
            return self.give_up();
        }
        self.count += hashes.len();
        while !hashes.is_empty() {
            if self.blocks.last().is_none_or(|block| block.len() == BLOCK) {
                self.blocks.push(Vec::with_capacity(BLOCK));
            }
            let Some(block) = self.blocks.last_mut() else { return };
            let (now, later) = hashes.split_at(hashes.len().min(BLOCK - block.len()));
            block.extend_from_slice(now);
            hashes = later;
        }
    }

    /// One hash so many times.
    pub(super) fn repeat(&mut self, hash: u64, times: u64) {
        // Twice says as much as any more.
        let times = usize::from(times > 1) + 1;
        self.extend(&[hash; 2][..times]);
    }

    /// Gives up if of so many values not nearly all seem to be different.
    pub(super) fn look(&mut self, values: u64, different: impl FnOnce() -> u64) {
        if self.room.is_some() && values >= ENOUGH && (different() as f64) < LIKELY * values as f64 {
            self.give_up();
        }
    }

    fn give_up(&mut self) {
        if let Some(room) = self.room.take() {
            room.give_back(self.count);
        }
        *self = Self::none();
    }

    /// A part of the data ends.
    pub(super) fn close(&mut self) {
        if !self.blocks.is_empty() {
            self.parts.push(Part::new(std::mem::take(&mut self.blocks)));
        }
    }

    /// What was gathered in a later part.
    pub(super) fn merge(&mut self, mut other: Self) {
        if self.room.is_none() || other.room.is_none() {
            self.give_up();
            other.give_up();
            return;
        }
        self.close();
        other.close();
        self.parts.append(&mut other.parts);
        self.count += other.count;
    }

    /// What was gathered; `None` if it was given up.
    pub(super) fn take(&mut self) -> Option<Self> {
        let all = std::mem::replace(self, Self::none());
        all.room.is_some().then_some(all)
    }

    /// Counts, on so many threads.
    pub(super) async fn count(mut self, threads: usize) -> Result<Occurrences> {
        self.close();
        let parts = Arc::new(std::mem::take(&mut self.parts));
        let step = RANGES.div_ceil(threads.max(1));
        let count = |from: usize| {
            let parts = Arc::clone(&parts);
            SpawnedTask::spawn_blocking(move || occurrences(&parts, from..RANGES.min(from + step)))
        };
        let tasks: Vec<_> = (0..RANGES).step_by(step).map(count).collect();
        let mut all = Occurrences::default();
        for task in tasks {
            let found = task.await.map_err(|error| exec_datafusion_err!("values could not be counted: {error}"))?;
            all.singles += found.singles;
            all.repeated.extend(found.repeated);
        }
        self.give_up();
        Ok(all)
    }
}

impl Drop for Gathered {
    fn drop(&mut self) {
        if let Some(room) = self.room.take() {
            room.give_back(self.count);
        }
    }
}

/// The range of a hash.
fn range(hash: u64) -> usize {
    usize::from(hash.to_be_bytes()[0])
}

impl Part {
    fn new(blocks: Vec<Vec<u64>>) -> Self {
        let mut starts = vec![0; RANGES + 1];
        for hash in blocks.iter().flatten() {
            starts[range(*hash) + 1] += 1;
        }
        (0..RANGES).for_each(|at| starts[at + 1] += starts[at]);
        let mut next = starts.clone();
        let mut hashes = vec![0; starts[RANGES]];
        for block in blocks {
            for hash in block {
                let place = &mut next[range(hash)];
                hashes[*place] = hash;
                *place += 1;
            }
        }
        Self { hashes, starts }
    }

    fn of(&self, range: usize) -> &[u64] {
        &self.hashes[self.starts[range]..self.starts[range + 1]]
    }
}

fn occurrences(parts: &[Part], ranges: Range<usize>) -> Occurrences {
    let mut found = Occurrences::default();
    let mut seen = Seen::default();
    for range in ranges {
        let own = || parts.iter().map(|part| part.of(range));
        seen.clear(own().map(<[u64]>::len).sum());
        let mut repeated: Vec<u64> = own().flatten().copied().filter(|hash| !seen.insert(*hash)).collect();
        repeated.sort_unstable();
        repeated.dedup();
        found.singles += (seen.count - repeated.len()) as u64;
        found.repeated.append(&mut repeated);
    }
    found
}

/// The hashes of a range: a table that is at most half full, so small that it stays in a processor's cache.
#[derive(Debug, Default)]
struct Seen {
    /// Zero where there is none.
    slots: Vec<u64>,
    count: usize,
    has_zero: bool,
}

impl Seen {
    /// Makes room for so many.
    fn clear(&mut self, hashes: usize) {
        let size = (2 * hashes).next_power_of_two().max(8);
        self.slots.clear();
        self.slots.resize(size, 0);
        self.count = 0;
        self.has_zero = false;
    }

    /// Whether it is new.
    fn insert(&mut self, hash: u64) -> bool {
        let is_new = if hash == 0 { !std::mem::replace(&mut self.has_zero, true) } else { self.fill(hash) };
        self.count += usize::from(is_new);
        is_new
    }

    fn fill(&mut self, hash: u64) -> bool {
        // The first bits are those of the range, the last ones of any hash are as good as any others.
        let last = self.slots.len() - 1;
        let mut at = usize::try_from(hash & last as u64).unwrap_or(0);
        loop {
            match self.slots[at] {
                0 => {
                    self.slots[at] = hash;
                    return true;
                }
                known if known == hash => return false,
                _ => at = (at + 1) & last,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn counted(gathered: Gathered) -> Occurrences {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(gathered.count(3)).unwrap()
    }

    proptest! {
        /// Counted by sorting as by a map, in however many parts.
        #[test]
        fn occurrences_are_counted(parts in vec(vec(prop_oneof![0..50_u64, any::<u64>(), (0..9_u64).prop_map(|low| 5 << 56 | low << 20)], 0..300), 0..5)) {
            let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
            let room = Room::new(2_000);
            let mut all = Gathered::new(room.clone());
            for part in &parts {
                let mut gathered = Gathered::new(room.clone());
                part.chunks(70).for_each(|batch| gathered.extend(batch));
                part.iter().for_each(|hash| *counts.entry(*hash).or_default() += 1);
                all.merge(gathered);
            }
            let found = counted(all.take().unwrap());
            prop_assert_eq!(found.singles, counts.values().filter(|count| **count == 1).count() as u64);
            let repeated: Vec<u64> = counts.into_iter().filter(|(_, count)| *count > 1).map(|(hash, _)| hash).collect();
            prop_assert_eq!(found.repeated, repeated);
            prop_assert!(room.take(2_000), "all room is given back");
        }
    }

    #[test]
    fn what_finds_no_room_or_repeats_is_given_up() {
        let room = Room::new(100);
        let mut first = Gathered::new(room.clone());
        let mut second = Gathered::new(room.clone());
        first.extend(&[1; 60]);
        second.extend(&[2; 60]);
        assert!(second.take().is_none());
        first.extend(&[3; 40]);
        assert!(!room.take(1));
        first.merge(Gathered::none());
        assert!(first.take().is_none() && room.take(100));
        let mut repeats = Gathered::new(Room::new(1 << 20));
        repeats.look(ENOUGH - 1, || 1);
        assert!(repeats.room.is_some());
        repeats.look(ENOUGH, || ENOUGH / 2);
        assert!(repeats.room.is_none());
    }
}
