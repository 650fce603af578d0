//! `completions`: what a shell needs to complete the command line, made from its declarations.

use clap::Args;
use clap_complete::Shell;

use super::exit::Exit;
use super::help;
use super::output::Output;

/// Write a script that completes the command line in a shell
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile completions bash > ~/.local/share/bash-completion/completions/glue-compile
  glue-compile completions zsh > ~/.zfunc/_glue-compile
  glue-compile completions fish > ~/.config/fish/completions/glue-compile.fish")]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Writes the script.
pub(super) fn run(args: &CompletionsArgs, output: &Output) -> Exit {
    output.result(&script(args.shell)).err().unwrap_or(Exit::Fine)
}

fn script(shell: Shell) -> String {
    let mut bytes = Vec::new();
    clap_complete::generate(shell, &mut help::command(), "glue-compile", &mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_learns_every_command_and_its_options() {
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for command in help::command().get_subcommands() {
                assert!(script.contains(command.get_name()), "{shell}: {}", command.get_name());
                for option in command.get_arguments().filter_map(clap::Arg::get_long) {
                    assert!(script.contains(option), "{shell}: {} --{option}", command.get_name());
                }
            }
        }
    }

    #[test]
    fn values_of_options_are_completed_where_the_shell_can() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            for value in ["oneline", "sarif", "gitlab", "always"] {
                assert!(script(shell).contains(value), "{shell}: {value}");
            }
        }
    }
}
