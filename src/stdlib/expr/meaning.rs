//! Types as Spark brings them together: casts where it casts, its arithmetic, its literals.
//!
//! Operators are given their types while a text is planned ([`Meaning`]); what the planner does not ask about (`cast`,
//! `case`, `in`, `between`, literals) is put right afterwards ([`conform`]). Both are the same twice over.

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Diagnostic as EngineDiagnostic, Result, ScalarValue, Spans, plan_err};
use datafusion::logical_expr::expr::{AggregateFunction, InList, ScalarFunction, WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::planner::{
    ExprPlanner, PlannerResult, RawAggregateExpr, RawBinaryExpr, RawFieldAccessExpr, RawWindowExpr,
};
use datafusion::logical_expr::utils::merge_schema;
use datafusion::logical_expr::{Between, Case, Expr, ExprSchemable, GetFieldAccess, LogicalPlan, Operator, binary_expr};
use datafusion::sql::sqlparser::ast::BinaryOperator;
use std::sync::Arc;

use crate::stdlib::function::def::Function;
use crate::stdlib::function::{arithmetic, conversion};
use crate::stdlib::spark::decimal::Operation;
use crate::stdlib::spark::{cast, common};
use crate::stdlib::types::{TIMESTAMP, type_name};

/// Gives operators Spark's meaning.
#[derive(Debug)]
pub(super) struct Meaning;

impl ExprPlanner for Meaning {
    fn plan_binary_op(&self, expr: RawBinaryExpr, schema: &DFSchema) -> Result<PlannerResult<RawBinaryExpr>> {
        if matches!(expr.op, BinaryOperator::And | BinaryOperator::Or) {
            return Ok(PlannerResult::Original(expr));
        }
        // What has no type has a fault that the engine says better, with its place.
        if expr.left.get_type(schema).is_err() || expr.right.get_type(schema).is_err() {
            return Ok(PlannerResult::Original(expr));
        }
        let RawBinaryExpr { op, left, right } = expr;
        let (left, right) = (conform(left, schema)?, conform(right, schema)?);
        let planned = match comparison(&op) {
            Some(operator) => compare(left, operator, right, schema)?,
            None => match operation(&op) {
                Some(operation) => return arithmetic_of(op, operation, left, right, schema),
                None => return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right })),
            },
        };
        Ok(PlannerResult::Planned(planned))
    }

    /// Quantiles are doubles to the engine, though `0.5` is a decimal.
    fn plan_aggregate(&self, mut expr: RawAggregateExpr) -> Result<PlannerResult<RawAggregateExpr>> {
        if expr.func.name().contains("percentile") || expr.func.name().contains("quantile") {
            for argument in &mut expr.args {
                if let Expr::Literal(value @ ScalarValue::Decimal128(..), _) = argument {
                    *argument = Expr::Literal(cast::scalar(value, &DataType::Float64)?, None);
                }
            }
        }
        if expr.distinct && expr.args.len() > 1 {
            return plan_err!("`{}(distinct a, b)` is not supported: count the rows of `select distinct a, b`", expr.func.name());
        }
        if !matches!(expr.func.name(), "approx_distinct" | "regr_count") {
            return Ok(PlannerResult::Original(expr));
        }
        // Counts are signed to Spark.
        let RawAggregateExpr { func, args, distinct, filter, order_by, null_treatment } = expr;
        let called = AggregateFunction::new_udf(func, args, distinct, filter, order_by, null_treatment);
        Ok(PlannerResult::Planned(datafusion::logical_expr::cast(Expr::AggregateFunction(called), DataType::Int64)))
    }

    /// Places among rows are an `int`.
    fn plan_window(&self, expr: RawWindowExpr) -> Result<PlannerResult<RawWindowExpr>> {
        if !matches!(expr.func_def.name(), "row_number" | "rank" | "dense_rank" | "ntile") {
            return Ok(PlannerResult::Original(expr));
        }
        let RawWindowExpr { func_def, args, partition_by, order_by, window_frame, filter, null_treatment, distinct } = expr;
        let params = WindowFunctionParams { args, partition_by, order_by, window_frame, filter, null_treatment, distinct };
        let called = Expr::WindowFunction(Box::new(WindowFunction { fun: func_def, params }));
        Ok(PlannerResult::Planned(datafusion::logical_expr::cast(called, DataType::Int32)))
    }

    /// Items of an array are counted from 0.
    fn plan_field_access(&self, expr: RawFieldAccessExpr, schema: &DFSchema) -> Result<PlannerResult<RawFieldAccessExpr>> {
        if let (GetFieldAccess::ListIndex { key }, DataType::List(_)) = (&expr.field_access, expr.expr.get_type(schema)?) {
            let key = conform((**key).clone(), schema)?;
            return Ok(PlannerResult::Planned(call(&crate::stdlib::function::GET, vec![expr.expr, key])));
        }
        Ok(PlannerResult::Original(expr))
    }
}

