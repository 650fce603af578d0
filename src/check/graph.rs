//! The graph of a job: its order, cycles, nodes that nobody needs.

use std::collections::BTreeSet;

use petgraph::algo::{kosaraju_scc, toposort};
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, Reversed};

use crate::diag::{Diagnostic, Sink, codes, suggest};
use crate::ir::{Job, NodeId};
use crate::spec::job::Role;
use crate::stdlib::transform::port;

/// The graph with an edge from every node to those that read it.
pub(super) fn of(job: &Job) -> DiGraph<NodeId, ()> {
    let mut graph = DiGraph::with_capacity(job.nodes.len(), job.nodes.len());
    for (id, _) in job.iter() {
        graph.add_node(id);
    }
    for (id, node) in job.iter() {
        for edge in node.edges() {
            graph.update_edge(NodeIndex::new(edge.node.0), NodeIndex::new(id.0), ());
        }
    }
    graph
}

/// Puts the nodes in order; reports cycles and leaves their nodes out. Whether there was none.
pub(super) fn sort(job: &mut Job, sink: &mut Sink) -> bool {
    let mut graph = of(job);
    let mut caught = BTreeSet::new();
    for component in kosaraju_scc(&graph) {
        let first = component[0];
        if component.len() == 1 && !graph.contains_edge(first, first) {
            continue;
        }
        let members: BTreeSet<NodeId> = component.iter().map(|index| graph[*index]).collect();
        report(job, &members, sink);
        caught.extend(members);
    }
    graph.retain_edges(|graph, edge| {
        graph.edge_endpoints(edge).is_some_and(|(from, to)| !caught.contains(&graph[from]) || !caught.contains(&graph[to]))
    });
    // Without the edges of cycles there is an order.
    let order = toposort(&graph, None).unwrap_or_default();
    job.order = order.into_iter().map(|index| graph[index]).filter(|id| !caught.contains(id)).collect();
    // Among several orders the one that was written is the easiest to follow.
    stable(job);
    caught.is_empty()
}

/// Re-orders so that, of the nodes whose inputs are all there, the one written first comes first.
fn stable(job: &mut Job) {
    let all: BTreeSet<NodeId> = job.order.iter().copied().collect();
    let mut left = all.clone();
    let mut order = Vec::with_capacity(all.len());
    while let Some(next) =
        left.iter().copied().find(|id| job.node(*id).edges().all(|edge| !left.contains(&edge.node) || edge.node == *id))
    {
        left.remove(&next);
        order.push(next);
    }
    job.order = order;
}

fn report(job: &Job, members: &BTreeSet<NodeId>, sink: &mut Sink) {
    // Walk round the cycle from the node written first, back along inputs.
    let Some(&start) = members.iter().next() else { return };
    let mut names = vec![job.node(start).name.value.clone()];
    let mut steps = Vec::new();
    let mut at = start;
    let mut seen = BTreeSet::from([start]);
    loop {
        let edges = || job.node(at).edges().filter(|edge| members.contains(&edge.node));
        let Some(edge) = edges().find(|edge| !seen.contains(&edge.node)).or_else(|| edges().next()) else { break };
        steps.push((edge.span, format!("`{}` reads `{}`", job.node(at).name, job.node(edge.node).name)));
        at = edge.node;
        if !seen.insert(at) {
            break;
        }
        names.push(job.node(at).name.value.clone());
    }
    let Some(((span, text), rest)) = steps.split_first() else { return };
    let message = match names.as_slice() {
        [only] => format!("`{only}` reads itself"),
        [first, second] => format!("`{first}` and `{second}` read each other"),
        all => format!("{} read each other in a circle", suggest::list(all.iter().map(String::as_str), 8)),
    };
    let mut cycle = Diagnostic::new(&codes::names::CYCLE, *span, message).here(text.clone());
    for (span, text) in rest {
        cycle = cycle.also(*span, text.clone());
    }
    sink.push(cycle.help(if rest.is_empty() {
        "name the node whose rows it is to read"
    } else {
        "data flows in one direction: one of these inputs has to be another node"
    }));
}

/// Nodes from which no sink can be reached, and failed rows that nobody keeps.
pub(super) fn unused(job: &Job, sink: &mut Sink) {
    failed_rows(job, sink);
    let graph = of(job);
    let reversed = Reversed(&graph);
    let mut needed = BTreeSet::new();
    for (id, _) in job.iter().filter(|(_, node)| node.role == Role::Sink) {
        let mut walk = Dfs::new(reversed, NodeIndex::new(id.0));
        while let Some(index) = walk.next(reversed) {
            needed.insert(graph[index]);
        }
    }
    // Of a chain that goes nowhere only the last node is named.
    for (id, node) in job.iter().filter(|(id, node)| node.role != Role::Sink && !needed.contains(id)) {
        if graph.neighbors(NodeIndex::new(id.0)).next().is_some() {
            continue;
        }
        let unused =
            Diagnostic::new(&codes::lint::UNUSED_NODE, node.name.span(), format!("the rows of `{}` go nowhere", node.name));
        sink.push(unused.here("no sink reads it").help("name it in the `inputs` of a node or a sink, or remove it"));
    }
}

/// Quality nodes whose failed rows nobody reads, although somebody reads the others.
fn failed_rows(job: &Job, sink: &mut Sink) {
    for (id, node) in job.iter().filter(|(_, node)| node.is_quality()) {
        // These outputs have the failed rows, with or without their reasons.
        let keeps = [port::FAILED, port::ORIGINAL, port::ROW_LEVEL].iter().any(|port| job.is_read(id, *port));
        if job.readers(id, port::PASSED).is_empty() || keeps {
            continue;
        }
        let message = format!("rows that fail the rules of `{}` are dropped", node.name);
        let dropped = Diagnostic::new(&codes::lint::FAILED_ROWS_DROPPED, node.name.span(), message);
        sink.push(
            dropped
                .here(format!("nobody reads `{}.failed`", node.name))
                .help(format!("add a sink with `inputs: [{}.failed]`", node.name)),
        );
    }
}
