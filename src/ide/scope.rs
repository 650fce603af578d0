//! What can be named at a place: columns of inputs, data sets of rules, tables of queries.

use std::sync::Arc;

use super::Analysis;
use super::index::Symbol;
use super::walk::{self, Owner};
use crate::ir::{Edge, Job, NodeId, Quality};
use crate::source::{EmbedMap, Span, Text};
use crate::spec::job::Role;
use crate::spec::param::Param;
use crate::spec::project::{RulesetRef, RulesetSpec, resolve_ruleset};
use crate::syntax::yaml::Node;

/// The lists of records of a transform in which a key names a column that the transform makes.
pub(super) fn setting_names(transform: &str) -> &'static [(&'static str, &'static str)] {
    match transform {
        "derived_column" => &[("columns", "name")],
        "window" => &[("functions", "as")],
        "aggregate" => &[("aggregations", "as"), ("group_by", "as")],
        _ => &[],
    }
}

/// Whether a text setting gives a column its name.
pub(super) fn names_column(owner: &Owner<'_>, param: &Param) -> bool {
    let Some(node) = owner.node else { return false };
    match (node.role, node.kind) {
        (Role::Source, _) => param.name == "name",
        (Role::Transform, Some("apply_mapping" | "rename_field")) => param.name == "to",
        (Role::Transform, Some("fill_missing_values")) => param.name == "output",
        (Role::Transform, Some("derived_column")) => param.name == "name",
        (Role::Transform, Some("window" | "aggregate")) => param.name == "as",
        (Role::Transform | Role::Sink, _) => false,
    }
}

/// The checked node that something stands in.
pub(super) fn node_of<'a>(analysis: &'a Analysis, owner: &Owner<'_>) -> Option<(&'a Arc<Job>, NodeId)> {
    let job = analysis.jobs.get(owner.job?.as_str())?;
    Some((job, job.find(owner.node?.name.as_str())?))
}

/// Inputs whose columns a setting may name: `left` of a join means the first one.
pub(super) fn inputs_for(job: &Job, node: NodeId, param: &Param) -> Vec<Edge> {
    let inputs = &job.node(node).inputs;
    let pick = |at: usize| inputs.get(at).copied().into_iter().collect();
    match param.name {
        "left" => pick(0),
        "right" => pick(1),
        _ => inputs.clone(),
    }
}

/// A data set that a text may name columns of.
#[derive(Debug, Clone)]
pub(super) struct Table {
    /// The name before the dot; `None` for columns that need none.
    pub(super) name: Option<String>,
    /// The output it is.
    pub(super) edge: Edge,
    /// Whether its columns can be named without it.
    pub(super) bare: bool,
    /// Whether its name is that of a node (and not an alias).
    pub(super) is_node: bool,
}

/// The tables of an expression or a query of a node.
pub(super) fn tables(job: &Job, node: NodeId) -> Vec<Table> {
    let spec = job.node(node);
    let input =
        |edge: &Edge| Table { name: Some(job.node(edge.node).name.value.clone()), edge: *edge, bare: true, is_node: true };
    let mut tables: Vec<_> = spec.inputs.iter().map(input).collect();
    for (alias, arg) in spec.args.iter().flat_map(|args| args.map("aliases")) {
        let named = arg.text().map_or("", Text::as_str);
        let edge = spec.inputs.iter().find(|edge| {
            let from = job.node(edge.node);
            from.output_name(edge.port) == named || from.name.value == named
        });
        if let Some(edge) = edge {
            tables.push(Table { name: Some(alias.value.clone()), edge: *edge, bare: true, is_node: false });
        }
    }
    tables
}

/// A quality node that evaluates a ruleset.
#[derive(Debug, Clone)]
pub(super) struct Use {
    pub(super) job: Arc<Job>,
    pub(super) node: NodeId,
}

impl Use {
    /// The rules as they were checked against the node's input.
    pub(super) fn quality(&self) -> Option<&Quality> {
        self.job.node(self.node).quality.as_ref()
    }

    /// The data sets of its rules: the primary one, then those with an alias.
    pub(super) fn tables(&self) -> Vec<Table> {
        let node = self.job.node(self.node);
        let primary =
            node.inputs.first().map(|edge| Table { name: Some("primary".to_owned()), edge: *edge, bare: true, is_node: false });
        let others = node.references.iter().map(|(alias, edge)| Table {
            name: Some(alias.value.clone()),
            edge: *edge,
            bare: false,
            is_node: false,
        });
        primary.into_iter().chain(others).collect()
    }
}

