//! CSV: values as text, quoted where a reader needs it.
//!
//! Not arrow's writer, because that one writes NULL and the empty string alike: here a value that would read as NULL is quoted.

use std::io::{self, Write};

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

use super::compress::Encoder;
use crate::stdlib::connector::file::sink::settings::CsvOptions;

/// Writes records, after a header if one is wanted.
pub(super) struct CsvWriter {
    encoder: Encoder,
    options: CsvOptions,
    /// The text of a value, and of a batch: kept for their memory.
    value: String,
    text: Vec<u8>,
}

impl CsvWriter {
    pub(super) fn new(encoder: Encoder, schema: &SchemaRef, options: &CsvOptions) -> Result<Self, ArrowError> {
        let mut writer = Self { encoder, options: options.clone(), value: String::new(), text: Vec::new() };
        if options.header {
            for (at, field) in schema.fields().iter().enumerate() {
                writer.separate(at);
                push_value(&mut writer.text, field.name(), options);
            }
            writer.text.push(b'\n');
            writer.flush()?;
        }
        Ok(writer)
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), ArrowError> {
        let format = FormatOptions::new().with_display_error(false);
        let columns: Vec<_> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &format)).collect::<Result<_, _>>()?;
        for row in 0..batch.num_rows() {
            for (at, (column, formatter)) in batch.columns().iter().zip(&columns).enumerate() {
                self.separate(at);
                if column.is_null(row) {
                    // Readers skip blank lines: a lone NULL must not become one.
                    let blank = columns.len() == 1 && self.options.null_value.is_empty();
                    let null = if blank { &[self.options.quote; 2] } else { self.options.null_value.as_bytes() };
                    self.text.extend_from_slice(null);
                    continue;
                }
                self.value.clear();
                formatter.value(row).write(&mut self.value)?;
                push_value(&mut self.text, &self.value, &self.options);
            }
            self.text.push(b'\n');
        }
        self.flush()
    }

    /// Bytes that wait to be written to the file.
    pub(super) fn waiting(&self) -> usize {
        self.encoder.waiting()
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.encoder.finish()
    }

    fn separate(&mut self, at: usize) {
        if at > 0 {
            self.text.push(self.options.delimiter);
        }
    }

    fn flush(&mut self) -> Result<(), ArrowError> {
        let written = self.encoder.write_all(&self.text);
        self.text.clear();
        written.map_err(|error| ArrowError::IoError(error.to_string(), error))
    }
}

/// Adds a value, in quotes if it holds a character that ends values, or if it would be taken for NULL.
fn push_value(text: &mut Vec<u8>, value: &str, options: &CsvOptions) {
    let special = |byte: u8| {
        byte == options.delimiter || byte == options.quote || Some(byte) == options.escape || matches!(byte, b'\n' | b'\r')
    };
    let quoted = value.is_empty() || value == options.null_value || value.bytes().any(special);
    if !quoted {
        text.extend_from_slice(value.as_bytes());
        return;
    }
    text.push(options.quote);
    for byte in value.bytes() {
        match options.escape {
            Some(escape) if byte == escape || byte == options.quote => text.extend_from_slice(&[escape, byte]),
            None if byte == options.quote => text.extend_from_slice(&[byte, byte]),
            _ => text.push(byte),
        }
    }
    text.push(options.quote);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_where_it_matters() {
        let plain = CsvOptions::default();
        let odd = CsvOptions { delimiter: b';', quote: b'\'', escape: Some(b'\\'), null_value: "NA".into(), header: true };
        let check = |value: &str, options: &CsvOptions, expected: &str| {
            let mut text = Vec::new();
            push_value(&mut text, value, options);
            assert_eq!(String::from_utf8(text).unwrap(), expected);
        };
        check("a b", &plain, "a b");
        check("", &plain, "\"\"");
        check("a,b", &plain, "\"a,b\"");
        check("say \"hi\"", &plain, "\"say \"\"hi\"\"\"");
        check("two\nlines", &plain, "\"two\nlines\"");
        check("NA", &plain, "NA");
        check("NA", &odd, "'NA'");
        check("a;b", &odd, "'a;b'");
        check("it's \\", &odd, "'it\\'s \\\\'");
        check("a,b", &odd, "a,b");
    }
}
