//! The canonical layout of YAML: text in, the same document with its indentation and blanks set anew out.
//!
//! Tokens keep their spelling: scalars, anchors, tags and comments are copied, only what stands between them is decided here.
//! The result is read again; it is given out only if it says event for event what the text said.

mod lex;
mod print;
mod read;
mod same;
mod scalar;
#[cfg(test)]
mod tests;
mod tree;

use std::ops::Range;

use granit_parser::Event;

/// Lines of flow collections that would be longer than this many characters are broken.
const WIDTH: usize = 120;

/// Why there is no layout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unformatted {
    /// The text is no YAML.
    Faulty,
    /// What stands at this byte is YAML that this printer does not know.
    Unknown(usize),
    /// The layout would say something else than the text: a bug of ours.
    Changed,
}

/// An event of the parser with its bytes.
struct Said<'t> {
    event: Event<'t>,
    range: Range<usize>,
    tag: Option<Range<usize>>,
}

/// The text in canonical layout. It ends with a newline, unless nothing stands in it at all.
pub fn format(text: &str) -> Result<String, Unformatted> {
    let lines = unix(text);
    let events = events(&lines).ok_or(Unformatted::Faulty)?;
    let tokens = lex::lex(&lines, &events).map_err(Unformatted::Unknown)?;
    let comments = same::texts(&lines, &lex::comments(&tokens));
    let stream = read::read(&lines, &events, &tokens).map_err(Unformatted::Unknown)?;
    let printed = print::print(&stream);
    if same::says_the_same(&events, &comments, &printed) { Ok(printed) } else { Err(Unformatted::Changed) }
}

/// The text without a byte order mark, with `\n` as its only line break: YAML reads all breaks as this one.
fn unix(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() }
}

/// What the parser says; `None` if it finds a fault.
fn events(text: &str) -> Option<Vec<Said<'_>>> {
    super::events(text)
        .map(|event| {
            let (event, span) = event.ok()?;
            let tag = span.tag_span().and_then(|tag| tag.byte_range());
            Some(Said { event, range: span.byte_range()?, tag })
        })
        .collect()
}
