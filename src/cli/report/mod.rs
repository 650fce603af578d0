//! What a run did, for people and as a document.

mod distribution;
pub(super) mod json;
pub(super) mod plot;
pub(super) mod profile;
pub(super) mod stats;
pub(super) mod text;

#[cfg(test)]
mod tests;
