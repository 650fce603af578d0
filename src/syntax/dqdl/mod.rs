//! DQDL, AWS Glue's Data Quality Definition Language: text to [`ast::Ruleset`].

pub mod ast;
