//! A Java pattern as a tree, each part with what its flags make of it.

/// A part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Nothing.
    Empty,
    /// Characters, one of a set.
    Set(Set),
    /// A place between characters.
    Place(Place),
    /// One behind the other.
    All(Vec<Self>),
    /// One of several.
    Any(Vec<Self>),
    /// Parentheses.
    Group(Kind, Box<Self>),
    /// What a group found.
    Back(usize),
    /// `*`, `+`, `?`, `{2,3}`
    Repeat { node: Box<Self>, least: u32, most: Option<u32>, mode: Mode },
    /// `\R`
    LineEnd,
}

impl Node {
    /// Whether it can match nothing.
    pub(super) fn can_be_empty(&self) -> bool {
        match self {
            Self::Empty | Self::Place(_) | Self::Back(_) => true,
            Self::Set(_) | Self::LineEnd => false,
            Self::All(nodes) => nodes.iter().all(Self::can_be_empty),
            Self::Any(nodes) => nodes.iter().any(Self::can_be_empty),
            Self::Group(Kind::Capture | Kind::Plain | Kind::Atomic, node) => node.can_be_empty(),
            Self::Group(..) => true,
            Self::Repeat { node, least, .. } => *least == 0 || node.can_be_empty(),
        }
    }

    fn has(&self, wanted: &impl Fn(&Self) -> bool) -> bool {
        wanted(self)
            || match self {
                Self::Empty | Self::Set(_) | Self::Place(_) | Self::Back(_) | Self::LineEnd => false,
                Self::All(nodes) | Self::Any(nodes) => nodes.iter().any(|node| node.has(wanted)),
                Self::Group(_, node) | Self::Repeat { node, .. } => node.has(wanted),
            }
    }

    /// Whether a group is repeated in a way in which Java remembers for it what other engines do not: something that may
    /// be empty, or that gives nothing back.
    pub(super) fn has_vague_groups(&self) -> bool {
        let captures = |node: &Self| node.has(&|node| matches!(node, Self::Group(Kind::Capture, _)));
        self.has(&|node| match node {
            Self::Repeat { node, most, mode, .. } => {
                captures(node) && (*mode == Mode::Possessive || (*most != Some(1) && node.can_be_empty()))
            }
            _ => false,
        })
    }

    /// Whether it refers back to a group.
    pub(super) fn refers_back(&self) -> bool {
        self.has(&|node| matches!(node, Self::Back(_)))
    }
}

/// What parentheses do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// `(…)`, `(?<name>…)`
    Capture,
    /// `(?:…)`
    Plain,
    /// `(?=…)`
    Ahead,
    /// `(?!…)`
    NotAhead,
    /// `(?<=…)`
    Behind,
    /// `(?<!…)`
    NotBehind,
    /// `(?>…)`
    Atomic,
}

/// How eagerly something repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// `*`
    Greedy,
    /// `*?`
    Lazy,
    /// `*+`
    Possessive,
}

/// A place between characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `\A`, `^`
    Start,
    /// `^` after `(?m)`
    LineStart,
    /// `\z`
    End,
    /// `$`, `\Z`: also before a last line end
    LastEnd,
    /// `$` after `(?m)`
    LineStop,
    /// `^` after `(?dm)`
    UnixLineStart,
    /// `$` after `(?d)`
    UnixLastEnd,
    /// `$` after `(?dm)`
    UnixLineStop,
    /// `\b`
    Word,
    /// `\B`
    NotWord,
}

/// A set of characters, in the words of Rust's classes; it stands between brackets there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    /// What stands between the brackets.
    pub(super) inside: String,
    /// Whether it is all but these.
    pub(super) negated: bool,
    /// Whether letters match in any case, by Unicode's tables.
    pub(super) folded: bool,
}

impl Set {
    pub(super) fn of(inside: impl Into<String>) -> Self {
        Self { inside: inside.into(), negated: false, folded: false }
    }

    pub(super) fn not(inside: impl Into<String>) -> Self {
        Self { inside: inside.into(), negated: true, folded: false }
    }

    /// With its brackets, to stand alone or in another set.
    pub(super) fn bracketed(&self) -> String {
        format!("[{}{}]", if self.negated { "^" } else { "" }, self.inside)
    }
}
