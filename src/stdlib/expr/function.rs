//! Functions in SQL: those that are not there, and those that an expression about one row cannot have.

use datafusion::execution::session_state::SessionState;
use datafusion::sql::sqlparser::ast;

use super::lower::{FORMS, OVER_ROWS};
use crate::diag::{Diagnostic, codes};
use crate::source::Span;
use crate::stdlib::function::def::OPERATOR;
use crate::stdlib::function::spark::MISSING;

/// A function of Spark that this build does not have.
pub(super) fn missing(span: Span, call: &ast::Function) -> Option<Diagnostic> {
    let name = &name(call);
    // With two arguments it is about character sets.
    if name == "decode" && matches!(&call.args, ast::FunctionArguments::List(list) if list.args.len() == 2) {
        let message = "`decode` of bytes is not supported";
        let wrong = Diagnostic::new(&codes::expression::SPARK_FUNCTION, span, message);
        return Some(wrong.here("this one is about character sets").help("write `cast(x as string)`: text is UTF-8"));
    }
    let missing = MISSING.iter().find(|missing| missing.name == *name)?;
    let message = format!("`{name}` of Spark is not supported");
    let diagnostic = Diagnostic::new(&codes::expression::SPARK_FUNCTION, span, message);
    let diagnostic = diagnostic.here("a function that Spark has and this build does not");
    Some(match missing.instead {
        "" => diagnostic.help("compute it before, or do without it: `docs/sql.md` lists what there is"),
        instead => diagnostic.help(format!("write `{instead}`")),
    })
}

/// Whether the engine knows a function of that name.
pub(super) fn is_known(engine: &SessionState, name: &str) -> bool {
    engine.scalar_functions().contains_key(name) || FORMS.contains(&name) || is_over_rows(engine, name)
}

/// Whether it is about several rows: an aggregate or a window function, and no scalar one.
fn is_over_rows(engine: &SessionState, name: &str) -> bool {
    let name = OVER_ROWS.iter().find(|(spark, _)| *spark == name).map_or(name, |(_, engine)| engine);
    !engine.scalar_functions().contains_key(name)
        && (engine.aggregate_functions().contains_key(name) || engine.window_functions().contains_key(name))
}

/// A function that is not there, with what does the same, or the nearest name.
pub(super) fn unknown(engine: &SessionState, span: Span, name: &str) -> Diagnostic {
    let message = format!("unknown function `{name}`");
    let unknown = Diagnostic::new(&codes::expression::UNKNOWN_FUNCTION, span, message);
    let mut names: Vec<_> = [
        engine.scalar_functions().keys().collect::<Vec<_>>(),
        engine.aggregate_functions().keys().collect(),
        engine.window_functions().keys().collect(),
    ]
    .concat();
    names.sort_unstable();
    let names = names.into_iter().map(String::as_str).filter(|name| !name.starts_with(OPERATOR) && !name.starts_with("__"));
    let unknown = unknown.here("no function of that name").suggest(span, name, names.chain(FORMS.iter().copied()));
    unknown.or_help("functions are those of Spark SQL and of the engine; `docs/sql.md` tells which")
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
    use datafusion::logical_expr::{EmptyRelation, LogicalPlan};
    use std::sync::Arc;

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
        let rows = LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema: Arc::new(schema) });
        let tables = [("rows".to_owned(), rows)];
        for missing in MISSING.iter().filter(|missing| !missing.instead.is_empty()) {
            let mut sink = Sink::default();
            let instead = format!("select {} as r from rows", missing.instead);
            let text = Text::new(instead.as_str(), Span::new(FileId(0), 0, instead.len()));
            let typed = super::super::query(&engine, text.as_str(), &text.map, &tables, super::super::NO_FATES, &mut sink);
            assert!(typed.is_ok(), "`{instead}`: {:?}", sink.iter().collect::<Vec<_>>());
        }
    }
}
