//! Text inside a file (DQDL or SQL in a YAML scalar) and the way from its offsets to the file's.
//!
//! A plain or quoted one-line scalar maps by addition; a literal block (`|`) has one segment a line; a folded or
//! escaped scalar has segments between its folds and escapes. Where no way back is known, every span is the whole scalar.

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

/// The bytes from `embedded` of the embedded text are the `len` bytes at `file` of the file: equal ones, or an escape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    /// Offset in the embedded text.
    pub embedded: u32,
    /// Offset in the file.
    pub file: u32,
    /// How many bytes run along.
    pub len: u32,
}

impl EmbedMap {
    /// The map of a text that is a file of its own.
    pub fn file(file: FileId, len: usize) -> Self {
        Self::shifted(Span::new(file, 0, len))
    }

    /// The map of a text that stands byte for byte at `whole`.
    pub fn shifted(whole: Span) -> Self {
        Self { whole, segments: vec![Segment { embedded: 0, file: whole.start, len: whole.end - whole.start }], escaped: false }
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

    /// `after`: the offset is the end of a range, so at a segment's border it belongs to the earlier one.
    fn offset(&self, at: usize, after: bool) -> Option<u32> {
        let at = u32::try_from(at).ok()?;
        let found = self.segments.partition_point(|s| if after { s.embedded < at } else { s.embedded <= at });
        let segment = self.segments.get(found.saturating_sub(1))?;
        // Up to the next segment is all of this one, however many bytes the file needs to say it.
        if after && found > 0 && self.segments.get(found).is_some_and(|next| next.embedded == at) {
            return Some(segment.file + segment.len);
        }
        Some(segment.file + at.saturating_sub(segment.embedded).min(segment.len))
    }
}
