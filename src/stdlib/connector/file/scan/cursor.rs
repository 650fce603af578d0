//! Reads one file from its start to its end in chunks that end with a record, and numbers the records on the way.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use datafusion::error::Result;
use memchr::{memchr_iter, memrchr};

use super::fault;
use super::plan::Scan;
use super::split::{Found, Splitter};
use crate::stdlib::connector::ScanProgress;
use crate::stdlib::connector::file::compression::Compression;
use crate::stdlib::connector::file::header;
use crate::stdlib::connector::file::settings::Format;
use crate::stdlib::failure::fail;

/// How much text a chunk holds, unless a single record is longer.
pub(super) const CHUNK: usize = 1 << 20;

/// The longest record. A quote that is not closed within it is never closed.
const LONGEST: usize = 32 << 20;

/// Some records of a file.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    /// The file's place in the listing.
    pub(super) file: usize,
    /// Whole records.
    pub(super) text: Vec<u8>,
    /// Where the text begins in the file, after decompression.
    pub(super) offset: u64,
    /// The number of the first record.
    pub(super) row: u64,
    /// The line of the file where the text begins.
    pub(super) line: u64,
    /// How the records are to be split; `None` for JSON lines.
    pub(super) layout: Option<Arc<Layout>>,
}

/// Where the columns of a CSV file are.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) splitter: Splitter,
    /// The field of each column that the files hold; `None`: NULL in this one.
    pub(super) positions: Vec<Option<usize>>,
    /// Whether the file has a header.
    pub(super) header: bool,
}

/// A place in a file.
pub(super) struct Cursor {
    scan: Arc<Scan>,
    file: usize,
    compression: Compression,
    reader: Box<dyn Read + Send>,
    /// What was read and not handed out.
    carry: Vec<u8>,
    /// Whether everything was read.
    ended: bool,
    offset: u64,
    row: u64,
    line: u64,
    layout: Option<Arc<Layout>>,
    chunk: usize,
}

/// Counts the bytes that are taken from a file.
struct Counted {
    file: File,
    progress: Arc<ScanProgress>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.progress.bytes_read.fetch_add(read as u64, Relaxed);
        Ok(read)
    }
}

impl Cursor {
    /// Opens a file and reads its header. `chunk`: how much text a chunk holds.
    pub(super) fn open(scan: Arc<Scan>, file: usize, chunk: usize) -> Result<Self> {
        let entry = &scan.files[file];
        let unreadable = |error| fault::unreadable(&entry.shown, scan.place, &error);
        let opened = File::open(&entry.path).map_err(unreadable)?;
        let counted = Counted { file: opened, progress: Arc::clone(&scan.progress) };
        // A file of no bytes is an empty text, compressed or not.
        let compression = if entry.size == 0 { Compression::None } else { scan.settings.compression.for_file(&entry.shown) };
        let reader = compression.reader(counted).map_err(unreadable)?;
        let mut cursor = Self {
            file,
            compression,
            reader,
            carry: Vec::new(),
            ended: false,
            offset: 0,
            row: 1,
            line: 1,
            layout: None,
            chunk,
            scan,
        };
        cursor.start()?;
        Ok(cursor)
    }

    /// Takes the byte order mark and the header.
    fn start(&mut self) -> Result<()> {
        let scan = Arc::clone(&self.scan);
        let shown = &scan.files[self.file].shown;
        self.fill_carry(self.chunk.max(4))?;
        if self.carry.starts_with(&[0xff, 0xfe]) || self.carry.starts_with(&[0xfe, 0xff]) {
            return Err(fail(fault::utf16(shown, scan.place)));
        }
        if self.carry.starts_with(header::BOM) {
            self.carry.drain(..header::BOM.len());
            self.offset += header::BOM.len() as u64;
        }
        let Format::Csv(dialect) = &scan.settings.format else { return Ok(()) };
        let names: Vec<&str> = scan.in_files().map(|index| scan.columns[index].field.name().as_str()).collect();
        let declared: &[&str] = if scan.inferred { &[] } else { &names };
        // A header as long as a chunk is read whole.
        let found = loop {
            match header::read(&self.carry, self.ended, dialect, declared) {
                Some(found) => break found,
                None if self.ended || self.carry.len() > LONGEST => break header::Header::default(),
                None => self.fill_carry(self.carry.len() * 2)?,
            }
        };
        let (positions, width) = match &found.names {
            Some(header) => {
                let positions = if scan.inferred {
                    header::some_positions(&names, header)
                } else {
                    header::positions(&names, header)
                        .map(|found| found.into_iter().map(Some).collect())
                        .map_err(|missing| fail(fault::missing_in_header(shown, scan.place, &missing, header)))?
                };
                (positions, header.len())
            }
            None => ((0..names.len()).map(Some).collect(), names.len()),
        };
        self.line += memchr_iter(b'\n', &self.carry[..found.end]).count() as u64;
        self.offset += found.end as u64;
        self.carry.drain(..found.end);
        let splitter = Splitter::new(dialect, Some(width));
        self.layout = Some(Arc::new(Layout { splitter, positions, header: found.names.is_some() }));
        Ok(())
    }

