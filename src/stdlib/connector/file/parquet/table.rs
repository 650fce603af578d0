//! Parquet files as a table of the engine.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::config::TableParquetOptions;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, DFSchema, ScalarValue, Statistics};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::CachedParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown, TableType};
use datafusion::parquet::arrow::RowNumber;
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use object_store::ObjectMeta;

use super::autopsy;
use super::exec::{Input, ParquetScanExec};
use crate::diag::suggest;
use crate::stdlib::connector::file::scan::fault;
use crate::stdlib::connector::file::scan::plan::{Output, Scan};
use crate::stdlib::failure::fail;

/// The column with a file's place in the listing, behind the partition columns.
const FILE: &str = "__gc_file";

/// The column with a row's number in its file, which the reader makes up.
const NUMBER: &str = "__gc_number";

/// The table that `scan` reads.
pub(crate) fn table(scan: Scan) -> Arc<dyn TableProvider> {
    Arc::new(ParquetTable { scan: Arc::new(scan) })
}

#[derive(Debug)]
struct ParquetTable {
    scan: Arc<Scan>,
}

#[async_trait]
impl TableProvider for ParquetTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.scan.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Filters leave out row groups that cannot match; the engine filters what is left.
    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let visible = |name: &str| self.scan.columns.iter().any(|column| column.field.name() == name);
        let usable = |filter: &&Expr| filter.column_refs().iter().all(|column| visible(&column.name));
        let answer =
            |filter| if usable(filter) { TableProviderFilterPushDown::Inexact } else { TableProviderFilterPushDown::Unsupported };
        Ok(filters.iter().map(answer).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let scan = &self.scan;
        let projection = projection.cloned().unwrap_or_else(|| (0..scan.schema.fields().len()).collect());
        let layout = Layout::new(scan);
        let (files, statistics) = self.files(state, &layout).await.map_err(|error| autopsy::explain(scan, error))?;

        let mut options =
            TableParquetOptions { global: state.config_options().execution.parquet.clone(), ..TableParquetOptions::default() };
        options.global.coerce_int96 = Some("us".to_owned());
        let store = state.runtime_env().object_store(ObjectStoreUrl::local_filesystem())?;
        let cache = state.runtime_env().cache_manager.get_file_metadata_cache();
        let readers = Arc::new(CachedParquetFileReaderFactory::new(store, cache));
        let mut source = ParquetSource::new(layout.table.clone())
            .with_table_parquet_options(options)
            .with_parquet_file_reader_factory(readers);
        if let Some(filter) = conjunction(filters.to_vec()) {
            let schema = DFSchema::try_from(Arc::clone(layout.table.table_schema()))?;
            source = source.with_predicate(state.create_physical_expr(filter, &schema)?);
        }

        let outputs: Vec<_> = projection.iter().map(|index| scan.output(*index)).collect();
        let (input, columns) = layout.input(scan, &outputs);
        let partitions = state.config().target_partitions();
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
            .with_file_groups(FileGroup::new(files).split_files(partitions))
            .with_statistics(statistics.clone())
            .with_projection_indices(Some(columns))?
            .with_limit(limit)
            .build();
        let mut plan: Arc<dyn ExecutionPlan> = DataSourceExec::from_data_source(config);
        if plan.output_partitioning().partition_count() < partitions
            && let Some(split) = plan.repartitioned(partitions, state.config_options())?
        {
            plan = split;
        }
        let rows = statistics.num_rows.get_value().copied().unwrap_or_default();
        Ok(Arc::new(ParquetScanExec::new(Arc::clone(scan), plan, outputs, input, rows)?))
    }
}

impl ParquetTable {
    /// The files with their partition values, and what their footers say of all of them together.
    async fn files(&self, state: &dyn Session, layout: &Layout) -> Result<(Vec<PartitionedFile>, Statistics)> {
        let scan = &self.scan;
        let store = state.runtime_env().object_store(ObjectStoreUrl::local_filesystem())?;
        let cache = state.runtime_env().cache_manager.get_file_metadata_cache();
        let file_schema = layout.table.file_schema();
        let mut files = Vec::with_capacity(scan.files.len());
        let mut statistics = Vec::with_capacity(scan.files.len());
        let mut seen = Vec::new();
        for (index, entry) in scan.files.iter().enumerate() {
            let unreadable = |error| fault::unreadable(&entry.shown, scan.place, &error);
            let meta = object(&entry.path).map_err(unreadable)?;
            let footer =
                DFParquetMetadata::new(&store, &meta).with_file_metadata_cache(Some(Arc::clone(&cache))).fetch_metadata().await?;
            for column in footer.file_metadata().schema_descr().root_schema().get_fields() {
                if !seen.iter().any(|name| name == column.name()) {
                    seen.push(column.name().to_owned());
                }
            }
            statistics.push(summary(&footer, file_schema));
            let mut values = layout.folder_values(scan, index);
            values.push(ScalarValue::UInt64(Some(index as u64)));
            files.push(PartitionedFile::new_from_meta(meta).with_partition_values(values));
        }
        // A column that one file lacks is NULL there; one that all lack is misspelt.
        let missing: Vec<_> =
            file_schema.fields().iter().map(|f| f.name().as_str()).filter(|name| !seen.iter().any(|s| s == name)).collect();
        if !missing.is_empty() {
            let there = if let [only] = &scan.files[..] { format!("`{}`", only.shown) } else { "any of the files".to_owned() };
            let names = suggest::list(seen.iter().map(String::as_str), 20);
            return Err(fail(
                fault::missing_columns(&there, scan.place, &missing, &seen).note(format!("the columns there: {names}")),
            ));
        }
        let mut all =
            Statistics::try_merge_iter(statistics.iter(), file_schema).unwrap_or_else(|_| Statistics::new_unknown(file_schema));
        all.column_statistics.resize_with(layout.table.table_schema().fields().len(), ColumnStatistics::new_unknown);
        // Never exact: an answer taken from footers alone would leave the files unread, and the rows uncounted.
        Ok((files, all.to_inexact()))
    }
}

