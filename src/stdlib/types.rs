//! The words for data types: from the user's word to Arrow's type, and back for messages.
//!
//! Scalar words are Glue's (`string`, `bigint`, `decimal(10,2)`, …), nested ones hive's (`array<bigint>`,
//! `struct<a:int,b:string>`, `map<string,int>`).

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields, TimeUnit};

use crate::diag::codes::expression::UNKNOWN_TYPE;
use crate::diag::suggest;
use crate::diag::{Diagnostic, Safety, Sink};
use crate::source::Text;

/// The words for scalar types, the first of each type being the one messages use.
///
/// Text is `Utf8View` (short strings are compared and hashed without following a pointer), time has microseconds and no
/// zone (what Spark and Glue read from Parquet).
static SCALARS: &[(&str, DataType)] = &[
    ("string", DataType::Utf8View),
    ("varchar", DataType::Utf8View),
    ("char", DataType::Utf8View),
    ("text", DataType::Utf8View),
    ("boolean", DataType::Boolean),
    ("bool", DataType::Boolean),
    ("tinyint", DataType::Int8),
    ("byte", DataType::Int8),
    ("smallint", DataType::Int16),
    ("short", DataType::Int16),
    ("int", DataType::Int32),
    ("integer", DataType::Int32),
    ("bigint", DataType::Int64),
    ("long", DataType::Int64),
    ("float", DataType::Float32),
    ("real", DataType::Float32),
    ("double", DataType::Float64),
    ("date", DataType::Date32),
    ("timestamp", TIMESTAMP),
    ("binary", DataType::BinaryView),
];

/// `timestamp`.
pub const TIMESTAMP: DataType = DataType::Timestamp(TimeUnit::Microsecond, None);

/// The words to suggest and to list.
pub static WORDS: &[&str] = &[
    "string",
    "boolean",
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "float",
    "double",
    "decimal",
    "date",
    "timestamp",
    "binary",
    "array",
    "struct",
    "map",
];

/// The type a user's word names; `None` if it names none (reported, with the nearest word).
pub fn data_type(text: &Text, sink: &mut Sink) -> Option<DataType> {
    match read(text.as_str()) {
        Ok(found) => Some(found),
        Err(fault) => {
            sink.push(describe(text, &fault));
            None
        }
    }
}

/// Why a type cannot be read, and where in its text.
#[derive(Debug, PartialEq, Eq)]
struct Fault {
    start: usize,
    end: usize,
    kind: FaultKind,
}

#[derive(Debug, PartialEq, Eq)]
enum FaultKind {
    /// `bigit`
    Unknown,
    /// `decimal(50,2)`, `decimal(x)`
    Decimal,
    /// `varchar(x)`
    Length,
    /// `array<bigint`
    Expected(&'static str),
}

fn describe(text: &Text, fault: &Fault) -> Diagnostic {
    let span = text.map.span(fault.start, fault.end);
    let word = &text.as_str()[fault.start..fault.end];
    match &fault.kind {
        FaultKind::Unknown => {
            let diagnostic =
                Diagnostic::new(&UNKNOWN_TYPE, span, format!("unknown data type `{word}`")).here("no type of that name");
            if let Some(known) = foreign(word) {
                return diagnostic.help(format!("the word for it is `{known}`")).fix(
                    format!("replace with `{known}`"),
                    span,
                    known,
                    Safety::Unsafe,
                );
            }
            if suggest::nearest(word, WORDS.iter().copied()).is_some() {
                return diagnostic.suggest(span, word, WORDS.iter().copied());
            }
            diagnostic.help(format!("the types are {}", suggest::list(WORDS.iter().copied(), usize::MAX)))
        }
        FaultKind::Decimal => Diagnostic::new(&UNKNOWN_TYPE, span, format!("`{word}` is no decimal type"))
            .here("precision from 1 to 38, scale from 0 to the precision")
            .help("write `decimal(10,2)`: ten digits in all, two of them after the point"),
        FaultKind::Length => Diagnostic::new(&UNKNOWN_TYPE, span, format!("`{word}` is no type"))
            .here("a length is a whole number")
            .help("write `string`: lengths are not enforced"),
        FaultKind::Expected(what) => {
            Diagnostic::new(&UNKNOWN_TYPE, span, format!("`{}` is no type", text.as_str())).here(format!("expected {what}"))
        }
    }
}

/// What other engines call it.
fn foreign(word: &str) -> Option<&'static str> {
    Some(match word.to_ascii_lowercase().as_str() {
        "str" | "nvarchar" | "nchar" | "utf8" | "object" | "uuid" | "json" => "string",
        "int8" | "int64" | "i64" | "bigserial" | "uint32" => "bigint",
        "int4" | "int32" | "i32" => "int",
        "int2" | "int16" | "i16" => "smallint",
        "float4" | "float32" | "f32" => "float",
        "float8" | "float64" | "f64" | "number" => "double",
        "numeric" | "money" => "decimal(38,2)",
        "datetime" | "timestamptz" | "timestamp_ntz" | "datetime64" => "timestamp",
        "bytes" | "blob" | "bytea" | "varbinary" => "binary",
        "list" => "array<string>",
        _ => return None,
    })
}

