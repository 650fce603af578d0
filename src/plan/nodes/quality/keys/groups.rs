//! Groups of equal keys: how many there are, and which keys occur more than once.

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, BooleanBufferBuilder, UInt32Array, new_empty_array};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::common::Result;
use hashbrown::HashSet;

use super::super::Mask;
use super::account::Account;
use super::radix::{Hashes, Repeated, short};
use super::{ByteMap, Codec, all_null, hasher, hashes, normal, selected};

/// So many different keys are counted exactly before only their hashes are kept.
/// In tests they are many soon, so that both ways are taken.
const EXACT_LIMIT: usize = if cfg!(test) { 8 } else { 1 << 14 };
/// So many of the keys that occur once are remembered, where keys are counted exactly.
const SINGLES: usize = 20;

/// Figures of the groups of equal keys.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct GroupCounts {
    /// Rows whose key is not null throughout.
    pub rows: u64,
    /// Groups of them.
    pub groups: u64,
    /// Groups of one row.
    pub single: u64,
    /// Rows whose key is null throughout.
    pub null_rows: u64,
    /// `Σ c ln c` over the groups' sizes.
    pub weighted: f64,
}

/// The groups of a key: their figures, and which keys occur more than once.
#[derive(Debug)]
pub struct Groups {
    /// The figures.
    pub counts: GroupCounts,
    signed_zeros: bool,
    codec: Codec,
    repeated: ByteMap<u64>,
    /// Short hashes of these keys, and some that are alike by chance.
    repeated_hashes: HashSet<u64, ahash::RandomState>,
    /// The first keys that occur once, if keys are few.
    singles: Vec<Vec<u8>>,
    /// What the keys that occur more than once take.
    _accounts: Vec<Account>,
}

impl Groups {
    /// The keys that occur most often with how often they do, as texts; of those that occur equally often the smallest.
    /// Of keys that occur once a few, and none if keys are many. Keys must be of one column of that type.
    pub fn frequent(&self, limit: usize, data_type: &DataType) -> Result<Vec<(String, u64)>> {
        let once = self.singles.iter().map(|key| (key.as_slice(), 1));
        let mut keys: Vec<(&[u8], u64)> = self.repeated.iter().map(|(key, count)| (key.as_slice(), *count)).chain(once).collect();
        keys.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then(a.cmp(b)));
        keys.truncate(limit);
        let kind = normal(&[new_empty_array(data_type)], self.signed_zeros)?[0].data_type().clone();
        let converter = RowConverter::new(vec![SortField::new(kind)])?;
        let parser = converter.parser();
        let columns = converter.convert_rows(keys.iter().map(|(key, _)| parser.parse(key)))?;
        let texts = columns.first().map(|values| {
            keys.iter().enumerate().map(|(at, (_, count))| Ok((array_value_to_string(values, at)?, *count))).collect()
        });
        texts.unwrap_or_else(|| Ok(Vec::new()))
    }

    /// For each row whether its key occurs once; undecided if all keys are null.
    pub fn occurs_once(&self, columns: &[ArrayRef]) -> Result<BooleanArray> {
        let columns = normal(columns, self.signed_zeros)?;
        let rows = columns.first().map_or(0, Array::len);
        if self.counts.rows == 0 {
            return Ok(BooleanArray::new_null(rows));
        }
        let nulls = all_null(&columns);
        let is_null = |at: usize| nulls.as_ref().is_some_and(|nulls| nulls.value(at));
        let hashes = hashes(&columns)?;
        let candidates: Vec<u32> =
            (0_u32..).zip(&hashes).filter(|(_, hash)| self.repeated_hashes.contains(&short(**hash))).map(|(at, _)| at).collect();
        let nulls_are_single = self.counts.null_rows <= 1;
        let mut once = BooleanBufferBuilder::new(rows);
        match &nulls {
            Some(nulls) if !nulls_are_single => once.append_buffer(&!nulls),
            _ => once.append_n(rows, true),
        }
        if !candidates.is_empty() {
            let indices = UInt32Array::from(candidates.clone());
            let taken = columns.iter().map(|column| Ok(take(column, &indices, None)?)).collect::<Result<Vec<_>>>()?;
            let keys = self.codec.rows(&taken)?;
            for (at, key) in candidates.into_iter().zip(keys.iter()) {
                let at = at as usize;
                if !is_null(at) && self.repeated.contains_key(key.data()) {
                    once.set_bit(at, false);
                }
            }
        }
        Ok(BooleanArray::new(once.finish(), None))
    }
}

