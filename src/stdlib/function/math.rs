//! Functions of doubles; outside their domain they are NULL or not a number, as in Spark.

use datafusion::arrow::datatypes::{Float64Type, Int64Type};
use datafusion::common::Result;

use super::def::{Call, Function, Run, Want, double, long};

/// Functions of one double.
macro_rules! doubles {
    ($($declared:ident $name:literal $([$alias:literal])? => $run:expr, $summary:literal;)*) => {
        $(pub(super) static $declared: Function = Function {
            name: $name,
            aliases: &[$($alias)?],
            takes: &[Want::Double],
            returns: double,
            run: Run::Double($run),
            summary: $summary,
            ..Function::BASE
        };)*
    };
}

doubles! {
    SQRT "sqrt" => |x| Some(x.sqrt()), "`sqrt(x)`: the square root";
    CBRT "cbrt" => |x| Some(x.cbrt()), "`cbrt(x)`: the cube root";
    EXP "exp" => |x| Some(x.exp()), "`exp(x)`: e to the power of x";
    EXPM1 "expm1" => |x| Some(x.exp_m1()), "`expm1(x)`: `exp(x) - 1`, exact near 0";
    LN "ln" => |x| above(x, 0.0).map(f64::ln), "`ln(x)`: the natural logarithm; NULL if x is not above 0";
    LOG10 "log10" => |x| above(x, 0.0).map(f64::log10), "`log10(x)`: the logarithm to the base 10; NULL if x is not above 0";
    LOG2 "log2" => |x| above(x, 0.0).map(f64::log2), "`log2(x)`: the logarithm to the base 2; NULL if x is not above 0";
    LOG1P "log1p" => |x| above(x, -1.0).map(f64::ln_1p), "`log1p(x)`: `ln(1 + x)`, exact near 0";
    SIN "sin" => |x| Some(x.sin()), "`sin(x)`: the sine";
    COS "cos" => |x| Some(x.cos()), "`cos(x)`: the cosine";
    TAN "tan" => |x| Some(x.tan()), "`tan(x)`: the tangent";
    COT "cot" => |x| Some(1.0 / x.tan()), "`cot(x)`: the cotangent";
    SEC "sec" => |x| Some(1.0 / x.cos()), "`sec(x)`: the secant";
    CSC "csc" => |x| Some(1.0 / x.sin()), "`csc(x)`: the cosecant";
    ASIN "asin" => |x| Some(x.asin()), "`asin(x)`: the inverse sine";
    ACOS "acos" => |x| Some(x.acos()), "`acos(x)`: the inverse cosine";
    ATAN "atan" => |x| Some(x.atan()), "`atan(x)`: the inverse tangent";
    SINH "sinh" => |x| Some(x.sinh()), "`sinh(x)`: the hyperbolic sine";
    COSH "cosh" => |x| Some(x.cosh()), "`cosh(x)`: the hyperbolic cosine";
    TANH "tanh" => |x| Some(x.tanh()), "`tanh(x)`: the hyperbolic tangent";
    ASINH "asinh" => |x| Some(x.asinh()), "`asinh(x)`: the inverse hyperbolic sine";
    ACOSH "acosh" => |x| Some(x.acosh()), "`acosh(x)`: the inverse hyperbolic cosine";
    ATANH "atanh" => |x| Some(x.atanh()), "`atanh(x)`: the inverse hyperbolic tangent";
    DEGREES "degrees" => |x| Some(x.to_degrees()), "`degrees(x)`: from radians";
    RADIANS "radians" => |x| Some(x.to_radians()), "`radians(x)`: from degrees";
    RINT "rint" => |x| Some(x.round_ties_even()), "`rint(x)`: the nearest whole number, an even one of two";
    SIGN "sign" ["signum"] => |x| Some(if x == 0.0 || x.is_nan() { x } else { x.signum() }), "`sign(x)`: -1.0, 0.0 or 1.0";
}

pub(super) static POWER: Function = Function {
    name: "power",
    aliases: &["pow"],
    takes: &[Want::Double, Want::Double],
    returns: double,
    run: Run::Doubles(|base, exponent| Some(base.powf(exponent))),
    summary: "`power(x, y)`: x to the power of y, a double",
    ..Function::BASE
};

pub(super) static ATAN2: Function = Function {
    name: "atan2",
    takes: &[Want::Double, Want::Double],
    returns: double,
    run: Run::Doubles(|y, x| Some(y.atan2(x))),
    summary: "`atan2(y, x)`: the angle of a point",
    ..Function::BASE
};

pub(super) static HYPOT: Function = Function {
    name: "hypot",
    takes: &[Want::Double, Want::Double],
    returns: double,
    run: Run::Doubles(|x, y| Some(x.hypot(y))),
    summary: "`hypot(x, y)`: the square root of the squares' sum",
    ..Function::BASE
};

pub(super) static LOG: Function = Function {
    name: "log",
    takes: &[Want::Double, Want::Double],
    optional: 1,
    returns: double,
    run: Run::Batch(|call| {
        let (first, based) = (call.double(0), call.count() > 1);
        let second = based.then(|| call.double(1));
        call.values::<Float64Type>(|row| {
            let Some(first) = first.get(row).and_then(|x| above(x, 0.0)) else { return Ok(None) };
            let Some(second) = &second else { return Ok(Some(first.ln())) };
            Ok(second.get(row).and_then(|x| above(x, 0.0)).map(|second| second.ln() / first.ln()))
        })
    }),
    summary: "`log([base, ]x)`: the logarithm, the natural one without a base; NULL outside its domain",
    ..Function::BASE
};

pub(super) static E: Function = Function {
    name: "e",
    returns: double,
    run: Run::Batch(|call| call.values::<Float64Type>(|_| Ok(Some(std::f64::consts::E)))),
    summary: "`e()`: 2.71828…",
    ..Function::BASE
};

pub(super) static FACTORIAL: Function = Function {
    name: "factorial",
    takes: &[Want::Int],
    returns: long,
    run: Run::Batch(factorial),
    summary: "`factorial(n)`: of 0 to 20; else NULL",
    ..Function::BASE
};

fn factorial(call: &Call) -> Result<datafusion::arrow::array::ArrayRef> {
    let number = call.int(0);
    let product = |n: i32| (0..=20).contains(&n).then(|| (1..=i64::from(n)).product());
    call.values::<Int64Type>(|row| Ok(number.get(row).and_then(product)))
}

/// The value if it is above a bound, or not a number.
fn above(x: f64, bound: f64) -> Option<f64> {
    (x > bound || x.is_nan()).then_some(x)
}
