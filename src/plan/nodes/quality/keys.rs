//! Keys: which occur more than once, which are among others. A hash never decides: equal hashes are compared by
//! their rows' bytes.

use std::sync::OnceLock;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Float32Array, Float64Array, new_empty_array};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::arrow::compute::{cast, filter, take};
use datafusion::arrow::datatypes::{DataType, Float32Type, Float64Type, Int64Type};
use datafusion::arrow::row::{RowConverter, Rows, SortField};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::common::hash_utils::create_hashes_with_hasher;
use datafusion::common::{Result, exec_datafusion_err};
use hashbrown::{HashMap, HashSet};

use super::Mask;

/// So many different keys are counted exactly before only their hashes are kept.
/// In tests they are many soon, so that both ways are taken.
const EXACT_LIMIT: usize = if cfg!(test) { 8 } else { 1 << 14 };
const BUCKETS: usize = 64;
/// So many of the keys that occur once are remembered, where keys are counted exactly.
const SINGLES: usize = 20;

/// A map by bytes that hashes the same way in every run.
type ByteMap<V> = HashMap<Vec<u8>, V, ahash::RandomState>;
type ByteSet = HashSet<Vec<u8>, ahash::RandomState>;

/// A hasher that is the same in every run.
pub(super) fn hasher() -> ahash::RandomState {
    ahash::RandomState::with_seeds(0x9e37_79b9_7f4a_7c15, 0xbf58_476d_1ce4_e5b9, 0x94d0_49bb_1331_11eb, 0x2545_f491_4f6c_dd1d)
}

/// Turns key columns into bytes that are equal if and only if the keys are.
#[derive(Debug, Default)]
struct Codec(OnceLock<RowConverter>);

impl Codec {
    fn rows(&self, columns: &[ArrayRef]) -> Result<Rows> {
        if self.0.get().is_none() {
            let fields = columns.iter().map(|column| SortField::new(column.data_type().clone())).collect();
            // Another thread may have been faster; its converter is the same.
            let _ = self.0.set(RowConverter::new(fields)?);
        }
        let converter = self.0.get().ok_or_else(|| exec_datafusion_err!("a key without columns"))?;
        Ok(converter.convert_columns(columns)?)
    }
}

/// Keys in a form in which equal ones have equal bits: no dictionaries, one string type, one zero, one not-a-number.
fn normal(columns: &[ArrayRef], signed_zeros: bool) -> Result<Vec<ArrayRef>> {
    let one = |column: &ArrayRef| -> Result<ArrayRef> {
        Ok(match column.data_type() {
            DataType::Utf8 | DataType::LargeUtf8 => cast(column, &DataType::Utf8View)?,
            DataType::Dictionary(_, value) => normal(&[cast(column, value)?], signed_zeros)?.remove(0),
            DataType::Float64 => {
                let fix = |x: f64| {
                    if x.is_nan() {
                        f64::NAN
                    } else if x == 0.0 && !signed_zeros {
                        0.0
                    } else {
                        x
                    }
                };
                let values: Float64Array = column.as_primitive::<Float64Type>().unary(fix);
                std::sync::Arc::new(values)
            }
            DataType::Float32 => {
                let fix = |x: f32| {
                    if x.is_nan() {
                        f32::NAN
                    } else if x == 0.0 && !signed_zeros {
                        0.0
                    } else {
                        x
                    }
                };
                let values: Float32Array = column.as_primitive::<Float32Type>().unary(fix);
                std::sync::Arc::new(values)
            }
            _ => column.clone(),
        })
    };
    columns.iter().map(one).collect()
}

fn hashes(columns: &[ArrayRef]) -> Result<Vec<u64>> {
    let mut hashes = vec![0; columns.first().map_or(0, Array::len)];
    create_hashes_with_hasher(columns, &hasher(), &mut hashes)?;
    Ok(hashes)
}

/// Rows in which every column is null.
fn all_null(columns: &[ArrayRef]) -> Option<BooleanBuffer> {
    let nulls = columns.iter().map(|column| column.logical_nulls().map(|nulls| !nulls.inner()));
    nulls.reduce(|a, b| Some(&a? & &b?)).flatten().filter(|mask| mask.count_set_bits() > 0)
}

