//! The store in real files.

use chrono::{DateTime, TimeDelta};
use tempfile::TempDir;

use super::*;

fn series(metric: &str) -> Series {
    Series { metric: metric.to_owned(), detail: String::new() }
}

fn evaluation(day: i64, figures: &[(&str, f64)]) -> Evaluation {
    let statistics = figures.iter().map(|(metric, value)| Statistic {
        series: series(metric),
        columns: vec!["a".to_owned(), "b,\"c\"".to_owned()],
        rule: format!("{metric} > 0"),
        value: *value,
    });
    Evaluation {
        run_id: format!("run-{day}"),
        context: "job/dq".to_owned(),
        ruleset: "abc".to_owned(),
        at: DateTime::from_timestamp(0, 0).unwrap() + TimeDelta::days(day),
        status: if day == 2 { Status::GateFailed } else { Status::Succeeded },
        statistics: statistics.collect(),
    }
}

fn store(folder: &TempDir) -> SqliteStore {
    SqliteStore::open(&folder.path().join("state.db")).unwrap()
}

fn newest(store: &SqliteStore, metric: &str) -> Vec<f64> {
    store.history("job/dq", &[series(metric)]).unwrap().newest(&series(metric))
}

#[test]
fn what_is_recorded_is_read_again() {
    let folder = TempDir::new().unwrap();
    // In no order of time; `RowCount` twice in the last, of which the first counts.
    for day in [3, 1, 2] {
        store(&folder)
            .record(&[evaluation(day, &[("RowCount", day as f64), ("Mean", f64::INFINITY), ("RowCount", 99.0)])])
            .unwrap();
    }
    let store = store(&folder);
    assert_eq!(newest(&store, "RowCount"), [3.0, 2.0, 1.0]);
    assert_eq!(newest(&store, "Mean"), [f64::INFINITY; 3]);
    assert_eq!(newest(&store, "rowcount"), [0.0; 0]);
    assert_eq!(store.contexts().unwrap(), ["job/dq"]);
    let all = store.recorded(&Filter::default()).unwrap();
    assert_eq!(all.len(), 6);
    assert_eq!(all[0].statistic.columns, ["a", "b,\"c\""]);
    let two = store.recorded(&Filter { metric: Some("rowc".to_owned()), runs: Some(2), context: None }).unwrap();
    assert_eq!(
        two.iter().map(|one| (one.run_id.as_str(), one.status)).collect::<Vec<_>>(),
        [("run-2", Status::GateFailed), ("run-3", Status::Succeeded)]
    );
}

#[test]
fn recording_twice_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let mut store = store(&folder);
    for figure in [1.0, 2.0] {
        store.record(&[evaluation(1, &[("RowCount", figure)])]).unwrap();
    }
    assert_eq!(newest(&store, "RowCount"), [1.0]);
}

#[test]
fn excluded_figures_and_those_that_are_none_do_not_count() {
    let folder = TempDir::new().unwrap();
    let mut store = store(&folder);
    for day in 1..=3 {
        let figure = if day == 3 { f64::NAN } else { day as f64 };
        store.record(&[evaluation(day, &[("RowCount", figure), ("Sum", 7.0)])]).unwrap();
    }
    let first = Exclusion { run_id: "run-1".to_owned(), context: None, metric: Some("rowcount".to_owned()) };
    assert_eq!(store.exclude(&first, "a holiday").unwrap(), 1);
    // The first reason stays.
    assert_eq!(store.exclude(&first, "another reason").unwrap(), 0);
    assert_eq!(newest(&store, "RowCount"), [2.0]);
    assert_eq!(newest(&store, "Sum").len(), 3);
    let reasons: Vec<_> = store.recorded(&Filter::default()).unwrap().into_iter().filter_map(|one| one.excluded).collect();
    assert_eq!(reasons, ["a holiday"]);
    assert_eq!(store.include(&first).unwrap(), 1);
    assert_eq!(store.include(&first).unwrap(), 0);
    assert_eq!(newest(&store, "RowCount"), [2.0, 1.0]);
    assert_eq!(store.exclude(&Exclusion { run_id: "no".to_owned(), ..Exclusion::default() }, "x").unwrap(), 0);
}

#[test]
fn many_writers_wait_for_each_other() {
    let folder = TempDir::new().unwrap();
    std::thread::scope(|scope| {
        for day in 0..8 {
            let folder = &folder;
            scope.spawn(move || store(folder).record(&[evaluation(day, &[("RowCount", 1.0)])]).unwrap());
        }
    });
    assert_eq!(newest(&store(&folder), "RowCount").len(), 8);
}

#[test]
fn what_is_no_store_is_refused() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("state.db");
    std::fs::write(&path, "this is no database, and it is long enough to be one's header, so that it is looked at").unwrap();
    let refused = SqliteStore::open(&path).unwrap_err();
    assert_eq!(refused.0.code.number, "GC1020");
    std::fs::remove_file(&path).unwrap();
    drop(store(&folder));
    rusqlite::Connection::open(&path).unwrap().pragma_update(None, "user_version", 999).unwrap();
    assert!(SqliteStore::open(&path).unwrap_err().0.notes.iter().any(|note| note.contains("version 999")));
    assert!(open_existing(&folder.path().join("other.db")).unwrap().is_none());
}
