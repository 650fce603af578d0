//! Lineage as events of `OpenLineage`: a `JobEvent` a line, because nothing has run; [`run`] tells of runs. Valid against the
//! published schemas (`tests/openlineage/`).
//!
//! Data sets are named as its naming rules say: files by the namespace `file` and their absolute path, objects of a store by
//! `s3://bucket` and their key.

pub(in crate::cli) mod run;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use chrono::SecondsFormat;
use serde_json::{Map, Value, json};

use super::view::Chosen;
use crate::ir::{Edge, Job, Node, NodeId, Program};
use crate::lineage::{self, Direct, Ends, How, Indirect, SchemaField, SourceColumn};
use crate::spec::job::Role;
use crate::world::{World, tidied};

const PRODUCER: &str = concat!("urn:glue-compile:", env!("CARGO_PKG_VERSION"));
const EVENT: &str = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/JobEvent";
const SCHEMA: &str = "https://openlineage.io/spec/facets/1-2-0/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet";
const COLUMNS: &str = "https://openlineage.io/spec/facets/1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet";
const JOB_TYPE: &str = "https://openlineage.io/spec/facets/2-0-4/JobTypeJobFacet.json#/$defs/JobTypeJobFacet";
const DOCUMENTATION: &str = "https://openlineage.io/spec/facets/1-1-0/DocumentationJobFacet.json#/$defs/DocumentationJobFacet";

