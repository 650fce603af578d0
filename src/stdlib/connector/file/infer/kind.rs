//! What the values of a column are, as far as they were seen: a lattice from "nothing yet" up to text.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field};
use indexmap::IndexMap;
use serde_json::Value;

use crate::stdlib::connector::file::scan::value;
use crate::stdlib::types::TIMESTAMP;

/// A kind of values.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// No value was seen.
    Null,
    Boolean,
    /// Always 64 bits: the head of a file does not show how far its numbers go.
    BigInt,
    Double,
    Date,
    Timestamp,
    String,
    List(Box<Self>),
    Struct(IndexMap<String, Self>),
}

/// Two kinds that no type holds both of, in words.
pub(super) type Conflict = (String, String);

impl Kind {
    /// The kind of a field of a CSV file.
    pub(super) fn of_text(text: &str) -> Self {
        let bytes = text.as_bytes();
        let Some(first) = bytes.first() else { return Self::Null };
        if value::boolean(bytes).is_some() {
            return Self::Boolean;
        }
        if !matches!(first, b'0'..=b'9' | b'-' | b'.') {
            // `NaN` and `Infinity` among numbers are numbers.
            return if matches!(text, "NaN" | "Infinity") { Self::Double } else { Self::String };
        }
        let digits = text.trim_start_matches('-');
        // `007` and `0041` are codes.
        let is_code = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
        if !is_code && value::int(bytes).is_some() {
            return Self::BigInt;
        }
        // A whole number of more digits than 64 bits hold would lose some of them as a double.
        let is_long = digits.len() > 15 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !is_code && !is_long && value::double(bytes).is_some() {
            return Self::Double;
        }
        if value::date(bytes).is_some() {
            return Self::Date;
        }
        if value::timestamp(bytes).is_some() { Self::Timestamp } else { Self::String }
    }

    /// The kind of a JSON value.
    pub(super) fn of_json(json: &Value) -> Result<Self, Conflict> {
        Ok(match json {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(number) if number.is_i64() => Self::BigInt,
            Value::Number(_) => Self::Double,
            Value::String(text) if value::date(text.as_bytes()).is_some() => Self::Date,
            Value::String(text) if value::timestamp(text.as_bytes()).is_some() => Self::Timestamp,
            Value::String(_) => Self::String,
            Value::Array(items) => {
                let mut kind = Self::Null;
                for item in items {
                    kind = kind.join(Self::of_json(item)?)?;
                }
                Self::List(Box::new(kind))
            }
            Value::Object(object) => {
                let mut fields = IndexMap::new();
                for (name, json) in object {
                    fields.insert(name.clone(), Self::of_json(json)?);
                }
                Self::Struct(fields)
            }
        })
    }

    /// The least kind that holds both.
    pub(super) fn join(self, other: Self) -> Result<Self, Conflict> {
        Ok(match (self, other) {
            (one, other) if one == other => one,
            (Self::Null, other) | (other, Self::Null) => other,
            (Self::BigInt, Self::Double) | (Self::Double, Self::BigInt) => Self::Double,
            (Self::Date, Self::Timestamp) | (Self::Timestamp, Self::Date) => Self::Timestamp,
            (Self::List(one), Self::List(other)) => Self::List(Box::new(one.join(*other)?)),
            (Self::Struct(mut one), Self::Struct(other)) => {
                for (name, kind) in other {
                    let joined = match one.get(&name) {
                        Some(known) => known.clone().join(kind)?,
                        None => kind,
                    };
                    one.insert(name, joined);
                }
                Self::Struct(one)
            }
            (one, other) if one.is_nested() || other.is_nested() => {
                return Err((one.words().to_owned(), other.words().to_owned()));
            }
            _ => Self::String,
        })
    }

    fn is_nested(&self) -> bool {
        matches!(self, Self::List(_) | Self::Struct(_))
    }

    fn words(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean => "a boolean",
            Self::BigInt | Self::Double => "a number",
            Self::Date | Self::Timestamp | Self::String => "a string",
            Self::List(_) => "a list",
            Self::Struct(_) => "an object",
        }
    }

    /// The type for it; a column without any value is text.
    pub(super) fn data_type(&self) -> DataType {
        match self {
            Self::Null | Self::String => DataType::Utf8View,
            Self::Boolean => DataType::Boolean,
            Self::BigInt => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Date => DataType::Date32,
            Self::Timestamp => TIMESTAMP,
            Self::List(item) => DataType::List(Arc::new(Field::new_list_field(item.data_type(), true))),
            Self::Struct(fields) => {
                DataType::Struct(fields.iter().map(|(name, kind)| Field::new(name, kind.data_type(), true)).collect())
            }
        }
    }
}

/// The least type that two Parquet columns can both be read as, if there is one that loses nothing to speak of.
pub(in crate::stdlib::connector::file) fn wider(one: &DataType, other: &DataType) -> Option<DataType> {
    use DataType::{
        Date32, Decimal128, Float32, Float64, Int8, Int16, Int32, Int64, List, Null, Struct, Timestamp, UInt8, UInt16, UInt32,
    };
    let rank = |data_type: &DataType| match data_type {
        Int8 => Some(0),
        Int16 | UInt8 => Some(1),
        Int32 | UInt16 => Some(2),
        Int64 | UInt32 => Some(3),
        _ => None,
    };
    let float = |data_type: &DataType| matches!(data_type, Float32 | Float64) || rank(data_type).is_some();
    if one == other {
        return Some(one.clone());
    }
    match (one, other) {
        (Null, other) | (other, Null) => return Some(other.clone()),
        (Date32, Timestamp(..)) | (Timestamp(..), Date32) => return Some(TIMESTAMP),
        (Decimal128(p, s), Decimal128(q, t)) => {
            let scale = *s.max(t);
            let whole = (i16::from(*p) - i16::from(*s)).max(i16::from(*q) - i16::from(*t));
            let precision = u8::try_from(whole + i16::from(scale)).ok().filter(|precision| *precision <= 38)?;
            return Some(Decimal128(precision, scale));
        }
        (List(a), List(b)) => {
            let item = wider(a.data_type(), b.data_type())?;
            return Some(List(Arc::new(a.as_ref().clone().with_data_type(item))));
        }
        (Struct(a), Struct(b)) => {
            let mut fields: Vec<Field> = Vec::new();
            for field in a {
                let twin = b.iter().find(|twin| twin.name() == field.name());
                let data_type =
                    twin.map_or(Some(field.data_type().clone()), |twin| wider(field.data_type(), twin.data_type()))?;
                fields.push(Field::new(field.name(), data_type, true));
            }
            let others = b.iter().filter(|field| !a.iter().any(|twin| twin.name() == field.name()));
            fields.extend(others.map(|field| field.as_ref().clone().with_nullable(true)));
            return Some(Struct(fields.into()));
        }
        _ => {}
    }
    if let (Some(a), Some(b)) = (rank(one), rank(other)) {
        return Some([Int8, Int16, Int32, Int64][a.max(b)].clone());
    }
    (float(one) && float(other)).then_some(Float64)
}
