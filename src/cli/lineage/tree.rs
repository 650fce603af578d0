//! A column step by step: up to its sources, or down to rules and sinks.

use std::collections::BTreeSet;

use super::view::Chosen;
use crate::ir::NodeId;
use crate::lineage::{Consumer, How, Indirect, Origin, RuleUse};
use crate::spec::job::Role;
use crate::stdlib::rule::{Action, RowClass};
use crate::stdlib::transform::port;

/// A column and what it depends on, or what depends on it.
#[derive(Debug)]
pub(super) struct Tree {
    /// `node.column`, `node.port.column`; `node` alone for all rows of it.
    pub(super) name: String,
    /// What kind of node has it.
    pub(super) node: &'static str,
    /// How the one above depends on it, or it on the one above; `None` at the top.
    pub(super) how: Option<How>,
    /// How it is computed, if it is not taken over as it is.
    pub(super) text: Option<String>,
    /// Rules that look at it here.
    pub(super) rules: Vec<Tested>,
    /// Whether it is told already, further up.
    pub(super) again: bool,
    /// The next steps.
    pub(super) next: Vec<Tree>,
}

/// A rule that looks at a column.
#[derive(Debug)]
pub(super) struct Tested {
    /// The quality node.
    pub(super) node: String,
    /// `Rule_1`
    pub(super) id: String,
    /// Its text.
    pub(super) rule: String,
    /// The sinks that get the rows that fail it.
    pub(super) failing: Vec<String>,
}

type Seen = BTreeSet<(NodeId, usize, String, Vec<String>)>;

/// A column of a node's output, or of a sink, with what it is made of. `None` if there is no such column.
pub(super) fn up(chosen: &Chosen<'_>, id: NodeId, port: Option<usize>, column: &str) -> Option<Tree> {
    let (node, at) = match port {
        Some(port) => (id, port),
        None => {
            let edge = chosen.job.node(id).inputs.first()?;
            (edge.node, edge.port)
        }
    };
    let name = chosen.lineage.column(node, at, column)?.name.clone();
    let mut seen = Seen::new();
    let origin =
        Origin { node, port: at, column: name.clone(), path: Vec::new(), how: How::Direct(crate::lineage::Direct::Identity) };
    let mut tree = step(chosen, &origin, &mut seen);
    tree.how = None;
    if port.is_some() {
        return Some(tree);
    }
    tree.how = Some(origin.how);
    let top = Tree { name: format!("{}.{name}", chosen.job.node(id).name), node: "sink", how: None, ..Tree::empty() };
    Some(Tree { next: vec![tree], ..top })
}

impl Tree {
    fn empty() -> Self {
        Self { name: String::new(), node: "", how: None, text: None, rules: Vec::new(), again: false, next: Vec::new() }
    }
}

fn step(chosen: &Chosen<'_>, origin: &Origin, seen: &mut Seen) -> Tree {
    let job = chosen.job;
    let node = job.node(origin.node);
    // What a field is made of is told by the steps behind it.
    let field: String = origin.path.iter().flat_map(|part| [".", part.as_str()]).collect();
    let known = chosen.lineage.column(origin.node, origin.port, &origin.column);
    let mut tree = Tree {
        name: format!("{}.{}{field}", node.output_name(origin.port), origin.column),
        node: kind(chosen, origin.node),
        how: Some(origin.how),
        rules: passed_rules(chosen, origin),
        text: known.and_then(|column| column.text.clone()),
        ..Tree::empty()
    };
    let key = (origin.node, origin.port, origin.column.clone(), origin.path.clone());
    let origins = chosen.lineage.behind(origin);
    if !seen.insert(key) {
        tree.again = !origins.is_empty();
        return tree;
    }
    tree.next = origins.iter().map(|origin| step(chosen, origin, seen)).collect();
    tree
}

/// The rules of the quality node that a column has just come through.
fn passed_rules(chosen: &Chosen<'_>, origin: &Origin) -> Vec<Tested> {
    let rules = &chosen.lineage.nodes[origin.node.0].rules;
    let about = rules.iter().filter(|rule| rule.columns.contains(&origin.column));
    about.map(|rule| tested(chosen, origin.node, rule)).collect()
}

