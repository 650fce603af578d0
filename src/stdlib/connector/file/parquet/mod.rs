//! Reads Parquet files: DataFusion's scan, wrapped so that rows know where they came from and faults name their place.

mod autopsy;
mod exec;
pub(super) mod footer;
mod table;
#[cfg(test)]
mod tests;

pub(super) use table::table;
