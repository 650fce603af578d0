//! The quality node: one pass that judges every rule of a ruleset, counts what the metrics need, and adds to each row
//! what is wrong with it.
//!
//! In reading order: [`spec`] is what the node is told, [`exec`] the physical operator, [`evaluate`] its expressions, [`verdict`] its three-valued
//! bit maps, [`failures`] the columns it adds, [`shown`] their texts, [`tally`] its aggregates ([`bounds`], [`shape`],
//! [`quantiles`] and [`histogram`] are what some of them accumulate), [`ledger`] what it counted; [`keys`] finds
//! keys that occur twice or in another data set, in passes before this one.

mod bounds;
mod evaluate;
mod exec;
mod failures;
mod histogram;
pub mod keys;
mod ledger;
mod quantiles;
mod shape;
mod shown;
mod spec;
mod tally;
mod verdict;

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, DFSchemaRef, Result, exec_err};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};

pub use exec::QualityExec;
pub use histogram::{Histogram, joined};
pub use ledger::{Counts, Ledger, Tested};
pub use spec::{Blame, FAILURES, LeafSpec, RuleSpec, Spec, TallySpec, Tree, WARNINGS};
pub use tally::Accumulator;
pub use verdict::Mask;

/// The logical node.
#[derive(Debug, Clone)]
pub struct QualityNode {
    input: LogicalPlan,
    expressions: Vec<Expr>,
    spec: Arc<Spec>,
    ledger: Arc<Ledger>,
    schema: DFSchemaRef,
}

impl QualityNode {
    /// A plan that judges the rows of `input`; what it counts goes to the ledger.
    pub fn plan(input: LogicalPlan, spec: Spec, ledger: Arc<Ledger>) -> Result<LogicalPlan> {
        let expressions = spec.expressions.clone();
        let node = Self::new(input, expressions, Arc::new(spec), ledger)?;
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
    }

    fn new(input: LogicalPlan, expressions: Vec<Expr>, spec: Arc<Spec>, ledger: Arc<Ledger>) -> Result<Self> {
        let mut fields: Vec<_> = input.schema().iter().map(|(qualifier, field)| (qualifier.cloned(), field.clone())).collect();
        fields.extend(spec::added_fields(&spec).into_iter().map(|field| (None, Arc::new(field))));
        let schema = Arc::new(DFSchema::new_with_metadata(fields, input.schema().metadata().clone())?);
        Ok(Self { input, expressions, spec, ledger, schema })
    }
}

// Two nodes are the same if they judge the same input into the same ledger.
impl PartialEq for QualityNode {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.ledger, &other.ledger) && self.input == other.input && self.expressions == other.expressions
    }
}

impl Eq for QualityNode {}

impl PartialOrd for QualityNode {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl Hash for QualityNode {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.input.hash(state);
        self.expressions.hash(state);
    }
}

impl UserDefinedLogicalNodeCore for QualityNode {
    fn name(&self) -> &'static str {
        "Quality"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        self.expressions.clone()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Spec { rules, leaves, tallies, .. } = &*self.spec;
        write!(f, "Quality: rules={}, tests={}, aggregates={}", rules.len(), leaves.len(), tallies.len())
    }

    fn with_exprs_and_inputs(&self, expressions: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let [input] = <[_; 1]>::try_from(inputs).or_else(|inputs| exec_err!("one input expected, not {}", inputs.len()))?;
        Self::new(input, expressions, self.spec.clone(), self.ledger.clone())
    }
}

/// Makes the physical operator of the node.
#[derive(Debug)]
pub struct QualityPlanner;

#[async_trait]
impl ExtensionPlanner for QualityPlanner {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<QualityNode>() else { return Ok(None) };
        let ([logical], [input]) = (logical_inputs, physical_inputs) else { return exec_err!("the quality node has one input") };
        let expressions = node
            .expressions
            .iter()
            .map(|expression| planner.create_physical_expr(expression, logical.schema(), session, context))
            .collect::<Result<_>>()?;
        Ok(Some(Arc::new(QualityExec::new(input.clone(), expressions, node.spec.clone(), node.ledger.clone()))))
    }
}
