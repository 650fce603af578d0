//! What the operators are told.

use std::fmt;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::compute::{SortOptions, cast};
use datafusion::arrow::datatypes::{DataType, Schema, SchemaRef};
use datafusion::common::Result;

use crate::stdlib::node::OrderBy;
use crate::stdlib::node::keep::Keep;
use crate::stdlib::node::running::{Function, FunctionKind, Running};

/// An operator.
#[derive(Debug)]
pub(super) struct Spec {
    /// What is wanted.
    pub task: Task,
    /// Where in the input's rows the columns are that it looks at.
    pub layout: Layout,
    /// The same for rows that have only these columns.
    pub narrow: Layout,
    /// The columns that `narrow` has, in its order.
    pub needed: Vec<usize>,
    /// The columns of the output.
    pub schema: SchemaRef,
    /// For people.
    text: String,
}

/// What is wanted of the rows of a key.
#[derive(Debug)]
pub(super) enum Task {
    /// The first of them.
    Keep,
    /// Columns beside each of them.
    Running(Vec<Computed>),
}

/// A column to compute.
#[derive(Debug)]
pub(super) struct Computed {
    pub kind: FunctionKind,
    /// Which argument of the layout it is computed of.
    pub argument: Option<usize>,
    pub output: DataType,
}

/// The columns that are looked at.
#[derive(Debug, Clone, Default)]
pub(super) struct Layout {
    keys: Vec<usize>,
    order: Vec<(usize, SortOptions)>,
    /// Columns with the types they are wanted in.
    arguments: Vec<(usize, DataType)>,
}

impl Layout {
    /// The columns of the key.
    pub(super) fn keys(&self, batch: &RecordBatch) -> Vec<ArrayRef> {
        self.keys.iter().map(|at| Arc::clone(batch.column(*at))).collect()
    }

    /// The columns of the order.
    pub(super) fn order(&self, batch: &RecordBatch) -> Vec<(ArrayRef, SortOptions)> {
        self.order.iter().map(|(at, options)| (Arc::clone(batch.column(*at)), *options)).collect()
    }

    /// The arguments of functions.
    pub(super) fn arguments(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        self.arguments.iter().map(|(at, data_type)| Ok(cast(batch.column(*at), data_type)?)).collect()
    }

    /// All columns that are looked at, each once, and the layout of rows that have just these.
    fn narrow(&self) -> (Vec<usize>, Self) {
        let all = self.keys.iter().chain(self.order.iter().map(|(at, _)| at)).chain(self.arguments.iter().map(|(at, _)| at));
        let mut needed: Vec<usize> = all.copied().collect();
        needed.sort_unstable();
        needed.dedup();
        let place = |at: &usize| needed.binary_search(at).unwrap_or_default();
        let narrow = Self {
            keys: self.keys.iter().map(place).collect(),
            order: self.order.iter().map(|(at, options)| (place(at), *options)).collect(),
            arguments: self.arguments.iter().map(|(at, data_type)| (place(at), data_type.clone())).collect(),
        };
        (needed, narrow)
    }
}

impl Spec {
    /// The operator of a [`Keep`] over an input.
    pub(super) fn keep(node: &Keep, input: &SchemaRef) -> Result<Self> {
        let layout = layout(&node.keys, &node.order, input)?;
        let text = format!("KeepExec: {}", per(&node.keys, &node.order));
        Ok(Self::new(Task::Keep, layout, Arc::clone(input), text))
    }

    /// The operator of a [`Running`] over an input.
    pub(super) fn running(node: &Running, input: &SchemaRef) -> Result<Self> {
        let mut layout = layout(&node.keys, &node.order, input)?;
        let mut computed = Vec::new();
        for function in &node.functions {
            let argument = function.argument.as_ref().map(|name| input.index_of(name)).transpose()?;
            let argument = argument.filter(|_| function.kind != FunctionKind::Count || has_nulls(input, argument));
            let argument = argument.map(|at| {
                let wanted = wanted(function, input.field(at).data_type());
                layout.arguments.push((at, wanted));
                layout.arguments.len() - 1
            });
            computed.push(Computed { kind: function.kind, argument, output: function.field.data_type().clone() });
        }
        let fields = input.fields().iter().cloned().chain(node.functions.iter().map(|function| Arc::clone(&function.field)));
        let schema = Arc::new(Schema::new_with_metadata(fields.collect::<Vec<_>>(), input.metadata().clone()));
        let functions: Vec<_> = node.functions.iter().map(ToString::to_string).collect();
        let text = format!("RunningExec: {} {}", functions.join(", "), per(&node.keys, &node.order));
        Ok(Self::new(Task::Running(computed), layout, schema, text))
    }

    fn new(task: Task, layout: Layout, schema: SchemaRef, text: String) -> Self {
        let (needed, narrow) = layout.narrow();
        Self { task, layout, narrow, needed, schema, text }
    }

    /// What is called in plans.
    pub(super) fn name(&self) -> &'static str {
        match self.task {
            Task::Keep => "KeepExec",
            Task::Running(_) => "RunningExec",
        }
    }

    /// The columns to compute.
    pub(super) fn computed(&self) -> &[Computed] {
        match &self.task {
            Task::Keep => &[],
            Task::Running(computed) => computed,
        }
    }
}

impl fmt::Display for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn has_nulls(input: &SchemaRef, column: Option<usize>) -> bool {
    column.is_some_and(|at| input.field(at).is_nullable())
}

/// The type that an argument is computed in.
fn wanted(function: &Function, data_type: &DataType) -> DataType {
    match function.kind {
        FunctionKind::Sum | FunctionKind::Avg => match function.field.data_type() {
            // The sum has more digits than its values; the digits after the point are the same.
            DataType::Decimal128(..) => data_type.clone(),
            other => other.clone(),
        },
        _ => data_type.clone(),
    }
}

fn layout(keys: &[String], order: &[OrderBy], input: &SchemaRef) -> Result<Layout> {
    let keys = keys.iter().map(|name| Ok(input.index_of(name)?)).collect::<Result<_>>()?;
    let by = |by: &OrderBy| {
        let options = SortOptions { descending: !by.ascending, nulls_first: by.ascending };
        Ok((input.index_of(&by.column)?, options))
    };
    Ok(Layout { keys, order: order.iter().map(by).collect::<Result<_>>()?, arguments: Vec::new() })
}

fn per(keys: &[String], order: &[OrderBy]) -> String {
    let order: Vec<_> = order.iter().map(ToString::to_string).collect();
    format!("keys=[{}], order=[{}]", keys.join(", "), order.join(", "))
}
