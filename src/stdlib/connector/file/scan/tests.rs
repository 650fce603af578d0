//! Text files as they are found in the world, read whole and in pieces.

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::Result;
use datafusion::prelude::{SessionConfig, SessionContext};
use proptest::prelude::*;

use super::batch::Frame;
use super::csv::CsvBatches;
use super::json::JsonBatches;
use super::plan::Scan;
use super::work::{Work, Worker};
use crate::diag::Sink;
use crate::run::os_world::OsWorld;
use crate::spec::param::Args;
use crate::stdlib::connector::file::columns::infers;
use crate::stdlib::connector::file::settings::{Format, settings};
use crate::stdlib::connector::file::source;
use crate::stdlib::connector::file::tests::source as args;
use crate::stdlib::connector::{Infer, ScanOptions, SchemaAnswer};
use crate::stdlib::failure;

/// A folder with files.
fn folder<'a>(files: impl IntoIterator<Item = (&'a str, Vec<u8>)>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

/// Files are looked at where nothing is declared, as a run does.
fn leave(args: &Args) -> Infer {
    if infers(args) { Infer::Heads } else { Infer::Off }
}

fn scan(args: &Args, root: &Path, row_ids: bool) -> Scan {
    let mut sink = Sink::default();
    let SchemaAnswer::Known { schema, .. } = source::schema(args, &OsWorld, root, leave(args), &mut sink) else {
        panic!("{:?}", sink.iter().collect::<Vec<_>>())
    };
    let files = source::files(args, &OsWorld, root).unwrap();
    let options = ScanOptions { row_ids, malformed: source::malformed(args), ..ScanOptions::default() };
    Scan::new(&files, settings(args, &mut sink).unwrap(), &schema, &options, source::place(args), infers(args))
}

/// All rows, read by one partition in chunks of some size.
fn read(args: &Args, root: &Path, row_ids: bool, chunk: usize, batch_size: usize) -> Result<Vec<String>> {
    let scan = Arc::new(scan(args, root, row_ids));
    let worker = Worker::new(Arc::new(Work::new(Arc::clone(&scan), chunk)));
    let projection: Vec<_> = (0..scan.schema.fields().len()).collect();
    let frame = Frame::new(Arc::clone(&scan), &projection, Arc::clone(&scan.schema), batch_size);
    let mut out = Vec::new();
    if matches!(scan.settings.format, Format::Json) {
        let mut batches = JsonBatches::new(worker, frame, batch_size);
        while let Some(batch) = batches.next()? {
            out.extend(show(&batch));
        }
    } else {
        let mut batches = CsvBatches::new(worker, frame, batch_size);
        while let Some(batch) = batches.next()? {
            assert!(batch.num_rows() <= batch_size);
            out.extend(show(&batch));
        }
    }
    Ok(out)
}

/// Rows as text, NULL as `∅`.
fn show(batch: &RecordBatch) -> Vec<String> {
    let options = FormatOptions::new().with_null("∅");
    let columns: Vec<_> = batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).unwrap()).collect();
    (0..batch.num_rows()).map(|row| columns.iter().map(|c| c.value(row).to_string()).collect::<Vec<_>>().join("|")).collect()
}

/// Reads through the engine.
fn query(args: &Args, root: &Path, sql: &str, partitions: usize) -> Result<(Vec<String>, ScanOptions)> {
    let files = source::files(args, &OsWorld, root).unwrap();
    let SchemaAnswer::Known { schema, .. } = source::schema(args, &OsWorld, root, leave(args), &mut Sink::default()) else {
        panic!()
    };
    let options = ScanOptions { row_ids: true, malformed: source::malformed(args), ..ScanOptions::default() };
    let table = source::scan(args, &files, schema, &options).unwrap();
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(partitions));
    context.register_table("t", table).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let batches = runtime.block_on(async { context.sql(sql).await?.collect().await })?;
    Ok((batches.iter().flat_map(show).collect(), options))
}

const AB: &str = "schema: { columns: [{ name: a, type: bigint }, { name: b, type: string }] }";

