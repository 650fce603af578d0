//! What holds of the files of a rule.

use std::collections::{BTreeMap, HashSet};

use indexmap::IndexMap;

use super::hash::Checksums;
use super::list::{Entry, Listings, Nothing};
use crate::stdlib::rule::{FileDemand, FileRule, FileSet, HashAlgorithm};

/// How many files are named in a reason.
const NAMED: usize = 5;

/// What was found out about the files of a rule.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Judged {
    /// How many were looked at; `None` if the place is not there.
    pub(super) count: Option<usize>,
    /// The share that satisfies, or why there is none: no file, one that cannot be read, or one that ended the rule.
    pub(super) share: Result<f64, String>,
    /// The size of the smallest.
    pub(super) smallest: Option<u64>,
    /// The size of the greatest.
    pub(super) greatest: Option<u64>,
    /// Those that do not satisfy, in words.
    offenders: Vec<String>,
}

impl Judged {
    /// Why the share is not the one that is demanded.
    pub(super) fn reason(&self, rule: &FileRule, share: f64) -> String {
        let (count, of) = (self.offenders.len(), self.count.unwrap_or_default());
        let what = match (&rule.demand, count) {
            (FileDemand::Modified(_) | FileDemand::Size(_), 1) => "does not satisfy the condition",
            (FileDemand::Modified(_) | FileDemand::Size(_), _) => "do not satisfy the condition",
            (FileDemand::Checksum { .. }, 1) => "does not match",
            (FileDemand::Checksum { .. }, _) => "do not match",
            (FileDemand::Unique { .. }, 1) => "is not unique",
            (FileDemand::Unique { .. }, _) => "are not unique",
            (FileDemand::Same { .. }, 1) => "has no partner",
            (FileDemand::Same { .. }, _) => "have no partner",
        };
        let files = if of == 1 { "file" } else { "files" };
        let found = if count == 0 { String::new() } else { format!("{count} of {of} {files} {what}: {}", some(&self.offenders)) };
        // FileMatch has no figure to speak of.
        if matches!(rule.demand, FileDemand::Checksum { .. } | FileDemand::Same { .. }) {
            return found;
        }
        format!("Value: {share} does not meet the constraint requirement! {found}").trim_end().to_owned()
    }
}

/// The first few, and how many more there are.
fn some(offenders: &[String]) -> String {
    let named = offenders[..offenders.len().min(NAMED)].join(", ");
    match offenders.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// Files that do not satisfy: by their place in the list, in words.
type Offenders = BTreeMap<usize, String>;

/// Judges rules by files that are listed and read as they are needed.
#[derive(Debug)]
pub(super) struct Judge<'a> {
    pub(super) listings: Listings<'a>,
    pub(super) checksums: Checksums,
}

