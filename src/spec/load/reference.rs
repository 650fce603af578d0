//! `${…}` in values: `${var.x}`, `${target.name}`, `${env.X}` are filled in; `${run.id}` in the path of a sink stays for the run.
//!
//! A value that is nothing but one `${var.x}` takes the variable's type; in the midst of text it is text. `$${` says `${`.
//! What is filled in keeps the place of its `${…}`, so that an error in embedded SQL or DQDL points there.

use std::ops::Range;

use super::variables::{State, Values, unknown};
use crate::diag::codes::project::{MISSING_VALUE, UNKNOWN_REFERENCE, UNSET_ENVIRONMENT};
use crate::diag::{Diagnostic, Sink, suggest};
use crate::source::{Span, Text};
use crate::syntax::yaml::{self, Node, NodeKind, Scalar, ScalarValue, Style};

/// What a run fills in.
const RUN_ID: &str = "run.id";

/// Whether a run will fill in what only it can know.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RunId {
    Known,
    Unknown,
}

/// Fills in every `${…}` of the values of a tree; a value with an error in it becomes [`ScalarValue::Reported`].
pub(super) fn fill(node: &mut Node, values: &Values<'_>, sink: &mut Sink) {
    walk(node, values, RunId::Unknown, sink);
}

/// The same for a sink, in whose path `${run.id}` stays as it is.
pub(super) fn fill_sink(node: &mut Node, values: &Values<'_>, sink: &mut Sink) {
    match &mut node.kind {
        NodeKind::Map(entries) => entries.iter_mut().for_each(|entry| {
            let run = if entry.key.value == "path" { RunId::Known } else { RunId::Unknown };
            walk(&mut entry.value, values, run, sink);
        }),
        NodeKind::Scalar(_) | NodeKind::List(_) => fill(node, values, sink),
    }
}

fn walk(node: &mut Node, values: &Values<'_>, run: RunId, sink: &mut Sink) {
    match &mut node.kind {
        NodeKind::Scalar(scalar) => fill_scalar(scalar, values, run, sink),
        NodeKind::List(items) => items.iter_mut().for_each(|item| walk(item, values, run, sink)),
        NodeKind::Map(entries) => entries.iter_mut().for_each(|entry| walk(&mut entry.value, values, run, sink)),
    }
}

/// One `${…}` or `$${` of a text.
struct Found {
    /// Its bytes in the text.
    range: Range<usize>,
    /// What stands there afterwards; `None` if an error was reported.
    value: Option<(String, ScalarValue)>,
}

fn fill_scalar(scalar: &mut Scalar, values: &Values<'_>, run: RunId, sink: &mut Sink) {
    if !scalar.text.value.contains("${") {
        return;
    }
    let found = find(&scalar.text, values, run, sink);
    if found.iter().any(|found| found.value.is_none()) {
        scalar.value = ScalarValue::Reported;
        return;
    }
    let whole = 0..scalar.text.value.len();
    let mut text = String::new();
    let mut replaced = Vec::new();
    let mut from = 0;
    let mut alone = None;
    for Found { range, value } in found {
        let Some((new, value)) = value else { continue };
        text.push_str(&scalar.text.value[from..range.start]);
        text.push_str(&new);
        from = range.end;
        if range == whole {
            alone = Some(value);
        }
        replaced.push((range, new.len()));
    }
    text.push_str(&scalar.text.value[from..]);
    if replaced.is_empty() {
        return;
    }
    scalar.value = match alone {
        Some(value) => value,
        None if scalar.style == Style::Plain && scalar.value != ScalarValue::Str => yaml::plain_value(&text),
        None => ScalarValue::Str,
    };
    scalar.text = Text { map: scalar.text.map.replaced(&replaced), value: text };
}

/// All that has to be replaced; what the run fills in is not among it.
fn find(text: &Text, values: &Values<'_>, run: RunId, sink: &mut Sink) -> Vec<Found> {
    let value = text.as_str();
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = value[from..].find("${").map(|at| from + at) {
        if value[..at].ends_with('$') {
            found.push(Found { range: at - 1..at + 2, value: Some(("${".to_owned(), ScalarValue::Str)) });
            from = at + 2;
            continue;
        }
        let line = value[at..].find('\n').map_or(value.len(), |newline| at + newline);
        let Some(end) = value[at..line].find('}').map(|end| at + end + 1) else {
            let place = text.map.span(at, at + 2);
            let diagnostic = Diagnostic::new(&UNKNOWN_REFERENCE, place, "`${` is never closed")
                .here("no `}` on this line")
                .help("write `$${` if the text is meant");
            sink.push(diagnostic);
            found.push(Found { range: at..at + 2, value: None });
            from = at + 2;
            continue;
        };
        let name = value[at + 2..end - 1].trim();
        from = end;
        if name == RUN_ID && run == RunId::Known {
            continue;
        }
        let place = text.map.span(at, end);
        let value = look_up(name, place, values, sink);
        found.push(Found { range: at..end, value });
    }
    found
}