/// An event for each job.
pub(super) fn events(program: &Program, jobs: &[Chosen<'_>], world: &dyn World) -> String {
    let time = world.now().to_rfc3339_opts(SecondsFormat::Millis, true);
    jobs.iter().map(|chosen| event(program, chosen, &time).to_string() + "\n").collect()
}

fn event(program: &Program, chosen: &Chosen<'_>, time: &str) -> Value {
    let inputs = inputs(program, chosen);
    let outputs = chosen.sinks.iter().flat_map(|(id, edge)| output(program, chosen, *id, *edge));
    json!({
        "eventTime": time,
        "producer": PRODUCER,
        "schemaURL": EVENT,
        "job": job_view(program, chosen.job),
        "inputs": inputs.into_values().collect::<Vec<_>>(),
        "outputs": outputs.collect::<Vec<_>>(),
    })
}

/// What a job reads, by name.
fn inputs(program: &Program, chosen: &Chosen<'_>) -> BTreeMap<(String, String), Value> {
    let job = chosen.job;
    let sources = job.iter().filter(|(_, node)| node.role == Role::Source);
    // Two sources of the same files are one data set, and one schema of it is told.
    let mut inputs: BTreeMap<(String, String), Value> = BTreeMap::new();
    for (_, node) in sources {
        let schema = node.outputs.first().and_then(|output| output.schema.as_ref());
        for (namespace, name) in names(node, &program.root) {
            let facets = schema.map_or_else(|| json!({}), |schema| json!({ "schema": schema_facet(&lineage::fields(schema)) }));
            let dataset = json!({ "namespace": namespace, "name": name, "facets": facets });
            inputs.entry((namespace, name)).or_insert(dataset);
        }
    }
    inputs
}

fn job_view(program: &Program, job: &Job) -> Value {
    let mut facets = Map::new();
    facets.insert(
        "jobType".to_owned(),
        json!({
            "_producer": PRODUCER, "_schemaURL": JOB_TYPE,
            "processingType": "BATCH", "integration": "GLUE_COMPILE", "jobType": "JOB",
        }),
    );
    if let Some(description) = job.args.str("description") {
        let facet = json!({ "_producer": PRODUCER, "_schemaURL": DOCUMENTATION, "description": description });
        facets.insert("documentation".to_owned(), facet);
    }
    json!({ "namespace": program.name, "name": job.name.value, "facets": facets })
}

fn output(program: &Program, chosen: &Chosen<'_>, id: NodeId, edge: Edge) -> Vec<Value> {
    let job = chosen.job;
    let schema = job.node(edge.node).outputs.get(edge.port).and_then(|output| output.schema.as_ref());
    let mut fields = Map::new();
    for column in chosen.written(edge) {
        let trace = chosen.traces.column(edge.node, edge.port, &column.name).cloned().unwrap_or_default();
        let inputs = input_fields(job, &trace.ends, &program.root);
        fields.insert(column.name.clone(), json!({ "inputFields": inputs }));
    }
    let rows = chosen.traces.rows(edge.node, edge.port).map(|ends| input_fields(job, ends, &program.root));
    let lineage = json!({
        "_producer": PRODUCER, "_schemaURL": COLUMNS, "fields": fields, "dataset": rows.unwrap_or_default(),
    });
    let mut facets = Map::new();
    facets.extend(schema.map(|schema| ("schema".to_owned(), schema_facet(&lineage::fields(schema)))));
    facets.insert("columnLineage".to_owned(), lineage);
    let dataset = |(namespace, name)| json!({ "namespace": namespace, "name": name, "facets": facets });
    names(job.node(id), &program.root).into_iter().map(dataset).collect()
}

fn input_fields(job: &Job, ends: &Ends, root: &Path) -> Vec<Value> {
    let field = |(end, hows): (&SourceColumn, &BTreeSet<How>)| {
        let ways: Vec<_> = hows.iter().map(|how| transformation(*how)).collect();
        let name = std::iter::once(&end.column).chain(&end.path).cloned().collect::<Vec<_>>().join(".");
        let of = move |(namespace, dataset): (String, String)| json!({ "namespace": namespace, "name": dataset, "field": name, "transformations": ways });
        names(job.node(end.node), root).into_iter().map(of).collect::<Vec<_>>()
    };
    ends.iter().flat_map(field).collect()
}

/// The words of `OpenLineage`.
fn transformation(how: How) -> Value {
    let (kind, subtype) = match how {
        How::Direct(Direct::Identity) => ("DIRECT", "IDENTITY"),
        How::Direct(Direct::Cast | Direct::Expression) => ("DIRECT", "TRANSFORMATION"),
        How::Direct(Direct::Aggregation) => ("DIRECT", "AGGREGATION"),
        How::Indirect(Indirect::Filter) => ("INDIRECT", "FILTER"),
        How::Indirect(Indirect::Join) => ("INDIRECT", "JOIN"),
        How::Indirect(Indirect::GroupBy) => ("INDIRECT", "GROUP_BY"),
        How::Indirect(Indirect::Sort) => ("INDIRECT", "SORT"),
        How::Indirect(Indirect::Window) => ("INDIRECT", "WINDOW"),
        How::Indirect(Indirect::Conditional) => ("INDIRECT", "CONDITIONAL"),
    };
    json!({ "type": kind, "subtype": subtype, "description": how.name(), "masking": false })
}

fn schema_facet(fields: &[SchemaField]) -> Value {
    json!({ "_producer": PRODUCER, "_schemaURL": SCHEMA, "fields": fields.iter().map(field_view).collect::<Vec<_>>() })
}

fn field_view(field: &SchemaField) -> Value {
    let mut view = json!({ "name": field.name, "type": field.data_type });
    if !field.fields.is_empty() {
        view["fields"] = field.fields.iter().map(field_view).collect();
    }
    view
}

/// The data sets that a source reads or a sink writes: `(namespace, name)` each.
fn names(node: &Node, root: &Path) -> Vec<(String, String)> {
    let Some(args) = &node.args else { return Vec::new() };
    let paths = args.text("path").into_iter().chain(args.texts("path")).chain(args.texts("paths"));
    paths.map(|path| dataset(path.as_str(), root)).collect()
}

fn dataset(path: &str, root: &Path) -> (String, String) {
    match path.split_once("://") {
        Some(("file", rest)) => ("file".to_owned(), rest.to_owned()),
        Some((scheme, rest)) => {
            let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
            (format!("{scheme}://{bucket}"), key.trim_end_matches('/').to_owned())
        }
        None => {
            let path = root.join(path);
            let absolute = std::path::absolute(&path).unwrap_or(path);
            ("file".to_owned(), tidied(&absolute).display().to_string())
        }
    }
}