fn selected(columns: &[ArrayRef], mask: &BooleanBuffer) -> Result<Vec<ArrayRef>> {
    let mask = BooleanArray::new(mask.clone(), None);
    columns.iter().map(|column| Ok(filter(column, &mask)?)).collect()
}

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
    repeated_hashes: HashSet<u64, ahash::RandomState>,
    /// The first keys that occur once, if keys are few.
    singles: Vec<Vec<u8>>,
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
            (0_u32..).zip(&hashes).filter(|(_, hash)| self.repeated_hashes.contains(*hash)).map(|(at, _)| at).collect();
        let mut once: Vec<bool> = (0..rows).map(|at| !is_null(at) || self.counts.null_rows <= 1).collect();
        if !candidates.is_empty() {
            let indices = datafusion::arrow::array::UInt32Array::from(candidates.clone());
            let taken = columns.iter().map(|column| Ok(take(column, &indices, None)?)).collect::<Result<Vec<_>>>()?;
            let keys = self.codec.rows(&taken)?;
            for (at, key) in candidates.into_iter().zip(keys.iter()) {
                let at = at as usize;
                if !is_null(at) && self.repeated.contains_key(key.data()) {
                    once[at] = false;
                }
            }
        }
        Ok(BooleanArray::from(once))
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
    /// All hashes, by their highest bits, once keys are many.
    buckets: Vec<Vec<u64>>,
}

impl GroupScan {
    /// Of nothing yet.
    pub fn new(signed_zeros: bool) -> Self {
        let exact = Some(ByteMap::with_hasher(hasher()));
        Self { signed_zeros, codec: Codec::default(), null_rows: 0, rows: 0, exact, buckets: Vec::new() }
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
            self.keep(hashes);
            return Ok(());
        };
        for (key, hash) in self.codec.rows(&columns)?.iter().zip(hashes) {
            exact.entry_ref(key.data()).or_insert((hash, 0)).1 += 1;
        }
        if exact.len() > EXACT_LIMIT {
            self.forget_keys();
        }
        Ok(())
    }

    fn keep(&mut self, hashes: impl IntoIterator<Item = u64>) {
        if self.buckets.is_empty() {
            self.buckets.resize_with(BUCKETS, Vec::new);
        }
        for hash in hashes {
            self.buckets[(hash >> 58) as usize].push(hash);
        }
    }

    /// Keeps only the hashes from now on; that a key was there twice is all that must be remembered of it.
    fn forget_keys(&mut self) {
        let Some(exact) = self.exact.take() else { return };
        let counts: Vec<(u64, u64)> = exact.into_values().collect();
        self.keep(counts.into_iter().flat_map(|(hash, count)| std::iter::repeat_n(hash, count.min(2) as usize)));
    }

    /// Brings the partitions together.
    pub fn merge(scans: Vec<Self>) -> FirstPass {
        let mut scans = scans.into_iter();
        let Some(mut all) = scans.next() else {
            return FirstPass::Done(Box::new(Self::new(false).exact_groups(ByteMap::with_hasher(hasher()))));
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
                let hashes: Vec<u64> = other.buckets.into_iter().flatten().collect();
                all.keep(hashes);
            }
        }
        match all.exact.take() {
            Some(exact) => FirstPass::Done(Box::new(all.exact_groups(exact))),
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
                repeated_hashes.insert(hash);
                repeated.insert(key, count);
            } else if singles.len() < SINGLES {
                singles.push(key);
            }
        }
        Groups { counts, signed_zeros: self.signed_zeros, codec: Codec::default(), repeated, repeated_hashes, singles }
    }

    fn repeated_hashes(mut self) -> FirstPass {
        let mut repeated = HashSet::with_hasher(hasher());
        let mut single = 0;
        for bucket in &mut self.buckets {
            bucket.sort_unstable();
            for run in bucket.chunk_by(|a, b| a == b) {
                if run.len() == 1 {
                    single += 1;
                } else {
                    repeated.insert(run[0]);
                }
            }
            *bucket = Vec::new();
        }
        FirstPass::Candidates(Candidates {
            signed_zeros: self.signed_zeros,
            rows: self.rows,
            null_rows: self.null_rows,
            single,
            hashes: repeated,
        })
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
        for scan in scans {
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
        }
    }
}

/// The second pass over a key, in one partition.
#[derive(Debug)]
pub struct CandidateScan {
    codec: Codec,
    counts: ByteMap<u64>,
}

