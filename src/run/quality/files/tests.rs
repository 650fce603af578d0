//! Rules about real files with known times and contents.

use std::fs::{self, File};

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{Int64Array, RecordBatch};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::LogicalPlanBuilder;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::diag::Sink;
use crate::plan::nodes::Planner;
use crate::plan::quality::Needs;
use crate::run::quality::{Beside, QualityOptions, prepare, scan};
use crate::run::report::RuleOutcome;
use crate::source::{EmbedMap, SourceMap};
use crate::stdlib::expr::NO_FATES;
use crate::stdlib::expr::engine::{EngineOptions, session};
use crate::stdlib::rule::{self, Behind, Scope};
use crate::syntax::dqdl::{self, Dialect};

/// What `now()` is.
const NOW: &str = "2024-03-31T12:00:00Z";

/// A folder with files: path, contents, when last modified.
fn folder(files: &[(&str, &str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, contents, modified) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, contents).unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(modified.parse::<DateTime<Utc>>().unwrap().into()).unwrap();
    }
    folder
}

/// Evaluates rules over one row that is read from the files of `source` in the folder.
fn outcomes(folder: &TempDir, source: &[&str], rules: &str) -> Vec<RuleOutcome> {
    let text = format!("Rules = [\n{rules}\n]");
    let mut sink = Sink::default();
    let file = SourceMap::default().add("rules.dqdl", text.as_str());
    let ruleset = dqdl::parse(&text, &EmbedMap::file(file, text.len()), Dialect::Superset, &mut sink);
    let engine =
        SessionStateBuilder::new_from_existing(session(&EngineOptions::CHECK)).with_query_planner(Arc::new(Planner)).build();
    let row = RecordBatch::try_from_iter([("a", Arc::new(Int64Array::from(vec![1])) as _)]).unwrap();
    let table = MemTable::try_new(row.schema(), vec![vec![row]]).unwrap();
    let primary = LogicalPlanBuilder::scan("t", provider_as_source(Arc::new(table)), None).unwrap().build().unwrap();
    let scope = Scope {
        engine: &engine,
        primary: &primary,
        aliases: &[],
        fates: NO_FATES,
        behind: Behind::Files,
        now: NOW.parse().unwrap(),
        has_history: false,
        dialect: Dialect::Superset,
    };
    let bound = rule::bind(&ruleset, &scope, &mut sink);
    assert!(!sink.has_errors(), "{rules}: {:?}", sink.iter().collect::<Vec<_>>());
    let source = source.iter().map(|name| (folder.path().join(name), (*name).to_owned())).collect();
    let files = Files { root: folder.path().to_owned(), source };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let options = QualityOptions::default();
        let beside = Beside { files, ..Beside::default() };
        let prepared = prepare(&bound, primary.clone(), primary.clone(), Vec::new(), &engine, &options, beside).await.unwrap();
        scan::fold(prepared.plan(), &engine, || (), |(), _| Ok(())).await.unwrap();
        prepared.finish().unwrap().outcomes
    })
}

/// Whether one rule holds, by which figures (without `Dataset.*.`), and if not, why.
fn check(folder: &TempDir, source: &[&str], rule: &str, expected: &str) {
    let outcome = outcomes(folder, source, rule).remove(0);
    let metrics = outcome.metrics.iter().map(|(name, value)| format!("{}={value}", name.trim_start_matches("Dataset.*.")));
    let verdict = if outcome.passed { "passed" } else { "failed" };
    let found = std::iter::once(verdict.to_owned()).chain(metrics).chain(outcome.reason).collect::<Vec<_>>().join(" ");
    assert_eq!(found, expected, "{rule}");
    assert_eq!(outcome.failed_rows, None, "{rule}");
}