/// The first pass over a key, in one partition.
#[derive(Debug)]
pub struct GroupScan {
    signed_zeros: bool,
    codec: Codec,
    null_rows: u64,
    rows: u64,
    /// Keys with their hashes and counts, while they are few.
    exact: Option<ByteMap<(u64, u64)>>,
    /// The hashes of all, once keys are many.
    hashes: Hashes,
    account: Account,
}

impl GroupScan {
    /// Of nothing yet.
    pub fn new(signed_zeros: bool) -> Self {
        let exact = Some(ByteMap::with_hasher(hasher()));
        let account = Account::default();
        Self { signed_zeros, codec: Codec::default(), null_rows: 0, rows: 0, exact, hashes: Hashes::default(), account }
    }

    /// The same, with memory of that account: when it is refused, hashes go to a file.
    #[must_use]
    pub fn within(self, account: Account) -> Self {
        Self { account, ..self }
    }

    /// Adds the rows of a batch that are in the mask.
    pub fn update(&mut self, columns: &[ArrayRef], mask: &Mask) -> Result<()> {
        let mut columns = normal(columns, self.signed_zeros)?;
        if let Mask::Some(mask) = mask {
            columns = selected(&columns, mask)?;
        }
        if let Some(nulls) = all_null(&columns) {
            self.null_rows += nulls.count_set_bits() as u64;
            columns = selected(&columns, &!&nulls)?;
        }
        let hashes = hashes(&columns)?;
        self.rows += hashes.len() as u64;
        let Some(exact) = &mut self.exact else {
            self.hashes.extend(hashes);
            return self.settle();
        };
        for (key, hash) in self.codec.rows(&columns)?.iter().zip(hashes) {
            exact.entry_ref(key.data()).or_insert((hash, 0)).1 += 1;
        }
        if exact.len() > EXACT_LIMIT {
            self.forget_keys();
        }
        Ok(())
    }

    /// Takes the memory that hashes have come to need, or makes them need none.
    fn settle(&mut self) -> Result<()> {
        if self.account.take(self.hashes.bytes()).is_ok() {
            return Ok(());
        }
        self.hashes.spill(self.account.folder())?;
        self.account.take(self.hashes.bytes())
    }

    /// Keeps only the hashes from now on; that a key was there twice is all that must be remembered of it.
    fn forget_keys(&mut self) {
        let Some(exact) = self.exact.take() else { return };
        let counts: Vec<(u64, u64)> = exact.into_values().collect();
        self.hashes.extend(counts.into_iter().flat_map(|(hash, count)| std::iter::repeat_n(hash, count.min(2) as usize)));
    }

    /// Brings the partitions together.
    pub fn merge(scans: Vec<Self>) -> Result<FirstPass> {
        let mut scans = scans.into_iter();
        let Some(mut all) = scans.next() else {
            return Ok(FirstPass::Done(Box::new(Self::new(false).exact_groups(ByteMap::with_hasher(hasher())))));
        };
        for mut other in scans {
            all.rows += other.rows;
            all.null_rows += other.null_rows;
            if let (Some(counts), Some(more)) = (&mut all.exact, &mut other.exact) {
                for (key, (hash, count)) in more.drain() {
                    counts.entry(key).or_insert((hash, 0)).1 += count;
                }
            } else {
                all.forget_keys();
                other.forget_keys();
                all.hashes.append(other.hashes);
                drop(other.account);
                all.settle()?;
            }
        }
        match all.exact.take() {
            Some(exact) => Ok(FirstPass::Done(Box::new(all.exact_groups(exact)))),
            None => all.repeated_hashes(),
        }
    }

    fn exact_groups(self, exact: ByteMap<(u64, u64)>) -> Groups {
        let mut counts = GroupCounts { rows: self.rows, null_rows: self.null_rows, ..GroupCounts::default() };
        let mut repeated_hashes = HashSet::with_hasher(hasher());
        let mut repeated = ByteMap::with_hasher(hasher());
        // In the order of the keys, so that the sum of the weights does not depend on the map's order.
        let mut groups: Vec<_> = exact.into_iter().collect();
        groups.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut singles = Vec::new();
        for (key, (hash, count)) in groups {
            counts.add(count);
            if count > 1 {
                repeated_hashes.insert(short(hash));
                repeated.insert(key, count);
            } else if singles.len() < SINGLES {
                singles.push(key);
            }
        }
        let (signed_zeros, codec) = (self.signed_zeros, Codec::default());
        Groups { counts, signed_zeros, codec, repeated, repeated_hashes, singles, _accounts: Vec::new() }
    }

