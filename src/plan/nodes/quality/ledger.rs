//! What the partitions of a quality operator counted, brought together when all have ended.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::spec::Spec;
use super::tally::Accumulator;
use super::verdict::Verdict;

/// Counts of all partitions.
#[derive(Debug, Default)]
pub struct Ledger(Mutex<Partitions>);

#[derive(Debug, Default)]
struct Partitions {
    expected: usize,
    started: usize,
    counts: BTreeMap<usize, Counts>,
}

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, Partitions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn start(&self, partition: usize, expected: usize) {
        let mut partitions = self.lock();
        partitions.expected = expected;
        partitions.started += 1;
        partitions.counts.remove(&partition);
    }

    pub(super) fn finish(&self, partition: usize, counts: Counts) {
        self.lock().counts.insert(partition, counts);
    }

    /// The counts of all partitions; `None` if one of them did not come to its end.
    pub fn total(&self) -> Option<Counts> {
        let partitions = self.lock();
        if partitions.expected == 0 || partitions.counts.len() != partitions.expected {
            return None;
        }
        let mut all = partitions.counts.values();
        let mut total = all.next()?.clone();
        all.for_each(|counts| total.merge(counts));
        Some(total)
    }
}

/// What was counted.
#[derive(Debug, Clone)]
pub struct Counts {
    /// Rows read.
    pub input: u64,
    /// Rows for the main port.
    pub passed: u64,
    /// Rows for the `failed` port.
    pub failed: u64,
    /// Rows that fail any rule, whatever becomes of them.
    pub faulty: u64,
    /// Per leaf of the spec: rows inside it.
    pub leaves: Vec<Tested>,
    /// Per rule of the spec.
    pub rules: Vec<Tested>,
    /// Per aggregate of the spec.
    pub tallies: Vec<Accumulator>,
}

/// How many rows a test saw, passed and failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tested {
    /// Rows seen.
    pub rows: u64,
    /// Rows that pass.
    pub pass: u64,
    /// Rows that fail.
    pub fail: u64,
}

impl Tested {
    pub(super) fn add(&mut self, verdict: &Verdict) {
        self.pass += verdict.pass.count_set_bits() as u64;
        self.fail += verdict.fail.count_set_bits() as u64;
    }
}

impl Counts {
    pub(super) fn new(spec: &Spec) -> Self {
        Self {
            input: 0,
            passed: 0,
            failed: 0,
            faulty: 0,
            leaves: vec![Tested::default(); spec.leaves.len()],
            rules: vec![Tested::default(); spec.rules.len()],
            tallies: spec.tallies.iter().map(|tally| Accumulator::new(tally.kind)).collect(),
        }
    }

    fn merge(&mut self, other: &Self) {
        self.input += other.input;
        self.passed += other.passed;
        self.failed += other.failed;
        self.faulty += other.faulty;
        let tested = self.leaves.iter_mut().zip(&other.leaves).chain(self.rules.iter_mut().zip(&other.rules));
        for (own, more) in tested {
            own.rows += more.rows;
            own.pass += more.pass;
            own.fail += more.fail;
        }
        self.tallies.iter_mut().zip(&other.tallies).for_each(|(own, more)| own.merge(more));
    }
}
