//! Jobs and their nodes: templates merged, `${…}` filled in, settings decoded by their tables.

use std::sync::Arc;

use indexmap::IndexMap;

use super::rulesets::Reader;
use super::sections::{Sections, is_nothing, unsupported};
use super::tables::{JOB, LATER, LATER_SINKS, LATER_SOURCES, LATER_TRANSFORMS, NODE, PARTS, SOURCE};
use super::variables::Values;
use super::{Vocabulary, catalog, memory, pins, reference, templates};
use crate::diag::codes::lint::APPENDED_AGAIN;
use crate::diag::codes::spec::{DUPLICATE_NODE, INVALID_INPUT, INVALID_NAME, UNKNOWN_TYPE, UNSUPPORTED_JOB, WRONG_TYPE};
use crate::diag::{Diagnostic, Safety, Sink, suggest};
use crate::source::{Span, Text};
use crate::spec::job::{InputRef, Job, NodeSpec, Role};
use crate::spec::param::decode::{Scope, decode_in, decode_tables};
use crate::spec::param::{Arg, Args, Param};
use crate::spec::tree::entries_mut;
use crate::syntax::yaml::{Entry, Node, NodeKind};

/// Parts of a job with the role of their nodes.
const ROLES: &[(&str, Role)] = &[("sources", Role::Source), ("transforms", Role::Transform), ("sinks", Role::Sink)];

/// All jobs of the project. Those that are written as they were the last time come from `memory`.
pub(super) fn jobs(
    sections: &Sections,
    values: &Values<'_>,
    vocabulary: &Vocabulary,
    texts: &mut Reader<'_, '_>,
    memory: &mut memory::Jobs,
    sink: &mut Sink,
) -> IndexMap<String, Arc<Job>> {
    templates::check(sections, sink);
    memory.begin(sections, values);
    let mut jobs = IndexMap::new();
    for entry in &sections.jobs {
        check_name(&entry.key, "job", sink);
        let decoded = memory.job(entry, sink, |sink| {
            let before = texts.pins;
            let job = job(entry, sections, values, vocabulary, texts, sink);
            // What stands in another file may be something else the next time.
            (job, texts.pins == before)
        });
        if let Some(job) = decoded {
            jobs.insert(entry.key.value.clone(), job);
        }
    }
    jobs
}

fn job(
    entry: &Entry,
    sections: &Sections,
    values: &Values<'_>,
    vocabulary: &Vocabulary,
    texts: &mut Reader<'_, '_>,
    sink: &mut Sink,
) -> Option<Job> {
    let mut node = entry.value.clone();
    templates::apply(&mut node, sections, sink);
    if let Some(kind) = node.get("type")
        && let NodeKind::Scalar(scalar) = &kind.kind
        && matches!(scalar.text.as_str(), "streaming" | "script")
    {
        let diagnostic = Diagnostic::new(&UNSUPPORTED_JOB, kind.span, format!("this version does not run {} jobs", scalar.text))
            .here("not supported")
            .help("only `batch` jobs run");
        sink.push(diagnostic);
        return None;
    }
    let rewound = skip_later(&mut node, sink);
    let parts = take_parts(&mut node, sink);
    reference::fill(&mut node, values, sink);
    let scope = Scope { what: "a job", at: Some(entry.key.span()), elsewhere: PARTS };
    let args = decode_in(&node, JOB, scope, sink)?;
    let mut nodes: IndexMap<String, NodeSpec> = IndexMap::new();
    for (role, entry) in parts {
        if let Some(first) = nodes.get(&entry.key.value) {
            let diagnostic =
                Diagnostic::new(&DUPLICATE_NODE, entry.key.span(), format!("node `{}` is defined twice in this job", entry.key))
                    .here(format!("this {}", role_name(role)))
                    .also(first.name.span(), format!("this {}", role_name(first.role)))
                    .help("give one of them another name: sources, transforms and sinks of a job share one set of names");
            sink.push(diagnostic);
            continue;
        }
        check_name(&entry.key, role_name(role), sink);
        let spec = self::node(role, entry, sections, values, vocabulary, texts, sink);
        nodes.insert(spec.name.value.clone(), spec);
    }
    rewound.iter().for_each(|range| appended_again(*range, &nodes, sink));
    Some(Job { name: entry.key.clone(), args, nodes, span: entry.value.span })
}