#[test]
fn freshness() {
    let day = folder(&[
        ("in/a.csv", "x", "2024-03-31T11:30:00.9Z"),
        ("in/b.csv", "x", "2024-03-30T13:00:00Z"),
        ("in/c.csv", "x", "2024-01-01T00:00:00Z"),
        ("in/_SUCCESS", "x", "1999-01-01T00:00:00Z"),
        ("in/.part.crc", "x", "1999-01-01T00:00:00Z"),
    ]);
    let all = ["in/a.csv", "in/b.csv"];
    for (rule, expected) in [
        ("FileFreshness > (now() - 24 hours)", "passed FileFreshness.Compliance=1 FileCount=2"),
        (
            r#"FileFreshness "in/" > (now() - 1 days)"#,
            "failed FileFreshness.Compliance=0.6666666666666666 FileCount=3 Value: 0.6666666666666666 does not meet the \
             constraint requirement! 1 of 3 files does not satisfy the condition: `in/c.csv` (modified 2024-01-01T00:00:00Z)",
        ),
        (
            r#"FileFreshness "in" > (now() - 1 days) with threshold > 0.6"#,
            "passed FileFreshness.Compliance=0.6666666666666666 FileCount=3",
        ),
        // 11:30:00.9 is 11:30:00: S3 keeps whole seconds.
        (
            r#"FileFreshness "in" < (now() - 30 minutes) with threshold = 0.6"#,
            "failed FileFreshness.Compliance=0.6666666666666666 FileCount=3 Value: 0.6666666666666666 does not meet the \
             constraint requirement! 1 of 3 files does not satisfy the condition: `in/a.csv` (modified 2024-03-31T11:30:00Z)",
        ),
        // Both ends of `between` are left out, and a date is its midnight.
        (r#"FileFreshness "in/c.csv" between "2023-12-31" and "2024-01-02""#, "passed FileFreshness.Compliance=1 FileCount=1"),
        (
            r#"FileFreshness "in/c.csv" between "2024-01-01" and "2024-01-02""#,
            "failed FileFreshness.Compliance=0 FileCount=1 Value: 0 does not meet the constraint requirement! \
             1 of 1 file does not satisfy the condition: `in/c.csv` (modified 2024-01-01T00:00:00Z)",
        ),
        (r#"FileFreshness "in/c.csv" = "2024-01-01""#, "passed FileFreshness.Compliance=1 FileCount=1"),
        (r#"FileFreshness "in/a.csv" in ["11:30", "12:30"]"#, "passed FileFreshness.Compliance=1 FileCount=1"),
        (
            r#"FileFreshness "in/*.csv" not between "2024-01-02" and "2024-03-30""#,
            "passed FileFreshness.Compliance=1 FileCount=3",
        ),
    ] {
        check(&day, &all, rule, expected);
    }
}

#[test]
fn times_of_day_in_zones() {
    // 21:45 of 2024-03-31 is 01:45 of the next day in UTC in New York and 13:45 in Shanghai; in Berlin clocks skip 2:30.
    let night =
        folder(&[("a", "x", "2024-04-01T01:50:00Z"), ("b", "x", "2024-03-31T01:29:00Z"), ("c", "x", "2024-03-31T13:50:00Z")]);
    for (rule, passed) in [
        (r#"FileFreshness "a" > "21:45""#, true),
        (r#"FileFreshness "a" > "9:45 PM" with timeZone = "America/New_York""#, true),
        (r#"FileFreshness "a" > "21:50" with timeZone = "America/New_York""#, false),
        (r#"FileFreshness "a" < "9:51 PM" with timeZone = "America/New_York""#, true),
        (r#"FileFreshness "c" > "21:45" with timeZone = "Asia/Shanghai""#, true),
        (r#"FileFreshness "c" > "21:45""#, false),
        (r#"FileFreshness "c" between "19:00" and "20:00" with timeZone = "+05:30""#, true),
        (r#"FileFreshness "b" < "2:30 AM" with timeZone = "Europe/Berlin""#, true),
        (r#"FileFreshness "b" < "2:29 AM" with timeZone = "Europe/Berlin""#, false),
    ] {
        let outcome = outcomes(&night, &[], rule).remove(0);
        assert_eq!(outcome.passed, passed, "{rule}: {:?}", outcome.reason);
    }
}

#[test]
fn sizes() {
    let sizes = folder(&[
        ("in/a.csv", "12345678901", "2024-01-01T00:00:00Z"),
        ("in/b/c.csv", "", "2024-01-02T00:00:00Z"),
        ("in/b/d.json", "1", "2024-01-03T00:00:00Z"),
    ]);
    for (rule, expected) in [
        (r#"FileSize "in/" < 1 KB"#, "passed FileSize.Compliance=1 FileCount=3 MaximumFileSize=11 MinimumFileSize=0"),
        (
            r#"FileSize "in/" > 0"#,
            "failed FileSize.Compliance=0.6666666666666666 FileCount=3 MaximumFileSize=11 MinimumFileSize=0 Value: \
             0.6666666666666666 does not meet the constraint requirement! 1 of 3 files does not satisfy the condition: \
             `in/b/c.csv` (0 B)",
        ),
        (
            r#"FileSize "in/" between 0 B and 11 B with threshold between 0.3 and 0.4"#,
            "passed FileSize.Compliance=0.3333333333333333 FileCount=3 MaximumFileSize=11 MinimumFileSize=0",
        ),
        ("FileSize in [11, 1]", "passed FileSize.Compliance=1 FileCount=2 MaximumFileSize=11 MinimumFileSize=1"),
        // The first file by path that does not satisfy ends it: `in/b/c.csv` is the second.
        (
            r#"FileSize "in/" > 0 B with failFast = "true""#,
            "failed FileCount=2 MaximumFileSize=11 MinimumFileSize=0 `in/b/c.csv` (0 B) does not satisfy the condition; \
             `failFast` looks no further",
        ),
        (
            r#"FileSize "in/" >= 0 B with failFast = "true""#,
            "passed FileSize.Compliance=1 FileCount=3 MaximumFileSize=11 MinimumFileSize=0",
        ),
        (r#"FileSize "none/" > 0 B"#, "failed there is no file or folder `none/`"),
        (r#"FileSize "in/*.parquet" > 0 B"#, "failed FileCount=0 `in/*.parquet` has no files"),
    ] {
        check(&sizes, &["in/a.csv", "in/b/d.json"], rule, expected);
    }
}

#[test]
fn filters_apply_in_order() {
    let mixed = folder(&[
        ("in/orders_1.csv", "1", "2024-01-01T00:00:00Z"),
        ("in/orders_2.csv", "22", "2024-01-02T00:00:00Z"),
        ("in/inventory.csv", "333", "2024-01-03T00:00:00Z"),
        ("in/orders_3.csv.tmp", "4444", "2024-01-04T00:00:00Z"),
    ]);
    let size = |tags: &str| outcomes(&mixed, &[], &format!(r#"FileSize "in" > 0 B {tags}"#)).remove(0);
    for (tags, count, greatest) in [
        ("with recentFiles = 2", 2.0, 4.0),
        ("with recentFiles = 9", 4.0, 4.0),
        (r#"with uriRegex = "\.csv$""#, 3.0, 3.0),
        (r#"with uriRegex = "(?!.*\.tmp$).*""#, 3.0, 3.0),
        (r#"with recentFiles = 3 with uriRegex = "orders_\d\.csv$""#, 1.0, 2.0),
        (r#"with recentFiles = 3 with uriRegex = "orders_\d\.csv$" with filterOrder = ["recentFiles", "uriRegex"]"#, 1.0, 2.0),
        (r#"with recentFiles = 3 with uriRegex = "orders_\d\.csv$" with filterOrder = ["uriRegex", "recentFiles"]"#, 2.0, 2.0),
        (r#"with recentFiles = 1 with uriRegex = "orders_" with filterOrder = ["uriRegex"]"#, 1.0, 4.0),
    ] {
        let outcome = size(tags);
        assert!(outcome.passed, "{tags}: {:?}", outcome.reason);
        let figure = |name: &str| outcome.metrics[&format!("Dataset.*.{name}")];
        assert_eq!((figure("FileCount"), figure("MaximumFileSize")), (count, greatest), "{tags}");
    }
    let none = size(r#"with recentFiles = 1 with uriRegex = "inventory""#);
    assert_eq!(none.reason.unwrap(), "the tags of the rule leave none of the 4 files of `in`");
}

#[test]
fn uniqueness() {
    let files = folder(&[
        ("in/a.csv", "same", "2024-01-01T00:00:00Z"),
        ("in/b.csv", "same", "2024-01-01T00:00:00Z"),
        ("in/c.csv", "emas", "2024-01-01T00:00:00Z"),
        ("in/old/c.csv", "other", "2024-01-01T00:00:00Z"),
    ]);
    for (rule, expected) in [
        (r#"FileUniqueness "in/" >= 0.5"#, "passed FileUniquenessRatio=0.5 FileCount=4"),
        (
            r#"FileUniqueness "in/" = 1"#,
            "failed FileUniquenessRatio=0.5 FileCount=4 Value: 0.5 does not meet the constraint requirement! 2 of 4 files are \
             not unique: `in/a.csv` (as `in/b.csv`), `in/b.csv` (as `in/a.csv`)",
        ),
        (
            r#"FileUniqueness "in/" > 0 with matchFileName = "true""#,
            "failed FileUniquenessRatio=0 FileCount=4 Value: 0 does not meet the constraint requirement! 4 of 4 files are \
             not unique: `in/a.csv` (as `in/b.csv`), `in/b.csv` (as `in/a.csv`), `in/c.csv` (its name stands twice), \
             `in/old/c.csv` (its name stands twice)",
        ),
        (r#"FileUniqueness "in/old" = 1"#, "passed FileUniquenessRatio=1 FileCount=1"),
    ] {
        check(&files, &[], rule, expected);
    }
}

#[test]
fn known_checksums() {
    let abc = folder(&[("abc", "abc", "2024-01-01T00:00:00Z"), ("empty", "", "2024-01-01T00:00:00Z")]);
    for (rule, expected) in [
        (r#"FileMatch in ["900150983cd24fb0d6963f7d28e17f72"] with hashAlgorithm = "MD5""#, "passed FileCount=1"),
        (r#"FileMatch = "A9993E364706816ABA3E25717850C26C9CD0D89D" with hashAlgorithm = "SHA-1""#, "passed FileCount=1"),
        (r#"FileMatch in ["ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"]"#, "passed FileCount=1"),
        (
            r#"FileMatch "*" in ["d41d8cd98f00b204e9800998ecf8427e", "900150983cd24fb0d6963f7d28e17f72"] with hashAlgorithm = "md5""#,
            "passed FileCount=2",
        ),
        (
            r#"FileMatch "*" in ["d41d8cd98f00b204e9800998ecf8427e"] with hashAlgorithm = "MD5""#,
            "failed FileCount=2 1 of 2 files does not match: `abc` (MD5 900150983cd24fb0d6963f7d28e17f72)",
        ),
        (
            r#"FileMatch "*" not in ["900150983cd24fb0d6963f7d28e17f72"] with hashAlgorithm = "MD5""#,
            "failed FileCount=2 1 of 2 files does not match: `abc` (MD5 900150983cd24fb0d6963f7d28e17f72)",
        ),
        (r#"FileMatch "abc" != "d41d8cd98f00b204e9800998ecf8427e" with hashAlgorithm = "MD5""#, "passed FileCount=1"),
    ] {
        check(&abc, &["abc"], rule, expected);
    }
}

#[test]
fn folders_match() {
    let files = folder(&[
        ("one/a.csv", "x", "2024-01-02T00:00:00Z"),
        ("one/b.csv", "yy", "2024-01-01T00:00:00Z"),
        ("two/b.csv", "x", "2024-01-01T00:00:00Z"),
        ("two/deep/a.csv", "yy", "2024-01-02T00:00:00Z"),
        ("three/a.csv", "x", "2024-01-01T00:00:00Z"),
        ("three/b.csv", "yy", "2024-01-01T00:00:00Z"),
        ("three/c.csv", "x", "2024-01-01T00:00:00Z"),
        ("four/a.csv", "y", "2024-01-01T00:00:00Z"),
    ]);
    fs::create_dir(files.path().join("nothing")).unwrap();
    for (rule, expected) in [
        (r#"FileMatch "one/" "two/""#, "passed FileCount=4"),
        (
            r#"FileMatch "one/" "two/" with matchFileName = "true""#,
            "failed FileCount=4 4 of 4 files have no partner: `one/a.csv`, `one/b.csv`, `two/b.csv`, `two/deep/a.csv`",
        ),
        (r#"FileMatch "one/" "three/""#, "failed FileCount=5 1 of 5 files has no partner: `three/a.csv`"),
        (
            r#"FileMatch "three/" "one/" with matchFileName = "true" with hashAlgorithm = "MD5""#,
            "failed FileCount=5 1 of 5 files has no partner: `three/c.csv`",
        ),
        (r#"FileMatch "one/a.csv" "two/b.csv""#, "passed FileCount=2"),
        (r#"FileMatch "one/a.csv" "four/a.csv""#, "failed FileCount=2 2 of 2 files have no partner: `one/a.csv`, `four/a.csv`"),
        (
            r#"FileMatch "one/" "two/" with recentFiles = 1"#,
            "failed FileCount=2 2 of 2 files have no partner: `one/a.csv`, `two/deep/a.csv`",
        ),
        (
            r#"FileMatch "one/" "two/" with uriRegex = "/a\.csv$""#,
            "failed FileCount=2 2 of 2 files have no partner: `one/a.csv`, `two/deep/a.csv`",
        ),
        (r#"FileMatch "nothing/" "nothing/""#, "failed FileCount=0 `nothing/` has no files"),
        (r#"FileMatch "one/" "nothing/""#, "failed FileCount=2 `nothing/` has no files"),
        (r#"FileMatch "one/" "away/""#, "failed FileCount=2 there is no file or folder `away/`"),
    ] {
        check(&files, &[], rule, expected);
    }
}

#[test]
fn parts_of_a_composite() {
    let files = folder(&[("in/a.csv", "x", "2024-01-01T00:00:00Z")]);
    check(
        &files,
        &[],
        r#"(FileSize "in/" > 0 B) and (RowCount = 1)"#,
        "passed FileSize.Compliance=1 FileCount=1 MaximumFileSize=1 MinimumFileSize=1 RowCount=1",
    );
    check(&files, &[], r#"(FileUniqueness "away" = 1) or (RowCount = 1)"#, "passed RowCount=1 there is no file or folder `away`");
}

#[test]
fn a_file_that_is_gone() {
    let files = folder(&[]);
    check(&files, &["in/a.csv"], "FileSize > 0 B", "failed `in/a.csv` cannot be read: no such file or directory");
}

/// The rules of a ruleset, as they are handed to the thread that reads files.
fn bound(rules: &str) -> Vec<FileRule> {
    let text = format!("Rules = [\n{rules}\n]");
    let mut sink = Sink::default();
    let file = SourceMap::default().add("rules.dqdl", text.as_str());
    let ruleset = dqdl::parse(&text, &EmbedMap::file(file, text.len()), Dialect::Superset, &mut sink);
    let engine = session(&EngineOptions::CHECK);
    let primary = LogicalPlanBuilder::empty(false).build().unwrap();
    let scope = Scope {
        engine: &engine,
        primary: &primary,
        aliases: &[],
        fates: NO_FATES,
        behind: Behind::Files,
        now: NOW.parse().unwrap(),
        has_history: false,
        dialect: Dialect::Superset,
    };
    Needs::of(&rule::bind(&ruleset, &scope, &mut sink)).files
}

#[test]
fn a_file_is_read_once_for_each_algorithm() {
    let files = folder(&[
        ("in/a", "x", "2024-01-01T00:00:00Z"),
        ("in/b", "y", "2024-01-01T00:00:00Z"),
        ("in/c", "zz", "2024-01-01T00:00:00Z"),
    ]);
    let rules = bound(
        r#"FileUniqueness "in/" = 1, FileUniqueness "in" > 0.5, FileMatch "in/" "in/", FileMatch "in/" not in ["x"],
           FileMatch "in/a" not in ["x"] with hashAlgorithm = "MD5", FileUniqueness "in/" = 1"#,
    );
    // The same rule twice is one, and a ratio needs no second look; `= 1` and `> 0.5` differ in their condition only.
    assert_eq!(rules.len(), 5);
    let places = Files { root: files.path().to_owned(), source: Vec::new() };
    let mut judge = Judge { listings: Listings::new(&places), checksums: Checksums::new(Arc::default()) };
    for rule in &rules[..2] {
        assert_eq!(judge.rule(rule).share, Ok(1.0));
    }
    assert_eq!(judge.checksums.count(), 2, "`in/c` has a size of its own");
    for rule in &rules[2..] {
        assert_eq!(judge.rule(rule).share, Ok(1.0));
    }
    assert_eq!(judge.checksums.count(), 4);
}

#[test]
fn reading_ends_when_nobody_waits() {
    let files = folder(&[("a", "x", "2024-01-01T00:00:00Z")]);
    let places = Files { root: files.path().to_owned(), source: Vec::new() };
    let stopped = Arc::new(AtomicBool::new(true));
    let judged = all(bound(r#"FileMatch "a" not in ["x"]"#), &places, stopped);
    assert_eq!(judged.0[0].1.share, Err("the run was given up".to_owned()));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Sizes, uniqueness and matching against what is counted from the contents alone.
    #[test]
    fn figures_are_those_of_the_contents(one in contents(), other in contents()) {
        let names: Vec<_> = (0..one.len()).map(|at| format!("one/{at}")).chain((0..other.len()).map(|at| format!("two/{at}"))).collect();
        let all: Vec<_> = names.iter().zip(one.iter().chain(&other)).map(|(name, text)| (name.as_str(), text.as_str(), NOW)).collect();
        let files = folder(&all);
        let found = outcomes(&files, &[], r#"FileSize "one" > 1 B, FileUniqueness "one" = 1, FileMatch "one" "two", FileMatch "two" "one""#);
        let share = |holds: &dyn Fn(&String) -> bool| one.iter().filter(|text| holds(text)).count() as f64 / one.len() as f64;
        let is = |at: usize, name: &str, expected: f64| (found[at].metrics[name] - expected).abs() < 1e-9;
        prop_assert!(is(0, "Dataset.*.FileSize.Compliance", share(&|text| text.len() > 1)));
        let once = |text: &String| one.iter().filter(|other| *other == text).count() == 1;
        prop_assert!(is(1, "Dataset.*.FileUniquenessRatio", share(&once)));
        let sorted = |texts: &[String]| { let mut texts = texts.to_vec(); texts.sort(); texts };
        prop_assert_eq!(found[2].passed, sorted(&one) == sorted(&other));
        prop_assert_eq!(found[2].passed, found[3].passed);
    }
}

fn contents() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec("[ab]{0,2}", 1..5)
}