impl Default for CandidateScan {
    fn default() -> Self {
        Self { codec: Codec::default(), counts: ByteMap::with_hasher(hasher()) }
    }
}

impl CandidateScan {
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
        let mask = BooleanBuffer::collect_bool(hashes.len(), |at| candidates.hashes.contains(&hashes[at]));
        if mask.count_set_bits() == 0 {
            return Ok(());
        }
        for key in &self.codec.rows(&selected(&columns, &mask)?)? {
            *self.counts.entry_ref(key.data()).or_insert(0) += 1;
        }
        Ok(())
    }
}

/// Keys to be looked up.
#[derive(Debug)]
pub struct KeySet {
    not_null: usize,
    codec: Codec,
    keys: Keys,
}

#[derive(Debug)]
enum Keys {
    /// One column of integers that are not null.
    Integers(HashSet<i64, ahash::RandomState>),
    Bytes(ByteSet),
}

impl KeySet {
    /// An empty set, of keys whose first so many columns match only if they are not null.
    pub fn new(types: &[DataType], not_null: usize) -> Self {
        let keys = match types {
            [DataType::Int64] if not_null == 1 => Keys::Integers(HashSet::with_hasher(hasher())),
            _ => Keys::Bytes(HashSet::with_hasher(hasher())),
        };
        Self { not_null, codec: Codec::default(), keys }
    }

    fn nulls(&self, columns: &[ArrayRef]) -> Option<NullBuffer> {
        let nulls = columns.iter().take(self.not_null).map(Array::logical_nulls);
        nulls.fold(None, |all, one| NullBuffer::union(all.as_ref(), one.as_ref()))
    }

