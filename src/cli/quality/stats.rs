//! `quality stats`, `exclude`, `include`: the recorded history of metrics, and which of it counts.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::exit::Exit;
use crate::cli::format::Format;
use crate::cli::output::Output;
use crate::cli::report;
use crate::diag::{Diagnostic, codes, suggest};
use crate::source::SourceMap;
use crate::state::{self, Exclusion, Filter, Reader, SqliteStore, Store};
use crate::stdlib::failure::RunFailure;

/// Show the recorded history of metrics
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile quality stats                              all metrics of the project in this folder
  glue-compile quality stats orders --metric RowCount     one metric, with a plot
  glue-compile quality stats --state figures.db           what `quality eval --state figures.db` recorded
  glue-compile quality stats --format json                every figure with its run")]
pub(super) struct StatsArgs {
    #[command(flatten)]
    place: Place,
    /// Only metrics whose name contains this: `RowCount`, `order_id.Completeness`
    #[arg(long, value_name = "METRIC")]
    metric: Option<String>,
    /// Only the newest evaluations, so many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    runs: Option<u32>,
    /// Draw every metric, however many there are
    #[arg(long)]
    plot: bool,
}

/// Where the history is.
#[derive(Debug, Args)]
struct Place {
    /// A project folder
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// The state store itself, a SQLite file
    #[arg(long, value_name = "FILE", conflicts_with = "path")]
    state: Option<PathBuf>,
    /// Only of this quality node (`JOB/NODE`), or of what `quality eval --context` named
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
}

impl Place {
    fn file(&self) -> PathBuf {
        // A spec or project file stands for its folder.
        let folder = if self.path.is_file() { self.path.parent().unwrap_or(&self.path) } else { &self.path };
        self.state.clone().unwrap_or_else(|| state::path(folder))
    }

    fn open(&self) -> Result<SqliteStore, Diagnostic> {
        let file = self.file();
        match state::open_existing(&file).map_err(|failure| failure.0)? {
            Some(store) => Ok(store),
            None => Err(Diagnostic::bare(&codes::run::NO_HISTORY, format!("there is no history at `{}`", file.display()))
                .help("`glue-compile run` records it, and `glue-compile quality eval --state FILE`")),
        }
    }

    /// The context that was named, if it is there.
    fn context(&self, store: &SqliteStore) -> Result<Option<String>, Diagnostic> {
        let Some(name) = &self.context else { return Ok(None) };
        let contexts = store.contexts().map_err(|failure| failure.0)?;
        if contexts.contains(name) {
            return Ok(Some(name.clone()));
        }
        let names = contexts.iter().map(String::as_str);
        let near = suggest::nearest(name, names.clone()).map(|near| format!("did you mean `{near}`?"));
        Err(Diagnostic::bare(&codes::run::NO_HISTORY, format!("there is no history of `{name}`"))
            .note(format!("there is one of {}", suggest::list(names, 12)))
            .help(near.unwrap_or_else(|| "name one of them".to_owned())))
    }
}

/// Set figures of a run aside, so that rules over earlier runs and forecasts do not see them
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  glue-compile quality exclude 20260601T020000Z-1a2b3c --reason \"loaded twice\"
  glue-compile quality exclude 20260601T020000Z-1a2b3c --metric RowCount --reason \"a holiday\"

