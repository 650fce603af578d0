//! Where text comes from: files, byte spans in them, and the way back from a byte to a line and column.
//!
//! Every span of the compiler is a byte range of one file of the [`SourceMap`]. Text that stands inside
//! another file (DQDL or SQL in a YAML scalar) is mapped back to that file by [`embed::EmbedMap`], so no
//! phase ever sees an offset that does not belong to a file.

pub mod embed;
mod text;

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use embed::EmbedMap;
pub use text::Text;

/// Names a file of a [`SourceMap`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A byte range of one file; `start <= end`, both on character boundaries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The file the bytes are in.
    pub file: FileId,
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

impl Span {
    /// A span of `file` from `start` up to `end`; offsets beyond 4 GiB are cut, no source file is that long.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let cut = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { file, start: cut(start), end: cut(end.max(start)) }
    }

    /// The empty span at the start of `file`: for what concerns the file as a whole.
    pub fn file_start(file: FileId) -> Self {
        Self { file, start: 0, end: 0 }
    }

    /// The smallest span that holds both; `self` if the other is of another file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The same span after its file's id has moved.
    #[must_use]
    pub fn moved(self, files: u32) -> Self {
        Self { file: FileId(self.file.0 + files), ..self }
    }

    /// The byte range, for slicing the file's text.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A position for people: line and column count from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LineColumn {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// One file that was read.
#[derive(Debug, Clone)]
pub struct SourceFile {
    /// The path as it is shown: relative to the project where that is possible, `/` between parts.
    pub path: PathBuf,
    /// The text, exactly as it was read.
    pub text: Arc<str>,
    line_starts: Vec<u32>,
}

impl SourceFile {
    /// A file with its text; `path` is what messages show.
    pub fn new(path: PathBuf, text: Arc<str>) -> Self {
        let breaks = memchr::memchr_iter(b'\n', text.as_bytes());
        let line_starts = std::iter::once(0).chain(breaks.map(|at| u32::try_from(at + 1).unwrap_or(u32::MAX))).collect();
        Self { path, text, line_starts }
    }

    /// The position of a byte offset; an offset after the end is the end.
    pub fn line_column(&self, offset: usize) -> LineColumn {
        let offset = floor_boundary(&self.text, offset);
        let line = self.line_starts.partition_point(|&start| start as usize <= offset).max(1);
        let start = self.line_starts[line - 1] as usize;
        LineColumn { line, column: self.text[start..offset].chars().count() + 1 }
    }

    /// The byte offset of a position (both from 1, column in characters), or the nearest one before it.
    pub fn offset(&self, line: usize, column: usize) -> usize {
        let Some(&start) = self.line_starts.get(line.saturating_sub(1)) else { return self.text.len() };
        let start = start as usize;
        let end = self.line_starts.get(line).map_or(self.text.len(), |&next| next as usize);
        let text = &self.text[start..end];
        let within = text.char_indices().nth(column.saturating_sub(1)).map_or(text.trim_end_matches('\n').len(), |(at, _)| at);
        start + within
    }
}

fn floor_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// All files read so far, in the order they were added.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    files: Vec<Arc<SourceFile>>,
    /// The first file of each path, as it is written: comparing paths part by part takes longer than all else here.
    by_path: HashMap<OsString, FileId>,
}

impl SourceMap {
    /// Adds a file and names it. `path` is what messages show.
    pub fn add(&mut self, path: impl Into<PathBuf>, text: impl Into<Arc<str>>) -> FileId {
        self.share(Arc::new(SourceFile::new(path.into(), text.into())))
    }

    /// Adds a file that another map may have too.
    pub fn share(&mut self, file: Arc<SourceFile>) -> FileId {
        let id = self.next();
        self.by_path.entry(file.path.clone().into()).or_insert(id);
        self.files.push(file);
        id
    }

    /// Adds the files of another map. The result is how many places their ids have moved.
    pub fn append(&mut self, other: Self) -> u32 {
        let FileId(moved) = self.next();
        for file in other.files {
            self.share(file);
        }
        moved
    }

    /// The ids that the files of another map have here; files that are not here are added.
    pub fn adopt(&mut self, other: &Self) -> Vec<FileId> {
        let here = |file: &Arc<SourceFile>| self.find(&file.path).filter(|id| self.file(*id).text == file.text);
        let known: Vec<Option<FileId>> = other.files.iter().map(here).collect();
        other.files.iter().zip(known).map(|(file, known)| known.unwrap_or_else(|| self.share(Arc::clone(file)))).collect()
    }

    /// The file of that name. Every [`FileId`] comes from [`SourceMap::add`], so it is there.
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// The name that the next file will get.
    pub fn next(&self) -> FileId {
        FileId(u32::try_from(self.files.len()).unwrap_or(u32::MAX))
    }

    /// Takes out a file and all that were added behind it.
    pub fn take_back(&mut self, first: FileId) {
        self.files.truncate(first.0 as usize);
        self.by_path.retain(|_, id| *id < first);
    }

    /// Whether there is a file of that name.
    pub fn has(&self, id: FileId) -> bool {
        (id.0 as usize) < self.files.len()
    }

    /// The file shown under that path, if it was read.
    pub fn find(&self, path: &Path) -> Option<FileId> {
        self.by_path.get(path.as_os_str()).copied()
    }

    /// All files in the order they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &SourceFile)> {
        self.files.iter().enumerate().map(|(at, file)| (FileId(u32::try_from(at).unwrap_or(u32::MAX)), file.as_ref()))
    }

    /// The source text under a span.
    pub fn text(&self, span: Span) -> &str {
        let text = &self.file(span.file).text;
        let start = floor_boundary(text, span.start as usize);
        let end = floor_boundary(text, span.end as usize).max(start);
        &text[start..end]
    }

    /// Where a span begins, for people.
    pub fn start(&self, span: Span) -> LineColumn {
        self.file(span.file).line_column(span.start as usize)
    }

    /// Where a span ends, for people.
    pub fn end(&self, span: Span) -> LineColumn {
        self.file(span.file).line_column(span.end as usize)
    }
}
