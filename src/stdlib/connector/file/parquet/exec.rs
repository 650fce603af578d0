//! The operator above the engine's Parquet scan: puts the columns in order, makes row ids, holds the declaration against the
//! data, counts, and explains what went wrong.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StructArray, UInt64Array};
use datafusion::arrow::datatypes::{Int64Type, SchemaRef, UInt64Type};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{ColumnStatistics, Statistics};
use datafusion::error::Result;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::statistics::{ChildStats, StatisticsArgs};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, Partitioning, PlanProperties, ReplaceChildrenOptions,
};
use futures::StreamExt;

use super::autopsy;
use crate::diag::Diagnostic;
use crate::diag::codes::run::FORBIDDEN_NULL;
use crate::stdlib::connector::file::scan::plan::{Output, Scan, malformed_fields};
use crate::stdlib::connector::source::row_id;
use crate::stdlib::failure::{fail, find};

/// Where the outputs are in the engine's batches.
#[derive(Debug, Clone)]
pub(super) struct Input {
    /// Of each output that is a column.
    pub(super) positions: Vec<Option<usize>>,
    /// The columns of the file's number and the row's (from 0), if they are read.
    pub(super) place: Option<(usize, usize)>,
}

/// Reads Parquet.
#[derive(Debug)]
pub(super) struct ParquetScanExec {
    scan: Arc<Scan>,
    input: Arc<dyn ExecutionPlan>,
    outputs: Vec<Output>,
    columns: Input,
    schema: SchemaRef,
    /// How many rows the footers promise.
    rows: usize,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl ParquetScanExec {
    pub(super) fn new(
        scan: Arc<Scan>,
        input: Arc<dyn ExecutionPlan>,
        outputs: Vec<Output>,
        columns: Input,
        rows: usize,
    ) -> Result<Self> {
        let index = |output: &Output| match output {
            Output::Column(index) => *index,
            Output::Row => scan.columns.len(),
            Output::Malformed => scan.schema.fields().len() - 1,
        };
        let schema = Arc::new(scan.schema.project(&outputs.iter().map(index).collect::<Vec<_>>())?);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::clone(&schema)),
            Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let metrics = ExecutionPlanMetricsSet::new();
        Ok(Self { scan, input, outputs, columns, schema, rows, properties: Arc::new(properties), metrics })
    }
}

/// Makes the batches of one partition.
struct Shape {
    scan: Arc<Scan>,
    outputs: Vec<Output>,
    columns: Input,
    schema: SchemaRef,
    rows: usize,
}

impl Shape {
    fn batch(&self, input: &RecordBatch) -> Result<RecordBatch> {
        let rows = input.num_rows();
        let mut arrays: Vec<ArrayRef> = Vec::with_capacity(self.outputs.len());
        for (output, position) in self.outputs.iter().zip(&self.columns.positions) {
            arrays.push(match (output, position) {
                (Output::Column(index), Some(position)) => {
                    let array = input.column(*position);
                    if array.null_count() > 0 && !self.scan.columns[*index].field.is_nullable() {
                        return Err(fail(self.forbidden_null(input, *index, array)));
                    }
                    Arc::clone(array)
                }
                (Output::Row, _) => Arc::new(
                    (0..rows).map(|row| self.place(input, row)).map(|(file, row)| row_id(file, row)).collect::<UInt64Array>(),
                ),
                (Output::Malformed | Output::Column(_), _) => Arc::new(StructArray::new_null(malformed_fields(), rows)),
            });
        }
        let progress = &self.scan.progress;
        progress.rows.fetch_add(rows as u64, Relaxed);
        // The engine's reader does not tell bytes: they are taken to be spread evenly over the rows.
        let total = progress.bytes_total.load(Relaxed);
        let read = u128::from(total) * rows as u128 / self.rows.max(1) as u128;
        progress.bytes_read.fetch_add(u64::try_from(read).unwrap_or(total), Relaxed);
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), arrays, &options)?)
    }

    /// The file and the number of a row.
    fn place(&self, input: &RecordBatch, row: usize) -> (usize, u64) {
        let Some((file, number)) = self.columns.place else { return (0, 0) };
        let file = input.column(file).as_primitive::<UInt64Type>().value(row);
        let number = input.column(number).as_primitive::<Int64Type>().value(row);
        (usize::try_from(file).unwrap_or(usize::MAX), u64::try_from(number).unwrap_or_default() + 1)
    }

    fn forbidden_null(&self, input: &RecordBatch, column: usize, array: &ArrayRef) -> Diagnostic {
        let row = (0..array.len()).find(|row| array.is_null(*row)).unwrap_or_default();
        let (file, number) = self.place(input, row);
        let file = self.scan.files.get(file).map_or("", |entry| entry.shown.as_str());
        let name = self.scan.columns[column].field.name();
        Diagnostic::new(&FORBIDDEN_NULL, self.scan.place, format!("`{name}` is NULL in `{file}`, row {number}"))
            .here("read from here")
            .note(format!("`{name}` is declared `nullable: false`"))
            .help(format!("declare it without `nullable: false`, and let the rule `IsComplete \"{name}\"` sort such rows out"))
    }
}

impl DisplayAs for ParquetScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        write!(f, "ParquetScanExec: files={}, columns=[{}]", self.scan.files.len(), names.join(", "))
    }
}

impl ExecutionPlan for ParquetScanExec {
    fn name(&self) -> &'static str {
        "ParquetScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        // The scan was split when it was made.
        vec![false]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self::new(Arc::clone(&self.scan), input, self.outputs.clone(), self.columns.clone(), self.rows)?))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self::new(Arc::clone(&self.scan), input, self.outputs.clone(), self.columns.clone(), self.rows)?))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let shape = Shape {
            scan: Arc::clone(&self.scan),
            outputs: self.outputs.clone(),
            columns: self.columns.clone(),
            schema: Arc::clone(&self.schema),
            rows: self.rows,
        };
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let input = self.input.execute(partition, context)?;
        let stream = input.map(move |batch| {
            let batch = batch.and_then(|batch| shape.batch(&batch));
            if let Ok(batch) = &batch {
                metrics.record_output(batch.num_rows());
            }
            batch.map_err(|error| if find(&error).is_some() { error } else { autopsy::explain(&shape.scan, error) })
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), stream)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], _: &StatisticsArgs) -> Result<Arc<Statistics>> {
        let [input] = inputs else { return Ok(Arc::new(Statistics::new_unknown(&self.schema))) };
        let column = |position: &Option<usize>| {
            position
                .and_then(|position| input.column_statistics.get(position).cloned())
                .unwrap_or_else(ColumnStatistics::new_unknown)
        };
        Ok(Arc::new(Statistics {
            num_rows: input.num_rows,
            total_byte_size: input.total_byte_size,
            column_statistics: self.columns.positions.iter().map(column).collect(),
        }))
    }
}
