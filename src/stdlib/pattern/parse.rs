//! Reads Java's pattern language (Java 17).

use super::Fault;
use super::tree::{Kind, Mode, Node, Place, Set};

/// What `(?imsxduU)` has switched on.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_excessive_bools, reason = "they are flags")]
struct Flags {
    any_case: bool,
    unicode_case: bool,
    lines: bool,
    dot_all: bool,
    comments: bool,
    unix: bool,
    unicode: bool,
}

/// A pattern that was read.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) node: Node,
    /// The names of its groups, with their numbers.
    pub(super) names: Vec<(String, usize)>,
    /// How many groups it has.
    pub(super) groups: usize,
}

const LINE_ENDS: &str = r"\n\r\x{85}\x{2028}\x{2029}";
const VERTICAL: &str = r"\n\x0B\x0C\r\x{85}\x{2028}\x{2029}";
const HORIZONTAL: &str = r"\x20\t\x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}";
const SPACE: &str = r"\x20\t\n\x0B\x0C\r";

/// Reads a pattern.
pub(super) fn parse(java: &str) -> Result<Parsed, Fault> {
    let mut parser = Parser { java, at: 0, flags: Flags::default(), groups: 0, names: Vec::new(), depth: 0 };
    let node = parser.alternatives()?;
    if parser.at < java.len() {
        return Err(parser.fault(parser.at, parser.at + 1, "a `)` without a `(`"));
    }
    Ok(Parsed { node, names: parser.names, groups: parser.groups })
}

