//! What is generated from the declarations of the language: files that other programs read.

pub mod schema;