impl Judge<'_> {
    /// What holds of the files of a rule.
    pub(super) fn rule(&mut self, rule: &FileRule) -> Judged {
        let nothing = |count, reason| Judged { count, share: Err(reason), smallest: None, greatest: None, offenders: Vec::new() };
        let files = match self.listings.of(&rule.files) {
            Ok(files) => files,
            Err(Nothing::Empty(reason)) => return nothing(Some(0), reason),
            Err(Nothing::Unknown(reason)) => return nothing(None, reason),
        };
        let (count, found) = match &rule.demand {
            FileDemand::Same { others, algorithm, names } => match self.same(&files, others, *algorithm, *names) {
                Ok((count, offenders)) => (count, Ok(offenders)),
                Err(reason) => (files.len(), Err(reason)),
            },
            FileDemand::Unique { names } => (files.len(), self.repeated(&files, *names)),
            FileDemand::Checksum { names, .. } => {
                (files.len(), self.each(rule, &files).map(|found| with_names(found, &files, *names)))
            }
            FileDemand::Modified(_) | FileDemand::Size(_) => (files.len(), self.each(rule, &files)),
        };
        let looked_at = |files: &[Entry]| {
            let sizes = || files.iter().map(|file| file.size);
            Judged {
                count: Some(files.len()),
                share: Ok(1.0),
                smallest: sizes().min(),
                greatest: sizes().max(),
                offenders: Vec::new(),
            }
        };
        let judged = Judged { count: Some(count), ..looked_at(&files) };
        match found {
            Err(reason) => Judged { share: Err(reason), ..judged },
            Ok(offenders) => match offenders.first_key_value() {
                Some((at, first)) if rule.fail_fast => {
                    let reason = format!("{first} does not satisfy the condition; `failFast` looks no further");
                    Judged { share: Err(reason), ..looked_at(&files[..=*at]) }
                }
                _ => {
                    let share = (count - offenders.len()) as f64 / count as f64;
                    Judged { share: Ok(share), offenders: offenders.into_values().collect(), ..judged }
                }
            },
        }
    }

    /// Files that do not satisfy by themselves.
    fn each(&mut self, rule: &FileRule, files: &[Entry]) -> Result<Offenders, String> {
        let mut offenders = Offenders::new();
        for (at, file) in files.iter().enumerate() {
            let (holds, what) = match &rule.demand {
                FileDemand::Modified(condition) => {
                    let seconds = file.modified.timestamp();
                    (condition.holds(seconds as f64), format!("modified {}", file.modified.format("%Y-%m-%dT%H:%M:%SZ")))
                }
                FileDemand::Size(condition) => (condition.holds(file.size as f64), format!("{} B", file.size)),
                FileDemand::Checksum { algorithm, negated, listed, .. } => {
                    let checksum = self.checksums.of(file, *algorithm)?;
                    let holds = listed.contains(&checksum) != *negated;
                    (holds, format!("{} {checksum}", algorithm.name()))
                }
                FileDemand::Unique { .. } | FileDemand::Same { .. } => continue,
            };
            if !holds {
                offenders.insert(at, format!("`{}` ({what})", file.shown));
                if rule.fail_fast {
                    break;
                }
            }
        }
        Ok(offenders)
    }

    /// Files whose contents, or names if those count, others have too.
    fn repeated(&mut self, files: &[Entry], names: bool) -> Result<Offenders, String> {
        let mut sizes: IndexMap<u64, usize> = IndexMap::new();
        files.iter().for_each(|file| *sizes.entry(file.size).or_default() += 1);
        let mut contents: IndexMap<String, Vec<usize>> = IndexMap::new();
        // Files of different sizes have different contents: they need not be read.
        for (at, file) in files.iter().enumerate().filter(|(_, file)| sizes[&file.size] > 1) {
            contents.entry(self.checksums.of(file, HashAlgorithm::Sha256)?).or_default().push(at);
        }
        let mut found = Offenders::new();
        for group in contents.values().filter(|group| group.len() > 1) {
            for at in group {
                let other = group.iter().find(|other| *other != at).map_or("", |other| files[*other].shown.as_str());
                found.insert(*at, format!("`{}` (as `{other}`)", files[*at].shown));
            }
        }
        Ok(with_names(found, files, names))
    }

    /// How many files there are on both sides, and those without a partner on the other.
    fn same(
        &mut self,
        files: &[Entry],
        others: &FileSet,
        algorithm: HashAlgorithm,
        names: bool,
    ) -> Result<(usize, Offenders), String> {
        let others = self.listings.of(others).map_err(|(Nothing::Empty(reason) | Nothing::Unknown(reason))| reason)?;
        // Files of a size (and a name) that the other side does not have need not be read.
        let looks = |file: &Entry| (names.then(|| file.name().to_owned()), file.size);
        let mine: HashSet<_> = files.iter().map(looks).collect();
        let theirs: HashSet<_> = others.iter().map(looks).collect();
        let mut offenders = Offenders::new();
        let mut open: IndexMap<_, Vec<usize>> = IndexMap::new();
        for (at, file) in others.iter().enumerate() {
            if mine.contains(&looks(file)) {
                open.entry((looks(file), self.checksums.of(file, algorithm)?)).or_default().push(at);
            } else {
                offenders.insert(files.len() + at, format!("`{}`", file.shown));
            }
        }
        for (at, file) in files.iter().enumerate() {
            let partner = if theirs.contains(&looks(file)) {
                open.get_mut(&(looks(file), self.checksums.of(file, algorithm)?)).and_then(Vec::pop)
            } else {
                None
            };
            if partner.is_none() {
                offenders.insert(at, format!("`{}`", file.shown));
            }
        }
        offenders.extend(open.into_values().flatten().map(|at| (files.len() + at, format!("`{}`", others[at].shown))));
        Ok((files.len() + others.len(), offenders))
    }
}

/// And those whose names others have too, if that counts.
fn with_names(mut offenders: Offenders, files: &[Entry], counts: bool) -> Offenders {
    let mut names: IndexMap<&str, Vec<usize>> = IndexMap::new();
    for (at, file) in files.iter().enumerate().filter(|_| counts) {
        names.entry(file.name()).or_default().push(at);
    }
    for at in names.into_values().filter(|group| group.len() > 1).flatten() {
        offenders.entry(at).or_insert_with(|| format!("`{}` (its name stands twice)", files[at].shown));
    }
    offenders
}
