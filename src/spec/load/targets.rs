//! `targets:` which one counts, and what it changes.

use super::LoadOptions;
use super::sections::{Sections, is_nothing, unsupported};
use crate::diag::codes::project::{SEVERAL_DEFAULTS, UNKNOWN_TARGET};
use crate::diag::codes::spec::{UNKNOWN_SETTING, WRONG_TYPE};
use crate::diag::{Diagnostic, Sink, suggest};
use crate::source::{Span, Text};
use crate::spec::param::decode::decode_value;
use crate::spec::param::{Arg, ParamType, Value};
use crate::syntax::yaml::{Entry, Node, NodeKind};

/// What a target may say.
const KEYS: &[&str] = &["default", "description", "variables", "overrides"];
/// What the language has and this version does not act on.
pub const LATER: &[&str] = &["catalog", "connections", "require_approval", "state"];

/// The target a project is loaded for.
pub(super) struct Target {
    pub(super) name: Text,
    pub(super) overrides: Vec<Entry>,
}

/// Checks all targets and takes the one that `--target` names, or else the default.
pub(super) fn select(sections: &Sections, options: &LoadOptions, sink: &mut Sink) -> Option<Target> {
    let mut default: Option<(&Text, Span)> = None;
    for target in &sections.targets {
        let Some(place) = check(target, sink) else { continue };
        match default {
            None => default = Some((&target.key, place)),
            Some((first, at)) => {
                let message = format!("`{}` and `{first}` are both the default target", target.key);
                sink.push(
                    Diagnostic::new(&SEVERAL_DEFAULTS, place, message)
                        .here("a second default")
                        .also(at, "the first one")
                        .help("leave `default: true` to one of them"),
                );
            }
        }
    }
    let wanted = match &options.target {
        Some(name) => name.as_str(),
        None => default?.0.as_str(),
    };
    let Some(found) = sections.targets.iter().find(|target| target.key.value == wanted) else {
        sink.push(unknown_target(wanted, sections));
        return None;
    };
    let map = |key: &str| found.value.get(key).map(|node| node.entries().to_vec()).unwrap_or_default();
    Some(Target { name: found.key.clone(), overrides: map("overrides") })
}

fn unknown_target(wanted: &str, sections: &Sections) -> Diagnostic {
    let names = || sections.targets.iter().map(|target| target.key.as_str());
    let diagnostic = Diagnostic::bare(&UNKNOWN_TARGET, format!("the project has no target `{wanted}`"));
    if let Some(near) = suggest::nearest(wanted, names()) {
        return diagnostic.help(format!("did you mean `--target {near}`?"));
    }
    diagnostic.note(match sections.targets.as_slice() {
        [] => "it has no `targets` at all".to_owned(),
        _ => format!("its targets are {}", suggest::list(names(), 12)),
    })
}

/// Reports what does not fit; gives the place of `default: true`.
fn check(target: &Entry, sink: &mut Sink) -> Option<Span> {
    let what = format!("target `{}`", target.key);
    if !matches!(target.value.kind, NodeKind::Map(_)) && !is_nothing(&target.value) {
        let message = format!("{what} must be a map, found {}", target.value.describe());
        sink.push(Diagnostic::new(&WRONG_TYPE, target.value.span, message).here("expected a map"));
    }
    let mut default = None;
    for entry in target.value.entries() {
        match entry.key.as_str() {
            "default" => {
                let arg = decode_value(&entry.value, &ParamType::Bool, "`default`", sink);
                default = arg.filter(|arg| matches!(arg, Arg { value: Value::Bool(true), .. })).map(|arg| arg.span);
            }
            "variables" | "overrides" => must_be_map(&entry.value, entry.key.as_str(), sink),
            "description" => {
                decode_value(&entry.value, &ParamType::Text, "`description`", sink);
            }
            key if LATER.contains(&key) => sink.push(unsupported(key, entry.key.span())),
            key => {
                let diagnostic = Diagnostic::new(&UNKNOWN_SETTING, entry.key.span(), format!("{what} has no setting `{key}`"))
                    .here("unknown setting")
                    .suggest_or_list(entry.key.span(), key, "its settings are", KEYS.iter().copied());
                sink.push(diagnostic);
            }
        }
    }
    default
}

fn must_be_map(node: &Node, key: &str, sink: &mut Sink) {
    if !matches!(node.kind, NodeKind::Map(_)) && !is_nothing(node) {
        let message = format!("`{key}` must be a map, found {}", node.describe());
        sink.push(Diagnostic::new(&WRONG_TYPE, node.span, message).here("expected a map"));
    }
}
