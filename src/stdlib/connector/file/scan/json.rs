//! JSON lines to batches.
//!
//! Whole chunks are decoded at once. Where that fails, the lines are halved until the bad ones are alone; only then is it
//! asked what is wrong with them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, new_null_array};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::json::ReaderBuilder;
use datafusion::arrow::json::reader::Decoder;
use datafusion::error::Result;
use memchr::memchr;
use serde_json::Value;

use super::batch::Frame;
use super::cursor::Chunk;
use super::fault::{BadRecord, excerpt};
use super::work::Worker;
use crate::stdlib::types::type_name;

/// The batches of one partition.
pub(super) struct JsonBatches {
    worker: Worker,
    frame: Frame,
    batch_size: usize,
    /// The columns that are read, and their schema.
    columns: Vec<usize>,
    schema: SchemaRef,
    decoder: Option<Decoder>,
    chunk: Chunk,
    at: usize,
}

/// A line that is not blank.
struct Line {
    /// Its bytes in the chunk.
    range: Range<usize>,
    /// Its number in the file.
    number: u64,
}

/// What lines turned out to be.
enum Part {
    Rows(RecordBatch),
    Bad(usize),
}

impl JsonBatches {
    pub(super) fn new(worker: Worker, frame: Frame, batch_size: usize) -> Self {
        let columns = frame.needed();
        let fields: Vec<_> = columns.iter().map(|index| Arc::clone(&frame.scan.columns[*index].field)).collect();
        let schema = Arc::new(Schema::new(fields));
        Self { worker, frame, batch_size, columns, schema, decoder: None, chunk: Chunk::default(), at: 0 }
    }

    /// The next batch; `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if self.at >= self.chunk.text.len() {
                let Some(chunk) = self.worker.next(&mut self.chunk.text)? else {
                    self.chunk = Chunk::default();
                    self.at = 0;
                    return Ok(None);
                };
                self.chunk = chunk;
                self.at = 0;
            }
            let lines = self.lines();
            if lines.is_empty() {
                continue;
            }
            if let Some(batch) = self.batch(&lines)? {
                return Ok(Some(batch));
            }
        }
    }

    /// The next lines of the chunk, as many as a batch holds.
    fn lines(&mut self) -> Vec<Line> {
        let text = &self.chunk.text;
        let mut lines = Vec::new();
        while self.at < text.len() && lines.len() < self.batch_size {
            let end = memchr(b'\n', &text[self.at..]).map_or(text.len(), |end| self.at + end + 1);
            if !text[self.at..end].trim_ascii().is_empty() {
                lines.push(Line { range: self.at..end, number: self.chunk.row });
            }
            self.chunk.row += 1;
            self.at = end;
        }
        lines
    }

    fn batch(&mut self, lines: &[Line]) -> Result<Option<RecordBatch>> {
        let mut parts = Vec::new();
        if !self.columns.is_empty() {
            self.decode(lines, 0, &mut parts)?;
        }
        self.frame.extend(self.chunk.file, lines.iter().map(|line| line.number), lines.len());
        for part in &parts {
            if let Part::Bad(number) = part {
                let line = &lines[*number];
                let text = &self.chunk.text[line.range.clone()];
                let (column, reason) = diagnose(text, &self.schema);
                let bad = BadRecord {
                    file: self.chunk.file,
                    row: line.number,
                    line: line.number,
                    byte_offset: self.chunk.offset + line.range.start as u64,
                    column,
                    reason,
                    raw: String::from_utf8_lossy(text).trim_end_matches(['\n', '\r']).to_owned(),
                };
                self.frame.malformed(*number, bad)?;
            }
        }
        let mut columns: BTreeMap<usize, ArrayRef> = BTreeMap::new();
        for (at, index) in self.columns.iter().enumerate() {
            let arrays: Vec<ArrayRef> = parts
                .iter()
                .map(|part| match part {
                    Part::Rows(batch) => Arc::clone(batch.column(at)),
                    Part::Bad(_) => new_null_array(self.schema.field(at).data_type(), 1),
                })
                .collect();
            let array = match &arrays[..] {
                [only] => Arc::clone(only),
                several => concat(&several.iter().map(AsRef::as_ref).collect::<Vec<_>>())?,
            };
            columns.insert(*index, array);
        }
        self.frame.seal(columns)
    }

    /// Decodes lines; `first` is the number of the first in its batch.
    fn decode(&mut self, lines: &[Line], first: usize, parts: &mut Vec<Part>) -> Result<()> {
        let (Some(start), Some(end)) = (lines.first(), lines.last()) else { return Ok(()) };
        let mut decoder = match self.decoder.take() {
            Some(decoder) => decoder,
            None => decoder(&self.schema, self.batch_size)?,
        };
        let text = &self.chunk.text[start.range.start..end.range.end];
        if let Some(batch) = decode(&mut decoder, text).filter(|batch| batch.num_rows() == lines.len()) {
            self.decoder = Some(decoder);
            parts.push(Part::Rows(batch));
            return Ok(());
        }
        // A decoder that failed is in no known state: the next call makes a new one.
        if lines.len() == 1 {
            parts.push(Part::Bad(first));
            return Ok(());
        }
        let (left, right) = lines.split_at(lines.len() / 2);
        self.decode(left, first, parts)?;
        self.decode(right, first + left.len(), parts)
    }
}

