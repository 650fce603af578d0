//! `glueCompile/dag`: the graphs of the jobs of a file's project.

use lsp_types::TextDocumentIdentifier;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Cx, Failure, Here, read, write};
use crate::ide::dag::{Dag, dags};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    text_document: TextDocumentIdentifier,
    /// One job only.
    #[serde(default)]
    job: Option<String>,
}

pub(super) fn answer(cx: &Cx<'_>, params: Value) -> Result<Value, Failure> {
    let Params { text_document, job } = read(params)?;
    write(cx.with(&text_document.uri, |here| {
        let jobs: Vec<_> = dags(here.analysis, job.as_deref()).into_iter().map(|dag| view(here, &dag)).collect();
        Some(json!({ "version": 1, "jobs": jobs }))
    }))
}

fn view(here: &Here<'_>, dag: &Dag) -> Value {
    // Places of an earlier state would lead astray.
    let location = |span| if here.analysis.stale { None } else { here.convert.location(span) };
    let nodes: Vec<_> = dag
        .nodes
        .iter()
        .map(|node| {
            json!({
                "name": node.name,
                "role": node.role,
                "type": node.kind,
                "columns": node.columns,
                "severity": node.severity.map(crate::diag::Severity::name),
                "location": location(node.span),
            })
        })
        .collect();
    let edges: Vec<_> = dag
        .edges
        .iter()
        .map(|edge| json!({ "from": edge.from, "port": edge.port, "to": edge.to, "reference": edge.reference }))
        .collect();
    json!({ "name": dag.job, "nodes": nodes, "edges": edges })
}
