//! The tree as text: two blanks a level, one after `:` and before a comment, at most one blank line.
//!
//! ```yaml
//! key: value # comment
//! list:
//!   - { flow: map, of: [one, line] }
//! long:
//!   [
//!     one,
//!     two,
//!   ]
//! ```

use super::WIDTH;
use super::lex::Block;
use super::scalar;
use super::tree::{Body, Comment, Document, Item, Items, Node, Stream};

/// Blanks a level.
const STEP: usize = 2;
/// The longest key that YAML reads without a `?`, in bytes.
const LONGEST_KEY: usize = 1000;

/// Where a value stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// After `key:`; its own lines are a level deeper.
    Value,
    /// After `- `, `? ` or `: `, which make the first level.
    Item,
}

#[derive(Default)]
struct Printer {
    out: String,
    /// Where a `|+` ended last: a blank line there would be a part of it.
    kept: usize,
}

/// The text of a stream.
pub(super) fn print(stream: &Stream<'_>) -> String {
    let mut printer = Printer::default();
    stream.documents.iter().for_each(|document| printer.document(document));
    printer.comments(&stream.foot, 0);
    printer.out
}

impl Printer {
    fn document(&mut self, document: &Document<'_>) {
        self.comments(&document.preamble, 0);
        if let Some(comment) = &document.start {
            self.out.push_str("---");
            self.end_line(comment.as_ref());
        }
        self.comments(&document.leading, 0);
        let Node { properties, body } = &document.root;
        if let Body::List(items) | Body::Map(items) = body {
            if !properties.is_empty() || document.comment.is_some() {
                self.out.push_str(&properties.join(" "));
                self.end_line(document.comment.as_ref());
            }
            self.items(items, 0, matches!(body, Body::List(_)), true);
        } else if !properties.is_empty() || !matches!(body, Body::Empty) {
            self.blank_line(document.blank);
            self.inline(&document.root, 0, document.comment.as_ref());
        }
        self.comments(&document.foot, 0);
        if let Some(comment) = &document.end {
            self.out.push_str("...");
            self.end_line(comment.as_ref());
        }
    }

    /// The items of a block collection, each on lines of its own. `indented`: not if the first one goes on in this line.
    fn items(&mut self, items: &Items<'_>, column: usize, is_list: bool, indented: bool) {
        for (number, item) in items.items.iter().enumerate() {
            if indented || number > 0 {
                self.comments(&item.leading, column);
                self.blank_line(item.blank);
                self.pad(column);
            }
            if is_list {
                self.out.push('-');
                self.value(item, column, Place::Item);
            } else {
                self.entry(item, column);
            }
            self.comments(&item.below, column + STEP);
        }
        self.comments(&items.foot, column);
    }

    /// An entry of a block map.
    fn entry(&mut self, item: &Item<'_>, column: usize) {
        match item.key.as_ref().and_then(simple_key) {
            Some(key) => {
                self.out.push_str(&key);
                self.out.push(':');
                self.value(item, column, Place::Value);
            }
            None => {
                self.out.push('?');
                if let Some(key) = &item.key {
                    self.node(key, None, column, Place::Item);
                }
                if item.colon {
                    self.pad(column);
                    self.out.push(':');
                    self.value(item, column, Place::Item);
                } else if let Some(comment) = &item.comment {
                    self.comments(std::slice::from_ref(comment), column);
                }
            }
        }
    }

    fn value(&mut self, item: &Item<'_>, column: usize, place: Place) {
        self.node(&item.value, item.comment.as_ref(), column, place);
    }

    /// A value after its `:` or `-`, which stands in an entry at `column`.
    fn node(&mut self, node: &Node<'_>, comment: Option<&Comment<'_>>, column: usize, place: Place) {
        let Node { properties, body } = node;
        let inner = column + STEP;
        if let Body::List(items) | Body::Map(items) = body {
            let is_list = matches!(body, Body::List(_));
            let starts_bare = items.items.first().is_some_and(|item| item.leading.is_empty());
            if place == Place::Item && properties.is_empty() && comment.is_none() && starts_bare {
                self.out.push(' ');
                self.items(items, inner, is_list, false);
                return;
            }
            self.properties(properties);
            self.end_line(comment);
            self.items(items, inner, is_list, true);
            return;
        }
        match body {
            Body::Empty => {
                self.properties(properties);
                self.end_line(comment);
            }
            Body::Word { raw, first: true } if raw.contains('\n') => {
                self.properties(properties);
                self.out.push('\n');
                self.pad(inner);
                self.word(raw, inner);
                self.end_line(comment);
            }
            Body::FlowList(_) | Body::FlowMap(_) if place == Place::Value && !self.fits(node) => {
                self.properties(properties);
                self.out.push('\n');
                self.pad(inner);
                self.broken(body, inner);
                self.end_line(comment);
            }
            _ => {
                self.out.push(' ');
                self.inline(node, inner, comment);
            }
        }
    }

