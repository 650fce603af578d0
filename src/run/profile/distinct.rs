//! How many values there are, and which are the most frequent: exactly while they are few, in bounded memory always.
//!
//! Beyond the limit sketches take over: [`Lowest`] says how many values there are in all and whether they are among
//! those of another column (a `HyperLogLog` of the same error says only the first), [`Heavy`] which are the most
//! frequent, [`Gathered`] which share of them occurs once if nearly all seem to.

use std::hash::{BuildHasherDefault, Hasher};
use std::ops::Range;

use hashbrown::{HashMap, HashSet};

use super::gather::Gathered;
use super::heavy::Heavy;
use super::lowest::Lowest;
use super::text::Facts;
use super::value::Value;

/// Hashes are hashes already.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AsIs(u64);

impl Hasher for AsIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = super::hash::bytes(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

pub(super) type Hashes = HashSet<u64, BuildHasherDefault<AsIs>>;

/// A value with how often it was seen.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) hash: u64,
    pub(super) count: u64,
    pub(super) value: Value,
    /// What is known of a text.
    pub(super) facts: Facts,
}

/// All values, in the order in which they were first seen.
#[derive(Debug, Default)]
struct Table {
    places: HashMap<u64, usize, BuildHasherDefault<AsIs>>,
    entries: Vec<Entry>,
}

/// Values whose text may be shown although they occur once.
const SHOWN: usize = 100;

/// The values of a column.
#[derive(Debug)]
pub(super) struct Distinct {
    limit: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    Exact(Table),
    Sketch(Box<Sketch>),
}

/// What is kept of many values.
#[derive(Debug)]
struct Sketch {
    values: u64,
    lowest: Lowest,
    heavy: Heavy,
    gathered: Gathered,
}

/// Counts of a column's values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Counted {
    pub(super) distinct: u64,
    /// Whether all values were counted; else `distinct` is an estimate, with a standard error of about a percent.
    pub(super) exact: bool,
    /// Values that occur once, where all were counted.
    pub(super) singles: Option<u64>,
    /// The most frequent values, the most frequent first.
    pub(super) frequent: Vec<(String, u64)>,
    /// By how much a count can be too low.
    pub(super) slack: u64,
}

