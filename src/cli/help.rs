//! The help: commands in groups, examples, exit codes.

use clap::{Command, CommandFactory};

use super::{Cli, exit};

/// The commands by what they are for, in the order in which they are met.
const GROUPS: &[(&str, &[&str])] = &[
    ("Work on a project", &["init", "check", "fix", "fmt", "pin", "plan", "run", "test", "lineage", "diff"]),
    ("Look at data", &["quality"]),
    ("Learn", &["explain"]),
    ("Set up tools", &["lsp", "schema", "completions", "man"]),
];

const EXAMPLES: &str = "\
Examples:
  glue-compile init orders                          a small working project in the folder `orders`
  glue-compile check orders                         find its faults, read no data
  glue-compile run orders                           run its job
  glue-compile explain GC0402                       what a message means and what to do
  glue-compile check --format github -D warnings    in continuous integration";

/// The command line, with its help laid out.
pub(super) fn command() -> Command {
    let command = Cli::command();
    let groups = groups(&command);
    command
        .help_template(format!(
            "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{groups}Options:\n{{options}}{{after-help}}"
        ))
        .after_help(EXAMPLES)
        .after_long_help(format!("{EXAMPLES}\n\n{}", exit::HELP))
}

fn groups(command: &Command) -> String {
    let mut out = String::new();
    for (title, names) in GROUPS {
        let commands: Vec<_> = names.iter().filter_map(|name| command.find_subcommand(name)).collect();
        if commands.is_empty() {
            continue;
        }
        out.push_str(&format!("{title}:\n"));
        for command in commands {
            let name = command.get_name();
            out.push_str(&format!("  {name:<13}{}\n", command.get_about().map(ToString::to_string).unwrap_or_default()));
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_command_is_in_a_group_and_says_what_it_does() {
        for subcommand in command().get_subcommands() {
            assert!(GROUPS.iter().any(|(_, names)| names.contains(&subcommand.get_name())), "{}", subcommand.get_name());
            assert!(subcommand.get_about().is_some(), "{}", subcommand.get_name());
        }
    }
}
