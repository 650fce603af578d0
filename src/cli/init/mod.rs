//! `init`: writes a small project that checks and runs.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use super::exit::Exit;
use super::output::{self, Output};

/// Write a small working project with data
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile init            in this folder
  glue-compile init orders     in a new folder

Files that are there already are never overwritten: if there is one, nothing is written.")]
pub(super) struct InitArgs {
    /// The folder, made if it is not there
    #[arg(value_name = "DIR", default_value = ".")]
    folder: PathBuf,
}

/// The files of the project, in reading order.
pub(super) const FILES: &[(&str, &str)] = &[
    ("glue-compile.yaml", include_str!("template/glue-compile.yaml")),
    ("pipelines/orders.glue.yaml", include_str!("template/pipelines/orders.glue.yaml")),
    ("rules/orders.dqdl", include_str!("template/rules/orders.dqdl")),
    ("data/orders.csv", include_str!("template/data/orders.csv")),
    (".gitignore", include_str!("template/gitignore")),
];

/// Writes the files, all or none.
pub(super) fn run(args: &InitArgs, output: &Output) -> Exit {
    let there: Vec<_> = FILES.iter().map(|(name, _)| args.folder.join(name)).filter(|path| path.exists()).collect();
    if let Some(first) = there.first() {
        let more = if there.len() > 1 { format!(" (and {} more files)", there.len() - 1) } else { String::new() };
        return output.usage(&format!("`{}` is there already{more}; nothing was written", first.display()));
    }
    let mut written = String::new();
    for (name, text) in FILES {
        let path = args.folder.join(name);
        if let Err(error) = write(&path, text) {
            output.error(&format!("`{}` cannot be written: {}", path.display(), output::reason(&error)));
            return Exit::RunFailed;
        }
        written.push_str(&format!("{}\n", path.strip_prefix(".").unwrap_or(&path).display()));
    }
    if let Err(exit) = output.result(&written) {
        return exit;
    }
    let folder = if args.folder == Path::new(".") { String::new() } else { format!(" {}", args.folder.display()) };
    output.note(&format!("\n`glue-compile check{folder}` finds its faults, `glue-compile run{folder}` runs it"));
    Exit::Fine
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::MemoryWorld;
    use crate::{CheckOptions, check};

    #[test]
    fn the_project_has_no_faults() {
        let world = FILES.iter().fold(MemoryWorld::default(), |world, (name, text)| world.with_file(name, *text));
        let checked = check(&world, Path::new("."), &CheckOptions::default());
        assert_eq!(crate::diag::render::oneline::render(&checked.diagnostics, &checked.map), "");
    }
}
