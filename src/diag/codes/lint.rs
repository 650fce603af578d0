//! GC08: lints.

use super::{Code, code};

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[
    &UNUSED_NODE,
    &FAILED_ROWS_DROPPED,
    &NEVER_HOLDS,
    &TEXT_AS_NUMBER,
    &KEY_WITH_NULLS,
    &EXCLUSIVE_BETWEEN,
    &LEFT_TO_RIGHT,
    &NOT_MATCHES,
    &FIRST_RUN,
];

/// `dq.failed` that nobody reads.
pub static FAILED_ROWS_DROPPED: Code = code!(Warning, "GC0802", "failed-rows-dropped", "rows that break a rule and go nowhere");
/// A node that no sink needs.
pub static UNUSED_NODE: Code = code!(Warning, "GC0801", "unused-node", "a node whose rows go nowhere");
/// `RowCount = NULL`, `with threshold > 1`
pub static NEVER_HOLDS: Code = code!(Warning, "GC0810", "never-holds", "a condition that nothing can satisfy");
/// `ColumnValues "code" in [1, 2]` on text
pub static TEXT_AS_NUMBER: Code = code!(Warning, "GC0811", "text-as-number", "text that a rule compares with numbers");
/// `IsPrimaryKey "a" "b"` in strict mode
pub static KEY_WITH_NULLS: Code = code!(Warning, "GC0812", "key-with-nulls", "a key of several columns that AWS lets be null");
/// `ColumnValues "amount" between 0 and 100`
pub static EXCLUSIVE_BETWEEN: Code = code!(Hint, "GC0813", "exclusive-between", "a `between`, which leaves out both ends");
/// `RowCount > 2 + 3 * 2`
pub static LEFT_TO_RIGHT: Code = code!(Warning, "GC0814", "left-to-right", "arithmetic that DQDL calculates from left to right");
/// `ColumnValues "code" not matches "x"`
pub static NOT_MATCHES: Code = code!(Hint, "GC0815", "not-matches", "a `not matches`, which is not the opposite of `matches`");
/// `RowCount < 1.2 * avg(last(5))`
pub static FIRST_RUN: Code = code!(Hint, "GC0816", "first-run", "a rule that the lack of history decides on its first run");
