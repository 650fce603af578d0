//! From the typed program to plans of the engine, cut into stages, as plain data that prints.

pub mod nodes;
pub mod quality;
