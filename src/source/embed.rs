//! Text inside a file (DQDL or SQL in a YAML scalar) and the way from its offsets to the file's.
//!
//! A plain or quoted one-line scalar maps by addition; a literal block (`|`) has one segment a line; a folded or
//! escaped scalar has segments between its folds and escapes. Where no way back is known, every span is the whole scalar.

use std::ops::Range;

use super::{FileId, Span};

/// Maps byte offsets of an embedded text to spans of the file it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedMap {
    /// The whole embedded text in its file: what is labelled where no exact position is known.
    whole: Span,
    /// Runs of equal bytes, by rising `embedded`; empty if no way back is known.
    segments: Vec<Segment>,
    /// Whether some bytes stand in the file as escapes.
    escaped: bool,
}

/// `len` bytes at `embedded` of the embedded text are the bytes at `file` of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Offset in the embedded text.
    pub embedded: u32,
    /// Offset in the file.
    pub file: u32,
    /// How many bytes of the file.
    pub len: u32,
    /// Whether other bytes stand there, of which no part can be told from the whole: an escape, a filled-in `${…}`.
    /// The embedded text has them up to the next segment.
    pub solid: bool,
}

impl EmbedMap {
    /// The map of a text that is a file of its own.
    pub fn file(file: FileId, len: usize) -> Self {
        Self::shifted(Span::new(file, 0, len))
    }

    /// The map of a text that stands byte for byte at `whole`.
    pub fn shifted(whole: Span) -> Self {
        Self {
            whole,
            segments: vec![Segment { embedded: 0, file: whole.start, len: whole.end - whole.start, solid: false }],
            escaped: false,
        }
    }

    /// The map of a text made of several runs of the file.
    pub fn segmented(whole: Span, segments: Vec<Segment>) -> Self {
        Self { whole, segments, escaped: false }
    }

    /// The map of a text of which some segments are escapes: places are known, but what is written there must be escaped.
    pub fn escaped(whole: Span, segments: Vec<Segment>) -> Self {
        Self { whole, segments, escaped: true }
    }

    /// The map of a text whose bytes do not stand in the file as they are.
    pub fn opaque(whole: Span) -> Self {
        Self { whole, segments: Vec::new(), escaped: true }
    }

    /// The whole embedded text in its file.
    pub fn whole(&self) -> Span {
        self.whole
    }

    /// Whether offsets map exactly and a part of the text can be replaced in the file as it is.
    pub fn is_exact(&self) -> bool {
        !self.segments.is_empty() && !self.escaped
    }

    /// The span in the file of a byte range of the embedded text.
    pub fn span(&self, start: usize, end: usize) -> Span {
        let (Some(from), Some(to)) = (self.offset(start, false), self.offset(end.max(start), end > start)) else {
            return self.whole;
        };
        Span { file: self.whole.file, start: from, end: to.max(from) }
    }

    /// The map of the text in which each of the byte ranges was replaced by so many other bytes: they stand for the whole range.
    /// The ranges rise and do not overlap.
    #[must_use]
    pub fn replaced(&self, ranges: &[(Range<usize>, usize)]) -> Self {
        let mut segments = Vec::new();
        // How far the text moved so far, and where the part that stays begins.
        let (mut moved, mut from) = (0i64, 0);
        for (range, len) in ranges {
            self.keep(from..cut(range.start), moved, &mut segments);
            let place = self.span(range.start, range.end);
            if self.is_known() {
                let embedded = shift(cut(range.start), moved);
                segments.push(Segment { embedded, file: place.start, len: place.end - place.start, solid: true });
            }
            moved += i64::from(cut(*len)) - i64::from(cut(range.len()));
            from = cut(range.end);
        }
        self.keep(from..u32::MAX, moved, &mut segments);
        Self { whole: self.whole, segments, escaped: self.escaped }
    }

    fn is_known(&self) -> bool {
        !self.segments.is_empty()
    }

    /// Adds the segments of a part of the text that stays.
    fn keep(&self, part: Range<u32>, moved: i64, into: &mut Vec<Segment>) {
        for segment in &self.segments {
            if segment.solid {
                if part.contains(&segment.embedded) {
                    into.push(Segment { embedded: shift(segment.embedded, moved), ..*segment });
                }
                continue;
            }
            let start = segment.embedded.max(part.start);
            let end = (segment.embedded + segment.len).min(part.end);
            if start < end {
                let file = segment.file + (start - segment.embedded);
                into.push(Segment { embedded: shift(start, moved), file, len: end - start, solid: false });
            }
        }
    }

    /// `after`: the offset is the end of a range, so at a segment's border it belongs to the earlier one.
    fn offset(&self, at: usize, after: bool) -> Option<u32> {
        let at = u32::try_from(at).ok()?;
        let found = self.segments.partition_point(|s| if after { s.embedded < at } else { s.embedded <= at });
        let segment = self.segments.get(found.saturating_sub(1))?;
        if segment.solid {
            return Some(segment.file + if after { segment.len } else { 0 });
        }
        Some(segment.file + at.saturating_sub(segment.embedded).min(segment.len))
    }
}

fn cut(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX)
}

fn shift(offset: u32, by: i64) -> u32 {
    u32::try_from(i64::from(offset) + by).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replaced_part_stands_for_the_whole_of_what_it_replaced() {
        // `a ${x} b` at 10, `${x}` became `wide one`.
        let map = EmbedMap::shifted(Span::new(FileId(0), 10, 18)).replaced(&[(2..6, 8)]);
        let check = |start, end, expected: Range<usize>| assert_eq!(map.span(start, end).range(), expected, "{start}..{end}");
        check(0, 1, 10..11);
        check(2, 6, 12..16);
        check(7, 10, 12..16);
        check(11, 12, 17..18);
        check(0, 12, 10..18);
    }
}
