//! What a function is: its name, what it takes, what it gives, and how it runs on a batch.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, BooleanBuilder, Int32Array, ListArray, PrimitiveArray,
    PrimitiveBuilder, StringViewArray, StringViewBuilder,
};
use datafusion::arrow::datatypes::{
    DataType, Date32Type, Field, FieldRef, Float64Type, Int32Type, Int64Type, TimestampMicrosecondType,
};
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};

use crate::stdlib::spark::{cast, common};
use crate::stdlib::types::{TIMESTAMP, type_name};

/// What an argument has to be. Text stands for numbers and times where Spark lets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// A `string`; numbers and times are written out.
    Text,
    /// An `int`.
    Int,
    /// A `bigint`.
    Long,
    /// A `double`.
    Double,
    /// Any number, as it is.
    Number,
    /// A `boolean`.
    Bool,
    /// A `date`.
    Date,
    /// A `timestamp`.
    Time,
    /// Bytes; text is its own bytes.
    Bytes,
    /// An array.
    List,
    /// A date, a time, or text that is to become one.
    When,
    /// Anything.
    Any,
}

impl Want {
    /// The type an argument is cast to; itself where it stays as it is.
    fn of(self, found: &DataType) -> DataType {
        match self {
            Self::Text => DataType::Utf8View,
            Self::Int => DataType::Int32,
            Self::Long => DataType::Int64,
            Self::Double => DataType::Float64,
            Self::Bool => DataType::Boolean,
            Self::Date => DataType::Date32,
            Self::Time => TIMESTAMP,
            Self::Bytes => DataType::BinaryView,
            Self::Number if matches!(found, DataType::Utf8View | DataType::Null) => DataType::Float64,
            Self::Number | Self::List | Self::When | Self::Any => found.clone(),
        }
    }

    /// Whether Spark casts such a value by itself.
    fn takes(self, found: &DataType) -> bool {
        let text = *found == DataType::Utf8View;
        let temporal = matches!(found, DataType::Date32 | DataType::Timestamp(..));
        match self {
            _ if *found == DataType::Null => true,
            Self::Any => true,
            Self::Text => text || temporal || found.is_numeric() || matches!(found, DataType::Boolean | DataType::BinaryView),
            Self::Int | Self::Long | Self::Double | Self::Number => text || found.is_numeric(),
            Self::Bool => *found == DataType::Boolean,
            Self::Date | Self::Time | Self::When => text || temporal,
            Self::Bytes => text || *found == DataType::BinaryView,
            Self::List => matches!(found, DataType::List(_)),
        }
    }

    /// The word for it in messages.
    fn word(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Int => "int",
            Self::Long => "bigint",
            Self::Double => "double",
            Self::Number => "number",
            Self::Bool => "boolean",
            Self::Date => "date",
            Self::Time => "timestamp",
            Self::Bytes => "binary",
            Self::List => "array",
            Self::When => "date",
            Self::Any => "value",
        }
    }
}

/// How a function runs.
#[derive(Clone, Copy)]
pub enum Run {
    /// On the arguments of a batch.
    Batch(fn(&Call) -> Result<ArrayRef>),
    /// On one double, which is NULL outside the function's domain.
    Double(fn(f64) -> Option<f64>),
    /// On two doubles.
    Doubles(fn(f64, f64) -> Option<f64>),
}

/// A scalar function of ours.
pub struct Function {
    /// Its name, in lower case.
    pub name: &'static str,
    /// Its other names.
    pub aliases: &'static [&'static str],
    /// What it takes.
    pub takes: &'static [Want],
    /// How many of the last arguments may be missing.
    pub optional: usize,
    /// What may follow, any number of times.
    pub more: Option<Want>,
    /// The type of its value, from the types of its arguments.
    pub returns: fn(&[DataType]) -> Result<DataType>,
    /// The type of its value where that depends on a constant argument.
    pub returns_of: Option<fn(&[DataType], &[Option<&ScalarValue>]) -> Result<DataType>>,
    /// How it runs.
    pub run: Run,
    /// What it does, with its arguments.
    pub summary: &'static str,
}

impl Function {
    /// What most functions are: of no arguments, giving text.
    pub const BASE: Self = Self {
        name: "",
        aliases: &[],
        takes: &[],
        optional: 0,
        more: None,
        returns: |_| Ok(DataType::Utf8View),
        returns_of: None,
        run: Run::Double(Some),
        summary: "",
    };

    /// The engine's function.
    pub fn udf(&'static self) -> ScalarUDF {
        let aliases = self.aliases.iter().map(|alias| (*alias).to_owned()).collect();
        ScalarUDF::from(Declared { function: self, aliases, signature: Signature::user_defined(Volatility::Immutable) })
    }

    fn wanted(&self, at: usize) -> Option<Want> {
        self.takes.get(at).copied().or(self.more)
    }

