use std::path::Path;

use super::*;
use crate::spec::job::Role;
use crate::spec::param::ParamType;
use crate::spec::project::resolve_ruleset;
use crate::world::MemoryWorld;

const FILE: &[Param] = &[
    Param::required("path", ParamType::Path, "where"),
    Param::default("format", ParamType::OneOf(&["csv", "json", "parquet"]), "csv", "how"),
    Param::optional("rate", ParamType::Float { min: f64::MIN, max: f64::MAX }, "how many"),
    Param::optional("schema", ParamType::Map(&ParamType::Text), "columns"),
];
const FILTER: &[Param] = &[Param::required("condition", ParamType::Expression, "what stays")];
const QUALITY: &[Param] = &[Param::required("ruleset", ParamType::Ruleset, "the rules")];

fn vocabulary() -> Vocabulary {
    Vocabulary {
        sources: vec![("file", FILE), ("s3", FILE)],
        transforms: vec![("filter", FILTER), ("evaluate_data_quality", QUALITY)],
        sinks: vec![("file", FILE)],
    }
}

struct Loaded {
    project: Option<Project>,
    /// `code file token`
    told: Vec<String>,
    map: SourceMap,
}

fn load_from(path: &str, files: &[(&str, &str)], options: &LoadOptions) -> Loaded {
    let mut world = MemoryWorld::default().with_variable("LAKE", "s3://env").with_variable("PARTS", "3");
    for (name, text) in files {
        world = world.with_file(name, *text);
    }
    let mut map = SourceMap::default();
    let mut sink = Sink::default();
    let project = load(&world, Path::new(path), options, &vocabulary(), &mut map, &mut sink);
    let told = sink.finish(&map).into_iter().map(|diagnostic| match diagnostic.primary() {
        Some(label) => {
            let file = map.file(label.span.file).path.display().to_string();
            format!("{} {file} {}", diagnostic.code.number, map.text(label.span))
        }
        None => format!("{} {}", diagnostic.code.number, diagnostic.message),
    });
    let told = told.collect();
    Loaded { project, told, map }
}

fn one(text: &str) -> Loaded {
    load_from("x.glue.yaml", &[("x.glue.yaml", text)], &LoadOptions::default())
}

/// A job with a source, a filter and a sink, and what else is given.
fn small(extra: &str) -> String {
    format!(
        "jobs:\n  j:\n    type: batch\n    sources:\n      raw: {{type: file, path: raw.csv}}\n    transforms:\n      big:\n        type: filter\n        inputs: [raw]\n        condition: a > 1\n    sinks:\n      out: {{type: file, inputs: big, path: out/}}\n{extra}"
    )
}

#[test]
fn a_single_file_is_a_project() {
    let loaded = one(&small(""));
    assert_eq!(loaded.told, [] as [&str; 0]);
    let project = loaded.project.unwrap();
    assert_eq!((project.name.as_str(), project.root.to_str()), ("x", Some(".")));
    let job = &project.jobs["j"];
    let nodes: Vec<_> = job.nodes.values().map(|node| (node.name.as_str(), node.role, node.kind.as_str())).collect();
    assert_eq!(nodes, [("raw", Role::Source, "file"), ("big", Role::Transform, "filter"), ("out", Role::Sink, "file")]);
    assert_eq!(job.nodes["out"].inputs[0].node, "big");
    assert_eq!(job.nodes["raw"].args.as_ref().unwrap().str("format"), Some("csv"));
    assert_eq!(loaded.map.text(job.nodes["big"].args.as_ref().unwrap().text("condition").unwrap().span()), "a > 1");
}

