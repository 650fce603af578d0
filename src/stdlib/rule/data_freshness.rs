//! `DataFreshness "col" <= 24 hours`: every value is young enough.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::compute::cast as to_type;
use datafusion::arrow::datatypes::{DataType, Float64Type, TimeUnit, TimestampMicrosecondType};

use super::bind::RuleCx;
use super::bound::{Check, Empty, Leaf, Metric, Test};
use super::condition::Demand;
use super::def::{Eval, RowClass, RuleDef, Takes, Usable};
use super::function::{call, strings};
use super::{cast, reason};
use crate::diag::Reported;

pub(super) static DATA_FRESHNESS: RuleDef = RuleDef {
    name: "DataFreshness",
    summary: "the age of every value satisfies the condition",
    takes: Takes::Duration,
    class: RowClass::Row,
    usable: Usable::Both,
    eval: Eval::By(eval),
    page: include_str!("data_freshness.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let (column, condition) = (cx.column_with_dots(0), cx.number_condition());
    let (column, condition) = (column?, condition?);
    // Ages are compared with durations, which no function gives.
    let condition = condition.resolve(&[]);
    if column.data_type == DataType::Boolean {
        return Err(cx.error(cx.wrong_type(&column, "dates and timestamps")));
    }
    let (now, is_text, is_number) = (cx.scope.now, column.is_text(), column.data_type.is_numeric());
    let key = format!("{condition:?}");
    let kernel = move |columns: &[ArrayRef]| {
        let satisfies = |time: Option<i64>| Some(time.is_some_and(|time| condition.holds(age(now, time))));
        let test: BooleanArray = if is_text {
            let texts = strings(&columns[0])?;
            let parse = |text: &str| cast::timestamp(text, now).map(|time| time.timestamp());
            texts.iter().map(|text| satisfies(text.and_then(parse))).collect()
        } else if is_number {
            // Spark reads a number as seconds since 1970.
            let seconds = to_type(&columns[0], &DataType::Float64)?;
            #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
            let seconds =
                seconds.as_primitive::<Float64Type>().iter().map(|value| satisfies(value.map(|value| value as i64))).collect();
            seconds
        } else {
            let times = to_type(&columns[0], &DataType::Timestamp(TimeUnit::Microsecond, None))?;
            let times = times.as_primitive::<TimestampMicrosecondType>();
            times.iter().map(|value| satisfies(value.map(|value| value.div_euclid(1_000_000)))).collect()
        };
        debug_assert_eq!(test.len(), columns[0].len());
        Ok(Arc::new(test) as ArrayRef)
    };
    let test = call("age_satisfies", key, DataType::Boolean, vec![column.expr.clone()], Arc::new(kernel));
    let message = format!("has an age that {}", reason::words(cx, cx.condition()));
    let metrics = vec![(column.metric("DataFreshness.Compliance"), Metric::Share)];
    let check = Check { metric: Metric::Share, condition: Demand::ALL };
    Ok(Leaf { empty: Empty::Passes, ..cx.rows(&[column], Test::Row(test), metrics, vec![check], message)? })
}

/// Hours since then, rounded to two digits as AWS does; negative in the future.
fn age(now: DateTime<Utc>, seconds: i64) -> f64 {
    let elapsed = now.timestamp().saturating_sub(seconds) as f64;
    (elapsed / 3600.0 * 100.0).round() / 100.0
}