    /// A value that is no block collection, from here on; its further lines are indented by `column`.
    fn inline(&mut self, node: &Node<'_>, column: usize, comment: Option<&Comment<'_>>) {
        let Node { properties, body } = node;
        for property in properties {
            self.out.push_str(property);
            self.out.push(' ');
        }
        match body {
            Body::Block(block, text) => {
                self.block(block, text, column.max(STEP));
                return;
            }
            Body::Word { raw, .. } => self.word(raw, column.max(STEP)),
            Body::Empty => {
                self.out.pop();
            }
            _ => match flat_body(body).filter(|flat| self.has_room_for(flat, 0)) {
                Some(flat) => self.out.push_str(&flat),
                None => self.broken(body, column),
            },
        }
        self.end_line(comment);
    }

    /// A flow collection with a line for each of its items, its brackets at `column`.
    fn broken(&mut self, body: &Body<'_>, column: usize) {
        let (items, open, close) = match body {
            Body::FlowList(items) => (items, '[', ']'),
            Body::FlowMap(items) => (items, '{', '}'),
            Body::Pair(item) => return self.flow_item(item, column),
            Body::Word { raw, .. } => return self.word(raw, column + STEP),
            Body::Empty | Body::Block(..) | Body::List(_) | Body::Map(_) => return,
        };
        self.out.push(open);
        self.out.push('\n');
        for item in &items.items {
            self.comments(&item.leading, column + STEP);
            self.blank_line(item.blank);
            self.pad(column + STEP);
            self.flow_item(item, column + STEP);
            self.out.push_str(comma(&self.out));
            self.end_line(item.comment.as_ref());
        }
        self.comments(&items.foot, column + STEP);
        self.pad(column);
        self.out.push(close);
    }

    /// An item between brackets that has lines of its own.
    fn flow_item(&mut self, item: &Item<'_>, column: usize) {
        let Some(key) = &item.key else { return self.flow_node(&item.value, column) };
        if let Some(flat) = flat_item(item).filter(|flat| self.has_room_for(flat, 1)) {
            self.out.push_str(&flat);
            return;
        }
        match simple_key(key) {
            Some(key) => self.out.push_str(&key),
            None => {
                self.out.push_str("? ");
                self.flow_node(key, column);
                self.out.push('\n');
                self.pad(column);
            }
        }
        if item.colon {
            self.out.push(':');
            if !(item.value.properties.is_empty() && matches!(item.value.body, Body::Empty)) {
                self.out.push(' ');
                self.flow_node(&item.value, column);
            }
        }
    }

    fn flow_node(&mut self, node: &Node<'_>, column: usize) {
        if let Some(flat) = flat(node).filter(|flat| self.has_room_for(flat, 1)) {
            self.out.push_str(&flat);
            return;
        }
        for property in &node.properties {
            self.out.push_str(property);
            self.out.push(' ');
        }
        self.broken(&node.body, column);
    }

    fn word(&mut self, raw: &str, column: usize) {
        for (number, line) in scalar::lines(raw).into_iter().enumerate() {
            if number > 0 {
                self.out.push('\n');
            }
            if number > 0 && !line.is_empty() {
                self.pad(column);
            }
            self.out.push_str(line);
        }
    }

    /// A literal or folded scalar with its lines.
    fn block(&mut self, block: &Block, text: &str, column: usize) {
        self.out.push(block.style);
        let first = block.lines.iter().map(|line| &text[line.clone()]).find(|line| !line.is_empty());
        // Else the indentation would be told from this line. Tabs are refused there by some readers.
        if first.is_some_and(|line| line.starts_with([' ', '\t'])) {
            self.out.push_str(&STEP.to_string());
        }
        self.out.extend(block.chomp);
        let comment = block.comment.clone().map(|range| Comment { text: &text[range], blank: false });
        self.end_line(comment.as_ref());
        for line in &block.lines {
            if !line.is_empty() {
                self.pad(column);
            }
            self.out.push_str(&text[line.clone()]);
            self.out.push('\n');
        }
        if block.chomp == Some('+') {
            self.kept = self.out.len();
        }
    }