#[test]
fn a_project_is_found_from_inside() {
    let files = [
        ("p/glue-compile.yaml", "name: shop\nrulesets:\n  named: {file: rules/a.dqdl}\n"),
        ("p/pipelines/deep/x.glue.yaml", "jobs:\n  deep: {}\n"),
        ("p/top.glue.yaml", "jobs:\n  top: {}\n"),
        ("p/other.yaml", "nonsense: [\n"),
        ("p/rules/a.dqdl", "Rules = [ RowCount > 1 ]\n"),
        ("p/pipelines/deep/b.dqdl", "Rules = [ RowCount > 2 ]\n"),
        ("alone/y.glue.yaml", "jobs:\n  alone: {}\n"),
    ];
    let check = |path: &str, name: &str, root: &str, jobs: &[&str]| {
        let loaded = load_from(path, &files, &LoadOptions::default());
        assert_eq!(loaded.told, [] as [&str; 0], "{path}");
        let project = loaded.project.unwrap();
        assert_eq!((project.name.as_str(), project.root.to_str()), (name, Some(root)), "{path}");
        assert_eq!(project.jobs.keys().collect::<Vec<_>>(), jobs, "{path}");
        project
    };
    for path in
        ["p", "./p/", "p/glue-compile.yaml", "p/pipelines", "p/pipelines/deep", "p/top.glue.yaml", "p/pipelines/deep/x.glue.yaml"]
    {
        let project = check(path, "shop", "p", &["top", "deep"]);
        assert_eq!(project.rulesets.keys().collect::<Vec<_>>(), ["named", "b"]);
    }
    // Not included: it stands for itself.
    let other = load_from("p/other.yaml", &files, &LoadOptions::default());
    assert_eq!(other.told, ["GC0201 p/other.yaml ["]);
    check("alone/y.glue.yaml", "y", "alone", &["alone"]);
    check("alone", "alone", "alone", &["alone"]);
    let nothing = load_from("p2", &files, &LoadOptions::default());
    assert_eq!(nothing.told, ["GC0001 `p2` does not exist"]);
    let nothing = load_from("p/rules", &[("p/rules/a.dqdl", "")], &LoadOptions::default());
    assert_eq!(nothing.told, ["GC0001 there is no project in `p/rules`"]);
}

#[test]
fn includes_replace_the_default() {
    let files = [
        ("glue-compile.yaml", "include: ['etl/*.yaml', 'nothing/*.yaml', 'quality/**/*.dqdl']\n"),
        ("etl/a.yaml", "jobs: {a: {}}\nname: x\n"),
        ("top.glue.yaml", "jobs: {top: {}}\n"),
        ("quality/deep/r.dqdl", "Rules = [ RowCount > 2 ]\n"),
    ];
    let loaded = load_from(".", &files, &LoadOptions::default());
    assert_eq!(loaded.told, ["GC0210 etl/a.yaml name", "GC0003 glue-compile.yaml nothing/*.yaml"]);
    let project = loaded.project.unwrap();
    assert_eq!(project.jobs.keys().collect::<Vec<_>>(), ["a"]);
    assert_eq!(project.rulesets.keys().collect::<Vec<_>>(), ["r"]);
}

#[test]
fn a_name_is_defined_once() {
    let files = [
        ("glue-compile.yaml", "jobs: {a: {}}\nvariables: {v: 1}\nrulesets: {r: {dqdl: 'Rules = [ RowCount > 1 ]'}}\n"),
        ("b.glue.yaml", "jobs: {a: {}, b: {}}\nvariables: {v: 2}\n"),
        ("r.dqdl", "Rules = [ RowCount > 2 ]\n"),
    ];
    let loaded = load_from(".", &files, &LoadOptions::default());
    assert_eq!(loaded.told, ["GC0004 b.glue.yaml a", "GC0004 b.glue.yaml v", "GC0004 r.dqdl "]);
    assert_eq!(loaded.project.unwrap().jobs.len(), 2);
}

#[test]
fn a_broken_file_leaves_no_project_but_the_others_are_checked() {
    let files = [("a.glue.yaml", "jobs: [\n"), ("b.glue.yaml", "jobs: {b: {typ: batch}}\n"), ("glue-compile.yaml", "")];
    let loaded = load_from(".", &files, &LoadOptions::default());
    assert_eq!(loaded.told, ["GC0201 a.glue.yaml [", "GC0210 b.glue.yaml typ"]);
    assert!(loaded.project.is_none());
}

const VARIABLES: &str = "variables:\n  lake: {type: string, default: data, description: root}\n  rate: {type: float, default: 0.5}\n  n: 3\n  none: {type: int}\ntargets:\n  local: {default: true, variables: {lake: here}}\n  prod: {variables: {lake: 's3://prod', rate: 1}}\n";