/// The type a word names, in any case; `None` if it names none.
pub fn parse(word: &str) -> Option<DataType> {
    read(word).ok()
}

/// Reads a type from its text.
fn read(text: &str) -> Result<DataType, Fault> {
    let mut parser = Parser { text, at: 0 };
    let found = parser.data_type()?;
    parser.skip_spaces();
    match parser.text[parser.at..].chars().next() {
        None => Ok(found),
        Some(_) => Err(Fault { start: parser.at, end: text.len(), kind: FaultKind::Expected("nothing more") }),
    }
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn skip_spaces(&mut self) {
        self.at = self.text.len() - self.text[self.at..].trim_start().len();
    }

    /// The characters up to the next mark of the type language.
    fn word(&mut self) -> (usize, usize) {
        self.skip_spaces();
        let start = self.at;
        let rest = &self.text[start..];
        self.at = start + rest.find(['<', '>', '(', ')', ',', ':']).unwrap_or(rest.len());
        (start, start + self.text[start..self.at].trim_end().len())
    }

    fn take(&mut self, mark: char) -> bool {
        self.skip_spaces();
        let found = self.text[self.at..].starts_with(mark);
        if found {
            self.at += mark.len_utf8();
        }
        found
    }

    fn expect(&mut self, mark: char, what: &'static str) -> Result<(), Fault> {
        if self.take(mark) {
            return Ok(());
        }
        Err(Fault { start: self.at, end: self.text.len(), kind: FaultKind::Expected(what) })
    }

    fn data_type(&mut self) -> Result<DataType, Fault> {
        let (start, end) = self.word();
        let word = self.text[start..end].to_ascii_lowercase();
        match word.as_str() {
            "decimal" | "dec" => self.decimal(start),
            "array" => {
                self.expect('<', "`<` and the type of the items")?;
                let item = self.data_type()?;
                self.expect('>', "`>`")?;
                Ok(DataType::List(Arc::new(Field::new_list_field(item, true))))
            }
            "map" => {
                self.expect('<', "`<`, the type of the keys and that of the values")?;
                let key = self.data_type()?;
                self.expect(',', "`,` and the type of the values")?;
                let value = self.data_type()?;
                self.expect('>', "`>`")?;
                let entry = Fields::from(vec![Field::new("keys", key, false), Field::new("values", value, true)]);
                Ok(DataType::Map(Arc::new(Field::new("entries", DataType::Struct(entry), false)), false))
            }
            "struct" => {
                self.expect('<', "`<` and the fields")?;
                let mut fields = Vec::new();
                loop {
                    let (start, end) = self.word();
                    if start == end {
                        return Err(Fault { start, end: self.text.len(), kind: FaultKind::Expected("the name of a field") });
                    }
                    let name = self.text[start..end].to_owned();
                    self.expect(':', "`:` and the field's type")?;
                    fields.push(Field::new(name, self.data_type()?, true));
                    if !self.take(',') {
                        break;
                    }
                }
                self.expect('>', "`>`")?;
                Ok(DataType::Struct(fields.into()))
            }
            _ => {
                let Some((_, found)) = SCALARS.iter().find(|(name, _)| *name == word) else {
                    return Err(Fault { start, end, kind: FaultKind::Unknown });
                };
                if matches!(word.as_str(), "varchar" | "char") && self.take('(') {
                    let (from, to) = self.word();
                    if self.text[from..to].parse::<u32>().is_err() {
                        return Err(Fault { start, end: self.text.len(), kind: FaultKind::Length });
                    }
                    self.expect(')', "`)`")?;
                }
                Ok(found.clone())
            }
        }
    }

    /// `decimal(p,s)`, `decimal(p)`; alone it is hive's `decimal(10,0)`.
    fn decimal(&mut self, start: usize) -> Result<DataType, Fault> {
        if !self.take('(') {
            return Ok(DataType::Decimal128(10, 0));
        }
        let (from, to) = self.word();
        let precision = self.text[from..to].parse::<u8>().ok();
        let scale = if self.take(',') {
            let (from, to) = self.word();
            self.text[from..to].parse::<i8>().ok()
        } else {
            Some(0)
        };
        self.expect(')', "`)`")?;
        match (precision, scale) {
            (Some(precision @ 1..=38), Some(scale @ 0..)) if scale.unsigned_abs() <= precision => {
                Ok(DataType::Decimal128(precision, scale))
            }
            _ => Err(Fault { start, end: self.at, kind: FaultKind::Decimal }),
        }
    }
}

