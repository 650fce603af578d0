//! Writes sinks into real folders, and reads them back with the engine's own readers.

mod checks;
mod failures;
mod formats;
mod modes;
mod rows;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray, TimestampNanosecondArray, UInt64Array};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::publish::data_files;
use super::{PartitionWriter, SinkWriter, Written, discard, settings};
use crate::source::{FileId, Span, Text};
use crate::spec::param::{Arg, Args, Presence, Value};
use crate::stdlib::failure::RunFailure;

/// Settings as decoding would give them; words separated by `,` in `partition_keys` are a list.
fn args(written: &[(&'static str, &str)]) -> Args {
    let span = Span::file_start(FileId(0));
    let arg = |value, written| Arg { value, span, key: span, written };
    let text = |text: &str| Value::Text(Text::new(text, span));
    let entries = settings::PARAMS.iter().filter_map(|param| {
        if let Some((_, value)) = written.iter().find(|(name, _)| *name == param.name) {
            let value = match param.name {
                "partition_keys" => Value::List(value.split(',').map(|key| arg(text(key), true)).collect()),
                "target_file_size" => Value::Size(value.parse().unwrap()),
                "max_rows_per_file" => Value::Int(value.parse().unwrap()),
                "format_options" => Value::Record(Args {
                    entries: value
                        .split(' ')
                        .map(|pair| pair.split_once('=').unwrap())
                        .map(|(k, v)| (option_name(k), arg(text(v), true)))
                        .collect(),
                    span,
                    misfits: Vec::new(),
                }),
                _ => text(value),
            };
            return Some((param.name, arg(value, true)));
        }
        match param.presence {
            Presence::Default(value) => Some((param.name, arg(text(value), false))),
            Presence::Required | Presence::Optional => None,
        }
    });
    Args { entries: entries.collect(), span, misfits: Vec::new() }
}

fn option_name(name: &str) -> &'static str {
    ["delimiter", "quote", "escape", "null_value"].into_iter().find(|known| *known == name).unwrap()
}

fn orders() -> RecordBatch {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("id", Arc::new(Int64Array::from(vec![1, 2, 3, 4, 5]))),
        ("region", Arc::new(StringViewArray::from(vec![Some("eu"), Some("a/b c=%"), None, Some("eu"), Some("")]))),
        ("note", Arc::new(StringViewArray::from(vec![Some("x"), None, Some(""), Some("a \"q\", b\nc"), Some("NA")]))),
        (
            "at",
            Arc::new(TimestampNanosecondArray::from(vec![Some(1_704_067_200_123_456_789), None, Some(0), Some(-1000), Some(1)])),
        ),
        ("__gc_row", Arc::new(UInt64Array::from(vec![1, 2, 3, 4, 5]))),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

/// Writes each list of batches as a partition of the input, and publishes.
fn write(root: &Path, args: &Args, run: &str, partitions: &[Vec<RecordBatch>]) -> Result<Written, RunFailure> {
    write_by(root, args, run, partitions, PartitionWriter::write)
}

fn write_by(
    root: &Path,
    args: &Args,
    run: &str,
    partitions: &[Vec<RecordBatch>],
    one: fn(&mut PartitionWriter, &RecordBatch) -> Result<(), RunFailure>,
) -> Result<Written, RunFailure> {
    let schema = partitions[0].first().map_or_else(|| orders().schema(), RecordBatch::schema);
    let sink = SinkWriter::create("out", args, root, &schema, run)?;
    let mut written = Written::default();
    for (number, batches) in partitions.iter().enumerate() {
        let mut writer = sink.partition(number);
        batches.iter().try_for_each(|batch| one(&mut writer, batch))?;
        written.add(writer.close()?);
    }
    let plan = sink.prepare(written.clone())?;
    plan.roll_forward(&mut || Ok(())).unwrap();
    sink.committed();
    discard(&plan.folder.join(&plan.staging), 0);
    Ok(written)
}

fn names(root: &Path) -> Vec<String> {
    data_files(root).unwrap().into_iter().map(|file| file.name).collect()
}

fn code(result: Result<Written, RunFailure>) -> &'static str {
    result.map_or_else(|failure| failure.0.code.number, |_| "fine")
}

fn read(path: &Path) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(fs::File::open(path).unwrap()).unwrap().build().unwrap();
    reader.map(Result::unwrap).collect()
}
