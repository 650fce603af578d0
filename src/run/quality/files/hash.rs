//! Checksums of files, each calculated once.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use indexmap::IndexMap;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::list::{Entry, unreadable};
use crate::stdlib::rule::HashAlgorithm;

/// The checksums that were asked for so far.
#[derive(Debug)]
pub(super) struct Checksums {
    /// Raised when nobody waits for them any more.
    stopped: Arc<AtomicBool>,
    known: IndexMap<(String, HashAlgorithm), Result<String, String>>,
}

impl Checksums {
    pub(super) fn new(stopped: Arc<AtomicBool>) -> Self {
        Self { stopped, known: IndexMap::new() }
    }

    /// The checksum of a file in small hexadecimal digits; an error, in words, if it cannot be read.
    pub(super) fn of(&mut self, file: &Entry, algorithm: HashAlgorithm) -> Result<String, String> {
        let key = (file.shown.clone(), algorithm);
        let stopped = &self.stopped;
        let calculate = || match algorithm {
            HashAlgorithm::Md5 => digest::<Md5>(file, stopped),
            HashAlgorithm::Sha1 => digest::<Sha1>(file, stopped),
            HashAlgorithm::Sha256 => digest::<Sha256>(file, stopped),
        };
        self.known.entry(key).or_insert_with(calculate).clone()
    }

    /// How many were calculated.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.known.len()
    }
}

/// Reads a file piece by piece.
fn digest<D: Digest>(file: &Entry, stopped: &AtomicBool) -> Result<String, String> {
    let failed = |error| unreadable(&file.shown, &error);
    let mut reader = File::open(&file.path).map_err(failed)?;
    let mut piece = vec![0; 256 * 1024];
    let mut digest = D::new();
    loop {
        if stopped.load(Ordering::Relaxed) {
            return Err("the run was given up".to_owned());
        }
        match reader.read(&mut piece).map_err(failed)? {
            0 => break,
            length => digest.update(&piece[..length]),
        }
    }
    let mut digits = String::new();
    for byte in digest.finalize() {
        digits.push_str(&format!("{byte:02x}"));
    }
    Ok(digits)
}
