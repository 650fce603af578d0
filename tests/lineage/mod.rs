//! What lineage leaves out does not matter. For each case of `src/lineage/tests/transforms.txt` and each column that is written: all
//! columns of sources that the lineage of the column does not name get other values, the job runs again, and the column has to be as before.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use glue_compile::ir::{Job, Program};
use glue_compile::lineage::{Traces, of_all};
use glue_compile::run::execute::{RunIdentity, run};
use glue_compile::run::os_world::OsWorld;
use glue_compile::run::progress::Unwatched;
use glue_compile::run::report::Status;
use glue_compile::spec::job::Role;
use glue_compile::{CheckOptions, check};
use libtest_mimic::Trial;
use serde_json::{Value, json};

/// The columns of both sources.
const COLUMNS: [&str; 5] = ["id", "grp", "x", "tags", "at"];
const SOURCES: [&str; 2] = ["a", "b"];

/// A trial for each case.
pub fn trials(root: &Path) -> Vec<Trial> {
    let text = fs::read_to_string(root.join("src/lineage/tests/transforms.txt")).expect("the cases are readable");
    text.split("=== ")
        .filter(|case| !case.trim().is_empty())
        .map(|case| {
            let (title, rest) = case.split_once('\n').expect("a case has a title");
            let (transforms, _) = rest.split_once("---\n").expect("a case has an end");
            let transforms = transforms.to_owned();
            Trial::test(format!("lineage is all that matters: {title}"), move || case_holds(&transforms).map_err(Into::into))
        })
        .collect()
}

fn case_holds(transforms: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let mut names = transforms.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.strip_suffix(':'));
    let last = names.next_back().ok_or("no transform")?;
    fs::write(folder.path().join("j.glue.yaml"), spec(transforms, last)).map_err(|error| error.to_string())?;
    let checked = check(&OsWorld, folder.path(), &CheckOptions::default());
    let program: Program = checked.program.ok_or("the case has errors")?;
    let (job, lineage) = &of_all(&program)[0];
    let traces = Traces::of(job, lineage);
    let edge = job.iter().find(|(_, node)| node.role == Role::Sink).and_then(|(_, node)| node.inputs.first()).ok_or("no sink")?;
    let before = written(job, folder.path(), &BTreeSet::new())?;
    if before.is_empty() {
        return Err("the case writes no row, so that it shows nothing".to_owned());
    }
    for column in &lineage.output(edge.node, edge.port).ok_or("no lineage")?.columns {
        let ends = traces.column(edge.node, edge.port, &column.name).ok_or("no trace")?.ends.keys();
        let rows = traces.rows(edge.node, edge.port).into_iter().flat_map(|rows| rows.keys());
        let named: BTreeSet<(&str, &str)> =
            ends.chain(rows).map(|end| (job.node(end.node).name.as_str(), end.column.as_str())).collect();
        let all = SOURCES.into_iter().flat_map(|source| COLUMNS.into_iter().map(move |column| (source, column)));
        let others: BTreeSet<(&str, &str)> = all.filter(|place| !named.contains(place)).collect();
        let after = written(job, folder.path(), &others)?;
        let values = |rows: &[Value]| {
            let mut values: Vec<String> = rows.iter().map(|row| row[&column.name].to_string()).collect();
            values.sort();
            values
        };
        if values(&before) != values(&after) {
            return Err(format!(
                "`{}` depends on more than {named:?}: {:?} became {:?}",
                column.name,
                values(&before),
                values(&after)
            ));
        }
    }
    Ok(())
}

fn spec(transforms: &str, last: &str) -> String {
    let columns = "{ name: id, type: bigint }, { name: grp, type: string }, { name: x, type: double }, { name: tags, type: array<string> }, \
                   { name: at, type: \"struct<city:string,zip:string>\" }";
    let source = |name: &str| {
        format!("      {name}: {{ type: file, path: {name}.json, format: json, schema: {{ columns: [{columns}] }} }}\n")
    };
    let indented: String = transforms.lines().flat_map(|line| ["      ", line, "\n"]).collect();
    format!(
        "version: 1\njobs:\n  j:\n    settings: {{ target_partitions: 1 }}\n    sources:\n{}{}    transforms:\n{indented}    sinks:\n      \
         out: {{ type: file, inputs: [{last}], path: out, format: json, mode: overwrite }}\n",
        source("a"),
        source("b"),
    )
}

/// The rows that the job writes, where some columns of sources have other values.
fn written(job: &Job, folder: &Path, others: &BTreeSet<(&str, &str)>) -> Result<Vec<Value>, String> {
    for (shift, source) in SOURCES.into_iter().enumerate() {
        let lines: String = (0..8_i64).map(|row| record(row, shift, source, others).to_string() + "\n").collect();
        fs::write(folder.join(format!("{source}.json")), lines).map_err(|error| error.to_string())?;
    }
    // Every run of the case has the same id, so that rows which carry it stay comparable.
    let out = folder.join("out");
    if out.exists() {
        fs::remove_dir_all(&out).map_err(|error| error.to_string())?;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|error| error.to_string())?;
    let identity = RunIdentity { run_id: "r".to_owned(), started_at: chrono::DateTime::UNIX_EPOCH };
    let report = runtime.block_on(run(job, folder, &OsWorld, &identity, &Unwatched));
    if report.status != Status::Succeeded {
        return Err(format!("{:#?}", report.diagnostics));
    }
    let mut rows = Vec::new();
    for file in crate::support::files(&folder.join("out"), "json") {
        let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
        for line in text.lines() {
            rows.push(serde_json::from_str(line).map_err(|error| error.to_string())?);
        }
    }
    Ok(rows)
}

/// A row; keys occur twice and in both sources, and no two values of `x` are the same.
fn record(row: i64, shift: usize, source: &str, others: &BTreeSet<(&str, &str)>) -> Value {
    let is_other = |column: &str| others.contains(&(source, column));
    let number = row + i64::try_from(shift).expect("there are two sources");
    let id = if is_other("id") { 1000 - number / 3 } else { number / 2 };
    let group = if is_other("grp") {
        ["k", "z", "y"][usize::try_from(row).expect("small") % 3]
    } else {
        ["a", "k"][usize::try_from(row).expect("small") % 2]
    };
    let x = if is_other("x") { 5.25 - 3.0 * row as f64 } else { 0.5 + row as f64 + 0.25 * shift as f64 };
    let tags = if is_other("tags") { json!(["t"]) } else { json!(["p", "q"]) };
    let at = if is_other("at") {
        json!({ "city": format!("d{row}"), "zip": null })
    } else {
        json!({ "city": "c", "zip": format!("{row}") })
    };
    json!({ "id": id, "grp": group, "x": x, "tags": tags, "at": at })
}
