//! Settings of jobs and nodes in two versions.

use super::{Change, Kind, Pair, Place, impact};
use crate::ir::{Job, Node, NodeId};
use crate::spec::job::Role;
use crate::spec::param::{Arg, Args, Value};

/// Settings of a job beside its nodes.
pub(super) fn of_job(pair: &Pair<'_>) -> Vec<Change> {
    let job = pair.new.job;
    let changed = differences(&pair.old.job.args, &job.args);
    let change = |found: &Difference<'_>| {
        let message = format!("`{}` of job `{}` {}", found.name, job.name, found.said());
        Change::of_job(Kind::Setting, false, job, message, found.place(job.name.span()))
    };
    changed.iter().map(change).collect()
}

/// Settings of a node that is in both versions, its type and its inputs.
pub(super) fn of_node(pair: &Pair<'_>, old: NodeId, new: NodeId) -> Vec<Change> {
    let (before, after) = (pair.old.job.node(old), pair.new.job.node(new));
    let mut changes = Vec::new();
    let types = (type_of(before), type_of(after));
    if types.0 != types.1 {
        let message = format!("`{}` is a `{}`, it was a `{}`", after.name, types.1, types.0);
        let breaking = after.role == Role::Sink;
        changes.push(Change::of_node(Kind::NodeType, breaking, pair.new.job, after, message, Place::New(after.name.span())));
        return changes;
    }
    changes.extend(inputs(pair, before, after));
    let (Some(was), Some(is)) = (&before.args, &after.args) else { return changes };
    for found in differences(was, is) {
        // The columns of a source and the rules of a node are compared one by one.
        if matches!((after.role, found.name), (Role::Source, "schema") | (Role::Transform, "ruleset")) {
            continue;
        }
        changes.extend(one(pair, new, after, &found));
    }
    changes
}

fn type_of(node: &Node) -> &'static str {
    use crate::ir::Kind;
    match node.kind {
        Some(Kind::Source(def) | Kind::Sink(def)) => def.name,
        Some(Kind::Transform(def)) => def.name,
        None => "node of no type",
    }
}

fn inputs(pair: &Pair<'_>, before: &Node, after: &Node) -> Option<Change> {
    let names = |job: &Job, node: &Node| -> Vec<String> {
        node.inputs.iter().map(|edge| job.node(edge.node).output_name(edge.port)).collect()
    };
    let (was, is) = (names(pair.old.job, before), names(pair.new.job, after));
    if was == is {
        return None;
    }
    let message = format!("`{}` reads {}, it read {}", after.name, is.join(", "), was.join(", "));
    let place = after.inputs.first().map_or(after.name.span(), |edge| edge.span);
    Some(Change::of_node(Kind::Inputs, false, pair.new.job, after, message, Place::New(place)))
}

fn one(pair: &Pair<'_>, id: NodeId, node: &Node, found: &Difference<'_>) -> Vec<Change> {
    let place = found.place(node.name.span());
    let change = |kind, breaking, message| Change::of_node(kind, breaking, pair.new.job, node, message, place);
    let said = found.said();
    let name = &node.name;
    let setting = |kind, breaking| vec![change(kind, breaking, format!("`{}` of `{name}` {said}", found.name))];
    match (node.role, found.name) {
        (_, "description" | "tags") => Vec::new(),
        (Role::Sink, "path") => setting(Kind::SinkPath, true),
        (Role::Sink, "mode") => setting(Kind::SinkMode, true),
        (Role::Sink, "partition_keys") => setting(Kind::SinkPartitions, true),
        (Role::Sink, "format" | "format_options") => setting(Kind::SinkFormat, true),
        (Role::Source, "path" | "paths" | "bookmark") if keeps_bookmarks(pair.new.job, node) => {
            let message = format!("`{}` of source `{name}` {said}: what was read before is not known under it", found.name);
            vec![change(Kind::BookmarkIdentity, true, message).touching(impact::sinks_below(&pair.new, id))]
        }
        (Role::Transform, "stop_job_on_failure" | "route" | "quarantine" | "actions") if node.is_quality() => {
            gate(pair, id, node, found)
        }
        (Role::Transform, _) => {
            let message = format!("`{}` of `{name}` {said}", found.name);
            vec![change(Kind::Setting, false, message).touching(impact::sinks_below(&pair.new, id))]
        }
        _ => setting(Kind::Setting, false),
    }
}

/// Whether a source remembers what it has read.
fn keeps_bookmarks(job: &Job, source: &Node) -> bool {
    let by_source = source.args.as_ref().is_some_and(|args| args.get("bookmark").is_some());
    by_source || job.args.str("job_bookmark") == Some("enable")
}

/// The new source that reads the files of one that is gone.
pub(super) fn heir<'a>(pair: &'a Pair<'_>, gone: &Node) -> Option<&'a Node> {
    let paths = |node: &Node| node.args.as_ref().map(|args| [args.get("path").map(text), args.get("paths").map(text)]);
    let is_new = |node: &Node| pair.old.job.find(node.name.as_str()).is_none();
    let same = |node: &&Node| node.role == Role::Source && is_new(node) && paths(node) == paths(gone);
    pair.new.job.nodes.iter().find(same)
}