fn tested(chosen: &Chosen<'_>, id: NodeId, rule: &RuleUse) -> Tested {
    let routes = rule.class != RowClass::Dataset && rule.action == Action::Route;
    Tested {
        node: chosen.job.node(id).name.value.clone(),
        id: rule.id.clone(),
        rule: rule.text.clone(),
        failing: if routes { sinks_below(chosen, id, port::FAILED) } else { Vec::new() },
    }
}

/// The sinks that rows of an output reach.
fn sinks_below(chosen: &Chosen<'_>, id: NodeId, port: usize) -> Vec<String> {
    let job = chosen.job;
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut open = job.readers(id, port);
    while let Some((id, _)) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        let node = job.node(id);
        if node.role == Role::Sink {
            found.insert(id);
        }
        open.extend((0..node.outputs.len()).flat_map(|port| job.readers(id, port)));
    }
    found.into_iter().map(|id| job.node(id).name.value.clone()).collect()
}

fn kind(chosen: &Chosen<'_>, id: NodeId) -> &'static str {
    use crate::ir::Kind;
    match chosen.job.node(id).kind {
        Some(Kind::Source(_)) => "source",
        Some(Kind::Transform(def)) => def.name,
        Some(Kind::Sink(_)) => "sink",
        None => "node",
    }
}

/// A column of a node's output with what is made of it.
pub(super) fn down(chosen: &Chosen<'_>, id: NodeId, port: Option<usize>, column: &str) -> Option<Tree> {
    let Some(port) = port else {
        let column = chosen.written(*chosen.job.node(id).inputs.first()?).iter().find(|known| known.name == column)?;
        return Some(Tree { name: format!("{}.{}", chosen.job.node(id).name, column.name), node: "sink", ..Tree::empty() });
    };
    let name = chosen.lineage.column(id, port, column)?.name.clone();
    Some(below(chosen, id, port, &name, None, &mut Seen::new()))
}

fn below(chosen: &Chosen<'_>, id: NodeId, port: usize, column: &str, how: Option<How>, seen: &mut Seen) -> Tree {
    let job = chosen.job;
    let own = chosen.lineage.column(id, port, column);
    let mut tree = Tree {
        name: format!("{}.{column}", job.node(id).output_name(port)),
        node: kind(chosen, id),
        how,
        text: own.and_then(|column| column.text.clone()),
        rules: chosen.lineage.tests(job, id, port, column).into_iter().map(|(id, rule)| tested(chosen, id, rule)).collect(),
        ..Tree::empty()
    };
    let consumers = chosen.lineage.consumers(job, id, port, column);
    let consumers: Vec<_> = consumers.into_iter().filter(|one| is_wanted(chosen, one)).collect();
    if !seen.insert((id, port, column.to_owned(), Vec::new())) {
        tree.again = !consumers.is_empty();
        return tree;
    }
    for Consumer { node, port, column: name, how } in consumers {
        tree.next.push(match (port, name) {
            (Some(port), Some(name)) => below(chosen, node, port, &name, Some(how), seen),
            (Some(port), None) => Tree {
                name: format!("all rows of {}", job.node(node).output_name(port)),
                node: kind(chosen, node),
                how: Some(how),
                ..Tree::empty()
            },
            (None, _) => {
                Tree { name: format!("{}.{column}", job.node(node).name), node: "sink", how: Some(how), ..Tree::empty() }
            }
        });
    }
    tree
}

/// Outputs that nobody reads say nothing.
fn is_wanted(chosen: &Chosen<'_>, consumer: &Consumer) -> bool {
    let Some(port) = consumer.port else { return true };
    let node = chosen.job.node(consumer.node);
    let parts = node.is_quality();
    // That rules decide where rows go is told by the rules.
    let told = parts && consumer.column.is_none() && consumer.how == How::Indirect(Indirect::Filter);
    (node.outputs.len() == 1 || chosen.job.is_read(consumer.node, port)) && !told
}
