//! The physical operator: one pass over a partition judges every rule, counts, and names what is wrong with each row.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, exec_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties, ReplaceChildrenOptions,
};
use futures::StreamExt;

use super::evaluate::Evaluator;
use super::failures::Judged;
use super::ledger::{Counts, Ledger};
use super::spec::{RuleSpec, Spec, added_fields};
use super::verdict::{Mask, Verdict};
use crate::stdlib::rule::Action;

/// Judges rows: the input's columns and what is wrong with each row.
#[derive(Debug)]
pub struct QualityExec {
    input: Arc<dyn ExecutionPlan>,
    expressions: Vec<Arc<dyn PhysicalExpr>>,
    spec: Arc<Spec>,
    ledger: Arc<Ledger>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl QualityExec {
    /// Over an input; the expressions are the spec's, in its order.
    pub(super) fn new(
        input: Arc<dyn ExecutionPlan>,
        expressions: Vec<Arc<dyn PhysicalExpr>>,
        spec: Arc<Spec>,
        ledger: Arc<Ledger>,
    ) -> Self {
        let mut fields: Vec<_> = input.schema().fields().iter().cloned().collect();
        fields.extend(added_fields(&spec).into_iter().map(Arc::new));
        let schema = Arc::new(Schema::new_with_metadata(fields, input.schema().metadata().clone()));
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            input.output_partitioning().clone(),
            input.pipeline_behavior(),
            input.boundedness(),
        );
        Self { input, expressions, spec, ledger, schema, properties: Arc::new(properties) }
    }
}

impl DisplayAs for QualityExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Spec { rules, leaves, tallies, .. } = &*self.spec;
        write!(f, "QualityExec: rules={}, tests={}, aggregates={}", rules.len(), leaves.len(), tallies.len())
    }
}

impl ExecutionPlan for QualityExec {
    fn name(&self) -> &'static str {
        "QualityExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for expression in &self.expressions {
            if f(expression)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let [input] = <[_; 1]>::try_from(children).or_else(|children| exec_err!("one input expected, not {}", children.len()))?;
        Ok(Arc::new(Self::new(input, self.expressions.clone(), self.spec.clone(), self.ledger.clone())))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let mode = datafusion::physical_plan::ChildrenPropertiesMode::Recompute;
        self.replace_children(children, ReplaceChildrenOptions::new(mode))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context)?;
        let judge = Judge {
            evaluator: Evaluator::new(&self.expressions, &self.input.schema())?,
            spec: self.spec.clone(),
            schema: self.schema.clone(),
            counts: Counts::new(&self.spec),
            told: 0,
        };
        let ledger = self.ledger.clone();
        ledger.start(partition, self.input.output_partitioning().partition_count());
        let state = Some((input, judge));
        let stream = futures::stream::unfold(state, move |state| {
            let ledger = ledger.clone();
            async move {
                let (mut input, mut judge) = state?;
                match input.next().await {
                    Some(Ok(batch)) => {
                        let judged = judge.batch(&batch);
                        let next = judged.is_ok().then_some((input, judge));
                        Some((judged, next))
                    }
                    Some(Err(error)) => Some((Err(error), None)),
                    None => {
                        ledger.finish(partition, judge.counts);
                        None
                    }
                }
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), stream)))
    }
}

/// What judges the batches of one partition.
struct Judge {
    evaluator: Evaluator,
    spec: Arc<Spec>,
    schema: SchemaRef,
    counts: Counts,
    /// Failing rows that were told why.
    told: usize,
}

impl Judge {
    /// Those of the failing rows that are told why.
    fn told(&mut self, failing: &BooleanBuffer) -> BooleanBuffer {
        let Some(most) = self.spec.told else { return failing.clone() };
        let mut left = most.saturating_sub(self.told);
        let told = BooleanBuffer::collect_bool(failing.len(), |row| {
            let told = left > 0 && failing.value(row);
            left -= usize::from(told);
            told
        });
        self.told += told.count_set_bits();
        told
    }

    fn batch(&mut self, batch: &RecordBatch) -> Result<RecordBatch> {
        let rows = batch.num_rows();
        let values = self.evaluator.evaluate(batch)?;
        let mut masks: Vec<Option<Mask>> = vec![None; values.len()];
        let mut mask = |filter: Option<usize>| -> Result<Mask> {
            let Some(at) = filter else { return Ok(Mask::All) };
            if masks[at].is_none() {
                masks[at] = Some(Mask::of(&values[at])?);
            }
            Ok(masks[at].clone().unwrap_or(Mask::All))
        };
        let mut leaves = Vec::with_capacity(self.spec.leaves.len());
        for (leaf, counts) in self.spec.leaves.iter().zip(&mut self.counts.leaves) {
            let mask = mask(leaf.filter)?;
            counts.rows += mask.count(rows);
            let verdict = match leaf.test {
                None => Verdict::undecided(rows),
                Some(test) => {
                    let verdict = Verdict::of(&values[test])?.within(&mask);
                    counts.add(&verdict);
                    verdict
                }
            };
            let decided = leaf.test.is_some() && self.spec.filtered_passes;
            leaves.push(if decided { verdict.passing_outside(&mask) } else { verdict });
        }
        for (tally, accumulator) in self.spec.tallies.iter().zip(&mut self.counts.tallies) {
            let arguments: Vec<_> = tally.arguments.iter().map(|at| values[*at].clone()).collect();
            accumulator.update(&arguments, &mask(tally.filter)?)?;
        }
        let rules: Vec<Option<Verdict>> =
            self.spec.rules.iter().map(|rule| rule.tree.as_ref().map(|tree| Verdict::combine(tree, &leaves))).collect();
        let mut routed = BooleanBuffer::new_unset(rows);
        let (mut annotated, mut faulty) = (routed.clone(), routed.clone());
        for ((rule, verdict), counts) in self.spec.rules.iter().zip(&rules).zip(&mut self.counts.rules) {
            let Some(verdict) = verdict else { continue };
            counts.rows += rows as u64;
            counts.add(verdict);
            faulty = &faulty | &verdict.fail;
            if rule.routes() {
                routed = &routed | &verdict.fail;
            } else if rule.annotates() {
                annotated = &annotated | &verdict.fail;
            }
        }
        let failed = routed.count_set_bits() as u64;
        self.counts.input += rows as u64;
        self.counts.failed += failed;
        self.counts.faulty += faulty.count_set_bits() as u64;
        // Counted apart, so that passed + failed = input is a finding and not a definition.
        self.counts.passed += (!&routed).count_set_bits() as u64;
        let mut columns = batch.columns().to_vec();
        let told = self.told(&routed);
        let judged = Judged { spec: &self.spec, batch, leaves: &leaves, rules: &rules };
        columns.push(judged.failures(&told, &|rule| rule.action != Action::Ignore)?);
        if self.spec.warnings {
            columns.push(judged.failures(&(&annotated & &!&routed), &RuleSpec::annotates)?);
        }
        if self.spec.verdicts {
            columns.extend(judged.verdicts(rows)?);
        }
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(self.schema.clone(), columns, &options)?)
    }
}
