//! Formats and compressions, read back by the engine.

use std::fs;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, ListArray, RecordBatch, StringViewArray};
use datafusion::arrow::datatypes::{DataType, Int32Type, TimeUnit};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::prelude::{CsvReadOptions, JsonReadOptions, ParquetReadOptions, SessionContext};
use tempfile::TempDir;

use super::*;

async fn table(batches: datafusion::error::Result<datafusion::dataframe::DataFrame>) -> String {
    let batches = batches.unwrap().sort_by(vec![datafusion::prelude::col("id")]).unwrap().collect().await.unwrap();
    pretty_format_batches(&batches).unwrap().to_string()
}

#[tokio::test]
async fn parquet_comes_back_with_its_partitions() {
    let folder = TempDir::new().unwrap();
    let args = args(&[("path", "out"), ("format", "parquet"), ("partition_keys", "region")]);
    let written = write(folder.path(), &args, "r1", &[vec![orders()], vec![orders().slice(0, 1)]]).unwrap();
    assert_eq!((written.rows, written.files.len()), (6, 4));
    let out = folder.path().join("out");
    assert_eq!(
        names(&out),
        [
            "region=__HIVE_DEFAULT_PARTITION__/part-00000-r1.c000.parquet",
            "region=a%2Fb c%3D%25/part-00000-r1.c000.parquet",
            "region=eu/part-00000-r1.c000.parquet",
            "region=eu/part-00001-r1.c000.parquet",
        ]
    );
    let context = SessionContext::new();
    let read = context.read_parquet(out.join("region=eu").to_str().unwrap(), ParquetReadOptions::default()).await;
    assert_eq!(
        read.as_ref().unwrap().schema().field_with_unqualified_name("at").unwrap().data_type(),
        &DataType::Timestamp(TimeUnit::Microsecond, None)
    );
    assert_eq!(
        table(read).await,
        "\
+----+----------+----------------------------+
| id | note     | at                         |
+----+----------+----------------------------+
| 1  | x        | 2024-01-01T00:00:00.123456 |
| 1  | x        | 2024-01-01T00:00:00.123456 |
| 4  | a \"q\", b | 1969-12-31T23:59:59.999999 |
|    | c        |                            |
+----+----------+----------------------------+"
    );
    // Nothing but the data is left.
    let left: Vec<_> = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert!(left.iter().all(|name| name.starts_with("region=")), "{left:?}");
    // The bytes that were counted are those on disk.
    assert_eq!(written.bytes, data_files(&out).unwrap().iter().map(|file| file.bytes).sum::<u64>());
}

#[tokio::test]
async fn every_compression_comes_back() {
    for (format, compression) in [
        ("parquet", "snappy"),
        ("parquet", "zstd"),
        ("parquet", "gzip"),
        ("parquet", "lz4"),
        ("parquet", "none"),
        ("csv", "none"),
        ("csv", "gzip"),
        ("csv", "zstd"),
        ("csv", "bzip2"),
        ("json", "none"),
        ("json", "gzip"),
        ("json", "zstd"),
        ("json", "bzip2"),
    ] {
        let folder = TempDir::new().unwrap();
        let args = args(&[("path", "out"), ("format", format), ("compression", compression)]);
        let batch = orders().project(&[0, 1]).unwrap();
        write(folder.path(), &args, "r1", &[vec![batch]]).unwrap();
        let out = folder.path().join("out");
        let names = names(&out);
        assert_eq!(names.len(), 1, "{format} {compression}");
        let extension = names[0].split_once(".c000").unwrap().1;
        let path = out.join(&names[0]);
        let path = path.to_str().unwrap();
        let context = SessionContext::new();
        let kind = match compression {
            "gzip" => FileCompressionType::GZIP,
            "zstd" => FileCompressionType::ZSTD,
            "bzip2" => FileCompressionType::BZIP2,
            _ => FileCompressionType::UNCOMPRESSED,
        };
        let read = match format {
            "parquet" => context.read_parquet(path, ParquetReadOptions::default()).await,
            "csv" => context.read_csv(path, CsvReadOptions::new().file_extension(extension).file_compression_type(kind)).await,
            _ => context.read_json(path, JsonReadOptions::default().file_extension(extension).file_compression_type(kind)).await,
        };
        let text = table(read).await;
        assert!(text.contains("| 2  | a/b c=% |"), "{format} {compression}\n{text}");
        assert_eq!(text.lines().count(), 9, "{format} {compression}\n{text}");
    }
}

#[test]
fn csv_tells_null_from_text() {
    let check = |options: &str, expected: &str| {
        let folder = TempDir::new().unwrap();
        let batch = orders().project(&[0, 2, 3, 4]).unwrap();
        let args = args(&[("path", "out"), ("format", "csv"), ("format_options", options)]);
        write(folder.path(), &args, "r1", &[vec![batch]]).unwrap();
        let name = &names(&folder.path().join("out"))[0];
        assert_eq!(fs::read_to_string(folder.path().join("out").join(name)).unwrap(), expected);
    };
    check(
        "delimiter=,",
        "id,note,at\n1,x,2024-01-01T00:00:00.123456789\n2,,\n3,\"\",1970-01-01T00:00:00\n\
         4,\"a \"\"q\"\", b\nc\",1969-12-31T23:59:59.999999\n5,NA,1970-01-01T00:00:00.000000001\n",
    );
    check(
        "delimiter=; null_value=NA escape=\\",
        "id;note;at\n1;x;2024-01-01T00:00:00.123456789\n2;NA;NA\n3;\"\";1970-01-01T00:00:00\n\
         4;\"a \\\"q\\\", b\nc\";1969-12-31T23:59:59.999999\n5;\"NA\";1970-01-01T00:00:00.000000001\n",
    );
}

#[test]
fn a_lone_null_is_no_blank_line() {
    let folder = TempDir::new().unwrap();
    let column: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a"), None]));
    let batch = RecordBatch::try_from_iter_with_nullable([("only", column, true)]).unwrap();
    write(folder.path(), &args(&[("path", "out"), ("format", "csv")]), "r1", &[vec![batch]]).unwrap();
    let out = folder.path().join("out");
    assert_eq!(fs::read_to_string(out.join(&names(&out)[0])).unwrap(), "only\na\n\"\"\n");
}

#[test]
fn json_holds_nested_values() {
    let folder = TempDir::new().unwrap();
    let list: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1), None]), None]));
    let batch = RecordBatch::try_from_iter_with_nullable([("list", list, true)]).unwrap();
    write(folder.path(), &args(&[("path", "out"), ("format", "json")]), "r1", &[vec![batch]]).unwrap();
    let out = folder.path().join("out");
    assert_eq!(fs::read_to_string(out.join(&names(&out)[0])).unwrap(), "{\"list\":[1,null]}\n{}\n");
}