struct Parser<'a> {
    java: &'a str,
    at: usize,
    flags: Flags,
    groups: usize,
    names: Vec<(String, usize)>,
    depth: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        &self.java[self.at..]
    }

    fn fault(&self, start: usize, end: usize, message: impl Into<String>) -> Fault {
        let boundary = |at: usize| (at..=self.java.len()).find(|at| self.java.is_char_boundary(*at)).unwrap_or(self.java.len());
        Fault { start: boundary(start), end: boundary(end.min(self.java.len())), message: message.into() }
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.at += text.len();
        }
        found
    }

    /// Passes over blanks and comments after `(?x)`.
    fn skip(&mut self) {
        while self.flags.comments {
            match self.peek() {
                Some(' ' | '\t'..='\r') => {
                    self.take();
                }
                Some('#') => {
                    while self.peek().is_some_and(|c| !is_line_end(c, self.flags.unix)) {
                        self.take();
                    }
                }
                _ => return,
            }
        }
    }

    fn alternatives(&mut self) -> Result<Node, Fault> {
        self.depth += 1;
        if self.depth > 100 {
            return Err(self.fault(self.at, self.at + 1, "parentheses are nested too deeply"));
        }
        let mut all = vec![self.sequence()?];
        while self.eat("|") {
            all.push(self.sequence()?);
        }
        self.depth -= 1;
        Ok(if all.len() == 1 { all.remove(0) } else { Node::Any(all) })
    }

    fn sequence(&mut self) -> Result<Node, Fault> {
        let mut all = Vec::new();
        loop {
            self.skip();
            match self.peek() {
                None | Some('|' | ')') => break,
                Some(c @ ('*' | '+' | '?')) => {
                    return Err(self.fault(self.at, self.at + 1, format!("`{c}` has nothing to repeat")));
                }
                Some('{') => return Err(self.fault(self.at, self.at + 1, "`{` repeats nothing: a brace as itself is `\\{`")),
                Some(_) => {}
            }
            if self.eat("\\Q") {
                let rest = self.rest();
                let length = rest.find("\\E").unwrap_or(rest.len());
                let quoted = rest[..length].to_owned();
                self.at += length;
                self.eat("\\E");
                let last = quoted.chars().count();
                for (place, c) in quoted.chars().enumerate() {
                    let node = self.literal(c);
                    // Only the last one is repeated.
                    all.push(if place + 1 == last { self.repeated(node)? } else { node });
                }
                continue;
            }
            let Some(node) = self.atom()? else { continue };
            all.push(self.repeated(node)?);
        }
        Ok(match all.len() {
            0 => Node::Empty,
            1 => all.remove(0),
            _ => Node::All(all),
        })
    }

    fn repeated(&mut self, node: Node) -> Result<Node, Fault> {
        self.skip();
        let start = self.at;
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => return self.counted(node, start),
            _ => return Ok(node),
        };
        self.take();
        self.finish(node, least, most, start)
    }

    fn counted(&mut self, node: Node, start: usize) -> Result<Node, Fault> {
        let inside = &self.java[start + 1..];
        let Some(length) = inside.find('}') else {
            return Err(self.fault(start, start + 1, "a `{` without a `}`: a brace as itself is `\\{`"));
        };
        let inside = &inside[..length];
        let wrong = self.fault(start, start + length + 2, "a repetition is `{2}`, `{2,}` or `{2,3}`: a brace as itself is `\\{`");
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            if digits { text.parse::<u32>().map_err(|_| wrong.clone()) } else { Err(wrong.clone()) }
        };
        let (least, most) = match inside.split_once(',') {
            None => (number(inside)?, Some(number(inside)?)),
            Some((least, "")) => (number(least)?, None),
            Some((least, most)) => (number(least)?, Some(number(most)?)),
        };
        if most.is_some_and(|most| most < least) {
            return Err(self.fault(start, start + length + 2, "the second number is smaller than the first"));
        }
        self.at = start + length + 2;
        self.finish(node, least, most, start)
    }

    fn finish(&mut self, node: Node, least: u32, most: Option<u32>, start: usize) -> Result<Node, Fault> {
        if least.max(most.unwrap_or(0)) > 1000 {
            return Err(self.fault(start, self.at, "more than 1000 repetitions are not understood"));
        }
        let mode = if self.eat("?") {
            Mode::Lazy
        } else if self.eat("+") {
            Mode::Possessive
        } else {
            Mode::Greedy
        };
        Ok(Node::Repeat { node: Box::new(node), least, most, mode })
    }

    /// One part; `None` for flags, which are none.
    fn atom(&mut self) -> Result<Option<Node>, Fault> {
        let start = self.at;
        let Some(c) = self.take() else { return Ok(None) };
        let flags = self.flags;
        Ok(Some(match c {
            '.' => match (flags.dot_all, flags.unix) {
                (true, _) => Node::Set(Set::of(r"\x{0}-\x{10FFFF}")),
                (false, true) => Node::Set(Set::not(r"\n")),
                (false, false) => Node::Set(Set::not(LINE_ENDS)),
            },
            '^' => Node::Place(match (flags.lines, flags.unix) {
                (false, _) => Place::Start,
                (true, false) => Place::LineStart,
                (true, true) => Place::UnixLineStart,
            }),
            '$' => Node::Place(match (flags.lines, flags.unix) {
                (false, false) => Place::LastEnd,
                (false, true) => Place::UnixLastEnd,
                (true, false) => Place::LineStop,
                (true, true) => Place::UnixLineStop,
            }),
            '[' => Node::Set(self.class(start)?),
            '(' => return self.group(start),
            '\\' => self.escape(start)?,
            c => self.literal(c),
        }))
    }

    /// A character as itself, in any case after `(?i)`.
    fn literal(&self, c: char) -> Node {
        let mut inside = quoted(c);
        if self.flags.any_case && c.is_ascii_alphabetic() && !self.folds() {
            inside.push(if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() });
        }
        Node::Set(Set { inside, negated: false, folded: self.folds() })
    }

    fn folds(&self) -> bool {
        self.flags.any_case && self.flags.unicode_case
    }

    fn group(&mut self, start: usize) -> Result<Option<Node>, Fault> {
        let outer = self.flags;
        let kind = if !self.eat("?") {
            self.groups += 1;
            Kind::Capture
        } else if self.eat(":") {
            Kind::Plain
        } else if self.eat("=") {
            Kind::Ahead
        } else if self.eat("!") {
            Kind::NotAhead
        } else if self.eat(">") {
            Kind::Atomic
        } else if self.eat("<=") {
            Kind::Behind
        } else if self.eat("<!") {
            Kind::NotBehind
        } else if self.eat("<") {
            let name = self.name(start)?;
            self.groups += 1;
            if self.names.iter().any(|(known, _)| *known == name) {
                return Err(self.fault(start, self.at, format!("two groups are named `{name}`")));
            }
            self.names.push((name, self.groups));
            Kind::Capture
        } else {
            let flags = self.read_flags(start)?;
            self.flags = flags;
            if self.eat(")") {
                return Ok(None);
            }
            if !self.eat(":") {
                return Err(self.fault(start, self.at + 1, "a group of unknown kind"));
            }
            Kind::Plain
        };
        let inner = self.alternatives()?;
        if !self.eat(")") {
            return Err(self.fault(start, start + 1, "a `(` without a `)`"));
        }
        self.flags = outer;
        Ok(Some(Node::Group(kind, Box::new(inner))))
    }

    fn name(&mut self, start: usize) -> Result<String, Fault> {
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let name = rest[..length].to_owned();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && rest[length..].starts_with('>');
        if !is_name {
            return Err(self.fault(start, self.at + length + 1, "a group's name is letters and digits, a letter first"));
        }
        self.at += length + 1;
        Ok(name)
    }

    fn read_flags(&mut self, start: usize) -> Result<Flags, Fault> {
        let mut flags = self.flags;
        let mut on = true;
        while let Some(c) = self.peek() {
            match c {
                'i' => flags.any_case = on,
                'm' => flags.lines = on,
                's' => flags.dot_all = on,
                'x' => flags.comments = on,
                'd' => flags.unix = on,
                'u' => flags.unicode_case = on,
                'U' => {
                    flags.unicode = on;
                    flags.unicode_case = on;
                }
                '-' if on => on = false,
                ')' | ':' => return Ok(flags),
                _ => return Err(self.fault(start, self.at + 1, format!("the flag `{c}` is not understood"))),
            }
            self.take();
        }
        Err(self.fault(start, start + 1, "a `(` without a `)`"))
    }

    /// What stands behind a backslash, outside a class.
    fn escape(&mut self, start: usize) -> Result<Node, Fault> {
        let Some(c) = self.peek() else {
            return Err(self.fault(start, start + 1, "a backslash at the end quotes nothing"));
        };
        let place = match c {
            'A' => Some(Place::Start),
            'z' => Some(Place::End),
            'Z' if self.flags.unix => Some(Place::UnixLastEnd),
            'Z' => Some(Place::LastEnd),
            'b' if self.rest().starts_with("b{") => {
                return Err(self.fault(start, start + 3, "`\\b{…}` is not understood"));
            }
            'b' | 'B' if self.flags.unicode => {
                return Err(self.fault(start, start + 2, format!("`\\{c}` is not understood after `(?U)`")));
            }
            'b' => Some(Place::Word),
            'B' => Some(Place::NotWord),
            _ => None,
        };
        if let Some(place) = place {
            self.take();
            return Ok(Node::Place(place));
        }
        match c {
            'R' => {
                self.take();
                Ok(Node::LineEnd)
            }
            'k' => {
                self.take();
                if !self.eat("<") {
                    return Err(self.fault(start, self.at, "`\\k` needs a name: `\\k<name>`"));
                }
                let name = self.name(start)?;
                match self.names.iter().find(|(known, _)| *known == name) {
                    Some((_, number)) => self.back(*number, start),
                    None => Err(self.fault(start, self.at, format!("no group before is named `{name}`"))),
                }
            }
            '1'..='9' => {
                let mut number = 0;
                while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
                    let next = number * 10 + digit as usize;
                    if number > 0 && next > self.groups {
                        break;
                    }
                    number = next;
                    self.take();
                }
                if number > self.groups {
                    return Err(self.fault(start, self.at, format!("there is no group {number} before")));
                }
                self.back(number, start)
            }
            _ => match self.escaped(start)? {
                Escaped::Char(c) => Ok(self.literal(c)),
                Escaped::Set(set) => Ok(Node::Set(set)),
            },
        }
    }

    fn back(&self, number: usize, start: usize) -> Result<Node, Fault> {
        if self.flags.any_case {
            return Err(self.fault(start, self.at, "a reference to a group is not understood after `(?i)`"));
        }
        Ok(Node::Back(number))
    }

    /// What stands behind a backslash, the same in and outside a class. The backslash is taken.
    fn escaped(&mut self, start: usize) -> Result<Escaped, Fault> {
        let Some(c) = self.take() else {
            return Err(self.fault(start, start + 1, "a backslash at the end quotes nothing"));
        };
        let unicode = self.flags.unicode;
        let set = |inside: &str| Ok(Escaped::Set(Set::of(inside)));
        let not = |inside: &str| Ok(Escaped::Set(Set::not(inside)));
        match c {
            'd' if unicode => set(r"\p{Nd}"),
            'D' if unicode => not(r"\p{Nd}"),
            's' if unicode => set(r"\p{White_Space}"),
            'S' if unicode => not(r"\p{White_Space}"),
            'w' if unicode => set(r"\w"),
            'W' if unicode => not(r"\w"),
            'd' => set("0-9"),
            'D' => not("0-9"),
            's' => set(SPACE),
            'S' => not(SPACE),
            'w' => set("a-zA-Z0-9_"),
            'W' => not("a-zA-Z0-9_"),
            'h' => set(HORIZONTAL),
            'H' => not(HORIZONTAL),
            'v' => set(VERTICAL),
            'V' => not(VERTICAL),
            'p' | 'P' => self.property(start, c == 'P').map(Escaped::Set),
            't' => Ok(Escaped::Char('\t')),
            'n' => Ok(Escaped::Char('\n')),
            'r' => Ok(Escaped::Char('\r')),
            'f' => Ok(Escaped::Char('\x0C')),
            'a' => Ok(Escaped::Char('\x07')),
            'e' => Ok(Escaped::Char('\x1B')),
            'c' => match self.take() {
                Some(c) if c.is_ascii() => Ok(Escaped::Char(char::from(c as u8 ^ 64))),
                _ => Err(self.fault(start, self.at, "`\\c` needs a character")),
            },
            '0' => {
                let digits = self.rest().bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                let digits = if digits == 3 && !self.rest().starts_with(['0', '1', '2', '3']) { 2 } else { digits };
                let value = u32::from_str_radix(&self.rest()[..digits], 8).ok();
                self.at += digits;
                self.char(value, start)
            }
            'x' if self.eat("{") => {
                let rest = self.rest();
                let length = rest.find('}').unwrap_or(rest.len());
                let value = u32::from_str_radix(&rest[..length], 16).ok();
                self.at = (self.at + length + 1).min(self.java.len());
                self.char(value, start)
            }
            'x' => {
                let value = self.hexadecimal(2);
                self.char(value, start)
            }
            'u' => {
                let Some(high) = self.hexadecimal(4) else { return self.char(None, start) };
                if !(0xD800..0xDC00).contains(&high) {
                    return self.char(Some(high), start);
                }
                // A pair of surrogates is one character.
                if !self.eat("\\u") {
                    return self.char(None, start);
                }
                let low = self.hexadecimal(4).filter(|low| (0xDC00..0xE000).contains(low));
                self.char(low.map(|low| 0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)), start)
            }
            c if c.is_ascii_alphanumeric() => Err(self.fault(start, self.at, format!("`\\{c}` is not understood"))),
            c => Ok(Escaped::Char(c)),
        }
    }

    fn hexadecimal(&mut self, digits: usize) -> Option<u32> {
        let text = self.rest().get(..digits).filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
        let value = u32::from_str_radix(text, 16).ok();
        self.at += digits;
        value
    }

    fn char(&self, value: Option<u32>, start: usize) -> Result<Escaped, Fault> {
        match value.and_then(char::from_u32) {
            Some(c) => Ok(Escaped::Char(c)),
            None => Err(self.fault(start, self.at.max(start + 2), "this is the number of no character")),
        }
    }

    /// `\p{Alpha}`, `\pL`
    fn property(&mut self, start: usize, negated: bool) -> Result<Set, Fault> {
        let name = if self.eat("{") {
            let rest = self.rest();
            let Some(length) = rest.find('}') else { return Err(self.fault(start, self.at, "a `{` without a `}`")) };
            let name = rest[..length].to_owned();
            self.at += length + 1;
            name
        } else {
            self.take().map(String::from).unwrap_or_default()
        };
        let Some(inside) = property(&name, self.flags.unicode) else {
            return Err(self.fault(start, self.at, format!("the character class `{name}` is not understood")));
        };
        let cased = ["Lu", "Ll", "Lt", "Lower", "Upper"].iter().any(|cased| name.trim_start_matches("Is") == *cased)
            || name.contains("case");
        if cased && self.flags.any_case {
            return Err(self.fault(start, self.at, format!("`{name}` is not understood after `(?i)`")));
        }
        Ok(Set { inside: inside.to_owned(), negated, folded: false })
    }

    /// `[…]`, behind its opening bracket.
    fn class(&mut self, start: usize) -> Result<Set, Fault> {
        self.depth += 1;
        if self.depth > 100 {
            return Err(self.fault(start, start + 1, "brackets are nested too deeply"));
        }
        let negated = self.eat("^");
        let mut parts: Vec<String> = Vec::new();
        let mut current = String::new();
        let mut empty = true;
        loop {
            self.skip();
            let at = self.at;
            match self.peek() {
                None => return Err(self.fault(start, start + 1, "a `[` without a `]`")),
                // Right behind the opening it is one of the characters.
                Some(']') if !empty || !parts.is_empty() => {
                    self.take();
                    break;
                }
                Some('[') => {
                    self.take();
                    let inner = self.class(at)?;
                    current.push_str(&inner.bracketed());
                }
                Some('&') if self.rest().starts_with("&&") => {
                    if empty {
                        return Err(self.fault(at, at + 2, "`&&` has nothing on one side"));
                    }
                    while self.eat("&") {}
                    parts.push(std::mem::take(&mut current));
                    empty = true;
                    self.skip();
                    if self.peek() == Some(']') {
                        return Err(self.fault(at, at + 2, "`&&` has nothing on one side"));
                    }
                    continue;
                }
                Some(_) => self.item(&mut current)?,
            }
            empty = false;
        }
        self.depth -= 1;
        let inside = if parts.is_empty() {
            current
        } else {
            parts.push(current);
            parts.iter().map(|part| format!("[{part}]")).collect::<Vec<_>>().join("&&")
        };
        Ok(Set { inside, negated, folded: self.folds() })
    }

    /// A character of a class, a range of them or a set.
    fn item(&mut self, out: &mut String) -> Result<(), Fault> {
        let start = self.at;
        if self.eat("\\Q") {
            let rest = self.rest();
            let length = rest.find("\\E").unwrap_or(rest.len());
            let all = rest[..length].to_owned();
            self.at += length;
            self.eat("\\E");
            all.chars().for_each(|c| self.push(c, c, out));
            return Ok(());
        }
        let first = match self.member()? {
            Escaped::Set(set) => {
                out.push_str(&set.bracketed());
                return Ok(());
            }
            Escaped::Char(c) => c,
        };
        self.skip();
        let ranges = self.rest().starts_with('-') && !self.rest().starts_with("-]") && !self.rest().starts_with("-[");
        if !ranges {
            self.push(first, first, out);
            return Ok(());
        }
        self.take();
        self.skip();
        match self.member()? {
            Escaped::Char(last) if last >= first => {
                self.push(first, last, out);
                Ok(())
            }
            Escaped::Char(_) => Err(self.fault(start, self.at, "a range that ends before it begins")),
            Escaped::Set(_) => Err(self.fault(start, self.at, "a range ends with a character")),
        }
    }

    fn member(&mut self) -> Result<Escaped, Fault> {
        let start = self.at;
        match self.take() {
            None => Err(self.fault(start, start, "a `[` without a `]`")),
            Some('\\') if self.peek().is_some_and(|c| c.is_ascii_digit() && c != '0') => {
                Err(self.fault(start, start + 2, "a group cannot stand between brackets"))
            }
            Some('\\') => self.escaped(start),
            Some(c) => Ok(Escaped::Char(c)),
        }
    }

    /// A range, with the other case of its ASCII letters after `(?i)`.
    fn push(&self, first: char, last: char, out: &mut String) {
        out.push_str(&quoted(first));
        if last > first {
            out.push('-');
            out.push_str(&quoted(last));
        }
        if self.flags.any_case && !self.folds() {
            let other = |c: char| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            let letters = ('A'..='Z').chain('a'..='z');
            out.extend(letters.filter(|c| (first..=last).contains(&other(*c)) && !(first..=last).contains(c)));
        }
    }
}

