//! Text files as a table of the engine.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::exec::TextScanExec;
use super::plan::Scan;

/// The table that `scan` reads.
pub(crate) fn table(scan: Scan) -> Arc<dyn TableProvider> {
    Arc::new(TextTable { scan: Arc::new(scan) })
}

#[derive(Debug)]
struct TextTable {
    scan: Arc<Scan>,
}

#[async_trait]
impl TableProvider for TextTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.scan.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let projection = projection.cloned().unwrap_or_else(|| (0..self.scan.schema.fields().len()).collect());
        let partitions = state.config().target_partitions();
        Ok(Arc::new(TextScanExec::new(Arc::clone(&self.scan), projection, limit, partitions)?))
    }
}