#[test]
fn csv_as_it_is_found() {
    for (yaml, content, expected) in [
        ("", "a,b\n1,x\n2,y\n", &["1|x", "2|y"][..]),
        // Columns are found by name; others are skipped.
        ("", "c,B,a\n9,x,1\n8,y,2", &["1|x", "2|y"]),
        ("", "\u{feff}a,b\r\n1,x\r\n2,\"y\r\nz\"\r\n", &["1|x", "2|y\r\nz"]),
        ("", "", &[]),
        ("", "a,b\n", &[]),
        ("", "a,b", &[]),
        ("", "\n\na,b\n\n1,x\n\r\n2,y\n\n", &["1|x", "2|y"]),
        // NULL is the empty field; in quotes it is an empty text, but no empty number.
        ("", "a,b\n,\n\"\",\"\"\n", &["∅|∅", "∅|"]),
        ("format_options: { null_value: [NA, -1] }", "a,b\nNA,NA\n-1,\"NA\"\n\"NA\",x\n", &["∅|∅", "∅|NA", "∅|x"]),
        ("format_options: { header: absent }", "1,x\n2,y\n", &["1|x", "2|y"]),
        ("format_options: { header: auto }", "1,x\n", &["1|x"]),
        ("format_options: { header: auto }", "b,a\nx,1\n", &["1|x"]),
        ("format_options: { delimiter: '\\t', comment: '#' }", "#c\na\tb\n1\t\"x,y\"\n#2\tz\n", &["1|x,y"]),
        ("format_options: { quote: \"'\", escape: '\\' }", "a,b\n1,'it\\'s'\n2,'a''b'\n", &["1|it's", "2|a'b"]),
        (" ", "a,b\n 1 ,  x \n", &["1|  x "]),
    ] {
        let folder = folder([("t.csv", content.as_bytes().to_vec())]);
        let args = args(&format!("{{ path: t.csv, format: csv, {AB}, {yaml} }}"));
        for (chunk, batch) in [(1 << 20, 8192), (1, 1), (3, 2), (7, 8192)] {
            assert_eq!(read(&args, folder.path(), false, chunk, batch).unwrap(), expected, "{content:?} {chunk}");
        }
    }
}

#[test]
fn every_type() {
    let columns = "{ name: s, type: string }, { name: bo, type: boolean }, { name: t, type: tinyint }, { name: sm, type: smallint }, \
                   { name: i, type: int }, { name: bi, type: bigint }, { name: f, type: float }, { name: d, type: double }, \
                   { name: de, type: 'decimal(6,2)' }, { name: da, type: date }, { name: ts, type: timestamp }, { name: x, type: binary }";
    let csv = "s,bo,t,sm,i,bi,f,d,de,da,ts,x\nä,TRUE,-128,32767,-1,9223372036854775807,1.5,0.1,12.345,2024-02-29,2024-02-29 10:20:30.5,ab\n,,,,,,,,,,,\n";
    let json = "{\"s\":\"ä\",\"bo\":true,\"t\":-128,\"sm\":32767,\"i\":-1,\"bi\":9223372036854775807,\"f\":1.5,\"d\":0.1,\"de\":12.35,\"da\":\"2024-02-29\",\"ts\":\"2024-02-29T10:20:30.5\",\"x\":\"6162\"}\n{}\n";
    let expected = "ä|true|-128|32767|-1|9223372036854775807|1.5|0.1|12.35|2024-02-29|2024-02-29T10:20:30.500|6162";
    let folder = folder([("t.csv", csv.into()), ("t.json", json.into())]);
    for format in ["csv", "json"] {
        let args = args(&format!("{{ path: t.{format}, format: {format}, schema: {{ columns: [{columns}] }} }}"));
        let rows = read(&args, folder.path(), false, 1 << 20, 100).unwrap();
        assert_eq!(rows, [expected, "∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅|∅"], "{format}");
    }
}

