//! Where rows go: rolling files, many folders, and that none is lost.

use std::collections::BTreeMap;

use datafusion::arrow::array::{Array, AsArray, BooleanArray};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::Int64Type;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;

#[test]
fn files_roll() {
    let check = |setting: (&'static str, &str), format: &str, expected: std::ops::RangeInclusive<usize>| {
        let folder = TempDir::new().unwrap();
        let rows = 10_000;
        let batch = RecordBatch::try_from_iter([("id", Arc::new(Int64Array::from_iter_values(0..rows)) as ArrayRef)]).unwrap();
        let batches = (0..10).map(|at| batch.slice(at * 1000, 1000)).collect();
        let written = write(folder.path(), &args(&[("path", "out"), ("format", format), setting]), "r1", &[batches]).unwrap();
        assert!(expected.contains(&written.files.len()), "{setting:?} {format}: {}", written.files.len());
        assert_eq!(written.rows, 10_000);
        assert_eq!(read_ids(&folder.path().join("out"), format), (0..rows).collect::<Vec<_>>());
    };
    check(("max_rows_per_file", "3000"), "parquet", 4..=4);
    check(("max_rows_per_file", "1"), "csv", 10_000..=10_000);
    check(("max_rows_per_file", "999"), "json", 11..=11);
    check(("target_file_size", "20000"), "csv", 2..=4);
    check(("target_file_size", "20000"), "parquet", 2..=6);
    check(("target_file_size", "100000000"), "parquet", 1..=1);
}

/// The `id`s of all files, in the order of the files' names, sorted for text formats' many files.
fn read_ids(out: &Path, format: &str) -> Vec<i64> {
    let mut ids: Vec<i64> = Vec::new();
    for name in names(out) {
        let path = out.join(name);
        match format {
            "parquet" => {
                ids.extend(read(&path).iter().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec()));
            }
            "csv" => ids.extend(fs::read_to_string(path).unwrap().lines().skip(1).map(|line| line.parse::<i64>().unwrap())),
            _ => ids.extend(
                fs::read_to_string(path)
                    .unwrap()
                    .lines()
                    .map(|line| line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<i64>().unwrap()),
            ),
        }
    }
    ids.sort_unstable();
    ids
}

#[test]
fn more_folders_than_open_files() {
    let folder = TempDir::new().unwrap();
    let rows = 12_000;
    let keys: ArrayRef = Arc::new(Int64Array::from_iter_values((0..rows).map(|row| (row * 7919) % 400)));
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..rows));
    let batch = RecordBatch::try_from_iter([("id", ids), ("key", keys)]).unwrap();
    // Small batches of many folders are gathered; one partition gets rows one by one, the other all at once.
    let small = (0..120).map(|at| batch.slice(at * 100, 100)).collect();
    let settings = args(&[("path", "out"), ("format", "parquet"), ("partition_keys", "key")]);
    let written = write(folder.path(), &settings, "r1", &[small, vec![batch]]).unwrap();
    assert_eq!(written.rows, 24_000);
    let mut per_key: BTreeMap<String, usize> = BTreeMap::new();
    for name in names(&folder.path().join("out")) {
        let rows = read(&folder.path().join("out").join(&name)).iter().map(RecordBatch::num_rows).sum::<usize>();
        *per_key.entry(name.split_once('/').unwrap().0.to_owned()).or_default() += rows;
    }
    assert_eq!(per_key.len(), 400);
    assert_eq!(written.files.len(), 800, "a file for every folder and partition of the input");
    assert!(per_key.values().all(|rows| *rows == 60), "{per_key:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Every row that was selected lies once in a file of its partition, no other row does.
    #[test]
    fn no_row_is_lost_or_doubled(
        rows in prop::collection::vec((prop::option::of("[a-c/= ]{0,2}"), 0_i64..3, any::<bool>()), 0..200),
        batch_size in 1_usize..60,
        most in prop::option::of(1_u64..40),
    ) {
        let folder = TempDir::new().unwrap();
        let text: ArrayRef = Arc::new(rows.iter().map(|(text, _, _)| text.clone()).collect::<StringViewArray>());
        let number: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|(_, number, _)| *number)));
        let selected: ArrayRef = Arc::new(BooleanArray::from(rows.iter().map(|(_, _, selected)| *selected).collect::<Vec<_>>()));
        let id: ArrayRef = Arc::new(Int64Array::from_iter_values((0_i64..).take(rows.len())));
        let all = RecordBatch::try_from_iter_with_nullable([("id", id), ("text", text), ("number", number), ("__gc_selected", selected)]
            .map(|(name, column)| (name, column, true))).unwrap();
        let batches: Vec<_> = (0..rows.len().div_ceil(batch_size))
            .map(|at| all.slice(at * batch_size, batch_size.min(rows.len() - at * batch_size)))
            .collect();
        let (first, second) = batches.split_at(batches.len() / 2);
        let most = most.map(|most| most.to_string());
        let mut list = vec![("path", "out"), ("format", "parquet"), ("partition_keys", "text,number")];
        list.extend(most.as_deref().map(|most| ("max_rows_per_file", most)));
        let select = |writer: &mut PartitionWriter, batch: &RecordBatch| {
            let bits: BooleanBuffer = batch.column(3).as_boolean().values().clone();
            writer.write_rows(batch, &bits)
        };
        let mut parts = [first.to_vec(), second.to_vec()];
        if parts[0].is_empty() {
            parts[0].push(all.slice(0, 0));
        }
        let written = write_by(folder.path(), &args(&list), "r1", &parts, select).unwrap();

        let mut expected: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for (id, (text, number, selected)) in (0_i64..).zip(&rows) {
            if *selected {
                let text = crate::stdlib::connector::file::hive::folder("text", text.as_deref());
                expected.entry(format!("{text}/number={number}")).or_default().push(id);
            }
        }
        let mut found: BTreeMap<String, Vec<i64>> = BTreeMap::new();
        for file in &written.files {
            let path = folder.path().join("out").join(&file.name);
            prop_assert_eq!(fs::metadata(&path).unwrap().len(), file.bytes);
            let batches = read(&path);
            let all = concat_batches(&batches[0].schema(), &batches).unwrap();
            prop_assert_eq!(all.num_rows() as u64, file.rows);
            prop_assert_eq!(all.schema().fields().len(), 1);
            let ids = all.column(0).as_primitive::<Int64Type>().values().to_vec();
            prop_assert!(all.column(0).null_count() == 0);
            found.entry(file.name.rsplit_once('/').unwrap().0.to_owned()).or_default().extend(ids);
        }
        for ids in found.values_mut() {
            ids.sort_unstable();
        }
        prop_assert_eq!(found, expected);
    }
}
