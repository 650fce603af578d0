//! Which files `path`, `exclusions` and `recurse` mean: from the words of the settings to [`FileEntry`]s in reading order.
//!
//! Order: as the paths are written, the files of one path by name. A file that two paths name is read once.

use std::io;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::{glob, hive};
use crate::diag::codes::connector::{BAD_GLOB, NO_INPUT_FILES, NO_PATH, UNSUPPORTED_SCHEME};
use crate::diag::codes::run::SOURCE_UNREADABLE;
use crate::diag::{Diagnostic, suggest};
use crate::source::Text;
use crate::spec::param::Args;
use crate::stdlib::connector::FileEntry;
use crate::world::World;

/// What is read, as the settings say it.
#[derive(Debug)]
pub(super) struct Pattern<'a> {
    /// As it was written.
    text: &'a Text,
    /// The folder or file without any mark of a glob, relative to the project; may be empty.
    base: String,
    /// The globs below it, no braces; none if `base` is a file or a folder itself.
    globs: Vec<String>,
}

/// The paths of a source, checked; no file is looked at.
pub(super) fn patterns(args: &Args) -> Result<Vec<Pattern<'_>>, Diagnostic> {
    let texts: Vec<_> = args.texts("path").into_iter().chain(args.texts("paths")).collect();
    if texts.is_empty() && !args.misfit("path") && !args.misfit("paths") {
        return Err(Diagnostic::new(&NO_PATH, args.span, "a file source needs a path")
            .help("write `path:` with a file, a folder or a glob, relative to the project's folder"));
    }
    texts.into_iter().map(pattern).collect()
}

fn pattern(text: &Text) -> Result<Pattern<'_>, Diagnostic> {
    let path = local(text)?;
    let parts: Vec<_> = path.split('/').collect();
    let first_glob = parts.iter().position(|part| glob::is_glob(part)).unwrap_or(parts.len());
    let base = parts[..first_glob].join("/");
    // `/*.csv` begins at the root, which `join` has made nothing of.
    let base = if base.is_empty() && path.starts_with('/') { "/".to_owned() } else { base };
    let rest = parts[first_glob..].join("/");
    let globs = if rest.is_empty() { Vec::new() } else { glob::spell_out(&rest) };
    for glob in &globs {
        if let Err(error) = ::glob::Pattern::new(glob.trim_end_matches('/')) {
            return Err(Diagnostic::new(&BAD_GLOB, text.span(), format!("`{text}` is no glob"))
                .here(error.msg.to_lowercase())
                .help("`*` and `?` stop at `/`; `**` stands alone between two `/` and crosses folders; `[a-c]` is a class"));
        }
    }
    Ok(Pattern { text, base, globs })
}

/// The path without `file://`; other schemes are told apart from local paths here, once.
pub(crate) fn local(text: &Text) -> Result<&str, Diagnostic> {
    let path = text.as_str();
    let Some((scheme, rest)) = path.split_once("://") else { return Ok(path) };
    match scheme.to_ascii_lowercase().as_str() {
        "file" => Ok(rest),
        _ => Err(Diagnostic::new(&UNSUPPORTED_SCHEME, text.span(), format!("`{scheme}://` paths cannot be read by this build"))
            .here("only local files are")
            .help("keep the path in a variable (`${var.lake}`) that is a local folder in the target that runs here")),
    }
}

/// Why there are no files to read.
enum Fault<'p> {
    /// As this says.
    Said(Diagnostic),
    /// Nothing matches. To say what is near costs a look around.
    Nothing(&'p Pattern<'p>),
}

/// The files that are read, in reading order; an error if there are none.
pub(super) fn list(args: &Args, world: &dyn World, root: &Path) -> Result<Vec<FileEntry>, Diagnostic> {
    files(args, &patterns(args)?, world, root).map_err(|fault| match fault {
        Fault::Said(diagnostic) => diagnostic,
        Fault::Nothing(pattern) => nothing(pattern, world, root),
    })
}

/// [`list`] where it is no fault that there are none (yet).
pub(super) fn present(args: &Args, world: &dyn World, root: &Path) -> Vec<FileEntry> {
    let Ok(patterns) = patterns(args) else { return Vec::new() };
    files(args, &patterns, world, root).unwrap_or_default()
}

