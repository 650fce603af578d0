//! The columns that say what is wrong with each row, built for failing rows only.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ListArray, RecordBatch, StringArray, StringBuilder, StructArray, UInt32Array, new_null_array,
};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::Result;

use super::spec::{Blame, RuleSpec, Spec};
use super::verdict::Verdict;
use crate::stdlib::rule::{failure_fields, failures_type, label_fields};

/// [`super::FAILURES`] of a batch: for each routed row all rules that it fails, null for the others.
pub(super) fn failures(
    spec: &Spec,
    batch: &RecordBatch,
    leaves: &[Verdict],
    rules: &[Option<Verdict>],
    routed: &BooleanBuffer,
) -> Result<ArrayRef> {
    let rows: Vec<u32> = (0_u32..).zip(routed.iter()).filter(|(_, bit)| *bit).map(|(at, _)| at).collect();
    if rows.is_empty() {
        return Ok(new_null_array(&failures_type(), batch.num_rows()));
    }
    // Per rule, the routed rows that fail it with the text of their values.
    let mut found: Vec<Vec<Entry>> = Vec::with_capacity(rows.len());
    found.resize_with(rows.len(), Vec::new);
    for (rule, verdict) in rules.iter().enumerate() {
        let Some(verdict) = verdict else { continue };
        let failing: Vec<u32> =
            (0_u32..).zip(&rows).filter(|(_, row)| verdict.fail.value(**row as usize)).map(|(at, _)| at).collect();
        if failing.is_empty() {
            continue;
        }
        let at: Vec<u32> = failing.iter().map(|at| rows[*at as usize]).collect();
        let blames = &spec.rules[rule].blames;
        let texts = blames.iter().map(|blame| texts(batch, blame, &at)).collect::<Result<Vec<_>>>()?;
        let texts = Arc::new(texts);
        for (place, entry) in failing.into_iter().enumerate() {
            // Of a composite the first part that fails is shown.
            let row = rows[entry as usize] as usize;
            let part = blames.iter().position(|blame| leaves[blame.leaf].fail.value(row)).unwrap_or(0);
            found[entry as usize].push(Entry { rule, part, place, texts: texts.clone() });
        }
    }
    Ok(Arc::new(list(spec, batch.num_rows(), &rows, &found, routed)?))
}

struct Entry {
    rule: usize,
    part: usize,
    place: usize,
    texts: Arc<Vec<Vec<StringArray>>>,
}

/// The values of the blamed columns in some rows, as text.
fn texts(batch: &RecordBatch, blame: &Blame, rows: &[u32]) -> Result<Vec<StringArray>> {
    let indices = UInt32Array::from(rows.to_vec());
    blame
        .columns
        .iter()
        .map(|column| {
            let values = take(batch.column(*column), &indices, None)?;
            let texts = cast(&values, &DataType::Utf8)?;
            Ok(datafusion::arrow::array::AsArray::as_string::<i32>(&texts).clone())
        })
        .collect()
}

/// The text of one row's values: null if all are, else joined by commas.
fn value(texts: &[StringArray], place: usize) -> Option<String> {
    if texts.iter().all(|text| text.is_null(place)) {
        return None;
    }
    let parts: Vec<_> = texts.iter().map(|text| if text.is_null(place) { "NULL" } else { text.value(place) }).collect();
    Some(parts.join(", "))
}

fn list(spec: &Spec, total: usize, rows: &[u32], found: &[Vec<Entry>], routed: &BooleanBuffer) -> Result<ListArray> {
    let (mut ids, mut rules, mut columns) = (StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
    let (mut values, mut messages) = (StringBuilder::new(), StringBuilder::new());
    let mut labelled = Vec::new();
    for entry in found.iter().flatten() {
        let rule: &RuleSpec = &spec.rules[entry.rule];
        ids.append_value(&rule.id);
        rules.append_value(&rule.text);
        labelled.push(rule);
        let Some(blame) = rule.blames.get(entry.part) else {
            columns.append_null();
            values.append_null();
            messages.append_value("fails the rule");
            continue;
        };
        columns.append_option((!blame.names.is_empty()).then_some(&blame.names));
        let text = value(&entry.texts[entry.part], entry.place);
        let shown = !blame.columns.is_empty();
        messages.append_value(match &text {
            None if shown && !blame.message.starts_with("is null") => format!("is null, so it {}", blame.message),
            _ => blame.message.clone(),
        });
        values.append_option(text);
    }
    let arrays: Vec<ArrayRef> = vec![
        Arc::new(ids.finish()),
        Arc::new(rules.finish()),
        Arc::new(columns.finish()),
        Arc::new(values.finish()),
        Arc::new(messages.finish()),
        Arc::new(labels(&labelled)?),
    ];
    let entries = StructArray::try_new(failure_fields(), arrays, None)?;
    let mut lengths = vec![0; total];
    for (row, entries) in rows.iter().zip(found) {
        lengths[*row as usize] = entries.len();
    }
    let item = Arc::new(Field::new("item", DataType::Struct(failure_fields()), true));
    let nulls = NullBuffer::new(routed.clone());
    Ok(ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), Arc::new(entries), Some(nulls))?)
}

fn labels(rules: &[&RuleSpec]) -> Result<ListArray> {
    let pairs = || rules.iter().flat_map(|rule| &rule.labels);
    let keys: StringArray = pairs().map(|(key, _)| Some(key)).collect();
    let values: StringArray = pairs().map(|(_, value)| Some(value)).collect();
    let entries = StructArray::try_new(label_fields(), vec![Arc::new(keys), Arc::new(values)], None)?;
    let item = Arc::new(Field::new("item", DataType::Struct(label_fields()), true));
    let lengths = rules.iter().map(|rule| rule.labels.len());
    Ok(ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), Arc::new(entries), None)?)
}

/// AWS's four columns: the rules each row passes, fails and skips, and `Failed` if it fails any.
pub(super) fn verdicts(spec: &Spec, rules: &[Option<Verdict>], rows: usize) -> Result<Vec<ArrayRef>> {
    let passes = |rule: usize, row: usize| rules[rule].as_ref().is_some_and(|verdict| verdict.pass.value(row));
    let fails = |rule: usize, row: usize| rules[rule].as_ref().is_some_and(|verdict| verdict.fail.value(row));
    let texts = |chosen: &dyn Fn(usize, usize) -> bool| -> Result<ArrayRef> {
        let mut texts = StringBuilder::new();
        let mut lengths = Vec::with_capacity(rows);
        for row in 0..rows {
            let before = texts.len();
            (0..spec.rules.len()).filter(|rule| chosen(*rule, row)).for_each(|rule| texts.append_value(&spec.rules[rule].text));
            lengths.push(texts.len() - before);
        }
        let item = Arc::new(Field::new("item", DataType::Utf8, true));
        Ok(Arc::new(ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), Arc::new(texts.finish()), None)?))
    };
    let results: StringArray =
        (0..rows).map(|row| Some(if (0..rules.len()).any(|rule| fails(rule, row)) { "Failed" } else { "Passed" })).collect();
    Ok(vec![texts(&passes)?, texts(&fails)?, texts(&|rule, row| !passes(rule, row) && !fails(rule, row))?, Arc::new(results)])
}

trait Length {
    fn len(&self) -> usize;
}

impl Length for StringBuilder {
    fn len(&self) -> usize {
        datafusion::arrow::array::ArrayBuilder::len(self)
    }
}
