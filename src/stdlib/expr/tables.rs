//! What the engine's planner of queries asks: the inputs are its tables, functions and settings are those of a session.
//!
//! A session of its own for each query would do too, and takes ten times as long as planning: it copies all functions.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::catalog::TableFunctionArgs;
use datafusion::common::config::ConfigOptions;
use datafusion::common::{DFSchema, Result, TableReference, plan_datafusion_err};
use datafusion::datasource::cte_worktable::CteWorkTable;
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::provider_as_source;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::planner::{ContextProvider, ExprPlanner, RelationPlanner};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{AggregateUDF, Expr, HigherOrderUDF, LogicalPlan, ScalarUDF, TableSource, WindowUDF};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;

use datafusion::sql::parser::Statement;
use datafusion::sql::planner::{ParserOptions, SqlToRel};

/// The plan of a statement over inputs, which stand in it as tables without rows. Of two inputs of one name the first counts.
pub(super) fn plan(engine: &SessionState, statement: Statement, inputs: &[(String, LogicalPlan)]) -> Result<LogicalPlan> {
    let options = ParserOptions::from(&engine.config().options().sql_parser);
    SqlToRel::new_with_options(&Tables { engine, inputs }, options).statement_to_plan(statement)
}

struct Tables<'a> {
    engine: &'a SessionState,
    inputs: &'a [(String, LogicalPlan)],
}

impl ContextProvider for Tables<'_> {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        let defaults = &self.engine.config().options().catalog;
        let name = name.resolve(&defaults.default_catalog, &defaults.default_schema);
        let is_ours = *name.catalog == *defaults.default_catalog && *name.schema == *defaults.default_schema;
        let input = self.inputs.iter().filter(|_| is_ours).find(|(own, _)| **own == *name.table);
        let (_, plan) = input.ok_or_else(|| plan_datafusion_err!("table '{name}' not found"))?;
        Ok(provider_as_source(Arc::new(EmptyTable::new(Arc::clone(plan.schema().inner())))))
    }

    fn get_table_function_source(&self, name: &str, args: Vec<Expr>) -> Result<Arc<dyn TableSource>> {
        let unknown = || plan_datafusion_err!("table function '{name}' not found");
        let function = self.engine.table_functions().get(name).ok_or_else(unknown)?;
        let context = SimplifyContext::builder().with_config_options(Arc::clone(self.engine.config_options())).build();
        let simplifier = ExprSimplifier::new(context);
        let none = DFSchema::empty();
        let plain = |arg| simplifier.coerce(arg, &none).and_then(|arg| simplifier.simplify(arg));
        let args = args.into_iter().map(plain).collect::<Result<Vec<_>>>()?;
        Ok(provider_as_source(function.create_table_provider_with_args(TableFunctionArgs::new(&args, self.engine))?))
    }

    fn create_cte_work_table(&self, name: &str, schema: SchemaRef) -> Result<Arc<dyn TableSource>> {
        Ok(provider_as_source(Arc::new(CteWorkTable::new(name, schema))))
    }

    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        self.engine.expr_planners()
    }

    fn get_relation_planners(&self) -> &[Arc<dyn RelationPlanner>] {
        self.engine.relation_planners()
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        self.engine.scalar_functions().get(name).cloned()
    }

    fn get_higher_order_meta(&self, name: &str) -> Option<Arc<HigherOrderUDF>> {
        self.engine.higher_order_functions().get(name).cloned()
    }

    fn get_aggregate_meta(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.engine.aggregate_functions().get(name).cloned()
    }

    fn get_window_meta(&self, name: &str) -> Option<Arc<WindowUDF>> {
        self.engine.window_functions().get(name).cloned()
    }

    /// There are no variables of the engine: `${…}` is filled in before.
    fn get_variable_type(&self, _: &[String]) -> Option<DataType> {
        None
    }

    fn options(&self) -> &ConfigOptions {
        self.engine.config_options()
    }

    fn udf_names(&self) -> Vec<String> {
        self.engine.scalar_functions().keys().cloned().collect()
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        self.engine.higher_order_functions().keys().cloned().collect()
    }

    fn udaf_names(&self) -> Vec<String> {
        self.engine.aggregate_functions().keys().cloned().collect()
    }

    fn udwf_names(&self) -> Vec<String> {
        self.engine.window_functions().keys().cloned().collect()
    }
}