/// Takes out what the language has and this version does not act on. Gives the place of a range that a bookmark is set back to.
fn skip_later(job: &mut Node, sink: &mut Sink) -> Option<Span> {
    let mut rewound = None;
    for entry in entries_mut(job)?.extract_if(.., |entry| LATER.contains(&entry.key.as_str())) {
        sink.push(unsupported(entry.key.as_str(), entry.key.span()));
        if entry.key.value == "bookmark_range" {
            rewound = Some(entry.key.span());
        }
    }
    rewound
}

/// What was read before is read once more, and a sink that appends has its rows twice then.
fn appended_again(range: Span, nodes: &IndexMap<String, NodeSpec>, sink: &mut Sink) {
    for node in nodes.values().filter(|node| node.role == Role::Sink) {
        let Some(mode) = node.args.as_ref().and_then(|args| args.get("mode")) else { continue };
        if mode.text().is_none_or(|mode| mode.value != "append") {
            continue;
        }
        let place = if mode.written { mode.span } else { node.name.span() };
        sink.push(
            Diagnostic::new(&APPENDED_AGAIN, range, format!("sink `{}` would append what it has already", node.name))
                .here("reads input again")
                .also(place, "appends")
                .help("write `mode: overwrite_partitions`, or take the range out once the bookmark is where it should be"),
        );
    }
}

/// Takes the nodes out of a job: sources, then transforms, then sinks.
fn take_parts(job: &mut Node, sink: &mut Sink) -> Vec<(Role, Entry)> {
    let mut nodes = Vec::new();
    let Some(entries) = entries_mut(job) else { return nodes };
    for (part, role) in ROLES {
        let Some(at) = entries.iter().position(|entry| entry.key.value == *part) else { continue };
        let value = entries.remove(at).value;
        match value.kind {
            NodeKind::Map(found) => nodes.extend(found.into_iter().map(|entry| (*role, entry))),
            _ if is_nothing(&value) => {}
            NodeKind::Scalar(_) | NodeKind::List(_) => {
                let message = format!("`{part}` must be a map of {part} by name, found {}", value.describe());
                let diagnostic = Diagnostic::new(&WRONG_TYPE, value.span, message).here("expected a map");
                sink.push(match value.kind {
                    NodeKind::List(_) => diagnostic.help("write the name of each as its key: `NAME: { type: … }`"),
                    NodeKind::Scalar(_) | NodeKind::Map(_) => diagnostic,
                });
            }
        }
    }
    nodes
}

