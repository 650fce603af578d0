//! Text to trees. Never fails: a tree and diagnostics come back whatever the text is.

pub mod dqdl;
pub mod format;
pub mod yaml;
