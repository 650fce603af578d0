use super::super::{Param, ParamType};
use super::*;
use crate::source::SourceMap;

const ORDER: &[Param] = &[
    Param::required("column", ParamType::Column, "the column"),
    Param::default("direction", ParamType::OneOf(&["asc", "desc"]), "asc", "smallest or greatest first"),
];
const OPTIONS: &[Param] = &[
    Param::default("header", ParamType::Bool, "true", "whether there is one"),
    Param::optional("delimiter", ParamType::Text, ""),
];
const TABLE: &[Param] = &[
    Param::required("columns", ParamType::List(&ParamType::Column), "the columns of the key"),
    Param::optional("keep", ParamType::OneOf(&["first", "last"]), "which row stays"),
    Param::optional(
        "order_by",
        ParamType::OneOrMany(&ParamType::Either(&ParamType::Column, &ParamType::Record(ORDER))),
        "the order",
    ),
    Param::optional("every", ParamType::Duration, ""),
    Param::optional("memory", ParamType::Size, ""),
    Param::default("parts", ParamType::Int { min: 1, max: 64 }, "4", ""),
    Param::optional("rate", ParamType::Float { min: f64::MIN, max: f64::MAX }, ""),
    Param::default("strict", ParamType::Bool, "false", ""),
    Param::optional("aliases", ParamType::Map(&ParamType::Node), ""),
    Param::optional("format_options", ParamType::Record(OPTIONS), ""),
    Param::default("separator", ParamType::Text, "\"", ""),
    Param::optional("note", ParamType::Text, ""),
];

fn read(text: &str) -> (Option<Args>, Vec<(String, String, String)>) {
    let mut map = SourceMap::default();
    let file = map.add("test.yaml", text);
    let mut sink = Sink::default();
    let node = yaml::parse(file, text, &mut sink).expect("the test is YAML");
    let args = decode(&node, TABLE, "transform `dedup`", &mut sink);
    let told = sink.finish(&map).into_iter().map(|diagnostic| {
        let span = diagnostic.primary().expect("every message has a place").span;
        (diagnostic.code.number.to_owned(), map.text(span).to_owned(), diagnostic.message)
    });
    (args, told.collect())
}

#[test]
fn what_fits_is_read() {
    let text = "columns: [a, 1, true]\nkeep: last\norder_by: {column: ts}\nevery: 1h\nmemory: 64MiB\nrate: 1\naliases: {c: customers}\nnote: no\n";
    let (args, told) = read(text);
    assert_eq!(told.iter().map(|(code, at, _)| (code.as_str(), at.as_str())).collect::<Vec<_>>(), [("GC0808", "no")]);
    let args = args.unwrap();
    assert_eq!(args.texts("columns").iter().map(|text| text.as_str()).collect::<Vec<_>>(), ["a", "1", "true"]);
    assert_eq!(args.str("keep"), Some("last"));
    let order = args.records("order_by")[0];
    assert_eq!((order.str("column"), order.str("direction")), (Some("ts"), Some("asc")));
    assert_eq!(args.get("every").unwrap().value, Value::Duration(std::time::Duration::from_hours(1)));
    assert_eq!(args.size("memory"), Some(64 << 20));
    assert_eq!(args.float("rate"), Some(1.0));
    assert_eq!(args.map("aliases")[0].0.as_str(), "c");
    assert_eq!(args.str("note"), Some("no"), "`no` is text in YAML 1.2");
    assert_eq!(args.str("separator"), Some("\""));
    assert!(!args.get("parts").unwrap().written && args.int("parts") == Some(4));
    assert_eq!(args.get("format_options"), None);
    let names: Vec<_> = args.entries.iter().map(|(name, _)| *name).collect();
    let in_table: Vec<_> = TABLE.iter().map(|param| param.name).filter(|name| names.contains(name)).collect();
    assert_eq!(names, in_table, "in the order of the table");
}