fn node(
    role: Role,
    entry: Entry,
    sections: &Sections,
    values: &Values<'_>,
    vocabulary: &Vocabulary,
    texts: &mut Reader<'_, '_>,
    sink: &mut Sink,
) -> NodeSpec {
    let Entry { key: name, value: mut node } = entry;
    let mut complete = templates::apply(&mut node, sections, sink);
    match role {
        Role::Sink => reference::fill_sink(&mut node, values, sink),
        Role::Source | Role::Transform => reference::fill(&mut node, values, sink),
    }
    if role == Role::Source {
        pins::fill(&mut node, texts, sink);
    }
    complete &= catalog::fill(role, &mut node, sections, sink);
    let common = if role == Role::Source { SOURCE } else { NODE };
    let span = node.span;
    let unreadable = |name: Text, kind: Text, inputs| NodeSpec { name, role, kind, inputs, args: None, span };
    let written = match type_of(&node).map(|node| &node.kind) {
        Some(NodeKind::Scalar(scalar)) => Some(scalar.text.clone()),
        _ => None,
    };
    let table = written.as_ref().and_then(|kind| table(vocabulary, role, kind.as_str()));
    let what = match &written {
        Some(kind) => format!("{} `{kind}` {}", article(kind.as_str()), role_name(role)),
        None => format!("a {}", role_name(role)),
    };
    let scope = Scope { what: &what, at: Some(name.span()), elsewhere: &[] };
    let Some(table) = table else {
        // Of a node of unknown type only the common settings can be judged, and keys that are nearly one of them.
        keep_common(&mut node, common);
        let args = if complete { decode_in(&node, common, scope, sink) } else { None };
        let inputs = args.as_ref().map(|args| inputs(args, sink).0).unwrap_or_default();
        let kind = match args.as_ref().and_then(|args| args.text("type")) {
            Some(kind) => {
                sink.push(unknown_type(vocabulary, role, kind));
                kind.clone()
            }
            None => Text::new("", name.span()),
        };
        return unreadable(name, kind, inputs);
    };
    let kind = written.unwrap_or_else(|| Text::new("", name.span()));
    // What a type's own table says of a common setting counts.
    let own_names = |name: &str| table.iter().any(|param| param.name == name);
    debug_assert!(!common.iter().any(|param| own_names(param.name)), "{kind}: a table repeats a setting that every node has");
    if !complete {
        let read = node.get("inputs").is_some().then(|| {
            keep_common(&mut node, common);
            decode_in(&node, common, scope, sink)
        });
        let inputs = read.flatten().map(|args| inputs(&args, sink).0).unwrap_or_default();
        return unreadable(name, kind, inputs);
    }
    let [common, own] = decode_tables(&node, [common, table], scope, sink);
    let (inputs, sound) = common.as_ref().map_or((Vec::new(), false), |common| inputs(common, sink));
    let args = match (common, own) {
        (Some(common), Some(mut own)) if sound => {
            own.entries.extend(common.entries.into_iter().filter(|(name, _)| !matches!(*name, "type" | "inputs")));
            Some(own)
        }
        _ => None,
    };
    NodeSpec { name, role, kind, inputs, args, span }
}

/// What stands as `type`, or as a key that nearly is.
fn type_of(node: &Node) -> Option<&Node> {
    let nearly = || node.entries().iter().find(|entry| suggest::nearest(entry.key.as_str(), ["type"]).is_some());
    node.get("type").or_else(|| nearly().map(|entry| &entry.value))
}

fn keep_common(node: &mut Node, common: &'static [Param]) {
    let Some(entries) = entries_mut(node) else { return };
    let absent: Vec<_> =
        common.iter().map(|param| param.name).filter(|name| !entries.iter().any(|e| e.key.value == *name)).collect();
    entries.retain(|entry| {
        let key = entry.key.as_str();
        common.iter().any(|param| param.name == key) || suggest::nearest(key, absent.iter().copied()).is_some()
    });
}

/// The inputs of a node; `false` if one of them could not be read (reported).
fn inputs(args: &Args, sink: &mut Sink) -> (Vec<InputRef>, bool) {
    let mut inputs = Vec::new();
    let mut sound = true;
    for text in args.list("inputs").iter().filter_map(Arg::text) {
        if let Some(input) = input(text) {
            inputs.push(input);
            continue;
        }
        sound = false;
        let diagnostic = Diagnostic::new(&INVALID_INPUT, text.span(), format!("`{text}` is no input"))
            .here("expected a node, or a node and its port")
            .help("write `node`, or `node.port` for one of several outputs");
        sink.push(diagnostic);
    }
    (inputs, sound)
}

