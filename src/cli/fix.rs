//! `fix`: carries out what diagnostics offer, until nothing changes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;

use super::check::{ProjectArgs, with_tests};
use super::exit::Exit;
use super::output::{self, Output};
use crate::diag::levels::Levels;
use crate::diag::{Code, Diagnostic, Safety, Severity, fix, render};
use crate::run::os_world::OsWorld;
use crate::source::SourceMap;
use crate::world::OverlayWorld;
use crate::{CheckOptions, Checked};

/// Mend what can be mended by machine
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile fix                  carry out the fixes that cannot change what the project means
  glue-compile fix --unsafe         those too that may: read the difference before you commit it
  glue-compile fix --dry-run        say what would be done, write nothing
  glue-compile fix rules/a.dqdl     one file

What is left is reported as by `check`, with the same exit code.")]
pub(super) struct FixArgs {
    /// Project folders, project files, specs or rulesets
    #[arg(value_name = "PATH", default_value = ".")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    project: ProjectArgs,
    /// Carry out fixes too that may change what the project does
    #[arg(long)]
    r#unsafe: bool,
    /// Say what would be done and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// A fix may make another one possible; one that never ends would be a bug.
const ROUNDS: usize = 20;

/// The texts that differ from the disk, and what is to be said of them.
struct Mended {
    world: OverlayWorld<OsWorld>,
    texts: BTreeMap<PathBuf, String>,
    /// What was done: file, place, code and title.
    done: Vec<String>,
    left: Checked,
}

/// Mends each path and reports what is left.
pub(super) fn run(args: FixArgs, levels: Levels, output: &Output) -> Exit {
    let every_target = !args.project.names_target();
    let options = CheckOptions { every_target, ..args.project.into_options(false, levels) };
    let most = if args.r#unsafe { Safety::Unsafe } else { Safety::Safe };
    let mut mended =
        Mended { world: OverlayWorld::new(OsWorld), texts: BTreeMap::new(), done: Vec::new(), left: Checked::default() };
    for path in &args.paths {
        let left = mended.mend(path, &options, most);
        mended.left.append(left);
    }
    if !args.dry_run {
        for (path, text) in &mended.texts {
            if let Err(error) = std::fs::write(path, text) {
                output.error(&format!("`{}` cannot be written: {}", path.display(), output::reason(&error)));
                return Exit::RunFailed;
            }
        }
    }
    mended.done.iter().for_each(|line| output.note(line));
    let (fixes, files) = (mended.done.len(), mended.texts.len());
    let verb = if args.dry_run { "would be carried out" } else { "carried out" };
    output.note(&format!("{} {verb} in {}", counted(fixes, "fix", "fixes"), counted(files, "file", "files")));
    let left = mended.left.diagnostics.iter().filter(|left| left.fix.as_ref().is_some_and(|fix| fix.safety == Safety::Unsafe));
    let exit = output.diagnostics(&mended.left.diagnostics, &mended.left.map);
    let more = left.count();
    if more > 0 && !args.r#unsafe {
        let (fixes, them) = (counted(more, "more fix", "more fixes"), if more == 1 { "it" } else { "them" });
        output.note(&format!("{fixes} may change what the project does: `--unsafe` carries {them} out"));
    }
    exit
}

impl Mended {
    /// Carries out fixes until there are none; gives what is left.
    fn mend(&mut self, path: &Path, options: &CheckOptions, most: Safety) -> Checked {
        let mut checked = with_tests(&self.world, path, options);
        for _ in 0..ROUNDS {
            let fixed = fix::apply(&checked.diagnostics, &checked.map, most);
            if fixed.mended.is_empty() {
                break;
            }
            let before: Vec<(PathBuf, String)> = fixed
                .texts
                .keys()
                .map(|file| checked.map.file(*file))
                .map(|file| (file.path.clone(), file.text.to_string()))
                .collect();
            for (file, text) in &fixed.texts {
                self.world.open_buffer(&checked.map.file(*file).path, text.as_str());
            }
            let next = with_tests(&self.world, path, options);
            if unreadable(&next) > unreadable(&checked) {
                // What was to mend has made it worse: nothing of it is kept.
                before.into_iter().for_each(|(path, text)| self.world.open_buffer(path, text));
                break;
            }
            self.done.extend(fixed.mended.iter().map(|at| said(&checked.diagnostics[*at], &checked.map)));
            for (file, text) in fixed.texts {
                self.texts.insert(checked.map.file(file).path.clone(), text);
            }
            checked = next;
        }
        checked
    }
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// How many errors keep texts from being read. More of the other errors are no setback: they could not be seen before.
fn unreadable(checked: &Checked) -> usize {
    let is_syntax = |code: &Code| code.number.starts_with("GC01") || code.number.starts_with("GC02");
    checked.diagnostics.iter().filter(|found| found.severity == Severity::Error && is_syntax(found.code)).count()
}

/// `orders.dqdl:3:5: GC0111 put it in double quotes`
fn said(diagnostic: &Diagnostic, map: &SourceMap) -> String {
    let title = diagnostic.fix.as_ref().map_or("", |fix| fix.title.as_str());
    let Some(label) = diagnostic.primary() else { return title.to_owned() };
    let place = map.start(label.span);
    let path = render::shown_path(&map.file(label.span.file).path);
    format!("{path}:{}:{}: {} {title}", place.line, place.column, diagnostic.code.number)
}
