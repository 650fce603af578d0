//! The sources of a job as they are read in a run: their files, listed once, and the tables over them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

use crate::diag::Diagnostic;
use crate::ir::{Job, Kind, NodeId};
use crate::plan::{Purpose, wants_row_ids};
use crate::spec::job::Role;
use crate::stdlib::connector::{FileEntry, ScanOptions, ScanProgress};
use crate::stdlib::failure::fail;
use crate::world::World;

/// All sources of a job.
#[derive(Debug, Default)]
pub(super) struct Sources {
    by_node: BTreeMap<NodeId, Listed>,
    /// How many rows are read of each, if not all.
    first: Option<usize>,
}

/// A source whose files were listed.
#[derive(Debug)]
pub(super) struct Listed {
    /// The files, in reading order.
    pub(super) files: Vec<FileEntry>,
    /// What the main scan has read so far.
    pub(super) progress: Arc<ScanProgress>,
    schema: SchemaRef,
    row_ids: bool,
}

/// Lists the files of every source; an error for the first that has none.
pub(super) fn list(job: &Job, world: &dyn World, root: &Path) -> std::result::Result<Sources, Diagnostic> {
    let mut sources = Sources::default();
    for (id, node) in job.iter().filter(|(_, node)| node.role == Role::Source) {
        let (Some(Kind::Source(def)), Some(args)) = (node.kind, &node.args) else { continue };
        let (Some(source), Some(schema)) = (&def.source, node.outputs.first().and_then(|output| output.schema.clone())) else {
            continue;
        };
        let files = (source.files)(args, world, root)?;
        let progress: Arc<ScanProgress> = Arc::default();
        let total: u64 = files.iter().map(|file| file.size).sum();
        progress.bytes_total.store(total, std::sync::atomic::Ordering::Relaxed);
        let row_ids = wants_row_ids(job, id);
        sources.by_node.insert(id, Listed { files, progress, schema, row_ids });
    }
    Ok(sources)
}

impl Sources {
    /// A source of the job.
    pub(super) fn get(&self, node: NodeId) -> Option<&Listed> {
        self.by_node.get(&node)
    }

    /// From now on only the first `rows` rows of each are read.
    pub(super) fn first(&mut self, rows: usize) {
        self.first = Some(rows);
    }

    /// All of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (NodeId, &Listed)> {
        self.by_node.iter().map(|(id, listed)| (*id, listed))
    }

    /// The table over a source's files. Reading again is not counted as progress.
    pub(super) fn table(&self, job: &Job, node: NodeId, purpose: Purpose) -> Result<Arc<dyn TableProvider>> {
        let (Some(listed), Some(args)) = (self.get(node), &job.node(node).args) else {
            return internal_err!("source `{}` was not listed", job.node(node).name);
        };
        let Some(Kind::Source(def)) = job.node(node).kind else { return internal_err!("`{}` is no source", job.node(node).name) };
        let Some(source) = &def.source else { return internal_err!("`{}` cannot be read", def.name) };
        let progress = match purpose {
            Purpose::Main => Arc::clone(&listed.progress),
            Purpose::Again => Arc::default(),
        };
        let options = ScanOptions { row_ids: listed.row_ids, malformed: (source.malformed)(args), progress };
        let table = (source.scan)(args, &listed.files, Arc::clone(&listed.schema), &options).map_err(fail)?;
        Ok(match self.first {
            Some(rows) => Arc::new(Head { table, rows }),
            None => table,
        })
    }
}

/// The first rows of a table. Filters stay above it: they choose among these rows.
#[derive(Debug)]
struct Head {
    table: Arc<dyn TableProvider>,
    rows: usize,
}

#[async_trait]
impl TableProvider for Head {
    fn schema(&self) -> SchemaRef {
        self.table.schema()
    }

    fn table_type(&self) -> TableType {
        self.table.table_type()
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = limit.map_or(self.rows, |limit| limit.min(self.rows));
        let mut plan = self.table.scan(state, projection, &[], Some(rows)).await?;
        if plan.output_partitioning().partition_count() > 1 {
            plan = Arc::new(CoalescePartitionsExec::new(plan));
        }
        Ok(Arc::new(GlobalLimitExec::new(plan, 0, Some(rows))))
    }
}
