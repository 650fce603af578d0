//! `lineage --format openlineage` is valid against the published schemas: the events, and each facet against its own.

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;
use serde_json::{Value, json};

/// The schemas, by their files below `tests/openlineage/spec`.
const SCHEMAS: &[&str] =
    &["OpenLineage", "SchemaDatasetFacet", "JobTypeJobFacet", "DocumentationJobFacet", "ColumnLineageDatasetFacet"];

/// A trial for each shipped pipeline, and one that the schemas refuse something.
pub fn trials(root: &Path) -> Vec<Trial> {
    let mut trials: Vec<Trial> = ["pipelines/orders", "pipelines/flights"]
        .into_iter()
        .map(|project| {
            let root = root.to_path_buf();
            Trial::test(format!("openlineage {project}"), move || {
                for event in events(&root, project)? {
                    check(&root, &event)?;
                }
                Ok(())
            })
        })
        .collect();
    let root = root.to_path_buf();
    trials.push(Trial::test("openlineage an event with a wrong facet is refused", move || {
        let mut event = events(&root, "pipelines/orders")?.remove(0);
        event["outputs"][0]["facets"]["columnLineage"]["fields"] = json!({ "order_id": { "inputFields": [{ "name": "x" }] } });
        match check(&root, &event) {
            Ok(()) => Err("the schemas accept an input field without a namespace".into()),
            Err(_) => Ok(()),
        }
    }));
    trials
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
fn check(root: &Path, event: &Value) -> Result<(), String> {
    validate(root, "OpenLineage", "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent", event)?;
    let datasets = ["inputs", "outputs"].into_iter().flat_map(|side| event[side].as_array().cloned().unwrap_or_default());
    let facets: Vec<Value> = datasets.map(|dataset| dataset["facets"].clone()).chain([event["job"]["facets"].clone()]).collect();
    let mut seen = 0;
    for (_, facet) in facets.iter().filter_map(Value::as_object).flatten() {
        let url = facet["_schemaURL"].as_str().ok_or("a facet without a schema")?;
        let file = SCHEMAS.iter().find(|name| url.contains(&format!("/{name}.json#")));
        validate(root, file.ok_or_else(|| format!("{url} is not here"))?, url, facet)?;
        seen += 1;
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
