//! `fmt`: the canonical layout of DQDL, in `.dqdl` files and in YAML blocks. YAML itself is left as it is.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::output::{self, Output};
use crate::diag::Sink;
use crate::run::os_world::OsWorld;
use crate::source::{FileId, SourceMap, Text};
use crate::syntax::dqdl;
use crate::syntax::yaml::{self, Node, NodeKind, Style};
use crate::world::World;

/// Lay out the DQDL of a project in one canonical way
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile fmt                      all rulesets below this folder, those inside of specs too
  glue-compile fmt rules/orders.dqdl    one file
  glue-compile fmt --check              change nothing; exit code 1 if there is something to format")]
pub(super) struct FmtArgs {
    /// Folders and files (`.dqdl`, `.yaml`)
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    /// Only list the files that would be changed
    #[arg(long)]
    check: bool,
}

/// Formats the files, or lists those that are not formatted.
pub(super) fn run(args: &FmtArgs, output: &Output) -> Exit {
    let mut files = Vec::new();
    for path in &args.paths {
        match found(path) {
            Ok(more) => files.extend(more),
            Err(error) => return unreadable(path, &error, output),
        }
    }
    let (mut changed, mut exit) = (String::new(), Exit::Fine);
    for path in &files {
        let text = match OsWorld.read(path) {
            Ok(text) => text,
            Err(error) => return unreadable(path, &error, output),
        };
        let Some(formatted) = formatted(path, &text, output) else {
            exit = Exit::Faults;
            continue;
        };
        if formatted == text {
            continue;
        }
        if args.check {
            exit = Exit::Faults;
        } else if let Err(error) = fs::write(path, formatted) {
            output.error(&format!("`{}` cannot be written: {}", path.display(), output::reason(&error)));
            return Exit::RunFailed;
        }
        changed.push_str(&format!("{}\n", path.display()));
    }
    output.result(&changed).err().unwrap_or(exit)
}

fn unreadable(path: &Path, error: &std::io::Error, output: &Output) -> Exit {
    output.error(&format!("`{}` cannot be read: {}", path.display(), output::reason(error)));
    Exit::RunFailed
}

/// The files that a path names: itself, or what is below it outside of hidden folders.
fn found(path: &Path) -> std::io::Result<Vec<PathBuf>> {
    if !OsWorld.is_dir(path) {
        return Ok(vec![path.to_path_buf()]);
    }
    let mut files = Vec::new();
    for pattern in ["**/*.dqdl", "**/*.glue.yaml", "**/glue-compile.yaml"] {
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

/// The text in canonical layout; `None` if it has errors, which are written as messages.
fn formatted(path: &Path, text: &str, output: &Output) -> Option<String> {
    let done =
        if path.extension().is_some_and(|extension| extension == "dqdl") { dqdl::format(text) } else { formatted_blocks(text) };
    if done.is_none() {
        let (map, sink) = faults(path, text);
        let diagnostics = sink.finish(&map);
        output.diagnostic_messages(&diagnostics, &map);
        output.error(&format!("`{}` has errors and was left as it is", path.display()));
    }
    done
}

/// The errors that keep a file from being formatted.
fn faults(path: &Path, text: &str) -> (SourceMap, Sink) {
    let mut map = SourceMap::default();
    let mut sink = Sink::default();
    let file = map.add(path, text);
    let parse = |text: &Text, sink: &mut Sink| drop(dqdl::parse(&text.value, &text.map, dqdl::Dialect::Superset, sink));
    if path.extension().is_some_and(|extension| extension == "dqdl") {
        parse(&Text::new(text, crate::source::Span::new(file, 0, text.len())), &mut sink);
        return (map, sink);
    }
    for block in yaml::parse(file, text, &mut sink).iter().flat_map(blocks) {
        parse(block, &mut sink);
    }
    (map, sink)
}

/// A YAML text with its DQDL blocks laid out; `None` if it or one of them has errors.
fn formatted_blocks(text: &str) -> Option<String> {
    let mut sink = Sink::default();
    let tree = yaml::parse(FileId(0), text, &mut sink).filter(|_| !sink.has_errors())?;
    let mut out = text.to_owned();
    // From the last to the first, so that the places of the earlier ones stay right.
    for block in blocks(&tree).into_iter().rev() {
        let content = block.value.trim_matches('\n');
        let start = block.value.len() - block.value.trim_start_matches('\n').len();
        let span = block.map.span(start, start + content.len());
        let line = text[..span.start as usize].rfind('\n').map_or(0, |at| at + 1);
        let indent = " ".repeat(span.start as usize - line);
        let laid_out = dqdl::format(&block.value)?;
        let lines: Vec<_> = laid_out
            .trim_end()
            .lines()
            .map(|line| if line.is_empty() { String::new() } else { format!("{indent}{line}") })
            .collect();
        out.replace_range(line..span.end as usize, &lines.join("\n"));
    }
    Some(out)
}

/// The literal blocks under `dqdl` and `ruleset`, in the order of the file.
fn blocks(node: &Node) -> Vec<&Text> {
    match &node.kind {
        NodeKind::Scalar(_) => Vec::new(),
        NodeKind::List(items) => items.iter().flat_map(blocks).collect(),
        NodeKind::Map(entries) => entries.iter().flat_map(|entry| entry_blocks(entry.key.as_str(), &entry.value)).collect(),
    }
}

fn entry_blocks<'a>(key: &str, value: &'a Node) -> Vec<&'a Text> {
    match &value.kind {
        NodeKind::Scalar(scalar)
            if matches!(key, "dqdl" | "ruleset") && scalar.style == Style::Block && scalar.text.map.is_exact() =>
        {
            vec![&scalar.text]
        }
        _ => blocks(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_in_yaml_are_laid_out_in_their_place() {
        let text = "rulesets:\n  a:\n    dqdl: |\n\n      Rules=[IsComplete \"x\",\n\n         IsUnique \"x\"]   \n\n  b: { file: b.dqdl }\njobs: { }\n";
        let once = formatted_blocks(text).unwrap();
        assert_eq!(
            once,
            "rulesets:\n  a:\n    dqdl: |\n\n      Rules = [\n          IsComplete \"x\",\n\n          IsUnique \"x\"\n      ]\n\n  b: { file: b.dqdl }\njobs: { }\n"
        );
        assert_eq!(formatted_blocks(&once).as_deref(), Some(once.as_str()));
    }

    #[test]
    fn a_faulty_block_leaves_the_file_alone() {
        assert_eq!(formatted_blocks("dqdl: |\n  Rules = [ IsComplete\n"), None);
        assert_eq!(formatted_blocks("a: [\n"), None);
        assert_eq!(formatted_blocks("a: 1   # no DQDL\n").as_deref(), Some("a: 1   # no DQDL\n"));
    }
}
