//! What the quotes of a CSV file mean for those who read it in parts: whether a line break stands in quotes, and whether a
//! quote is never closed.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// How much is read at once.
const CHUNK: usize = 256 * 1024;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Quotes {
    /// Whether a field goes on over the end of a line, so that a line need not be a record.
    pub(super) breaks: bool,
    /// The line, from 1, with the quote that is never closed.
    pub(super) open: Option<u64>,
}

/// Where the reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Outside of quotes.
    Plain,
    /// In a quoted field.
    Quoted,
    /// Behind a quote in a quoted field: the end of the field, or half of a quote that is meant.
    Closing,
}

/// Looks through a file.
pub(super) fn of(path: &Path) -> io::Result<Quotes> {
    look(File::open(path)?)
}

fn look(mut file: impl Read) -> io::Result<Quotes> {
    let mut found = Quotes::default();
    let mut chunk = vec![0; CHUNK];
    let mut state = State::Plain;
    // A quote opens a field at its beginning only; elsewhere it is a sign like others.
    let mut before = b'\n';
    let (mut line, mut opened) = (1_u64, 1_u64);
    loop {
        let len = file.read(&mut chunk)?;
        if len == 0 {
            break;
        }
        let bytes = &chunk[..len];
        let mut at = 0;
        while at < len {
            if state == State::Closing {
                if bytes[at] == b'"' {
                    state = State::Quoted;
                    at += 1;
                    continue;
                }
                state = State::Plain;
                before = b'"';
            }
            let end = memchr::memchr(b'"', &bytes[at..]).map_or(len, |next| at + next);
            let lines = memchr::memchr_iter(b'\n', &bytes[at..end]).count() as u64;
            line += lines;
            found.breaks |= state == State::Quoted && lines > 0;
            if end > at {
                before = bytes[end - 1];
            }
            at = end;
            if at == len {
                break;
            }
            match state {
                State::Quoted => state = State::Closing,
                State::Plain | State::Closing if matches!(before, b',' | b'\n' | b'\r') => {
                    state = State::Quoted;
                    opened = line;
                }
                State::Plain | State::Closing => before = b'"',
            }
            at += 1;
        }
    }
    found.open = (state == State::Quoted).then_some(opened);
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hands out a byte at a time, so that every sign is the last of its part once.
    struct Slow<'a>(&'a [u8]);

    impl Read for Slow<'_> {
        fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
            let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
            to[0] = *first;
            self.0 = rest;
            Ok(1)
        }
    }

    #[test]
    fn quotes_are_told_apart() {
        let check = |text: &str, breaks: bool, open: Option<u64>| {
            assert_eq!(look(text.as_bytes()).unwrap(), Quotes { breaks, open }, "{text:?}");
            assert_eq!(look(Slow(text.as_bytes())).unwrap(), Quotes { breaks, open }, "{text:?}, slowly");
        };
        check("", false, None);
        check("a,b\n1,2\n", false, None);
        check("a,b\n1,\"x, y\"\n", false, None);
        check("a,b\n1,\"x\ny\"\n", true, None);
        check("a,b\n1,\"x \"\"y\"\" z\"\n2,3\n", false, None);
        check("a,b\n1,\"\"\n2,3\n", false, None);
        check("a,b\n1,\"x\n2,y\n", true, Some(2));
        check("a\n\"x", false, Some(2));
        // Inches stand within a field.
        check("a,b\n1,5\" pipe\n2,3\n", false, None);
        check("a\r\n\"x\"\r\n\"y\r\nz\"\r\n", true, None);
    }
}