fn comparison(op: &BinaryOperator) -> Option<Operator> {
    Some(match op {
        BinaryOperator::Eq => Operator::Eq,
        BinaryOperator::NotEq => Operator::NotEq,
        BinaryOperator::Lt => Operator::Lt,
        BinaryOperator::LtEq => Operator::LtEq,
        BinaryOperator::Gt => Operator::Gt,
        BinaryOperator::GtEq => Operator::GtEq,
        BinaryOperator::Spaceship => Operator::IsNotDistinctFrom,
        _ => return None,
    })
}

fn operation(op: &BinaryOperator) -> Option<Operation> {
    Some(match op {
        BinaryOperator::Plus => Operation::Add,
        BinaryOperator::Minus => Operation::Subtract,
        BinaryOperator::Multiply => Operation::Multiply,
        BinaryOperator::Divide => Operation::Divide,
        BinaryOperator::Modulo => Operation::Remainder,
        BinaryOperator::MyIntegerDivide | BinaryOperator::DuckIntegerDivide => Operation::Whole,
        _ => return None,
    })
}

/// A call of one of our functions.
fn call(function: &'static Function, args: Vec<Expr>) -> Expr {
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(function.udf()), args))
}

/// Two types that do not meet, at the first column that is about it.
fn unmet<T>(at: &Expr, left: &DataType, right: &DataType) -> Result<T> {
    let mut span = None;
    let _ = at.apply(|part| {
        span = span.or_else(|| part.spans().and_then(Spans::first));
        Ok(TreeNodeRecursion::Continue)
    });
    let words = format!("Cannot infer common argument type for {} and {}", type_name(left), type_name(right));
    let diagnostic = EngineDiagnostic::new_error(words.clone(), span);
    plan_err!("{words}"; diagnostic = diagnostic)
}

/// Two values of one type compared.
fn compare(left: Expr, operator: Operator, right: Expr, schema: &DFSchema) -> Result<Expr> {
    let (from, other) = (left.get_type(schema)?, right.get_type(schema)?);
    let equality = matches!(operator, Operator::Eq | Operator::NotEq | Operator::IsNotDistinctFrom);
    let Some(common) = common::compared(&from, &other, equality) else {
        return if is_open(&from) || is_open(&other) {
            Ok(binary_expr(left, operator, right))
        } else {
            unmet(&left, &from, &other)
        };
    };
    let (left, right) = (cast_to(left, &from, &common)?, cast_to(right, &other, &common)?);
    if common.is_floating() {
        return Ok(compare_floating(left, operator, right));
    }
    Ok(binary_expr(left, operator, right))
}

/// Types that Spark and the engine have no quarrel about: structs, intervals, times of day.
fn is_open(data_type: &DataType) -> bool {
    data_type.is_nested()
        || matches!(data_type, DataType::Interval(_) | DataType::Duration(_) | DataType::Time32(_) | DataType::Time64(_))
}

