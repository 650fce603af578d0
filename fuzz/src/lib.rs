//! What must hold whatever comes in, as functions of bytes: cargo-fuzz targets, `examples/fuzz_dqdl.rs` and the tests call the same
//! ones. A property that does not hold panics.

pub mod choices;
pub mod evaluator;
pub mod generate;
pub mod mutate;
pub mod parser;
pub mod project;
pub mod server;
