//! What came of a ruleset as rows: the outputs `rule_outcomes` and `aggregated_metrics` of a quality node.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, MapArray, RecordBatch, StringArray, StructArray};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::Result;

use super::{Prepared, QualityResult};
use crate::run::report::RuleOutcome;
use crate::run::stage::AtEnd;
use crate::stdlib::rule::{aggregated_schema, map_fields, outcomes_schema};
use crate::stdlib::transform::port;

/// The outputs of a ruleset that is being evaluated.
#[derive(Debug)]
pub(in crate::run) struct Outcomes(pub(in crate::run) Arc<Prepared>);

impl AtEnd for Outcomes {
    fn rows(&self, output: usize) -> Result<RecordBatch> {
        let result = self.0.finish()?;
        if output == port::RULE_OUTCOMES { rule_outcomes(&result.outcomes) } else { aggregated_metrics(&result) }
    }
}

/// A row a rule, in the order of the ruleset.
fn rule_outcomes(outcomes: &[RuleOutcome]) -> Result<RecordBatch> {
    let texts = |text: &dyn Fn(&RuleOutcome) -> Option<String>| -> ArrayRef {
        Arc::new(outcomes.iter().map(text).collect::<StringArray>())
    };
    let verdict = |passed: bool| if passed { "Passed" } else { "Failed" };
    let numbers: Float64Array = outcomes.iter().flat_map(|outcome| outcome.metrics.values().copied()).map(Some).collect();
    let labels: StringArray = outcomes.iter().flat_map(|outcome| outcome.labels.values()).map(Some).collect();
    let metrics = map(outcomes.iter().map(|outcome| outcome.metrics.keys()), Arc::new(numbers))?;
    let labels = map(outcomes.iter().map(|outcome| outcome.labels.keys()), Arc::new(labels))?;
    let columns = vec![
        texts(&|outcome| Some(outcome.rule.clone())),
        texts(&|outcome| Some(verdict(outcome.passed).to_owned())),
        texts(&|outcome| outcome.reason.clone()),
        metrics,
        texts(&|outcome| Some(outcome.evaluated.as_ref().unwrap_or(&outcome.rule).clone())),
        labels,
    ];
    Ok(RecordBatch::try_new(outcomes_schema(), columns)?)
}

/// A map a row: the keys of each, and all values one after the other.
fn map<'k>(rows: impl Iterator<Item = impl ExactSizeIterator<Item = &'k String>>, values: ArrayRef) -> Result<ArrayRef> {
    let (mut keys, mut lengths) = (Vec::new(), Vec::new());
    for row in rows {
        lengths.push(row.len());
        keys.extend(row);
    }
    let fields = map_fields(values.data_type().clone());
    let field = Arc::new(Field::new("entries", DataType::Struct(fields.clone()), false));
    let keys: StringArray = keys.into_iter().map(Some).collect();
    let entries = StructArray::try_new(fields, vec![Arc::new(keys), values], None)?;
    Ok(Arc::new(MapArray::try_new(field, OffsetBuffer::from_lengths(lengths), entries, None, false)?))
}

/// AWS counts a row as failed if it fails any rule, whatever becomes of it here.
fn aggregated_metrics(result: &QualityResult) -> Result<RecordBatch> {
    let passed = result.outcomes.iter().filter(|outcome| outcome.passed).count() as u64;
    let rules = result.outcomes.len() as u64;
    let (rows, faulty) = (result.rows.input, result.faulty);
    let figures = [rows, rows - faulty, faulty, rules, passed, rules - passed];
    let columns = figures.map(|figure| Arc::new(Float64Array::from(vec![figure as f64])) as ArrayRef);
    Ok(RecordBatch::try_new(aggregated_schema(), columns.to_vec())?)
}
