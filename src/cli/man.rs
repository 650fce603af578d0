//! `man`: a manual page for every command, made from its declarations.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;

use super::exit::Exit;
use super::help;
use super::output::{self, Output};

/// Write the manual pages into a folder
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile man ~/.local/share/man/man1     then `man glue-compile-check`")]
pub(super) struct ManArgs {
    /// The folder, made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

/// Writes a page for each command, and lists them.
pub(super) fn run(args: &ManArgs, output: &Output) -> Exit {
    let mut written = String::new();
    for (name, page) in pages() {
        let path = args.folder.join(name);
        if let Err(error) = write(&path, &page) {
            output.error(&format!("`{}` cannot be written: {}", path.display(), output::reason(&error)));
            return Exit::RunFailed;
        }
        written.push_str(&format!("{}\n", path.display()));
    }
    output.result(&written).err().unwrap_or(Exit::Fine)
}

fn write(path: &Path, page: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, page)
}

/// Names of files with their pages.
fn pages() -> Vec<(String, Vec<u8>)> {
    let mut command = help::command();
    command.build();
    let mut pages = Vec::new();
    add(&command, &mut pages);
    pages
}

fn add(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    // A vector takes everything.
    if man.render(&mut page).is_ok() {
        pages.push((man.get_filename(), page));
    }
    command.get_subcommands().filter(|command| !command.is_hide_set()).for_each(|command| add(command, pages));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_its_options() {
        let pages = pages();
        let page = |name: &str| {
            let (_, page) = pages.iter().find(|(file, _)| file == name).unwrap_or_else(|| panic!("{name}"));
            // Dashes are escaped there.
            String::from_utf8_lossy(page).replace("\\-", "-")
        };
        for command in help::command().get_subcommands() {
            let name = format!("glue-compile-{}.1", command.get_name());
            let text = page(&name);
            assert!(text.contains(".SH SYNOPSIS"), "{name}");
            for option in command.get_arguments().filter_map(clap::Arg::get_long) {
                assert!(text.contains(&format!("--{option}")), "{name}: --{option}");
            }
        }
        assert!(page("glue-compile.1").contains("Exit codes"));
        assert!(page("glue-compile-quality-eval.1").contains(".TH"));
    }
}
