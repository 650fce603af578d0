//! Which folder each row goes to.

use ahash::RandomState;
use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::arrow::error::ArrowError;
use hashbrown::{HashMap, HashTable};

use crate::stdlib::connector::file::hive;

/// Gives every combination of key values a number, in the order in which they appear, and a folder.
pub(super) struct Partitions {
    keys: Vec<Key>,
    /// `links[i]`: (number by the keys up to `i`, number of the value of key `i + 1`) -> number by the keys up to `i + 1`.
    links: Vec<HashMap<(u32, u32), u32, RandomState>>,
    /// The folder of each number by the keys up to `i`, for each `i`.
    folders: Vec<Vec<String>>,
}

struct Key {
    name: String,
    column: usize,
    values: Values,
    /// The folder part of each value's number.
    parts: Vec<String>,
    /// The number that stands for NULL.
    null: Option<u32>,
}

/// The numbers of the values met so far.
enum Values {
    /// Dates, timestamps, booleans and whole numbers by their 64 bits.
    Whole(HashMap<i64, u32, RandomState>),
    /// All others by their text.
    Text { hasher: RandomState, table: HashTable<(u64, u32)>, texts: Vec<Box<str>> },
}

impl Partitions {
    /// `keys`: name, place among the batch's columns, and type.
    pub(super) fn new(keys: impl IntoIterator<Item = (String, usize, DataType)>) -> Self {
        let keys: Vec<Key> = keys
            .into_iter()
            .map(|(name, column, data_type)| Key { name, column, values: Values::of(&data_type), parts: Vec::new(), null: None })
            .collect();
        let links = (1..keys.len()).map(|_| HashMap::default()).collect();
        let folders = vec![Vec::new(); keys.len()];
        Self { keys, links, folders }
    }

    /// How many folders were met so far.
    pub(super) fn len(&self) -> usize {
        self.folders.last().map_or(1, Vec::len)
    }

    /// The folder of a number, `a=1/b=2`.
    pub(super) fn folder(&self, number: u32) -> &str {
        self.folders.last().map_or("", |folders| &folders[number as usize])
    }

    /// The number of every row of a batch.
    pub(super) fn number(&mut self, batch: &RecordBatch) -> Result<Vec<u32>, ArrowError> {
        let Self { keys, links, folders } = self;
        let Some((first, rest)) = keys.split_first_mut() else { return Ok(vec![0; batch.num_rows()]) };
        let mut numbers = first.number(batch.column(first.column))?;
        let known = folders[0].len();
        folders[0].extend_from_slice(&first.parts[known..]);
        for (at, (key, link)) in rest.iter_mut().zip(links).enumerate() {
            let values = key.number(batch.column(key.column))?;
            let (outer, inner) = folders.split_at_mut(at + 1);
            combine(&mut numbers, &values, link, |number, value| {
                inner[0].push(format!("{}/{}", outer[at][number as usize], key.parts[value as usize]));
            });
        }
        Ok(numbers)
    }
}

/// Replaces each number by that of the pair of it and the row's value. `new` is told of every new pair, in order.
fn combine(numbers: &mut [u32], values: &[u32], link: &mut HashMap<(u32, u32), u32, RandomState>, mut new: impl FnMut(u32, u32)) {
    let mut last = None;
    for (number, value) in numbers.iter_mut().zip(values) {
        let pair = (*number, *value);
        // Neighbours are often alike.
        if let Some((known, result)) = last
            && known == pair
        {
            *number = result;
            continue;
        }
        let next = count(link.len());
        let result = *link.entry(pair).or_insert_with(|| {
            new(pair.0, pair.1);
            next
        });
        last = Some((pair, result));
        *number = result;
    }
}

/// A partition's number; four thousand million folders do not exist.
fn count(length: usize) -> u32 {
    u32::try_from(length).expect("fewer partitions than u32::MAX")
}

impl Values {
    fn of(data_type: &DataType) -> Self {
        match data_type {
            DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::UInt8
            | DataType::UInt16
            | DataType::UInt32
            | DataType::Date32
            | DataType::Date64
            | DataType::Timestamp(..) => Self::Whole(HashMap::default()),
            _ => Self::Text { hasher: RandomState::new(), table: HashTable::new(), texts: Vec::new() },
        }
    }
}

impl Key {
    fn number(&mut self, column: &ArrayRef) -> Result<Vec<u32>, ArrowError> {
        match &self.values {
            Values::Whole(_) => {
                let whole = cast(column, &DataType::Int64)?;
                self.number_whole(column, whole.as_primitive::<Int64Type>())
            }
            Values::Text { .. } => {
                let text = cast(column, &DataType::Utf8View)?;
                Ok(self.number_text(text.as_string_view()))
            }
        }
    }

    fn number_whole(&mut self, column: &ArrayRef, values: &Int64Array) -> Result<Vec<u32>, ArrowError> {
        let mut numbers = Vec::with_capacity(values.len());
        let mut last: Option<(i64, u32)> = None;
        for row in 0..values.len() {
            if values.is_null(row) {
                numbers.push(self.null_number());
                continue;
            }
            let value = values.value(row);
            if let Some((known, number)) = last
                && known == value
            {
                numbers.push(number);
                continue;
            }
            let Values::Whole(known) = &mut self.values else { unreachable!("only called for whole numbers") };
            let number = if let Some(number) = known.get(&value) {
                *number
            } else {
                let number = count(self.parts.len());
                known.insert(value, number);
                let text = cast(&column.slice(row, 1), &DataType::Utf8)?;
                self.parts.push(hive::folder(&self.name, Some(text.as_string::<i32>().value(0))));
                number
            };
            last = Some((value, number));
            numbers.push(number);
        }
        Ok(numbers)
    }