#[test]
fn variables_are_filled_in_with_their_types() {
    let text = format!(
        "{VARIABLES}jobs:\n  j:\n    settings: {{target_partitions: '${{var.n}}'}}\n    sources:\n      raw: {{type: file, path: '${{var.lake}}/${{target.name}}/$${{x}}/end', rate: '${{var.rate}}'}}\n      env: {{type: file, path: '${{env.LAKE}}', schema: {{a: '${{env.PARTS}}'}}}}\n"
    );
    let check = |options: LoadOptions, path: &str, rate: f64, target: Option<&str>| {
        let loaded = load_from("x.glue.yaml", &[("x.glue.yaml", &text)], &options);
        assert_eq!(loaded.told, [] as [&str; 0]);
        let project = loaded.project.unwrap();
        assert_eq!(project.target.as_deref(), target);
        let job = &project.jobs["j"];
        let raw = job.nodes["raw"].args.as_ref().unwrap();
        assert_eq!((raw.str("path"), raw.float("rate")), (Some(path), Some(rate)));
        assert_eq!(job.args.record("settings").unwrap().int("target_partitions"), Some(3));
        assert_eq!(job.nodes["env"].args.as_ref().unwrap().str("path"), Some("s3://env"));
        // A label on a part of the text finds its place.
        let path = raw.text("path").unwrap();
        let at = path.value.find("end").unwrap();
        assert_eq!(loaded.map.text(path.map.span(at, path.value.len())), "end");
        assert_eq!(loaded.map.text(path.map.span(0, 2)), "${var.lake}");
    };
    check(LoadOptions::default(), "here/local/${x}/end", 0.5, Some("local"));
    let prod = LoadOptions { target: Some("prod".to_owned()), ..LoadOptions::default() };
    check(prod, "s3://prod/prod/${x}/end", 1.0, Some("prod"));
    let variables = [("lake".to_owned(), "cli".to_owned()), ("rate".to_owned(), "2".to_owned())].into_iter().collect();
    check(LoadOptions { variables, ..LoadOptions::default() }, "cli/local/${x}/end", 2.0, Some("local"));
}

#[test]
fn the_id_of_the_run_stays_in_the_path_of_a_sink() {
    let loaded = one(&small("").replace("path: out/", "path: 'out/${run.id}'"));
    assert_eq!(loaded.told, [] as [&str; 0]);
    assert_eq!(loaded.project.unwrap().jobs["j"].nodes["out"].args.as_ref().unwrap().str("path"), Some("out/${run.id}"));
}

#[test]
fn faults_of_variables_and_targets_are_told_once_and_nothing_follows() {
    let check = |text: &str, expected: &[&str]| {
        let loaded = one(text);
        assert_eq!(loaded.told, expected, "{text}");
    };
    let source = |path: &str| {
        format!(
            "jobs:\n  j:\n    sources:\n      raw: {{type: file, path: '{path}'}}\n      two: {{type: file, path: '{path}'}}\n"
        )
    };
    check(&(VARIABLES.to_owned() + &source("${var.none}")), &["GC0007 x.glue.yaml none"]);
    check(
        &(VARIABLES.to_owned() + &source("a/${var.laek}")),
        &["GC0005 x.glue.yaml ${var.laek}", "GC0005 x.glue.yaml ${var.laek}"],
    );
    check(
        &source("${var.lake}").replace("      two: {type: file, path: '${var.lake}'}\n", ""),
        &["GC0005 x.glue.yaml ${var.lake}"],
    );
    check(
        "variables: {a: {type: int, default: x}, b: {type: text}, c: [1], d: {default: '${var.a}'}}\n",
        &["GC0008 x.glue.yaml x", "GC0213 x.glue.yaml text", "GC0212 x.glue.yaml [1]", "GC0006 x.glue.yaml ${var.a}"],
    );
    check(
        "variables: {a: 1}\ntargets: {t: {variables: {b: 1, a: x}, default: yes}, u: 1, v: {foo: 1, catalog: {}}}\n",
        &[
            "GC0005 x.glue.yaml b",
            "GC0008 x.glue.yaml x",
            "GC0212 x.glue.yaml yes",
            "GC0212 x.glue.yaml 1",
            "GC0210 x.glue.yaml foo",
            "GC0011 x.glue.yaml catalog",
        ],
    );
    let one_source = |path: &str| format!("jobs: {{j: {{sources: {{raw: {{type: file, path: '{path}'}}}}}}}}\n");
    check(&one_source("${target.name}"), &["GC0007 x.glue.yaml ${target.name}"]);
    check(&one_source("${env.NOPE}/x"), &["GC0013 x.glue.yaml ${env.NOPE}"]);
    check(&one_source("a/${run.id}"), &["GC0006 x.glue.yaml ${run.id}"]);
    check(&one_source("a/${run.idd}"), &["GC0006 x.glue.yaml ${run.idd}"]);
    check(&one_source("a/${lake"), &["GC0006 x.glue.yaml ${"]);
    check(&one_source("a/${}"), &["GC0006 x.glue.yaml ${}"]);
    let options = LoadOptions {
        target: Some("prd".to_owned()),
        variables: [("lak".to_owned(), "x".to_owned()), ("n".to_owned(), "many".to_owned())].into_iter().collect(),
    };
    let loaded = load_from("x.glue.yaml", &[("x.glue.yaml", VARIABLES)], &options);
    assert_eq!(
        loaded.told,
        [
            "GC0005 the project has no variable `lak`, which `--var` sets",
            "GC0009 the project has no target `prd`",
            "GC0008 x.glue.yaml n",
        ]
    );
}

