//! The outline of a file: sections, jobs, nodes, rulesets, rules.

use super::Analysis;
use super::walk;
use crate::diag::Sink;
use crate::source::{EmbedMap, FileId, Span, Text};
use crate::syntax::dqdl;
use crate::syntax::yaml::{Entry, Node};

/// A line of the outline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// Its name.
    pub name: String,
    /// What it is, in a word or two.
    pub detail: String,
    /// What it is.
    pub kind: OutlineKind,
    /// All of it.
    pub span: Span,
    /// Its name.
    pub selection: Span,
    /// What is in it.
    pub children: Vec<Outline>,
}

/// What a line of the outline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutlineKind {
    /// `jobs:`
    Section,
    /// A job.
    Job,
    /// A source, transform or sink.
    Node,
    /// A ruleset.
    Ruleset,
    /// A rule.
    Rule,
    /// A variable, a target, a template, a constant.
    Value,
}

/// The outline of a file.
pub fn outline(analysis: &Analysis, file: FileId) -> Vec<Outline> {
    let source = analysis.map.file(file);
    if source.path.extension().is_some_and(|extension| extension == "dqdl") {
        return rules(&source.text, &EmbedMap::file(file, source.text.len()));
    }
    let Some(tree) = analysis.tree(file) else { return Vec::new() };
    tree.entries().iter().filter_map(section).collect()
}

fn section(entry: &Entry) -> Option<Outline> {
    let children: Vec<_> = match entry.key.as_str() {
        "jobs" => entry.value.entries().iter().map(job).collect(),
        "rulesets" => entry.value.entries().iter().map(ruleset).collect(),
        "variables" | "targets" | "templates" => {
            entry.value.entries().iter().map(|entry| item(entry, OutlineKind::Value, String::new(), Vec::new())).collect()
        }
        _ => return None,
    };
    Some(item(entry, OutlineKind::Section, String::new(), children))
}

fn job(entry: &Entry) -> Outline {
    let mut children = Vec::new();
    for part in entry.value.entries() {
        let role = match part.key.as_str() {
            "sources" => "source",
            "transforms" => "transform",
            "sinks" => "sink",
            _ => continue,
        };
        children.extend(part.value.entries().iter().map(|node| {
            let kind = walk::scalar_of(&node.value, "type").map_or("", |scalar| scalar.text.as_str());
            item(node, OutlineKind::Node, format!("{role} {kind}").trim_end().to_owned(), Vec::new())
        }));
    }
    item(entry, OutlineKind::Job, String::new(), children)
}

fn ruleset(entry: &Entry) -> Outline {
    let text = match &entry.value {
        Node { kind: crate::syntax::yaml::NodeKind::Scalar(scalar), .. } => Some(&scalar.text),
        map => walk::scalar_of(map, "dqdl").map(|scalar| &scalar.text),
    };
    let children = text.map_or_else(Vec::new, |text: &Text| rules(text.as_str(), &text.map));
    item(entry, OutlineKind::Ruleset, String::new(), children)
}

fn item(entry: &Entry, kind: OutlineKind, detail: String, children: Vec<Outline>) -> Outline {
    let selection = entry.key.span();
    Outline { name: entry.key.value.clone(), detail, kind, span: selection.to(entry.value.span), selection, children }
}

/// Constants and rules of a text.
fn rules(text: &str, map: &EmbedMap) -> Vec<Outline> {
    let parsed = dqdl::parse(text, map, dqdl::Dialect::Superset, &mut Sink::default());
    let constants = parsed.constants.iter().map(|constant| Outline {
        name: constant.name.text.clone(),
        detail: "constant".to_owned(),
        kind: OutlineKind::Value,
        span: constant.span,
        selection: constant.name.span,
        children: Vec::new(),
    });
    let rules = parsed.rules.iter().flat_map(|section| &section.items).map(|rule| Outline {
        name: dqdl::rule_text(rule),
        detail: String::new(),
        kind: OutlineKind::Rule,
        span: rule.span(),
        selection: rule.span(),
        children: Vec::new(),
    });
    let analyzers = parsed.analyzers.iter().flat_map(|section| &section.items).map(|rule| Outline {
        name: dqdl::rule_text(&dqdl::ast::RuleNode::Rule(rule.clone())),
        detail: "analyzer".to_owned(),
        kind: OutlineKind::Rule,
        span: rule.span,
        selection: rule.span,
        children: Vec::new(),
    });
    constants.chain(rules).chain(analyzers).collect()
}
