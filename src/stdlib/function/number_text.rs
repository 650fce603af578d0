//! Numbers as text, in groups of digits or to another base.

use super::def::{Function, Run, Want};
use crate::stdlib::spark::{cast, parse};
use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type};

pub(super) static FORMAT_NUMBER: Function = Function {
    name: "format_number",
    takes: &[Want::Number, Want::Int],
    run: Run::Batch(|call| {
        let column = call.column(0);
        let digits = call.int(1);
        let decimal = match column.array.data_type() {
            DataType::Decimal128(_, scale) => Some((column.array.clone(), *scale)),
            found if found.is_integer() => Some((cast::array(&column.array, &DataType::Decimal128(38, 0), call.now)?, 0)),
            _ => None,
        };
        let doubles = cast::array(&column.array, &DataType::Float64, call.now)?;
        let doubles = doubles.as_primitive::<Float64Type>();
        call.strings(|row| {
            let at = if column.single { 0 } else { row };
            let Some(digits) = digits.get(row).filter(|digits| *digits >= 0 && doubles.is_valid(at)) else { return Ok(None) };
            let digits = usize::try_from(digits).unwrap_or(0);
            Ok(Some(match &decimal {
                Some((values, scale)) => {
                    let value = values.as_primitive::<Decimal128Type>().value(at);
                    grouped(&half_even(value.unsigned_abs(), usize::try_from(*scale).unwrap_or(0), digits), value < 0)
                }
                None => {
                    let value = doubles.value(at);
                    // The engine's own writing rounds the exact double, halves to the even digit.
                    grouped(&format!("{:.digits$}", value.abs()), value < 0.0)
                }
            }))
        })
    }),
    summary: "`format_number(x, digits)`: with commas between thousands",
    ..Function::BASE
};

fn half_even(value: u128, scale: usize, digits: usize) -> String {
    let mut value = value;
    let mut scale = scale;
    if scale > digits {
        let unit = 10_u128.pow(u32::try_from(scale - digits).unwrap_or(0));
        let (quotient, rest) = (value / unit, value % unit);
        let up = rest * 2 > unit || (rest * 2 == unit && quotient % 2 == 1);
        value = quotient + u128::from(up);
        scale = digits;
    }
    let text = format!("{value:0>width$}", width = scale + 1);
    let (whole, fraction) = text.split_at(text.len() - scale);
    let fill = "0".repeat(digits - scale);
    if digits == 0 { whole.to_owned() } else { format!("{whole}.{fraction}{fill}") }
}

fn grouped(text: &str, negative: bool) -> String {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut out = String::new();
    if negative && text.contains(|c: char| c.is_ascii_digit() && c != '0') {
        out.push('-');
    }
    for (at, c) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

pub(super) static CONV: Function = Function {
    name: "conv",
    takes: &[Want::Text, Want::Int, Want::Int],
    run: Run::Batch(|call| {
        let (text, from, to) = (call.text(0), call.int(1), call.int(2));
        call.strings(|row| {
            let (Some(text), Some(from), Some(to)) = (text.get(row), from.get(row), to.get(row)) else { return Ok(None) };
            Ok(conv(text, from, to))
        })
    }),
    summary: "`conv(s, from, to)`: a number to another base",
    ..Function::BASE
};

fn conv(text: &str, from: i32, to: i32) -> Option<String> {
    let (radix, base) = (u32::try_from(from).ok()?, u64::from(to.unsigned_abs()));
    if !(2..=36).contains(&radix) || !(2..=36).contains(&base) {
        return None;
    }
    let text = parse::trim(text);
    let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
    if digits.is_empty() {
        return None;
    }
    let mut value: u64 = 0;
    for digit in digits.chars().map_while(|c| c.to_digit(radix)) {
        let next = value.checked_mul(u64::from(radix)).and_then(|value| value.checked_add(u64::from(digit)));
        value = next.unwrap_or(u64::MAX);
        if next.is_none() {
            break;
        }
    }
    let value = if negative { value.wrapping_neg() } else { value };
    // A negative base asks for a sign.
    let (sign, mut value) = if to < 0 && value.cast_signed() < 0 { ("-", value.wrapping_neg()) } else { ("", value) };
    let mut out = Vec::new();
    loop {
        out.push(char::from_digit(u32::try_from(value % base).unwrap_or(0), 36).unwrap_or('0').to_ascii_uppercase());
        value /= base;
        if value == 0 {
            break;
        }
    }
    Some(format!("{sign}{}", out.iter().rev().collect::<String>()))
}
