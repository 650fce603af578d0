//! `lineage --format openlineage` and `run --openlineage` are valid against the published schemas: the events, and each facet
//! against its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use serde_json::{Value, json};

use crate::support;

/// The schemas, by their files below `tests/openlineage/spec`.
const SCHEMAS: &[&str] =
    &["OpenLineage", "SchemaDatasetFacet", "JobTypeJobFacet", "DocumentationJobFacet", "ColumnLineageDatasetFacet"];

/// Facets of runs, whose schemas are not here: what each must have, and the type of it.
const OF_RUNS: &[(&str, &[(&str, fn(&Value) -> bool)])] = &[
    ("DataQualityAssertionsDatasetFacet", &[("assertions", Value::is_array)]),
    ("OutputStatisticsOutputDatasetFacet", &[("rowCount", Value::is_u64), ("size", Value::is_u64), ("fileCount", Value::is_u64)]),
    ("ErrorMessageRunFacet", &[("message", Value::is_string), ("programmingLanguage", Value::is_string)]),
];

const JOB_EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent";
const RUN_EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

/// A trial for each shipped pipeline, for runs that end well and badly, and one that the schemas refuse something.
pub fn trials(root: &Path) -> Vec<Trial> {
    let mut trials: Vec<Trial> = ["pipelines/orders", "pipelines/flights"]
        .into_iter()
        .map(|project| {
            let root = root.to_path_buf();
            Trial::test(format!("openlineage {project}"), move || {
                for event in events(&root, project)? {
                    check(&root, JOB_EVENT, &event)?;
                }
                Ok(())
            })
        })
        .collect();
    let runs: [(&str, &[&str], &str); 3] = [
        ("a run that ends well", &[], "COMPLETE"),
        ("a run that its gate stops", &["--var", "max_quarantine_rate=0.01"], "FAIL"),
        ("no run begins where data is not there", &["--var", "raw=nowhere"], "FAIL"),
    ];
    for (name, arguments, end) in runs {
        let root = root.to_path_buf();
        trials.push(Trial::test(format!("openlineage {name}"), move || ran(&root, arguments, end).map_err(Into::into)));
    }
    let root = root.to_path_buf();
    trials.push(Trial::test("openlineage an event with a wrong facet is refused", move || {
        let mut event = events(&root, "pipelines/orders")?.remove(0);
        event["outputs"][0]["facets"]["columnLineage"]["fields"] = json!({ "order_id": { "inputFields": [{ "name": "x" }] } });
        match check(&root, JOB_EVENT, &event) {
            Ok(()) => Err("the schemas accept an input field without a namespace".into()),
            Err(_) => Ok(()),
        }
    }));
    trials
}

/// Runs `pipelines/orders` twice with one file of events, and holds what is told against what was reported.
fn ran(root: &Path, arguments: &[&str], end: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    support::console::copy(&root.join("pipelines/orders"), folder.path()).map_err(|error| error.to_string())?;
    let mut reports: Vec<Value> = Vec::new();
    for _ in 0..2 {
        let done = Command::new(env!("CARGO_BIN_EXE_glue-compile"))
            .args(["run", ".", "--format", "json", "--openlineage", "told/events.jsonl"])
            .args(arguments)
            .current_dir(folder.path())
            .output()
            .map_err(|error| error.to_string())?;
        reports.push(serde_json::from_slice(&done.stdout).map_err(|error| format!("{error}: {done:?}"))?);
    }
    let text = fs::read_to_string(folder.path().join("told/events.jsonl")).unwrap_or_default();
    let events: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).map_err(|e| e.to_string())).collect::<Result<_, _>>()?;
    let began = reports.iter().filter(|report| !report["run_id"].is_null()).count();
    let kinds: Vec<_> = events.iter().map(|event| event["eventType"].as_str().unwrap_or_default()).collect();
    if kinds != ["START", end].repeat(began) {
        return Err(format!("{began} runs began, and told is {kinds:?}"));
    }
    for event in &events {
        check(root, RUN_EVENT, event)?;
    }
    for (pair, report) in events.chunks(2).zip(&reports) {
        if pair[0]["run"]["runId"] != pair[1]["run"]["runId"] {
            return Err("the events of a run do not have one id".to_owned());
        }
        agree(&pair[1], report)?;
    }
    if events.len() == 4 && events[0]["run"]["runId"] == events[2]["run"]["runId"] {
        return Err("two runs have one id".to_owned());
    }
    Ok(())
}