/// To Spark 0.0 and -0.0 are the same, to the engine -0.0 is less.
fn compare_floating(left: Expr, operator: Operator, right: Expr) -> Expr {
    let literal = |expr: &Expr| match expr {
        Expr::Literal(ScalarValue::Float64(Some(value)), _) => Some(*value),
        Expr::Literal(ScalarValue::Float32(Some(value)), _) => Some(f64::from(*value)),
        _ => None,
    };
    let negative = |expr: Expr| match expr {
        Expr::Literal(ScalarValue::Float64(_), metadata) => Expr::Literal(ScalarValue::Float64(Some(-0.0)), metadata),
        Expr::Literal(ScalarValue::Float32(_), metadata) => Expr::Literal(ScalarValue::Float32(Some(-0.0)), metadata),
        other => other,
    };
    if literal(&left).is_some() && literal(&right).is_none() {
        return match operator.swap() {
            Some(swapped) if literal(&left) == Some(0.0) => compare_floating(right, swapped, left),
            _ => binary_expr(left, operator, right),
        };
    }
    match (literal(&right), operator) {
        // Any other number is above or below both zeros.
        (Some(value), _) if value != 0.0 => binary_expr(left, operator, right),
        (Some(_), Operator::Lt | Operator::GtEq) => binary_expr(left, operator, negative(right)),
        (Some(_), Operator::Gt | Operator::LtEq) => binary_expr(left, operator, right),
        (Some(_), Operator::Eq | Operator::NotEq) => {
            let negated = operator == Operator::NotEq;
            Expr::Between(Between::new(Box::new(left), negated, Box::new(negative(right.clone())), Box::new(right)))
        }
        _ => {
            // -0.0 + 0.0 is 0.0.
            let zero = |expr: &Expr| match expr {
                Expr::Literal(..) => None,
                _ => Some(Expr::Literal(ScalarValue::Float64(Some(0.0)), None)),
            };
            let flat = |expr: Expr| match zero(&expr) {
                Some(zero) => binary_expr(expr, Operator::Plus, zero),
                None => expr,
            };
            binary_expr(flat(left), operator, flat(right))
        }
    }
}

fn arithmetic_of(
    op: BinaryOperator,
    operation: Operation,
    left: Expr,
    right: Expr,
    schema: &DFSchema,
) -> Result<PlannerResult<RawBinaryExpr>> {
    let (from, other) = (left.get_type(schema)?, right.get_type(schema)?);
    let (from_plain, other_plain) = (common::plain(&from), common::plain(&other));
    let planned = PlannerResult::Planned;
    let is_number = |found: &DataType| found.is_numeric() || *found == DataType::Utf8View || *found == DataType::Null;
    match (operation, &from_plain, &other_plain) {
        // Days after a date.
        (Operation::Add, DataType::Date32, DataType::Int8 | DataType::Int16 | DataType::Int32) => {
            return Ok(planned(call(&crate::stdlib::function::DATE_ADD, vec![left, right])));
        }
        (Operation::Add, DataType::Int8 | DataType::Int16 | DataType::Int32, DataType::Date32) => {
            return Ok(planned(call(&crate::stdlib::function::DATE_ADD, vec![right, left])));
        }
        (Operation::Subtract, DataType::Date32, DataType::Int8 | DataType::Int16 | DataType::Int32) => {
            return Ok(planned(call(&crate::stdlib::function::DATE_SUB, vec![left, right])));
        }
        // To Spark it is an interval: its days are what is meant.
        (_, DataType::Date32 | DataType::Timestamp(..), found) | (_, found, DataType::Date32 | DataType::Timestamp(..))
            if !matches!(found, DataType::Interval(_) | DataType::Duration(_) | DataType::Null) =>
        {
            return unmet(&left, &from, &other);
        }
        (_, left_type, right_type) if is_number(left_type) && is_number(right_type) => {}
        (_, DataType::Boolean, _) | (_, _, DataType::Boolean) => return unmet(&left, &from, &other),
        _ => return Ok(PlannerResult::Original(RawBinaryExpr { op, left, right })),
    }
    // Text is a double in arithmetic.
    let number = |found: &DataType| if *found == DataType::Utf8View { DataType::Float64 } else { found.clone() };
    let (mut wanted, mut other_wanted) = (number(&from_plain), number(&other_plain));
    if operation == Operation::Whole && (from_plain == DataType::Utf8View || other_plain == DataType::Utf8View) {
        return unmet(&left, &from, &other);
    }
    if wanted == DataType::Null {
        wanted = other_wanted.clone();
    }
    if other_wanted == DataType::Null {
        other_wanted = wanted.clone();
    }
    if wanted == DataType::Null {
        (wanted, other_wanted) = (DataType::Float64, DataType::Float64);
    }
    let is_decimal = |found: &DataType| matches!(found, DataType::Decimal128(..));
    let decimals = (is_decimal(&wanted) || is_decimal(&other_wanted)) && !wanted.is_floating() && !other_wanted.is_floating();
    if decimals {
        // A whole literal has as many digits as are written.
        let left = digits_of(&left, &wanted).map_or_else(|| cast_to(left.clone(), &from, &wanted), Ok)?;
        let right = digits_of(&right, &other_wanted).map_or_else(|| cast_to(right.clone(), &other, &other_wanted), Ok)?;
        return Ok(planned(call(arithmetic::of(operation), vec![left, right])));
    }
    let Some(common) = common::numbers(&wanted, &other_wanted) else { return unmet(&left, &from, &other) };
    if operation == Operation::Whole && common.is_floating() {
        return unmet(&left, &from, &other);
    }
    let target = match operation {
        Operation::Divide => DataType::Float64,
        Operation::Whole => DataType::Int64,
        _ => common,
    };
    let (left, right) = (cast_to(left, &from, &target)?, cast_to(right, &other, &target)?);
    Ok(planned(match (operation, &right) {
        (Operation::Add, _) => binary_expr(left, Operator::Plus, right),
        (Operation::Subtract, _) => binary_expr(left, Operator::Minus, right),
        (Operation::Multiply, _) => binary_expr(left, Operator::Multiply, right),
        // The engine's own division does where nothing can go wrong.
        (Operation::Divide, Expr::Literal(ScalarValue::Float64(Some(value)), _)) if *value != 0.0 => {
            binary_expr(left, Operator::Divide, right)
        }
        _ => call(arithmetic::of(operation), vec![left, right]),
    }))
}

