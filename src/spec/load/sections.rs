//! The top level of all files together: each section's entries, every name once.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::NaiveDate;
use indexmap::IndexMap;

use super::discover::{Layout, Spec};
use super::later;
use crate::diag::codes::project::{DUPLICATE_DEFINITION, UNSUPPORTED_SECTION};
use crate::diag::codes::spec::{OUT_OF_RANGE, UNKNOWN_SETTING, WRONG_TYPE};
use crate::diag::{Diagnostic, Sink};
use crate::source::{FileId, Span};
use crate::spec::param::ParamType;
use crate::spec::param::decode::{decode_value, is_reported};
use crate::syntax::yaml::{Entry, Node, NodeKind, Scalar, ScalarValue};

/// The version of the language that `version:` names.
const VERSION: i64 = 1;
/// Sections that are maps by name.
const MAPS: &[&str] = &["variables", "targets", "templates", "rulesets", "jobs"];
/// The section of databases and tables.
const CATALOG_SECTION: &str = "catalog";
/// What it has, each a map by name.
const OF_THE_CATALOG: [&str; 2] = ["databases", "tables"];
/// Other keys of the top level.
const PROJECT_KEYS: &[&str] = &["version", "name", "include", "description"];
/// Sections that the language has and this version does not act on.
pub const LATER: &[&str] = &[
    "connections",
    "classifiers",
    "crawlers",
    "workflows",
    "notifications",
    "alarms",
    "policies",
    "tests",
    "exposures",
    "state",
];
/// Sections of a job, for those who forget the job.
const OF_A_JOB: &[&str] = &["sources", "transforms", "sinks"];

/// What the files of a project say, by section; entries in the order of their files.
#[derive(Clone, Default)]
pub(super) struct Sections {
    pub(super) name: Option<String>,
    pub(super) variables: Vec<Entry>,
    pub(super) targets: Vec<Entry>,
    pub(super) templates: Vec<Entry>,
    pub(super) rulesets: Vec<Entry>,
    pub(super) jobs: Vec<Arc<Entry>>,
    pub(super) databases: Vec<Entry>,
    pub(super) tables: Vec<Entry>,
}

impl Sections {
    /// The files that all jobs depend on.
    pub(super) fn shared(&self, layout: &Layout) -> BTreeSet<FileId> {
        let project_files = layout.specs.iter().filter(|spec| spec.is_project_file).map(|spec| spec.tree.whole.span.file);
        let shared = self.variables.iter().chain(&self.targets).chain(&self.templates);
        let entries = shared.chain(&self.databases).chain(&self.tables);
        project_files.chain(entries.map(|entry| entry.key.span().file)).collect()
    }
}

/// Merges the files' sections. `today` decides which schedules have passed.
pub(super) fn collect(layout: &Layout, today: NaiveDate, sink: &mut Sink) -> Sections {
    let mut sections = Sections::default();
    // The first place of every name, by section.
    let mut first: IndexMap<(&'static str, String), Span> = IndexMap::new();
    for spec in &layout.specs {
        for entry in top_level(&spec.tree.whole, sink) {
            let key = entry.key.as_str();
            if let Some(section) = MAPS.iter().find(|section| **section == key) {
                for (at, named) in named(entry, section, sink).iter().enumerate() {
                    let name = (*section, named.key.value.clone());
                    if let Some(place) = first.get(&name) {
                        sink.push(duplicate(section, named, *place));
                        continue;
                    }
                    first.insert(name, named.key.span());
                    match *section {
                        "variables" => sections.variables.push(named.clone()),
                        "targets" => sections.targets.push(named.clone()),
                        "templates" => sections.templates.push(named.clone()),
                        "rulesets" => sections.rulesets.push(named.clone()),
                        // The most of a project by far: shared, not copied.
                        _ => sections.jobs.extend(spec.tree.jobs.get(at).cloned()),
                    }
                }
            } else if key == CATALOG_SECTION {
                catalog(entry, &mut sections, &mut first, sink);
            } else if LATER.contains(&key) {
                sink.push(unsupported(key, entry.key.span()));
                later::check(entry, today, sink);
            } else if PROJECT_KEYS.contains(&key) {
                project_key(entry, spec, &mut sections, sink);
            } else {
                sink.push(unknown(entry));
            }
        }
    }
    sections
}

/// `catalog:` databases and tables by name.
fn catalog(entry: &Entry, sections: &mut Sections, first: &mut IndexMap<(&'static str, String), Span>, sink: &mut Sink) {
    for part in named(entry, CATALOG_SECTION, sink) {
        let Some(section) = OF_THE_CATALOG.into_iter().find(|name| *name == part.key.value) else {
            let (key, span) = (part.key.as_str(), part.key.span());
            let unknown = Diagnostic::new(&UNKNOWN_SETTING, span, format!("`catalog` has no setting `{key}`"));
            sink.push(unknown.here("unknown setting").suggest_or_list(span, key, "its settings are", OF_THE_CATALOG));
            continue;
        };
        for named in named(part, section, sink) {
            let name = (section, named.key.value.clone());
            if let Some(place) = first.get(&name) {
                sink.push(duplicate(section, named, *place));
                continue;
            }
            first.insert(name, named.key.span());
            if section == "tables" { &mut sections.tables } else { &mut sections.databases }.push(named.clone());
        }
    }
}

/// The entries of a file; an empty file has none.
fn top_level<'a>(tree: &'a Node, sink: &mut Sink) -> &'a [Entry] {
    if !matches!(tree.kind, NodeKind::Map(_)) && !is_nothing(tree) {
        let message = format!("a spec is a map of sections, found {}", tree.describe());
        sink.push(Diagnostic::new(&WRONG_TYPE, tree.span, message).here("expected `jobs:` or another section"));
    }
    tree.entries()
}

