//! The pass over a data set: all columns at once, in bounded memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use chrono::{DateTime, Utc};
use datafusion::arrow::array::RecordBatch;
use datafusion::common::{DFSchema, Result};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;

use super::column::{Cells, ColumnScan};
use super::figures::Kind;
use super::gather::Room;
use super::hash;
use super::numbers::Together;
use super::pieces::{self, Enough};
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

/// Reads a data set once. `rows_read` is told how many rows were read so far.
pub(super) async fn scan(
    session: &SessionState,
    plan: &LogicalPlan,
    now: DateTime<Utc>,
    room: &Room,
    rows_read: impl Fn(u64) + Send + Sync + 'static,
) -> Result<Scanned> {
    let physical = pieces::cut(plan, session).await?;
    let rows = AtomicU64::new(0);
    let step = move |scanned: &mut Scanned, batch: &RecordBatch| {
        let count = batch.num_rows() as u64;
        rows_read(rows.fetch_add(count, Relaxed) + count);
        scanned.add(batch)
    };
    let schema = Arc::clone(plan.schema());
    let mut all: Option<Scanned> = None;
    pieces::read(
        &physical,
        session,
        || Scanned::new(&schema, now, room),
        step,
        Scanned::close,
        |piece| {
            match &mut all {
                Some(all) => all.merge(piece),
                None => all = Some(piece),
            }
            Enough::No
        },
    )
    .await?;
    let mut all = all.unwrap_or_else(|| Scanned::new(&schema, now, room));
    all.columns.iter_mut().for_each(|column| column.distinct.settle());
    Ok(all)
}

impl Scanned {
    fn new(schema: &DFSchema, now: DateTime<Utc>, room: &Room) -> Self {
        let fields = schema.fields();
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
            match ColumnScan::new(field.name(), field.data_type(), limit, now, room) {
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
        for (at, (column, place)) in self.columns.iter_mut().zip(&self.places).enumerate() {
            let is_compared = self.pairs.iter().any(|(left, right, _)| at == *left || at == *right);
            cells.push(column.add(batch.column(*place), is_compared)?);
        }
        for (left, right, together) in &mut self.pairs {
            if let (Some(left), Some(right)) = (&cells[*left].numbers, &cells[*right].numbers) {
                together.add(left, right);
            }
        }
        for (kept, cells) in self.first_rows.iter_mut().zip(&cells) {
            if let Some(kept) = kept {
                let room = KEPT_ROWS.saturating_sub(kept.len());
                let is_valid = |row| cells.nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row));
                kept.extend(cells.hashes.iter().take(room).enumerate().map(|(row, hash)| is_valid(row).then_some(*hash)));
            }
        }
        Ok(())
    }

    /// A piece ends.
    fn close(&mut self) {
        self.columns.iter_mut().for_each(|column| column.distinct.close());
    }

    /// What was found in a later piece.
    fn merge(&mut self, other: Self) {
        self.rows += other.rows;
        self.columns.iter_mut().zip(other.columns).for_each(|(column, other)| column.merge(other));
        for ((_, _, together), (_, _, other)) in self.pairs.iter_mut().zip(other.pairs) {
            together.merge(other);
        }
        for (kept, more) in self.first_rows.iter_mut().zip(other.first_rows) {
            if let (Some(kept), Some(more)) = (kept, more) {
                let room = KEPT_ROWS.saturating_sub(kept.len());
                kept.extend(more.into_iter().take(room));
            }
        }
    }

    /// Up to `most` pairs of columns that may identify a row: no two of the first rows have the same values.
    pub(super) fn possible_keys(&self, most: usize) -> Vec<(usize, usize)> {
        let parts: Vec<(usize, &Vec<Option<u64>>, u64)> = self
            .columns
            .iter()
            .zip(&self.first_rows)
            .enumerate()
            .filter(|(_, (column, _))| column.nulls() == 0)
            .filter_map(|(at, (column, kept))| Some((at, kept.as_ref()?, column.distinct.different())))
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
