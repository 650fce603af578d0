//! Where a sink writes: the folder that its `path` names.

use std::path::{Component, Path, PathBuf};

/// What stands for the id of the run in a path.
pub const RUN_ID: &str = "${run.id}";

/// The folder of staged files and locks in a sink's folder; readers pass over it.
pub(super) const WORK: &str = "_glue_compile";

/// The URL scheme of a path that is not on a local disk.
pub(super) fn foreign_scheme(path: &str) -> Option<&str> {
    let (scheme, _) = path.split_once("://")?;
    (!scheme.is_empty() && !scheme.eq_ignore_ascii_case("file")).then_some(scheme)
}

/// The folder that `path` names, for the run of that id; without an id, `${run.id}` stays as it is.
pub fn resolve(root: &Path, path: &str, run_id: Option<&str>) -> PathBuf {
    let path = match path.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("file") => rest,
        _ => path,
    };
    let path = run_id.map_or_else(|| path.to_owned(), |id| path.replace(RUN_ID, id));
    clean(&root.join(path))
}

/// The path without `.` parts and with `..` taken back where a folder stands before it.
fn clean(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// A path as it is shown: relative to the project where that is possible.
pub(super) fn shown(root: &Path, path: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_found() {
        let check = |path: &str, expected: &str| assert_eq!(resolve(Path::new("/p"), path, Some("r1")), Path::new(expected));
        check("out/", "/p/out");
        check("./out/../out2", "/p/out2");
        check("../out", "/out");
        check("/data/x", "/data/x");
        check("file:///data/x", "/data/x");
        check("file://./out", "/p/out");
        check("out/${run.id}/x", "/p/out/r1/x");
        assert_eq!(resolve(Path::new("/p"), "o/${run.id}", None), Path::new("/p/o/${run.id}"));
        assert_eq!(resolve(Path::new(""), "../o", None), Path::new("../o"));
        assert_eq!(foreign_scheme("s3://b/k"), Some("s3"));
        assert_eq!(foreign_scheme("file:///b"), None);
        assert_eq!(foreign_scheme("C/d"), None);
    }
}
