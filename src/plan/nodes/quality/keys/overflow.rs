//! Hashes in a temporary file, where memory for them is refused.

use std::fs::File;
use std::io::{BufWriter, Read, Result, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::NamedTempFile;

use super::radix::{BLOCK, BUCKETS};

/// Blocks of hashes by bucket.
#[derive(Debug)]
pub(super) struct Overflow {
    file: NamedTempFile,
    writer: BufWriter<File>,
    /// How many blocks there are.
    blocks: u64,
    /// Which of them are a bucket's.
    buckets: Vec<Vec<u64>>,
}

impl Overflow {
    /// An empty file in a folder, or where temporary files are.
    pub(super) fn new(folder: Option<&Path>) -> Result<Self> {
        let file = folder.map_or_else(NamedTempFile::new, NamedTempFile::new_in)?;
        let writer = BufWriter::new(file.reopen()?);
        Ok(Self { file, writer, blocks: 0, buckets: vec![Vec::new(); BUCKETS] })
    }

    /// Writes a block of a bucket: [`BLOCK`] hashes.
    pub(super) fn write(&mut self, bucket: usize, block: &[u32]) -> Result<()> {
        debug_assert_eq!(block.len(), BLOCK);
        for hash in block {
            self.writer.write_all(&hash.to_le_bytes())?;
        }
        self.buckets[bucket].push(self.blocks);
        self.blocks += 1;
        Ok(())
    }

    /// Makes what was written readable.
    pub(super) fn flush(&mut self) -> Result<()> {
        self.writer.flush()
    }

    /// The hashes of a bucket.
    pub(super) fn read(&self, bucket: usize) -> Result<Vec<u32>> {
        let blocks = &self.buckets[bucket];
        let mut hashes = Vec::with_capacity(blocks.len() * BLOCK);
        let mut file = self.file.reopen()?;
        let mut bytes = vec![0; BLOCK * size_of::<u32>()];
        for block in blocks {
            file.seek(SeekFrom::Start(block * bytes.len() as u64))?;
            file.read_exact(&mut bytes)?;
            let (words, _) = bytes.as_chunks::<4>();
            hashes.extend(words.iter().map(|word| u32::from_le_bytes(*word)));
        }
        Ok(hashes)
    }
}