#[test]
fn compressed_files_of_several_members() {
    let text = |rows: std::ops::Range<u32>| {
        rows.fold(String::new(), |mut out, row| {
            let _ = writeln!(out, "{row},r{row}");
            out
        })
    };
    let gzip = |text: &str| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(text.as_bytes()).unwrap();
        out.finish().unwrap()
    };
    let bzip2 = |text: &str| {
        let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        out.write_all(text.as_bytes()).unwrap();
        out.finish().unwrap()
    };
    let zstd = |text: &str| zstd::encode_all(text.as_bytes(), 1).unwrap();
    // The first member ends within a record.
    let head = format!("a,b\n{}10", text(0..10));
    let tail = format!(",r10\n{}", text(11..20));
    let folder = folder([
        ("t.csv.gz", [gzip(&head), gzip(&tail)].concat()),
        ("t.csv.bz2", [bzip2(&head), bzip2(&tail)].concat()),
        ("t.csv.zst", [zstd(&head), zstd(&tail)].concat()),
        ("odd.txt", gzip(&format!("{head}{tail}"))),
        ("empty.csv.gz", Vec::new()),
    ]);
    let expected: Vec<_> = (0..20).map(|row| format!("{row}|r{row}")).collect();
    for yaml in ["path: t.csv.gz", "path: t.csv.bz2", "path: t.csv.zst", "path: odd.txt, compression: gzip"] {
        let args = args(&format!("{{ {yaml}, format: csv, {AB} }}"));
        assert_eq!(read(&args, folder.path(), false, 16, 7).unwrap(), expected, "{yaml}");
    }
    let empty = args(&format!("{{ path: empty.csv.gz, format: csv, {AB} }}"));
    assert_eq!(read(&empty, folder.path(), false, 16, 7).unwrap(), Vec::<String>::new());
}

#[test]
fn a_chunk_may_end_anywhere() {
    // Quoted fields with delimiters, line breaks and doubled quotes over the border of 64 KiB, at every offset of it.
    let unit = "7,\"a,\n\"\"b\"\"\"\r\n";
    for shift in 0..unit.len() {
        let mut text = String::from("a,b\n");
        let _ = writeln!(text, "0,{}", "x".repeat(shift));
        while text.len() < (64 << 10) + 100 {
            text.push_str(unit);
        }
        let folder = folder([("t.csv", text.clone().into())]);
        let args = args(&format!("{{ path: t.csv, format: csv, {AB} }}"));
        let rows = read(&args, folder.path(), true, 64 << 10, 1000).unwrap();
        assert_eq!(rows.len(), text.matches(unit).count() + 1);
        for (at, row) in rows.iter().enumerate().skip(1) {
            assert_eq!(*row, format!("7|a,\n\"b\"|{}", at + 1), "{shift}");
        }
    }
}

#[test]
fn bad_records_are_sorted_out_and_named() {
    let csv = b"a,b\n1,x\nabc,y\n3\n4,\"z\n5,u,v\n6,\"w\"\n7,\"q\"q\n8,\xff\n9,ok\n";
    let folder = folder([("d/t.csv", csv.to_vec())]);
    let yaml = |policy: &str| args(&format!("{{ path: d, format: csv, {AB}, on_malformed: {policy} }}"));
    let good = ["1|x|1", "6|w|6", "9|ok|9"];
    let annotated = [
        "1|x|1|∅",
        "∅|∅|2|{file: d/t.csv, row: 2, byte_offset: 8, reason: `abc` in `a` is no bigint, raw: abc,y}",
        "∅|∅|3|{file: d/t.csv, row: 3, byte_offset: 14, reason: 1 field, where the header has 2, raw: 3}",
        "∅|∅|4|{file: d/t.csv, row: 4, byte_offset: 16, reason: text after the closing quote of field 2, raw: 4,\"z}",
        "∅|∅|5|{file: d/t.csv, row: 5, byte_offset: 21, reason: 3 fields, where the header has 2, raw: 5,u,v}",
        "6|w|6|∅",
        "∅|∅|7|{file: d/t.csv, row: 7, byte_offset: 33, reason: text after the closing quote of field 2, raw: 7,\"q\"q}",
        "∅|∅|8|{file: d/t.csv, row: 8, byte_offset: 40, reason: byte 3 of the record is no UTF-8, raw: 8,\u{fffd}}",
        "9|ok|9|∅",
    ];
    for (chunk, batch) in [(1 << 20, 100), (1, 1), (5, 3), (30, 100)] {
        assert_eq!(read(&yaml("drop"), folder.path(), true, chunk, batch).unwrap(), good, "{chunk}");
        let rows = read(&yaml("quarantine"), folder.path(), true, chunk, batch).unwrap();
        // Where a chunk ends decides which fault of a stray quote is seen first; which record it is does not change.
        let rows: Vec<_> = rows
            .iter()
            .map(|row| row.replace("the quote of field 2 is never closed", "text after the closing quote of field 2"))
            .collect();
        assert_eq!(rows, annotated, "{chunk}");
        let error = read(&yaml("fail"), folder.path(), true, chunk, batch).unwrap_err();
        let found = failure::find(&error).unwrap();
        assert_eq!(found.code.number, "GC1012");
        assert_eq!(found.message, "malformed record in `d/t.csv`, line 3: `abc` in `a` is no bigint");
        assert_eq!(found.notes, ["`d/t.csv`: line 3, row 2, column `a`, byte offset 8", "the record: `abc,y`"]);
    }
    let (rows, options) = query(&yaml("drop"), folder.path(), "select count(*) from t", 2).unwrap();
    assert_eq!(rows, ["3"]);
    assert_eq!(options.progress.dropped.load(Relaxed), 6);
    assert_eq!(options.progress.malformed.load(Relaxed), 6);
    assert_eq!(options.progress.rows.load(Relaxed), 3);
}

