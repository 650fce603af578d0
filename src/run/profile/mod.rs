//! Profiles data and recommends rules for it: one pass counts ([`scan`]), a second over a few columns makes sure of
//! what the first made likely ([`measure`]); a [`Profile`] is plain data, and [`recommend`] a function of it.

mod column;
mod distinct;
mod figures;
mod hash;
mod measure;
mod numbers;
pub mod recommend;
mod scan;
mod shape;
#[cfg(test)]
mod tests;
mod text;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use datafusion::common::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use indexmap::IndexMap;

use super::dataset::{self, Progress, Stop};
use super::execute::Watch;
use crate::diag::Diagnostic;
use crate::world::World;
use column::ColumnScan;
pub use figures::{ColumnProfile, Correlation, Inferred, Kind, Membership, NumberFigures, Profile, SHARES, TextFigures};
use measure::Question;
use scan::{Scanned, may_identify};
pub use shape::{Lengths, Pattern};

/// What to profile.
#[derive(Debug, Clone)]
pub struct ProfileRequest {
    /// The data set: Parquet, CSV or JSON lines.
    pub data: PathBuf,
    /// Other data sets by alias: which columns hold their keys is looked for.
    pub references: IndexMap<String, PathBuf>,
}

/// Reads the data and says what is in it.
pub fn profile(world: &dyn World, request: &ProfileRequest, watch: &dyn Watch) -> std::result::Result<Profile, Diagnostic> {
    read(world, request, watch).map_err(|Stop(diagnostic)| *diagnostic)
}

fn read(world: &dyn World, request: &ProfileRequest, watch: &dyn Watch) -> std::result::Result<Profile, Stop> {
    dataset::runtime()?.block_on(async {
        // Estimates and quantiles depend on the order: one partition keeps that of the file.
        let session = dataset::session(true);
        let primary = dataset::read(&session, &request.data).await?;
        let mut aliases = Vec::new();
        for (alias, path) in &request.references {
            aliases.push((alias.clone(), dataset::read(&session, path).await?));
        }
        let paths = std::iter::once(&request.data).chain(request.references.values()).map(PathBuf::as_path);
        let progress = Progress::of(&session, world, paths);
        watch.begin(progress.scans());
        let profile = of_plans(&session, &primary, &aliases, world.now(), &progress).await;
        watch.end();
        profile.map_err(|error| Stop::engine("profiled", &request.data, &error))
    })
}

/// Columns whose uniqueness is measured, pairs of columns, and memberships: at most so many.
const MEASURED_COLUMNS: usize = 8;
const MEASURED_PAIRS: usize = 3;
const MEASURED_MEMBERSHIPS: usize = 16;
/// The share of values that must look unique, or look like members, for it to be measured.
const LIKELY: f64 = 0.9;

/// Profiles what a plan reads.
async fn of_plans(
    session: &SessionState,
    primary: &LogicalPlan,
    aliases: &[(String, LogicalPlan)],
    now: DateTime<Utc>,
    progress: &Progress,
) -> Result<Profile> {
    progress.begin(0);
    let scanned = scan::scan(session, primary, now, |rows| progress.look(0, rows)).await?;
    let mut columns: Vec<ColumnProfile> = scanned.columns.iter().map(ColumnScan::profile).collect();
    let mut questions = open_questions(&columns);
    let open = questions.len();
    for (at, (alias, plan)) in aliases.iter().enumerate() {
        progress.begin(at + 1);
        let reference = scan::scan(session, plan, now, |rows| progress.look(at + 1, rows)).await?;
        questions.extend(possible_members(&scanned, alias, &reference));
    }
    progress.begin(0);
    questions.truncate(open + MEASURED_MEMBERSHIPS);
    let (open, members) = questions.split_at(open);
    let answers = measure::measure(open, session, primary, &[], now).await?;
    for (question, answer) in open.iter().zip(answers) {
        if let Question::Uniqueness(names) = question
            && let Some(column) = columns.iter_mut().find(|column| Some(&column.name) == names.first())
        {
            column.uniqueness = answer;
        }
    }
    let keys = keys(&scanned, &columns, session, primary, now).await?;
    let answers = measure::measure(members, session, primary, aliases, now).await?;
    let memberships = members.iter().zip(answers).filter_map(|(question, share)| match question {
        Question::Membership { column, alias, key } if share? >= LIKELY => {
            Some(Membership { column: column.clone(), alias: alias.clone(), key: key.clone(), share: share? })
        }
        _ => None,
    });
    Ok(Profile {
        rows: scanned.rows,
        columns,
        keys,
        correlations: correlations(&scanned),
        memberships: memberships.collect(),
        skipped: scanned.skipped,
    })
}