impl Distinct {
    /// Counts exactly up to `limit` values.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, state: State::Exact(Table::default()) }
    }

    /// Adds the values of a batch at some rows. What is asked for by row is asked for only if it is needed.
    pub(super) fn add(
        &mut self,
        hashes: &[u64],
        runs: &[Range<usize>],
        value: impl Fn(usize) -> Value,
        mut facts: impl FnMut(usize) -> Facts,
    ) {
        match &mut self.state {
            State::Exact(table) => {
                for run in runs {
                    for row in run.clone() {
                        let hash = hashes[row];
                        match table.places.get(&hash) {
                            Some(place) => table.entries[*place].count += 1,
                            None => table.push(Entry { hash, count: 1, value: value(row), facts: facts(row) }),
                        }
                    }
                }
            }
            State::Sketch(sketch) => {
                for run in runs {
                    let part = &hashes[run.clone()];
                    part.iter().for_each(|hash| sketch.lowest.add(*hash));
                    part.iter().zip(run.clone()).for_each(|(hash, row)| sketch.heavy.add(*hash, row));
                    sketch.gathered.extend(part);
                    sketch.values += part.len() as u64;
                }
                sketch.heavy.fetch(hashes, value);
                sketch.gathered.look(sketch.values, || sketch.lowest.estimate());
            }
        }
    }

    /// Whether all values are counted.
    pub(super) fn is_exact(&self) -> bool {
        matches!(self.state, State::Exact(_))
    }

    /// Whether there are more values than are to be counted.
    pub(super) fn overflows(&self) -> bool {
        matches!(&self.state, State::Exact(table) if table.entries.len() > self.limit)
    }

    /// Gives up counting: sketches of the values from here on.
    pub(super) fn give_up(&mut self, mut gathered: Gathered) {
        let State::Exact(table) = &mut self.state else { return };
        let mut lowest = Lowest::new(self.limit / 2);
        // Of ten columns side by side they stay in a processor's cache.
        let mut heavy = Heavy::new(self.limit / 16);
        let mut values = 0;
        for Entry { hash, count, value, .. } in std::mem::take(&mut table.entries) {
            lowest.add(hash);
            gathered.repeat(hash, count);
            heavy.weigh(hash, count, (count > 1).then_some(value));
            values += count;
        }
        gathered.look(values, || lowest.estimate());
        self.state = State::Sketch(Box::new(Sketch { values, lowest, heavy, gathered }));
    }

    /// Adds what was found in a later part. Both count, or neither does.
    pub(super) fn merge(&mut self, other: Self, facts: impl Fn(Facts) -> Facts) {
        match (&mut self.state, other.state) {
            (State::Exact(table), State::Exact(other)) => {
                for entry in other.entries {
                    match table.places.get(&entry.hash) {
                        Some(place) => table.entries[*place].count += entry.count,
                        None => table.push(Entry { facts: facts(entry.facts), ..entry }),
                    }
                }
            }
            (State::Sketch(sketch), State::Sketch(other)) => {
                sketch.values += other.values;
                sketch.lowest.merge(&other.lowest);
                sketch.heavy.merge(other.heavy);
                sketch.gathered.merge(other.gathered);
                sketch.gathered.look(sketch.values, || sketch.lowest.estimate());
            }
            (State::Exact(_), State::Sketch(_)) | (State::Sketch(_), State::Exact(_)) => {
                debug_assert!(false, "both give up before they are merged");
            }
        }
    }

    /// A part of the data ends.
    pub(super) fn close(&mut self) {
        if let State::Sketch(sketch) = &mut self.state {
            sketch.gathered.close();
        }
    }

    /// There are no more values: what is left of sketches depends on the values alone.
    pub(super) fn settle(&mut self) {
        if let State::Sketch(sketch) = &mut self.state {
            sketch.lowest.settle();
        }
    }

    /// The hashes of all values, if they were gathered.
    pub(super) fn take_gathered(&mut self) -> Option<Gathered> {
        match &mut self.state {
            State::Exact(_) => None,
            State::Sketch(sketch) => sketch.gathered.take(),
        }
    }

    /// All values with their counts, in the order in which they were first seen; none if they are not all counted.
    pub(super) fn entries(&self) -> &[Entry] {
        match &self.state {
            State::Exact(table) => &table.entries,
            State::Sketch(_) => &[],
        }
    }

    /// How many different values there are, about if they are not all counted.
    pub(super) fn different(&self) -> u64 {
        match &self.state {
            State::Exact(table) => table.entries.len() as u64,
            State::Sketch(sketch) => sketch.lowest.estimate(),
        }
    }

    /// What was counted, with up to `most` values.
    pub(super) fn counted(&self, most: usize, text: impl Fn(&Value) -> String) -> Counted {
        let (singles, seen, slack): (_, Vec<(&Value, u64)>, _) = match &self.state {
            State::Exact(Table { entries, .. }) => {
                let singles = entries.iter().filter(|entry| entry.count == 1).count() as u64;
                let shown = entries.iter().enumerate().filter(|(at, entry)| *at < SHOWN || entry.count > 1);
                (Some(singles), shown.map(|(_, entry)| (&entry.value, entry.count)).collect(), 0)
            }
            State::Sketch(sketch) => (None, sketch.heavy.seen().collect(), sketch.heavy.slack()),
        };
        let frequent = frequent(seen, most, text);
        Counted { distinct: self.different(), exact: self.is_exact(), singles, frequent, slack }
    }

    /// The share of these values that are among the other's, as far as the sketches tell; `None` if there are none.
    pub(super) fn share_among(&self, other: &Self) -> Option<f64> {
        let ceiling = self.ceiling().min(other.ceiling());
        let mut all = 0_u64;
        let mut found = 0_u64;
        let mut look = |hash: u64| {
            if hash <= ceiling {
                all += 1;
                found += u64::from(other.has(hash));
            }
        };
        match &self.state {
            State::Exact(table) => table.entries.iter().for_each(|entry| look(entry.hash)),
            State::Sketch(sketch) => sketch.lowest.hashes().for_each(&mut look),
        }
        (all > 0).then(|| found as f64 / all as f64)
    }

    fn ceiling(&self) -> u64 {
        match &self.state {
            State::Exact(_) => u64::MAX,
            State::Sketch(sketch) => sketch.lowest.ceiling(),
        }
    }

    fn has(&self, hash: u64) -> bool {
        match &self.state {
            State::Exact(table) => table.places.contains_key(&hash),
            State::Sketch(sketch) => sketch.lowest.has(hash),
        }
    }
}

impl Table {
    fn push(&mut self, entry: Entry) {
        self.places.insert(entry.hash, self.entries.len());
        self.entries.push(entry);
    }
}

