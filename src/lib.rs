//! glue-compile: a compiler for data pipelines.

pub mod diag;
pub mod run;
pub mod source;
pub mod spec;
pub mod stdlib;
pub mod syntax;
pub mod world;