/// Every rule is told once for each data set that it is about, with its verdict; every sink with its rows.
fn agree(last: &Value, report: &Value) -> Result<(), String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let told: Vec<Value> = list(&last["inputs"])
        .iter()
        .flat_map(|input| list(&input["inputFacets"]["dataQualityAssertions"]["assertions"]))
        .collect();
    for outcome in report["quality"].as_object().into_iter().flatten().flat_map(|(_, node)| list(&node["ruleOutcomes"])) {
        let passed = outcome["Outcome"] == "Passed";
        if !told.iter().any(|one| one["content"] == outcome["Rule"] && one["success"] == passed) {
            return Err(format!("nothing is told of {}", outcome["Rule"]));
        }
    }
    let told: u64 =
        list(&last["outputs"]).iter().filter_map(|one| one["outputFacets"]["outputStatistics"]["rowCount"].as_u64()).sum();
    let published: u64 = report["sinks"].as_object().into_iter().flatten().filter_map(|(_, sink)| sink["rows"].as_u64()).sum();
    if told == published { Ok(()) } else { Err(format!("{published} rows were published, and {told} are told")) }
}

fn events(root: &Path, project: &str) -> Result<Vec<Value>, String> {
    let done = Command::new(env!("CARGO_BIN_EXE_glue-compile"))
        .args(["lineage", project, "--format", "openlineage"])
        .current_dir(root)
        .output()
        .map_err(|error| error.to_string())?;
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    let events: Result<Vec<Value>, _> = text.lines().map(serde_json::from_str).collect();
    let events = events.map_err(|error| format!("{error}\n{text}"))?;
    if events.is_empty() { Err(String::from_utf8_lossy(&done.stderr).into_owned()) } else { Ok(events) }
}

/// Holds an event against the schema of events, and its facets against theirs.
fn check(root: &Path, schema: &str, event: &Value) -> Result<(), String> {
    validate(root, "OpenLineage", schema, event)?;
    let datasets = ["inputs", "outputs"].into_iter().flat_map(|side| event[side].as_array().cloned().unwrap_or_default());
    let of_dataset = |dataset: Value| ["facets", "inputFacets", "outputFacets"].map(|key| dataset[key].clone());
    let of_others = [event["job"]["facets"].clone(), event["run"]["facets"].clone()];
    let facets: Vec<Value> = datasets.flat_map(of_dataset).chain(of_others).collect();
    let mut seen = 0;
    for (_, facet) in facets.iter().filter_map(Value::as_object).flatten() {
        let url = facet["_schemaURL"].as_str().ok_or("a facet without a schema")?;
        seen += 1;
        if let Some((name, fields)) = OF_RUNS.iter().find(|(name, _)| url.ends_with(&format!("/{name}.json#/$defs/{name}"))) {
            let wrong = fields.iter().find(|(field, fits)| !fits(&facet[*field]));
            wrong.map_or(Ok(()), |(field, _)| Err(format!("`{field}` of a {name} is {}", facet[*field])))?;
            continue;
        }
        let file = SCHEMAS.iter().find(|name| url.contains(&format!("/{name}.json#")));
        validate(root, file.ok_or_else(|| format!("{url} is not here"))?, url, facet)?;
    }
    if seen == 0 { Err("no facet".to_owned()) } else { Ok(()) }
}

fn validate(root: &Path, file: &str, url: &str, value: &Value) -> Result<(), String> {
    let read = |name: &str| -> Value {
        let path = root.join("tests/openlineage/spec").join(format!("{name}.json"));
        serde_json::from_str(&fs::read_to_string(path).expect("a schema is readable")).expect("a schema is JSON")
    };
    let id = read(file)["$id"].as_str().unwrap_or_default().to_owned();
    if !url.starts_with(&format!("{id}#")) {
        return Err(format!("{url} is not of the version here, {id}"));
    }
    let mut registry = jsonschema::Registry::new();
    for name in SCHEMAS {
        let schema = read(name);
        let id = schema["$id"].as_str().expect("a schema has an id").to_owned();
        registry = registry.add(id, schema).map_err(|error| error.to_string())?;
    }
    let registry = registry.prepare().map_err(|error| error.to_string())?;
    let schema = json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "$ref": url });
    let validator = jsonschema::options()
        .with_registry(&registry)
        .should_validate_formats(true)
        .build(&schema)
        .map_err(|error| error.to_string())?;
    let faults: Vec<_> = validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("\n")) }
}
