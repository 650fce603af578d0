//! The columns that say what is wrong with each row, built for rows of which something is to be said.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ListArray, RecordBatch, StringArray, StringBuilder, StructArray, UInt32Array, new_null_array,
};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::Result;

use super::shown;
use super::spec::{Blame, RuleSpec, Spec};
use super::verdict::Verdict;
use crate::stdlib::rule::{LENGTH, failure_fields, failures_type, label_fields};

/// A batch whose rows were judged.
pub(super) struct Judged<'a> {
    pub(super) spec: &'a Spec,
    pub(super) batch: &'a RecordBatch,
    pub(super) leaves: &'a [Verdict],
    pub(super) rules: &'a [Option<Verdict>],
}

/// A failure of a row: the rule, and the place of the row's values among the texts of the rule.
struct Entry {
    rule: usize,
    row: usize,
    place: usize,
    /// The values of the blamed columns, blame by blame, column by column.
    texts: Arc<Vec<Vec<StringArray>>>,
}

/// What is said of a failure.
#[derive(Default)]
struct Said {
    columns: Vec<String>,
    values: Vec<String>,
    messages: Vec<(String, String)>,
}

impl Judged<'_> {
    /// For each of the rows all rules that it fails and that are mentioned; null for the others.
    pub(super) fn failures(&self, of: &BooleanBuffer, mentioned: &dyn Fn(&RuleSpec) -> bool) -> Result<ArrayRef> {
        let rows: Vec<u32> = (0_u32..).zip(of.iter()).filter(|(_, bit)| *bit).map(|(at, _)| at).collect();
        if rows.is_empty() {
            return Ok(new_null_array(&failures_type(), self.batch.num_rows()));
        }
        let mut found: Vec<Vec<Entry>> = Vec::with_capacity(rows.len());
        found.resize_with(rows.len(), Vec::new);
        for (rule, verdict) in self.rules.iter().enumerate() {
            let Some(verdict) = verdict.as_ref().filter(|_| mentioned(&self.spec.rules[rule])) else { continue };
            let failing: Vec<u32> =
                (0_u32..).zip(&rows).filter(|(_, row)| verdict.fail.value(**row as usize)).map(|(at, _)| at).collect();
            if failing.is_empty() {
                continue;
            }
            let at: Vec<u32> = failing.iter().map(|at| rows[*at as usize]).collect();
            let blames = &self.spec.rules[rule].blames;
            let texts = Arc::new(blames.iter().map(|blame| self.texts(blame, &at)).collect::<Result<Vec<_>>>()?);
            for (place, entry) in failing.into_iter().enumerate() {
                let row = rows[entry as usize] as usize;
                found[entry as usize].push(Entry { rule, row, place, texts: Arc::clone(&texts) });
            }
        }
        Ok(Arc::new(self.list(&rows, &found, of)?))
    }

    /// The values of the blamed columns in some rows, as text.
    fn texts(&self, blame: &Blame, rows: &[u32]) -> Result<Vec<StringArray>> {
        let indices = UInt32Array::from(rows.to_vec());
        blame.columns.iter().map(|column| shown::texts(&take(self.batch.column(*column), &indices, None)?)).collect()
    }

    /// What is said of a row that fails a rule; of a composite all parts that fail count.
    fn said(&self, entry: &Entry) -> Said {
        let mut said = Said::default();
        let blames = &self.spec.rules[entry.rule].blames;
        let failing = blames.iter().enumerate().filter(|(_, blame)| self.leaves[blame.leaf].fail.value(entry.row));
        for (at, blame) in failing {
            let texts = &entry.texts[at];
            if !blame.names.is_empty() {
                said.columns.push(blame.names.clone());
            }
            let value = value(texts, entry.place);
            let null = texts.iter().filter(|text| text.is_null(entry.place)).count();
            let is_null = null > 0 && (blame.any_null || null == texts.len());
            let message = if is_null { &blame.null_message } else { &blame.message };
            let length = || value.as_deref().map_or(0, |text| text.chars().count()).to_string();
            let message = if message.contains(LENGTH) { message.replace(LENGTH, &length()) } else { message.clone() };
            said.messages.push((blame.names.clone(), message));
            said.values.extend(value);
        }
        said
    }

    fn list(&self, rows: &[u32], found: &[Vec<Entry>], of: &BooleanBuffer) -> Result<ListArray> {
        let (mut ids, mut rules, mut columns) = (StringBuilder::new(), StringBuilder::new(), StringBuilder::new());
        let (mut values, mut messages) = (StringBuilder::new(), StringBuilder::new());
        let mut labelled = Vec::new();
        for entry in found.iter().flatten() {
            let rule: &RuleSpec = &self.spec.rules[entry.rule];
            ids.append_value(&rule.id);
            rules.append_value(&rule.text);
            labelled.push(rule);
            let said = self.said(entry);
            columns.append_option((!said.columns.is_empty()).then(|| said.columns.join(", ")));
            values.append_option((!said.values.is_empty()).then(|| shown::cut(said.values.join(", "))));
            messages.append_value(message(&said.messages));
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
        let mut lengths = vec![0; self.batch.num_rows()];
        for (row, entries) in rows.iter().zip(found) {
            lengths[*row as usize] = entries.len();
        }
        let item = Arc::new(Field::new("item", DataType::Struct(failure_fields()), true));
        let nulls = NullBuffer::new(of.clone());
        Ok(ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), Arc::new(entries), Some(nulls))?)
    }

    /// AWS's four columns: the rules each row passes, fails and skips, and `Failed` if it fails any.
    pub(super) fn verdicts(&self, rows: usize) -> Result<Vec<ArrayRef>> {
        let passes = |rule: usize, row: usize| self.rules[rule].as_ref().is_some_and(|verdict| verdict.pass.value(row));
        let fails = |rule: usize, row: usize| self.rules[rule].as_ref().is_some_and(|verdict| verdict.fail.value(row));
        let count = self.rules.len();
        let texts = |chosen: &dyn Fn(usize, usize) -> bool| -> Result<ArrayRef> {
            let mut texts = StringBuilder::new();
            let mut lengths = Vec::with_capacity(rows);
            for row in 0..rows {
                let mut length = 0;
                for rule in (0..count).filter(|rule| chosen(*rule, row)) {
                    texts.append_value(&self.spec.rules[rule].shown);
                    length += 1;
                }
                lengths.push(length);
            }
            let item = Arc::new(Field::new("item", DataType::Utf8, true));
            Ok(Arc::new(ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), Arc::new(texts.finish()), None)?))
        };
        let results: StringArray =
            (0..rows).map(|row| Some(if (0..count).any(|rule| fails(rule, row)) { "Failed" } else { "Passed" })).collect();
        Ok(vec![texts(&passes)?, texts(&fails)?, texts(&|rule, row| !passes(rule, row) && !fails(rule, row))?, Arc::new(results)])
    }
}

/// The text of one row's values: null if all are, else joined by commas.
fn value(texts: &[StringArray], place: usize) -> Option<String> {
    if texts.iter().all(|text| text.is_null(place)) {
        return None;
    }
    let parts: Vec<_> = texts.iter().map(|text| if text.is_null(place) { "NULL" } else { text.value(place) }).collect();
    Some(parts.join(", "))
}

/// One message as it is; of several each with its columns.
fn message(messages: &[(String, String)]) -> String {
    match messages {
        [] => "fails the rule".to_owned(),
        [(_, only)] => only.clone(),
        several => {
            let parts: Vec<_> = several.iter().map(|(names, message)| format!("{names} {message}")).collect();
            parts.join("; ")
        }
    }
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
