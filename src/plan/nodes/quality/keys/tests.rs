//! Keys against a simple count of them.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::array::{Int64Array, StringArray};
use datafusion::common::DataFusionError;
use datafusion::execution::memory_pool::FairSpillPool;
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use proptest::prelude::*;

use super::*;
use crate::plan::nodes::quality::Mask;

type Row = (Option<i64>, Option<String>);

fn columns(rows: &[Row]) -> Vec<ArrayRef> {
    let numbers: Int64Array = rows.iter().map(|(number, _)| *number).collect();
    let texts: StringArray = rows.iter().map(|(_, text)| text.as_deref()).collect();
    vec![Arc::new(numbers), Arc::new(texts)]
}

fn runtime(memory: usize) -> RuntimeEnv {
    RuntimeEnvBuilder::new().with_memory_pool(Arc::new(FairSpillPool::new(memory))).build().unwrap()
}

fn groups(partitions: &[&[Row]], runtime: Option<&RuntimeEnv>) -> Groups {
    let account = || runtime.map_or_else(Account::default, |runtime| Account::spilling(runtime, "keys"));
    let scans = partitions.iter().map(|rows| {
        let mut scan = GroupScan::new(false).within(account());
        rows.chunks(3).for_each(|rows| scan.update(&columns(rows), &Mask::All).unwrap());
        scan
    });
    match GroupScan::merge(scans.collect()).unwrap() {
        FirstPass::Done(groups) => *groups,
        FirstPass::Candidates(candidates) => {
            let scans = partitions.iter().map(|rows| {
                let mut scan = CandidateScan::within(Account::default());
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
    fn groups_are_counted_exactly(
        rows in proptest::collection::vec(row(), 0..80),
        cut in 0_usize..80,
        limited in any::<bool>(),
    ) {
        let (first, second) = rows.split_at(cut.min(rows.len()));
        let runtime = runtime(100);
        let found = groups(&[first, second], limited.then_some(&runtime));
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
        let groups = match GroupScan::merge(vec![scan]).unwrap() {
            FirstPass::Done(groups) => *groups,
            FirstPass::Candidates(candidates) => {
                let mut scan = CandidateScan::within(Account::default());
                scan.update(&candidates, &texts(rows), &Mask::All).unwrap();
                candidates.finish(vec![scan])
            }
        };
        groups.frequent(3, &DataType::Utf8).unwrap()
    };
    let pairs = |pairs: &[(&str, u64)]| pairs.iter().map(|(key, count)| ((*key).to_owned(), *count)).collect::<Vec<_>>();
    assert_eq!(frequent(&["b", "a", "b", "", "c"]), pairs(&[("b", 2), ("", 1), ("a", 1)]));
    // Keys that are many: what occurs once is not among them.
    assert_eq!(frequent(&["k", "1", "2", "3", "4", "5", "6", "7", "8", "9", "k", "x", "x", "x"]), pairs(&[("x", 3), ("k", 2)]));
    assert_eq!(frequent(&[]), Vec::new());
}

#[test]
fn zeros_and_not_a_number_are_one_value_each() {
    let values = vec![0.0, -0.0, f64::NAN, -f64::NAN];
    let column: Vec<ArrayRef> = vec![Arc::new(Float64Array::from(values))];
    for (signed_zeros, groups) in [(false, 2), (true, 3)] {
        let mut scan = GroupScan::new(signed_zeros);
        scan.update(&column, &Mask::All).unwrap();
        let FirstPass::Done(found) = GroupScan::merge(vec![scan]).unwrap() else { panic!("few keys are counted at once") };
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

/// A set of the first column's keys, looked up with the second's: as many ways as there are types.
fn check_set(keys: &[Option<i64>], wanted: &[Option<i64>], array: impl Fn(&[Option<i64>]) -> ArrayRef) {
    let data_type = array(keys).data_type().clone();
    let mut parts: Vec<KeySet> = keys
        .chunks(7)
        .map(|keys| {
            let mut set = KeySet::new(std::slice::from_ref(&data_type), 1);
            set.update(&[array(keys)]).unwrap();
            set
        })
        .collect();
    let mut set = KeySet::new(&[data_type], 1);
    parts.drain(..).for_each(|part| set.merge(part));
    let found = set.packed().contains(&[array(wanted)]).unwrap();
    let expected: BooleanArray = wanted.iter().map(|key| Some(key.is_some() && keys.contains(key))).collect();
    assert_eq!(found, expected);
}

proptest! {
    #[test]
    fn keys_are_found(
        keys in proptest::collection::vec(proptest::option::of(prop_oneof![-40_i64..40, any::<i64>()]), 0..60),
        close in proptest::collection::vec(proptest::option::of(-40_i64..40), 0..60),
        wanted in proptest::collection::vec(proptest::option::of(prop_oneof![-60_i64..60, Just(i64::MIN), Just(i64::MAX)]), 0..60),
    ) {
        let numbers = |values: &[Option<i64>]| Arc::new(values.iter().copied().collect::<Int64Array>()) as ArrayRef;
        let small = |values: &[Option<i64>]| cast(&numbers(values), &DataType::Int32).unwrap();
        let texts = |values: &[Option<i64>]| cast(&numbers(values), &DataType::Utf8).unwrap();
        check_set(&keys, &wanted, numbers);
        check_set(&close, &wanted, numbers);
        check_set(&keys, &wanted, texts);
        let in_range = |values: &[Option<i64>]| values.iter().copied().filter(|value| value.is_none_or(|value| i32::try_from(value).is_ok())).collect::<Vec<_>>();
        check_set(&close, &in_range(&wanted), small);
    }
}

#[test]
fn keys_that_must_be_held_and_do_not_fit_are_an_error() {
    let runtime = runtime(2000);
    let keys: ArrayRef = Arc::new((0..1000).map(|key| Some(key * 1_000_003)).collect::<Int64Array>());
    let texts: ArrayRef = Arc::new((0..1000).map(|key| Some(format!("key {key}"))).collect::<StringArray>());
    for keys in [keys, texts] {
        let refused = KeySet::new(&[keys.data_type().clone()], 1).within(Account::held(&runtime, "keys")).update(&[keys]);
        assert!(matches!(refused, Err(DataFusionError::ResourcesExhausted(_))), "{refused:?}");
    }
    let few: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
    KeySet::new(&[DataType::Int64], 1).within(Account::held(&runtime, "keys")).update(&[few]).unwrap();
}
