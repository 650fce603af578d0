//! `lsp`: the language server, over standard input and output.

use clap::Args;

use super::exit::Exit;
use super::output::{self, Output};
use crate::run::os_world::OsWorld;

/// Serve an editor over standard input and output (Language Server Protocol)
#[derive(Debug, Args)]
#[command(after_long_help = "\
An editor starts it; docs/editors.md has the settings of VS Code, Neovim, Helix and Zed.

Examples:
  glue-compile lsp            what an editor is told to start
  glue-compile lsp --stdio    the same: some editors add the flag")]
pub(super) struct LspArgs {
    /// Speak over standard input and output, which is all there is
    #[arg(long)]
    stdio: bool,
}

/// Serves until the editor says `exit` or goes away.
pub(super) fn run(args: &LspArgs, output: &Output) -> Exit {
    let LspArgs { stdio: _ } = args;
    match crate::lsp::stdio(OsWorld) {
        Ok(()) => Exit::Fine,
        Err(error) => {
            output.error(&format!("the language server ended: {}", output::reason(&error)));
            Exit::RunFailed
        }
    }
}