/// The user's word for a type.
pub fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "string".to_owned(),
        DataType::Dictionary(_, value) => type_name(value),
        DataType::RunEndEncoded(_, value) => type_name(value.data_type()),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 => "tinyint".to_owned(),
        DataType::Int16 => "smallint".to_owned(),
        DataType::Int32 => "int".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::UInt8 => "unsigned tinyint".to_owned(),
        DataType::UInt16 => "unsigned smallint".to_owned(),
        DataType::UInt32 => "unsigned int".to_owned(),
        DataType::UInt64 => "unsigned bigint".to_owned(),
        DataType::Float16 | DataType::Float32 => "float".to_owned(),
        DataType::Float64 => "double".to_owned(),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("decimal({precision},{scale})"),
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Timestamp(_, None) => "timestamp".to_owned(),
        DataType::Timestamp(_, Some(_)) => "timestamp with time zone".to_owned(),
        DataType::Time32(_) | DataType::Time64(_) => "time".to_owned(),
        DataType::Duration(_) | DataType::Interval(_) => "interval".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => "binary".to_owned(),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _) => format!("array<{}>", type_name(item.data_type())),
        DataType::Struct(fields) => {
            let fields: Vec<_> = fields.iter().map(|f| format!("{}:{}", f.name(), type_name(f.data_type()))).collect();
            format!("struct<{}>", fields.join(","))
        }
        DataType::Map(entry, _) => match entry.data_type() {
            DataType::Struct(fields) if fields.len() == 2 => {
                format!("map<{},{}>", type_name(fields[0].data_type()), type_name(fields[1].data_type()))
            }
            _ => "map".to_owned(),
        },
        DataType::Union(..) => "choice".to_owned(),
        DataType::Null => "unknown".to_owned(),
    }
}

