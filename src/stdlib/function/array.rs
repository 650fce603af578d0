//! Arrays.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, ListArray, UInt64Array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, ScalarValue, exec_err, plan_err};

use super::def::{Call, Function, Run, Want, first, long};
use crate::stdlib::spark::cast;

/// `array[0]`: items are counted from 0; NULL where there is none.
pub static GET: Function = Function {
    name: "get",
    takes: &[Want::List, Want::Int],
    returns: |types| match types.first() {
        Some(DataType::List(item)) => Ok(item.data_type().clone()),
        _ => plan_err!("`get` takes an array"),
    },
    run: Run::Batch(get),
    summary: "`get(array, n)`, `array[n]`: the item `n`, counted from 0; NULL if there is none",
    ..Function::BASE
};

fn get(call: &Call) -> Result<ArrayRef> {
    let (column, at) = (call.column(0), call.int(1));
    if *column.array.data_type() == DataType::Null {
        return Ok(datafusion::arrow::array::new_null_array(&call.returns, call.rows));
    }
    let lists = column.array.as_list::<i32>();
    let place = |row: usize| {
        let list = if column.single { 0 } else { row };
        let (start, length) = (lists.value_offsets()[list], lists.value_length(list));
        let at = at.get(row).filter(|at| lists.is_valid(list) && (0..length).contains(at))?;
        u64::try_from(start + at).ok()
    };
    let places: UInt64Array = (0..call.rows).map(place).collect();
    Ok(take(lists.values(), &places, None).map(|values| Arc::clone(&values))?)
}

pub(super) static ELEMENT_AT: Function = Function {
    name: "element_at",
    takes: &[Want::List, Want::Int],
    returns: GET.returns,
    run: Run::Batch(|call| {
        let at = call.int(1);
        let lists = call.list(0);
        let items = rows(call, |row| {
            let Some((items, at)) = lists.get(row).zip(at.get(row)) else { return Ok(None) };
            let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
            let place = match at {
                0 => return exec_err!("`element_at` counts from 1, so there is no item 0"),
                1.. => i64::from(at) - 1,
                _ => length + i64::from(at),
            };
            let Some(place) = usize::try_from(place).ok().filter(|place| *place < items.len()) else { return Ok(None) };
            Ok(Some(ScalarValue::try_from_array(&items, place)?))
        })?;
        of_values(items, &call.returns)
    }),
    summary: "`element_at(array, n)`: the item `n`, counted from 1, from the end if it is negative",
    ..Function::BASE
};

pub(super) static ARRAY_POSITION: Function = Function {
    name: "array_position",
    takes: &[Want::List, Want::Any],
    returns: long,
    run: Run::Batch(|call| {
        let wanted = needle(call)?;
        let lists = call.list(0);
        call.values::<Int64Type>(|row| {
            let value = ScalarValue::try_from_array(&wanted, if call.column(1).single { 0 } else { row })?;
            let Some(items) = lists.get(row).filter(|_| !value.is_null()) else { return Ok(None) };
            for at in 0..items.len() {
                if ScalarValue::try_from_array(&items, at)? == value {
                    return Ok(i64::try_from(at + 1).ok());
                }
            }
            Ok(Some(0))
        })
    }),
    summary: "`array_position(array, x)`: where it is, counted from 1; 0 if it is not there",
    ..Function::BASE
};

pub(super) static ARRAY_REMOVE: Function = Function {
    name: "array_remove",
    takes: &[Want::List, Want::Any],
    returns: first,
    run: Run::Batch(|call| {
        let wanted = needle(call)?;
        let single = call.column(1).single;
        lists(call, |row, items| {
            let value = ScalarValue::try_from_array(&wanted, if single { 0 } else { row })?;
            Ok((!value.is_null()).then(|| items.into_iter().filter(|item| *item != value).collect()))
        })
    }),
    summary: "`array_remove(array, x)`: without the items that are `x`",
    ..Function::BASE
};

pub(super) static ARRAY_SORT: Function = Function {
    name: "array_sort",
    takes: &[Want::List],
    returns: first,
    run: Run::Batch(|call| {
        lists(call, |_, mut items| {
            items.sort_by(|left, right| left.is_null().cmp(&right.is_null()).then_with(|| order(left, right)));
            Ok(Some(items))
        })
    }),
    summary: "`array_sort(array)`: in order, NULL last",
    ..Function::BASE
};

pub(super) static SORT_ARRAY: Function = Function {
    name: "sort_array",
    takes: &[Want::List, Want::Bool],
    optional: 1,
    returns: first,
    run: Run::Batch(|call| {
        let ascending = (call.count() > 1).then(|| call.bool(1));
        lists(call, |row, mut items| {
            let ascending = ascending.as_ref().is_none_or(|ascending| ascending.get(row).unwrap_or(true));
            items.sort_by(|left, right| right.is_null().cmp(&left.is_null()).then_with(|| order(left, right)));
            if !ascending {
                items.reverse();
            }
            Ok(Some(items))
        })
    }),
    summary: "`sort_array(array[, ascending])`: in order, NULL first; last where it is descending",
    ..Function::BASE
};

fn order(left: &ScalarValue, right: &ScalarValue) -> std::cmp::Ordering {
    left.partial_cmp(right).unwrap_or(std::cmp::Ordering::Equal)
}

/// The second argument, of the type of the items.
fn needle(call: &Call) -> Result<ArrayRef> {
    let item = match call.column(0).array.data_type() {
        DataType::List(item) => item.data_type().clone(),
        _ => DataType::Null,
    };
    cast::array(&call.column(1).array, &item, call.now)
}

fn rows<T>(call: &Call, one: impl Fn(usize) -> Result<T>) -> Result<Vec<T>> {
    (0..call.rows).map(one).collect()
}

fn of_values(values: Vec<Option<ScalarValue>>, data_type: &DataType) -> Result<ArrayRef> {
    let null = ScalarValue::try_new_null(data_type)?;
    if values.is_empty() {
        return Ok(datafusion::arrow::array::new_empty_array(data_type));
    }
    ScalarValue::iter_to_array(values.into_iter().map(|value| value.unwrap_or_else(|| null.clone())))
}

/// Lists made of the items of each row's list.
fn lists(call: &Call, one: impl Fn(usize, Vec<ScalarValue>) -> Result<Option<Vec<ScalarValue>>>) -> Result<ArrayRef> {
    let DataType::List(field) = &call.returns else {
        return Ok(datafusion::arrow::array::new_null_array(&call.returns, call.rows));
    };
    let from = call.list(0);
    let (mut all, mut lengths, mut valid) = (Vec::new(), Vec::new(), Vec::new());
    for row in 0..call.rows {
        let made = match from.get(row) {
            None => None,
            Some(items) => {
                let items = (0..items.len()).map(|at| ScalarValue::try_from_array(&items, at)).collect::<Result<Vec<_>>>()?;
                one(row, items)?
            }
        };
        valid.push(made.is_some());
        let made = made.unwrap_or_default();
        lengths.push(made.len());
        all.extend(made.into_iter().map(Some));
    }
    let values = of_values(all, field.data_type())?;
    Ok(Arc::new(ListArray::try_new(Arc::clone(field), OffsetBuffer::from_lengths(lengths), values, Some(valid.into()))?))
}
