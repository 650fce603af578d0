//! What can be said: expressions, functions, transforms, rules, connectors. One file a word.

pub mod expr;
pub mod function;
pub mod types;
