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
    let text = String::from_utf8_lossy(&bytes).into_owned();
    match shell {
        Shell::Bash => with_one_name(&text),
        _ => text,
    }
}

/// Our name is spelt alike throughout a script for bash.
///
/// `clap_complete` puts a `-` into names of its own making in two ways: words before the cursor lead to
/// `glue__compile__subcmd__run`, the options of `run` stand under `glue__subcmd__compile__subcmd__run`, and so nothing
/// is ever offered behind the first word (clap-rs/clap#6421). A version that spells them alike is left as it is.
fn with_one_name(script: &str) -> String {
    script.replace("glue__subcmd__compile", "glue__compile")
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
    fn bash_has_options_for_every_command_that_words_lead_to() {
        let script = script(Shell::Bash);
        let lines = || script.lines().map(str::trim);
        let found: Vec<_> = lines().filter_map(|line| line.strip_prefix("cmd=\"glue")?.strip_suffix('"')).collect();
        // At least a word for each command and for the program itself.
        assert!(found.len() > help::command().get_subcommands().count(), "{found:?}");
        for name in found {
            assert!(lines().any(|line| line == format!("glue{name})")), "glue{name}");
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
