//! GC01: the syntax of DQDL.

use super::{Code, code};

/// A token that fits nothing at its place.
pub static UNEXPECTED_TOKEN: Code = code!(Error, "GC0101", "unexpected-token", "something else is expected here");
/// A quote without its partner.
pub static UNCLOSED_STRING: Code = code!(Error, "GC0102", "unclosed-string", "a quote has no partner");
/// A bracket without its partner.
pub static UNCLOSED_BRACKET: Code = code!(Error, "GC0103", "unclosed-bracket", "a bracket has no partner");
/// Two rules with nothing between them.
pub static MISSING_COMMA: Code = code!(Error, "GC0104", "missing-comma", "two rules with no comma between them");
/// Rules outside `Rules = [...]`.
pub static MISSING_SECTION: Code = code!(Error, "GC0105", "missing-section", "rules outside of `Rules = [...]`");
/// `Rule = [...]`.
pub static UNKNOWN_SECTION: Code = code!(Error, "GC0106", "unknown-section", "no section has that name");
/// A ruleset that checks nothing.
pub static NO_RULES: Code = code!(Error, "GC0107", "no-rules", "a ruleset without rules and analyzers");
/// `Rules = [...]` twice.
pub static DUPLICATE_SECTION: Code = code!(Error, "GC0108", "duplicate-section", "a section stands twice");
/// Text behind the last section.
pub static TEXT_AFTER_RULESET: Code = code!(Error, "GC0109", "text-after-ruleset", "text behind the ruleset");
/// Brackets in brackets without end.
pub static NESTED_TOO_DEEPLY: Code = code!(Error, "GC0110", "nested-too-deeply", "more nesting than can be read");
/// A word where a string belongs.
pub static UNQUOTED_TEXT: Code = code!(Error, "GC0111", "unquoted-text", "text without its double quotes");
/// `0x10`, `5%`.
pub static MALFORMED_NUMBER: Code = code!(Error, "GC0112", "malformed-number", "a number DQDL cannot read");
/// `5 seconds`, `1.5 MB`.
pub static MALFORMED_QUANTITY: Code = code!(Error, "GC0113", "malformed-quantity", "a duration or size DQDL cannot read");
/// `["x", 1]`, `> "x"`.
pub static MIXED_OPERANDS: Code = code!(Error, "GC0114", "mixed-operands", "values that do not go together");
/// `in []`.
pub static EMPTY_LIST: Code = code!(Error, "GC0115", "empty-list", "a list without values");
/// `"25:99"`.
pub static MALFORMED_TIME: Code = code!(Error, "GC0116", "malformed-time", "not a time of the day");
/// `where` twice.
pub static REPEATED_CLAUSE: Code = code!(Error, "GC0117", "repeated-clause", "a clause stands twice in one rule");
/// `where ""`.
pub static EMPTY_FILTER: Code = code!(Error, "GC0118", "empty-filter", "a `where` without a condition");
/// `$x` without `x = …`.
pub static UNKNOWN_CONSTANT: Code = code!(Error, "GC0119", "unknown-constant", "no constant has that name");
/// `x = …` twice.
pub static DUPLICATE_CONSTANT: Code = code!(Error, "GC0120", "duplicate-constant", "a constant is defined twice");
/// `x = 5`, `_x = "a"`.
pub static MALFORMED_CONSTANT: Code = code!(Error, "GC0121", "malformed-constant", "a constant that DQDL does not know");
/// `RowCount > $x`.
pub static MISPLACED_CONSTANT: Code = code!(Error, "GC0122", "misplaced-constant", "a constant where it cannot be used");
/// `labels=[]`, an empty key.
pub static MALFORMED_LABEL: Code = code!(Error, "GC0123", "malformed-label", "a label that DQDL does not allow");
/// One label key twice.
pub static DUPLICATE_LABEL: Code = code!(Error, "GC0124", "duplicate-label", "a label key stands twice");
/// More than ten labels.
pub static TOO_MANY_LABELS: Code = code!(Error, "GC0125", "too-many-labels", "more than ten labels on a rule");
/// `with tag > 5`.
pub static MALFORMED_TAG: Code = code!(Error, "GC0126", "malformed-tag", "a tag that DQDL does not allow");
/// `with timeZone = "Mars/Base"`.
pub static UNKNOWN_TIME_ZONE: Code = code!(Error, "GC0127", "unknown-time-zone", "no time zone has that name");
/// Unknown keys of `Metadata` and `DataSources`.
pub static MALFORMED_DICTIONARY: Code =
    code!(Error, "GC0128", "malformed-dictionary", "a key or value that `Metadata` or `DataSources` does not know");
/// A condition on an analyzer.
pub static NOT_AN_ANALYZER: Code = code!(Error, "GC0129", "not-an-analyzer", "a rule in the list of analyzers");
/// `is`, `like`, `not >`.
pub static UNKNOWN_OPERATOR: Code = code!(Error, "GC0130", "unknown-operator", "no operator has that name");
/// `with threshold = "0.5"`.
pub static QUOTED_THRESHOLD: Code = code!(Warning, "GC0131", "quoted-threshold", "a threshold in quotes is a tag without effect");
/// What AWS's parser rejects or ignores.
pub static AWS_PORTABILITY: Code =
    code!(Warning, "GC0150", "aws-portability", "understood here, but rejected or ignored by AWS's parser");

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[
    &UNEXPECTED_TOKEN,
    &UNCLOSED_STRING,
    &UNCLOSED_BRACKET,
    &MISSING_COMMA,
    &MISSING_SECTION,
    &UNKNOWN_SECTION,
    &NO_RULES,
    &DUPLICATE_SECTION,
    &TEXT_AFTER_RULESET,
    &NESTED_TOO_DEEPLY,
    &UNQUOTED_TEXT,
    &MALFORMED_NUMBER,
    &MALFORMED_QUANTITY,
    &MIXED_OPERANDS,
    &EMPTY_LIST,
    &MALFORMED_TIME,
    &REPEATED_CLAUSE,
    &EMPTY_FILTER,
    &UNKNOWN_CONSTANT,
    &DUPLICATE_CONSTANT,
    &MALFORMED_CONSTANT,
    &MISPLACED_CONSTANT,
    &MALFORMED_LABEL,
    &DUPLICATE_LABEL,
    &TOO_MANY_LABELS,
    &MALFORMED_TAG,
    &UNKNOWN_TIME_ZONE,
    &MALFORMED_DICTIONARY,
    &NOT_AN_ANALYZER,
    &UNKNOWN_OPERATOR,
    &QUOTED_THRESHOLD,
    &AWS_PORTABILITY,
];
