//! Rulesets: under `rulesets:` as text or by file, and `.dqdl` files beside the specs, named by their stem.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::discover::{self, Layout};
use super::sections::Sections;
use super::texts::Texts;
use super::variables::Values;
use super::{Vocabulary, memory, reference};
use crate::diag::codes::project::DUPLICATE_DEFINITION;
use crate::diag::codes::spec::MISSING_SETTING;
use crate::diag::{Diagnostic, Sink};
use crate::source::{EmbedMap, Span, Text};
use crate::spec::job::{Job, Role};
use crate::spec::param::decode::{Scope, decode_in};
use crate::spec::param::{Param, ParamType};
use crate::spec::project::{RulesetRef, RulesetSpec};
use crate::syntax::yaml::{Entry, NodeKind};

/// An entry of `rulesets:`.
pub const RULESET: &[Param] = &[
    Param::optional("dqdl", ParamType::Text, "the DQDL text"),
    Param::optional("file", ParamType::Path, "the `.dqdl` file that holds it, from the project's root"),
    Param::optional("description", ParamType::Text, "what it is for"),
    Param::optional("target", ParamType::OneOf(&["etl", "catalog"]), "where AWS evaluates it; has no effect locally"),
    Param::optional("tags", ParamType::Map(&ParamType::Text), "labels"),
];

/// Reads texts of rulesets.
pub(super) struct Reader<'a, 't> {
    pub(super) texts: &'a mut Texts<'t>,
    pub(super) root: &'a Path,
    /// Those that were read before.
    pub(super) known: &'a mut memory::Rulesets,
    /// How many sources had their columns in files of their own so far.
    pub(super) pins: usize,
}

impl Reader<'_, '_> {
    /// The ruleset in a file. `from` is where the file is named, if it is.
    fn file(&mut self, path: &Path, name: Option<Text>, from: Option<Span>, sink: &mut Sink) -> Option<Arc<RulesetSpec>> {
        let file = self.texts.read(path, from, sink)?;
        let text = self.texts.text(file);
        let start = Span::file_start(file);
        let span = from.unwrap_or(start);
        let spec = |name: Text| {
            let map = EmbedMap::file(file, text.len());
            RulesetSpec { name, text: Text { value: text.to_string(), map }, span, file }
        };
        let stem = || Text { value: discover::stem(path), map: EmbedMap::opaque(start) };
        Some(match (name, from) {
            (None, None) => self.known.ruleset(path, file, &text, || spec(stem())),
            (name, _) => Arc::new(spec(name.unwrap_or_else(stem))),
        })
    }
}

/// All rulesets that have a name.
pub(super) fn named(
    sections: &Sections,
    layout: &Layout,
    values: &Values<'_>,
    reader: &mut Reader<'_, '_>,
    sink: &mut Sink,
) -> IndexMap<String, Arc<RulesetSpec>> {
    let mut rulesets = IndexMap::new();
    let mut claimed = BTreeSet::new();
    for entry in &sections.rulesets {
        if let Some(ruleset) = defined(entry, values, reader, sink) {
            claimed.insert(ruleset.file);
            rulesets.insert(entry.key.value.clone(), ruleset);
        }
    }
    let places: HashMap<&str, Span> = sections.rulesets.iter().map(|entry| (entry.key.as_str(), entry.key.span())).collect();
    for path in &layout.rulesets {
        let name = discover::stem(path);
        let Some(ruleset) = reader.file(path, None, None, sink) else { continue };
        // A file that has a name under `rulesets:` goes by that name.
        if claimed.contains(&ruleset.file) {
            continue;
        }
        let place = places.get(name.as_str()).copied();
        let earlier = place.or_else(|| rulesets.get(&name).map(|earlier: &Arc<RulesetSpec>| earlier.name.span()));
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
fn defined(entry: &Entry, values: &Values<'_>, reader: &mut Reader<'_, '_>, sink: &mut Sink) -> Option<Arc<RulesetSpec>> {
    let mut node = entry.value.clone();
    reference::fill(&mut node, values, sink);
    let inline = |text: &Text| {
        Arc::new(RulesetSpec { name: entry.key.clone(), text: text.clone(), span: node.span, file: text.span().file })
    };
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
    reader: &mut Reader<'_, '_>,
    sink: &mut Sink,
) -> IndexMap<String, Option<Arc<RulesetSpec>>> {
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
