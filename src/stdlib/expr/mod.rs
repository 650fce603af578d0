//! SQL text to typed DataFusion expressions, with the engine's complaints mapped back to spans.
//!
//! The dialect is Spark's, as on AWS Glue: backticks quote names, single and double quotes are strings, names of
//! columns and tables are found in any case.

pub mod engine;
mod fault;
mod names;
mod parse;

pub use fault::engine_error;
pub use names::{ColumnFate, Fates, HIDDEN, NO_FATES, column, is_hidden, unknown_column};
pub use parse::{expression, predicate, query};
