//! Profiles data and recommends rules for it: one pass counts ([`scan`]), in pieces side by side ([`pieces`]); others over
//! a few columns make sure of what the first made likely ([`keys`], [`measure`]); a [`Profile`] is plain data, and
//! [`recommend`] a function of it.

mod column;
mod distinct;
mod figures;
mod gather;
mod hash;
mod heavy;
mod keys;
mod lowest;
mod measure;
mod numbers;
mod pieces;
pub mod recommend;
mod scan;
mod shape;
#[cfg(test)]
mod tests;
mod text;
mod value;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::common::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use indexmap::IndexMap;

use super::dataset::{self, Progress, Stop};
use super::execute::Watch;
use crate::diag::Diagnostic;
use crate::stdlib::expr::engine::cores;
use crate::world::World;
use column::ColumnScan;
use distinct::Hashes;
pub use figures::{ColumnProfile, Correlation, Inferred, Kind, Membership, NumberFigures, Profile, SHARES, TextFigures};
use gather::Room;
use keys::Suspect;
use measure::Question;
use scan::{Scanned, may_identify};
pub use shape::{Lengths, Pattern};

/// What to profile.
#[derive(Debug, Clone)]
pub struct ProfileRequest {
    /// The data set: Parquet, CSV or JSON lines; a file, a folder or a glob.
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
        // What is found in the pieces of the data is put together in their order: they are cut elsewhere.
        let session = dataset::session(true, world.now());
        let primary = dataset::read(&session, world, &request.data).await?;
        let mut aliases = Vec::new();
        for (alias, path) in &request.references {
            aliases.push((alias.clone(), dataset::read(&session, world, path).await?));
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

/// Hashes of values that look unique, of all columns together: a quarter of a gigabyte. Beyond it the rules measure.
const GATHERED: usize = 1 << 25;

/// Profiles what a plan reads.
async fn of_plans(
    session: &SessionState,
    primary: &LogicalPlan,
    aliases: &[(String, LogicalPlan)],
    now: DateTime<Utc>,
    progress: &Progress,
) -> Result<Profile> {
    progress.begin(0);
    let mut scanned = scan::scan(session, primary, now, &Room::new(GATHERED), progress.rows(0)).await?;
    let mut columns: Vec<ColumnProfile> = scanned.columns.iter().map(ColumnScan::profile).collect();
    let repeated = occurrences(&mut scanned, &mut columns).await?;
    let mut questions = open_questions(&columns);
    let open = questions.len();
    for (at, (alias, plan)) in aliases.iter().enumerate() {
        progress.begin(at + 1);
        let reference = scan::scan(session, plan, now, &Room::new(0), progress.rows(at + 1)).await?;
        questions.extend(possible_members(&scanned, alias, &reference));
    }
    progress.begin(0);
    questions.truncate(open + MEASURED_MEMBERSHIPS);
    // What the rules measure are counts: they do not depend on the order.
    let side_by_side = dataset::side_by_side(session);
    let (open, members) = questions.split_at(open);
    let answers = measure::measure(open, &side_by_side, primary, &[], now).await?;
    for (question, answer) in open.iter().zip(answers) {
        if let Question::Uniqueness(names) = question
            && let Some(column) = columns.iter_mut().find(|column| Some(&column.name) == names.first())
        {
            column.uniqueness = answer;
        }
    }
    let correlations = correlations(&scanned);
    let (rows, skipped) = (scanned.rows, std::mem::take(&mut scanned.skipped));
    let answers = measure::measure(members, &side_by_side, primary, aliases, now).await?;
    let memberships = members.iter().zip(answers).filter_map(|(question, share)| match question {
        Question::Membership { column, alias, key } if share? >= LIKELY => {
            Some(Membership { column: column.clone(), alias: alias.clone(), key: key.clone(), share: share? })
        }
        _ => None,
    });
    let memberships = memberships.collect();
    let keys = keys(scanned, repeated, &columns, session, primary, now).await?;
    Ok(Profile { rows, columns, skipped, keys, correlations, memberships })
}

/// Columns that look unique and have too many values to be sure.
fn is_open(column: &ColumnProfile) -> bool {
    let looks_unique = column.distinct as f64 >= LIKELY * column.values as f64;
    !column.distinct_is_exact && column.uniqueness.is_none() && may_identify(column.kind) && looks_unique
}

fn open_questions(columns: &[ColumnProfile]) -> Vec<Question> {
    let open = columns.iter().filter(|column| is_open(column)).take(MEASURED_COLUMNS);
    open.map(|column| Question::Uniqueness(vec![column.name.clone()])).collect()
}

/// The hashes of values that occur more than once, by column.
type Repeated = IndexMap<usize, Arc<Hashes>>;

/// Counts the values of columns that look unique where all of their hashes were gathered.
async fn occurrences(scanned: &mut Scanned, columns: &mut [ColumnProfile]) -> Result<Repeated> {
    let mut repeated = Repeated::new();
    let mut measured = 0;
    for (at, (column, profile)) in scanned.columns.iter_mut().zip(columns).enumerate() {
        let gathered = column.distinct.take_gathered();
        if !is_open(profile) || measured == MEASURED_COLUMNS {
            continue;
        }
        measured += 1;
        let Some(gathered) = gathered else { continue };
        let found = gathered.count(cores()).await?;
        profile.uniqueness = Some(found.singles as f64 / profile.values as f64);
        profile.distinct = found.singles + found.repeated.len() as u64;
        profile.distinct_is_exact = true;
        repeated.insert(at, Arc::new(found.repeated.into_iter().collect()));
    }
    Ok(repeated)
}

/// What identifies a row.
async fn keys(
    scanned: Scanned,
    repeated: Repeated,
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
    let mut suspects: Vec<((usize, usize), Suspect)> = Vec::new();
    let mut questions: Vec<((usize, usize), Question)> = Vec::new();
    let names = |(left, right): (usize, usize)| vec![columns[left].name.clone(), columns[right].name.clone()];
    for pair in scanned.possible_keys(MEASURED_PAIRS) {
        let nearly =
            [pair, (pair.1, pair.0)].into_iter().find_map(|(nearly, other)| Some((nearly, repeated.get(&nearly)?, other)));
        match nearly {
            Some((nearly, hashes, other)) => suspects.push((pair, Suspect { nearly: (nearly, Arc::clone(hashes)), other })),
            None => questions.push((pair, Question::Uniqueness(names(pair)))),
        }
    }
    let (asked, questions): (Vec<_>, Vec<Question>) = questions.into_iter().unzip();
    let answers = measure::measure(&questions, &dataset::side_by_side(session), primary, &[], now).await?;
    let mut known: Vec<((usize, usize), bool)> =
        asked.into_iter().zip(answers.into_iter().map(|answer| answer.is_some_and(|share| share >= 1.0))).collect();
    if !suspects.is_empty() {
        let (asked, suspects): (Vec<_>, Vec<Suspect>) = suspects.into_iter().unzip();
        let answers = keys::identify(&suspects, &Arc::new(scanned.columns), session, primary).await?;
        known.extend(asked.into_iter().zip(answers));
    }
    known.sort_unstable();
    Ok(known.into_iter().filter(|(_, is_key)| *is_key).map(|(pair, _)| names(pair)).collect())
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
        let own = column.distinct.different();
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
