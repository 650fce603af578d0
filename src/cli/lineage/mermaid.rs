//! Lineage as a picture in Mermaid's words, which GitHub and others draw: sources on the left, sinks on the right.

use std::collections::{BTreeMap, BTreeSet};

use super::view::Chosen;
use crate::lineage::{Direct, How, SourceColumn};

/// One chart for all jobs.
pub(super) fn picture(jobs: &[Chosen<'_>]) -> String {
    let mut out = "flowchart LR\n".to_owned();
    for (at, chosen) in jobs.iter().enumerate() {
        job(chosen, at, &mut out);
    }
    out
}

fn job(chosen: &Chosen<'_>, number: usize, out: &mut String) {
    let job = chosen.job;
    let mut edges: Vec<(SourceColumn, String, Direct)> = Vec::new();
    let mut used: BTreeMap<(usize, usize), BTreeSet<(String, Vec<String>)>> = BTreeMap::new();
    let mut sinks = String::new();
    for (id, edge) in &chosen.sinks {
        let sink = format!("j{number}n{}", id.0);
        sinks.push_str(&format!("  subgraph {sink}[\"{}\"]\n", quoted(&format!("sink {}", job.node(*id).name))));
        for (place, column) in chosen.written(*edge).iter().enumerate() {
            sinks.push_str(&format!("    {sink}c{place}[\"{}\"]\n", quoted(&column.name)));
            let Some(trace) = chosen.traces.column(edge.node, edge.port, &column.name) else { continue };
            for (end, hows) in &trace.ends {
                let ways = hows.iter().filter_map(|how| match how {
                    How::Direct(way) => Some(*way),
                    How::Indirect(_) => None,
                });
                let Some(way) = ways.max() else { continue };
                used.entry((end.node.0, end.port)).or_default().insert((end.column.clone(), end.path.clone()));
                edges.push((end.clone(), format!("{sink}c{place}"), way));
            }
        }
        sinks.push_str("  end\n");
    }
    let mut names: BTreeMap<(usize, usize, &str, &[String]), String> = BTreeMap::new();
    for ((node, port), columns) in &used {
        let source = format!("j{number}n{node}p{port}");
        let title = format!("source {}", job.node(crate::ir::NodeId(*node)).output_name(*port));
        out.push_str(&format!("  subgraph {source}[\"{}\"]\n", quoted(&title)));
        for (place, (column, path)) in columns.iter().enumerate() {
            let name = format!("{source}c{place}");
            let shown = std::iter::once(column).chain(path).cloned().collect::<Vec<_>>().join(".");
            out.push_str(&format!("    {name}[\"{}\"]\n", quoted(&shown)));
            names.insert((*node, *port, column, path), name);
        }
        out.push_str("  end\n");
    }
    out.push_str(&sinks);
    for (end, sink, way) in &edges {
        let Some(source) = names.get(&(end.node.0, end.port, end.column.as_str(), end.path.as_slice())) else { continue };
        match way {
            Direct::Identity => out.push_str(&format!("  {source} --> {sink}\n")),
            way => out.push_str(&format!("  {source} -- {} --> {sink}\n", How::Direct(*way).name())),
        }
    }
}

/// A name between quotes.
fn quoted(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;").replace(['\n', '\r'], " ")
}
