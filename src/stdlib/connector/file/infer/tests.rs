//! Schemas seen in files.

use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, Float32Array, Int32Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray,
};
use datafusion::parquet::arrow::ArrowWriter;

use crate::diag::Sink;
use crate::stdlib::connector::file::source;
use crate::stdlib::connector::file::tests::source as args;
use crate::stdlib::connector::{Infer, SchemaAnswer};
use crate::stdlib::types::type_name;
use crate::world::MemoryWorld;

/// The columns as `name:type …`, or the messages.
fn schema(yaml: &str, files: &[(&str, Vec<u8>)], infer: Infer) -> String {
    let world = files
        .iter()
        .fold(MemoryWorld::default(), |world, (name, content)| world.with_file(Path::new("/p").join(name), content.clone()));
    let mut sink = Sink::default();
    let answer = source::schema(&args(yaml), &world, Path::new("/p"), infer, &mut sink);
    let said: Vec<_> = sink.iter().map(|d| format!("{}: {}", d.code.number, d.message)).collect();
    match answer {
        SchemaAnswer::Known { schema, .. } => {
            assert!(said.is_empty(), "{said:?}");
            schema.fields().iter().map(|f| format!("{}:{}", f.name(), type_name(f.data_type()))).collect::<Vec<_>>().join(" ")
        }
        SchemaAnswer::Unknown => said.join(" "),
    }
}

