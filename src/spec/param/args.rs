//! Settings that were read and fit their table.

use std::time::Duration;

use crate::source::{Span, Text};

/// The settings of one thing, checked against its table: required ones are there, types fit, defaults are filled in.
#[derive(Debug, Clone, PartialEq)]
pub struct Args {
    /// In the order of the table.
    pub entries: Vec<(&'static str, Arg)>,
    /// The whole map in its file.
    pub span: Span,
    /// Settings that were written and did not fit (reported): that they are missing here is no second fault.
    pub misfits: Vec<&'static str>,
}

/// One value.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// The value.
    pub value: Value,
    /// The value's place; for a default, the place of the map it was left out of.
    pub span: Span,
    /// The key's place; the value's own for an item of a list or a default.
    pub key: Span,
    /// Whether the user wrote it (and not the table's default).
    pub written: bool,
}

/// A value of its parameter's type.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// `Text`, `OneOf`, `Column`, `DataType`, `Expression`, `Query`, `Ruleset`, `Path`, `Node`
    Text(Text),
    /// Bool
    Bool(bool),
    /// Int
    Int(i64),
    /// Float
    Float(f64),
    /// Duration
    Duration(Duration),
    /// Size, in bytes
    Size(u64),
    /// `List`, `OneOrMany`
    List(Vec<Arg>),
    /// Map
    Map(Vec<(Text, Arg)>),
    /// Record
    Record(Args),
}

impl Args {
    /// No settings at all.
    pub fn empty(span: Span) -> Self {
        Self { entries: Vec::new(), span, misfits: Vec::new() }
    }

    /// A setting, if it was written or has a default.
    pub fn get(&self, name: &str) -> Option<&Arg> {
        self.entries.iter().find(|(key, _)| *key == name).map(|(_, arg)| arg)
    }

    /// Whether a setting was written and did not fit, which was reported.
    pub fn misfit(&self, name: &str) -> bool {
        self.misfits.contains(&name)
    }

    /// The text of a setting.
    pub fn text(&self, name: &str) -> Option<&Text> {
        self.get(name).and_then(Arg::text)
    }

    /// The text of a setting as a string slice.
    pub fn str(&self, name: &str) -> Option<&str> {
        self.text(name).map(Text::as_str)
    }

    /// A boolean setting; `false` if it was left out.
    pub fn flag(&self, name: &str) -> bool {
        matches!(self.get(name), Some(Arg { value: Value::Bool(true), .. }))
    }

    /// A whole number.
    pub fn int(&self, name: &str) -> Option<i64> {
        match self.get(name)?.value {
            Value::Int(value) => Some(value),
            _ => None,
        }
    }

    /// A number.
    pub fn float(&self, name: &str) -> Option<f64> {
        match self.get(name)?.value {
            Value::Float(value) => Some(value),
            _ => None,
        }
    }

    /// A size in bytes.
    pub fn size(&self, name: &str) -> Option<u64> {
        match self.get(name)?.value {
            Value::Size(value) => Some(value),
            _ => None,
        }
    }

    /// The items of a list; none if it was left out.
    pub fn list(&self, name: &str) -> &[Arg] {
        match self.get(name) {
            Some(Arg { value: Value::List(items), .. }) => items,
            _ => &[],
        }
    }

    /// The texts of a list of texts.
    pub fn texts(&self, name: &str) -> Vec<&Text> {
        self.list(name).iter().filter_map(Arg::text).collect()
    }

    /// The records of a list of records.
    pub fn records(&self, name: &str) -> Vec<&Self> {
        self.list(name).iter().filter_map(Arg::record).collect()
    }

    /// The entries of a map; none if it was left out.
    pub fn map(&self, name: &str) -> &[(Text, Arg)] {
        match self.get(name) {
            Some(Arg { value: Value::Map(entries), .. }) => entries,
            _ => &[],
        }
    }

    /// A nested record.
    pub fn record(&self, name: &str) -> Option<&Self> {
        self.get(name).and_then(Arg::record)
    }
}

impl Arg {
    /// The text, if it is one.
    pub fn text(&self) -> Option<&Text> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The record, if it is one.
    pub fn record(&self) -> Option<&Args> {
        match &self.value {
            Value::Record(args) => Some(args),
            _ => None,
        }
    }
}