`quality stats` shows what is set aside and why, `quality include` takes it back in.")]
pub(super) struct ExcludeArgs {
    /// The run whose figures these are, as `quality stats` and the report of a run show it
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    place: Place,
    /// Only metrics whose name contains this
    #[arg(long, value_name = "METRIC")]
    metric: Option<String>,
    /// Why they do not count
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// Take figures of a run that were set aside back in
#[derive(Debug, Args)]
pub(super) struct IncludeArgs {
    /// The run whose figures these are
    #[arg(value_name = "RUN")]
    run: String,
    #[command(flatten)]
    place: Place,
    /// Only metrics whose name contains this
    #[arg(long, value_name = "METRIC")]
    metric: Option<String>,
}

/// Writes the history.
pub(super) fn show(args: &StatsArgs, output: &Output) -> Exit {
    let recorded = args.place.open().and_then(|store| {
        let context = args.place.context(&store)?;
        let runs = args.runs.and_then(|runs| usize::try_from(runs).ok());
        store.recorded(&Filter { context, metric: args.metric.clone(), runs }).map_err(|failure| failure.0)
    });
    match recorded {
        Ok(recorded) => {
            let text = match output.format() {
                Format::Json => report::stats::json(&recorded),
                _ => report::stats::text(&recorded, args.plot, output.result_style()),
            };
            output.result(&text).err().unwrap_or(Exit::Fine)
        }
        Err(diagnostic) => refused(diagnostic, output),
    }
}

/// Sets figures aside.
pub(super) fn exclude(args: &ExcludeArgs, output: &Output) -> Exit {
    let reason = args.reason.trim();
    if reason.is_empty() {
        return output.usage("`--reason` says why the figures do not count: it cannot be empty");
    }
    change(&args.place, &args.run, args.metric.as_deref(), "set aside", output, |store, which| store.exclude(which, reason))
}

/// Takes figures back in.
pub(super) fn include(args: &IncludeArgs, output: &Output) -> Exit {
    change(&args.place, &args.run, args.metric.as_deref(), "taken back in", output, Store::include)
}

fn change(
    place: &Place,
    run: &str,
    metric: Option<&str>,
    what: &str,
    output: &Output,
    act: impl FnOnce(&mut SqliteStore, &Exclusion) -> Result<usize, RunFailure>,
) -> Exit {
    let changed = place.open().and_then(|mut store| {
        let which = Exclusion { run_id: run.to_owned(), context: place.context(&store)?, metric: metric.map(str::to_owned) };
        let count = act(&mut store, &which).map_err(|failure| failure.0)?;
        if count == 0 { Err(no_figures(&store, &which, place.file().as_path())) } else { Ok(count) }
    });
    match changed {
        Ok(count) => {
            let figures = if count == 1 { "1 figure".to_owned() } else { format!("{count} figures") };
            output.result(&format!("{figures} of run {run} {what}\n")).err().unwrap_or(Exit::Fine)
        }
        Err(diagnostic) => refused(diagnostic, output),
    }
}

/// Why nothing was changed.
fn no_figures(store: &SqliteStore, which: &Exclusion, file: &Path) -> Diagnostic {
    let all = store.recorded(&Filter::default()).unwrap_or_default();
    let of_run: Vec<_> = all.iter().filter(|one| one.run_id == which.run_id).collect();
    let said = |message: String| Diagnostic::bare(&codes::run::NO_HISTORY, message);
    if of_run.is_empty() {
        let runs: indexmap::IndexSet<&str> = all.iter().rev().map(|one| one.run_id.as_str()).collect();
        return said(format!("no run `{}` is recorded in `{}`", which.run_id, file.display()))
            .note(format!("runs there: {}", suggest::list(runs.iter().copied(), 5)))
            .help("`glue-compile quality stats --format json` shows every figure with its run");
    }
    let metrics: indexmap::IndexSet<&str> = of_run.iter().map(|one| one.statistic.series.metric.as_str()).collect();
    said(format!("run `{}` has no such figure to change", which.run_id))
        .note(format!("its metrics: {}", suggest::list(metrics.iter().copied(), 8)))
        .help("figures that are set aside already stay as they are until they are taken back in")
}

fn refused(diagnostic: Diagnostic, output: &Output) -> Exit {
    let exit = if diagnostic.code == &codes::run::NO_HISTORY { Exit::Usage } else { Exit::RunFailed };
    output.diagnostic_messages(&[diagnostic], &SourceMap::default());
    exit
}
