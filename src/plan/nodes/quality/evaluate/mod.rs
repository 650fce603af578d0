//! Evaluates the expressions of all rules on a batch, each part of the work once: what several expressions have in common
//! ([`share`]), and what is about a column of few different values once for each value ([`memo`]).

mod memo;
mod share;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::physical_expr::PhysicalExpr;

use memo::Memo;
use share::{Direct, Shared};

/// The expressions of an operator, and what one partition knows of its values.
#[derive(Debug)]
pub(super) struct Evaluator {
    shared: Vec<Shared>,
    /// In the order of the expressions.
    direct: Vec<Direct>,
    /// The input's columns and behind them the shared parts.
    schema: SchemaRef,
    memos: Vec<Memo>,
}

impl Evaluator {
    /// For expressions over a schema.
    pub(super) fn new(expressions: &[Arc<dyn PhysicalExpr>], input: &Schema) -> Result<Self> {
        let (shared, direct) = share::split(expressions, input)?;
        let mut fields: Vec<_> = input.fields().iter().cloned().collect();
        for (at, part) in shared.iter().enumerate() {
            fields.push(Arc::new(Field::new(format!("__gc_shared_{at}"), part.data_type.clone(), true)));
        }
        let schema = Arc::new(Schema::new_with_metadata(fields, input.metadata().clone()));
        Ok(Self { shared, direct, schema, memos: memo::memos(expressions, input)? })
    }

    /// The values of the expressions, in their order.
    pub(super) fn evaluate(&mut self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        let mut values: Vec<Option<ArrayRef>> = vec![None; self.direct.len()];
        for memo in &mut self.memos {
            for (at, value) in memo.evaluate(batch)? {
                values[at] = Some(value);
            }
        }
        let open = values.iter().zip(&self.direct).filter(|(value, _)| value.is_none()).map(|(_, direct)| direct);
        let batch = self.widened(batch, open)?;
        let rows = batch.num_rows();
        let value = |(value, direct): (Option<ArrayRef>, &Direct)| match value {
            Some(value) => Ok(value),
            None => direct.expression.evaluate(&batch)?.into_array(rows),
        };
        values.into_iter().zip(&self.direct).map(value).collect()
    }

    /// The batch with the shared parts that some expressions need; in place of others there are nulls.
    fn widened<'a>(&self, batch: &RecordBatch, needed_by: impl Iterator<Item = &'a Direct>) -> Result<RecordBatch> {
        if self.shared.is_empty() {
            return Ok(batch.clone());
        }
        let mut needed = vec![false; self.shared.len()];
        needed_by.flat_map(|direct| &direct.needs).for_each(|at| needed[*at] = true);
        // A part stands behind those that it needs itself.
        for at in (0..needed.len()).rev() {
            if needed[at] {
                self.shared[at].needs.iter().for_each(|part| needed[*part] = true);
            }
        }
        let rows = batch.num_rows();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let mut columns = batch.columns().to_vec();
        columns.extend(self.shared.iter().map(|part| new_null_array(&part.data_type, rows)));
        let width = batch.num_columns();
        for (at, part) in self.shared.iter().enumerate().filter(|(at, _)| needed[*at]) {
            let so_far = RecordBatch::try_new_with_options(self.schema.clone(), columns.clone(), &options)?;
            columns[width + at] = part.expression.evaluate(&so_far)?.into_array(rows)?;
        }
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }
}
