//! What is not written and good to see: values of variables, types of columns, that `between` leaves out its ends, what a rule
//! judges.

use super::Analysis;
use super::columns;
use super::embedded;
use super::judged;
use super::scope;
use super::walk::{self, Item};
use crate::diag::Sink;
use crate::source::{FileId, Span, Text};
use crate::spec::param::ParamType;
use crate::spec::project::RulesetRef;
use crate::stdlib::rule::RowClass;
use crate::syntax::dqdl;
use crate::syntax::dqdl::ast::ConditionKind;

/// A word that an editor shows behind a place.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hint {
    /// Behind which byte.
    pub at: u32,
    /// What is shown.
    pub label: String,
    /// Why.
    pub tooltip: String,
}

/// Longer values are cut.
const LONGEST: usize = 40;

/// The hints of a file.
pub fn hints(analysis: &Analysis, file: FileId) -> Vec<Hint> {
    let mut found = Vec::new();
    if analysis.stale {
        return found;
    }
    let source = analysis.map.file(file);
    if source.path.extension().is_some_and(|extension| extension == "dqdl") {
        rules(&Text::new(source.text.to_string(), Span::new(file, 0, source.text.len())), &mut found);
        judged(analysis, file, &mut found);
        found.sort();
        return found;
    }
    let Some(tree) = analysis.tree(file) else { return found };
    walk::walk(tree, &mut |owner, item| {
        let Item::Value { scalar, ty, param, .. } = item else { return };
        if scalar.text.span().file != file {
            return;
        }
        variables(analysis, &scalar.text, &mut found);
        match ty {
            ParamType::Column => {
                let Some((job, node)) = scope::node_of(analysis, &owner) else { return };
                let inputs = scope::inputs_for(job, node, param);
                if let Some(column) = inputs.iter().find_map(|edge| columns::column(job, *edge, scalar.text.as_str())) {
                    let null = if column.nullable { "" } else { " not null" };
                    let tooltip = format!("`{}` is {}{null} in the input of this node", column.name, column.ty);
                    found.push(Hint {
                        at: behind(tree_text(analysis, file), scalar.text.span()),
                        label: format!(": {}", column.ty),
                        tooltip,
                    });
                }
            }
            ParamType::Ruleset if RulesetRef::of(scalar.text.as_str()) == RulesetRef::Inline => rules(&scalar.text, &mut found),
            _ => {}
        }
    });
    judged(analysis, file, &mut found);
    found.sort();
    found.dedup();
    found
}

/// Whether rows can fail a rule, behind each rule.
fn judged(analysis: &Analysis, file: FileId, found: &mut Vec<Hint>) {
    for rule in judged::rules(analysis, file) {
        let label = match rule.class {
            RowClass::Row | RowClass::Group => " · rows",
            RowClass::Dataset => " · data set",
        };
        found.push(Hint { at: rule.span.end, label: label.to_owned(), tooltip: judged::words(rule.class).to_owned() });
    }
}

fn tree_text(analysis: &Analysis, file: FileId) -> &str {
    &analysis.map.file(file).text
}

/// Behind the closing quote, if there is one.
fn behind(text: &str, span: Span) -> u32 {
    let next = text.as_bytes().get(span.end as usize);
    span.end + u32::from(matches!(next, Some(b'"' | b'\'')))
}

fn variables(analysis: &Analysis, text: &Text, found: &mut Vec<Hint>) {
    let Some(project) = &analysis.project else { return };
    for (at, name) in super::index::variables(text.as_str()) {
        let Some(value) = project.variables.get(name) else { continue };
        let span = text.map.span(at, at + name.len());
        // Behind the brace.
        let rest = &analysis.map.file(span.file).text[span.end as usize..];
        let Some(brace) = rest.find('}').and_then(|brace| u32::try_from(brace).ok()) else { continue };
        let shown: String = value.chars().take(LONGEST).collect();
        let cut = if shown.len() < value.len() { "…" } else { "" };
        let of = project.target.as_ref().map_or_else(String::new, |target| format!(" for target `{target}`"));
        found.push(Hint {
            at: span.end + brace + 1,
            label: format!(" = {shown}{cut}"),
            tooltip: format!("the value of `{name}`{of}"),
        });
    }
}

fn rules(text: &Text, found: &mut Vec<Hint>) {
    if !text.map.is_exact() {
        return;
    }
    let parsed = dqdl::parse(text.as_str(), &text.map, dqdl::Dialect::Superset, &mut Sink::default());
    for rule in embedded::rules(&parsed) {
        let Some(condition) = &rule.condition else { continue };
        if let ConditionKind::Between { negated, .. } = condition.kind {
            let (label, tooltip) = match negated {
                false => (" exclusive", "neither end satisfies `between`"),
                true => (" ends included", "both ends satisfy `not between`"),
            };
            found.push(Hint { at: condition.span.end, label: label.to_owned(), tooltip: tooltip.to_owned() });
        }
    }
}
