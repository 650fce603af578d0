//! Columns computed over the rows of a key up to each row: running sums, ranks, neighbours.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{DFSchema, DFSchemaRef, Result};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

use super::{OrderBy, list, only, positions};

/// What is computed of the rows from the first of a key up to the current one and its equals in the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FunctionKind {
    /// The sum of what is not NULL.
    Sum,
    /// The mean of what is not NULL.
    Avg,
    /// How many are not NULL; without an argument, how many rows.
    Count,
    /// The smallest value.
    Min,
    /// The greatest value.
    Max,
    /// The value of the first row.
    First,
    /// The value of the last row.
    Last,
    /// The value of the row so many rows before.
    Lag(usize),
    /// The value of the row so many rows after.
    Lead(usize),
    /// The row's number.
    RowNumber,
    /// Its place, with gaps after equals.
    Rank,
    /// Its place, without gaps.
    DenseRank,
    /// Its place as a share from 0 to 1.
    PercentRank,
    /// The share of rows that are not after it.
    CumeDist,
    /// Which of so many buckets it falls into.
    Ntile(usize),
}

impl FunctionKind {
    /// Whether the operator can compute it of values of a type, giving a type.
    pub fn is_computed(self, argument: Option<&DataType>, output: &DataType) -> bool {
        let same = argument == Some(output) && is_fixed(output);
        match self {
            Self::Sum => matches!(output, DataType::Int64 | DataType::UInt64 | DataType::Float64 | DataType::Decimal128(..)),
            Self::Avg => *output == DataType::Float64,
            Self::Min | Self::Max | Self::First | Self::Last | Self::Lag(_) | Self::Lead(_) => same,
            Self::Count
            | Self::RowNumber
            | Self::Rank
            | Self::DenseRank
            | Self::PercentRank
            | Self::CumeDist
            | Self::Ntile(_) => true,
        }
    }
}

impl fmt::Display for FunctionKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sum => "sum",
            Self::Avg => "avg",
            Self::Count => "count",
            Self::Min => "min",
            Self::Max => "max",
            Self::First => "first_value",
            Self::Last => "last_value",
            Self::Lag(_) => "lag",
            Self::Lead(_) => "lead",
            Self::RowNumber => "row_number",
            Self::Rank => "rank",
            Self::DenseRank => "dense_rank",
            Self::PercentRank => "percent_rank",
            Self::CumeDist => "cume_dist",
            Self::Ntile(_) => "ntile",
        })
    }
}

/// Whether every value of a type fits into 16 bytes and has an order by its bytes.
fn is_fixed(data_type: &DataType) -> bool {
    use DataType as T;
    matches!(data_type, T::Boolean | T::Float32 | T::Float64 | T::Decimal32(..) | T::Decimal64(..) | T::Decimal128(..))
        || data_type.is_integer()
        || (data_type.is_temporal() && !matches!(data_type, T::Interval(_)))
}

/// A column to compute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Function {
    /// What it is.
    pub kind: FunctionKind,
    /// Of which column.
    pub argument: Option<String>,
    /// Its name and type.
    pub field: FieldRef,
}

impl Function {
    /// `lag(amount, 1)`
    pub fn call(&self) -> String {
        let count = match self.kind {
            FunctionKind::Lag(count) | FunctionKind::Lead(count) | FunctionKind::Ntile(count) => Some(count.to_string()),
            _ => None,
        };
        let arguments: Vec<String> = self.argument.iter().cloned().chain(count).collect();
        format!("{}({})", self.kind, arguments.join(", "))
    }
}

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} as {}", self.call(), self.field.name())
    }
}

/// The logical node: the input's columns, and one for each function.
#[derive(Debug, Clone)]
pub struct Running {
    input: LogicalPlan,
    /// The columns whose values rows of a key have in common.
    pub keys: Vec<String>,
    /// The order of the rows of a key. If empty they are all equals, so that each function is of all of them.
    pub order: Vec<OrderBy>,
    /// What is computed.
    pub functions: Vec<Function>,
    schema: DFSchemaRef,
}

impl Running {
    /// The rows of `input` with a column for each function.
    pub fn plan(input: LogicalPlan, keys: Vec<String>, order: Vec<OrderBy>, functions: Vec<Function>) -> Result<LogicalPlan> {
        let node = Self::new(input, keys, order, functions)?;
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
    }

    fn new(input: LogicalPlan, keys: Vec<String>, order: Vec<OrderBy>, functions: Vec<Function>) -> Result<Self> {
        let mut fields: Vec<_> =
            input.schema().iter().map(|(qualifier, field)| (qualifier.cloned(), Arc::clone(field))).collect();
        fields.extend(functions.iter().map(|function| (None, Arc::clone(&function.field))));
        let schema = Arc::new(DFSchema::new_with_metadata(fields, input.schema().metadata().clone())?);
        Ok(Self { input, keys, order, functions, schema })
    }
}

impl PartialEq for Running {
    fn eq(&self, other: &Self) -> bool {
        self.functions == other.functions && self.keys == other.keys && self.order == other.order && self.input == other.input
    }
}

impl Eq for Running {}

impl Hash for Running {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.input.hash(state);
        self.functions.hash(state);
    }
}

impl PartialOrd for Running {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (self == other).then_some(Ordering::Equal)
    }
}

impl UserDefinedLogicalNodeCore for Running {
    fn name(&self) -> &'static str {
        "Running"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Running: {} per {}", list(&self.functions), list(&self.keys))?;
        if !self.order.is_empty() {
            write!(f, ", by {}", list(&self.order))?;
        }
        Ok(())
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        Self::new(only(inputs, "Running")?, self.keys.clone(), self.order.clone(), self.functions.clone())
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let arguments = self.functions.iter().filter_map(|function| function.argument.as_ref());
        let own = self.keys.iter().chain(self.order.iter().map(|by| &by.column)).chain(arguments);
        Some(vec![positions(&self.input, own, output_columns)?])
    }
}