    fn number_text(&mut self, values: &StringViewArray) -> Vec<u32> {
        let mut numbers = Vec::with_capacity(values.len());
        let mut last: Option<(&str, u32)> = None;
        for row in 0..values.len() {
            // Hive cannot tell an empty string from NULL.
            if values.is_null(row) || values.value(row).is_empty() {
                numbers.push(self.null_number());
                continue;
            }
            let value = values.value(row);
            if let Some((known, number)) = last
                && known == value
            {
                numbers.push(number);
                continue;
            }
            let Values::Text { hasher, table, texts } = &mut self.values else { unreachable!("only called for texts") };
            let hash = hasher.hash_one(value);
            let number = if let Some((_, number)) = table.find(hash, |(_, number)| *texts[*number as usize] == *value) {
                *number
            } else {
                let number = count(self.parts.len());
                texts.push(value.into());
                table.insert_unique(hash, (hash, number), |(hash, _)| *hash);
                self.parts.push(hive::folder(&self.name, Some(value)));
                number
            };
            last = Some((value, number));
            numbers.push(number);
        }
        numbers
    }

    fn null_number(&mut self) -> u32 {
        if let Some(number) = self.null {
            return number;
        }
        let number = count(self.parts.len());
        self.parts.push(hive::folder(&self.name, None));
        if let Values::Text { texts, .. } = &mut self.values {
            // Keeps texts and parts in step; no value is empty, so nothing finds it.
            texts.push("".into());
        }
        self.null = Some(number);
        number
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{
        BooleanArray, Date32Array, Decimal128Array, DictionaryArray, StringArray, TimestampMicrosecondArray, UInt64Array,
    };
    use datafusion::arrow::datatypes::UInt16Type;

    use super::*;

    fn folders(columns: Vec<ArrayRef>) -> Vec<String> {
        let names = ["a", "b", "c"];
        let batch = RecordBatch::try_from_iter(names.iter().zip(columns)).unwrap();
        let mut partitions = Partitions::new(
            batch.schema().fields().iter().enumerate().map(|(at, field)| (field.name().clone(), at, field.data_type().clone())),
        );
        let numbers = partitions.number(&batch).unwrap();
        // A second time: nothing new.
        assert_eq!(partitions.number(&batch).unwrap(), numbers);
        assert_eq!(partitions.len(), numbers.iter().copied().max().map_or(0, |most| most as usize + 1));
        numbers.into_iter().map(|number| partitions.folder(number).to_owned()).collect()
    }

    #[test]
    fn every_type_of_key_names_its_folder() {
        let check = |column: ArrayRef, expected: &[&str]| assert_eq!(folders(vec![column]), expected);
        check(
            Arc::new(StringArray::from(vec![Some("eu"), None, Some(""), Some("a/b"), Some("eu")])),
            &["a=eu", "a=__HIVE_DEFAULT_PARTITION__", "a=__HIVE_DEFAULT_PARTITION__", "a=a%2Fb", "a=eu"],
        );
        check(Arc::new(Int64Array::from(vec![Some(-1), None, Some(7)])), &["a=-1", "a=__HIVE_DEFAULT_PARTITION__", "a=7"]);
        check(Arc::new(UInt64Array::from(vec![u64::MAX])), &["a=18446744073709551615"]);
        check(Arc::new(BooleanArray::from(vec![true, false])), &["a=true", "a=false"]);
        check(Arc::new(Date32Array::from(vec![19_723])), &["a=2024-01-01"]);
        check(Arc::new(TimestampMicrosecondArray::from(vec![1_704_067_200_000_000])), &["a=2024-01-01T00%3A00%3A00"]);
        check(Arc::new(Decimal128Array::from(vec![150]).with_precision_and_scale(5, 2).unwrap()), &["a=1.50"]);
        let dictionary: DictionaryArray<UInt16Type> = vec!["x", "y", "x"].into_iter().collect();
        check(Arc::new(dictionary), &["a=x", "a=y", "a=x"]);
    }

    #[test]
    fn several_keys_nest() {
        let region: ArrayRef = Arc::new(StringViewArray::from(vec![Some("eu"), Some("us"), Some("eu"), None, Some("us")]));
        let year: ArrayRef = Arc::new(Int64Array::from(vec![2024, 2024, 2025, 2024, 2024]));
        let flag: ArrayRef = Arc::new(BooleanArray::from(vec![true, true, true, true, false]));
        assert_eq!(
            folders(vec![region, year, flag]),
            [
                "a=eu/b=2024/c=true",
                "a=us/b=2024/c=true",
                "a=eu/b=2025/c=true",
                "a=__HIVE_DEFAULT_PARTITION__/b=2024/c=true",
                "a=us/b=2024/c=false"
            ]
        );
    }
}
