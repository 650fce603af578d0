//! The heaviest values of a column in bounded memory, after Misra and Gries.
//!
//! A hash belongs to one of many sets of a few places. A value that finds its set full takes one from every count in it
//! instead of being counted: what a set has lost is the most by which a count in it can be too low.
//!
//! Of a hash its set and 32 more bits are kept, so that a set is one line of the processor's cache: of ten million values
//! one in two hundred thousand shares its place with another, and is counted with it.

use super::value::Value;

/// Places of a set.
const WAYS: usize = 8;

/// The heaviest values.
#[derive(Debug)]
pub(super) struct Heavy {
    sets: Vec<Set>,
    /// What each set has lost.
    lost: Vec<u64>,
    /// By set: a bit for every place whose value is known.
    known: Vec<u8>,
    /// Values that were seen more than once, by set and place.
    values: Vec<[Option<Value>; WAYS]>,
    /// Places whose value is to be fetched, with its row in the batch.
    wanted: Vec<(usize, usize, usize)>,
    /// Bits of a hash that do not say which set it belongs to.
    shift: u32,
}

#[derive(Debug, Clone, Default)]
#[repr(align(64))]
struct Set {
    /// The low half of each hash.
    tags: [u32; WAYS],
    /// Nothing is at a place whose count is zero.
    counts: [u32; WAYS],
}

impl Heavy {
    /// Keeps about `counts` counts.
    pub(super) fn new(counts: usize) -> Self {
        let sets = (counts / WAYS).next_power_of_two().max(2);
        Self {
            sets: vec![Set::default(); sets],
            lost: vec![0; sets],
            known: vec![0; sets],
            values: vec![[const { None }; WAYS]; sets],
            wanted: Vec::new(),
            shift: u64::BITS - sets.trailing_zeros(),
        }
    }

    fn set(&self, hash: u64) -> usize {
        usize::try_from(hash >> self.shift).unwrap_or(0)
    }

    /// One more value, that of a row of the batch at hand.
    pub(super) fn add(&mut self, hash: u64, row: usize) {
        let at = self.set(hash);
        let set = &mut self.sets[at];
        if let Some(way) = set.place(low(hash)) {
            match set.counts[way].checked_add(1) {
                Some(count) => set.counts[way] = count,
                None => self.lost[at] += 1,
            }
            // What is seen once only is never shown.
            if self.known[at] >> way & 1 == 0 {
                self.wanted.push((at, way, row));
            }
            return;
        }
        let Some(way) = set.free() else {
            set.counts.iter_mut().for_each(|count| *count -= 1);
            self.lost[at] += 1;
            return;
        };
        set.tags[way] = low(hash);
        set.counts[way] = 1;
        self.known[at] &= !(1 << way);
    }

    /// Fetches the values that are to be shown: the batch with the given hashes ends.
    pub(super) fn fetch(&mut self, hashes: &[u64], value: impl Fn(usize) -> Value) {
        for (at, way, row) in self.wanted.drain(..) {
            if self.sets[at].tags[way] == low(hashes[row]) && self.known[at] >> way & 1 == 0 {
                self.known[at] |= 1 << way;
                self.values[at][way] = Some(value(row));
            }
        }
    }

    /// A value that was counted elsewhere.
    pub(super) fn weigh(&mut self, hash: u64, count: u64, value: Option<Value>) {
        self.weigh_in(self.set(hash), low(hash), count, value);
    }

    fn weigh_in(&mut self, at: usize, tag: u32, count: u64, value: Option<Value>) {
        let set = &mut self.sets[at];
        let (way, count) = match set.place(tag) {
            Some(way) => (way, count),
            None => {
                let least = set.counts.iter().copied().min().map_or(0, u64::from).min(count);
                let taken = u32::try_from(least).unwrap_or(u32::MAX);
                set.counts.iter_mut().for_each(|count| *count -= taken);
                self.lost[at] += least;
                let Some(way) = set.free().filter(|_| count > least) else { return };
                set.tags[way] = tag;
                self.known[at] &= !(1 << way);
                (way, count - least)
            }
        };
        // What does not fit is lost.
        let count = u64::from(set.counts[way]) + count;
        let kept = u32::try_from(count).unwrap_or(u32::MAX);
        self.lost[at] += count - u64::from(kept);
        set.counts[way] = kept;
        if let Some(value) = value
            && self.known[at] >> way & 1 == 0
        {
            self.known[at] |= 1 << way;
            self.values[at][way] = Some(value);
        }
    }