/// The value of `name`; `None` if an error was reported.
fn look_up(name: &str, place: Span, values: &Values<'_>, sink: &mut Sink) -> Option<(String, ScalarValue)> {
    match name.split_once('.') {
        Some(("var", name)) if !values.in_variables => variable(name, place, values, sink),
        Some(("env", name)) => {
            let Some(text) = values.world.variable(name) else {
                let diagnostic =
                    Diagnostic::new(&UNSET_ENVIRONMENT, place, format!("the environment variable `{name}` is not set"))
                        .here("not set")
                        .help(format!("set it, or declare a variable with a default and use `${{var.{}}}`", name.to_lowercase()));
                sink.push(diagnostic);
                return None;
            };
            let value = yaml::plain_value(&text);
            Some((text, if value == ScalarValue::Null { ScalarValue::Str } else { value }))
        }
        Some(("target", "name")) => {
            if values.target.is_none() {
                let diagnostic = Diagnostic::new(&MISSING_VALUE, place, "no target is chosen")
                    .here("has no value")
                    .help("mark a target with `default: true`, or choose one with `--target`");
                sink.push(diagnostic);
            }
            Some((values.target.clone()?, ScalarValue::Str))
        }
        _ => {
            sink.push(unknown_reference(name, place, values));
            None
        }
    }
}

fn variable(name: &str, place: Span, values: &Values<'_>, sink: &mut Sink) -> Option<(String, ScalarValue)> {
    let Some(variable) = values.variables.get(name) else {
        let mut diagnostic = unknown(name, place, values.variables.keys());
        // The suggestion is a name; what stands here is a whole reference.
        for edit in diagnostic.fix.iter_mut().flat_map(|fix| &mut fix.edits) {
            edit.text = format!("${{var.{}}}", edit.text);
        }
        sink.push(diagnostic);
        return None;
    };
    match &variable.state {
        State::Value(text, value) => Some((text.clone(), value.clone())),
        State::Reported => None,
        State::Missing(reported) => {
            // Once, where it is declared: every use has the same remedy.
            if !reported.replace(true) {
                let diagnostic = Diagnostic::new(&MISSING_VALUE, variable.name.span(), format!("variable `{name}` has no value"))
                    .here("declared without a default")
                    .also(place, "needed here")
                    .help(format!("give it a `default`, a value in the target, or `--var {name}=…`"));
                sink.push(diagnostic);
            }
            None
        }
    }
}

fn unknown_reference(name: &str, place: Span, values: &Values<'_>) -> Diagnostic {
    let diagnostic = |message: String| Diagnostic::new(&UNKNOWN_REFERENCE, place, message).here("unknown");
    if name == RUN_ID {
        return diagnostic("`${run.id}` is known in the path of a sink only".to_owned())
            .note("everything else is checked before there is a run");
    }
    let diagnostic = diagnostic(format!("`${{{name}}}` stands for nothing"));
    if values.in_variables {
        return diagnostic
            .note("the value of a variable can hold `${env.NAME}` and `${target.name}`")
            .help("use the variables side by side where they are needed");
    }
    let bare = values.variables.contains_key(name).then(|| format!("var.{name}"));
    let known = values.variables.keys().map(|name| format!("var.{name}"));
    let names: Vec<String> = known.chain([RUN_ID.to_owned(), "target.name".to_owned()]).collect();
    let near = bare.or_else(|| suggest::nearest(name, names.iter().map(String::as_str)).map(str::to_owned));
    match near {
        Some(near) => diagnostic.suggest(place, &format!("${{{near}"), [format!("${{{near}}}").as_str()]),
        None => diagnostic.note("known are `${var.NAME}`, `${env.NAME}`, `${target.name}` and `${run.id}`; `$${` says `${`"),
    }
}
