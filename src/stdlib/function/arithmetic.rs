//! Arithmetic that is Spark's: division by nothing is NULL, `/` of whole numbers is a double, decimals have Spark's
//! precision and are NULL where they have no room. Declared as functions named after their operators.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Decimal128Builder};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type,
};
use datafusion::common::{Result, plan_err};

use super::def::{Call, Function, OPERATOR, Run, Want};
use crate::stdlib::spark::decimal::{Operation, apply, result, shape};
use crate::stdlib::spark::{cast, common};
use crate::stdlib::types::type_name;

const TWO: &[Want] = &[Want::Number, Want::Number];

const fn operator(
    name: &'static str,
    returns: fn(&[DataType]) -> Result<DataType>,
    run: fn(&Call) -> Result<ArrayRef>,
) -> Function {
    Function { name, takes: TWO, returns, run: Run::Batch(run), ..Function::BASE }
}

pub(super) static ADD: Function =
    operator("operator +", |types| typed(Operation::Add, types), |call| numbers(call, Operation::Add));
pub(super) static SUBTRACT: Function =
    operator("operator -", |types| typed(Operation::Subtract, types), |call| numbers(call, Operation::Subtract));
pub(super) static MULTIPLY: Function =
    operator("operator *", |types| typed(Operation::Multiply, types), |call| numbers(call, Operation::Multiply));
pub(super) static DIVIDE: Function =
    operator("operator /", |types| typed(Operation::Divide, types), |call| numbers(call, Operation::Divide));
pub(super) static REMAINDER: Function =
    operator("operator %", |types| typed(Operation::Remainder, types), |call| numbers(call, Operation::Remainder));
pub(super) static WHOLE: Function =
    operator("operator div", |types| typed(Operation::Whole, types), |call| numbers(call, Operation::Whole));

pub(super) static PMOD: Function = Function {
    name: "pmod",
    takes: TWO,
    returns: |types| typed(Operation::Modulo, types),
    run: Run::Batch(|call| numbers(call, Operation::Modulo)),
    summary: "`pmod(a, b)`: the remainder that is not negative; NULL if `b` is 0",
    ..Function::BASE
};

/// The function of an operation.
pub fn of(operation: Operation) -> &'static Function {
    match operation {
        Operation::Add => &ADD,
        Operation::Subtract => &SUBTRACT,
        Operation::Multiply => &MULTIPLY,
        Operation::Divide => &DIVIDE,
        Operation::Remainder => &REMAINDER,
        Operation::Modulo => &PMOD,
        Operation::Whole => &WHOLE,
    }
}

/// The type of a result.
fn typed(operation: Operation, types: &[DataType]) -> Result<DataType> {
    let [left, right] = types else { return plan_err!("an operator has two sides") };
    // Text is a double by now.
    let Some(common) = common::numbers(left, right) else {
        return plan_err!("Cannot infer common argument type for `{}` and `{}`", type_name(left), type_name(right));
    };
    if let (DataType::Decimal128(..), Some(left), Some(right)) = (&common, decimal_of(left), decimal_of(right)) {
        return Ok(result(operation, left, right));
    }
    match operation {
        Operation::Divide => Ok(DataType::Float64),
        Operation::Whole if common.is_floating() => {
            plan_err!("Cannot infer common argument type: `div` takes whole numbers and decimals")
        }
        Operation::Whole => Ok(DataType::Int64),
        _ => Ok(common),
    }
}

fn decimal_of(data_type: &DataType) -> Option<(u8, i8)> {
    common::as_decimal(data_type).as_ref().and_then(shape)
}

fn numbers(call: &Call, operation: Operation) -> Result<ArrayRef> {
    let types = [call.column(0).array.data_type().clone(), call.column(1).array.data_type().clone()];
    if let [Some(left), Some(right)] = [decimal_of(&types[0]), decimal_of(&types[1])]
        && types.iter().any(|found| matches!(found, DataType::Decimal128(..)))
    {
        return decimals(call, operation, left, right);
    }
    let common = match operation {
        Operation::Divide => DataType::Float64,
        Operation::Whole => DataType::Int64,
        _ => call.returns.clone(),
    };
    match common {
        DataType::Int8 => whole::<Int8Type>(call, operation),
        DataType::Int16 => whole::<Int16Type>(call, operation),
        DataType::Int32 => whole::<Int32Type>(call, operation),
        DataType::Int64 => whole::<Int64Type>(call, operation),
        DataType::Float32 => floating::<Float32Type>(call, operation),
        _ => floating::<Float64Type>(call, operation),
    }
}