/// Columns that look unique and have too many values to be sure.
fn open_questions(columns: &[ColumnProfile]) -> Vec<Question> {
    columns
        .iter()
        .filter(|column| !column.distinct_is_exact && may_identify(column.kind))
        .filter(|column| column.distinct as f64 >= LIKELY * column.values as f64)
        .take(MEASURED_COLUMNS)
        .map(|column| Question::Uniqueness(vec![column.name.clone()]))
        .collect()
}

/// What identifies a row.
async fn keys(
    scanned: &Scanned,
    columns: &[ColumnProfile],
    session: &SessionState,
    primary: &LogicalPlan,
    now: DateTime<Utc>,
) -> Result<Vec<Vec<String>>> {
    let single = |column: &&ColumnProfile| column.nulls == 0 && column.is_unique() && may_identify(column.kind);
    let found: Vec<Vec<String>> = columns.iter().filter(single).map(|column| vec![column.name.clone()]).collect();
    if !found.is_empty() || scanned.rows < FEW {
        return Ok(found);
    }
    let names = |(left, right): (usize, usize)| vec![columns[left].name.clone(), columns[right].name.clone()];
    let possible: Vec<Vec<String>> = scanned.possible_keys(MEASURED_PAIRS).into_iter().map(names).collect();
    let questions: Vec<Question> = possible.iter().cloned().map(Question::Uniqueness).collect();
    let answers = measure::measure(&questions, session, primary, &[], now).await?;
    let is_key = |answer: &Option<f64>| answer.is_some_and(|share| share >= 1.0);
    Ok(possible.into_iter().zip(answers).filter(|(_, answer)| is_key(answer)).map(|(names, _)| names).collect())
}

/// Of so few rows almost any two columns tell each from the others.
const FEW: u64 = 100;

/// Columns whose values look like those of a column of the other data set that is unique there; the most alike first.
fn possible_members(primary: &Scanned, alias: &str, reference: &Scanned) -> Vec<Question> {
    let keys: Vec<(&ColumnScan, ColumnProfile)> = reference
        .columns
        .iter()
        .map(|column| (column, column.profile()))
        .filter(|(_, key)| key.values > 0 && looks_unique(key))
        .collect();
    let mut found = Vec::new();
    for column in &primary.columns {
        let own = column.distinct.counted(0).distinct;
        let alike = keys.iter().filter(|(key, profile)| {
            // Small numbers are among any numbers: they must also be many of them, or be named after them.
            let telling =
                column.kind() == Kind::Text || own * 2 >= profile.distinct || is_named_after(&column.name, alias, &key.name);
            own > 1 && telling && column.compares_with(key)
        });
        let shares = alike.filter_map(|(key, _)| Some((column.distinct.share_among(&key.distinct)?, key)));
        // Of equals the first.
        let best = shares.reduce(|best, next| if next.0 > best.0 { next } else { best });
        if let Some((share, key)) = best
            && share >= LIKELY
        {
            found.push(Question::Membership { column: column.name.clone(), alias: alias.to_owned(), key: key.name.clone() });
        }
    }
    found
}

fn looks_unique(column: &ColumnProfile) -> bool {
    match column.uniqueness {
        Some(uniqueness) => uniqueness >= 1.0,
        None => column.distinct as f64 >= 0.95 * column.values as f64,
    }
}

/// `customer_id` and the `id` of `customers`; `carrier` and `carrier`.
fn is_named_after(column: &str, alias: &str, key: &str) -> bool {
    let (column, alias, key) = (column.to_lowercase(), alias.to_lowercase(), key.to_lowercase());
    column == key || column.contains(alias.trim_end_matches('s'))
}

/// Correlations worth telling.
fn correlations(scanned: &Scanned) -> Vec<Correlation> {
    let name = |at: usize| scanned.columns[at].name.clone();
    let mut found: Vec<Correlation> = scanned
        .pairs
        .iter()
        .filter(|(left, right, _)| scanned.columns[*left].is_finite() && scanned.columns[*right].is_finite())
        .filter_map(|(left, right, together)| {
            Some(Correlation { columns: (name(*left), name(*right)), value: together.correlation()?, rows: together.rows() })
        })
        .collect();
    found.sort_by(|a, b| b.value.abs().total_cmp(&a.value.abs()));
    found
}
