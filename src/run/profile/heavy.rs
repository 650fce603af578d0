//! The heaviest values of a column in bounded memory, after Misra and Gries.
//!
//! A hash belongs to one of many sets of a few places. A value that finds its set full takes one from every count in it
//! instead of being counted: what a set has lost is the most by which a count in it can be too low.

use super::value::Value;

/// Places of a set: their hashes fill a line of the processor's cache.
const WAYS: usize = 8;

/// The heaviest values.
#[derive(Debug)]
pub(super) struct Heavy {
    hashes: Vec<[u64; WAYS]>,
    /// Nothing is at a place whose count is zero.
    counts: Vec<[u64; WAYS]>,
    /// What each set has lost.
    lost: Vec<u64>,
    /// Values that were seen more than once, by place.
    values: Vec<Option<Value>>,
    /// Places whose value is to be fetched, with its row in the batch.
    wanted: Vec<(usize, usize)>,
    /// Bits of a hash that do not say which set it belongs to.
    shift: u32,
}

impl Heavy {
    /// Keeps about `counts` counts.
    pub(super) fn new(counts: usize) -> Self {
        let sets = (counts / WAYS).next_power_of_two().max(2);
        Self {
            hashes: vec![[0; WAYS]; sets],
            counts: vec![[0; WAYS]; sets],
            lost: vec![0; sets],
            values: vec![None; sets * WAYS],
            wanted: Vec::new(),
            shift: u64::BITS - sets.trailing_zeros(),
        }
    }

    fn set(&self, hash: u64) -> usize {
        usize::try_from(hash >> self.shift).unwrap_or(0)
    }

    /// One more value, that of a row of the batch at hand.
    pub(super) fn add(&mut self, hash: u64, row: usize) {
        let set = self.set(hash);
        let (hashes, counts) = (&mut self.hashes[set], &mut self.counts[set]);
        let same = marks(hashes, |known| *known == hash);
        if same != 0 {
            let way = same.trailing_zeros() as usize;
            counts[way] += 1;
            // What is seen once only is never shown.
            if counts[way] > 1 && self.values[set * WAYS + way].is_none() {
                self.wanted.push((set * WAYS + way, row));
            }
            return;
        }
        let free = marks(counts, |count| *count == 0);
        if free == 0 {
            counts.iter_mut().for_each(|count| *count -= 1);
            self.lost[set] += 1;
            return;
        }
        let way = free.trailing_zeros() as usize;
        hashes[way] = hash;
        counts[way] = 1;
        self.values[set * WAYS + way] = None;
    }

    /// Fetches the values that are to be shown: the batch with the given hashes ends.
    pub(super) fn fetch(&mut self, hashes: &[u64], value: impl Fn(usize) -> Value) {
        for (place, row) in std::mem::take(&mut self.wanted) {
            let here = self.hashes[place / WAYS][place % WAYS] == hashes[row];
            if here && self.values[place].is_none() {
                self.values[place] = Some(value(row));
            }
        }
    }

    /// A value that was counted elsewhere.
    pub(super) fn weigh(&mut self, hash: u64, mut count: u64, value: Option<Value>) {
        let set = self.set(hash);
        let (hashes, counts) = (&mut self.hashes[set], &mut self.counts[set]);
        let same = marks(hashes, |known| *known == hash);
        if same != 0 {
            let way = same.trailing_zeros() as usize;
            counts[way] += count;
            let known = &mut self.values[set * WAYS + way];
            *known = known.take().or(value);
            return;
        }
        let least = counts.iter().copied().min().unwrap_or(0).min(count);
        counts.iter_mut().for_each(|count| *count -= least);
        self.lost[set] += least;
        count -= least;
        let free = marks(counts, |count| *count == 0);
        if count > 0 && free != 0 {
            let way = free.trailing_zeros() as usize;
            hashes[way] = hash;
            counts[way] = count;
            self.values[set * WAYS + way] = value;
        }
    }

    /// Those of other values.
    pub(super) fn merge(&mut self, other: Self) {
        for (lost, more) in self.lost.iter_mut().zip(&other.lost) {
            *lost += more;
        }
        let counted = other.hashes.into_iter().flatten().zip(other.counts.into_iter().flatten());
        for ((hash, count), value) in counted.zip(other.values).filter(|((_, count), _)| *count > 0) {
            self.weigh(hash, count, value);
        }
    }

    /// By how much a count can be too low.
    pub(super) fn slack(&self) -> u64 {
        self.lost.iter().copied().max().unwrap_or(0)
    }

    /// The values that were seen more than once, with their counts.
    pub(super) fn seen(&self) -> impl Iterator<Item = (&Value, u64)> {
        let counts = self.counts.iter().flatten();
        self.values.iter().zip(counts).filter_map(|(value, count)| Some((value.as_ref()?, *count))).filter(|(_, count)| *count > 0)
    }
}

/// A bit for every place of which something holds.
fn marks(places: &[u64; WAYS], holds: impl Fn(&u64) -> bool) -> u32 {
    places.iter().enumerate().fold(0, |marks, (way, place)| marks | u32::from(holds(place)) << way)
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
