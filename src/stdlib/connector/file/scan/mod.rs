//! Reads text files (CSV, JSON lines) as a stream of Arrow batches, with bounded memory.
//!
//! A [`cursor`] cuts a file into chunks that end with a record and numbers their records; [`work`] hands the chunks of all
//! files to the partitions of the scan; [`csv`] and [`json`] turn a chunk into columns; [`batch`] adds what no file holds
//! (row ids, partition values, what is wrong with a malformed record). [`table`] and [`exec`] are the engine's side of it.

mod batch;
mod column;
mod csv;
mod cursor;
mod exec;
pub(super) mod fault;
mod json;
pub(super) mod plan;
pub(super) mod split;
mod table;
#[cfg(test)]
mod tests;
pub(super) mod value;
mod work;

pub(crate) use json::{fits, words};
pub(super) use table::table;
