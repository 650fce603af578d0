//! What an editor asks about a project: plain data in editor terms (files, byte offsets), no protocol.
//!
//! In reading order: [`analysis`] is a project as it was checked last; [`walk`] goes through a spec and knows of every key and
//! value what it is; [`columns`] tells where a column comes from; [`index`] lists every name with what it means. Each of the
//! other files answers one question of an editor.

pub mod actions;
pub mod analysis;
pub mod columns;
pub mod complete;
pub mod dag;
mod embedded;
pub mod fold;
pub mod format;
pub mod goto;
pub mod hints;
pub mod hover;
pub mod index;
mod judged;
pub mod lens;
pub mod lex;
pub mod rename;
mod scope;
pub mod symbols;
#[cfg(test)]
mod tests;
pub mod tokens;
pub mod walk;

pub use analysis::{Analysis, Project};
