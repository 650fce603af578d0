//! Exact comparison of numeric columns with written numbers.
//!
//! Integers are compared as integers, decimals as decimals, floating point as floating point; AWS goes through a
//! double instead and is wrong beyond 2^53.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::functions::expr_fn::isnan;
use datafusion::logical_expr::{Expr, cast, lit, try_cast};

use crate::syntax::dqdl::ast::CompareOp;

/// A column brought to a type in which it can be compared with some numbers exactly, and those numbers in that type.
pub(super) struct Comparison {
    value: Expr,
    floating: bool,
    literals: Vec<ScalarValue>,
}

/// A written number: sign, digits, and how many of them stand after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Decimal {
    digits: i128,
    scale: u32,
}

impl Decimal {
    fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let fraction = fraction.trim_end_matches('0');
        let scale = u32::try_from(fraction.len()).ok()?;
        let digits = format!("{whole}{fraction}").parse().ok()?;
        Some(Self { digits, scale })
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        let shifted = self.digits.checked_mul(10_i128.checked_pow(scale.checked_sub(self.scale)?)?)?;
        // A decimal has 38 digits.
        (shifted.unsigned_abs() < 10_u128.pow(38)).then_some(shifted)
    }
}

impl Comparison {
    /// Prepares the comparison of a column with numbers as they are written. Text is read as numbers; what is not one is null.
    pub(super) fn new(column: Expr, data_type: &DataType, numbers: &[&str]) -> Self {
        if matches!(data_type, DataType::Float32) {
            let literals = numbers.iter().map(|text| ScalarValue::Float32(text.parse().ok())).collect();
            return Self { value: column, floating: true, literals };
        }
        let decimals: Option<Vec<_>> = numbers.iter().map(|text| Decimal::parse(text)).collect();
        let exact = decimals
            .filter(|_| data_type.is_numeric() && !data_type.is_floating())
            .and_then(|decimals| integers(&column, data_type, &decimals).or_else(|| fixed_point(&column, data_type, &decimals)));
        if let Some((value, literals)) = exact {
            return Self { value, floating: false, literals };
        }
        let value = match data_type {
            DataType::Float64 => column,
            numeric if numeric.is_numeric() => cast(column, DataType::Float64),
            _ => try_cast(column, DataType::Float64),
        };
        let literals = numbers.iter().map(|text| ScalarValue::Float64(text.parse().ok())).collect();
        Self { value, floating: true, literals }
    }

    /// `value op number`, null if the value is. Not a number satisfies only `!=`; the zeros are equal.
    pub(super) fn compare(&self, operator: CompareOp, at: usize) -> Expr {
        let value = self.value.clone();
        let ordered = |test: Expr| if self.floating { test.and(!isnan(self.value.clone())) } else { test };
        // The engine orders -0.0 before 0.0: compare with the zero that makes both satisfy the same.
        match operator {
            CompareOp::Eq => self.equal(at),
            CompareOp::Ne => !self.equal(at),
            CompareOp::Gt => ordered(value.gt(self.literal(at, false))),
            CompareOp::Ge => ordered(value.gt_eq(self.literal(at, true))),
            CompareOp::Lt => ordered(value.lt(self.literal(at, true))),
            CompareOp::Le => ordered(value.lt_eq(self.literal(at, false))),
        }
    }

    /// The value is one of the numbers.
    pub(super) fn any(&self) -> Expr {
        let zero = self.literals.iter().any(is_zero);
        let minus = (zero && self.floating).then(|| self.zero(true));
        let plus = (zero && self.floating).then(|| self.zero(false));
        let list = self.literals.iter().filter(|literal| !(self.floating && is_zero(literal))).cloned().map(lit);
        self.value.clone().in_list(list.chain(minus).chain(plus).collect(), false)
    }

    fn equal(&self, at: usize) -> Expr {
        if self.floating && is_zero(&self.literals[at]) {
            return self.value.clone().in_list(vec![self.zero(false), self.zero(true)], false);
        }
        self.value.clone().eq(lit(self.literals[at].clone()))
    }

    fn literal(&self, at: usize, negative_zero: bool) -> Expr {
        let literal = &self.literals[at];
        if self.floating && is_zero(literal) { self.zero(negative_zero) } else { lit(literal.clone()) }
    }

    fn zero(&self, negative: bool) -> Expr {
        let zero = if negative { -0.0 } else { 0.0 };
        match self.literals.first() {
            #[expect(clippy::cast_possible_truncation, reason = "a zero")]
            Some(ScalarValue::Float32(_)) => lit(zero as f32),
            _ => lit(zero),
        }
    }
}

fn is_zero(literal: &ScalarValue) -> bool {
    match literal {
        ScalarValue::Float64(Some(x)) => *x == 0.0,
        ScalarValue::Float32(Some(x)) => *x == 0.0,
        _ => false,
    }
}

/// Whole numbers against a column of whole numbers: no cast at all where they fit its type.
fn integers(column: &Expr, data_type: &DataType, decimals: &[Decimal]) -> Option<(Expr, Vec<ScalarValue>)> {
    let whole: Option<Vec<i64>> =
        decimals.iter().map(|d| (d.scale == 0).then(|| i64::try_from(d.digits).ok()).flatten()).collect();
    let whole = whole?;
    let fits = |low: i64, high: i64| whole.iter().all(|value| (low..=high).contains(value));
    let literals = |make: fn(i64) -> ScalarValue| whole.iter().copied().map(make).collect::<Vec<_>>();
    #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
    let found = match data_type {
        DataType::Int64 => (column.clone(), literals(|v| ScalarValue::Int64(Some(v)))),
        DataType::Int32 if fits(i32::MIN.into(), i32::MAX.into()) => {
            (column.clone(), literals(|v| ScalarValue::Int32(Some(v as i32))))
        }
        DataType::Int16 if fits(i16::MIN.into(), i16::MAX.into()) => {
            (column.clone(), literals(|v| ScalarValue::Int16(Some(v as i16))))
        }
        DataType::Int8 if fits(i8::MIN.into(), i8::MAX.into()) => {
            (column.clone(), literals(|v| ScalarValue::Int8(Some(v as i8))))
        }
        DataType::Int32 | DataType::Int16 | DataType::Int8 | DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => {
            (cast(column.clone(), DataType::Int64), literals(|v| ScalarValue::Int64(Some(v))))
        }
        _ => return None,
    };
    Some(found)
}

fn fixed_point(column: &Expr, data_type: &DataType, decimals: &[Decimal]) -> Option<(Expr, Vec<ScalarValue>)> {
    let (precision, own) = match data_type {
        DataType::Decimal128(precision, scale) => (*precision, u32::try_from(*scale).ok()?),
        DataType::Decimal256(..) => return None,
        _ => (0, 0),
    };
    let scale = decimals.iter().map(|d| d.scale).max().unwrap_or(0).max(own);
    let small = i8::try_from(scale).ok().filter(|scale| *scale <= 18)?;
    let unchanged = scale == own && precision > 0;
    let target = if unchanged { data_type.clone() } else { DataType::Decimal128(38, small) };
    let DataType::Decimal128(precision, _) = target else { return None };
    let literals: Option<Vec<_>> =
        decimals.iter().map(|d| d.at_scale(scale).map(|value| ScalarValue::Decimal128(Some(value), precision, small))).collect();
    let value = if unchanged { column.clone() } else { cast(column.clone(), target) };
    Some((value, literals?))
}
