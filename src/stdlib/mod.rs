//! What can be said: expressions, functions, transforms, rules, connectors. One file a word.

pub mod connector;
pub mod expr;
pub mod failure;
pub mod forecast;
pub mod function;
pub mod node;
pub mod pattern;
pub mod rule;
pub mod spark;
pub mod transform;
pub mod types;
