//! The files of a data set as one table of the engine; the folders of the form `key=value` on their way are columns.

use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use object_store::ObjectMeta;

use crate::stdlib::connector::FileEntry;

/// The table.
#[derive(Debug)]
pub(super) struct Folder {
    format: Arc<dyn FileFormat>,
    files: Vec<(ObjectMeta, Vec<ScalarValue>)>,
    table: TableSchema,
}

impl Folder {
    /// The table of files that have one format; their columns are those that they have together, if they are not `known`.
    pub(super) async fn new(
        state: &dyn Session,
        format: Arc<dyn FileFormat>,
        entries: &[FileEntry],
        known: Option<Schema>,
    ) -> Result<Self> {
        let objects = entries.iter().map(|entry| object(&entry.path)).collect::<io::Result<Vec<_>>>();
        let objects = objects.map_err(DataFusionError::IoError)?;
        let store = state.runtime_env().object_store(ObjectStoreUrl::local_filesystem())?;
        let schema = match known {
            Some(known) => Arc::new(known),
            None => format.infer_schema(state, &store, &objects).await?,
        };
        let mut keys: Vec<&str> = Vec::new();
        for (key, _) in entries.iter().flat_map(|entry| &entry.partition_values) {
            // What the files say of themselves goes before what their folders are called.
            if !keys.contains(&key.as_str()) && schema.field_with_name(key).is_err() {
                keys.push(key);
            }
        }
        let value = |entry: &FileEntry, key: &&str| {
            let found = entry.partition_values.iter().find(|(known, _)| known == key);
            ScalarValue::Utf8View(found.and_then(|(_, value)| value.clone()))
        };
        let values = |entry: &FileEntry| keys.iter().map(|key| value(entry, key)).collect();
        let files = objects.into_iter().zip(entries).map(|(object, entry)| (object, values(entry))).collect();
        let column = |key: &&str| -> FieldRef { Arc::new(Field::new(*key, DataType::Utf8View, true)) };
        let columns: Vec<FieldRef> = keys.iter().map(column).collect();
        let nullable = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true));
        let schema = Arc::new(Schema::new_with_metadata(nullable.collect::<Vec<_>>(), schema.metadata().clone()));
        Ok(Self { format, files, table: TableSchema::builder(schema).with_table_partition_cols(columns).build() })
    }

    /// What the footers say of all files together.
    async fn statistics(&self, state: &dyn Session) -> Result<Statistics> {
        let store = state.runtime_env().object_store(ObjectStoreUrl::local_filesystem())?;
        let schema = self.table.file_schema();
        let mut all = Vec::with_capacity(self.files.len());
        for (object, _) in &self.files {
            all.push(self.format.infer_stats(state, &store, Arc::clone(schema), object).await?);
        }
        let mut all = Statistics::try_merge_iter(all.iter(), schema).unwrap_or_else(|_| Statistics::new_unknown(schema));
        all.column_statistics.resize_with(self.table.table_schema().fields().len(), ColumnStatistics::new_unknown);
        // Never exact: an answer taken from footers alone would leave the files unread.
        Ok(all.to_inexact())
    }
}

/// A column that two files have with types that do not go together.
#[derive(Debug)]
pub(super) struct Difference {
    /// Its name.
    pub(super) column: String,
    /// A file and the type there.
    pub(super) one: (String, DataType),
    /// The first file with another one.
    pub(super) other: (String, DataType),
}

/// Why the columns of some files cannot be put together, if each of them can be read.
pub(super) async fn different(state: &dyn Session, format: &dyn FileFormat, entries: &[FileEntry]) -> Option<Difference> {
    let store = state.runtime_env().object_store(ObjectStoreUrl::local_filesystem()).ok()?;
    let mut known: Vec<(FieldRef, &FileEntry)> = Vec::new();
    for entry in entries {
        let object = object(&entry.path).ok()?;
        let schema = format.infer_schema(state, &store, &[object]).await.ok()?;
        for field in schema.fields() {
            let Some((before, file)) = known.iter().find(|(known, _)| known.name() == field.name()) else {
                known.push((Arc::clone(field), entry));
                continue;
            };
            let together = Schema::try_merge([before, field].map(|field| Schema::new(vec![Arc::clone(field)])));
            if together.is_err() {
                let one = (file.shown.clone(), before.data_type().clone());
                let other = (entry.shown.clone(), field.data_type().clone());
                return Some(Difference { column: field.name().clone(), one, other });
            }
        }
    }
    None
}

#[async_trait]
impl TableProvider for Folder {
    fn schema(&self) -> SchemaRef {
        Arc::clone(self.table.table_schema())
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Filters leave out row groups that cannot match; the engine filters what is left.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let file = |(object, values): &(ObjectMeta, Vec<ScalarValue>)| {
            PartitionedFile::new_from_meta(object.clone()).with_partition_values(values.clone())
        };
        let files: Vec<PartitionedFile> = self.files.iter().map(file).collect();
        let source = self.format.file_source(self.table.clone());
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), source)
            .with_file_groups(FileGroup::new(files).split_files(state.config().target_partitions()))
            .with_statistics(self.statistics(state).await?)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        self.format.create_physical_plan(state, config).await
    }
}

/// A file as the engine's object store knows it.
fn object(path: &Path) -> io::Result<ObjectMeta> {
    let path = fs::canonicalize(path)?;
    let meta = fs::metadata(&path)?;
    Ok(ObjectMeta {
        location: object_store::path::Path::from_absolute_path(&path).map_err(io::Error::other)?,
        last_modified: meta.modified()?.into(),
        size: meta.len(),
        e_tag: None,
        version: None,
    })
}
