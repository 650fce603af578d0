//! Compressed files: which compression, and the way to the bytes inside.

use std::io::{self, BufReader, Read};
use std::path::Path;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compression {
    /// By the file's extension.
    Auto,
    /// Not at all.
    None,
    /// `.gz`
    Gzip,
    /// `.bz2`
    Bzip2,
    /// `.zst`
    Zstd,
}

impl Compression {
    /// The word of the settings.
    pub(super) fn of(word: Option<&str>) -> Self {
        match word {
            Some("none") => Self::None,
            Some("gzip") => Self::Gzip,
            Some("bzip2") => Self::Bzip2,
            Some("zstd") => Self::Zstd,
            _ => Self::Auto,
        }
    }

    /// What it means for a file of that name: never `Auto`.
    pub(super) fn for_file(self, name: &str) -> Self {
        if self != Self::Auto {
            return self;
        }
        let extension = Path::new(name).extension().map(|end| end.to_string_lossy().to_ascii_lowercase());
        match extension.as_deref() {
            Some("gz" | "gzip") => Self::Gzip,
            Some("bz2" | "bzip2") => Self::Bzip2,
            Some("zst" | "zstd") => Self::Zstd,
            _ => Self::None,
        }
    }

    /// Its name in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Auto | Self::None => "plain",
            Self::Gzip => "gzip",
            Self::Bzip2 => "bzip2",
            Self::Zstd => "zstd",
        }
    }

    /// Whether a file that begins with `head` can be of this compression.
    pub(super) fn begins(self, head: &[u8]) -> bool {
        let magic: &[u8] = match self {
            Self::Auto | Self::None => &[],
            Self::Gzip => &[0x1f, 0x8b],
            Self::Bzip2 => b"BZh",
            Self::Zstd => &[0x28, 0xb5, 0x2f, 0xfd],
        };
        head.starts_with(magic)
    }

    /// The bytes inside. Files of several members (`cat a.gz b.gz`) are read to their end.
    pub(super) fn reader(self, file: impl Read + Send + 'static) -> io::Result<Box<dyn Read + Send>> {
        Ok(match self {
            Self::Auto | Self::None => Box::new(file),
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(buffered(file))),
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(buffered(file))),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::with_buffer(buffered(file))?),
        })
    }
}

fn buffered<R: Read>(file: R) -> BufReader<R> {
    BufReader::with_capacity(128 * 1024, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_say_the_compression() {
        for (name, expected) in [
            ("a.csv", Compression::None),
            ("a.csv.gz", Compression::Gzip),
            ("a.GZ", Compression::Gzip),
            ("a.gzip", Compression::Gzip),
            ("a.bz2", Compression::Bzip2),
            ("a.json.zst", Compression::Zstd),
            ("gz", Compression::None),
            ("ä", Compression::None),
            ("éé.gz", Compression::Gzip),
        ] {
            assert_eq!(Compression::Auto.for_file(name), expected, "{name}");
        }
        assert_eq!(Compression::None.for_file("a.gz"), Compression::None);
    }
}