    fn repeated_hashes(self) -> Result<FirstPass> {
        let Repeated { hashes, single } = self.hashes.repeated()?;
        let Self { signed_zeros, rows, null_rows, .. } = self;
        Ok(FirstPass::Candidates(Candidates { signed_zeros, rows, null_rows, single, hashes }))
    }
}

impl GroupCounts {
    fn add(&mut self, count: u64) {
        self.groups += 1;
        if count == 1 {
            self.single += 1;
        } else {
            self.weighted += count as f64 * (count as f64).ln();
        }
    }
}

/// What the first pass over a key found.
#[derive(Debug)]
pub enum FirstPass {
    /// The keys are few: all is known.
    Done(Box<Groups>),
    /// Some hashes are there more than once: only their rows' keys are to be compared.
    Candidates(Candidates),
}

/// Hashes that are there more than once.
#[derive(Debug)]
pub struct Candidates {
    signed_zeros: bool,
    rows: u64,
    null_rows: u64,
    single: u64,
    /// Short ones.
    hashes: HashSet<u64, ahash::RandomState>,
}

impl Candidates {
    /// Whether there are none: then every key occurs once.
    pub fn is_empty(&self) -> bool {
        self.hashes.is_empty()
    }

    /// Brings the second passes of the partitions together.
    pub fn finish(self, scans: Vec<CandidateScan>) -> Groups {
        let mut all: ByteMap<u64> = ByteMap::with_hasher(hasher());
        let mut accounts = Vec::new();
        for scan in scans {
            accounts.push(scan.account);
            if all.is_empty() {
                all = scan.counts;
                continue;
            }
            for (key, count) in scan.counts {
                *all.entry(key).or_insert(0) += count;
            }
        }
        let mut counts =
            GroupCounts { rows: self.rows, groups: self.single, single: self.single, null_rows: self.null_rows, weighted: 0.0 };
        let mut sizes: Vec<u64> = all.values().copied().collect();
        sizes.sort_unstable();
        for size in sizes {
            counts.add(size);
        }
        all.retain(|_, count| *count > 1);
        Groups {
            counts,
            signed_zeros: self.signed_zeros,
            codec: Codec::default(),
            repeated: all,
            repeated_hashes: self.hashes,
            singles: Vec::new(),
            _accounts: accounts,
        }
    }
}

/// What a map takes for a key and its count beside the key's bytes, with room to grow.
const BESIDE: usize = 64;

/// The second pass over a key, in one partition.
#[derive(Debug)]
pub struct CandidateScan {
    codec: Codec,
    counts: ByteMap<u64>,
    /// The bytes of the keys.
    bytes: usize,
    account: Account,
}

impl CandidateScan {
    /// Of nothing yet, with memory of an account.
    pub fn within(account: Account) -> Self {
        Self { codec: Codec::default(), counts: ByteMap::with_hasher(hasher()), bytes: 0, account }
    }

    /// Counts the keys of a batch whose hashes are candidates.
    pub fn update(&mut self, candidates: &Candidates, columns: &[ArrayRef], mask: &Mask) -> Result<()> {
        let mut columns = normal(columns, candidates.signed_zeros)?;
        if let Mask::Some(mask) = mask {
            columns = selected(&columns, mask)?;
        }
        if let Some(nulls) = all_null(&columns) {
            columns = selected(&columns, &!&nulls)?;
        }
        let hashes = hashes(&columns)?;
        let mask = BooleanBuffer::collect_bool(hashes.len(), |at| candidates.hashes.contains(&short(hashes[at])));
        if mask.count_set_bits() == 0 {
            return Ok(());
        }
        for key in &self.codec.rows(&selected(&columns, &mask)?)? {
            let key = key.data();
            let bytes = &mut self.bytes;
            *self.counts.entry_ref(key).or_insert_with(|| {
                *bytes += key.len();
                0
            }) += 1;
        }
        self.account.take(self.bytes + self.counts.len() * BESIDE)
    }
}
