//! Runs that end early, and disks that refuse.

use datafusion::arrow::array::{Float64Array, TimestampSecondArray};
use tempfile::TempDir;

use super::*;

#[test]
fn dropping_removes_what_was_written() {
    let folder = TempDir::new().unwrap();
    let args = args(&[("path", "deep/out"), ("format", "csv")]);
    let sink = SinkWriter::create("out", &args, folder.path(), &orders().schema(), "r1").unwrap();
    let mut writer = sink.partition(0);
    writer.write(&orders()).unwrap();
    // A task that is cancelled late still holds its writer.
    drop(sink);
    assert!(folder.path().join("deep/out").exists());
    drop(writer);
    assert!(!folder.path().join("deep").exists());
}

#[test]
fn dropping_leaves_what_was_there() {
    let folder = TempDir::new().unwrap();
    let args = args(&[("path", "out"), ("format", "csv"), ("mode", "overwrite")]);
    write(folder.path(), &args, "r1", &[vec![orders()]]).unwrap();
    let before = names(&folder.path().join("out"));
    let sink = SinkWriter::create("out", &args, folder.path(), &orders().schema(), "r2").unwrap();
    drop(sink);
    assert_eq!(names(&folder.path().join("out")), before);
    assert!(!folder.path().join("out/_glue_compile").exists());
}

#[test]
fn failures_have_codes() {
    let folder = TempDir::new().unwrap();
    let check = |path: &str, expected: &str| {
        let args = args(&[("path", path), ("format", "csv"), ("mode", "overwrite")]);
        let result = write(folder.path(), &args, "r1", &[vec![orders()]]);
        if let Err(failure) = &result {
            assert!(failure.0.primary().is_some(), "{path} has a place");
        }
        assert_eq!(code(result), expected, "{path}");
    };
    fs::write(folder.path().join("file"), "").unwrap();
    fs::create_dir(folder.path().join("project")).unwrap();
    fs::write(folder.path().join("project/x.glue.yaml"), "").unwrap();
    check("file", "GC1032");
    check("file/below", "GC1032");
    check("project", "GC1038");
    check(&"long".repeat(80), "GC1034");
    check("fine", "fine");
    let long: ArrayRef = Arc::new(StringViewArray::from(vec!["x".repeat(300)]));
    let id: ArrayRef = Arc::new(Int64Array::from(vec![1]));
    let batch = RecordBatch::try_from_iter([("key", long), ("id", id)]).unwrap();
    let settings = args(&[("path", "keys"), ("format", "csv"), ("partition_keys", "key")]);
    assert_eq!(code(write(folder.path(), &settings, "r1", &[vec![batch]])), "GC1034");
    assert!(!folder.path().join("keys").exists());
}

#[test]
fn a_value_the_format_cannot_hold() {
    let folder = TempDir::new().unwrap();
    let far: ArrayRef = Arc::new(TimestampSecondArray::from(vec![i64::MAX / 1000]));
    let batch = RecordBatch::try_from_iter([("at", far)]).unwrap();
    assert_eq!(code(write(folder.path(), &args(&[("path", "out"), ("format", "parquet")]), "r1", &[vec![batch]])), "GC1035");
}

#[test]
fn a_folder_that_may_not_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let folder = TempDir::new().unwrap();
    let locked = folder.path().join("locked");
    fs::create_dir(&locked).unwrap();
    fs::set_permissions(&locked, fs::Permissions::from_mode(0o500)).unwrap();
    if fs::write(locked.join("probe"), "").is_ok() {
        // The superuser may write everywhere: nothing to see.
        return;
    }
    let args = args(&[("path", "locked/out"), ("format", "csv")]);
    assert_eq!(code(write(folder.path(), &args, "r1", &[vec![orders()]])), "GC1031");
}

/// A disk of that size, if the test may mount one.
struct TinyDisk(TempDir);

impl TinyDisk {
    fn mount(size: &str) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let mount = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs"])
            .arg(folder.path())
            .stderr(std::process::Stdio::null())
            .status();
        mount.is_ok_and(|status| status.success()).then(|| Self(folder))
    }
}

impl Drop for TinyDisk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(self.0.path()).status();
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that did nothing says so")]
fn a_full_disk() {
    let Some(disk) = TinyDisk::mount("300k") else {
        eprintln!("skipped: no right to mount a small disk");
        return;
    };
    let random = |rows: u64| {
        let mut state = 1_u64;
        let values = (0..rows).map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64
        });
        RecordBatch::try_from_iter([("id", Arc::new(Float64Array::from_iter_values(values)) as ArrayRef)]).unwrap()
    };
    for format in ["parquet", "csv", "json"] {
        for (compression, rows) in [("none", 60_000), ("gzip", 100_000), ("zstd", 100_000)] {
            let args = args(&[("path", "out"), ("format", format), ("compression", compression), ("mode", "overwrite")]);
            let first = format!("r1-{format}-{compression}");
            assert_eq!(code(write(disk.0.path(), &args, &first, &[vec![random(1000)]])), "fine");
            let before = names(&disk.0.path().join("out"));
            assert_eq!(code(write(disk.0.path(), &args, "r2", &[vec![random(rows)]])), "GC1033", "{format} {compression}");
            assert_eq!(names(&disk.0.path().join("out")), before);
            assert!(!disk.0.path().join("out/_glue_compile").exists());
        }
    }
}