#[test]
fn bad_json_lines_are_sorted_out_and_named() {
    let json = b"{\"a\": 1, \"b\": \"x\"}\n\n{\"a\": \"abc\"}\n{\"a\": 3\n{\"a\": 4} {\"a\": 5}\n[6]\n{\"a\": 7, \"c\": [1]}\n{\"a\": 8, \"b\": 8}";
    let folder = folder([("t.json", json.to_vec())]);
    let yaml = |policy: &str| args(&format!("{{ path: t.json, format: json, {AB}, on_malformed: {policy} }}"));
    for (chunk, batch) in [(1 << 20, 100), (1, 1), (40, 3)] {
        assert_eq!(read(&yaml("drop"), folder.path(), true, chunk, batch).unwrap(), ["1|x|1", "7|∅|7", "8|8|8"], "{chunk}");
        assert_eq!(
            read(&yaml("quarantine"), folder.path(), true, chunk, batch).unwrap(),
            [
                "1|x|1|∅",
                "∅|∅|3|{file: t.json, row: 3, byte_offset: 20, reason: `abc` in `a` is no bigint, raw: {\"a\": \"abc\"}}",
                "∅|∅|4|{file: t.json, row: 4, byte_offset: 33, reason: no JSON object at column 7: EOF while parsing an object, raw: {\"a\": 3}",
                "∅|∅|5|{file: t.json, row: 5, byte_offset: 41, reason: no JSON object at column 10: trailing characters, raw: {\"a\": 4} {\"a\": 5}}",
                "∅|∅|6|{file: t.json, row: 6, byte_offset: 59, reason: a list, where an object is expected, raw: [6]}",
                "7|∅|7|∅",
                "8|8|8|∅",
            ],
            "{chunk}"
        );
    }
    let error = read(&yaml("fail"), folder.path(), true, 1 << 20, 100).unwrap_err();
    assert_eq!(failure::find(&error).unwrap().message, "malformed record in `t.json`, line 3: `abc` in `a` is no bigint");
}

#[test]
fn a_stray_quote_costs_one_line_of_a_big_file() {
    let mut text = String::from("a,b\n1,\"open\n");
    for row in 2..200_000 {
        let _ = writeln!(text, "{row},text of row {row}");
    }
    let folder = folder([("t.csv", text.into())]);
    let args = args(&format!("{{ path: t.csv, format: csv, {AB}, on_malformed: drop }}"));
    let (rows, _) =
        query(&args, folder.path(), "select count(*), min(a), max(a), count(distinct __gc_row), max(__gc_row) from t", 2)
            .unwrap();
    assert_eq!(rows, ["199998|2|199999|199998|199999"]);
}

