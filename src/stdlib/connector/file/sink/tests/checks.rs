//! What `check` says of a sink.

use datafusion::arrow::datatypes::{DataType, Field, Schema};

use crate::diag::Sink;
use crate::spec::param::Param;
use crate::spec::param::decode::decode;
use crate::stdlib::connector::file::sink::check;
use crate::stdlib::connector::file::source as file_source;
use crate::syntax::yaml;

use super::*;

#[test]
fn what_check_says() {
    let schema = Schema::new(vec![
        Field::new("id", DataType::Int64, true),
        Field::new("region", DataType::Utf8View, true),
        Field::new("price", DataType::Float64, true),
        Field::new("list", DataType::new_list(DataType::Int32, true), true),
        Field::new("__gc_row", DataType::UInt64, true),
    ]);
    let plain = Schema::new(schema.fields()[..2].to_vec());
    let check = |schema: &Schema, written: &[(&'static str, &str)], expected: &[&str]| {
        let mut list = vec![("path", "out"), ("format", "parquet")];
        list.retain(|(name, _)| !written.iter().any(|(other, _)| other == name));
        list.extend(written);
        let mut sink = Sink::default();
        check::check(&args(&list), schema, &mut sink);
        let found: Vec<_> = sink.iter().map(|found| format!("{} {}", found.code.number, found.message)).collect();
        assert_eq!(found, expected, "{written:?}");
    };
    check(&schema, &[("partition_keys", "region,id")], &[]);
    check(&schema, &[("partition_keys", "regoin")], &["GC0901 unknown partition key `regoin`"]);
    check(&schema, &[("partition_keys", "__gc_row")], &["GC0901 unknown partition key `__gc_row`"]);
    check(&schema, &[("partition_keys", "price")], &["GC0902 column `price` cannot be a partition key"]);
    check(
        &schema,
        &[("partition_keys", "list,region,region")],
        &["GC0902 column `list` cannot be a partition key", "GC0904 partition key `region` is named twice"],
    );
    check(&plain, &[("partition_keys", "region,id")], &["GC0903 every column is a partition key"]);
    check(&schema, &[("format", "csv")], &["GC0905 csv files cannot hold column `list` of type array<int>"]);
    check(&schema, &[("format", "json")], &[]);
    check(&plain, &[("mode", "overwrite_partitions")], &["GC0906 `overwrite_partitions` without `partition_keys`"]);
    check(&plain, &[("compression", "bzip2")], &["GC0907 parquet files cannot be compressed with `bzip2`"]);
    check(&plain, &[("format", "csv"), ("compression", "snappy")], &["GC0907 csv files cannot be compressed with `snappy`"]);
    check(&plain, &[("format", "csv"), ("format_options", "delimiter=||")], &["GC0909 `delimiter` is not a single character"]);
    check(
        &plain,
        &[("format", "csv"), ("format_options", "delimiter=\"")],
        &["GC0909 delimiter and quote are the same character"],
    );
    check(
        &plain,
        &[("format", "json"), ("format_options", "delimiter=;")],
        &["GC0909 `delimiter` is an option of csv, not of json"],
    );
    check(&plain, &[("path", "s3://b/k")], &["GC0910 cannot write to `s3://`"]);
    check(&plain, &[("path", " ")], &["GC0910 the path of a sink is empty"]);
}

#[test]
fn what_check_says_of_several_sinks() {
    let check = |paths: &[&str], expected: &[&str]| {
        let span = Span::file_start(FileId(0));
        let sinks: Vec<_> = paths
            .iter()
            .zip(["a", "b", "c"])
            .map(|(path, name)| (Text::new(name, span), args(&[("path", path), ("format", "csv")])))
            .collect();
        let sinks: Vec<_> = sinks.iter().map(|(name, args)| (name, args)).collect();
        let mut sink = Sink::default();
        check::check_paths(Path::new("/p"), &sinks, &[], &mut sink);
        assert_eq!(sink.iter().map(|found| found.message.as_str()).collect::<Vec<_>>(), expected, "{paths:?}");
    };
    check(&["out/a", "out/b", "out/ab"], &[]);
    check(&["out", "x", "./out/"], &["sinks `a` and `c` write to the same path"]);
    check(&["out", "out/b"], &["the path of sink `b` lies inside that of sink `a`"]);
    check(&["out/a", "out"], &["the path of sink `a` lies inside that of sink `b`"]);
    check(&["out/${run.id}", "out/x"], &[]);
    check(&["."], &["sink `a` writes into the folder of the project itself"]);
    check(&["out", "./"], &["sink `b` writes into the folder of the project itself"]);
    check(&["/"], &["sink `a` writes into the folder of the project itself"]);
    check(&["s3://a", "s3://a"], &[]);
}

/// Settings as they are written.
fn decoded(text: &str, params: &'static [Param]) -> Args {
    let mut sink = Sink::default();
    let node = yaml::parse(FileId(0), text, &mut sink).unwrap();
    decode(&node, params, "a node", &mut sink).unwrap()
}

#[test]
fn what_is_read_is_not_replaced() {
    let says = |sink: &str, source: &str| {
        let (sink, source) = (decoded(sink, settings::PARAMS), decoded(&format!("{source}\nformat: csv"), file_source::PARAMS));
        let (name, other) = (Text::new("out", sink.span), Text::new("in", source.span));
        let mut said = Sink::default();
        check::check_paths(Path::new("/p"), &[(&name, &sink)], &[(&other, &source)], &mut said);
        said.iter().map(|diagnostic| diagnostic.message.clone()).collect::<Vec<_>>()
    };
    let replaced = ["sink `out` replaces what source `in` reads".to_owned()];
    for source in ["path: data/a.csv", "path: data/*.csv", "paths: [other/, ./data/x/y.csv]"] {
        assert_eq!(says("path: data/\nformat: csv\nmode: overwrite", source), replaced, "{source}");
    }
    let added = ["sink `out` adds to what source `in` reads".to_owned()];
    assert!(says("path: data/\nformat: csv\nmode: append", "path: data/a.csv").is_empty());
    assert_eq!(says("path: data/\nformat: csv\nmode: append", "path: data/*.csv"), added);
    assert_eq!(says("path: data/out/\nformat: csv\nmode: append", "path: data/**/*.csv"), added);
    assert_eq!(says("path: data/out/\nformat: csv\nmode: append", "paths: [other/, data/]"), added);
    assert!(says("path: data/out/\nformat: csv\nmode: append", "path: data/*.csv").is_empty());
    assert!(says("path: data/\nformat: json\nmode: append", "path: data/*.csv").is_empty());
    assert!(says("path: data/out/\nformat: csv\nmode: overwrite", "path: data/*.csv").is_empty());
    assert!(says("path: dat/\nformat: csv\nmode: overwrite", "path: data/a.csv").is_empty());
}