#[test]
fn targets_override_by_path() {
    let text = small(
        "targets:\n  t:\n    default: true\n    overrides:\n      jobs.j.sources.raw.path: few.csv\n      jobs.j.settings.batch_size: 10\n      jobs.j.sinks.out: {type: file, inputs: raw, path: other/}\n      jobs.j.transforms.big: {condition: a > 2}\n",
    );
    let loaded = one(&text);
    assert_eq!(loaded.told, [] as [&str; 0]);
    let job = &loaded.project.unwrap().jobs["j"];
    assert_eq!(job.nodes["raw"].args.as_ref().unwrap().str("path"), Some("few.csv"));
    assert_eq!(job.nodes["big"].args.as_ref().unwrap().str("condition"), Some("a > 2"));
    assert_eq!(job.nodes["out"].inputs[0].node, "raw");
    assert_eq!(job.args.record("settings").unwrap().int("batch_size"), Some(10));
    let check = |path: &str, expected: &str| {
        let text = small(&format!("targets:\n  other:\n    overrides:\n      {path}: {{a: 1}}\n"));
        assert_eq!(one(&text).told, [expected], "{path}");
    };
    check("jobs.jj.type", "GC0012 x.glue.yaml jj");
    check("job.j.type", "GC0012 x.glue.yaml job");
    check("jobs", "GC0012 x.glue.yaml jobs");
    check("jobs.j.sources.rwa.path", "GC0012 x.glue.yaml rwa");
    check("jobs.j.type.x", "GC0012 x.glue.yaml x");
}

#[test]
fn templates_stand_under_the_own_settings() {
    let templates =
        "templates:\n  csv: {type: file, format: csv, schema: {a: int, b: text}}\n  named: {description: x, path: p}\n";
    let text =
        format!("{templates}jobs:\n  j:\n    sources:\n      raw: {{use: [csv, named], format: json, schema: {{b: bigint}}}}\n");
    let loaded = one(&text);
    assert_eq!(loaded.told, [] as [&str; 0]);
    let project = loaded.project.unwrap();
    let args = project.jobs["j"].nodes["raw"].args.as_ref().unwrap();
    assert_eq!((args.str("format"), args.str("path"), args.str("description")), (Some("json"), Some("p"), Some("x")));
    let schema: Vec<_> = args.map("schema").iter().map(|(name, arg)| (name.as_str(), arg.text().unwrap().as_str())).collect();
    assert_eq!(schema, [("b", "bigint"), ("a", "int")]);
    let check = |rest: &str, expected: &[&str]| assert_eq!(one(&format!("{templates}{rest}")).told, expected, "{rest}");
    check("jobs: {j: {sources: {raw: {use: cvs, path: p}}}}\n", &["GC0015 x.glue.yaml cvs"]);
    check("jobs: {j: {sources: {raw: {use: {a: b}, path: p}}}}\n", &["GC0212 x.glue.yaml {a: b}"]);
    check("  deep: {use: csv}\n  flat: 1\n", &["GC0015 x.glue.yaml use", "GC0212 x.glue.yaml 1"]);
}