    /// The types its arguments are cast to.
    fn accept(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        let (least, most) = (self.takes.len() - self.optional, self.takes.len());
        if types.len() < least || (types.len() > most && self.more.is_none()) {
            let wanted = match (least == most, self.more) {
                (_, Some(_)) => format!("at least {least}"),
                (true, None) => most.to_string(),
                (false, None) => format!("{least} to {most}"),
            };
            return plan_err!("`{}` expects {wanted} arguments but received {}", self.name, types.len());
        }
        let mut accepted = Vec::with_capacity(types.len());
        for (at, found) in types.iter().enumerate() {
            let found = common::plain(found);
            let Some(want) = self.wanted(at) else { continue };
            if !want.takes(&found) {
                let (place, found) = (at + 1, type_name(&found));
                return plan_err!("argument {place} of `{}` requires {}, but received {found}", self.name, want.word());
            }
            accepted.push(want.of(&found));
        }
        Ok(accepted)
    }
}

struct Declared {
    function: &'static Function,
    aliases: Vec<String>,
    signature: Signature,
}

impl fmt::Debug for Declared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.function.name)
    }
}

impl PartialEq for Declared {
    fn eq(&self, other: &Self) -> bool {
        self.function.name == other.function.name
    }
}

impl Eq for Declared {}

impl Hash for Declared {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.function.name.hash(state);
    }
}

impl ScalarUDFImpl for Declared {
    fn name(&self) -> &str {
        self.function.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let args: Vec<String> = args.iter().map(|arg| arg.schema_name().to_string()).collect();
        Ok(match (self.function.name.strip_prefix(OPERATOR), args.as_slice()) {
            (Some(operator), [left, right]) => format!("{left} {operator} {right}"),
            _ => format!("{}({})", self.function.name, args.join(",")),
        })
    }

    fn coerce_types(&self, types: &[DataType]) -> Result<Vec<DataType>> {
        // The engine's own casts fail where Spark's give NULL: arguments stay as they are until the function runs.
        self.function.accept(types)?;
        Ok(types.to_vec())
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        (self.function.returns)(&self.function.accept(types)?)
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs) -> Result<FieldRef> {
        let types: Vec<DataType> = arguments.arg_fields.iter().map(|field| field.data_type().clone()).collect();
        let returns = match self.function.returns_of {
            Some(returns) => returns(&self.function.accept(&types)?, arguments.scalar_arguments)?,
            None => self.return_type(&types)?,
        };
        Ok(Arc::new(Field::new(self.function.name, returns, true)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let types: Vec<DataType> = arguments.args.iter().map(ColumnarValue::data_type).collect();
        let wanted = self.function.accept(&types)?;
        let now = cast::clock();
        let mut columns = Vec::with_capacity(wanted.len());
        for (argument, wanted) in arguments.args.iter().zip(&wanted) {
            let (array, single) = match argument {
                ColumnarValue::Array(array) => (Arc::clone(array), false),
                ColumnarValue::Scalar(value) => (value.to_array()?, true),
            };
            columns.push(Column { array: cast::array(&array, wanted, now)?, single });
        }
        let constant = !columns.is_empty() && columns.iter().all(|column| column.single);
        let rows = if constant { 1 } else { arguments.number_rows };
        let call = Call { columns, rows, now, returns: arguments.return_field.data_type().clone() };
        let values = match self.function.run {
            Run::Batch(run) => run(&call)?,
            Run::Double(run) => {
                let value = call.double(0);
                call.values::<Float64Type>(|row| Ok(value.get(row).and_then(run)))?
            }
            Run::Doubles(run) => {
                let (left, right) = (call.double(0), call.double(1));
                call.values::<Float64Type>(|row| {
                    Ok(left.get(row).zip(right.get(row)).and_then(|(left, right)| run(left, right)))
                })?
            }
        };
        if constant {
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&values, 0)?))
        } else {
            Ok(ColumnarValue::Array(values))
        }
    }
}

/// What the names of functions that are operators begin with.
pub const OPERATOR: &str = "operator ";

/// An argument: a value for each row, or one for all.
#[derive(Debug, Clone)]
pub struct Column {
    /// The values.
    pub array: ArrayRef,
    /// Whether it is one for all rows.
    pub single: bool,
}

/// A call on a batch.
#[derive(Debug)]
pub struct Call {
    columns: Vec<Column>,
    /// How many rows there are.
    pub rows: usize,
    /// The time of the call.
    pub now: DateTime<Utc>,
    /// The type of the result.
    pub returns: DataType,
}

/// The values of an argument, by row.
#[derive(Debug, Clone, Copy)]
pub struct Values<'a, A> {
    array: &'a A,
    single: bool,
}

impl<A> Values<'_, A> {
    fn at(&self, row: usize) -> usize {
        if self.single { 0 } else { row }
    }
}

impl<'a> Values<'a, StringViewArray> {
    /// The text of a row.
    pub fn get(&self, row: usize) -> Option<&'a str> {
        let at = self.at(row);
        self.array.is_valid(at).then(|| self.array.value(at))
    }
}

impl<T: ArrowPrimitiveType> Values<'_, PrimitiveArray<T>> {
    /// The value of a row.
    pub fn get(&self, row: usize) -> Option<T::Native> {
        let at = self.at(row);
        self.array.is_valid(at).then(|| self.array.value(at))
    }
}

