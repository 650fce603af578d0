//! Transforms: each declared once in a file of its own, with its page. To add one: the file, the page, a line in [`ALL`].

mod aggregate;
mod apply_mapping;
mod derived_column;
mod drop_duplicates;
mod drop_fields;
mod evaluate_data_quality;
mod fill_missing_values;
mod filter;
mod join;
mod rename_field;
mod select_fields;
mod shape;
mod sql;
mod union;
mod window;

pub use evaluate_data_quality::port;

use datafusion::common::DataFusionError;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;

use crate::diag::{Diagnostic, Reported, Sink, codes};
use crate::source::{EmbedMap, Span, Text};
use crate::spec::param::{Args, Param};
use crate::stdlib::expr::{self, ColumnFate, Fates};

/// Every transform, by name.
pub static ALL: &[&TransformDef] = &[
    &aggregate::AGGREGATE,
    &apply_mapping::APPLY_MAPPING,
    &derived_column::DERIVED_COLUMN,
    &drop_duplicates::DROP_DUPLICATES,
    &drop_fields::DROP_FIELDS,
    &evaluate_data_quality::EVALUATE_DATA_QUALITY,
    &fill_missing_values::FILL_MISSING_VALUES,
    &filter::FILTER,
    &join::JOIN,
    &rename_field::RENAME_FIELD,
    &select_fields::SELECT_FIELDS,
    &sql::SQL,
    &union::UNION,
    &window::WINDOW,
];

/// The transform of that name.
pub fn find(name: &str) -> Option<&'static TransformDef> {
    ALL.iter().copied().find(|def| def.name == name)
}

/// One transform, declared once: decoding, checking, planning, docs and completion read it.
#[derive(Debug)]
pub struct TransformDef {
    /// `type:` in YAML.
    pub name: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// Its settings.
    pub params: &'static [Param],
    /// How many inputs it takes.
    pub inputs: Arity,
    /// Its outputs by name, the main one first; a single output has no name.
    pub ports: &'static [Port],
    /// What it does.
    pub lowering: Lowering,
    /// The version it came with.
    pub since: &'static str,
    /// Its page.
    pub page: &'static str,
}

/// An output of a node.
#[derive(Debug, PartialEq, Eq)]
pub struct Port {
    /// The word after the dot: `dq.failed`.
    pub name: &'static str,
    /// Which rows it has.
    pub summary: &'static str,
}

/// How many inputs a transform takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arity {
    /// Exactly one.
    One,
    /// Exactly two.
    Two,
    /// One or more.
    Some,
    /// Two or more.
    Several,
}

impl Arity {
    /// Whether `count` inputs are right.
    pub fn takes(self, count: usize) -> bool {
        match self {
            Self::One => count == 1,
            Self::Two => count == 2,
            Self::Some => count >= 1,
            Self::Several => count >= 2,
        }
    }

    /// `one input`, `two inputs` …
    pub fn describe(self) -> &'static str {
        match self {
            Self::One => "one input",
            Self::Two => "two inputs",
            Self::Some => "one or more inputs",
            Self::Several => "two or more inputs",
        }
    }
}

/// What a transform does.
#[derive(Debug)]
pub enum Lowering {
    /// Its plans, one a port, from its settings and the plans of its inputs. The schema is read off the plans.
    Rows(LowerFn),
    /// Rules over one input: the checker binds them, the planner fuses them.
    Quality,
}

/// Builds the plans of a transform, one a port.
///
/// It reports every fault of the settings at its own span and still returns the best plan it can, so that the
/// nodes after it are checked too; `Err` only if there is nothing sensible to go on with.
pub type LowerFn = fn(&mut LowerCx<'_>, &Args, &[Input]) -> Result<Vec<LogicalPlan>, Reported>;

/// What a lowering may use.
pub struct LowerCx<'a> {
    /// Functions and settings of the engine.
    pub engine: &'a SessionState,
    /// Tells what became of columns before this node.
    pub fates: Fates<'a>,
    /// Where faults are reported.
    pub sink: &'a mut Sink,
    /// Where the transform tells which columns it renamed or left out.
    pub changes: Vec<ColumnFate>,
    /// The whole node, for what has no better place.
    pub span: Span,
}