/// Whether a map is the `catalog: { database, table }` of a source or sink.
pub(super) fn is_table_ref(owner: &Owner<'_>, record: &Node) -> bool {
    owner.node.is_some_and(|node| node.tree.get("catalog").is_some_and(|own| own.span == record.span))
}

/// What a setting of a `catalog: { database, table }` names.
pub(super) fn table_ref(owner: &Owner<'_>, param: &Param, record: &Node) -> Option<Symbol> {
    if !is_table_ref(owner, record) {
        return None;
    }
    let database = walk::scalar_of(record, "database")?.text.value.clone();
    let table = || walk::scalar_of(record, "table").map(|scalar| scalar.text.value.clone());
    match param.name {
        "database" => table().map(|_| Symbol::Database(database)),
        "table" => Some(Symbol::Table { database, table: table()? }),
        _ => None,
    }
}

/// A text of rules, with the nodes that evaluate it.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) ruleset: Arc<RulesetSpec>,
    pub(super) uses: Vec<Use>,
}

/// Every text of rules of a project: those with a name, in files, and inline.
pub(super) fn rules(analysis: &Analysis) -> Vec<Rules> {
    let Some(project) = &analysis.project else { return lone(analysis).into_iter().collect() };
    let files = project.ruleset_files.values().flatten();
    let mut all: Vec<Rules> = Vec::new();
    for ruleset in project.rulesets.values().chain(files) {
        if !all.iter().any(|rules| same(&rules.ruleset, ruleset)) {
            all.push(Rules { ruleset: Arc::clone(ruleset), uses: Vec::new() });
        }
    }
    for job in analysis.jobs.values() {
        for (node, spec) in job.iter().filter(|(_, node)| node.is_quality()) {
            let Some(setting) = spec.args.as_ref().and_then(|args| args.text("ruleset")) else { continue };
            let Some(ruleset) = resolve_ruleset(project, setting, &mut crate::diag::Sink::default()) else { continue };
            let used = Use { job: Arc::clone(job), node };
            match all.iter_mut().find(|rules| same(&rules.ruleset, &ruleset)) {
                Some(rules) => rules.uses.push(used),
                None => all.push(Rules { ruleset, uses: vec![used] }),
            }
        }
    }
    all
}

/// A ruleset that is checked alone.
fn lone(analysis: &Analysis) -> Option<Rules> {
    let file = analysis.map.find(&analysis.path)?;
    let source = analysis.map.file(file);
    let is_ruleset = source.path.extension().is_some_and(|extension| extension == "dqdl");
    let span = Span::file_start(file);
    let text = Text::new(source.text.to_string(), Span::new(file, 0, source.text.len()));
    let name = source.path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let ruleset = Arc::new(RulesetSpec { name: Text { value: name, map: EmbedMap::opaque(span) }, text, span, file });
    is_ruleset.then(|| Rules { ruleset, uses: Vec::new() })
}

/// Whether both are the text at one place.
fn same(a: &RulesetSpec, b: &RulesetSpec) -> bool {
    a.text.span() == b.text.span()
}

/// The quality nodes that evaluate the text which stands (or is about to stand) under a key of a spec, found by names.
pub(super) fn uses_of_text(analysis: &Analysis, owner: &Owner<'_>, ruleset: Option<&str>) -> Vec<Use> {
    if let Some((job, node)) = node_of(analysis, owner) {
        return vec![Use { job: Arc::clone(job), node }];
    }
    let Some(name) = ruleset else { return Vec::new() };
    let names = |job: &Arc<Job>, node: NodeId| {
        let setting = job.node(node).args.as_ref().and_then(|args| args.str("ruleset").map(str::to_owned));
        setting.is_some_and(|setting| RulesetRef::of(&setting) == RulesetRef::Name(name))
    };
    let all = analysis.jobs.values().flat_map(|job| job.iter().map(move |(id, _)| (job, id)));
    all.filter(|(job, node)| names(job, *node)).map(|(job, node)| Use { job: Arc::clone(job), node }).collect()
}

/// The name of the ruleset under `rulesets:` whose text is this value.
pub(super) fn ruleset_at(tree: &Node, text: &Text) -> Option<String> {
    let entries = tree.get("rulesets")?.entries();
    let holds = |node: &Node| node.span.start <= text.span().start && text.span().end <= node.span.end;
    entries.iter().find(|entry| holds(&entry.value)).map(|entry| entry.key.value.clone())
}