impl Values<'_, BooleanArray> {
    /// The value of a row.
    pub fn get(&self, row: usize) -> Option<bool> {
        let at = self.at(row);
        self.array.is_valid(at).then(|| self.array.value(at))
    }
}

impl Values<'_, ListArray> {
    /// The items of a row.
    pub fn get(&self, row: usize) -> Option<ArrayRef> {
        let at = self.at(row);
        self.array.is_valid(at).then(|| self.array.value(at))
    }
}

impl Call {
    /// How many arguments there are.
    pub fn count(&self) -> usize {
        self.columns.len()
    }

    /// An argument.
    pub fn column(&self, at: usize) -> &Column {
        &self.columns[at]
    }

    /// An argument that is text.
    pub fn text(&self, at: usize) -> Values<'_, StringViewArray> {
        let column = &self.columns[at];
        Values { array: column.array.as_string_view(), single: column.single }
    }

    /// An argument of one of the primitive types.
    pub fn primitive<T: ArrowPrimitiveType>(&self, at: usize) -> Values<'_, PrimitiveArray<T>> {
        let column = &self.columns[at];
        Values { array: column.array.as_primitive::<T>(), single: column.single }
    }

    /// An `int`.
    pub fn int(&self, at: usize) -> Values<'_, Int32Array> {
        self.primitive::<Int32Type>(at)
    }

    /// A `bigint`.
    pub fn long(&self, at: usize) -> Values<'_, PrimitiveArray<Int64Type>> {
        self.primitive::<Int64Type>(at)
    }

    /// A `double`.
    pub fn double(&self, at: usize) -> Values<'_, PrimitiveArray<Float64Type>> {
        self.primitive::<Float64Type>(at)
    }

    /// A `date`, in days since 1970.
    pub fn date(&self, at: usize) -> Values<'_, PrimitiveArray<Date32Type>> {
        self.primitive::<Date32Type>(at)
    }

    /// A `timestamp`, in microseconds since 1970.
    pub fn time(&self, at: usize) -> Values<'_, PrimitiveArray<TimestampMicrosecondType>> {
        self.primitive::<TimestampMicrosecondType>(at)
    }

    /// A `boolean`.
    pub fn bool(&self, at: usize) -> Values<'_, BooleanArray> {
        let column = &self.columns[at];
        Values { array: column.array.as_boolean(), single: column.single }
    }

    /// An array.
    pub fn list(&self, at: usize) -> Values<'_, ListArray> {
        let column = &self.columns[at];
        Values { array: column.array.as_list::<i32>(), single: column.single }
    }

    /// Text for each row.
    pub fn strings<S: AsRef<str>>(&self, mut one: impl FnMut(usize) -> Result<Option<S>>) -> Result<ArrayRef> {
        let mut out = StringViewBuilder::with_capacity(self.rows);
        for row in 0..self.rows {
            match one(row)? {
                Some(text) => out.append_value(text),
                None => out.append_null(),
            }
        }
        Ok(Arc::new(out.finish()))
    }

    /// A primitive value for each row.
    pub fn values<T: ArrowPrimitiveType>(&self, mut one: impl FnMut(usize) -> Result<Option<T::Native>>) -> Result<ArrayRef> {
        let mut out = PrimitiveBuilder::<T>::with_capacity(self.rows);
        for row in 0..self.rows {
            out.append_option(one(row)?);
        }
        Ok(Arc::new(out.finish().with_data_type(match &self.returns {
            DataType::Decimal128(..) if matches!(T::DATA_TYPE, DataType::Decimal128(..)) => self.returns.clone(),
            _ => T::DATA_TYPE,
        })))
    }

    /// True or false for each row.
    pub fn booleans(&self, mut one: impl FnMut(usize) -> Result<Option<bool>>) -> Result<ArrayRef> {
        let mut out = BooleanBuilder::with_capacity(self.rows);
        for row in 0..self.rows {
            out.append_option(one(row)?);
        }
        Ok(Arc::new(out.finish()))
    }
}

/// What gives an `int`.
pub fn int(_: &[DataType]) -> Result<DataType> {
    Ok(DataType::Int32)
}

/// What gives a `bigint`.
pub fn long(_: &[DataType]) -> Result<DataType> {
    Ok(DataType::Int64)
}

/// What gives a `double`.
pub fn double(_: &[DataType]) -> Result<DataType> {
    Ok(DataType::Float64)
}

/// What gives a `boolean`.
pub fn bool(_: &[DataType]) -> Result<DataType> {
    Ok(DataType::Boolean)
}

/// What gives a `date`.
pub fn date(_: &[DataType]) -> Result<DataType> {
    Ok(DataType::Date32)
}

/// What gives a `timestamp`.
pub fn time(_: &[DataType]) -> Result<DataType> {
    Ok(TIMESTAMP)
}

/// What gives the type of its first argument.
pub fn first(types: &[DataType]) -> Result<DataType> {
    Ok(types.first().cloned().unwrap_or(DataType::Null))
}
