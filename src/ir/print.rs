//! The program as text: `plan --view ir` and `--view graph`.

use std::fmt::Write as _;

use super::{Job, Kind, Node, Program};
use crate::stdlib::expr::is_hidden;
use crate::stdlib::types::type_name;

/// Every node with its inputs and its columns.
pub fn text(program: &Program) -> String {
    let mut out = String::new();
    for (name, job) in &program.jobs {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "job {name}");
        for id in &job.order {
            let node = job.node(*id);
            let _ = writeln!(out, "  {} {}: {}{}", role(node), node.name, kind(node), inputs(job, node));
            for (port, output) in node.outputs.iter().enumerate() {
                let _ = writeln!(out, "    -> {}", node.output_name(port));
                let Some(schema) = &output.schema else {
                    let _ = writeln!(out, "       (columns not known)");
                    continue;
                };
                for field in schema.fields().iter().filter(|field| !is_hidden(field.name())) {
                    let null = if field.is_nullable() { "" } else { " not null" };
                    let _ = writeln!(out, "       {}: {}{null}", field.name(), type_name(field.data_type()));
                }
            }
            if let Some(quality) = &node.quality {
                for rule in &quality.rules.rules {
                    let _ = writeln!(out, "    rule {} ({}): {}", rule.id, rule.body.class().name(), rule.text);
                }
            }
        }
    }
    out
}

/// The graph of every job, an edge a line.
pub fn graph(program: &Program) -> String {
    let mut out = String::new();
    for (name, job) in &program.jobs {
        let _ = writeln!(out, "job {name}");
        for (_, node) in job.iter() {
            for edge in &node.inputs {
                let _ = writeln!(out, "  {} -> {}", job.node(edge.node).output_name(edge.port), node.name);
            }
            for (alias, edge) in &node.references {
                let _ = writeln!(out, "  {} -> {} (as `{alias}`)", job.node(edge.node).output_name(edge.port), node.name);
            }
        }
    }
    out
}

fn role(node: &Node) -> &'static str {
    match node.role {
        crate::spec::job::Role::Source => "source",
        crate::spec::job::Role::Transform => "transform",
        crate::spec::job::Role::Sink => "sink",
    }
}

fn kind(node: &Node) -> &'static str {
    match node.kind {
        Some(Kind::Source(def) | Kind::Sink(def)) => def.name,
        Some(Kind::Transform(def)) => def.name,
        None => "(unknown)",
    }
}

fn inputs(job: &Job, node: &Node) -> String {
    let names: Vec<_> = node.inputs.iter().map(|edge| job.node(edge.node).output_name(edge.port)).collect();
    if names.is_empty() { String::new() } else { format!(" from {}", names.join(", ")) }
}
