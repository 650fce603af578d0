//! GC08: lints.

use super::{Code, code};

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[
    &UNUSED_NODE,
    &FAILED_ROWS_DROPPED,
    &PERSONAL_DATA,
    &WITHOUT_QUALITY,
    &SMALL_FILES,
    &UNPRUNED,
    &CONSTANT_CONDITION,
    &OTHER_YAML,
    &NEVER_STARTS,
    &NEVER_HOLDS,
    &TEXT_AS_NUMBER,
    &KEY_WITH_NULLS,
    &EXCLUSIVE_BETWEEN,
    &LEFT_TO_RIGHT,
    &NOT_MATCHES,
    &FIRST_RUN,
    &APPENDED_AGAIN,
    &ALWAYS_HOLDS,
    &CONTRADICTING_RULES,
    &IMPLIED_RULE,
    &DUPLICATE_RULE,
    &IMPOSSIBLE_VALUE,
    &NUMBER_AS_TEXT,
    &PLAINER_RULE,
    &JOINED_PARAMETERS,
    &LENGTH_NOT_EQUAL,
    &TRUNCATING_CAST,
    &COUNTS_NULL,
    &LOOSE_ALTERNATION,
    &EMPTY_NEVER_MATCHES,
    &DATE_WITHOUT_QUOTES,
    &TIME_OF_DAY,
    &TEXT_ON_AWS,
    &SHARED_METRIC,
    &NO_UPPER_LIMIT,
    &ROUTES_NOTHING,
    &ROUNDED_ON_AWS,
    &WITHOUT_EFFECT,
    &LABELS_OF_PART,
];

/// `dq.failed` that nobody reads.
pub static FAILED_ROWS_DROPPED: Code = code!(Warning, "GC0802", "failed-rows-dropped", "rows that break a rule and go nowhere");
/// A node that no sink needs.
pub static UNUSED_NODE: Code = code!(Warning, "GC0801", "unused-node", "a node whose rows go nowhere");
/// `dq.failed` with a column that is tagged `pii: EMAIL`, in a sink
pub static PERSONAL_DATA: Code =
    code!(Warning, "GC0803", "quarantined-personal-data", "personal data among rows that are kept because they are bad");
/// A sink behind no `evaluate_data_quality`.
pub static WITHOUT_QUALITY: Code =
    code!(on_request Warning, "GC0804", "sink-without-quality", "a sink with rows that no rule has judged");
/// `partition_keys: [order_id]`
pub static SMALL_FILES: Code = code!(Warning, "GC0805", "small-files", "partition keys that make a folder for nearly every row");
/// `path: events/` where the files are in `events/year=2026/`, and a filter by `year` further down
pub static UNPRUNED: Code = code!(Hint, "GC0806", "unpruned-partitions", "a source that reads partitions for a filter to drop");
/// `condition: amount > 5 or true`
pub static CONSTANT_CONDITION: Code =
    code!(Warning, "GC0807", "constant-condition", "a condition that is the same for every row");
/// `value: no`
pub static OTHER_YAML: Code =
    code!(Warning, "GC0808", "other-yaml", "a text without quotes that other readers of YAML take for something else");
/// `schedule: "cron(0 2 30 2 ? *)"`
pub static NEVER_STARTS: Code = code!(Warning, "GC0809", "never-starts", "a schedule that never comes");
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
/// `bookmark_range` and `mode: append`
pub static APPENDED_AGAIN: Code =
    code!(Warning, "GC0817", "appended-again", "a bookmark that is set back, and a sink that appends");
