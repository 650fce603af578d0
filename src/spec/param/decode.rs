//! Reads a YAML node by a table of [`Param`]s: unknown, missing and wrong-typed settings are all reported at once.

use super::describe::describe;
use super::misfit::wrong_type;
use super::{Arg, Args, Param, ParamType, Presence, Value, unit};
use crate::diag::codes::lint::OTHER_YAML;
use crate::diag::codes::spec::{INVALID_VALUE, MISSING_SETTING, OUT_OF_RANGE, UNKNOWN_SETTING, UNKNOWN_WORD, WRONG_TYPE};
use crate::diag::{Diagnostic, Safety, Sink, suggest};
use crate::source::{EmbedMap, Span, Text};
use crate::syntax::yaml::{self, Entry, Node, NodeKind, Scalar, ScalarValue, Style};

/// What is read, for messages and for keys that are read elsewhere.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// Names the thing: `` transform `join` ``.
    pub what: &'a str,
    /// Where a missing setting is reported; `None` for the map itself.
    pub at: Option<Span>,
    /// Settings that may stand here too and are read by another call.
    pub elsewhere: &'static [Param],
}

/// Reads `node` by `table`. `what` names the thing in messages (`` transform `join` ``). Settings that do not fit are
/// reported and left out; `None` if a required one is missing or did not fit.
pub fn decode(node: &Node, table: &'static [Param], what: &str, sink: &mut Sink) -> Option<Args> {
    decode_in(node, table, Scope { what, at: None, elsewhere: &[] }, sink)
}

/// [`decode`] of a part of a map's keys.
pub fn decode_in(node: &Node, table: &'static [Param], scope: Scope<'_>, sink: &mut Sink) -> Option<Args> {
    let [args] = decode_tables(node, [table], scope, sink);
    args
}

/// [`decode`] by several tables at once; a key must be in one of them.
pub fn decode_tables<const N: usize>(
    node: &Node,
    tables: [&'static [Param]; N],
    scope: Scope<'_>,
    sink: &mut Sink,
) -> [Option<Args>; N] {
    let NodeKind::Map(entries) = &node.kind else {
        if !is_reported(node) {
            let message = format!("{} must be a map of settings, found {}", scope.what, node.describe());
            sink.push(Diagnostic::new(&WRONG_TYPE, node.span, message).here("expected a map"));
        }
        return tables.map(|_| None);
    };
    let mut decoder = Decoder { sink, outer: &[] };
    let every: Vec<_> = tables.iter().copied().flatten().collect();
    let mistaken = decoder.unknown_keys(entries, &every, scope);
    tables.map(|table| decoder.known_keys(entries, node.span, table, scope, &mistaken))
}

/// Reads a single value. `subject` names it in messages (`` `inputs` ``); `None` if it did not fit (reported).
pub fn decode_value(node: &Node, ty: &'static ParamType, subject: &str, sink: &mut Sink) -> Option<Arg> {
    let value = Decoder { sink, outer: &[] }.value(node, ty, subject)?;
    Some(Arg { value, span: node.span, key: node.span, written: true })
}

/// The entry whose value goes on in the key of `next`: `{ condition: a in (1, 2) }` has a key `2)` without a value.
fn cut_by_comma<'e>(entries: &'e [Entry], next: &Entry) -> Option<&'e Entry> {
    let at = entries.iter().position(|entry| std::ptr::eq(entry, next))?;
    let before = entries.get(at.checked_sub(1)?)?;
    let is_absent =
        matches!(&next.value.kind, NodeKind::Scalar(Scalar { value: ScalarValue::Null, text, .. }) if text.value.is_empty());
    let is_open = matches!(&before.value.kind, NodeKind::Scalar(Scalar { style: Style::Plain, text, .. })
        if text.value.matches('(').count() > text.value.matches(')').count());
    (is_absent && is_open).then_some(before)
}

/// Whether an error was reported for this value already.
pub fn is_reported(node: &Node) -> bool {
    matches!(&node.kind, NodeKind::Scalar(Scalar { value: ScalarValue::Reported, .. }))
}

struct Decoder<'a> {
    sink: &'a mut Sink,
    /// Tables round the one that is read, outermost first: for settings that stand too deep.
    outer: &'a [(&'a str, &'static [Param])],
}