    /// Those of other values, kept in as many sets.
    pub(super) fn merge(&mut self, other: Self) {
        let others = other.sets.into_iter().zip(other.values).zip(other.lost.into_iter().zip(other.known));
        for (at, ((set, values), (lost, known))) in others.enumerate() {
            self.lost[at] += lost;
            for (way, value) in values.into_iter().enumerate().filter(|(way, _)| set.counts[*way] > 0) {
                self.weigh_in(at, set.tags[way], u64::from(set.counts[way]), value.filter(|_| known >> way & 1 == 1));
            }
        }
    }

    /// By how much a count can be too low.
    pub(super) fn slack(&self) -> u64 {
        self.lost.iter().copied().max().unwrap_or(0)
    }

    /// The values that were seen more than once, with their counts.
    pub(super) fn seen(&self) -> impl Iterator<Item = (&Value, u64)> {
        self.sets.iter().zip(&self.known).zip(&self.values).flat_map(|((set, known), values)| {
            let there = values.iter().enumerate().filter(move |(way, _)| set.counts[*way] > 0 && known >> way & 1 == 1);
            there.filter_map(|(way, value)| Some((value.as_ref()?, u64::from(set.counts[way]))))
        })
    }
}

impl Set {
    /// Where a value is.
    fn place(&self, tag: u32) -> Option<usize> {
        let mut found = 0_u32;
        for way in 0..WAYS {
            found |= u32::from(self.tags[way] == tag && self.counts[way] > 0) << way;
        }
        (found != 0).then(|| found.trailing_zeros() as usize)
    }

    /// A place where nothing is.
    fn free(&self) -> Option<usize> {
        let mut free = 0_u32;
        for way in 0..WAYS {
            free |= u32::from(self.counts[way] == 0) << way;
        }
        (free != 0).then(|| free.trailing_zeros() as usize)
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low half")]
fn low(hash: u64) -> u32 {
    hash as u32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::hash;
    use super::*;

    fn of(values: &[i64]) -> Heavy {
        let mut heavy = Heavy::new(32);
        for batch in values.chunks(50) {
            let hashes: Vec<u64> = batch.iter().map(|value| hash::long(*value)).collect();
            hashes.iter().enumerate().for_each(|(row, hash)| heavy.add(*hash, row));
            heavy.fetch(&hashes, |row| Value::Whole(batch[row]));
        }
        heavy
    }

    proptest! {
        /// No count is too high, none too low by more than is said, however the values are split.
        #[test]
        fn counts_are_bounded(values in vec(prop_oneof![0..5_i64, 0..500_i64], 0..2000), parts in 1..5_usize) {
            let mut truth: BTreeMap<i64, u64> = BTreeMap::new();
            values.iter().for_each(|value| *truth.entry(*value).or_default() += 1);
            let mut heavy = Heavy::new(32);
            values.chunks(values.len().div_ceil(parts).max(1)).for_each(|part| heavy.merge(of(part)));
            let slack = heavy.slack();
            prop_assert!(slack <= values.len() as u64);
            let mut seen = BTreeMap::new();
            for (value, count) in heavy.seen() {
                let Value::Whole(value) = value else { panic!("{value:?}") };
                prop_assert!(seen.insert(*value, count).is_none());
                prop_assert!(count <= truth[value] && count + slack >= truth[value]);
            }
            // What is heavier than all that may be lost, by more than a once unseen value a part, is there.
            let parts = parts as u64;
            for (value, count) in truth.iter().filter(|(_, count)| **count > slack + 2 * parts) {
                prop_assert!(seen.contains_key(value), "{value} {count} {slack}");
            }
        }
    }
}