fn files<'p>(args: &Args, patterns: &'p [Pattern<'p>], world: &dyn World, root: &Path) -> Result<Vec<FileEntry>, Fault<'p>> {
    let exclusions = exclusions(args).map_err(Fault::Said)?;
    let mut out: Vec<FileEntry> = Vec::new();
    for pattern in patterns {
        let base = root.join(&pattern.base);
        for path in matching(pattern, args, world, root)? {
            let below = path.strip_prefix(&base).ok().filter(|below| !below.as_os_str().is_empty());
            let below = shown(below.unwrap_or_else(|| path.file_name().map_or(&path, Path::new)));
            if exclusions.iter().any(|exclusion| exclusion.is_match(&below)) || out.iter().any(|entry| entry.path == path) {
                continue;
            }
            let relative = path.strip_prefix(root).unwrap_or(&path);
            let size = world.size(&path).map_err(|error| Fault::Said(unreadable(&shown(relative), &error, pattern.text)))?;
            out.push(FileEntry {
                shown: shown(relative),
                size,
                partition_values: partition_values(relative),
                path: path.clone(),
            });
        }
    }
    if out.is_empty() {
        let span = args.get("exclusions").map_or(args.span, |arg| arg.span);
        let none = Diagnostic::new(&NO_INPUT_FILES, span, "no input files: `exclusions` leaves none over")
            .help("make `exclusions` narrower; its globs are relative to the part of `path` before the first `*`");
        return Err(Fault::Said(none));
    }
    Ok(out)
}

/// The exclusions of a source, compiled.
pub(super) fn exclusions(args: &Args) -> Result<Vec<Regex>, Diagnostic> {
    let compile = |text: &Text| {
        glob::exclusion(text.as_str()).map_err(|reason| {
            Diagnostic::new(&BAD_GLOB, text.span(), format!("`{text}` is no glob"))
                .here(reason)
                .help("`*` and `?` stop at `/`, `**` crosses it, `[a-c]` is a class, `{a,b}` a group")
        })
    };
    args.texts("exclusions").into_iter().map(compile).collect()
}

/// The files of one path before exclusions, sorted; an error if there are none.
fn matching<'p>(pattern: &'p Pattern<'p>, args: &Args, world: &dyn World, root: &Path) -> Result<Vec<PathBuf>, Fault<'p>> {
    let base = root.join(&pattern.base);
    let folder = if args.flag("recurse") { "**/*" } else { "*" };
    let glob = |below: &str| match world.glob(&base, below) {
        Ok(found) => Ok(found.into_iter().filter(|path| !is_hidden(&base, path)).collect::<Vec<_>>()),
        Err(error) => Err(Fault::Said(unreadable(&shown(&base), &error, pattern.text))),
    };
    if pattern.globs.is_empty() {
        if world.is_file(&base) {
            return Ok(vec![base]);
        }
        if !world.is_dir(&base) {
            return Err(Fault::Nothing(pattern));
        }
        let found = glob(folder)?;
        if found.is_empty() {
            return Err(Fault::Nothing(pattern));
        }
        return Ok(found);
    }
    let mut found = Vec::new();
    for below in &pattern.globs {
        found.extend(glob(below.trim_end_matches('/'))?);
    }
    if found.is_empty() {
        // A glob of folders means the files in them.
        for below in &pattern.globs {
            found.extend(glob(&format!("{}/{folder}", below.trim_end_matches('/')))?);
        }
    }
    if found.is_empty() {
        return Err(Fault::Nothing(pattern));
    }
    found.sort();
    found.dedup();
    Ok(found)
}

pub(super) fn is_hidden(base: &Path, path: &Path) -> bool {
    let below = path.strip_prefix(base).unwrap_or(path);
    below.iter().any(|part| hive::is_hidden(&part.to_string_lossy()))
}

/// The path as it is shown: `/` between parts.
pub(super) fn shown(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/").replacen("//", "/", 1)
}

/// `year=2024/month=01/x.csv`: the values of its folders.
pub(super) fn partition_values(path: &Path) -> Vec<(String, Option<String>)> {
    let Some(folders) = path.parent() else { return Vec::new() };
    folders.iter().filter_map(|part| hive::split(part.to_str()?)).collect()
}

fn unreadable(file: &str, error: &io::Error, text: &Text) -> Diagnostic {
    Diagnostic::new(&SOURCE_UNREADABLE, text.span(), format!("cannot read `{file}`")).here(reason(error))
}

/// What the operating system says, without its number.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// Says that a path matches nothing, and what is near.
fn nothing(pattern: &Pattern<'_>, world: &dyn World, root: &Path) -> Diagnostic {
    let text = pattern.text;
    let parts: Vec<_> = pattern.base.split('/').filter(|part| !part.is_empty()).collect();
    let start = if pattern.base.starts_with('/') { "/" } else { "" };
    // The deepest folder on the way that is there.
    let mut there = 0;
    while there < parts.len() && world.is_dir(&root.join(format!("{start}{}", parts[..=there].join("/")))) {
        there += 1;
    }
    let folder = format!("{start}{}", parts[..there].join("/"));
    let names = names(&root.join(&folder), world);
    let folder_shown = if folder.is_empty() { "the project's folder".to_owned() } else { format!("`{folder}/`") };
    let Some(missing) = parts.get(there) else {
        let what = if pattern.globs.is_empty() { "the folder holds no files" } else { "nothing matches" };
        let diagnostic = Diagnostic::new(&NO_INPUT_FILES, text.span(), format!("no input files: `{text}`")).here(what);
        return if names.is_empty() {
            diagnostic.note(format!("{folder_shown} is empty"))
        } else {
            diagnostic.note(format!("{folder_shown} holds {}", suggest::list(names.iter().map(String::as_str), 5)))
        };
    };
    let what = if there + 1 == parts.len() && pattern.globs.is_empty() { "no file or folder" } else { "no folder" };
    let diagnostic = Diagnostic::new(&NO_INPUT_FILES, text.span(), format!("no input files: `{text}`"))
        .here(format!("there is {what} `{missing}` in {folder_shown}"));
    let near = suggest::nearest(missing, names.iter().map(String::as_str)).map(ToOwned::to_owned).or_else(|| {
        // `orders.csv` where there is `orders.csv.gz`, or the other way round.
        names.iter().find(|name| name.starts_with(missing) || (missing.starts_with(name.as_str()) && name.len() > 2)).cloned()
    });
    match near {
        Some(near) => diagnostic.help(format!("there is `{}`", [&folder, near.as_str()].join("/").trim_start_matches('/'))),
        None if names.is_empty() => diagnostic.note(format!("{folder_shown} is empty")),
        None => diagnostic.note(format!("{folder_shown} holds {}", suggest::list(names.iter().map(String::as_str), 5))),
    }
}

/// The names of files and folders in a folder, as far as files three levels down show them.
fn names(folder: &Path, world: &dyn World) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for depth in ["*", "*/*", "*/*/*"] {
        for path in world.glob(folder, depth).unwrap_or_default() {
            let first =
                path.strip_prefix(folder).ok().and_then(|rest| rest.iter().next().map(|n| n.to_string_lossy().into_owned()));
            names.extend(first);
        }
    }
    names.sort();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stdlib::connector::file::tests::source;
    use crate::world::MemoryWorld;

    fn world() -> MemoryWorld {
        [
            "data/a.csv",
            "data/b.csv",
            "data/_SUCCESS",
            "data/.b.csv.crc",
            "data/sub/c.csv",
            "data/sub/c.txt",
            "data/_temporary/0/x.csv",
            "lake/year=2024/month=01/p.parquet",
            "lake/year=2024/month=__HIVE_DEFAULT_PARTITION__/q.parquet",
            "lake/day=a%2Fb/r.parquet",
            "orders.csv.gz",
            "customers/part-0.csv",
        ]
        .into_iter()
        .fold(MemoryWorld::default(), |world, file| world.with_file(format!("/p/{file}"), "x"))
    }

    #[test]
    fn paths_mean_files() {
        for (yaml, expected) in [
            ("path: data/a.csv", "data/a.csv"),
            ("path: ./data/a.csv", "data/a.csv"),
            ("path: file:///p/data/a.csv", "data/a.csv"),
            ("path: file://./data/a.csv", "data/a.csv"),
            ("path: data", "data/a.csv data/b.csv data/sub/c.csv data/sub/c.txt"),
            ("{ path: data/, recurse: false }", "data/a.csv data/b.csv"),
            ("path: data/*.csv", "data/a.csv data/b.csv"),
            ("path: data/**/*.csv", "data/a.csv data/b.csv data/sub/c.csv"),
            ("path: 'data/{b,a}.csv'", "data/a.csv data/b.csv"),
            ("path: data/s*", "data/sub/c.csv data/sub/c.txt"),
            ("path: [data/b.csv, data/a.csv, data/*.csv]", "data/b.csv data/a.csv"),
            ("{ path: data, exclusions: ['**.txt', a.csv] }", "data/b.csv data/sub/c.csv"),
            ("{ path: data, exclusions: 'sub/**' }", "data/a.csv data/b.csv"),
            (
                "path: lake/year=2024/*/*.parquet",
                "lake/year=2024/month=01/p.parquet lake/year=2024/month=__HIVE_DEFAULT_PARTITION__/q.parquet",
            ),
        ] {
            let files = list(&source(yaml), &world(), Path::new("/p"));
            let shown: Vec<_> = files.unwrap_or_else(|d| panic!("{yaml}: {d:?}")).into_iter().map(|f| f.shown).collect();
            assert_eq!(shown.join(" "), expected, "{yaml}");
        }
    }

    #[test]
    fn folders_of_the_form_key_value_are_columns() {
        let files = list(&source("path: lake"), &world(), Path::new("/p")).unwrap();
        let values: Vec<_> = files.into_iter().map(|f| f.partition_values).collect();
        let pair = |k: &str, v: Option<&str>| (k.to_owned(), v.map(ToOwned::to_owned));
        assert_eq!(
            values,
            [
                vec![pair("day", Some("a/b"))],
                vec![pair("year", Some("2024")), pair("month", Some("01"))],
                vec![pair("year", Some("2024")), pair("month", None)],
            ]
        );
    }

    #[test]
    fn what_is_not_there_is_named_with_what_is_near() {
        for (yaml, message, label, more) in [
            (
                "path: dta/a.csv",
                "no input files: `dta/a.csv`",
                "there is no folder `dta` in the project's folder",
                "there is `data`",
            ),
            (
                "path: data/d.csv",
                "no input files: `data/d.csv`",
                "there is no file or folder `d.csv` in `data/`",
                "there is `data/a.csv`",
            ),
            (
                "path: orders.csv",
                "no input files: `orders.csv`",
                "there is no file or folder `orders.csv` in the project's folder",
                "there is `orders.csv.gz`",
            ),
            (
                "path: customers/*.json",
                "no input files: `customers/*.json`",
                "nothing matches",
                "`customers/` holds `part-0.csv`",
            ),
            (
                "{ path: data/*.csv, exclusions: '**' }",
                "no input files: `exclusions` leaves none over",
                "",
                "make `exclusions` narrower; its globs are relative to the part of `path` before the first `*`",
            ),
            (
                "path: s3://lake/orders/",
                "`s3://` paths cannot be read by this build",
                "only local files are",
                "keep the path in a variable (`${var.lake}`) that is a local folder in the target that runs here",
            ),
            (
                "path: 'data/**.csv'",
                "`data/**.csv` is no glob",
                "recursive wildcards must form a single path component",
                "`*` and `?` stop at `/`; `**` stands alone between two `/` and crosses folders; `[a-c]` is a class",
            ),
        ] {
            let found = list(&source(yaml), &world(), Path::new("/p")).expect_err(yaml);
            assert_eq!(found.message, message);
            assert_eq!(found.labels[0].text, label);
            assert!(
                found.helps.iter().chain(&found.notes).any(|text| text == more),
                "{yaml}: {:?} {:?}",
                found.helps,
                found.notes
            );
        }
    }
}