#[test]
fn faults_of_jobs_and_nodes_are_reported_at_their_token() {
    let check = |node: &str, expected: &[&str]| {
        let text = format!("jobs:\n  j:\n    sources:\n      raw: {{type: file, path: p}}\n    {node}\n");
        let expected: Vec<_> = expected.iter().map(|e| e.replacen(' ', " x.glue.yaml ", 1)).collect();
        assert_eq!(one(&text).told, expected, "{node}");
    };
    check("transforms: {a: {type: fliter, inputs: raw, condition: x}}", &["GC0220 fliter"]);
    check("transforms: {a: {type: file, inputs: raw}}", &["GC0220 file"]);
    check("transforms: {a: {type: pivot, inputs: raw}}", &["GC0220 pivot"]);
    check("transforms: {a: {typ: filter, inputs: raw, condition: x}}", &["GC0210 typ"]);
    check("transforms: {a: {inputs: raw, condition: x}}", &["GC0211 a"]);
    check("transforms: {a: {type: [filter], inputs: raw, condition: x}}", &["GC0212 [filter]"]);
    check("transforms: {a: {type: filter, condition: x}}", &["GC0211 a"]);
    check("transforms: {a: {type: filter, imputs: raw, condition: x}}", &["GC0210 imputs"]);
    check("transforms: {a: {type: filter, inputs: raw.a.b, condition: x}}", &["GC0224 raw.a.b"]);
    check("transforms: {a: {type: filter, inputs: [{x: raw}], condition: x}}", &["GC0212 {x: raw}"]);
    check("transforms: {a: {type: filter, inputs: raw, conditon: x}}", &["GC0210 conditon"]);
    check("transforms: {a.b: {type: filter, inputs: raw, condition: x}}", &["GC0221 a.b"]);
    check("transforms: {_a: {type: filter, inputs: raw, condition: x}}", &["GC0221 _a"]);
    check("transforms: {raw: {type: filter, inputs: raw, condition: x}}", &["GC0222 raw"]);
    check("transforms: {a: filter}", &["GC0212 filter"]);
    check("transforms:\n      - {type: filter}", &["GC0212 - {type: filter}"]);
    check("transforms:", &[]);
    check("type: streaming\n    foo: 1", &["GC0223 streaming"]);
    check("type: bach", &["GC0213 bach"]);
    check("setings: {batch_size: 1}", &["GC0210 setings"]);
    check("settings: {batch_size: 0, memory_limit: 1XB}", &["GC0215 0", "GC0214 1XB"]);
    check("watermark: {column: x}", &["GC0011 watermark"]);
    check("sink: {}", &["GC0210 sink"]);
    check("sinks: {out: {type: file, inputs: raw, path: o, format: xml}}", &["GC0213 xml"]);
    assert_eq!(one("sources: {}\n").told, ["GC0210 x.glue.yaml sources"]);
    assert_eq!(
        one("jbos: {}\nworkflows: {}\nversion: 2\n").told,
        ["GC0210 x.glue.yaml jbos", "GC0011 x.glue.yaml workflows", "GC0215 x.glue.yaml 2"]
    );
    assert_eq!(one("- a\n").told, ["GC0212 x.glue.yaml - a"]);
    assert_eq!(one("jobs: [a]\n").told, ["GC0212 x.glue.yaml [a]"]);
    assert_eq!(one("jobs: {j: }\n").told, ["GC0212 x.glue.yaml "]);
}

#[test]
fn a_node_of_unknown_type_is_still_a_node() {
    let loaded = one("jobs: {j: {sources: {raw: {type: flie, path: p}}, sinks: {out: {type: file, inputs: raw.x, path: o}}}}\n");
    let project = loaded.project.unwrap();
    let nodes = &project.jobs["j"].nodes;
    assert!(nodes["raw"].args.is_none());
    assert_eq!(nodes["out"].inputs[0].port.as_deref(), Some("x"));
}

