//! GC11: the project's own tests.

use super::{Code, code};

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[&NO_TESTS, &SOURCE_COLUMNS];

/// `glue-compile test` where there is no `*.test.yaml`.
pub static NO_TESTS: Code = code!(Error, "GC1101", "no-tests", "a project whose tests are to run has none");

/// Rows for a source whose columns only its files know.
pub static SOURCE_COLUMNS: Code =
    code!(Error, "GC1102", "test-source-columns", "rows are given for a source whose columns are not declared");
