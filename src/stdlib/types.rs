//! The data type words of the language and the Arrow types behind them.

use datafusion::arrow::datatypes::{DataType, TimeUnit};

use crate::diag::{Diagnostic, Sink, codes};
use crate::source::Text;

/// Words for types without parameters; the first word of a type is the one that messages use.
const WORDS: &[(&str, DataType)] = &[
    ("string", DataType::Utf8View),
    ("boolean", DataType::Boolean),
    ("tinyint", DataType::Int8),
    ("smallint", DataType::Int16),
    ("int", DataType::Int32),
    ("bigint", DataType::Int64),
    ("float", DataType::Float32),
    ("double", DataType::Float64),
    ("date", DataType::Date32),
    ("timestamp", DataType::Timestamp(TimeUnit::Microsecond, None)),
    ("binary", DataType::BinaryView),
    // Other words for the same.
    ("varchar", DataType::Utf8View),
    ("char", DataType::Utf8View),
    ("bool", DataType::Boolean),
    ("byte", DataType::Int8),
    ("short", DataType::Int16),
    ("integer", DataType::Int32),
    ("long", DataType::Int64),
    ("real", DataType::Float32),
];

/// The type a word names (`bigint`, `decimal(10,2)`), or the reason why it names none, reported at the word.
pub fn data_type(text: &Text, sink: &mut Sink) -> Option<DataType> {
    if let Some(found) = parse(text.as_str()) {
        return Some(found);
    }
    let unknown = Diagnostic::new(&codes::expression::UNKNOWN_TYPE, text.span(), format!("unknown data type `{text}`"));
    let words = WORDS.iter().map(|(word, _)| *word);
    sink.push(
        unknown.suggest(text.span(), text.as_str(), words.chain(["decimal"])).note(
            "the types are string, boolean, tinyint, smallint, int, bigint, float, double, decimal(p,s), date and timestamp",
        ),
    );
    None
}

/// The type a word names, in any case.
pub fn parse(word: &str) -> Option<DataType> {
    let word = word.trim().to_ascii_lowercase();
    if let Some((_, found)) = WORDS.iter().find(|(known, _)| *known == word) {
        return Some(found.clone());
    }
    let rest = word.strip_prefix("decimal").or_else(|| word.strip_prefix("numeric"))?.trim();
    if rest.is_empty() {
        return Some(DataType::Decimal128(10, 0));
    }
    let inner = rest.strip_prefix('(')?.strip_suffix(')')?;
    let (precision, scale) = inner.split_once(',').unwrap_or((inner, "0"));
    let precision: u8 = precision.trim().parse().ok()?;
    let scale: i8 = scale.trim().parse().ok()?;
    let fits = (1..=38).contains(&precision) && scale >= 0 && u8::try_from(scale).is_ok_and(|scale| scale <= precision);
    fits.then_some(DataType::Decimal128(precision, scale))
}

/// The user's word for a type.
pub fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => "string".to_owned(),
        DataType::Binary | DataType::LargeBinary => "binary".to_owned(),
        DataType::Timestamp(_, _) => "timestamp".to_owned(),
        DataType::Date64 => "date".to_owned(),
        DataType::Decimal128(p, s) | DataType::Decimal256(p, s) => format!("decimal({p},{s})"),
        DataType::UInt8 => "smallint".to_owned(),
        DataType::UInt16 => "int".to_owned(),
        DataType::UInt32 | DataType::UInt64 => "bigint".to_owned(),
        DataType::Dictionary(_, value) => type_name(value),
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) => {
            format!("array<{}>", type_name(item.data_type()))
        }
        DataType::Struct(fields) => {
            let fields: Vec<_> =
                fields.iter().map(|field| format!("{}:{}", field.name(), type_name(field.data_type()))).collect();
            format!("struct<{}>", fields.join(","))
        }
        DataType::Null => "unknown".to_owned(),
        other => WORDS.iter().find(|(_, known)| known == other).map_or_else(|| other.to_string(), |(word, _)| (*word).to_owned()),
    }
}
