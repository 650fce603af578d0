//! `targets.NAME.overrides`: values by dotted path, put over what the files say.

use std::sync::Arc;

use super::sections::Sections;
use super::targets::Target;
use crate::diag::codes::project::UNKNOWN_OVERRIDE;
use crate::diag::{Diagnostic, Sink};
use crate::source::{Span, Text};
use crate::spec::tree::{entries_mut, merge_over};
use crate::syntax::yaml::{Entry, Node, NodeKind};

/// Sections whose entries can be overridden.
const SECTIONS: &[&str] = &["jobs", "rulesets"];
/// Parts of a job that hold nodes by name.
const NODES: &[&str] = &["sources", "transforms", "sinks"];

/// Checks the overrides of all targets and applies those of the target that counts.
pub(super) fn apply(sections: &mut Sections, target: Option<&Target>, sink: &mut Sink) {
    let chosen = target.map(|target| target.name.span());
    let others: Vec<Entry> = sections
        .targets
        .iter()
        .filter(|other| Some(other.key.span()) != chosen)
        .filter_map(|other| other.value.get("overrides"))
        .flat_map(|node| node.entries().to_vec())
        .collect();
    if !others.is_empty() {
        // A path that is not there yet is made, which only the target that counts may do for good.
        let mut scratch = sections.clone();
        for entry in &others {
            if let Err(diagnostic) = place(&mut scratch, &entry.key) {
                sink.push(*diagnostic);
            }
        }
    }
    for entry in target.map(|target| target.overrides.as_slice()).unwrap_or_default() {
        match place(sections, &entry.key) {
            Ok(place) => merge_over(place, &entry.value),
            Err(diagnostic) => sink.push(*diagnostic),
        }
    }
}

/// The node that a path names. Settings that are not there yet are made; jobs, rulesets and nodes must exist.
fn place<'a>(sections: &'a mut Sections, path: &Text) -> Result<&'a mut Node, Box<Diagnostic>> {
    let mut parts = Vec::new();
    let mut at = 0;
    for part in path.value.split('.') {
        parts.push((part, path.map.span(at, at + part.len())));
        at += part.len() + 1;
    }
    let [(section, section_span), (name, name_span), rest @ ..] = parts.as_slice() else {
        let diagnostic = Diagnostic::new(&UNKNOWN_OVERRIDE, path.span(), format!("`{path}` is no path to a setting"))
            .here("expected `jobs.NAME…` or `rulesets.NAME…`")
            .help("a path is a section, a name and settings, with dots between them: `jobs.orders.sources.raw.path`");
        return Err(Box::new(diagnostic));
    };
    let mut node = match *section {
        "jobs" => job(&mut sections.jobs, name, *name_span)?,
        "rulesets" => find(&mut sections.rulesets, "ruleset", name, *name_span)?,
        other => return Err(Box::new(nothing("section", other, *section_span, SECTIONS.iter().copied()))),
    };
    for (index, (part, span)) in rest.iter().enumerate() {
        let must_exist = *section == "jobs" && index == 1 && NODES.contains(&rest[0].0);
        let (found, place) = (node.describe(), node.span);
        let Some(entries) = entries_mut(node) else {
            let diagnostic = Diagnostic::new(&UNKNOWN_OVERRIDE, *span, format!("there is no `{part}` in {found}"))
                .here("nothing to override")
                .also(place, "this is no map");
            return Err(Box::new(diagnostic));
        };
        if must_exist {
            let kind = rest[0].0.strip_suffix('s').unwrap_or("node");
            node = find(entries, kind, part, *span)?;
            continue;
        }
        let found = entries.iter().position(|entry| entry.key.value == *part).unwrap_or_else(|| {
            let empty = Node { kind: NodeKind::Map(Vec::new()), span: *span };
            entries.push(Entry { key: Text::new(*part, *span), value: empty });
            entries.len() - 1
        });
        node = &mut entries[found].value;
    }
    Ok(node)
}

fn job<'a>(entries: &'a mut [Arc<Entry>], name: &str, span: Span) -> Result<&'a mut Node, Box<Diagnostic>> {
    match entries.iter().position(|entry| entry.key.value == name) {
        Some(found) => Ok(&mut Arc::make_mut(&mut entries[found]).value),
        None => Err(Box::new(nothing("job", name, span, entries.iter().map(|entry| entry.key.as_str())))),
    }
}

fn find<'a>(entries: &'a mut [Entry], kind: &str, name: &str, span: Span) -> Result<&'a mut Node, Box<Diagnostic>> {
    match entries.iter().position(|entry| entry.key.value == name) {
        Some(found) => Ok(&mut entries[found].value),
        None => Err(Box::new(nothing(kind, name, span, entries.iter().map(|entry| entry.key.as_str())))),
    }
}

fn nothing<'a>(kind: &str, name: &str, span: Span, names: impl Iterator<Item = &'a str> + Clone) -> Diagnostic {
    Diagnostic::new(&UNKNOWN_OVERRIDE, span, format!("there is no {kind} `{name}` to override"))
        .here(format!("unknown {kind}"))
        .suggest_or_list(span, name, "there are", names)
}