/// The most frequent values, the most frequent first, of equals the first by their text.
fn frequent(mut seen: Vec<(&Value, u64)>, most: usize, text: impl Fn(&Value) -> String) -> Vec<(String, u64)> {
    if most == 0 {
        return Vec::new();
    }
    // Words are made only of those that may be among them.
    if seen.len() > most {
        let (_, (_, least), _) = seen.select_nth_unstable_by(most - 1, |(_, a), (_, b)| b.cmp(a));
        let least = *least;
        seen.retain(|(_, count)| *count >= least);
    }
    let mut frequent: Vec<(String, u64)> = seen.into_iter().map(|(value, count)| (text(value), count)).collect();
    frequent.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
    frequent.truncate(most);
    frequent
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::super::hash;
    use super::*;

    fn of(values: impl IntoIterator<Item = i64>, limit: usize) -> Distinct {
        let mut distinct = Distinct::new(limit);
        let values: Vec<i64> = values.into_iter().collect();
        for batch in values.chunks(700) {
            let hashes: Vec<u64> = batch.iter().map(|value| hash::long(*value)).collect();
            let all: Vec<Range<usize>> = std::iter::once(0..batch.len()).collect();
            distinct.add(&hashes, &all, |row| Value::Whole(batch[row]), |_| Facts::default());
            if distinct.overflows() {
                distinct.give_up(Gathered::none());
            }
        }
        distinct
    }

    /// As columns do it.
    fn merged(mut first: Distinct, mut second: Distinct) -> Distinct {
        if first.is_exact() != second.is_exact() {
            first.give_up(Gathered::none());
            second.give_up(Gathered::none());
        }
        first.merge(second, |facts| facts);
        if first.overflows() {
            first.give_up(Gathered::none());
        }
        first
    }

    fn counted(distinct: &Distinct, most: usize) -> Counted {
        distinct.counted(most, |value| match value {
            Value::Whole(value) => value.to_string(),
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn few_values_are_counted() {
        let counted = counted(&of([3, 1, 3, 2, 3, 1], 1024), 2);
        assert_eq!((counted.distinct, counted.exact, counted.singles), (3, true, Some(1)));
        assert_eq!(counted.frequent, [("3".to_owned(), 3), ("1".to_owned(), 2)]);
    }

    #[test]
    fn many_values_are_estimated() {
        for many in [20_000, 200_000, 1_000_000] {
            let mut distinct = of(0..many, 16_384);
            distinct.settle();
            let counted = counted(&distinct, 5);
            assert!(!counted.exact);
            let error = (counted.distinct as f64 / many as f64 - 1.0).abs();
            assert!(error < 0.04, "{many}: {}", counted.distinct);
        }
    }

    #[test]
    fn heavy_values_are_found_among_many() {
        let values = (0..100_000).map(|at| if at % 10 == 0 { -1 } else { at });
        let counted = counted(&of(values, 2_048), 3);
        assert_eq!(counted.frequent[0].0, "-1");
        let count = counted.frequent[0].1;
        assert!(count <= 10_000 && count + counted.slack >= 10_000, "{count} and {}", counted.slack);
    }

    #[test]
    fn what_is_among_another_is_seen_in_the_sketches() {
        let reference = of(0..100_000, 4_096);
        let near = |share: Option<f64>, expected: f64| assert!((share.unwrap() - expected).abs() < 0.05, "{share:?}");
        near(of(0..50_000, 4_096).share_among(&reference), 1.0);
        near(of(50_000..150_000, 4_096).share_among(&reference), 0.5);
        near(of([1, 2, 3, -4], 4_096).share_among(&of(0..10, 4_096)), 0.75);
        assert_eq!(of([], 4_096).share_among(&reference), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

        /// However the values are split, the same is counted, and the same is estimated where there are too many.
        #[test]
        fn parts_count_as_the_whole(values in vec(prop_oneof![0..20_i64, 0..1_000_i64], 0..2_000), cuts in vec(0..2_000_usize, 0..4)) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(values.len())).collect();
            cuts.extend([0, values.len()]);
            cuts.sort_unstable();
            let mut whole = of(values.iter().copied(), 256);
            let parts = cuts.windows(2).map(|cut| of(values[cut[0]..cut[1]].iter().copied(), 256));
            let mut parts = parts.reduce(merged).unwrap();
            whole.settle();
            parts.settle();
            let (whole, parts) = (counted(&whole, 64), counted(&parts, 64));
            prop_assert_eq!((whole.distinct, whole.exact, whole.singles), (parts.distinct, parts.exact, parts.singles));
            if whole.exact {
                prop_assert_eq!(whole.frequent, parts.frequent);
            }
        }
    }
}