    fn properties(&mut self, properties: &[&str]) {
        for property in properties {
            self.out.push(' ');
            self.out.push_str(property);
        }
    }

    fn comments(&mut self, comments: &[Comment<'_>], column: usize) {
        for comment in comments {
            self.blank_line(comment.blank);
            self.pad(column);
            self.out.push_str(comment.text);
            self.out.push('\n');
        }
    }

    fn end_line(&mut self, comment: Option<&Comment<'_>>) {
        if let Some(comment) = comment {
            let starts_line = self.out.is_empty() || self.out.ends_with('\n');
            self.out.push_str(if starts_line { "" } else { " " });
            self.out.push_str(comment.text);
        }
        self.out.push('\n');
    }

    fn blank_line(&mut self, wanted: bool) {
        if wanted && !self.out.is_empty() && self.out.len() != self.kept {
            self.out.push('\n');
        }
    }

    fn pad(&mut self, column: usize) {
        self.out.extend(std::iter::repeat_n(' ', column));
    }

    /// Whether a flow collection stands in this line as a whole.
    fn fits(&self, node: &Node<'_>) -> bool {
        flat(node).is_some_and(|flat| self.has_room_for(&flat, 1))
    }

    /// Whether this line can take `flat` and `more` characters.
    fn has_room_for(&self, flat: &str, more: usize) -> bool {
        let line = self.out.rfind('\n').map_or(0, |at| at + 1);
        self.out[line..].chars().count() + flat.chars().count() + more <= WIDTH
    }
}

/// What ends an item. Some readers take `key:,` for a word.
fn comma(before: &str) -> &'static str {
    if before.ends_with(':') { " ," } else { "," }
}

/// A key as it stands before its `:`; `None` if it needs a `?`.
fn simple_key(key: &Node<'_>) -> Option<String> {
    let mut text = flat(key)?;
    if text.len() > LONGEST_KEY {
        return None;
    }
    let is_name = matches!(key.body, Body::Word { raw, .. } if raw.starts_with('*'));
    let is_bare = matches!(key.body, Body::Empty) && !key.properties.is_empty();
    // A colon would be a part of the name.
    if is_name || is_bare {
        text.push(' ');
    }
    Some(text)
}

/// A value in one line; `None` if it needs several, or holds comments.
fn flat(node: &Node<'_>) -> Option<String> {
    let body = flat_body(&node.body)?;
    let mut parts = node.properties.clone();
    if !body.is_empty() {
        parts.push(&body);
    }
    Some(parts.join(" "))
}

fn flat_body(body: &Body<'_>) -> Option<String> {
    let (items, open, close) = match body {
        Body::Empty => return Some(String::new()),
        Body::Word { raw, .. } => return (!raw.contains('\n')).then(|| (*raw).to_owned()),
        Body::Pair(item) => return flat_item(item),
        Body::Block(..) | Body::List(_) | Body::Map(_) => return None,
        Body::FlowList(items) => (items, "[", "]"),
        Body::FlowMap(items) => (items, "{ ", " }"),
    };
    if !items.foot.is_empty() {
        return None;
    }
    let mut inside = String::new();
    for (number, item) in items.items.iter().enumerate() {
        if number > 0 {
            inside.push_str(comma(&inside));
            inside.push(' ');
        }
        inside.push_str(&flat_item(item)?);
    }
    Some(if inside.is_empty() { format!("{}{}", open.trim_end(), close.trim_start()) } else { format!("{open}{inside}{close}") })
}

fn flat_item(item: &Item<'_>) -> Option<String> {
    if !item.leading.is_empty() || item.comment.is_some() {
        return None;
    }
    let value = flat(&item.value)?;
    let Some(key) = &item.key else { return Some(value) };
    let key = simple_key(key)?;
    Some(match (item.colon, value.is_empty()) {
        (false, _) => key.trim_end().to_owned(),
        (true, true) => format!("{key}:"),
        (true, false) => format!("{key}: {value}"),
    })
}
