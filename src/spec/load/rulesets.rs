//! Rulesets: under `rulesets:` as text or by file, and `.dqdl` files beside the specs, named by their stem.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::discover::{self, Layout};
use super::sections::Sections;
use super::variables::Values;
use super::{Vocabulary, reference};
use crate::diag::codes::project::DUPLICATE_DEFINITION;
use crate::diag::codes::spec::MISSING_SETTING;
use crate::diag::{Diagnostic, Sink};
use crate::source::{EmbedMap, SourceMap, Span, Text};
use crate::spec::job::{Job, Role};
use crate::spec::param::decode::{Scope, decode_in};
use crate::spec::param::{Param, ParamType};
use crate::spec::project::{RulesetRef, RulesetSpec};
use crate::syntax::yaml::{Entry, NodeKind};
use crate::world::World;

/// An entry of `rulesets:`.
pub const RULESET: &[Param] = &[
    Param::optional("dqdl", ParamType::Text, "the DQDL text"),
    Param::optional("file", ParamType::Path, "the `.dqdl` file that holds it, from the project's root"),
    Param::optional("description", ParamType::Text, "what it is for"),
    Param::optional("target", ParamType::OneOf(&["etl", "catalog"]), "where AWS evaluates it; has no effect locally"),
    Param::optional("tags", ParamType::Map(&ParamType::Text), "labels"),
];

/// Reads texts of rulesets.
pub(super) struct Reader<'a> {
    pub(super) world: &'a dyn World,
    pub(super) root: &'a Path,
    pub(super) map: &'a mut SourceMap,
    /// How many sources had their columns in files of their own so far.
    pub(super) pins: usize,
}

impl Reader<'_> {
    /// The ruleset in a file. `from` is where the file is named, if it is.
    fn file(&mut self, path: &Path, name: Option<Text>, from: Option<Span>, sink: &mut Sink) -> Option<RulesetSpec> {
        let (file, text) = discover::read(self.world, path, from, self.map, sink)?;
        let map = EmbedMap::file(file, text.len());
        let span = from.unwrap_or(Span::file_start(file));
        let name = name.unwrap_or_else(|| Text { value: discover::stem(path), map: EmbedMap::opaque(Span::file_start(file)) });
        Some(RulesetSpec { name, text: Text { value: text.to_string(), map }, span, file })
    }
}

/// All rulesets that have a name.
pub(super) fn named(
    sections: &Sections,
    layout: &Layout,
    values: &Values<'_>,
    reader: &mut Reader<'_>,
    sink: &mut Sink,
) -> IndexMap<String, RulesetSpec> {
    let mut rulesets = IndexMap::new();
    let mut claimed = Vec::new();
    for entry in &sections.rulesets {
        if let Some(ruleset) = defined(entry, values, reader, sink) {
            claimed.push(ruleset.file);
            rulesets.insert(entry.key.value.clone(), ruleset);
        }
    }
    for path in &layout.rulesets {
        let name = discover::stem(path);
        let Some(ruleset) = reader.file(path, None, None, sink) else { continue };
        // A file that has a name under `rulesets:` goes by that name.
        if claimed.contains(&ruleset.file) {
            continue;
        }
        let place = sections.rulesets.iter().find(|entry| entry.key.value == name).map(|entry| entry.key.span());
        let earlier = place.or_else(|| rulesets.get(&name).map(|earlier| earlier.name.span()));
        if let Some(first) = earlier {
            let diagnostic =
                Diagnostic::new(&DUPLICATE_DEFINITION, ruleset.name.span(), format!("ruleset `{name}` is defined twice"))
                    .here("this file is named like it")
                    .also(first, "first defined here")
                    .help(format!("rename the file, or say `file: {}` there", discover::shown(path).display()));
            sink.push(diagnostic);
            continue;
        }
        rulesets.insert(name, ruleset);
    }
    rulesets
}

/// `name: { dqdl: … }`, `name: { file: … }`, or short the text itself.
fn defined(entry: &Entry, values: &Values<'_>, reader: &mut Reader<'_>, sink: &mut Sink) -> Option<RulesetSpec> {
    let mut node = entry.value.clone();
    reference::fill(&mut node, values, sink);
    let inline =
        |text: &Text| RulesetSpec { name: entry.key.clone(), text: text.clone(), span: node.span, file: text.span().file };
    if let NodeKind::Scalar(scalar) = &node.kind
        && RulesetRef::of(scalar.text.as_str()) == RulesetRef::Inline
    {
        return Some(inline(&scalar.text));
    }
    let what = format!("ruleset `{}`", entry.key);
    let before = sink.len();
    let args = decode_in(&node, RULESET, Scope { what: &what, at: Some(entry.key.span()), elsewhere: &[] }, sink)?;
    match (args.text("dqdl"), args.text("file")) {
        (Some(text), None) => Some(inline(text)),
        (None, Some(path)) => reader.file(&reader.root.join(path.as_str()), Some(entry.key.clone()), Some(path.span()), sink),
        (Some(text), Some(path)) => {
            let diagnostic = Diagnostic::new(&DUPLICATE_DEFINITION, path.span(), format!("{what} has both `dqdl` and `file`"))
                .here("the second text")
                .also(first_line(text), "the first one")
                .help("remove one of them");
            sink.push(diagnostic);
            None
        }
        (None, None) => {
            // One that did not fit or is misspelled was reported.
            if sink.len() == before {
                let diagnostic = Diagnostic::new(&MISSING_SETTING, entry.key.span(), format!("{what} needs `dqdl` or `file`"))
                    .here("has no rules")
                    .help("write the rules as `dqdl: |`, or name a `.dqdl` file as `file:`");
                sink.push(diagnostic);
            }
            None
        }
    }
}

fn first_line(text: &Text) -> Span {
    let line = text.value.find('\n').unwrap_or(text.value.len());
    text.map.span(0, line)
}

/// The files that settings name by path, each read once.
pub(super) fn files(
    jobs: &IndexMap<String, Arc<Job>>,
    vocabulary: &Vocabulary,
    reader: &mut Reader<'_>,
    sink: &mut Sink,
) -> IndexMap<String, Option<RulesetSpec>> {
    let mut files = IndexMap::new();
    for node in jobs.values().flat_map(|job| job.nodes.values()).filter(|node| node.role == Role::Transform) {
        let table = vocabulary.transforms.iter().find(|(name, _)| *name == node.kind.value).map(|(_, table)| *table);
        let params = table.unwrap_or_default().iter().filter(|param| matches!(param.ty, ParamType::Ruleset));
        for text in params.filter_map(|param| node.args.as_ref()?.text(param.name)) {
            let RulesetRef::Path(path) = RulesetRef::of(text.as_str()) else { continue };
            if !files.contains_key(path) {
                let read = reader.file(&reader.root.join(path), None, Some(text.span()), sink);
                files.insert(path.to_owned(), read);
            }
        }
    }
    files
}
