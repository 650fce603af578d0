//! The heaviest values of a column in bounded memory, after Misra and Gries.
//!
//! A hash belongs to one of many sets of a few places. A value that finds its set full takes one from every count in it
//! instead of being counted: what a set has lost is the most by which a count in it can be too low.

use super::value::Value;

/// Places of a set: what is looked at of them first fills a line of the processor's cache.
const WAYS: usize = 8;

/// The heaviest values.
#[derive(Debug)]
pub(super) struct Heavy {
    sets: Vec<Set>,
    /// The whole hashes by set and place.
    hashes: Vec<[u64; WAYS]>,
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
    /// The low half of each hash: hardly two in a set have the same one.
    tags: [u32; WAYS],
    /// Nothing is at a place whose count is zero.
    counts: [u32; WAYS],
    /// What the set has lost.
    lost: u64,
    /// A bit for every place whose value is known.
    known: u32,
}

impl Heavy {
    /// Keeps about `counts` counts.
    pub(super) fn new(counts: usize) -> Self {
        let sets = (counts / WAYS).next_power_of_two().max(2);
        Self {
            sets: vec![Set::default(); sets],
            hashes: vec![[0; WAYS]; sets],
            values: vec![[const { None }; WAYS]; sets],
            wanted: Vec::new(),
            shift: u64::BITS - sets.trailing_zeros(),
        }
    }

    fn set(&self, hash: u64) -> usize {
        usize::try_from(hash >> self.shift).unwrap_or(0)
    }

    /// The place of a hash.
    fn place(&self, at: usize, hash: u64) -> Option<usize> {
        let tag = low(hash);
        let mut same = marks(&self.sets[at].tags, |known| *known == tag);
        while same != 0 {
            let way = same.trailing_zeros() as usize;
            if self.hashes[at][way] == hash {
                return Some(way);
            }
            same &= same - 1;
        }
        None
    }

    /// One more value, that of a row of the batch at hand.
    pub(super) fn add(&mut self, hash: u64, row: usize) {
        let at = self.set(hash);
        let place = self.place(at, hash);
        let set = &mut self.sets[at];
        if let Some(way) = place {
            match set.counts[way].checked_add(1) {
                Some(count) => set.counts[way] = count,
                None => set.lost += 1,
            }
            // What is seen once only is never shown.
            if set.counts[way] > 1 && set.known >> way & 1 == 0 {
                self.wanted.push((at, way, row));
            }
            return;
        }
        let free = marks(&set.counts, |count| *count == 0);
        if free == 0 {
            set.counts.iter_mut().for_each(|count| *count -= 1);
            set.lost += 1;
            return;
        }
        let way = free.trailing_zeros() as usize;
        set.tags[way] = low(hash);
        set.counts[way] = 1;
        set.known &= !(1 << way);
        self.hashes[at][way] = hash;
    }

    /// Fetches the values that are to be shown: the batch with the given hashes ends.
    pub(super) fn fetch(&mut self, hashes: &[u64], value: impl Fn(usize) -> Value) {
        for (at, way, row) in self.wanted.drain(..) {
            let set = &mut self.sets[at];
            if self.hashes[at][way] == hashes[row] && set.known >> way & 1 == 0 {
                set.known |= 1 << way;
                self.values[at][way] = Some(value(row));
            }
        }
    }

    /// A value that was counted elsewhere.
    pub(super) fn weigh(&mut self, hash: u64, count: u64, value: Option<Value>) {
        let at = self.set(hash);
        let place = self.place(at, hash);
        let set = &mut self.sets[at];
        if let Some(way) = place {
            set.gain(way, count);
            if let Some(value) = value
                && set.known >> way & 1 == 0
            {
                set.known |= 1 << way;
                self.values[at][way] = Some(value);
            }
            return;
        }
        let least = set.counts.iter().copied().min().map_or(0, u64::from).min(count);
        let taken = u32::try_from(least).unwrap_or(u32::MAX);
        set.counts.iter_mut().for_each(|count| *count -= taken);
        set.lost += least;
        let free = marks(&set.counts, |count| *count == 0);
        if count > least && free != 0 {
            let way = free.trailing_zeros() as usize;
            set.tags[way] = low(hash);
            set.gain(way, count - least);
            set.known = set.known & !(1 << way) | u32::from(value.is_some()) << way;
            self.hashes[at][way] = hash;
            self.values[at][way] = value;
        }
    }

    /// Those of other values.
    pub(super) fn merge(&mut self, other: Self) {
        for ((at, set), (hashes, values)) in other.sets.into_iter().enumerate().zip(other.hashes.into_iter().zip(other.values)) {
            self.sets[at].lost += set.lost;
            for (way, (hash, value)) in hashes.into_iter().zip(values).enumerate().filter(|(way, _)| set.counts[*way] > 0) {
                self.weigh(hash, u64::from(set.counts[way]), value.filter(|_| set.known >> way & 1 == 1));
            }
        }
    }

    /// By how much a count can be too low.
    pub(super) fn slack(&self) -> u64 {
        self.sets.iter().map(|set| set.lost).max().unwrap_or(0)
    }

    /// The values that were seen more than once, with their counts.
    pub(super) fn seen(&self) -> impl Iterator<Item = (&Value, u64)> {
        self.sets.iter().zip(&self.values).flat_map(|(set, values)| {
            let known = values.iter().enumerate().filter(|(way, _)| set.counts[*way] > 0 && set.known >> way & 1 == 1);
            known.filter_map(|(way, value)| Some((value.as_ref()?, u64::from(set.counts[way]))))
        })
    }
}

impl Set {
    /// Adds to a count; what does not fit is lost.
    fn gain(&mut self, way: usize, more: u64) {
        let count = u64::from(self.counts[way]) + more;
        let kept = u32::try_from(count).unwrap_or(u32::MAX);
        self.lost += count - u64::from(kept);
        self.counts[way] = kept;
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low half")]
fn low(hash: u64) -> u32 {
    hash as u32
}

/// A bit for every place of which something holds.
fn marks(places: &[u32; WAYS], holds: impl Fn(&u32) -> bool) -> u32 {
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
