//! Parquet files, whole, evolved and damaged.

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use datafusion::arrow::array::{
    ArrayRef, Float32Array, Int32Array, Int64Array, RecordBatch, StringArray, TimestampNanosecondArray,
};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::Result;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::prelude::{SessionConfig, SessionContext};

use crate::diag::{Diagnostic, Sink};
use crate::run::os_world::OsWorld;
use crate::spec::param::Args;
use crate::stdlib::connector::file::source;
use crate::stdlib::connector::file::tests::source as args;
use crate::stdlib::connector::{Infer, ScanOptions, SchemaAnswer};
use crate::stdlib::failure;

fn write(root: &Path, name: &str, columns: Vec<(&str, ArrayRef)>, group: usize) {
    let path = root.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(group))
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1).unwrap()))
        .set_dictionary_enabled(false)
        .build();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn query(args: &Args, root: &Path, sql: &str) -> Result<(Vec<String>, ScanOptions)> {
    let files = source::files(args, &OsWorld, root).unwrap();
    let mut sink = Sink::default();
    let SchemaAnswer::Known { schema, .. } = source::schema(args, &OsWorld, root, Infer::Heads, &mut sink) else {
        panic!("{:?}", sink.iter().collect::<Vec<_>>())
    };
    let options = ScanOptions { row_ids: true, malformed: source::malformed(args), ..ScanOptions::default() };
    let table = source::scan(args, &files, schema, &options).unwrap();
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(2));
    context.register_table("t", table).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let batches = runtime.block_on(async { context.sql(sql).await?.collect().await })?;
    let format = FormatOptions::new().with_null("∅");
    let mut out = Vec::new();
    for batch in &batches {
        let columns: Vec<_> = batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &format).unwrap()).collect();
        out.extend(
            (0..batch.num_rows()).map(|row| columns.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join("|")),
        );
    }
    Ok((out, options))
}

fn fault(args: &Args, root: &Path, sql: &str) -> Diagnostic {
    let error = query(args, root, sql).map(drop).unwrap_err();
    failure::find(&error).unwrap_or_else(|| panic!("{error:?}")).clone()
}

#[test]
fn files_that_evolved_are_one_table() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let ints = |values: &[i32]| Arc::new(Int32Array::from(values.to_vec())) as ArrayRef;
    write(root, "t/day=a%2Fb/1.parquet", vec![("id", ints(&[1, 2])), ("x", Arc::new(Float32Array::from(vec![0.5, 1.5])))], 1);
    let times: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![1_500]));
    write(
        root,
        "t/day=c/2 ä.parquet",
        vec![("name", Arc::new(StringArray::from(vec!["n"]))), ("id", Arc::new(Int64Array::from(vec![3]))), ("at", times)],
        9,
    );
    let columns =
        "{ name: id, type: bigint }, { name: name, type: string }, { name: x, type: double }, { name: at, type: timestamp }";
    let declared = args(&format!("{{ path: t, format: parquet, schema: {{ columns: [{columns}] }} }}"));
    let (rows, options) = query(&declared, root, "select * from t order by id").unwrap();
    assert_eq!(rows, ["1|∅|0.5|∅|a/b|1", "2|∅|1.5|∅|a/b|2", "3|n|∅|1970-01-01T00:00:00.000001|c|1099511627777",]);
    assert_eq!(options.progress.rows.load(Relaxed), 3);
    assert!(options.progress.bytes_read.load(Relaxed) > 0);
    for (sql, expected) in [
        ("select count(*) from t", &["3"][..]),
        ("select day from t where id > 2", &["c"]),
        ("select __gc_row from t where day = 'a/b' order by 1 desc", &["2", "1"]),
        ("select name from t where id = 2 and x > 1", &["∅"]),
        ("select id from t order by id limit 1", &["1"]),
    ] {
        assert_eq!(query(&declared, root, sql).unwrap().0, expected, "{sql}");
    }
    let quarantine =
        args(&format!("{{ path: t, format: parquet, on_malformed: quarantine, schema: {{ columns: [{columns}] }} }}"));
    assert_eq!(query(&quarantine, root, "select count(*) from t where __gc_malformed is null").unwrap().0, ["3"]);
}

