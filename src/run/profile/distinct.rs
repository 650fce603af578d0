//! How many values there are, and which are the most frequent: exactly while they are few, in bounded memory always.
//!
//! Beyond the limit two sketches take over. The hashes below a falling ceiling are kept: how many there are says how
//! many values there are in all, and whether they are among the hashes of another column says whether the values are
//! (a `HyperLogLog` of the same error says only the first). The heaviest counts are kept as Misra and Gries do it: what
//! is taken from all of them when room is needed is the most by which a count can be too low.

use std::hash::{BuildHasherDefault, Hasher};

use hashbrown::{HashMap, HashSet};

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
type Counts = HashMap<u64, Seen, BuildHasherDefault<AsIs>>;

/// How often a value was seen, and the value as it is shown: of values that occur once only the first few have it.
#[derive(Debug, Clone)]
struct Seen {
    count: u64,
    value: Option<Box<str>>,
}

/// Values whose text is kept although they occur once.
const SHOWN: usize = 100;

/// The values of a column.
#[derive(Debug)]
pub(super) struct Distinct {
    limit: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    Exact(Counts),
    Sketch { below: Hashes, ceiling: u64, heavy: Counts, slack: u64 },
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
        Self { limit, state: State::Exact(Counts::default()) }
    }

    /// One more value; its text is asked for only if it is needed.
    pub(super) fn add(&mut self, hash: u64, text: impl FnOnce() -> Box<str>) {
        match &mut self.state {
            State::Exact(counts) => {
                let early = counts.len() < SHOWN;
                count(counts, hash, early, text);
                if counts.len() > self.limit {
                    self.state = sketch(std::mem::take(counts), self.limit);
                }
            }
            State::Sketch { below, ceiling, heavy, slack } => {
                if hash <= *ceiling {
                    below.insert(hash);
                    if below.len() > self.limit {
                        *ceiling = lowered(below, self.limit / 2);
                    }
                }
                count(heavy, hash, false, text);
                if heavy.len() > self.limit / 4 {
                    *slack += lightened(heavy, self.limit / 8);
                }
            }
        }
    }

    /// What was counted, with up to `most` values.
    pub(super) fn counted(&self, most: usize) -> Counted {
        let (distinct, exact, singles, counts, slack) = match &self.state {
            State::Exact(counts) => {
                let singles = counts.values().filter(|seen| seen.count == 1).count() as u64;
                (counts.len() as u64, true, Some(singles), counts, 0)
            }
            State::Sketch { heavy, slack, .. } => (self.estimate(), false, None, heavy, *slack),
        };
        let mut frequent: Vec<(String, u64)> =
            counts.values().filter_map(|seen| Some((seen.value.as_deref()?.to_owned(), seen.count))).collect();
        frequent.sort_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        frequent.truncate(most);
        Counted { distinct, exact, singles, frequent, slack }
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, and a float to integer cast saturates")]
    fn estimate(&self) -> u64 {
        match &self.state {
            State::Exact(counts) => counts.len() as u64,
            State::Sketch { below, ceiling, .. } => {
                let part = (*ceiling as f64 + 1.0) / (u64::MAX as f64 + 1.0);
                (below.len() as f64 / part).round() as u64
            }
        }
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
            State::Exact(counts) => counts.keys().copied().for_each(&mut look),
            State::Sketch { below, .. } => below.iter().copied().for_each(&mut look),
        }
        (all > 0).then(|| found as f64 / all as f64)
    }

    fn ceiling(&self) -> u64 {
        match &self.state {
            State::Exact(_) => u64::MAX,
            State::Sketch { ceiling, .. } => *ceiling,
        }
    }

    fn has(&self, hash: u64) -> bool {
        match &self.state {
            State::Exact(counts) => counts.contains_key(&hash),
            State::Sketch { below, .. } => below.contains(&hash),
        }
    }
}

fn count(counts: &mut Counts, hash: u64, keep: bool, text: impl FnOnce() -> Box<str>) {
    let seen = counts.entry(hash).or_insert(Seen { count: 0, value: None });
    seen.count += 1;
    if seen.value.is_none() && (keep || seen.count > 1) {
        seen.value = Some(text());
    }
}

fn sketch(counts: Counts, limit: usize) -> State {
    let mut below: Hashes = counts.keys().copied().collect();
    let ceiling = lowered(&mut below, limit / 2);
    let mut heavy = counts;
    let slack = lightened(&mut heavy, limit / 8);
    State::Sketch { below, ceiling, heavy, slack }
}

/// Keeps the lowest hashes; the greatest that stays.
fn lowered(below: &mut Hashes, keep: usize) -> u64 {
    let mut hashes: Vec<u64> = below.iter().copied().collect();
    let (_, ceiling, _) = hashes.select_nth_unstable(keep.saturating_sub(1));
    let ceiling = *ceiling;
    below.retain(|hash| *hash <= ceiling);
    ceiling
}

/// Takes so much from all counts that at most `keep` are left; what was taken.
fn lightened(heavy: &mut Counts, keep: usize) -> u64 {
    let mut counts: Vec<u64> = heavy.values().map(|seen| seen.count).collect();
    let (_, taken, _) = counts.select_nth_unstable_by(keep.min(heavy.len() - 1), |a, b| b.cmp(a));
    let taken = *taken;
    heavy.retain(|_, seen| {
        seen.count = seen.count.saturating_sub(taken);
        seen.count > 0
    });
    heavy.shrink_to(keep * 2);
    taken
}

#[cfg(test)]
mod tests {
    use super::super::hash;
    use super::*;

    fn of(values: impl IntoIterator<Item = i128>, limit: usize) -> Distinct {
        let mut distinct = Distinct::new(limit);
        values.into_iter().for_each(|value| distinct.add(hash::whole(value), || value.to_string().into()));
        distinct
    }

    #[test]
    fn few_values_are_counted() {
        let counted = of([3, 1, 3, 2, 3, 1], 1024).counted(2);
        assert_eq!((counted.distinct, counted.exact, counted.singles), (3, true, Some(1)));
        assert_eq!(counted.frequent, [("3".to_owned(), 3), ("1".to_owned(), 2)]);
    }

    #[test]
    fn many_values_are_estimated() {
        for many in [20_000, 200_000, 1_000_000] {
            let counted = of(0..many, 16_384).counted(5);
            assert!(!counted.exact);
            let error = (counted.distinct as f64 / many as f64 - 1.0).abs();
            assert!(error < 0.04, "{many}: {}", counted.distinct);
        }
    }

    #[test]
    fn heavy_values_are_found_among_many() {
        let values = (0..100_000).map(|at| if at % 10 == 0 { -1 } else { at });
        let counted = of(values, 2_048).counted(3);
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
}