#[test]
fn every_fault_is_reported_at_its_token() {
    let check = |text: &str, expected: &[(&str, &str, &str)]| {
        let (_, told) = read(text);
        let told: Vec<_> = told.iter().map(|(code, at, message)| (code.as_str(), at.as_str(), message.as_str())).collect();
        assert_eq!(told, expected, "{text}");
    };
    check("columns: [a]\nkep: last\n", &[("GC0210", "kep", "transform `dedup` has no setting `kep`")]);
    check("colums: [a]\n", &[("GC0210", "colums", "transform `dedup` has no setting `colums`")]);
    check("{keep: last}\n", &[("GC0211", "{keep: last}", "transform `dedup` needs `columns`")]);
    check("keep: last\nrate: 1\n", &[("GC0211", "keep", "transform `dedup` needs `columns`")]);
    check("columns: a\n", &[("GC0212", "a", "`columns` must be a list of columns, found a string")]);
    check("columns: {a: b}\n", &[("GC0212", "{a: b}", "`columns` must be a list of columns, found a map")]);
    check("columns: [a, [b]]\n", &[("GC0212", "[b]", "an item of `columns` must be a column, found a list")]);
    check("columns: [a, '']\n", &[("GC0212", "", "an item of `columns` must be a column, found an empty text")]);
    check("columns: [a]\nkeep: lst\n", &[("GC0213", "lst", "`keep` cannot be `lst`")]);
    check("columns: [a]\nkeep: LAST\n", &[("GC0213", "LAST", "`keep` cannot be `LAST`")]);
    check("columns: [a]\nevery: 60\n", &[("GC0214", "60", "`60` is no duration")]);
    check("columns: [a]\nmemory: 12 parsecs\n", &[("GC0214", "12 parsecs", "`12 parsecs` is no size")]);
    check("columns: [a]\nparts: 0\n", &[("GC0215", "0", "`parts` must be a whole number from 1 to 64, found 0")]);
    check("columns: [a]\nparts: 1.5\n", &[("GC0212", "1.5", "`parts` must be a whole number from 1 to 64, found a number")]);
    check("columns: [a]\nparts: '3'\n", &[("GC0212", "3", "`parts` must be a whole number from 1 to 64, found a string")]);
    check("columns: [a]\nstrict: yes\n", &[("GC0212", "yes", "`strict` must be `true` or `false`, found a string")]);
    check("columns: [a]\nnote: NULL\n", &[("GC0212", "NULL", "`note` must be text, found nothing")]);
    check("columns: [a]\nnote:\n", &[("GC0212", "", "`note` must be text, found nothing")]);
    check(
        "columns: [a]\norder_by: [x, {direction: asc}]\n",
        &[("GC0211", "{direction: asc}", "an item of `order_by` needs `column`")],
    );
    check(
        "columns: [a]\nformat_options: {header: 1, delimeter: ','}\n",
        &[
            ("GC0212", "1", "`header` must be `true` or `false`, found a whole number"),
            ("GC0210", "delimeter", "`format_options` has no setting `delimeter`"),
        ],
    );
    check("columns: [a]\naliases: {x: [1]}\n", &[("GC0212", "[1]", "`x` of `aliases` must be a node, found a list")]);
    check("- a\n", &[("GC0212", "- a", "transform `dedup` must be a map of settings, found a list")]);
    check(
        "keep: lst\nparts: 0\nfoo: 1\ncolumns: 3\n",
        &[
            ("GC0213", "lst", "`keep` cannot be `lst`"),
            ("GC0215", "0", "`parts` must be a whole number from 1 to 64, found 0"),
            ("GC0210", "foo", "transform `dedup` has no setting `foo`"),
            ("GC0212", "3", "`columns` must be a list of columns, found a whole number"),
        ],
    );
}

#[test]
fn a_setting_at_the_wrong_depth_is_told_where_it_belongs() {
    let helps = |text: &str| {
        let mut map = SourceMap::default();
        let file = map.add("test.yaml", text);
        let mut sink = Sink::default();
        let node = yaml::parse(file, text, &mut sink).expect("the test is YAML");
        decode(&node, TABLE, "transform `dedup`", &mut sink);
        sink.finish(&map).into_iter().flat_map(|diagnostic| diagnostic.helps).collect::<Vec<_>>()
    };
    assert_eq!(helps("columns: [a]\nheader: true\n"), ["`header` belongs into `format_options`"]);
    assert_eq!(
        helps("columns: [a]\nformat_options:\n  keep: last\n"),
        ["`keep` is a setting of transform `dedup`: indent it less"]
    );
}

#[test]
fn only_what_is_required_makes_the_whole_unreadable() {
    let (args, _) = read("columns: [a]\nkeep: lst\nfoo: 1\n");
    assert_eq!(args.expect("the required setting fits").get("keep"), None);
    let (args, _) = read("columns: a\n");
    assert_eq!(args, None);
}
