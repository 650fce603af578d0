//! The pass over a data set: all columns at once, in bounded memory.

use chrono::{DateTime, Utc};
use datafusion::arrow::array::RecordBatch;
use datafusion::common::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use futures::StreamExt;

use super::column::{Cells, ColumnScan};
use super::figures::Kind;
use super::hash;
use super::numbers::Together;
use crate::stdlib::expr::is_hidden;
use crate::stdlib::types::type_name;

/// Values that are counted exactly, of all columns together and of each at most and at least.
const BUDGET: usize = 1 << 21;
const MOST: usize = 1 << 14;
const LEAST: usize = 1 << 10;
/// Columns of numbers that are compared with each other: 120 pairs.
const COMPARED: usize = 16;
/// Columns that may be part of a key, and rows of them that are kept to see which pairs are none.
const KEY_PARTS: usize = 48;
const KEPT_ROWS: usize = 8192;

/// What a pass found.
#[derive(Debug)]
pub(super) struct Scanned {
    pub(super) rows: u64,
    pub(super) columns: Vec<ColumnScan>,
    /// Columns of nested types, with their types.
    pub(super) skipped: Vec<(String, String)>,
    /// Pairs of columns of numbers.
    pub(super) pairs: Vec<(usize, usize, Together)>,
    /// The hashes of the first rows, of columns that may be part of a key.
    first_rows: Vec<Option<Vec<Option<u64>>>>,
    /// Where the columns are in a batch.
    places: Vec<usize>,
}

/// Reads a data set once.
pub(super) async fn scan(
    session: &SessionState,
    plan: &LogicalPlan,
    now: DateTime<Utc>,
    rows_read: impl Fn(u64),
) -> Result<Scanned> {
    let physical = session.create_physical_plan(plan).await?;
    let mut scanned = Scanned::new(plan, now);
    let mut stream = execute_stream(physical, session.task_ctx())?;
    while let Some(batch) = stream.next().await {
        let batch = batch?;
        scanned.add(&batch)?;
        rows_read(scanned.rows);
    }
    Ok(scanned)
}

impl Scanned {
    fn new(plan: &LogicalPlan, now: DateTime<Utc>) -> Self {
        let fields = plan.schema().fields();
        let limit = (BUDGET / fields.len().max(1)).clamp(LEAST, MOST);
        let mut found = Self {
            rows: 0,
            columns: Vec::new(),
            skipped: Vec::new(),
            pairs: Vec::new(),
            first_rows: Vec::new(),
            places: Vec::new(),
        };
        for (place, field) in fields.iter().enumerate().filter(|(_, field)| !is_hidden(field.name())) {
            match ColumnScan::new(field.name(), field.data_type(), limit, now) {
                Some(column) => {
                    found.columns.push(column);
                    found.places.push(place);
                }
                None => found.skipped.push((field.name().clone(), type_name(field.data_type()))),
            }
        }
        let numbers: Vec<usize> =
            (0..found.columns.len()).filter(|at| found.columns[*at].kind().is_number()).take(COMPARED).collect();
        for (at, left) in numbers.iter().enumerate() {
            found.pairs.extend(numbers[at + 1..].iter().map(|right| (*left, *right, Together::default())));
        }
        let mut parts = 0;
        for column in &found.columns {
            let kept = may_identify(column.kind()) && parts < KEY_PARTS;
            parts += usize::from(kept);
            found.first_rows.push(kept.then(Vec::new));
        }
        found
    }

    fn add(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows += batch.num_rows() as u64;
        let mut cells: Vec<Cells> = Vec::with_capacity(self.columns.len());
        for (column, place) in self.columns.iter_mut().zip(&self.places) {
            cells.push(column.add(batch.column(*place))?);
        }
        for (left, right, together) in &mut self.pairs {
            together.add(&cells[*left].numbers, &cells[*right].numbers);
        }
        for (kept, cells) in self.first_rows.iter_mut().zip(&cells) {
            if let Some(kept) = kept {
                let room = KEPT_ROWS.saturating_sub(kept.len());
                kept.extend(cells.hashes.iter().take(room));
            }
        }
        Ok(())
    }

    /// Up to `most` pairs of columns that may identify a row: no two of the first rows have the same values.
    pub(super) fn possible_keys(&self, most: usize) -> Vec<(usize, usize)> {
        let parts: Vec<(usize, &Vec<Option<u64>>, u64)> = self
            .columns
            .iter()
            .zip(&self.first_rows)
            .enumerate()
            .filter(|(_, (column, _))| column.nulls() == 0)
            .filter_map(|(at, (column, kept))| Some((at, kept.as_ref()?, column.distinct.counted(0).distinct)))
            .filter(|(_, _, distinct)| *distinct > 1)
            .collect();
        let mut found = Vec::new();
        for (at, (left, left_rows, left_distinct)) in parts.iter().enumerate() {
            for (right, right_rows, right_distinct) in &parts[at + 1..] {
                let combinations = left_distinct.saturating_mul(*right_distinct);
                if combinations >= self.rows && differ(left_rows, right_rows) {
                    found.push((*left, *right));
                }
                if found.len() == most {
                    return found;
                }
            }
        }
        found
    }
}

/// Whether values of a kind name things: a measured number that never repeats identifies nothing.
pub(super) fn may_identify(kind: Kind) -> bool {
    matches!(kind, Kind::Integer | Kind::Text | Kind::Date | Kind::Timestamp)
}

fn differ(left: &[Option<u64>], right: &[Option<u64>]) -> bool {
    let mut seen = super::distinct::Hashes::default();
    left.iter().zip(right).all(|(left, right)| match (left, right) {
        (Some(left), Some(right)) => seen.insert(hash::pair(*left, *right)),
        _ => false,
    })
}
