//! `fmt`: the canonical layout of specs and rulesets.

mod diff;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::output::{self, Output};
use crate::diag::Sink;
use crate::run::os_world::OsWorld;
use crate::source::SourceMap;
use crate::syntax::format::{self, Kind};
use crate::world::World;

/// Lay out the YAML and DQDL of a project in one canonical way
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile fmt                      all specs and rulesets below this folder
  glue-compile fmt rules/orders.dqdl    one file
  glue-compile fmt --check              change nothing; exit code 1 if there is something to format
  glue-compile fmt --diff               show what would change
  glue-compile fmt - --stdin-filename orders.dqdl < draft

What a file says never changes: it is read again before it is written. In YAML, comments, anchors, tags, quotes
and block scalars stay as they are; in DQDL, comments do, and texts get double quotes. Of several blank lines one
stays.")]
pub(super) struct FmtArgs {
    /// Folders and files (`.dqdl`, `.yaml`); `-` formats standard input to standard output
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Only list the files that would be changed
    #[arg(long)]
    check: bool,
    /// Only show the changes; exit code 1 if there are any
    #[arg(long, conflicts_with = "check")]
    diff: bool,
    /// What the text on standard input is called: its ending says its language, YAML unless it is `.dqdl`
    #[arg(long, value_name = "FILE")]
    stdin_filename: Option<PathBuf>,
}

/// Formats the files, or lists those that are not formatted.
pub(super) fn run(args: &FmtArgs, output: &Output) -> Exit {
    if args.paths.iter().any(|path| path == Path::new("-")) {
        return standard_input(args, output);
    }
    if args.stdin_filename.is_some() {
        return output.usage("`--stdin-filename` goes with the path `-`");
    }
    // Anything can be read as YAML somehow: a table of data would not come out as it went in.
    let is_ours = |path: &Path| {
        ["yaml", "yml", "dqdl"].iter().any(|ending| path.extension().is_some_and(|own| own.eq_ignore_ascii_case(ending)))
    };
    if let Some(other) = args.paths.iter().find(|path| OsWorld.is_file(path) && !is_ours(path)) {
        return output.usage(&format!(
            "`{}` is no file that `fmt` lays out: name folders, `.yaml`, `.yml` and `.dqdl` files",
            other.display()
        ));
    }
    let mut files = Vec::new();
    for path in &args.paths {
        match found(path) {
            Ok(more) => files.extend(more),
            Err(error) => return unreadable(path, &error, output),
        }
    }
    // One file that cannot be read or written is no reason to leave the others.
    let (mut changed, mut exit, mut failed) = (String::new(), Exit::Fine, None);
    for path in &files {
        let text = match OsWorld.read(path) {
            Ok(text) => text,
            Err(error) => {
                failed = Some(unreadable(path, &error, output));
                continue;
            }
        };
        let Some(formatted) = formatted(path, &text, output) else {
            exit = Exit::Faults;
            continue;
        };
        if formatted == *text {
            continue;
        }
        if args.diff {
            exit = Exit::Faults;
            changed.push_str(&diff::unified(path, &text, &formatted, output.result_style().color));
            continue;
        }
        if args.check {
            exit = Exit::Faults;
        } else if let Err(error) = fs::write(path, formatted) {
            output.error(&format!("`{}` cannot be written: {}", path.display(), output::reason(&error)));
            failed = Some(Exit::RunFailed);
            continue;
        }
        changed.push_str(&format!("{}\n", path.display()));
    }
    output.result(&changed).err().or(failed).unwrap_or(exit)
}

/// Formats what stands on standard input.
fn standard_input(args: &FmtArgs, output: &Output) -> Exit {
    if args.paths.len() > 1 {
        return output.usage("`-` stands for standard input and goes with no other path");
    }
    let path = args.stdin_filename.as_deref().unwrap_or(Path::new("standard-input.yaml"));
    let text = match io::read_to_string(io::stdin()) {
        Ok(text) => text,
        Err(error) => return unreadable(Path::new("-"), &error, output),
    };
    let Some(formatted) = formatted(path, &text, output) else { return Exit::Faults };
    let exit = if (args.check || args.diff) && formatted != text { Exit::Faults } else { Exit::Fine };
    let result = match (args.diff, args.check) {
        (true, _) => diff::unified(path, &text, &formatted, output.result_style().color),
        (_, true) if formatted != text => format!("{}\n", path.display()),
        (_, true) => String::new(),
        _ => formatted,
    };
    output.result(&result).err().unwrap_or(exit)
}

fn unreadable(path: &Path, error: &io::Error, output: &Output) -> Exit {
    output.error(&format!("`{}` cannot be read: {}", path.display(), output::reason(error)));
    Exit::RunFailed
}

/// The files that a path names: itself, or what is below it outside of hidden folders.
fn found(path: &Path) -> io::Result<Vec<PathBuf>> {
    if !OsWorld.is_dir(path) {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    for pattern in ["**/*.dqdl", "**/*.glue.yaml", "**/*.test.yaml", "**/glue-compile.yaml"] {
        files.extend(OsWorld.glob(path, pattern)?);
    }
    let is_hidden = |file: &PathBuf| {
        let below = file.strip_prefix(path).unwrap_or(file);
        below.iter().any(|part| part.to_string_lossy().starts_with('.'))
    };
    files.retain(|file| !is_hidden(file));
    files.sort();
    Ok(files.into_iter().map(|file| file.strip_prefix(".").map(Path::to_path_buf).unwrap_or(file)).collect())
}

/// The text in canonical layout; `None` if it was refused, which is written as messages.
fn formatted(path: &Path, text: &str, output: &Output) -> Option<String> {
    let kind = Kind::of(path);
    let refusal = match format::format(text, kind) {
        Ok(formatted) => return Some(formatted),
        Err(refusal) => refusal,
    };
    let (mut map, mut sink) = (SourceMap::default(), Sink::default());
    let file = map.add(path, text);
    format::explain(refusal, file, text, kind, &mut sink);
    let diagnostics = sink.finish(&map);
    output.diagnostic_messages(&diagnostics, &map);
    output.error(&format!("`{}` has errors and was left as it is", path.display()));
    None
}
