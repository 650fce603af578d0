//! The only place that writes: results to standard output or `--output`, messages to standard error.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::exit::Exit;
use super::format::{self, Format};
use crate::diag::render::{self, terminal};
use crate::diag::{Diagnostic, Severity, codes};
use crate::run::os_world::OsWorld;
use crate::source::SourceMap;
use crate::world::World;

/// `--color`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// on a terminal, unless `NO_COLOR` is set
    Auto,
    /// always
    Always,
    /// never
    Never,
}

/// Where things are written and how.
#[derive(Debug)]
pub(crate) struct Output {
    format: Format,
    file: Option<PathBuf>,
    color: Color,
    quiet: bool,
}

impl Output {
    /// What the global flags say.
    pub(super) fn new(format: Format, file: Option<PathBuf>, color: Color, quiet: bool) -> Self {
        Self { format, file, color, quiet }
    }

    /// `--format`
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// The file that the result goes to, if it is one.
    pub(crate) fn file(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Whether a progress bar may be drawn.
    pub(crate) fn shows_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// How to draw what goes where results go.
    pub(crate) fn result_style(&self) -> terminal::Style {
        self.style(self.file.is_none() && io::stdout().is_terminal())
    }

    fn message_style(&self) -> terminal::Style {
        self.style(io::stderr().is_terminal())
    }

    fn style(&self, on_terminal: bool) -> terminal::Style {
        let color = match self.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => on_terminal && OsWorld.variable("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        terminal::Style { color, width: if on_terminal { terminal_width() } else { terminal::Style::default().width } }
    }

    /// Writes a result; `Err` (reported) if it cannot be written. A reader that went away is no error.
    pub(crate) fn result(&self, text: &str) -> Result<(), Exit> {
        let (written, name) = match &self.file {
            None => {
                let mut out = io::stdout().lock();
                (out.write_all(text.as_bytes()).and_then(|()| out.flush()), "standard output".to_owned())
            }
            Some(file) => (write_file(file, text), format!("`{}`", file.display())),
        };
        match written {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                self.error(&format!("{name} cannot be written: {}", reason(&error)));
                Err(Exit::RunFailed)
            }
            Ok(()) | Err(_) => Ok(()),
        }
    }

    /// Writes diagnostics as the result of a command, with a summary of them as a message.
    pub(crate) fn diagnostics(&self, diagnostics: &[Diagnostic], map: &SourceMap) -> Exit {
        let text = format::render(self.format, diagnostics, map, self.result_style());
        if let Err(exit) = self.result(&text) {
            return exit;
        }
        if matches!(self.format, Format::Text | Format::Oneline) {
            self.summary(diagnostics, map);
        }
        verdict(diagnostics)
    }

    /// Writes why there is no result: as messages where the result's format can hold no diagnostics.
    pub(crate) fn refused(&self, diagnostics: &[Diagnostic], map: &SourceMap) -> Exit {
        if self.format.is_of_one_command() {
            self.diagnostic_messages(diagnostics, map);
            return verdict(diagnostics);
        }
        self.diagnostics(diagnostics, map)
    }

    /// Writes diagnostics as messages, beside a result of another kind.
    pub(crate) fn diagnostic_messages(&self, diagnostics: &[Diagnostic], map: &SourceMap) {
        if !diagnostics.is_empty() {
            message(&terminal::render(diagnostics, map, self.message_style()));
            self.summary(diagnostics, map);
        }
    }

    fn summary(&self, diagnostics: &[Diagnostic], map: &SourceMap) {
        self.note(&render::summary(diagnostics, map.iter().count()));
        let grave = diagnostics.iter().find(|diagnostic| diagnostic.severity != Severity::Hint);
        if let (Some(diagnostic), Format::Text) = (grave, self.format) {
            self.note(&format!("`glue-compile explain {}` says more", diagnostic.code.number));
        }
    }

    /// Writes a line that `--quiet` leaves out.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            message(&format!("{text}\n"));
        }
    }

    /// Writes what is wrong, where it is no diagnostic of the project.
    pub(crate) fn error(&self, text: &str) {
        let style = self.message_style();
        let head = if style.color { "\u{1b}[1;31merror:\u{1b}[0m" } else { "error:" };
        message(&format!("{head} {text}\n"));
    }

    /// Says that the command line makes no sense.
    pub(crate) fn usage(&self, text: &str) -> Exit {
        self.error(text);
        Exit::Usage
    }

    /// Says so if a ruleset stands where a command takes a project; `check` is the one that takes both.
    pub(crate) fn refused_ruleset(&self, path: &Path) -> Option<Exit> {
        let is_ruleset = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("dqdl"));
        is_ruleset.then(|| {
            let path = path.display();
            self.usage(&format!(
                "`{path}` is a ruleset and no project: `glue-compile quality eval {path} DATA` judges data by it, `check` finds its faults"
            ))
        })
    }
}

/// The exit code that diagnostics alone decide. A name that only the command line gives is no fault of the project.
pub(crate) fn verdict(diagnostics: &[Diagnostic]) -> Exit {
    let names = [&codes::project::UNKNOWN_VARIABLE, &codes::project::UNKNOWN_TARGET, &codes::names::UNKNOWN_JOB];
    let errors: Vec<_> = diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).collect();
    match errors.as_slice() {
        [] => Exit::Fine,
        errors if errors.iter().all(|error| error.primary().is_none() && names.contains(&error.code)) => Exit::Usage,
        _ => Exit::Faults,
    }
}

/// What went wrong with a file, without the operating system's error number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or(text.as_str(), |(words, _)| words).to_lowercase()
}

/// Writes clap's help, version or complaint.
pub(super) fn clap_message(error: &clap::Error) -> Exit {
    // A reader that went away is no error.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Fine }
}

/// Writes a last message, whatever state the program is in.
pub(super) fn emergency(text: &str) {
    message(text);
}

fn message(text: &str) {
    // If nobody can read messages there is nobody to tell.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

fn write_file(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, text)
}

/// Lines longer than this are hard to read on any screen.
const WIDEST: usize = 140;

fn terminal_width() -> usize {
    let columns = OsWorld.variable("COLUMNS").and_then(|columns| columns.parse().ok());
    let width = columns.or_else(|| comfy_table::Table::new().width().map(usize::from));
    width.unwrap_or(terminal::Style::default().width).clamp(40, WIDEST)
}
