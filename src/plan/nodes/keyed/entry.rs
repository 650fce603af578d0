//! A row as far as these operators look at it, in buckets by the hash of its key.

/// So many buckets: those of ten million rows then fit into a core's cache, one at a time.
pub(super) const BUCKETS: usize = 256;
const BUCKET_BITS: u32 = BUCKETS.trailing_zeros();

/// A bucket grows by chunks of so many entries: nothing is copied when it grows, and little stays empty.
const CHUNK: usize = 1024;

/// A row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    /// The hash of its key.
    pub hash: u64,
    /// Its place in the order, or the beginning of it (see [`super::order`]).
    pub order: u64,
    /// The row's number in its partition.
    pub row: u32,
    /// The partition.
    pub part: u16,
    /// Goes before `order`: it keeps NULL apart from values.
    pub rank: u8,
    /// Whether the key is NULL, where the hash alone is the key (see [`super::keys`]).
    pub null_key: bool,
}

/// The entries of a partition.
#[derive(Debug)]
pub(super) struct Buckets {
    /// The chunk of each bucket that has room.
    open: Vec<Vec<Entry>>,
    full: Vec<Vec<Vec<Entry>>>,
}

impl Default for Buckets {
    fn default() -> Self {
        Self { open: (0..BUCKETS).map(|_| Vec::new()).collect(), full: (0..BUCKETS).map(|_| Vec::new()).collect() }
    }
}

impl Buckets {
    /// Adds an entry. Those of a bucket stay in the order in which they came.
    pub(super) fn push(&mut self, entry: Entry) {
        let bucket = usize::try_from(entry.hash >> (u64::BITS - BUCKET_BITS)).unwrap_or_default();
        let open = &mut self.open[bucket];
        if open.len() == CHUNK {
            let full = std::mem::replace(open, Vec::with_capacity(CHUNK));
            self.full[bucket].push(full);
        }
        self.open[bucket].push(entry);
    }

    /// The entries of a bucket, in chunks.
    pub(super) fn chunks(&self, bucket: usize) -> impl Iterator<Item = &[Entry]> {
        self.full[bucket].iter().chain(std::iter::once(&self.open[bucket])).map(Vec::as_slice)
    }

    /// How many entries a bucket has.
    pub(super) fn len(&self, bucket: usize) -> usize {
        self.full[bucket].len() * CHUNK + self.open[bucket].len()
    }
}

/// Finds the entries of equal keys in a bucket: gives each key a number, in the order in which keys come.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// The number of a key plus one, where its hash says or behind.
    slots: Vec<u32>,
    /// An entry of each key.
    pub keys: Vec<Entry>,
}

impl Table {
    /// An empty table for so many entries.
    pub(super) fn reset(&mut self, entries: usize) {
        self.keys.clear();
        let size = (entries * 2).next_power_of_two().max(2);
        self.slots.clear();
        self.slots.resize(size, 0);
    }

    /// The number of an entry's key, and whether the key is new. `same` compares keys of equal hashes by value.
    pub(super) fn find(&mut self, entry: &Entry, same: impl Fn(&Entry, &Entry) -> bool) -> (usize, bool) {
        let mask = self.slots.len() - 1;
        // The table has twice as many slots as entries, so that there is always an empty one.
        let mut slot = usize::try_from(entry.hash & mask as u64).unwrap_or_default();
        loop {
            let Some(number) = (self.slots[slot] as usize).checked_sub(1) else {
                self.keys.push(*entry);
                self.slots[slot] = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
                return (self.keys.len() - 1, true);
            };
            let key = &self.keys[number];
            if key.hash == entry.hash && key.null_key == entry.null_key && same(key, entry) {
                return (number, false);
            }
            slot = (slot + 1) & mask;
        }
    }
}
