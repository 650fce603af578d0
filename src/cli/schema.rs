//! `schema`: what an editor needs to check and complete specs as they are typed.

use clap::{Args, ValueEnum};

use super::exit::Exit;
use super::output::Output;
use crate::docgen::schema;

/// Write the JSON Schema of specs or of project files
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile schema --output .vscode/pipeline.schema.json
  glue-compile schema --kind project --output .vscode/project.schema.json

The first line of a spec names it for yaml-language-server:
  # yaml-language-server: $schema=../.vscode/pipeline.schema.json")]
pub(super) struct SchemaArgs {
    /// Which files
    #[arg(long, value_enum, default_value_t = KindArg::Pipeline, value_name = "KIND")]
    kind: KindArg,
}

/// `--kind`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum KindArg {
    /// `*.glue.yaml`
    Pipeline,
    /// `glue-compile.yaml`
    Project,
}

/// Writes the schema.
pub(super) fn run(args: &SchemaArgs, output: &Output) -> Exit {
    let kind = match args.kind {
        KindArg::Pipeline => schema::Kind::Pipeline,
        KindArg::Project => schema::Kind::Project,
    };
    output.result(&schema::text_of(kind)).err().unwrap_or(Exit::Fine)
}
