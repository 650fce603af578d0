//! Parser events to the [`Node`] tree: nesting, anchors, merge keys, duplicate keys, limits.
//!
//! Works with a stack of its own, so that no nesting of the user's can exhaust the program's.

use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, ScalarStyle, StructureStyle};

use super::{Entry, MAX_DEPTH, Node, NodeKind, Scalar, ScalarValue, Style, scalar, syntax_error};
use crate::diag::codes::spec::{DUPLICATE_KEY, UNKNOWN_ANCHOR, UNSUPPORTED_YAML, YAML_SYNTAX, YAML_TOO_LARGE};
use crate::diag::{Diagnostic, Sink};
use crate::source::{FileId, Span, Text};

/// How much aliases may add to a tree: a node weighs 1, and 1 more for every 16 bytes of its text.
const MAX_ALIAS_WEIGHT: usize = 200_000;
/// The key whose maps are merged into the map it stands in.
const MERGE: &str = "<<";

/// See [`super::parse`].
pub(super) fn build(file: FileId, text: &str, sink: &mut Sink) -> Option<Node> {
    let mut builder = Builder {
        file,
        text,
        sink,
        stack: Vec::new(),
        anchors: HashMap::new(),
        names: Vec::new(),
        alias_weight: 0,
        root: None,
        broken: false,
    };
    let mut documents = 0;
    for event in super::events(text) {
        let (event, span) = match event {
            Ok(event) => event,
            Err(error) => {
                let open = builder.innermost_flow();
                let last = builder.last_scalar();
                builder.sink.push(syntax_error::diagnostic(file, text, &error, open, last));
                return None;
            }
        };
        if matches!(event, Event::DocumentStart(..)) {
            documents += 1;
            if documents > 1 {
                builder.second_document(&span);
                return None;
            }
        }
        builder.event(event, &span);
        if builder.alias_weight > MAX_ALIAS_WEIGHT {
            return None;
        }
    }
    if builder.broken {
        return None;
    }
    Some(builder.root.unwrap_or_else(|| nothing(Span::file_start(file))))
}

/// A scalar that says nothing, at a place.
fn nothing(span: Span) -> Node {
    let scalar = Scalar { text: Text::new("", span), style: Style::Plain, value: ScalarValue::Null };
    Node { kind: NodeKind::Scalar(scalar), span }
}

struct Builder<'a> {
    file: FileId,
    text: &'a str,
    sink: &'a mut Sink,
    /// The collections that are open, outermost first.
    stack: Vec<Frame>,
    /// What finished anchors stand for; an anchor that is missing here is still open.
    anchors: HashMap<usize, Anchor>,
    /// Names of all anchors so far, for suggestions.
    names: Vec<String>,
    alias_weight: usize,
    root: Option<Node>,
    /// An error was pushed after which the tree is not what was meant.
    broken: bool,
}

/// An open collection.
struct Frame {
    start: usize,
    /// The end of its last token so far.
    end: usize,
    flow: bool,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map(OpenMap),
}

#[derive(Default)]
struct OpenMap {
    entries: Vec<Entry>,
    /// Place of every own key in `entries`.
    index: HashMap<String, usize>,
    /// The key whose value comes next.
    key: Option<Key>,
    /// Values of merge keys, in their order.
    merged: Vec<Node>,
    merge_key: Option<Span>,
}

/// A key that was read, and what becomes of its value.
enum Key {
    Own(Text),
    Merge,
    /// Reported: its value is dropped.
    Dropped,
}

