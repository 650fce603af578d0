//! GC04: SQL expressions, columns and types.

use super::{Code, code};

/// The codes of this range.
pub(super) static ALL: &[&Code] = &[
    &SQL_SYNTAX,
    &UNKNOWN_COLUMN,
    &UNKNOWN_FUNCTION,
    &TYPE_MISMATCH,
    &NOT_BOOLEAN,
    &UNKNOWN_TABLE,
    &AMBIGUOUS_COLUMN,
    &DUPLICATE_COLUMN,
    &NOT_PLANNABLE,
    &NOT_A_QUERY,
    &SUBQUERY,
    &JOIN_KEY_TYPES,
    &NAME_COLLISION,
    &UNION_SCHEMAS,
    &LOSSY_CAST,
    &IMPOSSIBLE_CAST,
    &NO_COLUMNS_LEFT,
    &AGGREGATE_ARGUMENT,
    &FILL_TYPE,
    &UNKNOWN_TYPE,
    &MISSING_ORDER,
    &MISPLACED_AGGREGATE,
    &NOT_GROUPED,
    &SPARK_FUNCTION,
    &DOUBLED_QUOTE,
    &SQL_PATTERN,
];

/// `amount > > 5`
pub static SQL_SYNTAX: Code = code!(Error, "GC0401", "sql-syntax", "SQL text that is not SQL");
/// A column that is not there.
pub static UNKNOWN_COLUMN: Code = code!(Error, "GC0402", "unknown-column", "a column that the input does not have");
/// A function that is not there.
pub static UNKNOWN_FUNCTION: Code = code!(Error, "GC0403", "unknown-function", "a function that does not exist");
/// `date + 'x'`
pub static TYPE_MISMATCH: Code = code!(Error, "GC0404", "type-mismatch", "types that an expression cannot bring together");
/// `condition: amount + 1`
pub static NOT_BOOLEAN: Code = code!(Error, "GC0405", "not-boolean", "a condition that is not true or false");
/// `from ordrs`
pub static UNKNOWN_TABLE: Code = code!(Error, "GC0406", "unknown-table", "a table that is no input of the node");
/// `id` after a join of two inputs that both have it.
pub static AMBIGUOUS_COLUMN: Code = code!(Error, "GC0407", "ambiguous-column", "a name that more than one input has");
/// Two columns of one name.
pub static DUPLICATE_COLUMN: Code = code!(Error, "GC0408", "duplicate-column", "a column that would be there twice");
/// SQL that the engine refuses.
pub static NOT_PLANNABLE: Code = code!(Error, "GC0409", "not-plannable", "SQL that the engine cannot run");
/// `drop table x`
pub static NOT_A_QUERY: Code = code!(Error, "GC0410", "not-a-query", "something other than one query");
/// `x in (select …)`
pub static SUBQUERY: Code = code!(Error, "GC0411", "subquery", "a query inside an expression");
/// `bigint` joined with `date`.
pub static JOIN_KEY_TYPES: Code = code!(Error, "GC0412", "join-key-types", "join keys of types that cannot be compared");
/// Both sides of a join have `region`.
pub static NAME_COLLISION: Code = code!(Error, "GC0413", "name-collision", "columns of one name from both sides of a join");
/// Inputs of a union that differ.
pub static UNION_SCHEMAS: Code = code!(Error, "GC0414", "union-schemas", "inputs of a union whose columns differ");
/// `double` to `int`.
pub static LOSSY_CAST: Code = code!(Warning, "GC0415", "lossy-cast", "a cast that can lose something");
/// `date` to `boolean`.
pub static IMPOSSIBLE_CAST: Code = code!(Error, "GC0416", "impossible-cast", "a cast that no value survives");
/// A node without columns.
pub static NO_COLUMNS_LEFT: Code = code!(Error, "GC0417", "no-columns-left", "a node that leaves no column");
/// `sum` of a string.
pub static AGGREGATE_ARGUMENT: Code = code!(Error, "GC0419", "aggregate-argument", "a column that a function cannot take");
/// `value: abc` for a number.
pub static FILL_TYPE: Code = code!(Error, "GC0420", "fill-type", "a constant that does not fit its column");
/// `type: bigin`
pub static UNKNOWN_TYPE: Code = code!(Error, "GC0421", "unknown-data-type", "a data type that does not exist");
/// `keep: last` without `order_by`.
pub static MISSING_ORDER: Code = code!(Error, "GC0422", "missing-order", "first or last of rows that have no order");
/// `condition: amount > avg(amount)`
pub static MISPLACED_AGGREGATE: Code =
    code!(Error, "GC0423", "misplaced-aggregate", "a function over several rows in an expression about one");
/// `select a, count(*) from t group by b`
pub static NOT_GROUPED: Code = code!(Error, "GC0424", "not-grouped", "a column that is neither grouped nor aggregated");
/// `from_json(s, 'a int')`
pub static SPARK_FUNCTION: Code = code!(Error, "GC0430", "spark-function", "a function that Spark has and this build does not");
/// `'it''s'`
pub static DOUBLED_QUOTE: Code = code!(Error, "GC0431", "doubled-quote", "a quote written twice in a text of SQL");
/// `s rlike '('`
pub static SQL_PATTERN: Code = code!(Error, "GC0432", "sql-pattern", "a pattern in SQL that cannot be used");
