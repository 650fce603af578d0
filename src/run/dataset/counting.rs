//! Counts the bytes that are read of local files, for progress bars.

use std::fmt;
use std::fs::File;
use std::io::Seek;
use std::ops::Range;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
};

use crate::stdlib::connector::ScanProgress;

/// The local file system, watched.
#[derive(Debug, Default)]
pub(super) struct Counting {
    inner: LocalFileSystem,
    reading: Mutex<Reading>,
}

/// What is being read, and where it is counted.
#[derive(Debug, Default)]
struct Reading {
    scan: Arc<ScanProgress>,
    /// Share their positions with the handles that the engine reads from.
    open: Vec<Open>,
}

/// A file that is read, or a range of it.
#[derive(Debug)]
struct Open {
    file: File,
    range: Range<u64>,
    /// How much of it is counted.
    read: u64,
}

impl Counting {
    /// From here on, what is read counts for `scan`.
    pub(super) fn begin(&self, scan: Arc<ScanProgress>) {
        *self.reading() = Reading { scan, open: Vec::new() };
    }

    /// Notes how far the engine has come.
    pub(super) fn look(&self) {
        let mut reading = self.reading();
        let Reading { scan, open } = &mut *reading;
        open.retain_mut(|Open { file, range, read }| {
            let Ok(position) = file.stream_position() else { return false };
            let now = position.clamp(range.start, range.end) - range.start;
            scan.bytes_read.fetch_add(now.saturating_sub(*read), Relaxed);
            *read = now.max(*read);
            position < range.end
        });
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.reading.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for Counting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

#[async_trait]
impl ObjectStore for Counting {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        let found = self.inner.get_opts(location, options).await?;
        if let GetResultPayload::File(file, _) = &found.payload
            && let Ok(file) = file.try_clone()
        {
            self.reading().open.push(Open { file, range: found.range.clone(), read: 0 });
        }
        Ok(found)
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        let found = self.inner.get_ranges(location, ranges).await?;
        let read: usize = found.iter().map(Bytes::len).sum();
        self.reading().scan.bytes_read.fetch_add(read as u64, Relaxed);
        Ok(found)
    }

    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.inner.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(&self, location: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.inner.put_multipart_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}
