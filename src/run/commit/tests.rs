//! Commits and crashes, in real folders.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use chrono::DateTime;
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use tempfile::TempDir;

use super::*;
use crate::source::{FileId, Span, Text};
use crate::spec::param::{Arg, Value};
use crate::state::{self, Filter, Reader, Statistic, Status};
use crate::stdlib::connector::file::sink::SINK;
use crate::stdlib::rule::Series;

fn args(path: &str, format: &str, mode: &str, key: Option<&str>) -> Args {
    let span = Span::file_start(FileId(0));
    let arg = |value| Arg { value, span, key: span, written: true };
    let text = |text: &str| arg(Value::Text(Text::new(text, span)));
    let mut entries = vec![("path", text(path)), ("format", text(format)), ("mode", text(mode))];
    entries.extend(key.map(|key| ("partition_keys", arg(Value::List(vec![text(key)])))));
    Args { entries, span, misfits: Vec::new() }
}

fn batch(rows: &[(i64, &str)]) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(rows.iter().map(|(id, _)| *id)));
    let regions: ArrayRef = Arc::new(StringViewArray::from_iter_values(rows.iter().map(|(_, region)| *region)));
    RecordBatch::try_from_iter([("id", ids), ("region", regions)]).unwrap()
}

/// Every mode at once.
fn sinks() -> Vec<(&'static str, Args)> {
    vec![
        ("all", args("out/all", "csv", "overwrite", None)),
        ("log", args("out/log", "csv", "append", None)),
        ("parts", args("out/parts", "csv", "overwrite_partitions", Some("region"))),
        ("fresh", args("out/fresh/${run.id}", "csv", "error_if_exists", Some("region"))),
    ]
}

fn write(transaction: &mut Transaction, rows: &[(i64, &str)]) -> Vec<(SinkWriter, Written)> {
    let batch = batch(rows);
    let write = |(name, args): (&str, Args)| {
        let writer = transaction.sink(&SINK, name, &args, &batch.schema()).unwrap();
        let mut part = writer.partition(0);
        part.write(&batch).unwrap();
        (writer, part.close().unwrap())
    };
    sinks().into_iter().map(write).collect()
}

fn run(root: &Path, run_id: &str, rows: &[(i64, &str)]) -> Recovered {
    let (mut transaction, recovered) = Transaction::begin(root, "job", run_id).unwrap();
    let written = write(&mut transaction, rows);
    transaction.prepare(written, figures(run_id)).unwrap().commit().unwrap();
    recovered
}

/// What a run measured.
fn figures(run_id: &str) -> Vec<Evaluation> {
    let statistic = |metric: &str, value| Statistic {
        series: Series { metric: metric.to_owned(), detail: "a > 1".to_owned() },
        columns: vec!["a".to_owned()],
        rule: "the rule".to_owned(),
        value,
    };
    vec![Evaluation {
        run_id: run_id.to_owned(),
        context: "job/dq".to_owned(),
        ruleset: "0123".to_owned(),
        at: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
        status: Status::Succeeded,
        statistics: vec![statistic("RowCount", 3.0), statistic("Mean", f64::INFINITY), statistic("Sum", f64::NEG_INFINITY)],
    }]
}

/// The figures in the store of a project: run, metric, value.
fn recorded(root: &Path) -> Vec<(String, String, f64)> {
    let Some(store) = state::open_existing(&state::path(root)).unwrap() else { return Vec::new() };
    let all = store.recorded(&Filter::default()).unwrap();
    all.into_iter().map(|one| (one.run_id, one.statistic.series.metric, one.statistic.value)).collect()
}

/// Runs, and dies at the `n`-th step of the commit; `true` if it came to the end before.
fn run_and_die(root: &Path, run_id: &str, rows: &[(i64, &str)], n: usize) -> (bool, Vec<String>) {
    let (mut transaction, _) = Transaction::begin(root, "job", run_id).unwrap();
    let written = write(&mut transaction, rows);
    let prepared = transaction.prepare(written, figures(run_id)).unwrap();
    let mut steps = Vec::new();
    let mut die = |step: &str| {
        steps.push(step.to_owned());
        if steps.len() > n { Err(io::Error::other("died")) } else { Ok(()) }
    };
    let finished = prepared.die_with(&mut die);
    (finished, steps)
}