#[test]
fn many_row_groups_keep_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let ids = Arc::new(Int64Array::from_iter_values(0..3_000_000)) as ArrayRef;
    let noise =
        Arc::new(Int64Array::from_iter_values((0..3_000_000_i64).map(|n| n.wrapping_mul(0x1e37_79b9_7f4a_7c15)))) as ArrayRef;
    write(folder.path(), "big.parquet", vec![("id", ids), ("noise", noise)], 10_000);
    let args = args(
        "{ path: big.parquet, format: parquet, schema: { columns: [{ name: id, type: bigint }, { name: noise, type: bigint }] } }",
    );
    let sql = "select count(*), sum(case when id + 1 = __gc_row then 1 else 0 end), count(distinct __gc_row) from t where id >= 1500000";
    let (rows, options) = query(&args, folder.path(), sql).unwrap();
    assert_eq!(rows, ["1500000|1500000|1500000"]);
    // Row groups that cannot match were left out.
    assert!(options.progress.rows.load(Relaxed) < 1_600_000, "{}", options.progress.rows.load(Relaxed));
}

#[test]
fn faults_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let columns = || {
        let ids = Arc::new(Int64Array::from_iter_values(0..1000)) as ArrayRef;
        let text =
            Arc::new(StringArray::from_iter_values((0..1000).map(|n| if n == 700 { "abc".to_owned() } else { n.to_string() })))
                as ArrayRef;
        let some = Arc::new((0..1000).map(|n| (n != 801).then_some(n)).collect::<Int64Array>()) as ArrayRef;
        vec![("id", ids), ("text", text), ("some", some)]
    };
    write(root, "a.parquet", columns(), 400);
    write(root, "b.parquet", columns(), 400);
    let good = fs::read(root.join("b.parquet")).unwrap();
    fs::write(root.join("cut.parquet"), &good[..good.len() - 10]).unwrap();
    fs::write(root.join("empty.parquet"), b"").unwrap();
    fs::write(root.join("text.parquet"), b"id,text,some\n1,2,3\n").unwrap();
    // A byte in the data of the second row group's second column.
    let reader = datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(
        File::open(root.join("b.parquet")).unwrap(),
    )
    .unwrap();
    let (start, length) = reader.metadata().row_group(1).column(1).byte_range();
    let mut flipped = good.clone();
    for at in start + length / 2..start + length / 2 + 8 {
        flipped[usize::try_from(at).unwrap()] ^= 0xff;
    }
    fs::write(root.join("flipped.parquet"), flipped).unwrap();
    let mut footer = good.clone();
    let at = footer.len() - 200;
    footer[at..at + 20].fill(0xff);
    fs::write(root.join("footer.parquet"), footer).unwrap();

    let strings = "columns: [{ name: id, type: bigint }, { name: text, type: string }, { name: some, type: bigint }]";
    for (path, code, message) in [
        ("cut.parquet", "GC1013", "`cut.parquet` is cut off: it has no footer"),
        ("empty.parquet", "GC1013", "`empty.parquet` is empty, and so no Parquet file"),
        ("text.parquet", "GC1013", "`text.parquet` is no Parquet file"),
        ("footer.parquet", "GC1013", "`footer.parquet` is corrupt: its footer cannot be read"),
        ("flipped.parquet", "GC1013", "`flipped.parquet` is corrupt: row group 2, column `text` cannot be decoded"),
        ("'{a,flipped}.parquet'", "GC1013", "`flipped.parquet` is corrupt: row group 2, column `text` cannot be decoded"),
    ] {
        let args = args(&format!("{{ path: {path}, format: parquet, schema: {{ {strings} }} }}"));
        let found = fault(&args, root, "select count(text) from t");
        assert_eq!((found.code.number, found.message.as_str()), (code, message));
    }
    for (columns, code, message) in [
        ("{ name: text, type: bigint }", "GC1016", "`abc` in column `text` of `a.parquet`, row 701, is no bigint"),
        (
            "{ name: id, type: 'struct<a:int>' }",
            "GC1016",
            "column `id` of `a.parquet` is bigint, which cannot become struct<a:int>",
        ),
        ("{ name: some, type: bigint, nullable: false }", "GC1015", "`some` is NULL in `a.parquet`, row 802"),
        ("{ name: ids, type: bigint }", "GC0609", "column `ids` is not in `a.parquet`"),
    ] {
        let args = args(&format!("{{ path: a.parquet, format: parquet, schema: {{ columns: [{columns}] }} }}"));
        let found = fault(&args, root, "select * from t");
        assert_eq!((found.code.number, found.message.as_str()), (code, message));
    }
}
