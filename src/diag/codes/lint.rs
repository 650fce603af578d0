//! GC08: lints.

use super::{Code, code};

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[&UNUSED_NODE, &FAILED_ROWS_DROPPED, &NEVER_HOLDS, &TEXT_AS_NUMBER, &KEY_WITH_NULLS];

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