fn decoder(schema: &SchemaRef, batch_size: usize) -> Result<Decoder> {
    Ok(ReaderBuilder::new(Arc::clone(schema)).with_batch_size(batch_size).with_coerce_primitive(true).build_decoder()?)
}

/// All rows of a text; `None` if it is not JSON or does not fit, or holds more rows than a batch.
fn decode(decoder: &mut Decoder, text: &[u8]) -> Option<RecordBatch> {
    let read = decoder.decode(text).ok()?;
    let batch = decoder.flush().ok()??;
    text[read..].trim_ascii().is_empty().then_some(batch)
}

/// What is wrong with a line that could not be decoded, and with which column.
fn diagnose(line: &[u8], schema: &SchemaRef) -> (Option<String>, String) {
    let text = match std::str::from_utf8(line) {
        Ok(text) => text.trim_end(),
        Err(error) => return (None, format!("byte {} of the line is no UTF-8", error.valid_up_to() + 1)),
    };
    let value: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => {
            return (None, format!("no JSON object at column {}: {}", error.column(), words(&error)));
        }
    };
    let Value::Object(object) = &value else {
        let kind = match value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        };
        return (None, format!("{kind}, where an object is expected"));
    };
    for field in schema.fields() {
        let value = object.get(field.name()).unwrap_or(&Value::Null);
        if value.is_null() && !field.is_nullable() {
            return (Some(field.name().clone()), format!("`{}` is NULL, but declared `nullable: false`", field.name()));
        }
        if !fits(value, field) {
            let shown = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
            let reason = format!("`{}` in `{}` is no {}", excerpt(&shown), field.name(), type_name(field.data_type()));
            return (Some(field.name().clone()), reason);
        }
    }
    (None, "it does not fit the columns".to_owned())
}

/// What the parser says of a text, without the place: it has seen one line only.
pub(crate) fn words(error: &serde_json::Error) -> String {
    let words = error.to_string();
    words.split(" at line ").next().unwrap_or(&words).to_owned()
}

/// Whether a value can be decoded as a column's.
pub(crate) fn fits(value: &Value, field: &Arc<Field>) -> bool {
    let schema = Arc::new(Schema::new(vec![Arc::clone(field)]));
    let line = Value::Object([(field.name().clone(), value.clone())].into_iter().collect());
    let nested = matches!(field.data_type(), DataType::Struct(_) | DataType::List(_) | DataType::Map(..));
    if !nested && (value.is_object() || value.is_array()) {
        return false;
    }
    decoder(&schema, 1).is_ok_and(|mut decoder| decode(&mut decoder, line.to_string().as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_said_of_the_column() {
        let schema = Arc::new(Schema::new(vec![
            Field::new("id", DataType::Int64, false),
            Field::new("tags", DataType::List(Arc::new(Field::new_list_field(DataType::Utf8View, true))), true),
            Field::new("name", DataType::Utf8View, true),
        ]));
        for (line, column, reason) in [
            ("{\"id\": ", None, "no JSON object at column 6: EOF while parsing a value"),
            ("{\"id\": 1} {\"id\": 2}", None, "no JSON object at column 11: trailing characters"),
            ("[1]", None, "a list, where an object is expected"),
            ("{\"name\": \"x\"}", Some("id"), "`id` is NULL, but declared `nullable: false`"),
            ("{\"id\": \"x\"}", Some("id"), "`x` in `id` is no bigint"),
            ("{\"id\": 1, \"tags\": \"x\"}", Some("tags"), "`x` in `tags` is no array<string>"),
            ("{\"id\": 1, \"name\": {\"a\": 1}}", Some("name"), "`{\"a\":1}` in `name` is no string"),
        ] {
            assert_eq!(diagnose(line.as_bytes(), &schema), (column.map(ToOwned::to_owned), reason.to_owned()), "{line}");
        }
    }
}
