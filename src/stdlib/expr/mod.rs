//! SQL text to typed DataFusion expressions, with the engine's complaints mapped back to spans.
//!
//! The dialect is Spark's, as on AWS Glue: backticks quote names, single and double quotes are strings, names of
//! columns and tables are found in any case.

mod compared;
mod dialect;
pub mod engine;
mod expression;
mod fault;
mod function;
mod literals;
mod lower;
mod meaning;
mod mismatch;
mod names;
mod query;
mod syntax;
mod tables;
mod tokens;

pub use expression::{expression, predicate};
pub use fault::engine_error;
pub use lower::{forms, is_form};
pub use names::{ColumnFate, Fates, HIDDEN, NO_FATES, column, is_hidden, unknown_column};
pub use query::query;