/// The entries of a section; one without entries is as good as none.
fn named<'a>(entry: &'a Entry, section: &str, sink: &mut Sink) -> &'a [Entry] {
    if !matches!(entry.value.kind, NodeKind::Map(_)) && !is_nothing(&entry.value) {
        let message = format!("`{section}` must be a map of {section} by name, found {}", entry.value.describe());
        sink.push(Diagnostic::new(&WRONG_TYPE, entry.value.span, message).here("expected a map"));
    }
    entry.value.entries()
}

/// Whether a value was left out.
pub(super) fn is_nothing(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Scalar(Scalar { value: ScalarValue::Null, .. })) || is_reported(node)
}

fn project_key(entry: &Entry, spec: &Spec, sections: &mut Sections, sink: &mut Sink) {
    let key = entry.key.as_str();
    if !spec.is_project_file && matches!(key, "name" | "include") {
        let diagnostic = Diagnostic::new(&UNKNOWN_SETTING, entry.key.span(), format!("`{key}` stands in the project file only"))
            .here("this file is one that the project includes")
            .help("move it to `glue-compile.yaml`");
        sink.push(diagnostic);
        return;
    }
    match key {
        "name" => {
            let name = decode_value(&entry.value, &ParamType::Text, "`name`", sink);
            sections.name = name.and_then(|name| name.text().map(|text| text.value.clone()));
        }
        "version" => version(entry, sink),
        // `include` was read when the files were looked for.
        _ => {}
    }
}

fn version(entry: &Entry, sink: &mut Sink) {
    const ANY: &ParamType = &ParamType::Int { min: i64::MIN, max: i64::MAX };
    let Some(arg) = decode_value(&entry.value, ANY, "`version`", sink) else { return };
    if arg.value != crate::spec::param::Value::Int(VERSION) {
        let diagnostic = Diagnostic::new(
            &OUT_OF_RANGE,
            arg.span,
            format!("this is written for another version of the language than {VERSION}"),
        )
        .here(format!("expected `{VERSION}`"))
        .help("update glue-compile, or follow the changelog down");
        sink.push(diagnostic);
    }
}

fn duplicate(section: &str, entry: &Entry, first: Span) -> Diagnostic {
    let thing = section.strip_suffix('s').unwrap_or(section);
    Diagnostic::new(&DUPLICATE_DEFINITION, entry.key.span(), format!("{thing} `{}` is defined twice", entry.key))
        .here("defined again here")
        .also(first, "first defined here")
        .help("rename or remove one of them")
}

/// The warning for a part of the language that this version skips.
pub(super) fn unsupported(name: &str, at: Span) -> Diagnostic {
    Diagnostic::new(&UNSUPPORTED_SECTION, at, format!("`{name}` is not supported by this version and is ignored"))
        .here("ignored")
        .help("leave it out for now, or allow it: `# glue-compile: allow GC0011 -- reason`")
}

fn unknown(entry: &Entry) -> Diagnostic {
    let key = entry.key.as_str();
    let known = MAPS.iter().chain(PROJECT_KEYS).chain(&[CATALOG_SECTION]).chain(LATER).copied();
    let diagnostic =
        Diagnostic::new(&UNKNOWN_SETTING, entry.key.span(), format!("a spec has no section `{key}`")).here("unknown section");
    if OF_A_JOB.contains(&key) {
        return diagnostic.help(format!("`{key}` belongs into a job: `jobs:`, the job's name, then `{key}:`"));
    }
    diagnostic.suggest_or_list(entry.key.span(), key, "its sections are", known)
}