#[derive(Clone)]
struct Anchor {
    node: Rc<Node>,
    weight: usize,
    depth: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, at: &granit_parser::Span) {
        let range = at.byte_range().unwrap_or(0..0);
        let tag = match &event {
            Event::Scalar(_, _, _, tag) | Event::SequenceStart(_, _, tag) | Event::MappingStart(_, _, tag) => tag.as_deref(),
            _ => None,
        };
        let as_text = tag.is_some_and(|tag| tag.is_yaml_core_schema_tag("str"));
        if let Some(tag) = tag
            && !tag.is_yaml_core_schema()
            && tag.suffix() != "!"
        {
            self.unsupported_tag(at, range.start);
        }
        match event {
            Event::Scalar(value, style, anchor, _) => {
                let mut scalar = scalar::read(self.file, self.text, &value, style, range.clone());
                if as_text {
                    scalar.value = ScalarValue::Str;
                }
                let span = scalar.text.span();
                let end = match style {
                    ScalarStyle::Literal | ScalarStyle::Folded => span.end as usize,
                    ScalarStyle::Plain | ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => range.end,
                };
                self.finish(Node { kind: NodeKind::Scalar(scalar), span }, end, anchor);
            }
            Event::SequenceStart(style, anchor, _) => {
                // A list at its key's own indentation is said to begin after its first dash.
                let before = self.text[..range.start].trim_end();
                let dashed =
                    style == StructureStyle::Block && !self.text[range.start..].starts_with('-') && before.ends_with('-');
                let start = if dashed { before.len() - 1 } else { range.start };
                self.open(start, style, anchor, Content::List(Vec::new()));
            }
            Event::MappingStart(style, anchor, _) => self.open(range.start, style, anchor, Content::Map(OpenMap::default())),
            Event::SequenceEnd | Event::MappingEnd => self.close(range.end),
            Event::Alias(id) => self.alias(id, range),
            Event::UnresolvedAlias(name) => self.unknown_alias(&name, range),
            Event::Anchor(_, name) => self.names.push(name.into_owned()),
            // Stream and document borders; comments are not asked for.
            _ => {}
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    fn open(&mut self, start: usize, style: StructureStyle, anchor: usize, content: Content) {
        let flow = matches!(style, StructureStyle::Flow);
        self.stack.push(Frame { start, end: start, flow, anchor, content });
        if self.stack.len() == MAX_DEPTH + 1 {
            self.too_deep(start..start + 1);
        }
    }

    fn close(&mut self, end: usize) {
        let Some(frame) = self.stack.pop() else { return };
        let end = if frame.flow { end } else { frame.end };
        let span = self.span(frame.start, end);
        let kind = match frame.content {
            Content::List(items) => NodeKind::List(items),
            Content::Map(map) => NodeKind::Map(map.finish()),
        };
        self.finish(Node { kind, span }, end, frame.anchor);
    }

    /// Puts a finished value where it belongs. `end`: the end of its last token, quotes included.
    fn finish(&mut self, node: Node, end: usize, anchor: usize) {
        if anchor != 0 {
            let (weight, depth) = measure(&node);
            self.anchors.insert(anchor, Anchor { node: Rc::new(node.clone()), weight, depth });
        }
        let Some(frame) = self.stack.last_mut() else {
            self.root = Some(node);
            return;
        };
        frame.end = frame.end.max(end);
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Map(map) => match map.key.take() {
                None => {
                    let key = self.key(node);
                    if let Some(Frame { content: Content::Map(map), .. }) = self.stack.last_mut() {
                        map.key = Some(key);
                    }
                }
                Some(Key::Own(key)) => {
                    map.index.insert(key.value.clone(), map.entries.len());
                    map.entries.push(Entry { key, value: node });
                }
                Some(Key::Merge) => self.merge(node),
                Some(Key::Dropped) => {}
            },
        }
    }

    /// What the key `node` of the innermost map means.
    fn key(&mut self, node: Node) -> Key {
        let NodeKind::Scalar(scalar) = node.kind else {
            self.broken = true;
            let message = format!("a key must be a single word, not {}", Node { kind: node.kind, span: node.span }.describe());
            self.sink.push(Diagnostic::new(&UNSUPPORTED_YAML, node.span, message).help("write the key as plain or quoted text"));
            return Key::Dropped;
        };
        if node.span.start == node.span.end && scalar.style == Style::Plain {
            self.broken = true;
            self.sink.push(Diagnostic::new(&YAML_SYNTAX, node.span, "a key is missing before `:`").here("expected a key"));
            return Key::Dropped;
        }
        let Some(Frame { content: Content::Map(map), .. }) = self.stack.last_mut() else { return Key::Dropped };
        let is_merge = scalar.text.value == MERGE && scalar.style == Style::Plain;
        let first = if is_merge {
            map.merge_key.replace(node.span)
        } else {
            map.index.get(&scalar.text.value).map(|&at| map.entries[at].key.span())
        };
        if let Some(first) = first {
            let diagnostic =
                Diagnostic::new(&DUPLICATE_KEY, node.span, format!("`{}` stands twice in the same map", scalar.text.value))
                    .here("the second one")
                    .also(first, "the first one")
                    .help(if is_merge {
                        "merge several maps with a list: `<<: [*a, *b]`"
                    } else {
                        "remove or rename one of them"
                    });
            self.sink.push(diagnostic);
            return Key::Dropped;
        }
        if is_merge { Key::Merge } else { Key::Own(scalar.text) }
    }

    /// Takes the value of a merge key: a map, or a list of maps.
    fn merge(&mut self, value: Node) {
        let maps = match value.kind {
            NodeKind::List(items) => items,
            NodeKind::Map(_) | NodeKind::Scalar(_) => vec![value],
        };
        for map in &maps {
            if !matches!(map.kind, NodeKind::Map(_)) {
                self.broken = true;
                let message = format!("`<<` merges maps, found {}", map.describe());
                self.sink.push(Diagnostic::new(&UNSUPPORTED_YAML, map.span, message).here("not a map"));
            }
        }
        if let Some(Frame { content: Content::Map(map), .. }) = self.stack.last_mut() {
            map.merged.extend(maps);
        }
    }

    fn alias(&mut self, id: usize, range: std::ops::Range<usize>) {
        let span = self.span(range.start, range.end);
        let Some(anchor) = self.anchors.get(&id).cloned() else {
            self.broken = true;
            let message = format!("`{}` stands inside the value that it names", &self.text[range.clone()]);
            self.sink.push(Diagnostic::new(&UNKNOWN_ANCHOR, span, message).here("this value would hold itself"));
            self.finish(nothing(span), range.end, 0);
            return;
        };
        self.alias_weight += anchor.weight;
        if self.alias_weight > MAX_ALIAS_WEIGHT {
            let diagnostic = Diagnostic::new(&YAML_TOO_LARGE, span, "aliases make this file too large")
                .here("one copy too many")
                .note("aliases of aliases grow a file exponentially; files that do so by intent are attacks")
                .help("use `templates:` for what jobs have in common");
            self.sink.push(diagnostic);
            return;
        }
        if self.stack.len() + anchor.depth > MAX_DEPTH {
            self.too_deep(range.clone());
            self.finish(nothing(span), range.end, 0);
            return;
        }
        let mut node = (*anchor.node).clone();
        node.span = span;
        self.finish(node, range.end, 0);
    }

    fn unknown_alias(&mut self, name: &str, range: std::ops::Range<usize>) {
        self.broken = true;
        let span = self.span(range.start + 1, range.end);
        let diagnostic = Diagnostic::new(&UNKNOWN_ANCHOR, span, format!("no anchor `&{name}` stands before this alias"))
            .here("unknown anchor")
            .suggest(span, name, self.names.iter().map(String::as_str))
            .note("text that begins with `*` must be put in quotes");
        self.sink.push(diagnostic);
        self.finish(nothing(span), range.end, 0);
    }

    fn too_deep(&mut self, range: std::ops::Range<usize>) {
        self.broken = true;
        let message = format!("more than {MAX_DEPTH} levels of nesting");
        self.sink.push(Diagnostic::new(&YAML_TOO_LARGE, self.span(range.start, range.end), message).here("one level too deep"));
    }

    fn unsupported_tag(&mut self, at: &granit_parser::Span, otherwise: usize) {
        self.broken = true;
        let range = at.tag_span().and_then(|tag| tag.byte_range()).unwrap_or(otherwise..otherwise);
        let tag = &self.text[range.clone()];
        let diagnostic =
            Diagnostic::new(&UNSUPPORTED_YAML, self.span(range.start, range.end), format!("the tag `{tag}` has no meaning here"))
                .help("remove the tag; text that begins with `!` must be put in quotes");
        self.sink.push(diagnostic);
    }

    fn second_document(&mut self, at: &granit_parser::Span) {
        let range = at.byte_range().unwrap_or(0..0);
        let diagnostic = Diagnostic::new(&UNSUPPORTED_YAML, self.span(range.start, range.end), "a file holds one YAML document")
            .here("a second one begins here")
            .help("put it in a file of its own; maps merge across the files of a project");
        self.sink.push(diagnostic);
    }

    /// The `[` or `{` of the innermost open collection, if it is written that way.
    fn innermost_flow(&self) -> Option<usize> {
        self.stack.last().filter(|frame| frame.flow).map(|frame| frame.start)
    }

    /// The place of the scalar that was read last in the innermost collection.
    fn last_scalar(&self) -> Option<Span> {
        match &self.stack.last()?.content {
            Content::List(items) => items.last().map(|item| item.span),
            Content::Map(OpenMap { key: Some(Key::Own(key)), .. }) => Some(key.span()),
            Content::Map(map) => map.entries.last().map(|entry| entry.value.span),
        }
    }
}

impl OpenMap {
    /// Own keys, then those merged in: of several merged maps the earlier counts.
    fn finish(mut self) -> Vec<Entry> {
        for map in self.merged {
            let NodeKind::Map(entries) = map.kind else { continue };
            for entry in entries {
                if !self.index.contains_key(&entry.key.value) {
                    self.index.insert(entry.key.value.clone(), self.entries.len());
                    self.entries.push(entry);
                }
            }
        }
        self.entries
    }
}

/// Weight and depth of a tree.
fn measure(node: &Node) -> (usize, usize) {
    let children = |nodes: &mut dyn Iterator<Item = &Node>| {
        nodes.map(measure).fold((1, 0), |(weight, depth), (w, d)| (weight + w, depth.max(d)))
    };
    let (weight, depth) = match &node.kind {
        NodeKind::Scalar(scalar) => return (1 + scalar.text.value.len() / 16, 0),
        NodeKind::List(items) => children(&mut items.iter()),
        NodeKind::Map(entries) => children(&mut entries.iter().map(|entry| &entry.value)),
    };
    (weight, depth + 1)
}