/// `Completeness "id" >= 0`
pub static ALWAYS_HOLDS: Code = code!(Warning, "GC0820", "always-holds", "a rule that nothing can break");
/// `ColumnLength "x" > 5` beside `ColumnLength "x" = 3`
pub static CONTRADICTING_RULES: Code = code!(Warning, "GC0821", "contradicting-rules", "two rules of which one always fails");
/// `IsComplete "id"` beside `IsPrimaryKey "id"`
pub static IMPLIED_RULE: Code = code!(Hint, "GC0822", "implied-rule", "a rule that another rule implies");
/// `RowCount > 0, RowCount > 0`
pub static DUPLICATE_RULE: Code = code!(Warning, "GC0823", "duplicate-rule", "a rule that stands in the ruleset twice");
/// `ColumnValues "qty" in [1, 1.5]` on whole numbers
pub static IMPOSSIBLE_VALUE: Code = code!(Warning, "GC0824", "impossible-value", "a value that the column's type does not have");
/// `ColumnValues "qty" in ["1", "2"]` on numbers
pub static NUMBER_AS_TEXT: Code = code!(Warning, "GC0825", "number-as-text", "numbers that a rule compares with text");
/// `Completeness "id" >= 1.0`
pub static PLAINER_RULE: Code = code!(Hint, "GC0826", "plainer-rule", "a rule for which there is a plainer one");
/// `IsUnique "a" and "b"`
pub static JOINED_PARAMETERS: Code = code!(Hint, "GC0827", "joined-parameters", "an `and` that joins columns to one key");
/// `ColumnLength "code" != 7`
pub static LENGTH_NOT_EQUAL: Code = code!(Warning, "GC0828", "length-not-equal", "a `!=` that does not look at every length");
/// `ColumnDataType "qty" = "INTEGER"` on text
pub static TRUNCATING_CAST: Code =
    code!(Hint, "GC0829", "truncating-cast", "a type that takes text with a fraction for a whole number");
/// `DistinctValuesCount "region" = 3`
pub static COUNTS_NULL: Code = code!(Hint, "GC0830", "counts-null", "a count of distinct values that counts null as one");
/// `ColumnValues "code" matches "a|b"`
pub static LOOSE_ALTERNATION: Code =
    code!(Warning, "GC0831", "loose-alternation", "alternatives of a pattern that are held at one end only");
/// `ColumnValues "code" matches ".*"`
pub static EMPTY_NEVER_MATCHES: Code =
    code!(Hint, "GC0832", "empty-never-matches", "a pattern for the empty string, which never matches");
/// `RowCount > 2024-01-01`
pub static DATE_WITHOUT_QUOTES: Code =
    code!(Warning, "GC0833", "date-without-quotes", "a date without quotes, which is a subtraction");
/// `ColumnValues "opens" = "12:30"`
pub static TIME_OF_DAY: Code = code!(Warning, "GC0834", "time-of-day", "a time of the day that is read as a date");
/// `ColumnValues "name" in ["O'Brien"]`
pub static TEXT_ON_AWS: Code = code!(Hint, "GC0835", "text-on-aws", "text that AWS reads differently");
/// two rules with `matches` on one column
pub static SHARED_METRIC: Code = code!(Hint, "GC0836", "shared-metric", "two metrics of one name");
/// `RowCountMatch "ref" >= 0.8`
pub static NO_UPPER_LIMIT: Code =
    code!(Hint, "GC0837", "no-upper-limit", "a comparison of row counts that more rows always satisfy");
/// `CustomSql "select count(*) from primary where amount < 0" = 0`
pub static ROUTES_NOTHING: Code =
    code!(Hint, "GC0838", "routes-nothing", "a query that counts wrong rows and cannot tell which they are");
/// `ColumnValues "id" > 9007199254740993`
pub static ROUNDED_ON_AWS: Code = code!(Hint, "GC0839", "rounded-on-aws", "a number that AWS rounds");
/// `Distribution "status" with bins = 5`
pub static WITHOUT_EFFECT: Code = code!(Warning, "GC0840", "without-effect", "a setting of an analyzer that changes nothing");
/// `(IsComplete "a") and (IsComplete "b") labels=["severity"="warn"]`
pub static LABELS_OF_PART: Code = code!(Warning, "GC0845", "labels-of-part", "labels that only the last part of a composite has");