#[test]
fn rulesets_are_named_by_setting_path_or_text() {
    let spec = "rulesets:\n  inline:\n    dqdl: |\n      Rules = [\n          IsComplete \"id\"\n      ]\n  short: 'Rules = [ RowCount > 1 ]'\njobs:\n  j:\n    sources:\n      raw: {type: file, path: p}\n    transforms:\n      a: {type: evaluate_data_quality, inputs: raw, ruleset: inline}\n      b: {type: evaluate_data_quality, inputs: raw, ruleset: rules/x.dqdl}\n      c: {type: evaluate_data_quality, inputs: raw, ruleset: beside}\n      d: {type: evaluate_data_quality, inputs: raw, ruleset: 'Rules = [ RowCount > 3 ]'}\n      e: {type: evaluate_data_quality, inputs: raw, ruleset: besides}\n      f: {type: evaluate_data_quality, inputs: raw, ruleset: rules/nope.dqdl}\n";
    let files =
        [("x.glue.yaml", spec), ("rules/x.dqdl", "Rules = [ RowCount > 4 ]"), ("beside.dqdl", "Rules = [ RowCount > 5 ]")];
    let loaded = load_from("x.glue.yaml", &files, &LoadOptions::default());
    assert_eq!(loaded.told, ["GC0002 x.glue.yaml rules/nope.dqdl"]);
    let project = loaded.project.unwrap();
    let resolve = |node: &str| {
        let mut sink = Sink::default();
        let setting = project.jobs["j"].nodes[node].args.as_ref().unwrap().text("ruleset").unwrap();
        let found = resolve_ruleset(&project, setting, &mut sink);
        let told: Vec<_> = sink.finish(&loaded.map).into_iter().map(|diagnostic| diagnostic.code.number).collect();
        (found.map(|ruleset| ruleset.text.value.clone()), told)
    };
    assert_eq!(resolve("a"), (Some("Rules = [\n    IsComplete \"id\"\n]\n".to_owned()), vec![]));
    assert_eq!(resolve("b"), (Some("Rules = [ RowCount > 4 ]".to_owned()), vec![]));
    assert_eq!(resolve("c"), (Some("Rules = [ RowCount > 5 ]".to_owned()), vec![]));
    assert_eq!(resolve("d"), (Some("Rules = [ RowCount > 3 ]".to_owned()), vec![]));
    assert_eq!(resolve("e"), (None, vec!["GC0014"]));
    assert_eq!(resolve("f"), (None, vec![]), "what is wrong with the file was said already");
    let text = &project.rulesets["inline"].text;
    let at = text.value.find("IsComplete").unwrap();
    assert_eq!(loaded.map.text(text.map.span(at, at + 15)), "IsComplete \"id\"");
    let faults = one(
        "rulesets: {a: {}, b: {dqdl: 'Rules = [ RowCount > 1 ]', file: x.dqdl}, c: {dqd: 'Rules = [ RowCount > 1 ]'}, d: name}\n",
    );
    assert_eq!(
        faults.told,
        ["GC0211 x.glue.yaml a", "GC0004 x.glue.yaml x.dqdl", "GC0210 x.glue.yaml dqd", "GC0212 x.glue.yaml name"]
    );
}

