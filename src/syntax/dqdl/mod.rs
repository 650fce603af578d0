//! DQDL, AWS Glue's Data Quality Definition Language: text to [`ast::Ruleset`] and back.
//!
//! In reading order: [`scan`] turns foreign comments, quotes and white space into DQDL's, byte for byte;
//! [`grammar`] (`grammar/dqdl.pest`) reads the result whole, or, where it has faults, [`recover`] reads it piece by
//! piece and [`fault`] says what is wrong with a piece; [`build`] makes the tree; [`validate`] checks what can be said
//! without knowing any rule type. [`print`] gives a rule the name it has in reports, [`format`](mod@format) a file its layout.

pub mod ast;
mod build;
mod fault;
pub mod format;
mod grammar;
mod layout;
mod names;
mod parse;
pub mod print;
mod recover;
mod report;
mod scan;
#[cfg(test)]
mod tests;
mod token;
mod validate;
mod zone;

pub use format::format;
pub use parse::{Dialect, parse};
pub use print::{plain_rule_text, rule_text, simple_rule_text};
pub use validate::validate;
pub use zone::Zone;
