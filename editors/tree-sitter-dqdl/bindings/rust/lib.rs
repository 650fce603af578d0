//! DQDL for [tree-sitter](https://tree-sitter.github.io): the language and the queries that editors ask.

use tree_sitter_language::LanguageFn;

unsafe extern "C" {
    fn tree_sitter_dqdl() -> *const ();
}

/// The language: `parser.set_language(&tree_sitter_dqdl::LANGUAGE.into())`.
// SAFETY: the function is the generated parser's, whose static language it returns.
pub const LANGUAGE: LanguageFn = unsafe { LanguageFn::from_raw(tree_sitter_dqdl) };

/// The kinds of nodes, as JSON.
pub const NODE_TYPES: &str = include_str!("../../src/node-types.json");

/// What is shown in which colour.
pub const HIGHLIGHTS_QUERY: &str = include_str!("../../queries/highlights.scm");

/// Which strings are SQL.
pub const INJECTIONS_QUERY: &str = include_str!("../../queries/injections.scm");