#[test]
fn nulls_where_none_may_be_are_malformed() {
    let folder =
        folder([("t.csv", "a,b\n1,x\n,y\n3,\n".into()), ("t.json", "{\"a\":1,\"b\":\"x\"}\n{\"b\":\"y\"}\n{\"a\":3}\n".into())]);
    for format in ["csv", "json"] {
        let columns = "{ name: a, type: bigint, nullable: false }, { name: b, type: string }";
        let args =
            args(&format!("{{ path: t.{format}, format: {format}, on_malformed: drop, schema: {{ columns: [{columns}] }} }}"));
        assert_eq!(read(&args, folder.path(), false, 1 << 20, 10).unwrap(), ["1|x", "3|∅"], "{format}");
    }
}

#[test]
fn seen_columns_may_be_missing_in_some_files() {
    let folder = folder([("t/1.csv", "a,b\n1,x\n".into()), ("t/2.csv", "c,a\n2024-01-01,2\n".into())]);
    let csv = args("{ path: t, format: csv }");
    assert_eq!(read(&csv, folder.path(), false, 1 << 20, 10).unwrap(), ["1|x|∅", "2|∅|2024-01-01"]);
    let auto = args("{ path: t, format: csv, format_options: { header: auto } }");
    assert_eq!(read(&auto, folder.path(), false, 1 << 20, 10).unwrap(), ["1|x|∅", "2|∅|2024-01-01"]);
}

#[test]
fn folders_are_columns() {
    let folder = folder([
        ("t/year=2023/m=1/a.csv", "a,b\n1,x\n".into()),
        ("t/year=2024/m=2/a.csv", "b,a\ny,2\n".into()),
        ("t/year=2024/m=__HIVE_DEFAULT_PARTITION__/a.csv", "a,b\n3,z\n".into()),
    ]);
    let columns = "{ name: a, type: bigint }, { name: year, type: int }, { name: b, type: string }";
    let csv = args(&format!("{{ path: t, format: csv, schema: {{ columns: [{columns}] }} }}"));
    assert_eq!(read(&csv, folder.path(), false, 1 << 20, 10).unwrap(), ["1|2023|x|1", "2|2024|y|2", "3|2024|z|∅"]);
    let (rows, _) = query(&csv, folder.path(), "select m, year, __gc_row >> 40 from t order by a", 2).unwrap();
    assert_eq!(rows, ["1|2023|0", "2|2024|1", "∅|2024|2"]);
    // A column that is only a folder's needs no field of the files.
    let (rows, _) = query(&csv, folder.path(), "select m from t order by m", 2).unwrap();
    assert_eq!(rows, ["1", "2", "∅"]);

    let wrong = args(&format!("{{ path: t, format: csv, schema: {{ columns: [{columns}, {{ name: m, type: date }}] }} }}"));
    let files = source::files(&wrong, &OsWorld, folder.path()).unwrap();
    let SchemaAnswer::Known { schema, .. } = source::schema(&wrong, &OsWorld, folder.path(), Infer::Off, &mut Sink::default())
    else {
        panic!()
    };
    let error = source::scan(&wrong, &files, schema, &ScanOptions::default()).unwrap_err();
    assert_eq!((error.code.number, error.message.as_str()), ("GC1017", "the folder `m=1` is no date"));
}