/// `node` or `node.port`.
fn input(text: &Text) -> Option<InputRef> {
    let (node, port) = match text.as_str().split_once('.') {
        Some((node, port)) => (node, Some(port)),
        None => (text.as_str(), None),
    };
    let is_word = |word: &str| !word.is_empty() && !word.contains(|c: char| c == '.' || c.is_whitespace());
    if !is_word(node) || !port.is_none_or(is_word) {
        return None;
    }
    Some(InputRef { text: text.clone(), node: node.to_owned(), port: port.map(str::to_owned) })
}

fn types(vocabulary: &Vocabulary, role: Role) -> &[(&'static str, &'static [Param])] {
    match role {
        Role::Source => &vocabulary.sources,
        Role::Transform => &vocabulary.transforms,
        Role::Sink => &vocabulary.sinks,
    }
}

fn table(vocabulary: &Vocabulary, role: Role, kind: &str) -> Option<&'static [Param]> {
    types(vocabulary, role).iter().find(|(name, _)| *name == kind).map(|(_, table)| *table)
}

fn role_name(role: Role) -> &'static str {
    match role {
        Role::Source => "source",
        Role::Transform => "transform",
        Role::Sink => "sink",
    }
}

/// `a` or `an`, as the word is spoken.
fn article(word: &str) -> &'static str {
    if word.starts_with(['a', 'e', 'i', 'o']) || word == "s3" { "an" } else { "a" }
}

fn unknown_type(vocabulary: &Vocabulary, role: Role, kind: &Text) -> Diagnostic {
    let word = kind.as_str();
    let thing = role_name(role);
    let names = || types(vocabulary, role).iter().map(|(name, _)| *name);
    let later = match role {
        Role::Source => LATER_SOURCES,
        Role::Transform => LATER_TRANSFORMS,
        Role::Sink => LATER_SINKS,
    };
    let diagnostic =
        Diagnostic::new(&UNKNOWN_TYPE, kind.span(), format!("there is no {thing} type `{word}`")).here("unknown type");
    if later.contains(&word) {
        return diagnostic.note(format!("`{word}` is a part of the language that this version does not have"));
    }
    match ROLES.iter().find(|(_, other)| *other != role && table(vocabulary, *other, word).is_some()) {
        Some((part, _)) => diagnostic.help(format!("`{word}` is a type of {part}: move the node there")),
        None => diagnostic.suggest_or_list(kind.span(), word, &format!("types of {thing}s are"), names()),
    }
}

/// Names stand in SQL, in ports and in paths: letters, digits, `_` and `-`. Those with a leading `_` are the compiler's.
fn check_name(name: &Text, thing: &str, sink: &mut Sink) {
    let word = name.as_str();
    let bad = word.chars().find(|c| !c.is_alphanumeric() && !matches!(c, '_' | '-'));
    let (message, here) = match bad {
        _ if word.is_empty() => (format!("a {thing} needs a name"), "an empty name".to_owned()),
        Some('.') => (format!("the name of {thing} `{word}` holds a dot"), "a dot separates a node from its port".to_owned()),
        Some(bad) => (
            format!("the name of {thing} `{word}` holds {}", character(bad)),
            "letters, digits, `_` and `-` make a name".to_owned(),
        ),
        None if word.starts_with('_') => {
            (format!("the name of {thing} `{word}` begins with `_`"), "such names belong to the compiler".to_owned())
        }
        None => return,
    };
    let diagnostic = Diagnostic::new(&INVALID_NAME, name.span(), message).here(here);
    let better: String = word.chars().map(|c| if c.is_alphanumeric() || c == '-' { c } else { '_' }).collect();
    let better = better.trim_start_matches('_');
    sink.push(match better {
        "" => diagnostic.help("give it another name"),
        better => diagnostic.help(format!("`{better}` would do")).fix(
            format!("rename to `{better}`"),
            name.span(),
            better,
            Safety::Shown,
        ),
    });
}

fn character(c: char) -> String {
    if c.is_whitespace() { "a blank".to_owned() } else { format!("`{c}`") }
}