impl Prepared {
    /// Commits until `step` fails; then nothing is cleaned up, as if the process had been killed.
    fn die_with(self, step: Step) -> bool {
        let Self { transaction, writers, plans, figures, totals: _, lock } = self;
        let record = transaction.state.record_path(&file_name(&transaction.run_id));
        let finished = record::write(&record, &transaction.root, "job", &transaction.run_id, &plans, &figures, step)
            .and_then(|()| carry_out(&record, &transaction.root, &plans, &figures, step))
            .and_then(|()| clear(&plans, step))
            .is_ok();
        // What a dead process does not do: remove its staged files and its run file. What it does: let go of its locks.
        writers.into_iter().for_each(SinkWriter::committed);
        let copy = fs::read(transaction.run_file.path()).unwrap();
        let path = transaction.run_file.path().to_owned();
        drop(transaction);
        drop(lock);
        if !finished {
            fs::write(path, copy).unwrap();
        }
        finished
    }
}

/// Every file below a folder with its content, the project's lock, ignore file and state store left out.
fn tree(root: &Path) -> BTreeMap<String, String> {
    fn walk(folder: &Path, root: &Path, found: &mut BTreeMap<String, String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if path.is_dir() {
                let before = found.len();
                walk(&path, root, found);
                if found.len() == before && !name.starts_with(".glue-compile") {
                    found.insert(format!("{name}/"), String::new());
                }
            } else if !["/lock", ".gitignore", "/state.db"].iter().any(|other| name.ends_with(other)) {
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

const FIRST: &[(i64, &str)] = &[(1, "eu"), (2, "us"), (3, "a/b")];
const SECOND: &[(i64, &str)] = &[(4, "eu"), (5, "asia")];

#[test]
fn all_sinks_of_a_run_appear_together() {
    let folder = TempDir::new().unwrap();
    assert_eq!(run(folder.path(), "r1", FIRST), Recovered::default());
    assert_eq!(run(folder.path(), "r2", SECOND), Recovered::default());
    let found: Vec<_> = tree(folder.path()).into_keys().collect();
    assert_eq!(
        found,
        [
            "out/all/part-00000-r2.c000.csv",
            "out/fresh/r1/region=a%2Fb/part-00000-r1.c000.csv",
            "out/fresh/r1/region=eu/part-00000-r1.c000.csv",
            "out/fresh/r1/region=us/part-00000-r1.c000.csv",
            "out/fresh/r2/region=asia/part-00000-r2.c000.csv",
            "out/fresh/r2/region=eu/part-00000-r2.c000.csv",
            "out/log/part-00000-r1.c000.csv",
            "out/log/part-00000-r2.c000.csv",
            "out/parts/region=a%2Fb/part-00000-r1.c000.csv",
            "out/parts/region=asia/part-00000-r2.c000.csv",
            "out/parts/region=eu/part-00000-r2.c000.csv",
            "out/parts/region=us/part-00000-r1.c000.csv",
        ]
    );
}

#[test]
fn a_crash_at_any_step_is_one_clean_run_or_none() {
    let before = TempDir::new().unwrap();
    run(before.path(), "r1", FIRST);
    let after = TempDir::new().unwrap();
    run(after.path(), "r1", FIRST);
    run(after.path(), "r2", SECOND);
    let measured = (recorded(before.path()), recorded(after.path()));
    assert_eq!((measured.0.len(), measured.1.len()), (3, 6));
    let (before, after) = (tree(before.path()), tree(after.path()));
    assert_ne!(before, after);

    for n in 0.. {
        let folder = TempDir::new().unwrap();
        run(folder.path(), "r1", FIRST);
        let (finished, steps) = run_and_die(folder.path(), "r2", SECOND, n);
        if finished {
            assert!(n >= 20, "all steps were tried: {steps:?}");
            assert_eq!(tree(folder.path()), after);
            assert_eq!(recorded(folder.path()), measured.1);
            break;
        }
        // Dying in recovery, at any of its steps, is no worse.
        for m in 0.. {
            let mut left = m;
            let died = recover_with(folder.path(), &mut |_| {
                left -= 1;
                if left < 0 { Err(io::Error::other("died")) } else { Ok(()) }
            });
            if died.is_ok() {
                break;
            }
        }
        // The record's rename is the second step.
        let committed = n >= 2;
        assert_eq!(tree(folder.path()), if committed { after.clone() } else { before.clone() }, "died at {:?}", steps.last());
        let expected = if committed { &measured.1 } else { &measured.0 };
        assert_eq!(recorded(folder.path()), *expected, "died at {:?}", steps.last());
        assert_eq!(recover(folder.path()).unwrap(), Recovered::default());
        if !committed {
            // The run is started again, under its old name or a new one, and is a clean one.
            run(folder.path(), "r2", SECOND);
            assert_eq!(tree(folder.path()), after);
        }
    }
}

#[test]
fn the_next_run_recovers_first() {
    let folder = TempDir::new().unwrap();
    run_and_die(folder.path(), "r1", FIRST, 5);
    assert_eq!(run(folder.path(), "r2", SECOND).published, ["r1"]);
    run_and_die(folder.path(), "r3", FIRST, 0);
    assert_eq!(run(folder.path(), "r4", SECOND).discarded, ["r3"]);
    assert!(!tree(folder.path()).keys().any(|name| name.contains("r3") || name.contains("_glue_compile")));
}

#[test]
fn a_project_may_be_moved_before_it_recovers() {
    let folder = TempDir::new().unwrap();
    let (old, new) = (folder.path().join("old"), folder.path().join("new"));
    fs::create_dir(&old).unwrap();
    run_and_die(&old, "r1", FIRST, 4);
    fs::rename(&old, &new).unwrap();
    assert_eq!(recover(&new).unwrap().published, ["r1"]);
    let clean = TempDir::new().unwrap();
    run(clean.path(), "r1", FIRST);
    let published: BTreeMap<_, _> = tree(&new).into_iter().filter(|(name, _)| !name.starts_with('.')).collect();
    assert_eq!(published, tree(clean.path()));
}

#[test]
fn a_run_that_is_alive_is_left_alone() {
    let folder = TempDir::new().unwrap();
    let (mut transaction, _) = Transaction::begin(folder.path(), "job", "r1").unwrap();
    let written = write(&mut transaction, FIRST);
    // Another run of the project, from begin to end.
    assert_eq!(run(folder.path(), "r2", SECOND), Recovered::default());
    transaction.prepare(written, Vec::new()).unwrap().commit().unwrap();
    let names: Vec<_> =
        tree(folder.path()).into_keys().filter(|name| name.starts_with("out/all") || name.starts_with("out/log")).collect();
    assert_eq!(names, ["out/all/part-00000-r1.c000.csv", "out/log/part-00000-r1.c000.csv", "out/log/part-00000-r2.c000.csv"]);
}

#[test]
fn a_run_that_gives_up_leaves_nothing() {
    let folder = TempDir::new().unwrap();
    run(folder.path(), "r1", FIRST);
    let before = tree(folder.path());
    let (mut transaction, _) = Transaction::begin(folder.path(), "job", "r2").unwrap();
    let written = write(&mut transaction, SECOND);
    // In whatever order they go.
    drop(transaction);
    drop(written);
    assert_eq!(tree(folder.path()), before);
    let (mut transaction, _) = Transaction::begin(folder.path(), "job", "r3").unwrap();
    let written = write(&mut transaction, SECOND);
    drop(transaction.prepare(written, figures("r3")).unwrap());
    assert_eq!(tree(folder.path()), before);
    assert_eq!(recover(folder.path()).unwrap(), Recovered::default());
}

#[test]
fn a_sink_that_was_filled_meanwhile_stops_the_commit() {
    let folder = TempDir::new().unwrap();
    let sink = args("out", "csv", "error_if_exists", None);
    let begin = |run_id: &str| {
        let (mut transaction, _) = Transaction::begin(folder.path(), "job", run_id).unwrap();
        let writer = transaction.sink(&SINK, "s", &sink, &batch(FIRST).schema()).unwrap();
        let mut part = writer.partition(0);
        part.write(&batch(FIRST)).unwrap();
        let written = part.close().unwrap();
        (transaction, vec![(writer, written)])
    };
    let (first, written_first) = begin("r1");
    let (second, written_second) = begin("r2");
    first.prepare(written_first, Vec::new()).unwrap().commit().unwrap();
    assert_eq!(second.prepare(written_second, Vec::new()).unwrap_err().0.code.number, "GC1030");
    assert_eq!(tree(folder.path()).into_keys().collect::<Vec<_>>(), ["out/part-00000-r1.c000.csv"]);
}

#[test]
fn a_record_that_is_damaged_stops_every_run() {
    let folder = TempDir::new().unwrap();
    run_and_die(folder.path(), "r1", FIRST, 5);
    let record = folder.path().join(".glue-compile/commits/r1.json");
    let text = fs::read_to_string(&record).unwrap();
    for damaged in [&text[..text.len() / 2], "", &text.replace("\"version\": 2", "\"version\": 99")] {
        fs::write(&record, damaged).unwrap();
        let failure = Transaction::begin(folder.path(), "job", "r2").unwrap_err();
        assert_eq!(failure.0.code.number, "GC1037");
    }
    fs::write(&record, text).unwrap();
    assert_eq!(recover(folder.path()).unwrap().published, ["r1"]);
}

#[test]
fn a_staged_file_that_vanished_is_said() {
    let folder = TempDir::new().unwrap();
    run_and_die(folder.path(), "r1", FIRST, 2);
    fs::remove_dir_all(folder.path().join("out/log/_glue_compile")).unwrap();
    let failure = recover(folder.path()).unwrap_err();
    assert_eq!(failure.0.code.number, "GC1036");
    assert!(failure.0.notes[0].contains("is gone"), "{failure:?}");
}
