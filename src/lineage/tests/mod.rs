//! A case for each transform: the job, and its lineage a line a column.

use std::path::Path;

use super::*;
use crate::world::MemoryWorld;
use crate::{CheckOptions, check};

/// Two sources and the transforms of a case; the last one is written.
fn program(transforms: &str, last: &str) -> Program {
    let columns = "{ name: id, type: bigint }, { name: grp, type: string }, { name: x, type: double }, { name: tags, type: array<string> }, \
                   { name: at, type: \"struct<city:string,zip:string>\" }";
    let source = |name: &str| {
        format!("      {name}: {{ type: file, path: {name}.json, format: json, schema: {{ columns: [{columns}] }} }}\n")
    };
    let indented: String = transforms.lines().flat_map(|line| ["      ", line, "\n"]).collect();
    let yaml = format!(
        "version: 1\njobs:\n  j:\n    sources:\n{}{}    transforms:\n{indented}    sinks:\n      out: {{ type: file, inputs: [{last}], path: out, format: parquet, mode: overwrite }}\n",
        source("a"),
        source("b"),
    );
    let world = MemoryWorld::default().with_file("/p/j.glue.yaml", yaml);
    let checked = check(&world, Path::new("/p"), &CheckOptions::default());
    let errors: Vec<_> = checked.diagnostics.iter().filter(|d| d.severity == crate::diag::Severity::Error).collect();
    assert!(errors.is_empty(), "{errors:#?}");
    checked.program.unwrap()
}

/// The lineage of an output, a line a column.
fn lines(job: &Job, lineage: &JobLineage, node: &str, port: usize) -> String {
    let id = job.find(node).unwrap();
    let output = lineage.output(id, port).unwrap();
    let said = |origins: &[Origin]| {
        let one = |origin: &Origin| {
            let path: String = origin.path.iter().flat_map(|part| [".", part.as_str()]).collect();
            format!("{} {}.{}{path}", origin.how.name(), job.node(origin.node).output_name(origin.port), origin.column)
        };
        origins.iter().map(one).collect::<Vec<_>>().join(", ")
    };
    let column = |column: &ColumnLineage| {
        let text = column.text.as_ref().map(|text| format!(" = {text}")).unwrap_or_default();
        format!("{}: {}{text}\n", column.name, said(&column.origins))
    };
    let columns: String = output.columns.iter().map(column).collect();
    if output.rows.is_empty() { columns } else { format!("{columns}rows: {}\n", said(&output.rows)) }
}

/// The cases of `transforms.txt`: a name, the transforms, what is said of the last one.
#[test]
fn every_transform_tells_where_its_columns_come_from() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lineage/tests/transforms.txt");
    let text = std::fs::read_to_string(&file).unwrap();
    let mut actual = String::new();
    let mut kinds = Vec::new();
    for case in text.split("=== ").filter(|case| !case.trim().is_empty()) {
        let (title, rest) = case.split_once('\n').unwrap();
        let (transforms, _) = rest.split_once("---\n").unwrap();
        let mut names = transforms.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.strip_suffix(':'));
        let last = names.next_back().unwrap();
        kinds.extend(transforms.lines().filter_map(|line| line.trim().strip_prefix("type: ")).map(str::to_owned));
        let program = program(transforms, last);
        let said = lines(&program.jobs[0], &of_all(&program)[0].1, last, 0);
        actual.push_str(&format!("=== {title}\n{transforms}---\n{said}\n"));
    }
    for transform in crate::stdlib::transform::ALL {
        assert!(kinds.iter().any(|kind| kind == transform.name), "`{}` has no case", transform.name);
    }
    #[expect(clippy::disallowed_methods, reason = "the harness is told by its environment, as cargo is")]
    if std::env::var("UPDATE_GOLDEN").is_ok_and(|value| value != "0") && std::env::var("CI").is_err() {
        std::fs::write(&file, &actual).unwrap();
        return;
    }
    assert_eq!(actual, text);
}

#[test]
fn fields_are_followed_through_structures() {
    let program = program(
        "s:\n  type: sql\n  inputs: [a]\n  query: select id, named_struct('v', x, 'where', at) as s from a\nt:\n  type: sql\n  inputs: [s]\n  query: select s.v as v, s.where.city as city from s",
        "t",
    );
    let job = &program.jobs[0];
    let lineage = of(job, &session(&EngineOptions::CHECK));
    let traces = Traces::of(job, &lineage);
    let t = job.find("t").unwrap();
    let ends = |name: &str| {
        let trace = traces.column(t, 0, name).unwrap();
        let end = |(end, hows): (&SourceColumn, &std::collections::BTreeSet<How>)| {
            let hows: Vec<_> = hows.iter().map(|how| how.name()).collect();
            format!("{} {} {}", end.column, end.path.join("."), hows.join(" "))
        };
        trace.ends.iter().map(end).collect::<Vec<_>>().join(", ")
    };
    assert_eq!(ends("v"), "x  identity");
    assert_eq!(ends("city"), "at city identity");
}

#[test]
fn rules_decide_where_rows_go_and_are_known_to_the_columns_behind_them() {
    let program = program(
        "dq:\n  type: evaluate_data_quality\n  inputs: [a]\n  ruleset: 'Rules = [ IsComplete \"id\", ColumnValues \"x\" > 0 labels=[\"severity\"=\"warn\"], RowCount > 0 ]'\nt:\n  type: select_fields\n  inputs: [dq.passed]\n  fields: [id, x, grp]",
        "t",
    );
    let job = &program.jobs[0];
    let lineage = of(job, &session(&EngineOptions::CHECK));
    let dq = job.find("dq").unwrap();
    let failed = lines(job, &lineage, "dq", 1);
    assert!(failed.contains("x: identity a.x\n"), "{failed}");
    assert!(failed.contains("_dq_failures: expression a.id, expression a.x\n"), "{failed}");
    assert!(failed.ends_with("rows: filter a.id\n"), "only rules that route decide where a row goes: {failed}");
    let traces = Traces::of(job, &lineage);
    let t = job.find("t").unwrap();
    let rules = |name: &str| traces.column(t, 0, name).unwrap().rules.iter().copied().collect::<Vec<_>>();
    assert_eq!(rules("id"), [(dq, 0)]);
    assert_eq!(rules("x"), [(dq, 1)]);
    assert_eq!(rules("grp"), []);
    let tests = lineage.tests(job, job.find("a").unwrap(), 0, "id");
    assert_eq!(tests.iter().map(|(id, rule)| (*id, rule.id.as_str())).collect::<Vec<_>>(), [(dq, "Rule_1")]);
}

#[test]
fn consumers_are_the_other_way_round() {
    let program = program("t:\n  type: filter\n  inputs: [a]\n  condition: x > 1", "t");
    let job = &program.jobs[0];
    let lineage = of(job, &session(&EngineOptions::CHECK));
    let (a, t, out) = (job.find("a").unwrap(), job.find("t").unwrap(), job.find("out").unwrap());
    let identity = How::Direct(Direct::Identity);
    let own = Consumer { node: t, port: Some(0), column: Some("x".to_owned()), how: identity };
    let rows = Consumer { node: t, port: Some(0), column: None, how: How::Indirect(Indirect::Filter) };
    let main: Vec<_> = lineage.consumers(job, a, 0, "x").into_iter().filter(|one| one.port == Some(0)).collect();
    assert_eq!(main, [rows, own]);
    assert_eq!(lineage.consumers(job, t, 0, "x"), [Consumer { node: out, port: None, column: None, how: identity }]);
}
