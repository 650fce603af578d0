//! A few failed rows of each rule, for the report: the first ones of the input, in whatever order partitions bring them.

use std::collections::BTreeMap;
use std::sync::Mutex;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringArray, StructArray, UInt64Array};
use indexmap::IndexMap;

use super::lock;
use crate::run::report::FailedRow;
use crate::stdlib::connector::source::split_row_id;

/// Collects failures.
#[derive(Debug)]
pub(in crate::run) struct Samples {
    /// How many a rule.
    pub(in crate::run) limit: usize,
    found: Mutex<IndexMap<String, First>>,
}

/// The first failures of a rule, by their place in the input. Rows without a place count in the order in which they come.
type First = BTreeMap<u64, FailedRow>;

impl Samples {
    pub(in crate::run) fn new(limit: usize) -> Self {
        Self { limit, found: Mutex::default() }
    }

    /// What was found, by rule.
    pub(in crate::run) fn take(&self) -> Vec<FailedRow> {
        std::mem::take(&mut *lock(&self.found)).into_values().flat_map(BTreeMap::into_values).collect()
    }

    /// Takes from the failures of quarantined rows what comes before what is there. `ids` are the rows' places, `files` names their files.
    pub(super) fn add(&self, failures: &ArrayRef, ids: Option<&UInt64Array>, files: &[String]) {
        let Some(lists) = failures.as_list_opt::<i32>() else { return };
        let Some(items) = lists.values().as_struct_opt() else { return };
        let Some(rules) = texts(items, "rule") else { return };
        let mut found = lock(&self.found);
        for row in (0..lists.len()).filter(|row| lists.is_valid(*row)) {
            let id = ids.filter(|ids| ids.is_valid(row)).map(|ids| ids.value(row));
            let (start, end) = (lists.value_offsets()[row], lists.value_offsets()[row + 1]);
            for item in (start..end).filter_map(|item| usize::try_from(item).ok()) {
                let rule = rules.value(item);
                let first = match found.get_mut(rule) {
                    Some(first) => first,
                    None => found.entry(rule.to_owned()).or_default(),
                };
                let key = id.unwrap_or(first.len() as u64);
                let is_full = first.len() >= self.limit;
                if is_full && first.last_key_value().is_none_or(|(last, _)| *last <= key) {
                    continue;
                }
                if is_full {
                    first.pop_last();
                }
                let text =
                    |name| texts(items, name).filter(|texts| texts.is_valid(item)).map(|texts| texts.value(item).to_owned());
                let place = id.map(split_row_id).and_then(|(file, row)| files.get(file).map(|file| format!("{file} row {row}")));
                first.insert(key, FailedRow { rule: rule.to_owned(), place, column: text("column"), value: text("value") });
            }
        }
    }
}

fn texts<'a>(items: &'a StructArray, name: &str) -> Option<&'a StringArray> {
    items.column_by_name(name)?.as_string_opt::<i32>()
}