/// A whole literal beside a decimal, as a decimal of its own digits.
fn digits_of(expr: &Expr, data_type: &DataType) -> Option<Expr> {
    let value = match expr {
        Expr::Literal(ScalarValue::Int32(Some(value)), _) => i64::from(*value),
        Expr::Literal(ScalarValue::Int64(Some(value)), _) => *value,
        _ => return None,
    };
    if !data_type.is_integer() {
        return None;
    }
    let digits = u8::try_from(value.unsigned_abs().to_string().len()).ok()?;
    Some(Expr::Literal(ScalarValue::Decimal128(Some(i128::from(value)), digits, 0), None))
}

/// A value of another type: a literal at once, the engine's own cast where it does the same, else ours.
fn cast_to(expr: Expr, from: &DataType, to: &DataType) -> Result<Expr> {
    if common::same(from, to) && !matches!(from, DataType::UInt64) {
        return Ok(expr);
    }
    match expr {
        Expr::Literal(value, metadata) if cast::is_possible(from, to) && !needs_today(&value, to) => {
            Ok(Expr::Literal(cast::scalar(&value, to)?, metadata))
        }
        expr if cast::is_plain(from, to) => Ok(datafusion::logical_expr::cast(expr, to.clone())),
        expr => Ok(conversion::call(expr, to.clone())),
    }
}

/// `'10:30'` as a timestamp is a time of the day on which the job runs.
fn needs_today(value: &ScalarValue, to: &DataType) -> bool {
    matches!(to, DataType::Timestamp(..))
        && value.try_as_str().flatten().is_some_and(|text| text.contains(':') && !text.contains('-'))
}

/// The type a written cast is to.
fn target(to: &DataType) -> DataType {
    match to {
        DataType::Timestamp(_, None) => TIMESTAMP,
        other => other.clone(),
    }
}

/// An expression with Spark's meaning.
pub(super) fn conform(expr: Expr, schema: &DFSchema) -> Result<Expr> {
    expr.transform_up(|expr| one(expr, schema)).map(|done| done.data)
}