    /// Adds the keys of a batch.
    pub fn update(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let columns = normal(columns, false)?;
        let nulls = self.nulls(&columns);
        let valid = |at: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(at));
        match &mut self.keys {
            Keys::Integers(set) => set.extend(columns[0].as_primitive::<Int64Type>().iter().flatten()),
            Keys::Bytes(set) => {
                let rows = self.codec.rows(&columns)?;
                for (_, key) in rows.iter().enumerate().filter(|(at, _)| valid(*at)) {
                    if !set.contains(key.data()) {
                        set.insert(key.data().to_vec());
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds the keys of another partition.
    pub fn merge(&mut self, other: Self) {
        match (&mut self.keys, other.keys) {
            (Keys::Integers(set), Keys::Integers(more)) => set.extend(more),
            (Keys::Bytes(set), Keys::Bytes(more)) => set.extend(more),
            (Keys::Integers(_), Keys::Bytes(_)) | (Keys::Bytes(_), Keys::Integers(_)) => {}
        }
    }

    /// For each row whether its key is in the set.
    pub fn contains(&self, columns: &[ArrayRef]) -> Result<BooleanArray> {
        let columns = normal(columns, false)?;
        match &self.keys {
            Keys::Integers(set) => {
                let values = columns[0].as_primitive::<Int64Type>();
                Ok(values.iter().map(|value| Some(value.is_some_and(|value| set.contains(&value)))).collect())
            }
            Keys::Bytes(set) => {
                let nulls = self.nulls(&columns);
                let valid = |at: usize| nulls.as_ref().is_none_or(|nulls| nulls.is_valid(at));
                let rows = self.codec.rows(&columns)?;
                Ok(rows.iter().enumerate().map(|(at, key)| Some(valid(at) && set.contains(key.data()))).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use datafusion::arrow::array::{Int64Array, StringArray};
    use proptest::prelude::*;

    use super::*;

    type Row = (Option<i64>, Option<String>);

    fn columns(rows: &[Row]) -> Vec<ArrayRef> {
        let numbers: Int64Array = rows.iter().map(|(number, _)| *number).collect();
        let texts: StringArray = rows.iter().map(|(_, text)| text.as_deref()).collect();
        vec![Arc::new(numbers), Arc::new(texts)]
    }

    fn groups(partitions: &[&[Row]]) -> Groups {
        let scans = partitions.iter().map(|rows| {
            let mut scan = GroupScan::new(false);
            rows.chunks(3).for_each(|rows| scan.update(&columns(rows), &Mask::All).unwrap());
            scan
        });
        match GroupScan::merge(scans.collect()) {
            FirstPass::Done(groups) => *groups,
            FirstPass::Candidates(candidates) => {
                let scans = partitions.iter().map(|rows| {
                    let mut scan = CandidateScan::default();
                    rows.chunks(3).for_each(|rows| scan.update(&candidates, &columns(rows), &Mask::All).unwrap());
                    scan
                });
                let scans = scans.collect();
                candidates.finish(scans)
            }
        }
    }

    fn row() -> impl Strategy<Value = Row> {
        (proptest::option::of(0_i64..30), proptest::option::of(prop_oneof![Just("a".to_owned()), Just(String::new())]))
    }

    proptest! {
        #[test]
        fn groups_are_counted_exactly(rows in proptest::collection::vec(row(), 0..80), cut in 0_usize..80) {
            let (first, second) = rows.split_at(cut.min(rows.len()));
            let found = groups(&[first, second]);
            let mut expected: BTreeMap<&Row, u64> = BTreeMap::new();
            for row in rows.iter().filter(|row| **row != (None, None)) {
                *expected.entry(row).or_default() += 1;
            }
            prop_assert_eq!(found.counts.rows, expected.values().sum::<u64>());
            prop_assert_eq!(found.counts.groups, expected.len() as u64);
            prop_assert_eq!(found.counts.single, expected.values().filter(|count| **count == 1).count() as u64);
            let nulls = rows.iter().filter(|row| **row == (None, None)).count();
            prop_assert_eq!(found.counts.null_rows, nulls as u64);
            if found.counts.rows > 0 {
                let once = found.occurs_once(&columns(&rows)).unwrap();
                for (at, row) in rows.iter().enumerate() {
                    let unique = if *row == (None, None) { nulls == 1 } else { expected[row] == 1 };
                    prop_assert_eq!(once.value(at), unique);
                }
            }
        }
    }

    #[test]
    fn the_most_frequent_keys_come_first() {
        let texts = |rows: &[&str]| -> Vec<ArrayRef> { vec![Arc::new(StringArray::from(rows.to_vec()))] };
        let frequent = |rows: &[&str]| {
            let mut scan = GroupScan::new(false);
            scan.update(&texts(rows), &Mask::All).unwrap();
            let groups = match GroupScan::merge(vec![scan]) {
                FirstPass::Done(groups) => *groups,
                FirstPass::Candidates(candidates) => {
                    let mut scan = CandidateScan::default();
                    scan.update(&candidates, &texts(rows), &Mask::All).unwrap();
                    candidates.finish(vec![scan])
                }
            };
            groups.frequent(3, &DataType::Utf8).unwrap()
        };
        let pairs = |pairs: &[(&str, u64)]| pairs.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect::<Vec<_>>();
        assert_eq!(frequent(&["b", "a", "b", "", "c"]), pairs(&[("b", 2), ("", 1), ("a", 1)]));
        // Keys that are many: what occurs once is not among them.
        assert_eq!(
            frequent(&["k", "1", "2", "3", "4", "5", "6", "7", "8", "9", "k", "x", "x", "x"]),
            pairs(&[("x", 3), ("k", 2)])
        );
        assert_eq!(frequent(&[]), Vec::new());
    }

    #[test]
    fn zeros_and_not_a_number_are_one_value_each() {
        let values = vec![0.0, -0.0, f64::NAN, -f64::NAN];
        let column: Vec<ArrayRef> = vec![Arc::new(Float64Array::from(values))];
        for (signed_zeros, groups) in [(false, 2), (true, 3)] {
            let mut scan = GroupScan::new(signed_zeros);
            scan.update(&column, &Mask::All).unwrap();
            let FirstPass::Done(found) = GroupScan::merge(vec![scan]) else { panic!("few keys are counted at once") };
            assert_eq!(found.counts.groups, groups);
        }
    }

    #[test]
    fn nulls_have_no_partner() {
        let mut set = KeySet::new(&[DataType::Int64, DataType::Utf8], 1);
        set.update(&columns(&[(Some(1), None), (None, Some("a".to_owned()))])).unwrap();
        let found = set.contains(&columns(&[(Some(1), None), (None, Some("a".to_owned())), (Some(2), None)])).unwrap();
        assert_eq!(found, BooleanArray::from(vec![true, false, false]));
    }
}
