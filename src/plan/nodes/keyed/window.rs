//! The entries of a bucket key by key, each key's in the order of its rows.

use super::entry::{Entry, Table};
use super::functions;
use super::part::{Part, compare, same_key};
use super::results::Results;
use super::spec::Computed;

/// What is used again for the next bucket.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    table: Table,
    /// The number of each entry's key.
    numbers: Vec<u32>,
    sorted: Vec<Entry>,
    /// Where the entries of each key end.
    keys: Vec<u32>,
    /// Where the entries that are equal in key and order end.
    peers: Vec<u32>,
}

/// The rows of a bucket.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rows<'a> {
    pub parts: &'a [Part],
    /// By key, then in order; rows that are equal in both as they were read.
    pub sorted: &'a [Entry],
    /// See [`Scratch`].
    pub keys: &'a [u32],
    /// See [`Scratch`].
    pub peers: &'a [u32],
}

/// Computes the columns for the rows of a bucket.
pub(super) fn run(parts: &[Part], bucket: usize, computed: &[Computed], results: &[Vec<Results>], scratch: &mut Scratch) {
    scratch.sort(parts, bucket);
    let rows = Rows { parts, sorted: &scratch.sorted, keys: &scratch.keys, peers: &scratch.peers };
    for (at, computed) in computed.iter().enumerate() {
        let set = |entry: &Entry, value| {
            let (batch, row) = parts[usize::from(entry.part)].place(entry.row);
            results[usize::from(entry.part)][batch].column(at).set(row, value);
        };
        functions::compute(computed, rows, &set);
    }
}

impl Scratch {
    fn sort(&mut self, parts: &[Part], bucket: usize) {
        let count = parts.iter().map(|part| part.entries.len(bucket)).sum();
        self.table.reset(count);
        self.numbers.clear();
        self.keys.clear();
        let entries = || parts.iter().flat_map(|part| part.entries.chunks(bucket)).flatten();
        for entry in entries() {
            let (number, is_new) = self.table.find(entry, |a, b| same_key(parts, a, b));
            self.numbers.push(u32::try_from(number).unwrap_or(u32::MAX));
            if is_new {
                self.keys.push(0);
            }
            self.keys[number] += 1;
        }
        // From how many rows a key has to where its rows begin; each moves on to where they end.
        let mut start = 0;
        for count in &mut self.keys {
            start += std::mem::replace(count, start);
        }
        self.sorted.clear();
        if let Some(first) = entries().next() {
            self.sorted.resize(count, *first);
        }
        for (entry, number) in entries().zip(&self.numbers) {
            let next = &mut self.keys[*number as usize];
            self.sorted[*next as usize] = *entry;
            *next += 1;
        }
        self.peers.clear();
        let mut start = 0;
        for end in &self.keys {
            let key = &mut self.sorted[start..*end as usize];
            // Stable: rows that are equal stay as they were read.
            key.sort_by(|a, b| compare(parts, a, b));
            for at in 1..key.len() {
                if compare(parts, &key[at - 1], &key[at]).is_ne() {
                    self.peers.push(u32::try_from(start + at).unwrap_or(u32::MAX));
                }
            }
            self.peers.push(*end);
            start = *end as usize;
        }
    }
}
