//! Keys to be looked up: those of another data set.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use hashbrown::{HashSet, HashTable};

use super::account::Account;
use super::{ByteSet, Codec, hasher, hashes, normal};

/// Keys to be looked up.
#[derive(Debug)]
pub struct KeySet {
    not_null: usize,
    codec: Codec,
    keys: Keys,
    /// The bytes of keys that have a length of their own.
    bytes: usize,
    accounts: Vec<Account>,
}

#[derive(Debug)]
enum Keys {
    /// One column of whole numbers, days or instants that are not null.
    Whole(HashSet<i64, ahash::RandomState>),
    /// The same where they lie close together: a bit for every number from the smallest on.
    Dense { first: i64, bits: BooleanBuffer },
    /// One column of texts that are not null, with their hashes.
    Texts(HashTable<(u64, Box<str>)>),
    /// Any others.
    Bytes(ByteSet),
}

/// So many bits a number are spent on keys that lie close together: as much memory as a number takes, and all of it is
/// read where the numbers are.
const BITS_PER_KEY: i128 = 64;

impl KeySet {
    /// An empty set, of keys whose first so many columns match only if they are not null.
    pub fn new(types: &[DataType], not_null: usize) -> Self {
        let keys = match types {
            [one] if not_null == 1 && is_whole(one) => Keys::Whole(HashSet::with_hasher(hasher())),
            [one] if not_null == 1 && one.is_string() => Keys::Texts(HashTable::new()),
            _ => Keys::Bytes(HashSet::with_hasher(hasher())),
        };
        Self { not_null, codec: Codec::default(), keys, bytes: 0, accounts: Vec::new() }
    }

    /// The same, with memory of that account.
    #[must_use]
    pub fn within(mut self, account: Account) -> Self {
        self.accounts = vec![account];
        self
    }

    /// About what is held.
    fn size(&self) -> usize {
        // A place of a table, seven eighths of which are taken at most, has a byte beside it.
        self.bytes
            + match &self.keys {
                Keys::Whole(set) => set.capacity() * (size_of::<i64>() + 1) * 8 / 7,
                Keys::Dense { bits, .. } => bits.len() / 8,
                Keys::Texts(table) => table.capacity() * (size_of::<(u64, Box<str>)>() + 1) * 8 / 7,
                Keys::Bytes(set) => set.capacity() * (size_of::<Vec<u8>>() + 1) * 8 / 7,
            }
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
            Keys::Whole(set) => set.extend(whole(&columns[0])?.iter().flatten()),
            Keys::Texts(table) => {
                let texts = columns[0].as_string_view();
                for (at, hash) in hashes(&columns)?.into_iter().enumerate().filter(|(at, _)| valid(*at)) {
                    self.bytes += insert(table, hash, texts.value(at));
                }
            }
            Keys::Dense { .. } => {}
            Keys::Bytes(set) => {
                let rows = self.codec.rows(&columns)?;
                for (_, key) in rows.iter().enumerate().filter(|(at, _)| valid(*at)) {
                    if !set.contains(key.data()) {
                        self.bytes += key.data().len();
                        set.insert(key.data().to_vec());
                    }
                }
            }
        }
        self.accounts.first().map_or(Ok(()), |account| account.take(self.size()))
    }

    /// Adds the keys of another partition.
    pub fn merge(&mut self, other: Self) {
        self.bytes += other.bytes;
        self.accounts.extend(other.accounts);
        match (&mut self.keys, other.keys) {
            (Keys::Whole(set), Keys::Whole(more)) => set.extend(more),
            (Keys::Texts(table), Keys::Texts(more)) => {
                for (hash, text) in more {
                    insert(table, hash, &text);
                }
            }
            (Keys::Bytes(set), Keys::Bytes(more)) => set.extend(more),
            // Partitions of one data set have keys of one type.
            _ => {}
        }
    }

    /// The set in the form in which looking up is fastest, once all keys are there.
    #[must_use]
    pub fn packed(mut self) -> Self {
        if let Keys::Whole(set) = &self.keys
            && let Some(dense) = dense(set)
        {
            self.keys = dense;
        }
        self
    }

    /// For each row whether its key is in the set.
    pub fn contains(&self, columns: &[ArrayRef]) -> Result<BooleanArray> {
        let columns = normal(columns, false)?;
        let nulls = self.nulls(&columns);
        let rows = columns.first().map_or(0, Array::len);
        let found = match &self.keys {
            Keys::Whole(set) => {
                let values = whole(&columns[0])?;
                BooleanBuffer::collect_bool(rows, |at| set.contains(&values.value(at)))
            }
            Keys::Dense { first, bits } => {
                let values = whole(&columns[0])?;
                let place = |value: i64| value.checked_sub(*first).and_then(|place| usize::try_from(place).ok());
                BooleanBuffer::collect_bool(rows, |at| {
                    place(values.value(at)).is_some_and(|place| place < bits.len() && bits.value(place))
                })
            }
            Keys::Texts(table) => {
                let (texts, hashes) = (columns[0].as_string_view(), hashes(&columns)?);
                BooleanBuffer::collect_bool(rows, |at| {
                    table.find(hashes[at], |(hash, text)| *hash == hashes[at] && **text == *texts.value(at)).is_some()
                })
            }
            Keys::Bytes(set) => {
                let keys = self.codec.rows(&columns)?;
                BooleanBuffer::collect_bool(rows, |at| set.contains(keys.row(at).data()))
            }
        };
        let found = match nulls {
            Some(nulls) => &found & nulls.inner(),
            None => found,
        };
        Ok(BooleanArray::new(found, None))
    }
}

/// Adds a text; gives the bytes that it takes, none if it is there.
fn insert(table: &mut HashTable<(u64, Box<str>)>, hash: u64, text: &str) -> usize {
    if table.find(hash, |(known, other)| *known == hash && **other == *text).is_some() {
        return 0;
    }
    table.insert_unique(hash, (hash, text.into()), |(hash, _)| *hash);
    text.len()
}

/// Types whose values are equal if and only if they are as 64-bit numbers.
fn is_whole(data_type: &DataType) -> bool {
    let small = data_type.is_integer() && *data_type != DataType::UInt64;
    small || matches!(data_type, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..))
}

fn whole(column: &ArrayRef) -> Result<Int64Array> {
    Ok(cast(column, &DataType::Int64)?.as_primitive::<Int64Type>().clone())
}

/// Numbers that lie close together as bits.
fn dense(set: &HashSet<i64, ahash::RandomState>) -> Option<Keys> {
    let (first, last) = (*set.iter().min()?, *set.iter().max()?);
    let span = i128::from(last) - i128::from(first) + 1;
    if span > BITS_PER_KEY * i128::try_from(set.len()).ok()? {
        return None;
    }
    let mut bits = vec![false; usize::try_from(span).ok()?];
    for value in set {
        bits[usize::try_from(value - first).ok()?] = true;
    }
    Some(Keys::Dense { first, bits: BooleanBuffer::from(bits) })
}