fn one(expr: Expr, schema: &DFSchema) -> Result<Transformed<Expr>> {
    Ok(Transformed::yes(match expr {
        Expr::Literal(ScalarValue::Int64(Some(value)), metadata) if i32::try_from(value).is_ok() && metadata.is_none() => {
            Expr::Literal(ScalarValue::Int32(i32::try_from(value).ok()), None)
        }
        Expr::Literal(ScalarValue::UInt64(Some(value)), metadata) => {
            let digits = u8::try_from(value.to_string().len()).unwrap_or(20);
            Expr::Literal(ScalarValue::Decimal128(Some(i128::from(value)), digits, 0), metadata)
        }
        Expr::Cast(cast) => {
            let from = cast.expr.get_type(schema)?;
            let to = target(cast.field.data_type());
            if common::same(&from, &to) && matches!(*cast.expr, Expr::Cast(_)) {
                return Ok(Transformed::no(*cast.expr));
            }
            if is_open(&to) || is_open(&from) && !matches!(to, DataType::Utf8View) {
                return Ok(Transformed::no(Expr::Cast(cast)));
            }
            // Our own casts come back as they are.
            if cast::is_plain(&from, &to) && !matches!(*cast.expr, Expr::Literal(..)) {
                return Ok(Transformed::no(datafusion::logical_expr::cast(*cast.expr, to)));
            }
            written_cast(*cast.expr, &from, &to)?
        }
        Expr::TryCast(cast) => {
            let from = cast.expr.get_type(schema)?;
            written_cast(*cast.expr, &from, &target(cast.field.data_type()))?
        }
        Expr::Negative(inner) => {
            let from = inner.get_type(schema)?;
            match *inner {
                Expr::Literal(ScalarValue::Float64(Some(value)), metadata) => {
                    Expr::Literal(ScalarValue::Float64(Some(-value)), metadata)
                }
                inner if common::plain(&from) == DataType::Utf8View => {
                    Expr::Negative(Box::new(cast_to(inner, &from, &DataType::Float64)?))
                }
                inner => return Ok(Transformed::no(Expr::Negative(Box::new(inner)))),
            }
        }
        Expr::InList(InList { expr, list, negated }) => {
            let mut types = vec![expr.get_type(schema)?];
            for item in &list {
                types.push(item.get_type(schema)?);
            }
            let Some(common) = common::chosen_of(&types) else {
                let other = types.iter().skip(1).find(|found| common::chosen(&types[0], found).is_none()).unwrap_or(&types[0]);
                return unmet(&expr, &types[0], other);
            };
            let expr = cast_to(*expr, &types[0], &common)?;
            let list =
                list.into_iter().zip(&types[1..]).map(|(item, from)| cast_to(item, from, &common)).collect::<Result<Vec<_>>>()?;
            Expr::InList(InList { expr: Box::new(expr), list, negated })
        }
        Expr::Between(Between { expr, negated, low, high }) => {
            let types = [expr.get_type(schema)?, low.get_type(schema)?, high.get_type(schema)?];
            let both = (common::compared(&types[0], &types[1], false), common::compared(&types[0], &types[2], false));
            match both {
                (Some(left), Some(right)) if left == right => Expr::Between(Between {
                    expr: Box::new(cast_to(*expr, &types[0], &left)?),
                    negated,
                    low: Box::new(cast_to(*low, &types[1], &left)?),
                    high: Box::new(cast_to(*high, &types[2], &left)?),
                }),
                (Some(_), Some(_)) => {
                    let above = compare((*expr).clone(), Operator::GtEq, *low, schema)?;
                    let inside = above.and(compare(*expr, Operator::LtEq, *high, schema)?);
                    if negated { Expr::Not(Box::new(inside)) } else { inside }
                }
                _ if types.iter().any(is_open) => {
                    return Ok(Transformed::no(Expr::Between(Between { expr, negated, low, high })));
                }
                (None, _) => return unmet(&expr, &types[0], &types[1]),
                (_, None) => return unmet(&expr, &types[0], &types[2]),
            }
        }
        Expr::Like(mut like) => {
            for side in [&mut like.expr, &mut like.pattern] {
                let from = side.get_type(schema)?;
                if !from.is_string() {
                    **side = cast_to((**side).clone(), &from, &DataType::Utf8View)?;
                }
            }
            if let Some(escape) = like.escape_char.filter(|escape| *escape != '\\') {
                let Expr::Literal(value, _) = &*like.pattern else {
                    return plan_err!("a pattern of `like` with an `escape` must be a text as it stands");
                };
                let pattern = value.try_as_str().flatten().map(|pattern| escaped(pattern, escape));
                like.pattern = Box::new(Expr::Literal(ScalarValue::Utf8(pattern), None));
                like.escape_char = None;
            }
            return Ok(Transformed::no(Expr::Like(like)));
        }
        Expr::Case(case) => chosen_case(case, schema)?,
        Expr::ScalarFunction(call) if matches!(call.name(), "coalesce" | "greatest" | "least" | "make_array" | "array") => {
            chosen_call(call, schema)?
        }
        Expr::ScalarFunction(call) if call.name() == "now" => {
            let now = Expr::ScalarFunction(call);
            datafusion::logical_expr::cast(now, TIMESTAMP)
        }
        other => return Ok(Transformed::no(other)),
    }))
}

/// A pattern of `like` with backslashes for another escape.
fn escaped(pattern: &str, escape: char) -> String {
    let mut out = String::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            c if c == escape => {
                out.push('\\');
                out.extend(chars.next());
            }
            '\\' => out.push_str("\\\\"),
            c => out.push(c),
        }
    }
    out
}

/// A cast that is written: refused where Spark has none.
fn written_cast(expr: Expr, from: &DataType, to: &DataType) -> Result<Expr> {
    if !cast::is_possible(from, to) {
        return plan_err!("Cannot cast {} to {}", type_name(from), type_name(to));
    }
    cast_to(expr, from, to)
}

