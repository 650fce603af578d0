//! `pin`: writes down the columns that sources have, so that `check` knows them and sees when they change.

use std::path::PathBuf;

use clap::Args;

use super::check::ProjectArgs;
use super::exit::Exit;
use super::output::{self, Output};
use crate::check::vocabulary;
use crate::diag::Sink;
use crate::diag::levels::{self, Levels};
use crate::run::os_world::OsWorld;
use crate::run::pin::{Failed, Pinned, has_pin, pin, sources};
use crate::source::SourceMap;
use crate::spec::load;

/// Write down the columns that sources have in a file each
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile pin                     the files that sources name: schema: { pin: schemas/orders.schema.yaml }
  glue-compile pin --source orders     that one; without `pin:` the file is schemas/orders.schema.yaml
  glue-compile pin --check             write nothing; exit code 5 if data and pins differ

The heads of the files are read. What was corrected by hand stays where the data fits it.
`check` takes the columns from the file; `check --infer` holds them against the data (GC0612, GC0613).")]
pub(super) struct PinArgs {
    /// A project folder, project file or spec
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    #[command(flatten)]
    project: ProjectArgs,
    /// Only sources of this name
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// Write nothing, only say what differs
    #[arg(long)]
    check: bool,
}

/// Pins the sources that have a pin, or the one that is named.
pub(super) fn run(args: PinArgs, levels: Levels, output: &Output) -> Exit {
    let options = args.project.into_options(true, levels);
    let (mut map, mut sink) = (SourceMap::default(), Sink::default());
    let project = load::load(&OsWorld, &args.path, &options.load, &vocabulary(), &mut map, &mut sink);
    let Some(project) = project else {
        let found = levels::apply(sink.finish(&map), &map, &options.levels);
        output.diagnostic_messages(&found, &map);
        return output::verdict(&found);
    };
    let sources = sources(&project, args.source.as_deref());
    if sources.is_empty() {
        return output.usage(&match &args.source {
            Some(name) => format!("no job has a source `{name}` whose settings can be read"),
            None => {
                "no source has a pin; name one with `--source`, or write `schema: { pin: schemas/NAME.schema.yaml }`".to_owned()
            }
        });
    }
    let mut said = String::new();
    let mut exit = Exit::Fine;
    for (path, node) in sources {
        match pin(&project, &path, node, &map, args.check) {
            Ok(Pinned::Same) => said.push_str(&format!("{} is up to date\n", path.display())),
            Ok(Pinned::Changed(lines)) => {
                said.push_str(&format!("{}\n{lines}", path.display()));
                if args.check {
                    exit = Exit::Drift;
                }
            }
            Err(Failed::Data(diagnostic)) => {
                output.diagnostic_messages(&[*diagnostic], &map);
                return Exit::RunFailed;
            }
            Err(Failed::File(error)) => {
                output.error(&format!("`{}` cannot be written: {}", path.display(), output::reason(&error)));
                return Exit::RunFailed;
            }
        }
        if !args.check && !has_pin(node) {
            output.note(&format!("now write `schema: {{ pin: {} }}` in source `{}`", path.display(), node.name));
        }
    }
    output.result(&said).err().unwrap_or(exit)
}
