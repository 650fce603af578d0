//! The files that a path on a command line means: a file, all below a folder, those that match a glob. The rules are those
//! of a source's `path`.

use std::io;
use std::path::{Path, PathBuf};

use super::glob;
use super::listing::{is_hidden, partition_values, shown};
use crate::stdlib::connector::FileEntry;
use crate::world::World;

/// The files in reading order; none if the folder is empty, nothing matches, or nothing is there. Only folders below the
/// one that is named are columns.
pub fn named(path: &Path, world: &dyn World) -> io::Result<Vec<FileEntry>> {
    if world.is_file(path) {
        return Ok(vec![entry(path.to_owned(), &[], world)?]);
    }
    let (base, globs) = if world.is_dir(path) {
        (path.to_owned(), vec!["**/*".to_owned()])
    } else {
        match pattern(path) {
            Some((base, globs)) if world.is_dir(&base) || base.as_os_str().is_empty() => (base, globs),
            _ => return Ok(Vec::new()),
        }
    };
    let find = |below: &str| -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for glob in &globs {
            found.extend(world.glob(&base, &format!("{}{below}", glob.trim_end_matches('/')))?);
        }
        found.retain(|path| !is_hidden(&base, path));
        Ok(found)
    };
    let mut found = find("")?;
    if found.is_empty() {
        // A glob of folders means the files in them.
        found = find("/**/*")?;
    }
    found.sort();
    found.dedup();
    found
        .into_iter()
        .map(|path| {
            let below = path.strip_prefix(&base).map(partition_values).unwrap_or_default();
            entry(path, &below, world)
        })
        .collect()
}

fn entry(path: PathBuf, partition_values: &[(String, Option<String>)], world: &dyn World) -> io::Result<FileEntry> {
    let size = world.size(&path)?;
    Ok(FileEntry { shown: shown(&path), size, partition_values: partition_values.to_vec(), path })
}

/// The folder before the first mark of a glob, and the globs below it without braces.
fn pattern(path: &Path) -> Option<(PathBuf, Vec<String>)> {
    let text = path.to_str()?;
    let parts: Vec<&str> = text.split('/').collect();
    let first = parts.iter().position(|part| glob::is_glob(part))?;
    let base = parts[..first].join("/");
    // `/*.csv` begins at the root, which `join` has made nothing of.
    let base = if base.is_empty() && text.starts_with('/') { "/".to_owned() } else { base };
    Some((PathBuf::from(base), glob::spell_out(&parts[first..].join("/"))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::MemoryWorld;

    #[test]
    fn paths_mean_files() {
        let world = [
            "data/a.csv",
            "data/b.csv",
            "data/_SUCCESS",
            "data/.b.csv.crc",
            "data/_temporary/0/x.csv",
            "lake/year=2024/month=01/p.csv",
            "lake/year=2024/month=__HIVE_DEFAULT_PARTITION__/q.csv",
            "lake/_run=7/r.csv",
        ]
        .into_iter()
        .fold(MemoryWorld::default(), |world, file| world.with_file(format!("/p/{file}"), "x"));
        for (path, expected) in [
            ("data/a.csv", "data/a.csv"),
            ("data", "data/a.csv data/b.csv"),
            ("data/", "data/a.csv data/b.csv"),
            ("data/{b,a}.csv", "data/a.csv data/b.csv"),
            ("data/*.csv", "data/a.csv data/b.csv"),
            ("lake/*/month=01", "lake/year=2024/month=01/p.csv"),
            ("lake", "lake/_run=7/r.csv lake/year=2024/month=01/p.csv lake/year=2024/month=__HIVE_DEFAULT_PARTITION__/q.csv"),
            ("nothing", ""),
            ("nothing/*.csv", ""),
            ("data/*.json", ""),
        ] {
            let found = named(Path::new(&format!("/p/{path}")), &world).unwrap();
            let found: Vec<_> = found.iter().map(|entry| entry.shown.trim_start_matches("/p/")).collect();
            assert_eq!(found.join(" "), expected, "{path}");
        }
        let pair = |key: &str, value: Option<&str>| (key.to_owned(), value.map(str::to_owned));
        let values = |path: &str| named(Path::new(path), &world).unwrap().pop().unwrap().partition_values;
        assert_eq!(values("/p/lake"), [pair("year", Some("2024")), pair("month", None)]);
        assert_eq!(values("/p/lake/year=2024"), [pair("month", None)]);
        assert_eq!(values("/p/lake/year=2024/month=01/p.csv"), []);
    }
}