#[test]
fn a_fix_mends_what_it_is_offered_for() {
    let check = |wrong: &str, right: &str| {
        let world = MemoryWorld::default().with_file("x.glue.yaml", wrong);
        let mut map = SourceMap::default();
        let mut sink = Sink::default();
        load(&world, Path::new("x.glue.yaml"), &LoadOptions::default(), &vocabulary(), &mut map, &mut sink);
        let diagnostics = sink.finish(&map);
        let [diagnostic] = diagnostics.as_slice() else { panic!("one fault: {diagnostics:?}") };
        let fix = diagnostic.fix.as_ref().unwrap_or_else(|| panic!("no fix: {diagnostic:?}"));
        let mut text = wrong.to_owned();
        for edit in fix.edits.iter().rev() {
            text.replace_range(edit.span.range(), &edit.text);
        }
        assert_eq!(text, right);
        assert_eq!(one(&text).told, [] as [&str; 0]);
    };
    let source = |rest: &str| format!("jobs:\n  j:\n    sources:\n      raw: {{type: file, path: p{rest}}}\n");
    check(&source(", fromat: csv"), &source(", format: csv"));
    check(&source(", format: CSV"), &source(", format: csv"));
    check(&source(", format: 'parqet'"), &source(", format: 'parquet'"));
    check(&source("").replace("type: file", "type: flie"), &source(""));
    check(&source("").replace("type: file", "typ: file"), &source(""));
    check(&source("").replace("sources", "source"), &source(""));
    check(&source("").replace("jobs", "jbos"), &source(""));
    check("variables: {lake: {type: strnig}}\n", "variables: {lake: {type: string}}\n");
    let with = |top: &str, path: &str| format!("{top}\n{}", source("").replace("path: p", &format!("path: \"{path}\"")));
    check(&with("variables: {lake: x}", "${var.laek}/y"), &with("variables: {lake: x}", "${var.lake}/y"));
    check(&with("variables: {lake: x}", "${lake}/y"), &with("variables: {lake: x}", "${var.lake}/y"));
    let target = "targets: {t: {default: true}}";
    check(&with(target, "${traget.name}"), &with(target, "${target.name}"));
    check("targets: {t: {default: yes}}\n", "targets: {t: {default: true}}\n");
    check("jobs:\n  j:\n    description: a: b   # why\n", "jobs:\n  j:\n    description: 'a: b'   # why\n");
    check("jobs:\n  j:\n    description: @it's   # why\n", "jobs:\n  j:\n    description: '@it''s'   # why\n");
    check("jobs:\n  j:\n    description: \"a\\d\"\n", "jobs:\n  j:\n    description: \"a\\\\d\"\n");
    check("jobs:\n  j:\n    description: NULL\n", "jobs:\n  j:\n    description: \"NULL\"\n");
    check("jobs:\n\tj: {}\n", "jobs:\n  j: {}\n");
}

mod properties {
    use proptest::prelude::*;

    use super::*;

    /// Lines of a spec, right ones and wrong ones, at any indentation.
    fn spec() -> impl Strategy<Value = String> {
        let words = prop_oneof![
            Just("jobs:"),
            Just("j:"),
            Just("sources:"),
            Just("raw:"),
            Just("type: file"),
            Just("path: ${var.lake}/x"),
            Just("transforms:"),
            Just("inputs: [raw, a.b]"),
            Just("type: filter"),
            Just("condition: >"),
            Just("use: t"),
            Just("templates:"),
            Just("t:"),
            Just("variables:"),
            Just("lake: &é ${env.X}"),
            Just("targets:"),
            Just("default: true"),
            Just("overrides:"),
            Just("jobs.j.sources.raw: {type: ${}"),
            Just("rulesets:"),
            Just("dqdl: |"),
            Just("Rules = [ é ]"),
            Just("<<: *é"),
            Just("- a"),
            Just("type: streaming"),
            Just("settings: {batch_size: ${run.id}}"),
            Just("é: 'x''${var.é}'"),
            Just("include: ['**']"),
        ];
        proptest::collection::vec((0usize..5, words), 0..24).prop_map(|lines| {
            lines.into_iter().fold(String::new(), |text, (indent, word)| text + &"  ".repeat(indent) + word + "\n")
        })
    }

    proptest! {
        #[test]
        fn any_text_is_loaded_without_panic(text in prop_oneof![spec(), any::<String>()]) {
            let world = MemoryWorld::default().with_file("x.glue.yaml", text.clone());
            let mut map = SourceMap::default();
            let mut sink = Sink::default();
            let project = load(&world, Path::new("x.glue.yaml"), &LoadOptions::default(), &vocabulary(), &mut map, &mut sink);
            prop_assert!(project.is_some() || sink.has_errors());
            for diagnostic in sink.finish(&map) {
                let spans = diagnostic.labels.iter().map(|label| label.span);
                let edits = diagnostic.fix.iter().flat_map(|fix| fix.edits.iter().map(|edit| edit.span));
                for span in spans.chain(edits) {
                    prop_assert!(map.file(span.file).text.get(span.range()).is_some(), "{span:?} of {:?} in {text:?}", diagnostic.code.number);
                }
            }
        }
    }
}