enum Escaped {
    Char(char),
    Set(Set),
}

fn is_line_end(c: char, unix: bool) -> bool {
    c == '\n' || (!unix && matches!(c, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}'))
}

/// A character as Rust's classes want it.
pub(super) fn quoted(c: char) -> String {
    if c.is_alphanumeric() || c == '_' { c.to_string() } else { format!("\\x{{{:X}}}", u32::from(c)) }
}

/// The characters of a class by its name.
fn property(name: &str, unicode: bool) -> Option<&'static str> {
    const ASCII: &[(&str, &str)] = &[
        ("Lower", "a-z"),
        ("Upper", "A-Z"),
        ("ASCII", r"\x{0}-\x{7F}"),
        ("Alpha", "a-zA-Z"),
        ("Digit", "0-9"),
        ("Alnum", "a-zA-Z0-9"),
        ("Punct", r"\x{21}-\x{2F}\x{3A}-\x{40}\x{5B}-\x{60}\x{7B}-\x{7E}"),
        ("Graph", r"\x{21}-\x{7E}"),
        ("Print", r"\x{20}-\x{7E}"),
        ("Blank", r"\x20\t"),
        ("Cntrl", r"\x{0}-\x{1F}\x{7F}"),
        ("XDigit", "0-9a-fA-F"),
        ("Space", SPACE),
    ];
    const UNICODE: &[(&str, &str)] = &[
        ("L", r"\p{L}"),
        ("Lu", r"\p{Lu}"),
        ("Ll", r"\p{Ll}"),
        ("Lt", r"\p{Lt}"),
        ("Lm", r"\p{Lm}"),
        ("Lo", r"\p{Lo}"),
        ("M", r"\p{M}"),
        ("Mn", r"\p{Mn}"),
        ("Mc", r"\p{Mc}"),
        ("Me", r"\p{Me}"),
        ("N", r"\p{N}"),
        ("Nd", r"\p{Nd}"),
        ("Nl", r"\p{Nl}"),
        ("No", r"\p{No}"),
        ("P", r"\p{P}"),
        ("Pc", r"\p{Pc}"),
        ("Pd", r"\p{Pd}"),
        ("Ps", r"\p{Ps}"),
        ("Pe", r"\p{Pe}"),
        ("Pi", r"\p{Pi}"),
        ("Pf", r"\p{Pf}"),
        ("Po", r"\p{Po}"),
        ("S", r"\p{S}"),
        ("Sm", r"\p{Sm}"),
        ("Sc", r"\p{Sc}"),
        ("Sk", r"\p{Sk}"),
        ("So", r"\p{So}"),
        ("Z", r"\p{Z}"),
        ("Zs", r"\p{Zs}"),
        ("Zl", r"\p{Zl}"),
        ("Zp", r"\p{Zp}"),
        ("Cc", r"\p{Cc}"),
        ("Cf", r"\p{Cf}"),
    ];
    const BINARY: &[(&str, &str)] = &[
        ("alphabetic", r"\p{Alphabetic}"),
        ("uppercase", r"\p{Uppercase}"),
        ("lowercase", r"\p{Lowercase}"),
        ("white_space", r"\p{White_Space}"),
        ("whitespace", r"\p{White_Space}"),
        ("digit", r"\p{Nd}"),
        ("punctuation", r"\p{P}"),
        ("latin", r"\p{Script=Latin}"),
        ("greek", r"\p{Script=Greek}"),
        ("cyrillic", r"\p{Script=Cyrillic}"),
        ("han", r"\p{Script=Han}"),
        ("hiragana", r"\p{Script=Hiragana}"),
        ("katakana", r"\p{Script=Katakana}"),
        ("arabic", r"\p{Script=Arabic}"),
        ("hebrew", r"\p{Script=Hebrew}"),
    ];
    let find =
        |table: &[(&str, &'static str)], name: &str| table.iter().find(|(known, _)| *known == name).map(|(_, inside)| *inside);
    // After `(?U)` the POSIX names mean Unicode's sets, some of which Rust has no name for.
    if unicode && ASCII.iter().any(|(known, _)| *known == name) {
        return None;
    }
    if let Some(inside) = find(ASCII, name).or_else(|| find(UNICODE, name)) {
        return Some(inside);
    }
    let general = name.strip_prefix("gc=").or_else(|| name.strip_prefix("general_category="));
    if let Some(inside) = general.and_then(|name| find(UNICODE, name)) {
        return Some(inside);
    }
    let script = name.strip_prefix("script=").or_else(|| name.strip_prefix("sc="));
    if let Some(script) = script {
        return find(BINARY, &script.to_lowercase()).filter(|inside| inside.contains("Script"));
    }
    let is = name.strip_prefix("Is")?;
    find(UNICODE, is).or_else(|| find(BINARY, &is.to_lowercase()))
}
