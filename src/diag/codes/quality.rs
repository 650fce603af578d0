//! GC05: quality rules.

use super::{Code, code};

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[
    &UNKNOWN_RULE_TYPE,
    &PARAMETER_COUNT,
    &MISSING_CONDITION,
    &UNEXPECTED_CONDITION,
    &OPERAND_TYPE,
    &UNSUPPORTED_CLAUSE,
    &DOTTED_COLUMN,
    &COLUMN_TYPE,
    &UNKNOWN_ALIAS,
    &BAD_REGEX,
    &BAD_DATE,
    &UNKNOWN_DATA_TYPE,
    &BAD_REFERENCE,
    &QUERY_SHAPE,
    &OPERAND_NOT_SUPPORTED,
    &NO_FILES_BEHIND,
    &FILE_PATH,
    &TAG_VALUE,
    &UNUSED_TAG,
    &FILTER_ORDER,
    &ACTION_LABEL,
    &UNUSED_ACTION,
    &NO_SOURCE_ROWS,
    &HISTORY_FUNCTION,
    &ANALYZER_CONDITION,
    &TOO_MANY_RULES,
    &RULESET_TOO_LONG,
    &IDLE_THRESHOLD,
    &DISTRIBUTION_SETTING,
];

/// `Complettness "id" > 0.9`
pub static UNKNOWN_RULE_TYPE: Code = code!(Error, "GC0501", "unknown-rule-type", "a rule type that does not exist");
/// `RowCount "id" > 5`
pub static PARAMETER_COUNT: Code = code!(Error, "GC0502", "parameter-count", "too many or too few parameters of a rule");
/// `Completeness "id"`
pub static MISSING_CONDITION: Code = code!(Error, "GC0503", "missing-condition", "a rule that needs a condition and has none");
/// `IsComplete "id" > 0.9`
pub static UNEXPECTED_CONDITION: Code =
    code!(Error, "GC0504", "unexpected-condition", "a condition where there is nothing to compare");
/// `RowCount > "5"`
pub static OPERAND_TYPE: Code = code!(Error, "GC0505", "operand-type", "an operand of the wrong kind");
/// `ColumnCount > 5 where "x = 1"`
pub static UNSUPPORTED_CLAUSE: Code =
    code!(Error, "GC0506", "unsupported-clause", "a `where` or a threshold on a rule type that takes none");
/// `Completeness "unit.price" > 0.9`
pub static DOTTED_COLUMN: Code = code!(Error, "GC0507", "dotted-column", "a column name with a dot and no backticks");
/// `Mean "status" > 3`
pub static COLUMN_TYPE: Code = code!(Error, "GC0508", "rule-column-type", "a column of a type that the rule cannot use");
/// `RowCountMatch "ordres" > 0.9`
pub static UNKNOWN_ALIAS: Code = code!(Error, "GC0509", "unknown-data-source", "an additional data source that is not declared");
/// `ColumnValues "code" matches "("`
pub static BAD_REGEX: Code = code!(Error, "GC0510", "bad-regex", "a pattern that is not a regular expression");
/// `ColumnValues "day" > "2024-13-45"`
pub static BAD_DATE: Code = code!(Error, "GC0511", "bad-date", "a date that is no day of the calendar");
/// `ColumnDataType "qty" = "INT"`
pub static UNKNOWN_DATA_TYPE: Code =
    code!(Error, "GC0512", "unknown-rule-data-type", "a type that `ColumnDataType` does not know");
/// `ReferentialIntegrity "customer_id" "id" = 1`
pub static BAD_REFERENCE: Code = code!(Error, "GC0513", "bad-reference", "columns of another data set that cannot be read");
/// `CustomSql "select a, b from primary" > 5`
pub static QUERY_SHAPE: Code =
    code!(Error, "GC0514", "query-shape", "a CustomSql query that returns something else than the rule needs");
/// `ColumnValues "qty" > 1 + 1`
pub static OPERAND_NOT_SUPPORTED: Code =
    code!(Error, "GC0515", "operand-not-supported", "an operand that AWS's parser takes and its engine does not");
/// `FileSize < 10 MB` behind a transform
pub static NO_FILES_BEHIND: Code =
    code!(Error, "GC0520", "no-files-behind", "a file rule without a path about rows that are read from no file");
/// `FileSize "s3://lake/in/" < 10 MB`
pub static FILE_PATH: Code = code!(Error, "GC0521", "file-path", "a path of a file rule that cannot be read here");
/// `with hashAlgorithm = "MD4"`
pub static TAG_VALUE: Code = code!(Error, "GC0522", "tag-value", "a tag with a value that it cannot have");
/// `with timeZone = "Europe/Berlin"` where no time of day is compared
pub static UNUSED_TAG: Code = code!(Warning, "GC0523", "unused-tag", "a tag that has no effect on its rule");
/// `with recentFiles = 1 with uriRegex = "orders_"`
pub static FILTER_ORDER: Code =
    code!(Warning, "GC0524", "filter-order", "a choice of recent files that comes before the choice by path");
/// `actions: { warn: annotate }`
pub static ACTION_LABEL: Code = code!(Error, "GC0525", "action-label", "an action for something that is no label with a value");
/// `actions: { severty=warn: annotate }`
pub static UNUSED_ACTION: Code = code!(Warning, "GC0526", "unused-action", "an action for a label that no rule carries");
/// `quarantine: { keep: original }` after an aggregate
pub static NO_SOURCE_ROWS: Code =
    code!(Error, "GC0527", "no-source-rows", "original rows wanted where a row is not the row of a source");
/// `RowCount > avrage(last(3))`
pub static HISTORY_FUNCTION: Code =
    code!(Error, "GC0530", "history-function", "a function over earlier runs that cannot be computed");
/// `Analyzers = [ DataFreshness "day" ]`
pub static ANALYZER_CONDITION: Code =
    code!(Warning, "GC0531", "analyzer-without-figure", "an analyzer of a rule type that measures nothing without a condition");
/// 2,001 rules.
pub static TOO_MANY_RULES: Code = code!(Warning, "GC0535", "too-many-rules", "more rules than AWS takes in one ruleset");
/// 65,537 characters.
pub static RULESET_TOO_LONG: Code = code!(Warning, "GC0536", "ruleset-too-long", "a longer ruleset than AWS takes");
/// `CustomSql "select count(*) from primary" > 5 with threshold > 0.5`
pub static IDLE_THRESHOLD: Code = code!(Warning, "GC0537", "idle-threshold", "a threshold where there is no share to compare");
/// `Distribution "age" with bins = 50`
pub static DISTRIBUTION_SETTING: Code =
    code!(Error, "GC0540", "distribution-setting", "a setting of `Distribution` that it does not know");
