//! Values of rows as people read them in messages: short, bytes as hex, nested values as JSON.

use std::fmt::Write as _;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StringArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::arrow::json::LineDelimitedWriter;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::Result;

/// How many characters of a value are shown.
const MOST: usize = 200;

/// Every value as text; null stays null.
pub(super) fn texts(values: &ArrayRef) -> Result<StringArray> {
    Ok(match values.data_type() {
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => {
            let bytes = cast(values, &DataType::Binary)?;
            bytes.as_binary::<i32>().iter().map(|bytes| bytes.map(hex)).collect()
        }
        nested if nested.is_nested() => match json(values) {
            Ok(texts) => texts,
            // A map whose keys are no strings has no JSON.
            Err(_) => formatted(values)?,
        },
        _ => match cast(values, &DataType::Utf8) {
            Ok(texts) => texts.as_string::<i32>().clone(),
            Err(_) => formatted(values)?,
        },
    })
}

/// The beginning of a long text.
pub(super) fn cut(mut text: String) -> String {
    if let Some((at, _)) = text.char_indices().nth(MOST) {
        text.truncate(at);
        text.push('…');
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    // What lies beyond is cut off anyway.
    let shown = &bytes[..bytes.len().min(MOST)];
    let mut text = String::from("0x");
    for byte in shown {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

fn json(values: &ArrayRef) -> Result<StringArray> {
    let schema = Arc::new(Schema::new(vec![Field::new("v", values.data_type().clone(), true)]));
    let mut lines = Vec::new();
    LineDelimitedWriter::new(&mut lines).write(&RecordBatch::try_new(schema, vec![Arc::clone(values)])?)?;
    let text = String::from_utf8_lossy(&lines);
    // `{"v":…}`; a null is left out by the writer.
    let value = |line: &str| line.strip_prefix("{\"v\":").and_then(|rest| rest.strip_suffix('}')).map(str::to_owned);
    Ok(text.lines().map(value).collect())
}

fn formatted(values: &ArrayRef) -> Result<StringArray> {
    let formatter = ArrayFormatter::try_new(values.as_ref(), &FormatOptions::default())?;
    Ok((0..values.len()).map(|row| values.is_valid(row).then(|| formatter.value(row).to_string())).collect())
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{BinaryArray, Int64Array, ListArray, StructArray};
    use datafusion::arrow::datatypes::Int64Type;

    use super::*;

    fn shown(values: ArrayRef) -> Vec<Option<String>> {
        texts(&values).unwrap().iter().map(|text| text.map(|text| cut(text.to_owned()))).collect()
    }

    #[test]
    fn bytes_are_hex() {
        let values = BinaryArray::from_opt_vec(vec![Some(&[0, 255, 16]), None, Some(b"")]);
        assert_eq!(shown(Arc::new(values)), [Some("0x00ff10".to_owned()), None, Some("0x".to_owned())]);
    }

    #[test]
    fn nested_values_are_json() {
        let lists = ListArray::from_iter_primitive::<Int64Type, _, _>(vec![Some(vec![Some(1), None]), None, Some(vec![])]);
        assert_eq!(shown(Arc::new(lists)), [Some("[1,null]".to_owned()), None, Some("[]".to_owned())]);
        let field = Arc::new(Field::new("a", DataType::Int64, true));
        let values = StructArray::from(vec![(field, Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef)]);
        assert_eq!(shown(Arc::new(values)), [Some("{\"a\":1}".to_owned()), Some("{}".to_owned())]);
    }

    #[test]
    fn long_values_are_cut_between_characters() {
        let long = "ä".repeat(1000);
        let values = StringArray::from(vec![Some(long.as_str()), Some("short")]);
        assert_eq!(shown(Arc::new(values)), [Some("ä".repeat(MOST) + "…"), Some("short".to_owned())]);
        let bytes = vec![1_u8; 10_000];
        assert_eq!(shown(Arc::new(BinaryArray::from(vec![bytes.as_slice()])))[0].as_ref().unwrap().chars().count(), MOST + 1);
    }
}
