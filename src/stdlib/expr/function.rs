//! Functions in SQL: those that are not there, and those that an expression about one row cannot have.

use datafusion::execution::session_state::SessionState;
use datafusion::sql::sqlparser::ast;

use crate::diag::{Diagnostic, codes};
use crate::source::Span;

/// Spark's functions that the engine has under another name, or for which SQL has words.
static OF_SPARK: &[(&str, &str)] = &[
    ("add_months", "t + interval '2' month"),
    ("bigint", "cast(x as bigint)"),
    ("ceiling", "ceil(x)"),
    ("date", "cast(t as date)"),
    ("date_add", "cast(t as date) + interval '7' day"),
    ("date_sub", "cast(t as date) - interval '7' day"),
    ("day", "extract(day from t)"),
    ("dayofmonth", "extract(day from t)"),
    ("dayofweek", "extract(dow from t) + 1"),
    ("dayofyear", "extract(doy from t)"),
    ("double", "cast(x as double)"),
    ("hour", "extract(hour from t)"),
    ("if", "case when x > 0 then 'a' else 'b' end"),
    ("int", "cast(x as int)"),
    ("isnotnull", "x is not null"),
    ("isnull", "x is null"),
    ("lcase", "lower(s)"),
    ("len", "length(s)"),
    ("locate", "strpos(s, 'part')"),
    ("minute", "extract(minute from t)"),
    ("month", "extract(month from t)"),
    ("quarter", "extract(quarter from t)"),
    ("second", "extract(second from t)"),
    ("sha2", "encode(digest(s, 'sha256'), 'hex')"),
    ("size", "cardinality(string_to_array(s, ','))"),
    ("split", "string_to_array(s, ',')"),
    ("string", "cast(x as string)"),
    ("timestamp", "cast(s as timestamp)"),
    ("ucase", "upper(s)"),
    ("unix_timestamp", "to_unixtime(t)"),
    ("weekofyear", "extract(week from t)"),
    ("year", "extract(year from t)"),
];

/// Whether the engine knows a function of that name.
pub(super) fn is_known(engine: &SessionState, name: &str) -> bool {
    engine.scalar_functions().contains_key(name) || is_over_rows(engine, name)
}

/// Whether it is about several rows: an aggregate or a window function, and no scalar one.
fn is_over_rows(engine: &SessionState, name: &str) -> bool {
    !engine.scalar_functions().contains_key(name)
        && (engine.aggregate_functions().contains_key(name) || engine.window_functions().contains_key(name))
}

/// A function that is not there, with what does the same, or the nearest name.
pub(super) fn unknown(engine: &SessionState, span: Span, name: &str) -> Diagnostic {
    let message = format!("unknown function `{name}`");
    let unknown = Diagnostic::new(&codes::expression::UNKNOWN_FUNCTION, span, message);
    if let Some((_, instead)) = OF_SPARK.iter().find(|(spark, _)| *spark == name) {
        return unknown.here("a function of Spark that is written otherwise here").help(format!("write `{instead}`"));
    }
    let mut names: Vec<_> = [
        engine.scalar_functions().keys().collect::<Vec<_>>(),
        engine.aggregate_functions().keys().collect(),
        engine.window_functions().keys().collect(),
    ]
    .concat();
    names.sort_unstable();
    unknown.here("no function of that name").suggest(span, name, names.into_iter().map(String::as_str))
}

/// Whether a call in an expression about one row needs other rows.
pub(super) fn needs_rows(engine: &SessionState, call: &ast::Function) -> bool {
    call.over.is_some() || is_over_rows(engine, &name(call))
}

/// An aggregate or window function where an expression is about one row.
pub(super) fn out_of_place(span: Span, call: &ast::Function) -> Diagnostic {
    let name = name(call);
    let (message, help) = if call.over.is_some() {
        (format!("`{name}` with `over` cannot stand here"), "compute it in a `window` before, then use its column")
    } else {
        (format!("`{name}` cannot stand here"), "compute it before, of groups with `aggregate`, of the rows around with `window`")
    };
    Diagnostic::new(&codes::expression::MISPLACED_AGGREGATE, span, message)
        .here("needs several rows; this is about one")
        .help(help)
}

/// The function's name, in lower case.
pub(super) fn name(call: &ast::Function) -> String {
    call.name.to_string().to_lowercase()
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::{DataType, Field, Schema};
    use datafusion::common::DFSchema;

    use super::*;
    use crate::diag::Sink;
    use crate::source::{FileId, Text};
    use crate::stdlib::expr::engine::{EngineOptions, session};
    use crate::stdlib::types::TIMESTAMP;

    #[test]
    fn what_stands_for_a_function_of_spark_can_be_written() {
        let engine = session(&EngineOptions::CHECK);
        let column = |name: &str, data_type| Field::new(name, data_type, true);
        let fields = vec![column("t", TIMESTAMP), column("x", DataType::Float64), column("s", DataType::Utf8View)];
        let schema = DFSchema::try_from(Schema::new(fields)).unwrap();
        for (spark, instead) in OF_SPARK {
            assert!(!is_known(&engine, spark), "`{spark}` is there");
            let mut sink = Sink::default();
            let text = Text::new(*instead, Span::new(FileId(0), 0, instead.len()));
            let typed = super::super::expression(&engine, instead, &text.map, &schema, super::super::NO_FATES, &mut sink);
            assert!(typed.is_ok(), "`{instead}`: {:?}", sink.iter().collect::<Vec<_>>());
        }
    }
}
