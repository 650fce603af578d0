//! Where a name is defined, and where else it stands.

use super::Analysis;
use super::index::{Mention, Symbol};
use crate::source::Span;

/// What stands at a place: the smallest name that holds it, once for each thing it means.
pub fn symbols(analysis: &Analysis, place: Span) -> Vec<&Mention> {
    let mut found: Vec<&Mention> = analysis.index().at(place).filter(|mention| mention.span.start < mention.span.end).collect();
    let smallest = found.iter().map(|mention| mention.span.end - mention.span.start).min();
    found.retain(|mention| Some(mention.span.end - mention.span.start) == smallest);
    found
}

/// The definitions of what stands at a place. Of a column that a mapping makes of another one, also where that comes from.
pub fn definition(analysis: &Analysis, place: Span) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for mention in symbols(analysis, place) {
        let target = match &mention.symbol {
            Symbol::Port { job, node, .. } => &Symbol::Node { job: job.clone(), node: node.clone() },
            other => other,
        };
        spans.extend(analysis.index().definition(target).map(|definition| definition.span));
        if let Symbol::File(path) = target
            && let Some(file) = analysis.file(path)
        {
            spans.push(Span::file_start(file));
        }
    }
    unique(spans)
}

/// All places of what stands at a place.
pub fn references(analysis: &Analysis, place: Span, with_definition: bool) -> Vec<Span> {
    let named = symbols(analysis, place);
    let all = named.iter().flat_map(|mention| analysis.index().of_symbol(&mention.symbol));
    unique(all.filter(|mention| with_definition || !mention.defines).map(|mention| mention.span).collect())
}

fn unique(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort();
    spans.dedup();
    spans
}
