//! Hashes of many keys in little memory: which of them are there more than once.

use std::io::Result;
use std::path::Path;
use std::thread;

use hashbrown::HashSet;

use super::hasher;
use super::overflow::Overflow;
use crate::stdlib::expr::engine::cores;

/// Hashes are parted by their highest eight bits, so that what is looked up at a time fits into a core's cache: of ten
/// million hashes 40,000 are in a bucket.
pub(super) const BUCKETS: usize = 256;

/// Hashes in a block of memory. Blocks are not moved when there are more hashes.
pub(super) const BLOCK: usize = if cfg!(test) { 4 } else { 1024 };

/// What is kept of a hash: 40 bits. Of fifty million keys about a thousand are alike by chance, which is only more work:
/// keys of equal hashes are compared by value.
pub(super) fn short(hash: u64) -> u64 {
    hash >> 24
}

/// Short hashes, each as often as it was added: four bytes for each.
#[derive(Debug, Default)]
pub(super) struct Hashes {
    buckets: Vec<Bucket>,
    /// How many full blocks are held.
    blocks: usize,
    files: Vec<Overflow>,
}

#[derive(Debug, Default, Clone)]
struct Bucket {
    full: Vec<Vec<u32>>,
    open: Vec<u32>,
}

/// What is there more than once.
#[derive(Debug)]
pub(super) struct Repeated {
    /// The short hashes.
    pub(super) hashes: HashSet<u64, ahash::RandomState>,
    /// How many hashes are there once.
    pub(super) single: u64,
}

impl Hashes {
    /// Adds the short forms of hashes.
    pub(super) fn extend(&mut self, hashes: impl IntoIterator<Item = u64>) {
        if self.buckets.is_empty() {
            self.buckets.resize(BUCKETS, Bucket::default());
        }
        for hash in hashes {
            let (bucket, rest) = parted(hash);
            self.blocks += usize::from(self.buckets[bucket].push(rest));
        }
    }

    /// Adds all that others are.
    pub(super) fn append(&mut self, others: Self) {
        if self.buckets.is_empty() {
            *self = others;
            return;
        }
        self.blocks += others.blocks;
        self.files.extend(others.files);
        for (own, mut other) in self.buckets.iter_mut().zip(others.buckets) {
            own.full.append(&mut other.full);
            self.blocks += other.open.into_iter().filter(|rest| own.push(*rest)).count();
        }
    }

    /// The bytes that are held in full blocks. Those that are not full are few.
    pub(super) fn bytes(&self) -> usize {
        self.blocks * BLOCK * size_of::<u32>()
    }

    /// Puts the full blocks into a file in `folder`.
    pub(super) fn spill(&mut self, folder: Option<&Path>) -> Result<()> {
        if self.files.is_empty() {
            self.files.push(Overflow::new(folder)?);
        }
        let Some(file) = self.files.last_mut() else { return Ok(()) };
        for (at, bucket) in self.buckets.iter_mut().enumerate() {
            bucket.full.drain(..).try_for_each(|block| file.write(at, &block))?;
        }
        self.blocks = 0;
        file.flush()
    }

    /// What is there more than once. Buckets are looked at side by side.
    pub(super) fn repeated(self) -> Result<Repeated> {
        let share = self.buckets.len().div_ceil(cores()).max(1);
        let parts = thread::scope(|scope| {
            let files = &self.files;
            let work = |(at, buckets)| scope.spawn(move || repeated(at * share, buckets, files));
            let running: Vec<_> = self.buckets.chunks(share).enumerate().map(work).collect();
            running.into_iter().map(|part| part.join().expect("looking at numbers does not panic")).collect::<Vec<_>>()
        });
        let mut all = Repeated { hashes: HashSet::with_hasher(hasher()), single: 0 };
        for part in parts {
            let part = part?;
            all.single += part.single;
            all.hashes.extend(part.hashes);
        }
        Ok(all)
    }
}

impl Bucket {
    /// Adds a number; tells whether that made a block full.
    fn push(&mut self, rest: u32) -> bool {
        let is_full = self.open.len() == BLOCK;
        if is_full {
            let block = std::mem::replace(&mut self.open, Vec::with_capacity(BLOCK));
            self.full.push(block);
        }
        self.open.push(rest);
        is_full
    }

