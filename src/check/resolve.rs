//! Names to ids: inputs, ports, references of rules.

use super::Cx;
use crate::diag::{Diagnostic, Safety, Sink, codes, suggest};
use crate::ir::{Edge, Job, Kind, Node, NodeId, Output};
use crate::source::{Span, Text};
use crate::spec::job::{InputRef, Job as JobSpec, NodeSpec, Role};
use crate::spec::param::Arg;
use crate::stdlib::connector::{self, Malformed};
use crate::stdlib::transform;

/// The job with its names resolved, and whether all of them could be.
///
/// A name that is nearly right is taken for what it most likely means, so that the nodes after it are checked too.
pub(super) fn job(cx: &Cx<'_>, spec: &JobSpec, sink: &mut Sink) -> (Job, bool) {
    let _ = cx;
    let mut nodes: Vec<Node> = spec.nodes.values().map(node).collect();
    let mut complete = true;
    for (at, written) in spec.nodes.values().enumerate() {
        let mut inputs: Vec<Edge> = Vec::new();
        for input in &written.inputs {
            match edge(&nodes, at, input, sink) {
                Some(edge) => {
                    if let Some(same) = inputs.iter().find(|other| other.node == edge.node && other.port == edge.port) {
                        let twice =
                            Diagnostic::new(&codes::names::SAME_INPUT, edge.span, format!("`{}` is named twice", input.text));
                        sink.push(
                            twice.here("the same rows again").also(same.span, "first named here").help("leave one of them out"),
                        );
                        complete = false;
                    }
                    inputs.push(edge);
                }
                None => complete = false,
            }
        }
        for (alias, input) in references(written) {
            match edge(&nodes, at, &input, sink) {
                Some(edge) => nodes[at].references.push((alias, edge)),
                None => complete = false,
            }
        }
        // What did not fit was reported; inputs and references may be missing for that reason alone.
        let read = match &written.args {
            Some(args) => !args.misfit("additional_data_sources"),
            None => written.role == Role::Source,
        };
        complete &= read;
        let whole = read && inputs.len() == written.inputs.len();
        nodes[at].inputs = inputs;
        if whole {
            complete &= count(&nodes[at], written, sink);
        }
    }
    let job = Job { name: spec.name.clone(), args: spec.args.clone(), nodes, order: Vec::new() };
    (job, complete)
}

fn node(spec: &NodeSpec) -> Node {
    let word = spec.kind.as_str();
    let kind = match spec.role {
        Role::Source => connector::find(word).filter(|def| def.source.is_some()).map(Kind::Source),
        Role::Transform => transform::find(word).map(Kind::Transform),
        Role::Sink => connector::find(word).filter(|def| def.sink.is_some()).map(Kind::Sink),
    };
    Node {
        name: spec.name.clone(),
        role: spec.role,
        kind,
        args: spec.args.clone(),
        inputs: Vec::new(),
        references: Vec::new(),
        outputs: outputs(spec, kind),
        quality: None,
        partitions: Vec::new(),
        changes: Vec::new(),
        span: spec.span,
    }
}

fn outputs(spec: &NodeSpec, kind: Option<Kind>) -> Vec<Output> {
    let output = |name| Output { name, schema: None };
    match (kind, spec.role) {
        (_, Role::Sink) => Vec::new(),
        (Some(Kind::Source(def)), _) => {
            // Of a source that could not be read it is not known: a second output is given the benefit of the doubt.
            let keeps = match (&def.source, &spec.args) {
                (Some(source), Some(args)) if !args.misfit("on_malformed") => (source.malformed)(args),
                _ => Malformed::Quarantine,
            };
            if keeps == Malformed::Quarantine { vec![output(None), output(Some("malformed"))] } else { vec![output(None)] }
        }
        (Some(Kind::Transform(def)), _) if !def.ports.is_empty() => {
            def.ports.iter().map(|port| output(Some(port.name))).collect()
        }
        _ => vec![output(None)],
    }
}

/// The other data sets of a quality node: `{alias: node}`.
fn references(spec: &NodeSpec) -> Vec<(Text, InputRef)> {
    let Some(args) = &spec.args else { return Vec::new() };
    let reference = |(alias, arg): &(Text, Arg)| {
        let text = arg.text()?.clone();
        let (node, port) = match text.value.split_once('.') {
            Some((node, port)) => (node.to_owned(), Some(port.to_owned())),
            None => (text.value.clone(), None),
        };
        Some((alias.clone(), InputRef { text, node, port }))
    };
    args.map("additional_data_sources").iter().filter_map(reference).collect()
}