#[test]
fn what_cannot_be_read_is_named() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    for row in 0..50_000_u32 {
        writeln!(gzip, "{row},row {}", row.wrapping_mul(2_654_435_761)).unwrap();
    }
    let gzip = gzip.finish().unwrap();
    let mut damaged = gzip.clone();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 8].fill(0xaa);
    let folder = folder([
        ("cut.csv.gz", gzip[..gzip.len() - 100].to_vec()),
        ("damaged.csv.gz", damaged),
        ("no.csv.gz", b"a,b\n1,x\n".to_vec()),
        ("utf16.csv", vec![0xff, 0xfe, b'a', 0]),
        ("header.csv", b"id,b\n1,x\n".to_vec()),
    ]);
    for (path, code, message) in [
        ("cut.csv.gz", "GC1011", "`cut.csv.gz` is cut off: its gzip stream has no end"),
        ("damaged.csv.gz", "GC1011", "`damaged.csv.gz` is corrupt: its gzip stream cannot be decompressed"),
        ("no.csv.gz", "GC1011", "`no.csv.gz` is no gzip file"),
        ("utf16.csv", "GC1014", "`utf16.csv` is UTF-16, not UTF-8"),
        ("header.csv", "GC0609", "column `a` is not in the header of `header.csv`"),
    ] {
        let header = if path == "header.csv" { "present" } else { "absent" };
        let args = args(&format!("{{ path: {path}, format: csv, {AB}, format_options: {{ header: {header} }} }}"));
        let error = query(&args, folder.path(), "select count(a) from t", 2).unwrap_err();
        let found = failure::find(&error).unwrap_or_else(|| panic!("{error:?}"));
        assert_eq!((found.code.number, found.message.as_str()), (code, message));
    }
    // A file that vanishes after the listing.
    let args = args(&format!("{{ path: header.csv, format: csv, {AB} }}"));
    let files = source::files(&args, &OsWorld, folder.path()).unwrap();
    fs::remove_file(folder.path().join("header.csv")).unwrap();
    let SchemaAnswer::Known { schema, .. } = source::schema(&args, &OsWorld, folder.path(), Infer::Off, &mut Sink::default())
    else {
        panic!()
    };
    let table = source::scan(&args, &files, schema, &ScanOptions::default()).unwrap();
    let context = SessionContext::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let error = runtime.block_on(async { context.read_table(table)?.collect().await }).unwrap_err();
    let found = failure::find(&error).unwrap();
    assert_eq!((found.code.number, found.message.as_str()), ("GC1010", "cannot read `header.csv`: no such file or directory"));
}

#[test]
fn many_partitions_read_every_row_once() {
    let mut files = Vec::new();
    for file in 0..5_u64 {
        let mut text = String::from("a,b\n");
        for row in 0..60_000 * file {
            let _ = writeln!(text, "{row},\"some quoted text, that is long enough\"");
        }
        files.push((format!("t/{file}.csv"), text));
    }
    let folder = folder(files.iter().map(|(name, text)| (name.as_str(), text.clone().into_bytes())));
    let args = args(&format!("{{ path: t, format: csv, {AB} }}"));
    let sql = "select count(*), count(distinct __gc_row), sum(case when a + 1 = __gc_row % 1099511627776 then 1 else 0 end), sum(__gc_row >> 40) from t";
    let expected = format!("600000|600000|600000|{}", 60_000 * (1 + 4 + 9 + 16));
    for _ in 0..3 {
        let (rows, options) = query(&args, folder.path(), sql, 4).unwrap();
        assert_eq!(rows, std::slice::from_ref(&expected));
        assert_eq!(options.progress.bytes_read.load(Relaxed), options.progress.bytes_total.load(Relaxed));
    }
    let (rows, _) = query(&args, folder.path(), "select a from t limit 10", 4).unwrap();
    assert_eq!(rows.len(), 10);
}

/// A field as a simple writer writes it.
fn written(text: &str, always: bool) -> String {
    if always || text.is_empty() || text.contains(['"', ',', '\n', '\r', '#']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn what_was_written_is_read_back(
        rows in proptest::collection::vec((any::<i64>(), proptest::option::of("[a-c,\"\n\r# ä🎈]{0,12}")), 0..40),
        chunk in 1_usize..200,
        batch in 1_usize..20,
        crlf: bool,
        always: bool,
        end: bool,
    ) {
        let newline = if crlf { "\r\n" } else { "\n" };
        let lines: Vec<_> = rows.iter().map(|(a, b)| format!("{a},{}", b.as_ref().map_or_else(String::new, |b| written(b, always)))).collect();
        let mut text = format!("a,b{newline}{}", lines.join(newline));
        if end {
            text.push_str(newline);
        }
        let folder = folder([("t.csv", text.clone().into_bytes())]);
        let args = args(&format!("{{ path: t.csv, format: csv, {AB} }}"));
        let found = read(&args, folder.path(), true, chunk, batch).unwrap();
        let expected: Vec<_> =
            rows.iter().enumerate().map(|(at, (a, b))| format!("{a}|{}|{}", b.as_deref().unwrap_or("∅"), at + 1)).collect();
        prop_assert_eq!(found, expected, "{:?}", text);
    }
}
