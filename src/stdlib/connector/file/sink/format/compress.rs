//! A file, and the compression around the text in it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bzip2::write::BzEncoder;
use flate2::write::GzEncoder;

use crate::stdlib::connector::file::sink::settings::Compression;

/// A file whose watcher sees what reaches it; the writers on top of it do not give it back while they run.
pub(super) struct Counted {
    tap: Arc<Tap>,
}

/// A file, and what has reached it so far.
#[derive(Debug)]
pub(super) struct Tap {
    path: PathBuf,
    /// Open while it is written to. Writers may be many more than a process may have open files.
    file: Mutex<Option<File>>,
    bytes: AtomicU64,
    /// Up to where the system was told to bring the file to the disk.
    begun: AtomicU64,
    /// The first error: some writers pass on only its text.
    error: OnceLock<io::Error>,
}

impl Tap {
    /// Bytes that reached the file.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// The first error of the file.
    pub(super) fn error(&self) -> Option<&io::Error> {
        self.error.get()
    }

    /// Closes the file until more is written to it.
    pub(super) fn rest(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> MutexGuard<'_, Option<File>> {
        // A writer that panicked left nothing half done here.
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, buffer: &[u8]) -> io::Result<usize> {
        let mut file = self.lock();
        let file = match &mut *file {
            Some(file) => file,
            resting => resting.insert(File::options().append(true).open(&self.path)?),
        };
        let written = file.write(buffer)?;
        let bytes = self.bytes.fetch_add(written as u64, Ordering::Relaxed) + written as u64;
        let begun = self.begun.load(Ordering::Relaxed);
        if bytes - begun >= BEGIN {
            begin(file, begun, bytes - begun);
            self.begun.store(bytes, Ordering::Relaxed);
        }
        Ok(written)
    }
}

/// So many bytes are left to the system's own judgement before it is told to bring them to the disk.
const BEGIN: u64 = 8 << 20;

/// Begins to bring a part of a file to the disk and does not wait for it: what is then left to do when the run commits, and
/// must wait, is little. That it cannot be begun is no fault.
#[cfg(target_os = "linux")]
fn begin(file: &File, from: u64, bytes: u64) {
    // Of pages that are not on the disk yet the advice only begins their way there.
    let _ = rustix::fs::fadvise(file, from, std::num::NonZeroU64::new(bytes), rustix::fs::Advice::DontNeed);
}

#[cfg(not(target_os = "linux"))]
fn begin(_: &File, _: u64, _: u64) {}

impl Counted {
    /// Creates the file, which must not be there, and its watcher.
    pub(super) fn create(path: &Path) -> io::Result<(Self, Arc<Tap>)> {
        let file = File::options().append(true).create_new(true).open(path)?;
        let (path, file) = (path.to_owned(), Mutex::new(Some(file)));
        let tap = Arc::new(Tap { path, file, bytes: AtomicU64::new(0), begun: AtomicU64::new(0), error: OnceLock::new() });
        Ok((Self { tap: Arc::clone(&tap) }, tap))
    }
}

impl Write for Counted {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.tap.write(buffer).inspect_err(|error| {
            let copy = error.raw_os_error().map_or_else(|| error.kind().into(), io::Error::from_raw_os_error);
            self.tap.error.get_or_init(|| copy);
        })
    }

    fn flush(&mut self) -> io::Result<()> {
        // A file has no buffer of its own.
        Ok(())
    }
}

/// Text on its way into a file.
pub(super) enum Encoder {
    /// As it is.
    Plain(BufWriter<Counted>),
    /// Through gzip.
    Gzip(GzEncoder<BufWriter<Counted>>),
    /// Through Zstandard.
    Zstd(zstd::Encoder<'static, BufWriter<Counted>>),
    /// Through bzip2.
    Bzip2(BzEncoder<BufWriter<Counted>>),
}

impl Encoder {
    /// Text files have no Snappy and no LZ4 (`check` says so); they would be plain here.
    pub(super) fn new(file: Counted, compression: Compression) -> io::Result<Self> {
        let file = BufWriter::with_capacity(64 * 1024, file);
        Ok(match compression {
            Compression::Gzip => Self::Gzip(GzEncoder::new(file, flate2::Compression::default())),
            Compression::Zstd => Self::Zstd(zstd::Encoder::new(file, zstd::DEFAULT_COMPRESSION_LEVEL)?),
            Compression::Bzip2 => Self::Bzip2(BzEncoder::new(file, bzip2::Compression::default())),
            Compression::None | Compression::Snappy | Compression::Lz4 => Self::Plain(file),
        })
    }

    /// Bytes that wait to be written to the file.
    pub(super) fn waiting(&self) -> usize {
        let file = match self {
            Self::Plain(file) => file,
            Self::Gzip(encoder) => encoder.get_ref(),
            Self::Zstd(encoder) => encoder.get_ref(),
            Self::Bzip2(encoder) => encoder.get_ref(),
        };
        file.buffer().len()
    }

    /// Writes what is still held back.
    pub(super) fn finish(self) -> io::Result<()> {
        match self {
            Self::Plain(file) => Ok(file),
            Self::Gzip(encoder) => encoder.finish(),
            Self::Zstd(encoder) => encoder.finish(),
            Self::Bzip2(encoder) => encoder.finish(),
        }?
        .flush()
    }
}

impl Write for Encoder {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.write(buffer),
            Self::Gzip(encoder) => encoder.write(buffer),
            Self::Zstd(encoder) => encoder.write(buffer),
            Self::Bzip2(encoder) => encoder.write(buffer),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        // The CSV writer flushes after every batch; passing that on would end a compressed block each time.
        Ok(())
    }
}