/// The output an input names.
pub(super) fn edge(nodes: &[Node], reader: usize, input: &InputRef, sink: &mut Sink) -> Option<Edge> {
    let span = input.text.span();
    let found = nodes.iter().position(|node| node.name.value == input.node);
    let node = if let Some(node) = found {
        node
    } else {
        let candidates: Vec<&str> = nodes
            .iter()
            .enumerate()
            .filter(|(at, node)| *at != reader && node.role != Role::Sink)
            .map(|(_, node)| node.name.as_str())
            .collect();
        let place = part(input, span, 0, input.node.len());
        let unknown = Diagnostic::new(&codes::names::UNKNOWN_NODE, place, format!("unknown node `{}`", input.node));
        sink.push(
            unknown
                .here("no node of that name in this job")
                .note(format!("nodes of this job: {}", suggest::list(candidates.iter().copied(), 12)))
                .suggest(place, &input.node, candidates.iter().copied()),
        );
        let near = suggest::nearest(&input.node, candidates.iter().copied())?;
        nodes.iter().position(|node| node.name.as_str() == near)?
    };
    if nodes[node].role == Role::Sink {
        let wrong = Diagnostic::new(&codes::names::SINK_AS_INPUT, span, format!("`{}` is a sink and cannot be read", input.node));
        sink.push(
            wrong.here("nothing comes out of a sink").also(nodes[node].name.span(), "the sink").help("read the node before it"),
        );
        return None;
    }
    let port = port(&nodes[node], input, span, sink);
    Some(Edge { node: NodeId(node), port, span })
}

fn port(node: &Node, input: &InputRef, span: Span, sink: &mut Sink) -> usize {
    let Some(wanted) = &input.port else { return 0 };
    let names: Vec<&str> = node.outputs.iter().filter_map(|output| output.name).collect();
    if let Some(found) = node.outputs.iter().position(|output| output.name == Some(wanted.as_str())) {
        return found;
    }
    if node.kind.is_none() {
        return 0;
    }
    let place = part(input, span, input.node.len() + 1, input.text.value.len());
    let unknown = Diagnostic::new(&codes::names::UNKNOWN_PORT, place, format!("`{}` has no output `{wanted}`", node.name));
    let unknown = if names.is_empty() {
        single(unknown.here("this node has a single output"), node, input, span)
    } else {
        unknown.here("no output of that name").note(format!("its outputs: {}", suggest::list(names.iter().copied(), 8))).suggest(
            place,
            wanted,
            names.iter().copied(),
        )
    };
    sink.push(unknown);
    suggest::nearest(wanted, names.iter().copied())
        .and_then(|near| node.outputs.iter().position(|output| output.name == Some(near)))
        .unwrap_or(0)
}

/// What to do about a port of a node that has a single output.
fn single(unknown: Diagnostic, node: &Node, input: &InputRef, span: Span) -> Diagnostic {
    if node.role == Role::Source && input.port.as_deref() == Some("malformed") {
        return unknown.help(format!("set `on_malformed: quarantine` in `{}` to keep malformed rows", node.name));
    }
    let unknown = unknown.help(format!("write `{}`", node.name));
    if input.text.map.is_exact() {
        return unknown.fix(format!("replace with `{}`", node.name), span, node.name.as_str(), Safety::Unsafe);
    }
    unknown
}

/// A part of `node.port`, if the text stands in the file as it is.
fn part(input: &InputRef, whole: Span, start: usize, end: usize) -> Span {
    if input.text.map.is_exact() { input.text.map.span(start, end) } else { whole }
}

fn count(node: &Node, written: &NodeSpec, sink: &mut Sink) -> bool {
    let have = node.inputs.len();
    let (fits, takes) = match node.kind {
        Some(Kind::Transform(def)) => (def.inputs.takes(have), def.inputs.describe()),
        Some(Kind::Sink(_)) => (have == 1, "one input"),
        Some(Kind::Source(_)) | None => (true, ""),
    };
    if fits {
        return true;
    }
    let place = written.inputs.first().map_or(written.kind.span(), |first| {
        written.inputs.iter().fold(first.text.span(), |span, input| span.to(input.text.span()))
    });
    let what = if node.role == Role::Sink { "a sink".to_owned() } else { format!("`{}`", written.kind) };
    let message = format!("{what} takes {takes}, not {have}");
    let wrong = Diagnostic::new(&codes::names::INPUT_COUNT, place, message);
    let help = match (have, takes) {
        (0, _) => "name the nodes it reads under `inputs`",
        (1, _) => "name another node under `inputs`",
        (_, "one input") => "put the inputs together before, with `join` or `union`",
        _ => "join two of them first, then the result with the next",
    };
    sink.push(wrong.here(if have == 1 { "one here".to_owned() } else { format!("{have} here") }).help(help));
    false
}
