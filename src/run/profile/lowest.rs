//! The lowest hashes of a column: how many values there are, and whether they are among those of another column.
//!
//! Which ones are kept in the end depends on the values alone, in whatever order and by however many they are found.

use super::distinct::Hashes;

/// The lowest hashes.
#[derive(Debug)]
pub(super) struct Lowest {
    keep: usize,
    kept: Hashes,
    /// All hashes up to here are kept.
    ceiling: u64,
}

impl Lowest {
    /// Keeps at least `keep` hashes, if there are so many, and at most twice as many.
    pub(super) fn new(keep: usize) -> Self {
        Self { keep: keep.max(1), kept: Hashes::default(), ceiling: u64::MAX }
    }

    /// One more value's hash.
    pub(super) fn add(&mut self, hash: u64) {
        if hash <= self.ceiling && self.kept.insert(hash) && self.kept.len() > self.keep * 2 {
            self.settle();
        }
    }

    /// Those of other values.
    pub(super) fn merge(&mut self, other: &Self) {
        if other.ceiling < self.ceiling {
            self.ceiling = other.ceiling;
            let ceiling = self.ceiling;
            self.kept.retain(|hash| *hash <= ceiling);
        }
        other.kept.iter().for_each(|hash| self.add(*hash));
    }

    /// Keeps no more than has to be.
    pub(super) fn settle(&mut self) {
        if self.kept.len() <= self.keep {
            return;
        }
        let mut hashes: Vec<u64> = self.kept.iter().copied().collect();
        let (_, ceiling, _) = hashes.select_nth_unstable(self.keep - 1);
        let ceiling = *ceiling;
        self.ceiling = ceiling;
        self.kept.retain(|hash| *hash <= ceiling);
    }

    /// How many values there are, about.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count, and a float to integer cast saturates")]
    pub(super) fn estimate(&self) -> u64 {
        let part = (self.ceiling as f64 + 1.0) / (u64::MAX as f64 + 1.0);
        (self.kept.len() as f64 / part).round() as u64
    }

    /// Up to where hashes are known.
    pub(super) fn ceiling(&self) -> u64 {
        self.ceiling
    }

    /// Whether a hash below the ceiling is there.
    pub(super) fn has(&self, hash: u64) -> bool {
        self.kept.contains(&hash)
    }

    /// All hashes that are kept, in no order.
    pub(super) fn hashes(&self) -> impl Iterator<Item = u64> + '_ {
        self.kept.iter().copied()
    }
}