impl Decoder<'_> {
    fn record(&mut self, entries: &[Entry], span: Span, table: &'static [Param], scope: Scope<'_>) -> Option<Args> {
        let every: Vec<_> = table.iter().collect();
        let mistaken = self.unknown_keys(entries, &every, scope);
        self.known_keys(entries, span, table, scope, &mistaken)
    }

    /// `mistaken`: keys that were reported, with the names they were most likely meant to be. Their values are taken for
    /// these, so that what depends on them is checked too.
    fn known_keys(
        &mut self,
        entries: &[Entry],
        span: Span,
        table: &'static [Param],
        scope: Scope<'_>,
        mistaken: &[(&'static str, &Entry)],
    ) -> Option<Args> {
        let mut args = Args::empty(span);
        let mut complete = true;
        for param in table {
            let meant = || mistaken.iter().find(|(name, _)| *name == param.name).map(|(_, entry)| *entry);
            let written = entries.iter().find(|entry| entry.key.value == param.name).or_else(meant);
            match (written, param.presence) {
                (Some(entry), presence) => {
                    if let Some(arg) = self.written(entry, param, table, scope) {
                        args.entries.push((param.name, arg));
                    } else {
                        args.misfits.push(param.name);
                        complete &= presence != Presence::Required;
                    }
                }
                (None, Presence::Default(value)) => {
                    if let Some(value) = default_value(value, &param.ty, span) {
                        args.entries.push((param.name, Arg { value, span, key: span, written: false }));
                    }
                }
                (None, Presence::Optional) => {}
                (None, Presence::Required) => {
                    complete = false;
                    self.missing(entries, span, param, scope);
                }
            }
        }
        complete.then_some(args)
    }

    fn written(&mut self, entry: &Entry, param: &'static Param, table: &'static [Param], scope: Scope<'_>) -> Option<Arg> {
        let subject = format!("`{}`", param.name);
        let mut outer = self.outer.to_vec();
        outer.push((scope.what, table));
        let value = Decoder { sink: self.sink, outer: &outer }.value(&entry.value, &param.ty, &subject)?;
        Some(Arg { value, span: entry.value.span, key: entry.key.span(), written: true })
    }

    /// Reports the keys that the table does not have; gives those that were most likely meant to be others.
    fn unknown_keys<'e>(
        &mut self,
        entries: &'e [Entry],
        table: &[&'static Param],
        scope: Scope<'_>,
    ) -> Vec<(&'static str, &'e Entry)> {
        let known: Vec<&'static str> = table.iter().copied().chain(scope.elsewhere).map(|param| param.name).collect();
        let absent: Vec<&'static str> =
            known.iter().copied().filter(|name| !entries.iter().any(|e| e.key.value == *name)).collect();
        let mut mistaken = Vec::new();
        for entry in entries.iter().filter(|entry| !known.contains(&entry.key.value.as_str())) {
            let key = entry.key.as_str();
            let span = entry.key.span();
            let mut diagnostic =
                Diagnostic::new(&UNKNOWN_SETTING, span, format!("{} has no setting `{key}`", scope.what)).here("unknown setting");
            let near = suggest::nearest(key, absent.iter().copied());
            if let Some(near) = near {
                mistaken.extend(known.iter().find(|name| **name == near).map(|name| (*name, entry)));
                diagnostic = diagnostic.suggest(span, key, [near]);
            } else if let Some(cut) = cut_by_comma(entries, entry) {
                diagnostic = diagnostic
                    .also(cut.value.span, format!("the value of `{}` ends here", cut.key))
                    .help(format!("between `{{ }}` a comma ends a value: put the value of `{}` in quotes", cut.key));
            } else if let Some(inside) = table.iter().find(|param| fields(&param.ty).iter().any(|field| field.name == key)) {
                diagnostic = diagnostic.help(format!("`{key}` belongs into `{}`", inside.name));
            } else if let Some((what, _)) = self.outer.iter().rev().find(|(_, outer)| outer.iter().any(|param| param.name == key))
            {
                diagnostic = diagnostic.help(format!("`{key}` is a setting of {what}: indent it less"));
            }
            self.sink.push(match known.as_slice() {
                _ if !diagnostic.helps.is_empty() => diagnostic,
                [] => diagnostic.note(format!("{} has no settings", scope.what)),
                known => diagnostic.note(format!("its settings are {}", suggest::list(known.iter().copied(), 24))),
            });
        }
        mistaken
    }

    fn missing(&mut self, entries: &[Entry], span: Span, param: &'static Param, scope: Scope<'_>) {
        // A map without brackets reaches over many lines: its first key stands for it.
        let at = scope
            .at
            .or_else(|| entries.first().map(|entry| entry.key.span()).filter(|key| key.start == span.start))
            .unwrap_or(span);
        let diagnostic = Diagnostic::new(&MISSING_SETTING, at, format!("{} needs `{}`", scope.what, param.name))
            .here(format!("`{}` is missing", param.name))
            .help(format!(
                "add `{}`: {}",
                param.name,
                if param.summary.is_empty() { describe(&param.ty) } else { param.summary.to_owned() }
            ));
        self.sink.push(diagnostic);
    }

    /// `None` if the value did not fit, which was reported.
    fn value(&mut self, node: &Node, ty: &'static ParamType, subject: &str) -> Option<Value> {
        if is_reported(node) {
            return None;
        }
        match ty {
            ParamType::List(item) => match &node.kind {
                NodeKind::List(items) => self.list(items, item, subject),
                NodeKind::Scalar(_) | NodeKind::Map(_) => self.not_a_list(node, ty, subject),
            },
            ParamType::OneOrMany(item) => match &node.kind {
                NodeKind::List(items) => self.list(items, item, subject),
                NodeKind::Scalar(_) | NodeKind::Map(_) => {
                    if !shape_fits(node, item) {
                        return self.misfit(node, ty, subject);
                    }
                    let value = self.value(node, item, subject)?;
                    Some(Value::List(vec![Arg { value, span: node.span, key: node.span, written: true }]))
                }
            },
            ParamType::Map(item) => match &node.kind {
                NodeKind::Map(entries) => self.map(entries, item, subject),
                NodeKind::Scalar(_) | NodeKind::List(_) => self.misfit(node, ty, subject),
            },
            ParamType::Record(table) => match &node.kind {
                NodeKind::Map(entries) => {
                    self.record(entries, node.span, table, Scope { what: subject, at: None, elsewhere: &[] }).map(Value::Record)
                }
                NodeKind::Scalar(_) | NodeKind::List(_) => self.misfit(node, ty, subject),
            },
            ParamType::Either(first, second) => {
                if shape_fits(node, first) {
                    self.value(node, first, subject)
                } else if shape_fits(node, second) {
                    self.value(node, second, subject)
                } else {
                    self.misfit(node, ty, subject)
                }
            }
            _ => match &node.kind {
                NodeKind::Scalar(scalar) => self.scalar(scalar, node, ty, subject),
                NodeKind::List(_) | NodeKind::Map(_) => self.misfit(node, ty, subject),
            },
        }
    }

    fn list(&mut self, items: &[Node], ty: &'static ParamType, subject: &str) -> Option<Value> {
        let subject = format!("an item of {subject}");
        // Every item is read, so that all that do not fit are reported.
        let read: Vec<_> = items
            .iter()
            .map(|item| self.value(item, ty, &subject).map(|value| Arg { value, span: item.span, key: item.span, written: true }))
            .collect();
        read.into_iter().collect::<Option<_>>().map(Value::List)
    }

    fn map(&mut self, entries: &[Entry], ty: &'static ParamType, subject: &str) -> Option<Value> {
        let read: Vec<_> = entries
            .iter()
            .map(|entry| {
                let value = self.value(&entry.value, ty, &format!("`{}` of {subject}", entry.key))?;
                Some((entry.key.clone(), Arg { value, span: entry.value.span, key: entry.key.span(), written: true }))
            })
            .collect();
        read.into_iter().collect::<Option<_>>().map(Value::Map)
    }

    fn scalar(&mut self, scalar: &Scalar, node: &Node, ty: &'static ParamType, subject: &str) -> Option<Value> {
        if scalar.value == ScalarValue::Null {
            return self.nothing(scalar, node, ty, subject);
        }
        let text = &scalar.text;
        let word = text.as_str();
        match (ty, &scalar.value) {
            (ParamType::Bool, ScalarValue::Bool(value)) => Some(Value::Bool(*value)),
            (ParamType::Int { min, max }, ScalarValue::Int(value)) => {
                if value < min || value > max {
                    let message = format!("{subject} must be {}, found {value}", describe(ty));
                    self.sink.push(Diagnostic::new(&OUT_OF_RANGE, node.span, message).here(format!("expected {}", describe(ty))));
                    return None;
                }
                Some(Value::Int(*value))
            }
            (ParamType::Float { min, max }, ScalarValue::Float(value)) => self.in_range(*value, *min, *max, node, ty, subject),
            #[expect(clippy::cast_precision_loss, reason = "settings are small numbers")]
            (ParamType::Float { min, max }, ScalarValue::Int(value)) => {
                self.in_range(*value as f64, *min, *max, node, ty, subject)
            }
            (ParamType::Duration, _) => match unit::duration(word) {
                Some(value) => Some(Value::Duration(value)),
                None => self.no_quantity(
                    node,
                    word,
                    "duration",
                    "a duration is a number with a unit: `500ms`, `60s`, `30m`, `24h`, `90d`",
                ),
            },
            (ParamType::Size, _) => match unit::size(word) {
                Some(0) => {
                    let message = format!("{subject} must be more than nothing, found `{word}`");
                    let help = "write how much it is, or leave it out";
                    self.sink.push(Diagnostic::new(&OUT_OF_RANGE, node.span, message).here("out of range").help(help));
                    None
                }
                Some(value) => Some(Value::Size(value)),
                None => self.no_quantity(
                    node,
                    word,
                    "size",
                    "a size is a number with a unit: `64KB`, `128MiB`, `1GiB`; without one it counts bytes",
                ),
            },
            (ParamType::OneOf(words), _) => {
                if words.contains(&word) {
                    return Some(Value::Text(text.clone()));
                }
                let diagnostic = Diagnostic::new(&UNKNOWN_WORD, node.span, format!("{subject} cannot be `{word}`"))
                    .here(format!("expected {}", describe(ty)))
                    .suggest(node.span, word, words.iter().copied());
                self.sink.push(diagnostic);
                None
            }
            (ParamType::Bool | ParamType::Int { .. } | ParamType::Float { .. }, _) => self.misfit(node, ty, subject),
            (ParamType::Text, _) => {
                self.other_yaml(scalar, node);
                Some(Value::Text(text.clone()))
            }
            _ if word.trim().is_empty() => {
                let message = format!("{subject} must be {}, found an empty text", describe(ty));
                let empty = Diagnostic::new(&WRONG_TYPE, node.span, message).here("empty");
                self.sink.push(empty.help(format!("write {}", describe(ty))));
                None
            }
            _ => {
                self.other_yaml(scalar, node);
                Some(Value::Text(text.clone()))
            }
        }
    }

    /// A number that is neither too small nor too great. NaN is in no range.
    fn in_range(&mut self, value: f64, min: f64, max: f64, node: &Node, ty: &ParamType, subject: &str) -> Option<Value> {
        if (min..=max).contains(&value) {
            return Some(Value::Float(value));
        }
        let message = format!("{subject} must be {}, found {value}", describe(ty));
        self.sink.push(Diagnostic::new(&OUT_OF_RANGE, node.span, message).here(format!("expected {}", describe(ty))));
        None
    }

    /// Warns of a text that readers of YAML 1.1 take for a boolean or a number.
    fn other_yaml(&mut self, scalar: &Scalar, node: &Node) {
        let word = scalar.text.as_str();
        // What `${…}` stands for is read by nobody else.
        if scalar.style != Style::Plain || node.span.range().len() != word.len() {
            return;
        }
        let Some(other) = unit::other_yaml(word) else { return };
        let quoted = format!("\"{word}\"");
        self.sink.push(
            Diagnostic::new(&OTHER_YAML, node.span, format!("`{word}` without quotes is {other} to other readers of YAML"))
                .here("a text in YAML 1.2, and here")
                .help(format!("put it in quotes: `{quoted}`"))
                .fix("put it in quotes", node.span, quoted, Safety::Safe),
        );
    }

    /// `key:` without a value, or `null` in one of its spellings.
    fn nothing(&mut self, scalar: &Scalar, node: &Node, ty: &'static ParamType, subject: &str) -> Option<Value> {
        let word = scalar.text.as_str();
        let mut diagnostic = wrong_type(node, subject, ty);
        if matches!(ty, ParamType::Text | ParamType::OneOf(_)) && !word.is_empty() {
            let quoted = format!("\"{word}\"");
            diagnostic = diagnostic.help(format!("put the text in quotes: `{quoted}`")).fix(
                "put it in quotes",
                node.span,
                quoted,
                Safety::Unsafe,
            );
        }
        self.sink.push(diagnostic);
        None
    }

    fn no_quantity(&mut self, node: &Node, word: &str, name: &str, help: &str) -> Option<Value> {
        self.sink.push(
            Diagnostic::new(&INVALID_VALUE, node.span, format!("`{word}` is no {name}"))
                .here(format!("expected a {name}"))
                .help(help),
        );
        None
    }

    fn misfit(&mut self, node: &Node, ty: &'static ParamType, subject: &str) -> Option<Value> {
        self.sink.push(wrong_type(node, subject, ty));
        None
    }

    /// A single value where a list must stand: most likely a list of one.
    fn not_a_list(&mut self, node: &Node, ty: &'static ParamType, subject: &str) -> Option<Value> {
        let mut diagnostic = wrong_type(node, subject, ty);
        if let NodeKind::Scalar(Scalar { text, style: Style::Plain, value }) = &node.kind
            && *value != ScalarValue::Null
        {
            let list = format!("[{text}]");
            diagnostic =
                diagnostic.help(format!("a list of one is `{list}`")).fix("make it a list", node.span, list, Safety::Unsafe);
        }
        self.sink.push(diagnostic);
        None
    }
}

/// Whether a value of that type is written as what `node` is: a scalar, a list or a map.
fn shape_fits(node: &Node, ty: &ParamType) -> bool {
    match (ty, &node.kind) {
        (ParamType::Either(first, second), _) => shape_fits(node, first) || shape_fits(node, second),
        (ParamType::OneOrMany(item), kind) => matches!(kind, NodeKind::List(_)) || shape_fits(node, item),
        (ParamType::List(_), kind) => matches!(kind, NodeKind::List(_)),
        (ParamType::Map(_) | ParamType::Record(_), kind) => matches!(kind, NodeKind::Map(_)),
        (_, kind) => matches!(kind, NodeKind::Scalar(_)),
    }
}

/// The known keys of the map that a value of that type is or consists of.
fn fields(ty: &'static ParamType) -> &'static [Param] {
    match ty {
        ParamType::Record(fields) => fields,
        ParamType::Either(_, map) => fields(map),
        _ => &[],
    }
}

/// A default as the table writes it. All its places are `span`, the map it was left out of.
fn default_value(text: &'static str, ty: &'static ParamType, span: Span) -> Option<Value> {
    let mut sink = Sink::default();
    let is_collection =
        matches!(ty, ParamType::List(_) | ParamType::Map(_) | ParamType::Record(_)) || text.starts_with(['[', '{']);
    let mut node = if is_collection { yaml::parse(span.file, text, &mut sink)? } else { yaml::plain(text, span) };
    place(&mut node, span);
    let value = Decoder { sink: &mut sink, outer: &[] }.value(&node, ty, "default");
    debug_assert!(value.is_some(), "the default `{text}` is not {}", describe(ty));
    value
}

fn place(node: &mut Node, span: Span) {
    node.span = span;
    match &mut node.kind {
        NodeKind::Scalar(scalar) => scalar.text.map = EmbedMap::opaque(span),
        NodeKind::List(items) => items.iter_mut().for_each(|item| place(item, span)),
        NodeKind::Map(entries) => entries.iter_mut().for_each(|entry| {
            entry.key = Text { value: std::mem::take(&mut entry.key.value), map: EmbedMap::opaque(span) };
            place(&mut entry.value, span);
        }),
    }
}

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