/// What a footer says of its file.
fn summary(footer: &ParquetMetaData, file_schema: &SchemaRef) -> Statistics {
    DFParquetMetadata::statistics_from_parquet_metadata(footer, file_schema).unwrap_or_else(|_| {
        let rows = usize::try_from(footer.file_metadata().num_rows()).unwrap_or(usize::MAX);
        Statistics { num_rows: Precision::Inexact(rows), ..Statistics::new_unknown(file_schema) }
    })
}

/// A file as the engine's object store knows it.
fn object(path: &Path) -> std::io::Result<ObjectMeta> {
    let path = fs::canonicalize(path)?;
    let meta = fs::metadata(&path)?;
    // Footers, unlike data, are read through the store: say so here if that is not allowed.
    drop(fs::File::open(&path)?);
    Ok(ObjectMeta {
        location: object_store::path::Path::from_absolute_path(&path).map_err(std::io::Error::other)?,
        last_modified: meta.modified()?.into(),
        size: meta.len(),
        e_tag: None,
        version: None,
    })
}

/// Where the columns of the scan are in the engine's table: first those of the files, then those of folders, the file's
/// number, the row's number.
struct Layout {
    table: TableSchema,
    /// Indexes into [`Scan::columns`].
    in_files: Vec<usize>,
    in_folders: Vec<usize>,
}

impl Layout {
    fn new(scan: &Scan) -> Self {
        let in_files: Vec<_> = scan.in_files().collect();
        let in_folders: Vec<_> = (0..scan.columns.len()).filter(|index| scan.columns[*index].from_folder).collect();
        // What the files hold may be NULL, whatever is declared: the declaration is checked on what was read.
        let nullable = |index: &usize| Arc::new(scan.columns[*index].field.as_ref().clone().with_nullable(true));
        let mut folders: Vec<FieldRef> = in_folders.iter().map(nullable).collect();
        folders.push(Arc::new(Field::new(FILE, DataType::UInt64, false)));
        let number: FieldRef = Arc::new(Field::new(NUMBER, DataType::Int64, false).with_extension_type(RowNumber));
        let table = TableSchema::builder(Arc::new(Schema::new(in_files.iter().map(nullable).collect::<Vec<_>>())))
            .with_table_partition_cols(folders)
            .with_virtual_columns(vec![number])
            .build();
        Self { table, in_files, in_folders }
    }

    /// The engine's columns that the outputs need, and where each of them will be.
    fn input(&self, scan: &Scan, outputs: &[Output]) -> (Input, Vec<usize>) {
        let mut columns = Vec::new();
        let mut take = |index: usize| {
            columns.iter().position(|column| *column == index).unwrap_or_else(|| {
                columns.push(index);
                columns.len() - 1
            })
        };
        let mut positions = Vec::with_capacity(outputs.len());
        let mut places = false;
        for output in outputs {
            positions.push(match output {
                Output::Column(index) => {
                    places |= !scan.columns[*index].field.is_nullable();
                    let file = self.in_files.iter().position(|column| column == index);
                    let folder = || self.in_folders.iter().position(|column| column == index).map(|at| at + self.in_files.len());
                    file.or_else(folder).map(&mut take)
                }
                Output::Row => {
                    places = true;
                    None
                }
                Output::Malformed => None,
            });
        }
        let last = self.table.table_schema().fields().len() - 1;
        let place = places.then(|| (take(last - 1), take(last)));
        (Input { positions, place }, columns)
    }

    /// The values of the partition columns of a file.
    fn folder_values(&self, scan: &Scan, file: usize) -> Vec<ScalarValue> {
        let value = |index: &usize| {
            let field = &scan.columns[*index].field;
            let found = scan.files[file].partition_values.iter().find(|(key, _)| key == field.name());
            let text = found.and_then(|(_, value)| value.clone());
            let null = ScalarValue::try_from(field.data_type()).unwrap_or(ScalarValue::Null);
            // That the value is of the type was checked when the scan was made.
            text.and_then(|text| ScalarValue::Utf8(Some(text)).cast_to(field.data_type()).ok()).unwrap_or(null)
        };
        self.in_folders.iter().map(value).collect()
    }
}