/// Whether every value of the first type is one of the second, without loss.
pub fn widens(from: &DataType, to: &DataType) -> bool {
    use DataType as T;
    // Digits before the point that a whole number can have.
    let digits = |whole: &DataType| match whole {
        T::Int8 => Some(3),
        T::Int16 => Some(5),
        T::Int32 => Some(10),
        T::Int64 => Some(19),
        _ => None,
    };
    match (from, to) {
        _ if from == to => true,
        (T::Int8, T::Int16 | T::Int32 | T::Int64 | T::Float32 | T::Float64)
        | (T::Int16, T::Int32 | T::Int64 | T::Float32 | T::Float64)
        | (T::Int32, T::Int64 | T::Float64)
        | (T::Float32, T::Float64) => true,
        (T::Decimal128(p, s), T::Decimal128(wide_p, wide_s)) => {
            wide_s >= s && i16::from(*wide_p) - i16::from(*wide_s) >= i16::from(*p) - i16::from(*s)
        }
        (whole, T::Decimal128(p, s)) => digits(whole).is_some_and(|digits| i16::from(*p) - i16::from(*s) >= digits),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_types_hold_all_values_of_others() {
        use DataType as T;
        for (from, to, expected) in [
            (T::Int32, T::Int64, true),
            (T::Int64, T::Int32, false),
            (T::Int64, T::Float64, false),
            (T::Int32, T::Float64, true),
            (T::Int32, T::Float32, false),
            (T::Decimal128(10, 2), T::Decimal128(12, 2), true),
            (T::Decimal128(10, 2), T::Decimal128(12, 4), true),
            (T::Decimal128(10, 2), T::Decimal128(11, 4), false),
            (T::Int32, T::Decimal128(12, 2), true),
            (T::Int64, T::Decimal128(12, 2), false),
            (T::Utf8View, T::Date32, false),
        ] {
            assert_eq!(widens(&from, &to), expected, "{from} {to}");
        }
    }
    use crate::source::{FileId, Span};

    #[test]
    fn every_word_names_a_type_and_comes_back() {
        for word in [
            "string",
            "boolean",
            "tinyint",
            "smallint",
            "int",
            "bigint",
            "float",
            "double",
            "decimal(12,3)",
            "date",
            "timestamp",
            "binary",
            "array<bigint>",
            "struct<a:int,b:array<string>>",
            "map<string,double>",
        ] {
            let found = read(word).unwrap_or_else(|fault| panic!("{word}: {fault:?}"));
            assert_eq!(type_name(&found), word);
        }
        for (word, same) in [
            ("LONG", "bigint"),
            ("varchar(20)", "string"),
            (" Integer ", "int"),
            ("decimal", "decimal(10,0)"),
            ("decimal( 10 , 2 )", "decimal(10,2)"),
            ("decimal(5)", "decimal(5,0)"),
            ("struct< a : int >", "struct<a:int>"),
        ] {
            assert_eq!(read(word).map(|found| type_name(&found)).as_deref(), Ok(same), "{word}");
        }
    }

    #[test]
    fn a_wrong_word_is_labelled_where_it_stands() {
        let file = FileId(0);
        for (word, at, message, help) in [
            ("bigit", (0, 5), "unknown data type `bigit`", "did you mean `bigint`?"),
            ("int64", (0, 5), "unknown data type `int64`", "the word for it is `bigint`"),
            ("array<strng>", (6, 11), "unknown data type `strng`", "did you mean `string`?"),
            (
                "decimal(50,2)",
                (0, 13),
                "`decimal(50,2)` is no decimal type",
                "write `decimal(10,2)`: ten digits in all, two of them after the point",
            ),
        ] {
            let mut sink = Sink::default();
            let text = Text::new(word, Span::new(file, 100, 100 + word.len()));
            assert_eq!(data_type(&text, &mut sink), None);
            let found: Vec<_> = sink.iter().collect();
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].message, message);
            assert_eq!(found[0].labels[0].span, Span::new(file, 100 + at.0, 100 + at.1), "{word}");
            assert_eq!(found[0].helps, [help]);
        }
        for word in ["array<int", "map<int>", "struct<>", "struct<a>", "int)", "decimal(2,5)", "", "array"] {
            assert!(read(word).is_err(), "{word}");
        }
    }
}
