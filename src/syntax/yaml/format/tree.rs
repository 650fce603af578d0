//! A document as it is printed: what it says, with the comments and blank lines of every entry.

use super::lex::Block;

/// All documents of a text.
#[derive(Debug, Default)]
pub(super) struct Stream<'t> {
    pub(super) documents: Vec<Document<'t>>,
    /// What stands after the last one.
    pub(super) foot: Vec<Comment<'t>>,
}

/// One document.
#[derive(Debug)]
pub(super) struct Document<'t> {
    /// Comments and directives before `---`.
    pub(super) preamble: Vec<Comment<'t>>,
    /// `---`, with the comment beside it.
    pub(super) start: Option<Option<Comment<'t>>>,
    pub(super) leading: Vec<Comment<'t>>,
    /// Whether a blank line stands before the root.
    pub(super) blank: bool,
    pub(super) root: Node<'t>,
    pub(super) comment: Option<Comment<'t>>,
    pub(super) foot: Vec<Comment<'t>>,
    /// `...`, with the comment beside it.
    pub(super) end: Option<Option<Comment<'t>>>,
}

/// A comment; a directive too, which is printed likewise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Comment<'t> {
    pub(super) text: &'t str,
    /// Whether a blank line stands before it.
    pub(super) blank: bool,
}

/// A value.
#[derive(Debug)]
pub(super) struct Node<'t> {
    /// Anchor and tag, in their order.
    pub(super) properties: Vec<&'t str>,
    pub(super) body: Body<'t>,
}

#[derive(Debug)]
pub(super) enum Body<'t> {
    /// Nothing was written.
    Empty,
    /// A plain or quoted scalar or an alias, as it was written.
    Word {
        raw: &'t str,
        /// Whether it began a line.
        first: bool,
    },
    /// A literal or folded scalar.
    Block(Block, &'t str),
    /// `- a`
    List(Items<'t>),
    /// `a: b`
    Map(Items<'t>),
    /// `[a]`
    FlowList(Items<'t>),
    /// `{a: b}`
    FlowMap(Items<'t>),
    /// `a: b` in a flow list
    Pair(Box<Item<'t>>),
}

/// What a collection holds.
#[derive(Debug, Default)]
pub(super) struct Items<'t> {
    pub(super) items: Vec<Item<'t>>,
    /// Comments below the last one.
    pub(super) foot: Vec<Comment<'t>>,
}

/// An item of a list, or an entry of a map.
#[derive(Debug)]
pub(super) struct Item<'t> {
    pub(super) leading: Vec<Comment<'t>>,
    /// Whether a blank line stands between `leading` and the item.
    pub(super) blank: bool,
    pub(super) key: Option<Node<'t>>,
    /// Whether a `:` was written.
    pub(super) colon: bool,
    pub(super) value: Node<'t>,
    /// The comment in its line: after the value, or if that is a block, before it.
    pub(super) comment: Option<Comment<'t>>,
    /// Comments that stand where a value could.
    pub(super) below: Vec<Comment<'t>>,
}

impl Body<'_> {
    /// Whether it stands below its key.
    pub(super) fn is_block_collection(&self) -> bool {
        matches!(self, Self::List(_) | Self::Map(_))
    }
}
