//! What becomes of the files that were there, and what a dry run says of them.

use tempfile::TempDir;

use crate::stdlib::connector::file::sink::plan_writes;

use super::*;

#[test]
fn modes() {
    let check = |mode: &str, keys: Option<&str>, expected: &str| {
        let folder = TempDir::new().unwrap();
        let settings = |mode| {
            let mut list = vec![("path", "out"), ("format", "parquet"), ("mode", mode)];
            list.extend(keys.map(|keys| ("partition_keys", keys)));
            args(&list)
        };
        write(folder.path(), &settings("append"), "r1", &[vec![orders().slice(0, 2)]]).unwrap();
        fs::write(folder.path().join("out/_SUCCESS"), "").unwrap();
        let result = write(folder.path(), &settings(mode), "r2", &[vec![orders().slice(3, 1)]]);
        let left = names(&folder.path().join("out"))
            .iter()
            .map(|name| name.replace("part-00000-", "").replace(".c000.parquet", ""))
            .collect::<Vec<_>>();
        assert_eq!(format!("{} {}", code(result), left.join(" ")), expected, "{mode}");
        assert!(folder.path().join("out/_SUCCESS").exists());
        assert!(!folder.path().join("out/_glue_compile").exists());
    };
    check("append", None, "fine r1 r2");
    check("overwrite", None, "fine r2");
    check("error_if_exists", None, "GC1030 r1");
    check("append", Some("region"), "fine region=a%2Fb c%3D%25/r1 region=eu/r1 region=eu/r2");
    check("overwrite", Some("region"), "fine region=eu/r2");
    check("overwrite_partitions", Some("region"), "fine region=a%2Fb c%3D%25/r1 region=eu/r2");
    check("error_if_exists", Some("region"), "GC1030 region=a%2Fb c%3D%25/r1 region=eu/r1");
}

#[test]
fn no_rows_write_a_schema_where_there_is_none() {
    let check = |format: &str, keys: Option<&str>, before: bool, mode: &str, expected: usize| {
        let folder = TempDir::new().unwrap();
        let settings = |mode| {
            let mut list = vec![("path", "out"), ("format", format), ("mode", mode)];
            list.extend(keys.map(|keys| ("partition_keys", keys)));
            args(&list)
        };
        if before {
            write(folder.path(), &settings("append"), "r1", &[vec![orders()]]).unwrap();
        }
        write(folder.path(), &settings(mode), "r2", &[vec![orders().slice(0, 0)], vec![]]).unwrap();
        assert_eq!(names(&folder.path().join("out")).len(), expected, "{format} {keys:?} {before} {mode}");
    };
    check("parquet", None, false, "append", 1);
    check("parquet", None, true, "append", 1);
    check("parquet", None, true, "overwrite", 1);
    check("parquet", Some("region"), false, "append", 0);
    check("parquet", Some("region"), true, "overwrite_partitions", 3);
    check("parquet", Some("region"), true, "overwrite", 0);
    check("csv", None, false, "append", 0);
    check("csv", None, true, "overwrite", 0);
}

#[test]
fn dry_runs() {
    let folder = TempDir::new().unwrap();
    let settings = |mode| args(&[("path", "out/"), ("format", "csv"), ("partition_keys", "region"), ("mode", mode)]);
    let check = |mode: &'static str, expected: &str| {
        assert_eq!(plan_writes("x", &settings(mode), folder.path(), None).unwrap().to_string(), expected);
    };
    check("append", "x: append out by region: nothing is there yet");
    fs::create_dir_all(folder.path().join("out/region=eu")).unwrap();
    fs::write(folder.path().join("out/region=eu/a.csv"), "123").unwrap();
    check("append", "x: append out by region: 1 file (3 bytes) stay");
    check("overwrite", "x: overwrite out by region: 1 file (3 bytes) would be replaced");
    check(
        "overwrite_partitions",
        "x: overwrite_partitions out by region: of 1 partition with 1 file (3 bytes), those that the run writes to would be replaced",
    );
    check("error_if_exists", "x: error_if_exists out by region: 1 file (3 bytes) are there, the run would stop");
}