#[test]
fn csv() {
    for (yaml, text, expected) in [
        (
            "",
            "a,b,c,d,e,f,g,h\n1,1.5,true,x,2024-01-01,2024-01-01 10:00:00,,007\n2,3,FALSE,,2024-01-02,2024-01-01,,8\n",
            "a:bigint b:double c:boolean d:string e:date f:timestamp g:string h:string",
        ),
        ("", "id,n\n12345678901234567890,1\n1,x\n", "id:string n:string"),
        ("", "phone,code,exp\n+4912,1-2,1e5\n", "phone:string code:string exp:double"),
        ("format_options: { null_value: NA }", "a,b\nNA,x\n1,NA\n", "a:bigint b:string"),
        ("format_options: { header: absent }", "1,x\n2,y\n", "col0:bigint col1:string"),
        ("format_options: { header: auto }", "a,b\n2,y\n", "a:bigint b:string"),
        ("format_options: { header: auto }", "1,y\n", "col0:bigint col1:string"),
        ("", "a,\n1,2\n", "a:bigint col1:bigint"),
        ("", "\u{feff}a,b\n", "a:string b:string"),
        ("", "", "GC0610: no columns to see: `t.csv` is empty"),
        ("", "a,b,a\n", "GC0610: the header of `t.csv` names `a` twice"),
        ("schema: { mode: infer, columns: [{ name: zip, type: string }] }", "a,zip\n1,12345\n", "a:bigint zip:string"),
        (
            "schema: { columns: [{ name: amount, type: double }] }",
            "amuont\n1\n",
            "GC0609: column `amount` is not in the header of `t.csv`",
        ),
    ] {
        assert_eq!(
            schema(&format!("{{ path: t.csv, format: csv, {yaml} }}"), &[("t.csv", text.into())], Infer::Heads),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn json() {
    for (text, expected) in [
        ("{\"a\":1,\"b\":\"x\"}\n{\"a\":1.5,\"c\":null}\n", "a:double b:string c:string"),
        ("{\"d\":\"2024-01-01\",\"t\":\"2024-01-01T10:00:00Z\",\"m\":1}\n{\"m\":\"x\"}\n", "d:date t:timestamp m:string"),
        (
            "{\"o\":{\"x\":1,\"l\":[1,2.5]}}\n{\"o\":{\"x\":null,\"y\":true}}\nnot json\n",
            "o:struct<x:bigint,l:array<double>,y:boolean>",
        ),
        ("{\"a\":1}\n{\"a\":[1]}\n", "GC0610: column `a` is a number and a list"),
        ("[{\"a\":1}]\n", "GC0610: `t.json` holds no JSON lines"),
        ("\n", "GC0610: no columns to see: `t.json` is empty"),
    ] {
        assert_eq!(schema("{ path: t.json, format: json }", &[("t.json", text.into())], Infer::Heads), expected, "{text:?}");
    }
}

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut out = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut out, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    out
}

#[test]
fn parquet_footers() {
    let ints = || Arc::new(Int32Array::from(vec![1])) as ArrayRef;
    let text = || Arc::new(StringArray::from(vec!["x"])) as ArrayRef;
    let zoned = Arc::new(TimestampMicrosecondArray::from(vec![1]).with_timezone("UTC")) as ArrayRef;
    let one = parquet(vec![("a", ints()), ("b", ints()), ("c", text())]);
    let two =
        parquet(vec![("b", Arc::new(Float32Array::from(vec![1.0]))), ("a", Arc::new(Int64Array::from(vec![1]))), ("t", zoned)]);
    let files = [("t/x=1/a.parquet", one.clone()), ("t/x=2/b.parquet", two)];
    assert_eq!(schema("{ path: t, format: parquet }", &files, Infer::Heads), "a:bigint b:double c:string t:timestamp x:string");
    let files = [("t/a.parquet", one.clone()), ("t/b.parquet", parquet(vec![("a", text())]))];
    assert_eq!(schema("{ path: t, format: parquet }", &files, Infer::Heads), "GC0610: column `a` is int and string");
    let files = [("t/a.parquet", one[..one.len() - 9].to_vec())];
    assert_eq!(
        schema("{ path: t, format: parquet }", &files, Infer::Heads),
        "GC1013: `t/a.parquet` is corrupt: its footer cannot be read"
    );
    // A footer longer than the tail that is read first.
    let names: Vec<_> = (0..3000).map(|n| format!("a_column_with_a_long_name_{n}")).collect();
    let wide = parquet(names.iter().map(|name| (name.as_str(), ints())).collect());
    assert_eq!(schema("{ path: t.parquet, format: parquet }", &[("t.parquet", wide)], Infer::Heads).split(' ').count(), 3000);
}

#[test]
fn without_leave_to_look_nothing_is_known() {
    let files = [("t.csv", b"a\n1\n".to_vec())];
    let unknown = "GC0604: the columns of this source are not known to `check`";
    assert_eq!(schema("{ path: t.csv, format: csv }", &files, Infer::Off), unknown);
    assert_eq!(schema("{ path: later.csv, format: csv }", &files, Infer::Off), unknown);
    assert_eq!(schema("{ path: later.csv, format: csv }", &files, Infer::Heads), "GC0603: no input files: `later.csv`");
    let declared = "{ path: later.csv, format: csv, schema: { columns: [{ name: a, type: int }] } }";
    assert_eq!(schema(declared, &files, Infer::Off), "a:int");
    assert_eq!(
        schema("{ path: t.csv, format: csv, schema: { mode: declare } }", &files, Infer::Heads),
        "GC0608: `mode: declare` without `columns`"
    );
    assert_eq!(
        schema(
            "{ path: t.csv, format: csv, schema: { columns: [{ name: a, type: int }, { name: A, type: int }, { name: b, type: 'array<int>' }] } }",
            &files,
            Infer::Off
        ),
        "GC0608: column `A` is declared twice GC0608: CSV cannot hold `array<int>`"
    );
}

#[test]
fn many_files_are_merged() {
    let names: Vec<_> = (0..50).map(|n| format!("t/{n:02}.csv")).collect();
    let mut files: Vec<_> = names.iter().map(|name| (name.as_str(), b"a,b\n1,1\n".to_vec())).collect();
    files[49].1 = b"c,a\nx,1.5\n".to_vec();
    assert_eq!(schema("{ path: t, format: csv }", &files, Infer::Heads), "a:double b:bigint c:string");
}
