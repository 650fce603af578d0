//! Events and tokens to a tree: each comment goes to the entry that it is about.
//!
//! A comment between the parts of an entry, where the canonical layout has no place for it, goes before the entry.

use granit_parser::{Event, ScalarStyle, StructureStyle};

use super::Said;
use super::lex::{Kind, Token};
use super::tree::{Body, Comment, Document, Item, Items, Node, Stream};

/// The place of what was not expected.
type Read<T> = Result<T, usize>;

struct Reader<'t, 'e> {
    text: &'t str,
    events: &'e [Said<'e>],
    tokens: &'e [Token],
    event: usize,
    token: usize,
    /// Comments that were met within an entry.
    stray: Vec<Comment<'t>>,
    /// The comment in the line of the anchor of a block collection.
    beside: Option<Comment<'t>>,
}

/// The tree of a text; the place of what has none as the error.
pub(super) fn read<'t>(text: &'t str, events: &[Said<'_>], tokens: &[Token]) -> Read<Stream<'t>> {
    let mut reader = Reader { text, events, tokens, event: 0, token: 0, stray: Vec::new(), beside: None };
    let mut stream = Stream::default();
    while let Some(said) = reader.events.get(reader.event) {
        reader.event += 1;
        if let Event::DocumentStart(explicit, _) = &said.event {
            let document = reader.document(*explicit)?;
            stream.documents.push(document);
        }
    }
    stream.foot = reader.comments();
    match reader.peek() {
        Some(token) => Err(token.range.start),
        None => Ok(stream),
    }
}

impl<'t, 'e> Reader<'t, 'e> {
    fn document(&mut self, explicit: bool) -> Read<Document<'t>> {
        let mut preamble = Vec::new();
        while let Some(Token { kind: Kind::Comment | Kind::Directive, .. }) = self.peek().filter(|_| explicit) {
            preamble.extend(self.take_comment());
        }
        let start = if explicit { Some(self.marker(&Kind::DocumentStart)?) } else { None };
        let blank = self.peek().is_some_and(|token| token.kind != Kind::Comment && token.blank);
        let root = self.node()?;
        let mut leading = std::mem::take(&mut self.stray);
        let comment = match root.body.is_block_collection() {
            true => self.beside.take(),
            false => self.comment_beside(),
        };
        if !matches!(self.said()?.event, Event::DocumentEnd) {
            return Err(self.place());
        }
        self.event += 1;
        let mut foot = Vec::new();
        if self.after_comments().is_none_or(|token| token.kind == Kind::DocumentEnd) {
            foot = self.comments();
        }
        let has_end = self.peek().is_some_and(|token| token.kind == Kind::DocumentEnd);
        let end = if has_end { Some(self.marker(&Kind::DocumentEnd)?) } else { None };
        if matches!(root.body, Body::Empty) && root.properties.is_empty() {
            foot.splice(0..0, leading.drain(..));
        }
        Ok(Document { preamble, start, leading, blank, root, comment, foot, end })
    }

    /// `---` or `...`, with the comment beside it.
    fn marker(&mut self, kind: &Kind) -> Read<Option<Comment<'t>>> {
        self.expect(kind)?;
        Ok(self.comment_beside())
    }

    /// A value with what stands before it.
    fn node(&mut self) -> Read<Node<'t>> {
        let events = self.events;
        let said = events.get(self.event).ok_or(self.text.len())?;
        self.event += 1;
        let has_anchor = matches!(events.get(self.event), Some(Said { event: Event::Anchor(..), .. }));
        self.event += usize::from(has_anchor);
        let properties = self.properties(usize::from(has_anchor) + usize::from(said.tag.is_some()))?;
        let body = match &said.event {
            Event::Scalar(_, ScalarStyle::Literal | ScalarStyle::Folded, ..) => self.block_scalar()?,
            Event::Scalar(..) if said.range.is_empty() => Body::Empty,
            Event::Scalar(..) | Event::Alias(_) | Event::UnresolvedAlias(_) => {
                self.set_comments_aside();
                let token = self.expect(&Kind::Word)?;
                Body::Word { raw: &self.text[token.range.clone()], first: token.first }
            }
            Event::SequenceStart(StructureStyle::Block, ..) => {
                let beside = self.comment_beside();
                let items = self.list()?;
                self.beside = beside;
                Body::List(items)
            }
            Event::MappingStart(StructureStyle::Block, ..) => {
                let beside = self.comment_beside();
                let items = self.map()?;
                self.beside = beside;
                Body::Map(items)
            }
            Event::SequenceStart(StructureStyle::Flow, ..) | Event::MappingStart(StructureStyle::Flow, ..) => {
                self.set_comments_aside();
                // What stood before the bracket is not about the first item.
                let outside = std::mem::take(&mut self.stray);
                let body = self.flow_collection(matches!(said.event, Event::MappingStart(..)))?;
                self.stray.splice(0..0, outside);
                body
            }
            _ => return Err(self.place()),
        };
        Ok(Node { properties, body })
    }

    fn properties(&mut self, count: usize) -> Read<Vec<&'t str>> {
        let mut properties = Vec::new();
        while properties.len() < count {
            self.set_comments_aside();
            let token = self.expect(&Kind::Property)?;
            properties.push(&self.text[token.range.clone()]);
        }
        Ok(properties)
    }

    fn block_scalar(&mut self) -> Read<Body<'t>> {
        self.set_comments_aside();
        match self.peek() {
            Some(Token { kind: Kind::Block(block), .. }) => {
                self.token += 1;
                Ok(Body::Block(block.clone(), self.text))
            }
            _ => Err(self.place()),
        }
    }

    /// The items of a block list up to its end.
    fn list(&mut self) -> Read<Items<'t>> {
        let column = self.after_comments().map_or(0, |token| token.column);
        let mut items = Vec::new();
        while !matches!(self.said()?.event, Event::SequenceEnd) {
            let leading = self.comments();
            let blank = self.expect(&Kind::Mark('-'))?.blank;
            let item = self.value(Item::new(leading, blank), column)?;
            items.push(item);
        }
        self.event += 1;
        Ok(Items { items, foot: self.foot(column) })
    }

    /// The entries of a block map up to its end.
    fn map(&mut self) -> Read<Items<'t>> {
        let column = self.after_comments().map_or(0, |token| token.column);
        let mut items = Vec::new();
        while !matches!(self.said()?.event, Event::MappingEnd) {
            let leading = self.comments();
            let blank = self.peek().is_some_and(|token| token.blank);
            let mut item = Item::new(leading, blank);
            if self.skip('?') {
                item.leading.extend(self.comment_beside());
            }
            item.key = Some(self.node()?);
            item.leading.extend(self.beside.take());
            // Comments before a `:` that follows; others belong to what comes after the entry.
            if self.after_comments().is_some_and(|token| token.kind == Kind::Mark(':') && token.column >= column) {
                item.leading.extend(self.comments());
            }
            item.colon = self.skip(':');
            let item = self.value(item, column)?;
            items.push(item);
        }
        self.event += 1;
        Ok(Items { items, foot: self.foot(column) })
    }

    /// The value of an item of a block collection that begins in `column`, and the comments round it.
    fn value(&mut self, mut item: Item<'t>, column: usize) -> Read<Item<'t>> {
        let strays = std::mem::take(&mut self.stray);
        item.leading.extend(strays);
        let before = self.comment_beside();
        item.value = self.node()?;
        let strays = std::mem::take(&mut self.stray);
        if item.value.body.is_block_collection() {
            let beside = self.beside.take();
            item.comment = before.or(beside);
            item.leading.extend(strays);
            item.leading.extend(before.and(beside));
        } else if matches!(item.value.body, Body::Empty) {
            item.leading.extend(strays);
            item.comment = before.or_else(|| self.comment_beside());
            while let Some(token) = self.peek()
                && token.kind == Kind::Comment
                && token.column > column
            {
                item.below.extend(self.take_comment());
            }
        } else {
            item.leading.extend(before);
            item.leading.extend(strays);
            item.comment = self.comment_beside();
        }
        Ok(item)
    }

    fn flow_collection(&mut self, is_map: bool) -> Read<Body<'t>> {
        if !is_map {
            self.expect(&Kind::Mark('['))?;
            return Ok(Body::FlowList(self.flow(']')?));
        }
        if self.skip('{') {
            return Ok(Body::FlowMap(self.flow('}')?));
        }
        let pair = self.flow_pair()?;
        self.event += 1;
        Ok(Body::Pair(Box::new(pair)))
    }

    /// The items of a flow collection up to its bracket.
    fn flow(&mut self, close: char) -> Read<Items<'t>> {
        let mut items = Vec::new();
        loop {
            let leading = self.comments();
            if self.skip(close) {
                self.event += 1;
                return Ok(Items { items, foot: leading });
            }
            let blank = self.peek().is_some_and(|token| token.blank);
            let mut item = match close {
                '}' => self.flow_pair()?,
                _ => {
                    let value = self.node()?;
                    Item { value, ..Item::new(Vec::new(), false) }
                }
            };
            item.blank = blank;
            item.leading.splice(0..0, leading);
            item.leading.append(&mut self.stray);
            item.comment = self.comment_beside();
            if self.after_comments().is_some_and(|token| token.kind == Kind::Mark(',')) {
                item.leading.extend(self.comments());
                self.skip(',');
                if item.comment.is_none() {
                    item.comment = self.comment_beside();
                }
            }
            items.push(item);
        }
    }

    /// A key and its value between brackets.
    fn flow_pair(&mut self) -> Read<Item<'t>> {
        let mut item = Item::new(Vec::new(), false);
        self.skip('?');
        item.key = Some(self.node()?);
        if self.after_comments().is_some_and(|token| token.kind == Kind::Mark(':')) {
            self.set_comments_aside();
            item.colon = self.skip(':');
        }
        item.value = self.node()?;
        Ok(item)
    }

    /// Comments below the last item of a block collection that are indented like it.
    fn foot(&mut self, column: usize) -> Vec<Comment<'t>> {
        let next = self.after_comments().filter(|token| !matches!(token.kind, Kind::DocumentStart | Kind::DocumentEnd));
        let mut foot = Vec::new();
        // A list may stand in the column of its key: what follows there belongs to the map.
        if next.is_some_and(|token| token.column >= column) {
            return foot;
        }
        while let Some(token) = self.peek()
            && token.kind == Kind::Comment
            && token.column >= column
        {
            foot.extend(self.take_comment());
        }
        foot
    }

    fn said(&self) -> Read<&'e Said<'e>> {
        self.events.get(self.event).ok_or(self.text.len())
    }

    fn peek(&self) -> Option<&'e Token> {
        self.tokens.get(self.token)
    }

    /// The next token that is no comment.
    fn after_comments(&self) -> Option<&'e Token> {
        self.tokens[self.token..].iter().find(|token| token.kind != Kind::Comment)
    }

    /// Where the next token is.
    fn place(&self) -> usize {
        self.peek().map_or(self.text.len(), |token| token.range.start)
    }

    fn expect(&mut self, kind: &Kind) -> Read<&'e Token> {
        let token = self.peek().filter(|token| token.kind == *kind).ok_or(self.place())?;
        self.token += 1;
        Ok(token)
    }

    fn skip(&mut self, mark: char) -> bool {
        let found = self.peek().is_some_and(|token| token.kind == Kind::Mark(mark));
        self.token += usize::from(found);
        found
    }

    fn take_comment(&mut self) -> Option<Comment<'t>> {
        let token = self.peek()?;
        self.token += 1;
        Some(Comment { text: &self.text[token.range.clone()], blank: token.blank })
    }

    /// The comment at the end of the line.
    fn comment_beside(&mut self) -> Option<Comment<'t>> {
        let token = self.peek()?;
        if token.kind == Kind::Comment && !token.first { self.take_comment() } else { None }
    }

    /// All comments up to the next token of another kind.
    fn comments(&mut self) -> Vec<Comment<'t>> {
        let mut comments = Vec::new();
        while self.peek().is_some_and(|token| token.kind == Kind::Comment) {
            comments.extend(self.take_comment());
        }
        comments
    }

    fn set_comments_aside(&mut self) {
        let comments = self.comments();
        self.stray.extend(comments);
    }
}

impl<'t> Item<'t> {
    /// An item of which only what stands before it is known.
    fn new(leading: Vec<Comment<'t>>, blank: bool) -> Self {
        let value = Node { properties: Vec::new(), body: Body::Empty };
        Self { leading, blank, key: None, colon: false, value, comment: None, below: Vec::new() }
    }
}