fn chosen_case(case: Case, schema: &DFSchema) -> Result<Expr> {
    let mut types = Vec::new();
    for (_, then) in &case.when_then_expr {
        types.push(then.get_type(schema)?);
    }
    if let Some(otherwise) = &case.else_expr {
        types.push(otherwise.get_type(schema)?);
    }
    if types.iter().any(|found| found.is_nested() && !matches!(found, DataType::List(_))) {
        return Ok(Expr::Case(case));
    }
    let Some(common) = common::chosen_of(&types) else {
        if types.iter().any(is_open) {
            return Ok(Expr::Case(case));
        }
        let other = types.iter().find(|found| common::chosen(&types[0], found).is_none()).unwrap_or(&types[0]);
        let at = Expr::Case(case);
        return unmet(&at, &types[0], other);
    };
    let mut types = types.into_iter();
    let mut fit = |expr: Box<Expr>| -> Result<Box<Expr>> {
        let from = types.next().unwrap_or(DataType::Null);
        Ok(Box::new(cast_to(*expr, &from, &common)?))
    };
    let when_then_expr =
        case.when_then_expr.into_iter().map(|(when, then)| Ok((when, fit(then)?))).collect::<Result<Vec<_>>>()?;
    let else_expr = case.else_expr.map(&mut fit).transpose()?;
    Ok(Expr::Case(Case { expr: case.expr, when_then_expr, else_expr }))
}

fn chosen_call(call: ScalarFunction, schema: &DFSchema) -> Result<Expr> {
    let types = call.args.iter().map(|arg| arg.get_type(schema)).collect::<Result<Vec<_>>>()?;
    let ordered = matches!(call.name(), "greatest" | "least");
    if ordered && types.len() < 2 {
        return plan_err!("`{}` expects at least 2 arguments but received {}", call.name(), types.len());
    }
    let is_text = |found: &DataType| common::plain(found) == DataType::Utf8View;
    let mixed = types.iter().any(is_text) && types.iter().any(|found| !is_text(found) && *found != DataType::Null);
    let Some(common) = common::chosen_of(&types).filter(|_| !(ordered && mixed)) else {
        if types.iter().any(is_open) {
            return Ok(Expr::ScalarFunction(call));
        }
        let first = types.first().cloned().unwrap_or(DataType::Null);
        let other = types.iter().find(|found| !common::same(&first, found)).unwrap_or(&first);
        let at = Expr::ScalarFunction(call);
        return unmet(&at, &first, other);
    };
    let args = call.args.into_iter().zip(&types).map(|(arg, from)| cast_to(arg, from, &common)).collect::<Result<Vec<_>>>()?;
    Ok(Expr::ScalarFunction(ScalarFunction { func: call.func, args }))
}

/// A plan whose expressions have Spark's meaning.
pub(super) fn conform_plan(plan: LogicalPlan) -> Result<LogicalPlan> {
    let done = plan.transform_up_with_subqueries(|plan| {
        // The numbers of a limit are the engine's, and the texts of others are not ours.
        if matches!(plan, LogicalPlan::Limit(_) | LogicalPlan::Extension(_) | LogicalPlan::TableScan(_)) {
            return Ok(Transformed::no(plan));
        }
        let schema = merge_schema(&plan.inputs());
        let names = NamePreserver::new(&plan);
        let plan = plan.map_expressions(|expr| {
            let name = names.save(&expr);
            // Arguments that say how many rows: the engine reads them off as they were.
            let wide = |args: &mut Vec<Expr>| {
                for arg in args {
                    if let Expr::Literal(ScalarValue::Int32(Some(value)), _) = arg {
                        *arg = Expr::Literal(ScalarValue::Int64(Some(i64::from(*value))), None);
                    }
                }
            };
            let one = |expr| match expr {
                Expr::AggregateFunction(mut called) => {
                    wide(&mut called.params.args);
                    Ok(Transformed::yes(Expr::AggregateFunction(called)))
                }
                Expr::WindowFunction(mut called) => {
                    wide(&mut called.params.args);
                    Ok(Transformed::yes(Expr::WindowFunction(called)))
                }
                expr => one(expr, &schema),
            };
            expr.transform_up(one).map(|done| done.update_data(|expr| name.restore(expr)))
        })?;
        plan.map_data(LogicalPlan::recompute_schema)
    })?;
    Ok(done.data)
}