/// A source that is gone, where a new one reads the same files: what was read is not known under its name.
pub(super) fn renamed_source(pair: &Pair<'_>, gone: &Node) -> Option<Change> {
    let heir = heir(pair, gone)?;
    if !keeps_bookmarks(pair.new.job, heir) && !keeps_bookmarks(pair.old.job, gone) {
        return None;
    }
    let message =
        format!("source `{}` is called `{}` now: what was read under the old name will be read again", gone.name, heir.name);
    let id = pair.new.job.find(heir.name.as_str())?;
    let place = Place::New(heir.name.span());
    let change = Change::of_node(Kind::BookmarkIdentity, true, pair.new.job, heir, message, place);
    Some(change.touching(impact::sinks_below(&pair.new, id)))
}

/// What failing does: whether it does less now.
fn gate(pair: &Pair<'_>, id: NodeId, node: &Node, found: &Difference<'_>) -> Vec<Change> {
    let place = found.place(node.name.span());
    let change = |loosened: Option<bool>, name: &str, said: &str| {
        let (kind, breaking) = match loosened {
            Some(true) => (Kind::GateLoosened, true),
            Some(false) => (Kind::GateTightened, false),
            None => (Kind::Setting, false),
        };
        let message = format!("`{name}` of `{}` {said}", node.name);
        Change::of_node(kind, breaking, pair.new.job, node, message, place).touching(impact::sinks_below(&pair.new, id))
    };
    let loosened = |was: u8, is: u8| (was != is).then_some(is < was);
    let ranked = |arg: Option<&Arg>, words: &[&str]| {
        let word = arg.and_then(Arg::text).map_or("", |text| text.as_str());
        words.iter().position(|known| *known == word).and_then(|at| u8::try_from(at).ok()).unwrap_or_default()
    };
    match found.name {
        "stop_job_on_failure" => {
            let words = ["never", "after_data_load", "immediate"];
            vec![change(loosened(ranked(found.old, &words), ranked(found.new, &words)), found.name, &found.said())]
        }
        "route" => {
            let words = ["only_when_rule_fails", "failing_rows"];
            vec![change(loosened(ranked(found.old, &words), ranked(found.new, &words)), found.name, &found.said())]
        }
        "quarantine" => {
            let empty = Args::empty(node.span);
            let (was, is) =
                (found.old.and_then(Arg::record).unwrap_or(&empty), found.new.and_then(Arg::record).unwrap_or(&empty));
            let limit = |args: &Args, name: &str| {
                args.float(name).or_else(|| args.int(name).map(|limit| limit as f64)).unwrap_or(f64::INFINITY)
            };
            let inner = |found: &Difference<'_>| {
                let verdict =
                    matches!(found.name, "max_rate" | "max_rows").then(|| limit(is, found.name) > limit(was, found.name));
                change(verdict, &format!("quarantine.{}", found.name), &found.said())
            };
            differences(was, is).iter().map(inner).collect()
        }
        // What actions mean for each rule is told of the rules.
        _ => vec![change(None, found.name, &found.said())],
    }
}

/// A setting that is not the same in both versions.
struct Difference<'a> {
    name: &'static str,
    old: Option<&'a Arg>,
    new: Option<&'a Arg>,
}

impl Difference<'_> {
    /// `is … , it was …`
    fn said(&self) -> String {
        match (self.old, self.new) {
            (Some(old), Some(new)) => {
                let (old, new) = (one_line(old), one_line(new));
                let from = if old.len().max(new.len()) > LONGEST { where_they_part(&old, &new) } else { 0 };
                format!("is {}, it was {}", shown(&new, from), shown(&old, from))
            }
            (None, Some(new)) => format!("is {}, it was not set", shown(&one_line(new), 0)),
            (Some(old), None) => format!("is not set, it was {}", shown(&one_line(old), 0)),
            (None, None) => "is the same".to_owned(),
        }
    }

    fn place(&self, otherwise: crate::source::Span) -> Place {
        match (self.new, self.old) {
            (Some(new), _) if new.written => Place::New(new.span),
            (_, Some(old)) if old.written => Place::Old(old.span),
            _ => Place::New(otherwise),
        }
    }
}

fn differences<'a>(old: &'a Args, new: &'a Args) -> Vec<Difference<'a>> {
    let names = old.entries.iter().chain(&new.entries).map(|(name, _)| *name);
    let mut seen: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    for name in names {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let (was, is) = (old.get(name), new.get(name));
        if was.map(text) != is.map(text) {
            found.push(Difference { name, old: was, new: is });
        }
    }
    found
}

/// How much of a value is shown.
const LONGEST: usize = 80;

fn one_line(arg: &Arg) -> String {
    text(arg).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The place of a word shortly before two long texts part, in characters.
fn where_they_part(old: &str, new: &str) -> usize {
    let common = old.chars().zip(new.chars()).take_while(|(one, other)| one == other).count();
    let words = old.chars().take(common).enumerate().filter(|(_, c)| *c == ' ').map(|(at, _)| at + 1);
    words.filter(|at| at + LONGEST / 4 <= common).last().unwrap_or_default()
}

/// A part of a text, from a place in it.
fn shown(whole: &str, from: usize) -> String {
    let before = if from > 0 { "…" } else { "" };
    let part: String = whole.chars().skip(from).take(LONGEST).collect();
    let after = if whole.chars().count() > from + LONGEST { "…" } else { "" };
    format!("`{before}{part}{after}`")
}

/// A value without its place.
fn text(arg: &Arg) -> String {
    match &arg.value {
        Value::Text(text) => text.value.clone(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Duration(value) => format!("{value:?}"),
        Value::Size(value) => value.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(", ")),
        Value::Map(entries) => {
            let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key}: {}", text(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        Value::Record(args) => {
            let entries: Vec<_> = args.entries.iter().map(|(key, value)| format!("{key}: {}", text(value))).collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}