/// Both sides as values of one type.
fn sides<T: ArrowPrimitiveType>(call: &Call) -> Result<[(ArrayRef, bool); 2]> {
    let side = |at: usize| {
        let column = call.column(at);
        Ok::<_, datafusion::common::DataFusionError>((cast::array(&column.array, &T::DATA_TYPE, call.now)?, column.single))
    };
    Ok([side(0)?, side(1)?])
}

fn each<T: ArrowPrimitiveType>(call: &Call, run: impl Fn(T::Native, T::Native) -> Option<T::Native>) -> Result<ArrayRef> {
    let [(left, left_single), (right, right_single)] = sides::<T>(call)?;
    let (left, right) = (left.as_primitive::<T>(), right.as_primitive::<T>());
    call.values::<T>(|row| {
        let (at, other) = (if left_single { 0 } else { row }, if right_single { 0 } else { row });
        Ok(if left.is_null(at) || right.is_null(other) { None } else { run(left.value(at), right.value(other)) })
    })
}

fn whole<T: ArrowPrimitiveType>(call: &Call, operation: Operation) -> Result<ArrayRef>
where
    T::Native: datafusion::arrow::datatypes::ArrowNativeTypeOp,
{
    use datafusion::arrow::datatypes::ArrowNativeTypeOp;
    each::<T>(call, |left, right| {
        let rest = |left: T::Native| if right.is_zero() { None } else { left.mod_checked(right).ok().or(Some(T::Native::ZERO)) };
        match operation {
            Operation::Add => Some(left.add_wrapping(right)),
            Operation::Subtract => Some(left.sub_wrapping(right)),
            Operation::Multiply => Some(left.mul_wrapping(right)),
            Operation::Divide | Operation::Whole if right.is_zero() => None,
            // The least number divided by -1 is itself again.
            Operation::Divide | Operation::Whole => Some(left.div_checked(right).unwrap_or(left)),
            Operation::Remainder => rest(left),
            Operation::Modulo => match rest(left) {
                Some(found) if found < T::Native::ZERO => rest(found.add_wrapping(right)),
                found => found,
            },
        }
    })
}

fn floating<T: ArrowPrimitiveType>(call: &Call, operation: Operation) -> Result<ArrayRef>
where
    T::Native: std::ops::Rem<Output = T::Native>,
{
    use datafusion::arrow::datatypes::ArrowNativeTypeOp;
    each::<T>(call, |left, right| {
        // Zero has two signs.
        let zero = right.is_eq(T::Native::ZERO) || right.is_eq(T::Native::ZERO.neg_wrapping());
        match operation {
            Operation::Add => Some(left.add_wrapping(right)),
            Operation::Subtract => Some(left.sub_wrapping(right)),
            Operation::Multiply => Some(left.mul_wrapping(right)),
            _ if zero => None,
            Operation::Divide | Operation::Whole => Some(left.div_wrapping(right)),
            Operation::Remainder => Some(left % right),
            Operation::Modulo => {
                let rest = left % right;
                Some(if rest < T::Native::ZERO { (rest.add_wrapping(right)) % right } else { rest })
            }
        }
    })
}

fn decimals(call: &Call, operation: Operation, left: (u8, i8), right: (u8, i8)) -> Result<ArrayRef> {
    let side = |at: usize, (precision, scale): (u8, i8)| {
        let column = call.column(at);
        cast::array(&column.array, &DataType::Decimal128(precision, scale), call.now)
    };
    let (values, others) = (side(0, left)?, side(1, right)?);
    let (values, others) = (values.as_primitive::<Decimal128Type>(), others.as_primitive::<Decimal128Type>());
    let wanted = shape(&result(operation, left, right)).unwrap_or((38, 0));
    let one = |row: usize| {
        let (at, other) = (if call.column(0).single { 0 } else { row }, if call.column(1).single { 0 } else { row });
        let both = values.is_valid(at) && others.is_valid(other);
        both.then(|| apply(operation, (values.value(at), left.1), (others.value(other), right.1), wanted)).flatten()
    };
    if operation == Operation::Whole {
        #[expect(clippy::cast_possible_truncation, reason = "Java cuts it likewise")]
        return call.values::<Int64Type>(|row| Ok(one(row).map(|value| value as i64)));
    }
    let mut out = Decimal128Builder::with_capacity(call.rows).with_precision_and_scale(wanted.0, wanted.1)?;
    (0..call.rows).for_each(|row| out.append_option(one(row)));
    Ok(Arc::new(out.finish()))
}

/// Whether a function's name is an operator's.
pub fn is_operator(name: &str) -> bool {
    name.starts_with(OPERATOR)
}