    /// The next records; `None` at the end. `buffer` is what the last chunk's text was kept in.
    pub(super) fn next(&mut self, mut buffer: Vec<u8>) -> Result<Option<Chunk>> {
        buffer.clear();
        std::mem::swap(&mut buffer, &mut self.carry);
        // From here on `buffer` is the text and `self.carry` is empty.
        let mut want = self.chunk;
        loop {
            self.fill(&mut buffer, want)?;
            if buffer.is_empty() {
                return Ok(None);
            }
            let last = self.ended || buffer.len() >= LONGEST;
            let whole = self.measure(&buffer, last);
            if whole.end == 0 && !last {
                want = (buffer.len() * 2).min(LONGEST);
                continue;
            }
            if whole.end == 0 {
                let shown = &self.scan.files[self.file].shown;
                return Err(fault::endless(shown, self.scan.place, self.line, self.offset, LONGEST));
            }
            self.carry.extend_from_slice(&buffer[whole.end..]);
            buffer.truncate(whole.end);
            let chunk = Chunk {
                file: self.file,
                text: buffer,
                offset: self.offset,
                row: self.row,
                line: self.line,
                layout: self.layout.clone(),
            };
            self.offset += whole.end as u64;
            self.row += whole.records;
            self.line += whole.lines;
            return Ok(Some(chunk));
        }
    }

    /// Reads until `buffer` holds `len` bytes or the file ends.
    fn fill(&mut self, buffer: &mut Vec<u8>, len: usize) -> Result<()> {
        if self.ended || buffer.len() >= len {
            return Ok(());
        }
        let want = len - buffer.len();
        buffer.reserve(want);
        match self.reader.by_ref().take(want as u64).read_to_end(buffer) {
            Ok(read) => {
                self.ended = read < want;
                Ok(())
            }
            Err(error) => {
                let file = &self.scan.files[self.file];
                let at = self.offset + buffer.len() as u64;
                Err(fault::broken(file, self.scan.place, self.compression, at, &error))
            }
        }
    }

    fn fill_carry(&mut self, len: usize) -> Result<()> {
        let mut carry = std::mem::take(&mut self.carry);
        let filled = self.fill(&mut carry, len);
        self.carry = carry;
        filled
    }

    /// The whole records at the start of a text. `last`: what follows does not count.
    fn measure(&self, text: &[u8], last: bool) -> Whole {
        let Some(layout) = &self.layout else {
            // The number of a JSON row is its line.
            let end = if self.ended { text.len() } else { memrchr(b'\n', text).map_or(0, |end| end + 1) };
            let lines = memchr_iter(b'\n', &text[..end]).count() as u64;
            return Whole { end, records: lines, lines };
        };
        if layout.splitter.is_plain(text) {
            let end = if self.ended { text.len() } else { memrchr(b'\n', text).map_or(0, |end| end + 1) };
            let mut whole = Whole { end, records: 0, lines: 0 };
            let mut start = 0;
            for newline in memchr_iter(b'\n', &text[..end]) {
                whole.records += u64::from(!layout.splitter.skips(text, start));
                whole.lines += 1;
                start = newline + 1;
            }
            if start < end {
                whole.records += u64::from(!layout.splitter.skips(text, start));
            }
            return whole;
        }
        let mut whole = Whole { end: 0, records: 0, lines: 0 };
        let mut fields = Vec::new();
        while whole.end < text.len() {
            fields.clear();
            let (found, next) = layout.splitter.next(text, whole.end, last, &mut fields);
            match found {
                Found::Record | Found::Bad(_) => whole.records += 1,
                Found::Skip => {}
                Found::Incomplete => break,
            }
            whole.end = next;
            // A text that is only as long as it is because of an unclosed quote may end within a record.
            if last && !self.ended && whole.end >= self.chunk {
                break;
            }
        }
        whole.lines = memchr_iter(b'\n', &text[..whole.end]).count() as u64;
        whole
    }
}

/// The whole records at the start of a text.
struct Whole {
    end: usize,
    records: u64,
    lines: u64,
}
