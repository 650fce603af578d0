//! Whether pairs of columns identify a row, where one of the two nearly does: only the rows that it does not tell apart
//! have to be looked at.

use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, UInt64Array};
use datafusion::arrow::compute::take;
use datafusion::common::{Column, Result};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::column::ColumnScan;
use super::distinct::Hashes;
use super::hash;
use super::pieces::{self, Enough};

/// A pair of columns that may identify a row.
#[derive(Debug, Clone)]
pub(super) struct Suspect {
    /// The column that nearly does, and the hashes of its values that occur more than once.
    pub(super) nearly: (usize, Arc<Hashes>),
    /// The other one.
    pub(super) other: usize,
}

/// For each pair whether no two rows have the same values.
pub(super) async fn identify(
    suspects: &[Suspect],
    columns: &Arc<Vec<ColumnScan>>,
    session: &SessionState,
    plan: &LogicalPlan,
) -> Result<Vec<bool>> {
    let mut wanted: Vec<usize> = suspects.iter().flat_map(|suspect| [suspect.nearly.0, suspect.other]).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let names: Vec<String> = wanted.iter().map(|at| columns[*at].name.clone()).collect();
    let physical = pieces::cut(&only(plan, &names)?, session).await?;
    let mut seen = vec![Hashes::default(); suspects.len()];
    let mut differ = vec![true; suspects.len()];
    let step = {
        let (suspects, columns) = (suspects.to_vec(), Arc::clone(columns));
        move |found: &mut Vec<Vec<u64>>, batch: &RecordBatch| look(&suspects, &columns, batch, found)
    };
    let start = || vec![Vec::new(); suspects.len()];
    pieces::read(
        &physical,
        session,
        start,
        step,
        |_| {},
        |found| {
            for ((pairs, seen), differ) in found.into_iter().zip(&mut seen).zip(&mut differ) {
                *differ &= pairs.into_iter().all(|pair| seen.insert(pair));
            }
            if differ.contains(&true) { Enough::No } else { Enough::Yes }
        },
    )
    .await?;
    Ok(differ)
}

/// The hashes of the pairs of a batch that have to be looked at.
fn look(suspects: &[Suspect], columns: &[ColumnScan], batch: &RecordBatch, found: &mut [Vec<u64>]) -> Result<()> {
    let mut known: Option<(usize, Vec<Option<u64>>)> = None;
    for (Suspect { nearly: (at, repeated), other }, found) in suspects.iter().zip(found) {
        let nearly = match known.take() {
            Some((of, hashes)) if of == *at => hashes,
            _ => match batch.column_by_name(&columns[*at].name) {
                Some(array) => columns[*at].hashes(array)?,
                None => Vec::new(),
            },
        };
        let is_repeated = |hash: &Option<u64>| hash.is_some_and(|hash| repeated.contains(&hash));
        let rows: Vec<u64> = (0..).zip(&nearly).filter(|(_, hash)| is_repeated(hash)).map(|(row, _)| row).collect();
        if let Some(array) = batch.column_by_name(&columns[*other].name).filter(|_| !rows.is_empty()) {
            let others = columns[*other].hashes(&take(array, &UInt64Array::from(rows), None)?)?;
            let pairs = nearly.iter().filter(|hash| is_repeated(hash)).flatten().zip(others);
            found.extend(pairs.filter_map(|(nearly, other)| Some(hash::pair(*nearly, other?))));
        }
        known = Some((*at, nearly));
    }
    Ok(())
}

/// The plan reduced to some columns, so that nothing else is read.
pub(super) fn only(plan: &LogicalPlan, names: &[String]) -> Result<LogicalPlan> {
    let columns: Vec<Expr> = plan
        .schema()
        .iter()
        .filter(|(_, field)| names.contains(field.name()))
        .map(|(qualifier, field)| Expr::Column(Column::new(qualifier.cloned(), field.name())))
        .collect();
    LogicalPlanBuilder::from(plan.clone()).project(columns)?.build()
}
