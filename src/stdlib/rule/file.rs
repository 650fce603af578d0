//! Rules about files that were checked: which files, and what must hold of them, as plain data. Nothing here opens a file.

use std::fmt;
use std::sync::Arc;

use super::condition::NumberCondition;
use crate::source::Span;
use crate::stdlib::pattern::{Fault, Pattern};

/// What is known of the files behind the primary data set.
#[derive(Debug, Clone, Copy)]
pub enum Behind<'a> {
    /// Its rows are those of files, as they lie there.
    Files,
    /// Something made its rows.
    Made(&'a Maker),
}

/// What stands between a data set and files.
#[derive(Debug, Clone)]
pub struct Maker {
    /// Its name: `renamed`, `orders.malformed`.
    pub name: String,
    /// What is to be said of it: ``is made by a `rename_field` ``.
    pub what: String,
    /// Where it is named as the input of the rules.
    pub span: Span,
    /// The path of the one source before it, if that is just one path.
    pub path: Option<String>,
}

/// What must hold of files.
#[derive(Debug, Clone, PartialEq)]
pub struct FileRule {
    /// Which files.
    pub files: FileSet,
    /// What must hold of them.
    pub demand: FileDemand,
    /// Whether the first file that does not satisfy ends it.
    pub fail_fast: bool,
}

/// Some files.
#[derive(Debug, Clone, PartialEq)]
pub struct FileSet {
    /// Where they are.
    pub place: FilePlace,
    /// Which of them count, one filter after the other.
    pub filters: Vec<FileFilter>,
}

/// The path and the filters, as far as there are any: what tells figures of other files apart.
impl fmt::Display for FileSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = match &self.place {
            FilePlace::Source => String::new(),
            FilePlace::Path(path) => path.clone(),
        };
        let filters = self.filters.iter().map(|filter| match filter {
            FileFilter::Newest(count) => format!("recentFiles = {count}"),
            FileFilter::Uri(pattern) => format!("uriRegex = \"{}\"", pattern.text),
        });
        let parts: Vec<_> = std::iter::once(path).chain(filters).filter(|part| !part.is_empty()).collect();
        f.write_str(&parts.join(" "))
    }
}

/// Where files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FilePlace {
    /// Those that the primary data set is read from.
    Source,
    /// A file, a folder with all below it, or a glob.
    Path(String),
}

/// Which files count.
#[derive(Debug, Clone, PartialEq)]
pub enum FileFilter {
    /// So many, the last modified first.
    Newest(usize),
    /// Those whose path matches.
    Uri(UriPattern),
}

/// A pattern of paths.
#[derive(Clone)]
pub struct UriPattern {
    text: String,
    pattern: Arc<Pattern>,
}

impl UriPattern {
    /// Compiles a Java pattern. What begins by looking ahead is tried at the start of a path only: a few letters further
    /// on there would always be a place where a tail that is forbidden does not follow.
    pub(super) fn new(java: &str) -> Result<Self, Fault> {
        let head = if java.starts_with("(?!") || java.starts_with("(?=") { r"\A" } else { "" };
        Ok(Self { text: java.to_owned(), pattern: Arc::new(Pattern::between(&format!("{head}{java}"), java, head.len())?) })
    }

    /// Whether some part of a path matches; an error if the pattern gives up on it.
    pub fn matches(&self, path: &str) -> Result<bool, String> {
        self.pattern.is_match(path).map_err(|error| error.strip_backtrace())
    }
}

impl fmt::Debug for UriPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UriPattern({})", self.text)
    }
}

impl PartialEq for UriPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

/// What must hold of files.
#[derive(Debug, Clone, PartialEq)]
pub enum FileDemand {
    /// Of each: when it was modified, in whole seconds since 1970.
    Modified(NumberCondition),
    /// Of each: its size in bytes.
    Size(NumberCondition),
    /// Of each: its checksum is one of these, or (`not in`) none of them.
    Checksum {
        /// How it is calculated.
        algorithm: HashAlgorithm,
        /// `not in`
        negated: bool,
        /// In small letters.
        listed: Vec<String>,
        /// Whether no two files may have one name.
        names: bool,
    },
    /// Of each: no other has the same contents.
    Unique {
        /// Whether no two files may have one name either.
        names: bool,
    },
    /// Each has a partner of the same contents among other files, and each of those has one here.
    Same {
        /// The other files.
        others: FileSet,
        /// How contents are compared.
        algorithm: HashAlgorithm,
        /// Whether partners must have one name.
        names: bool,
    },
}

/// How a checksum is calculated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HashAlgorithm {
    /// 128 bits.
    Md5,
    /// 160 bits.
    Sha1,
    /// 256 bits.
    Sha256,
}

impl HashAlgorithm {
    /// All of them.
    pub(super) const ALL: [Self; 3] = [Self::Md5, Self::Sha1, Self::Sha256];

    /// As `hashAlgorithm` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Md5 => "MD5",
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
        }
    }

    /// How many hexadecimal digits its checksums have.
    pub(super) fn digits(self) -> usize {
        match self {
            Self::Md5 => 32,
            Self::Sha1 => 40,
            Self::Sha256 => 64,
        }
    }
}

/// A figure of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFigure {
    /// The share of files that satisfy.
    Compliance,
    /// How many files were looked at.
    Count,
    /// The size of the smallest, in bytes.
    Smallest,
    /// The size of the greatest, in bytes.
    Greatest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_found_in_paths() {
        for (pattern, path, expected) in [
            (r"\.csv$", "data/a.csv", true),
            (r"\.csv$", "data/a.csv.gz", false),
            (r".*orders_.*\.parquet", "in/orders_1.parquet", true),
            ("inventory_", "in/orders_1.parquet", false),
            (r"(?!.*\.tmp$).*", "data/a.csv", true),
            (r"(?!.*\.tmp$).*", "data/a.tmp", false),
            (r"^data/", "old/data/a.csv", false),
        ] {
            assert_eq!(UriPattern::new(pattern).unwrap().matches(path), Ok(expected), "{pattern} on {path}");
        }
    }
}