/// An input of a transform. Its columns have no qualifiers.
#[derive(Debug, Clone)]
pub struct Input {
    /// The name of the node it comes from.
    pub name: String,
    /// The output it is: `node.port`, or the name alone if the node has just one.
    pub output: String,
    /// Its plan.
    pub plan: LogicalPlan,
    /// Where the input is named.
    pub span: Span,
}

impl LowerCx<'_> {
    /// The column a setting names, as the schema spells it.
    pub fn column(&mut self, text: &Text, plan: &LogicalPlan) -> Option<String> {
        let found = expr::column(plan.schema(), text.as_str());
        if found.is_none() {
            self.sink.push(expr::unknown_column(text.span(), text.as_str(), plan.schema(), self.fates));
        }
        found.map(str::to_owned)
    }

    /// The columns a setting names that are there; the others are reported.
    pub fn columns<'t>(&mut self, texts: impl IntoIterator<Item = &'t Text>, plan: &LogicalPlan) -> Vec<String> {
        texts.into_iter().filter_map(|text| self.column(text, plan)).collect()
    }

    /// Reports what the engine says of a plan that should have been right.
    pub fn engine_fault(&mut self, error: &DataFusionError) -> Reported {
        let map = EmbedMap::opaque(self.span);
        let mut fault = expr::engine_error(error, "", &map);
        if fault.code == &codes::expression::NOT_PLANNABLE {
            "the engine cannot run this node".clone_into(&mut fault.message);
        }
        self.sink.error(fault)
    }

    /// Reports a fault.
    pub fn fault(&mut self, diagnostic: Diagnostic) -> Reported {
        self.sink.error(diagnostic)
    }

    /// Tells that a column has another name from here on.
    pub fn renamed(&mut self, from: &str, to: &str, span: Span) {
        self.changes.push(ColumnFate { column: from.to_owned(), renamed_to: Some(to.to_owned()), span });
    }

    /// Tells that a column ends here.
    pub fn dropped(&mut self, column: &str, span: Span) {
        self.changes.push(ColumnFate { column: column.to_owned(), renamed_to: None, span });
    }
}

impl LowerCx<'_> {
    /// Reports a column that the input has already.
    pub fn duplicate_column(&mut self, span: Span, name: &str) -> Reported {
        let twice = Diagnostic::new(&codes::expression::DUPLICATE_COLUMN, span, format!("column `{name}` would be there twice"));
        self.sink.error(
            twice.here("the input has a column of that name").help("give it another name, or drop the other column before"),
        )
    }

    /// Reports a name that this node gives twice.
    pub fn same_name(&mut self, name: &Text, first: Span) -> Reported {
        let twice =
            Diagnostic::new(&codes::expression::DUPLICATE_COLUMN, name.span(), format!("column `{name}` would be there twice"));
        self.sink.error(twice.here("the same name again").also(first, "first here").help("give one of them another name"))
    }

    /// Reports a name that only the compiler may give.
    pub fn reserved_name(&mut self, name: &Text) -> Reported {
        let reserved =
            Diagnostic::new(&codes::expression::DUPLICATE_COLUMN, name.span(), format!("the name `{name}` is reserved"));
        self.sink.error(reserved.here("names that begin with `__gc_` belong to the compiler").help("give it another name"))
    }

    /// For a transform that was called with another number of inputs than it takes: the graph was checked before.
    pub fn wrong_inputs(&mut self) -> Reported {
        self.sink.error(Diagnostic::new(
            &codes::internal::BUG,
            self.span,
            "a node was lowered without the inputs or settings it needs",
        ))
    }
}
