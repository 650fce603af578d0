//! The pest parser made from `grammar/dqdl.pest`.

#![allow(unreachable_pub, missing_docs, clippy::pedantic, reason = "derived")]

use pest_derive::Parser;

/// Reads DQDL by the rules of the grammar file.
#[derive(Parser)]
#[grammar = "grammar/dqdl.pest"]
pub(super) struct Grammar;
