//! Writes a tree in the words of Rust's engines.

use super::tree::{Kind, Mode, Node, Place, Set};

/// Which texts a pattern is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For {
    /// Any.
    All,
    /// ASCII of one line that is not empty: nearly all. There `$` is the end, and `\b` is about ASCII.
    OneLine,
}

/// Whether a pattern reads otherwise for [`For::OneLine`].
pub(super) fn differs(node: &Node) -> bool {
    match node {
        Node::Place(place) => !matches!(place, Place::Start | Place::End),
        Node::All(nodes) | Node::Any(nodes) => nodes.iter().any(differs),
        Node::Group(_, node) | Node::Repeat { node, .. } => differs(node),
        Node::Empty | Node::Set(_) | Node::Back(_) | Node::LineEnd => false,
    }
}

/// A pattern of Rust.
pub(super) fn emit(node: &Node, texts: For, out: &mut String) {
    match node {
        Node::Empty => {}
        Node::Set(set) => emit_set(set, out),
        Node::Place(place) => out.push_str(where_is(*place, texts)),
        Node::All(nodes) => nodes.iter().for_each(|node| match node {
            Node::Any(_) => bracketed("(?:", node, texts, out),
            node => emit(node, texts, out),
        }),
        Node::Any(nodes) => {
            for (at, node) in nodes.iter().enumerate() {
                if at > 0 {
                    out.push('|');
                }
                emit(node, texts, out);
            }
        }
        Node::Group(kind, node) => {
            let open = match kind {
                Kind::Capture => "(",
                Kind::Plain => "(?:",
                Kind::Ahead => "(?=",
                Kind::NotAhead => "(?!",
                Kind::Behind => "(?<=",
                Kind::NotBehind => "(?<!",
                Kind::Atomic => "(?>",
            };
            bracketed(open, node, texts, out);
        }
        Node::Back(number) => out.push_str(&format!("(?:\\{number})")),
        Node::LineEnd => out.push_str(r"(?:\r\n|[\n\x0B\x0C\r\x{85}\x{2028}\x{2029}])"),
        Node::Repeat { node, least, most, mode } => {
            if *mode == Mode::Possessive {
                out.push_str("(?>");
            }
            match **node {
                Node::Set(Set { folded: false, .. }) | Node::Group(Kind::Capture | Kind::Plain | Kind::Atomic, _) => {
                    emit(node, texts, out);
                }
                _ => bracketed("(?:", node, texts, out),
            }
            match (least, most) {
                (0, None) => out.push('*'),
                (1, None) => out.push('+'),
                (0, Some(1)) => out.push('?'),
                (least, None) => out.push_str(&format!("{{{least},}}")),
                (least, Some(most)) => out.push_str(&format!("{{{least},{most}}}")),
            }
            match mode {
                Mode::Greedy => {}
                Mode::Lazy => out.push('?'),
                Mode::Possessive => out.push(')'),
            }
        }
    }
}

fn bracketed(open: &str, node: &Node, texts: For, out: &mut String) {
    out.push_str(open);
    emit(node, texts, out);
    out.push(')');
}

fn emit_set(set: &Set, out: &mut String) {
    if set.folded {
        out.push_str(&format!("(?i:{})", set.bracketed()));
    } else {
        out.push_str(&set.bracketed());
    }
}

fn where_is(place: Place, texts: For) -> &'static str {
    match (place, texts) {
        (Place::Start, _) | (Place::LineStart | Place::UnixLineStart, For::OneLine) => r"\A",
        (Place::End, _) | (Place::LastEnd | Place::LineStop | Place::UnixLastEnd | Place::UnixLineStop, For::OneLine) => r"\z",
        (Place::Word, For::OneLine) => r"\b",
        (Place::NotWord, For::OneLine) => r"\B",
        // Never at the end of the text, not even of an empty one.
        (Place::LineStart, For::All) => r"(?:(?!\z)(?:\A|(?<=[\n\x{85}\x{2028}\x{2029}])|(?<=\r)(?!\n)))",
        (Place::UnixLineStart, For::All) => r"(?:(?!\z)(?:\A|(?<=\n)))",
        // Not between the two characters of one line end.
        (Place::LastEnd, For::All) => r"(?:\z|(?=\r\n\z)|(?=[\r\x{85}\x{2028}\x{2029}]\z)|(?<!\r)(?=\n\z))",
        (Place::LineStop, For::All) => r"(?:\z|(?=[\r\x{85}\x{2028}\x{2029}])|(?<!\r)(?=\n))",
        (Place::UnixLastEnd, For::All) => r"(?:\z|(?=\n\z))",
        (Place::UnixLineStop, For::All) => r"(?:\z|(?=\n))",
        // To Java 17 a word is of letters and digits of all scripts here, with their marks, though `\w` is not.
        (Place::Word, For::All) => {
            r"(?:(?<=[\p{L}\p{Nd}\p{Mn}_])(?![\p{L}\p{Nd}\p{Mn}_])|(?<![\p{L}\p{Nd}\p{Mn}_])(?=[\p{L}\p{Nd}\p{Mn}_]))"
        }
        (Place::NotWord, For::All) => {
            r"(?:(?<=[\p{L}\p{Nd}\p{Mn}_])(?=[\p{L}\p{Nd}\p{Mn}_])|(?<![\p{L}\p{Nd}\p{Mn}_])(?![\p{L}\p{Nd}\p{Mn}_]))"
        }
    }
}