    fn len(&self) -> usize {
        self.full.iter().map(Vec::len).sum::<usize>() + self.open.len()
    }

    fn iter(&self) -> impl Iterator<Item = u32> {
        self.full.iter().flatten().chain(&self.open).copied()
    }
}

/// The number of the bucket of a hash, and what is kept in it.
#[expect(clippy::cast_possible_truncation, reason = "the bits that are wanted")]
fn parted(hash: u64) -> (usize, u32) {
    ((hash >> 56) as usize, short(hash) as u32)
}

/// What is there more than once in some buckets, the first of which has that number, and in what files have of them.
fn repeated(first: usize, buckets: &[Bucket], files: &[Overflow]) -> Result<Repeated> {
    let mut found = Repeated { hashes: HashSet::with_hasher(hasher()), single: 0 };
    let mut slots = Vec::new();
    for (at, bucket) in (first..).zip(buckets) {
        let mut again: HashSet<u32, ahash::RandomState> = HashSet::with_hasher(hasher());
        let filed = files.iter().map(|file| file.read(at)).collect::<Result<Vec<_>>>()?.concat();
        let count = bucket.len() + filed.len();
        let different = different(bucket.iter().chain(filed), count, &mut slots, &mut again);
        found.single += different - again.len() as u64;
        found.hashes.extend(again.into_iter().map(|rest| (at as u64) << 32 | u64::from(rest)));
    }
    Ok(found)
}

/// How many different numbers there are among so many; those that come again go to `again`. An open table with linear probing, in
/// which 0 is a free slot and the number 0 is counted apart.
fn different(
    numbers: impl Iterator<Item = u32>,
    count: usize,
    slots: &mut Vec<u32>,
    again: &mut HashSet<u32, ahash::RandomState>,
) -> u64 {
    let size = (count * 2).next_power_of_two().max(16);
    slots.clear();
    slots.resize(size, 0);
    let (mut different, mut zero) = (0, false);
    for rest in numbers {
        if rest == 0 {
            if std::mem::replace(&mut zero, true) {
                again.insert(0);
            }
            continue;
        }
        let mut slot = rest as usize & (size - 1);
        while slots[slot] != 0 && slots[slot] != rest {
            slot = (slot + 1) & (size - 1);
        }
        if slots[slot] == rest {
            again.insert(rest);
        } else {
            slots[slot] = rest;
            different += 1;
        }
    }
    different + u64::from(zero)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_there_more_than_once_is_found(
            numbers in proptest::collection::vec((0_u64..3, 0_u64..40), 0..6000),
            cut in 0_usize..6000,
            spilled in any::<(bool, bool)>(),
        ) {
            // The bits that are kept, and some that are not.
            let hashes: Vec<u64> = numbers.iter().map(|(bucket, rest)| bucket << 56 | rest << 24 | rest).collect();
            let mut counts: BTreeMap<u64, u64> = BTreeMap::new();
            hashes.iter().for_each(|hash| *counts.entry(short(*hash)).or_default() += 1);
            let (one, two) = hashes.split_at(cut.min(hashes.len()));
            let (two, three) = two.split_at(two.len() / 2);
            let (mut all, mut other) = (Hashes::default(), Hashes::default());
            all.extend(one.iter().copied());
            other.extend(two.iter().copied());
            if spilled.0 {
                all.spill(None).unwrap();
            }
            all.extend(three.iter().copied());
            if spilled.1 {
                other.spill(None).unwrap();
            }
            all.append(other);
            let found = all.repeated().unwrap();
            prop_assert_eq!(found.single, counts.values().filter(|count| **count == 1).count() as u64);
            let mut repeated: Vec<u64> = found.hashes.into_iter().collect();
            repeated.sort_unstable();
            let expected: Vec<u64> = counts.into_iter().filter(|(_, count)| *count > 1).map(|(hash, _)| hash).collect();
            prop_assert_eq!(repeated, expected);
        }
    }
}
