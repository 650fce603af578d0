//! Expressions and predicates about one row: text in, typed expressions out.

use std::ops::ControlFlow;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{DFSchema, Result as EngineResult};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, ExprSchemable};
use datafusion::sql::sqlparser::ast::{self, Ident, Spanned, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::parser::ParserError;
use datafusion::sql::sqlparser::tokenizer::{Span as SqlSpan, Token};

use super::compared;
use super::fault::engine_error;
use super::function;
use super::literals;
use super::lower::{lower, units};
use super::meaning::conform;
use super::mismatch::{Typing, bytes};
use super::names::{self, Fates};
use super::syntax::{leftover, syntax_error};
use super::tokens;
use crate::diag::{Diagnostic, Reported, Sink, codes, suggest};
use crate::source::{EmbedMap, Span};
use crate::stdlib::types::type_name;

/// A SQL expression over the columns of `schema`, every unknown name reported at its place.
pub fn expression(
    engine: &SessionState,
    sql: &str,
    map: &EmbedMap,
    schema: &DFSchema,
    fates: Fates<'_>,
    sink: &mut Sink,
) -> Result<Expr, Reported> {
    if sql.trim().is_empty() {
        let empty = Diagnostic::new(&codes::expression::SQL_SYNTAX, map.whole(), "an expression is missing");
        return Err(sink.error(empty.here("nothing here").help("write an expression over the columns of the input")));
    }
    let mut parsed = match parse_expression(sql, map) {
        Ok(expr) => ast::ExprWithAlias { expr, alias: None },
        Err(diagnostic) => return Err(sink.error(*diagnostic)),
    };
    units(&mut parsed.expr);
    let mut resolver = Resolver { engine, schema, sql, map, fates, found: Vec::new() };
    let _ = VisitMut::visit(&mut parsed.expr, &mut resolver);
    let mut found = resolver.found;
    literals::check(&parsed.expr, sql, map, &mut found);
    let mut reported = None;
    for diagnostic in found {
        reported = Some(sink.error(diagnostic));
    }
    if let Some(reported) = reported {
        return Err(reported);
    }
    let written = parsed.expr.clone();
    let typed = planned(engine, parsed.expr, schema);
    if typed.is_ok() {
        compared::check(&written, engine, schema, sql, map).into_iter().for_each(|warning| sink.push(warning));
    }
    typed.map_err(|error| {
        let typing = Typing { engine, schema, sql, map };
        sink.error(typing.fault(&written).unwrap_or_else(|| engine_error(&error, sql, map)))
    })
}

/// A parsed expression with Spark's meaning.
pub(super) fn planned(engine: &SessionState, expr: ast::Expr, schema: &DFSchema) -> EngineResult<Expr> {
    let mut whole = ast::ExprWithAlias { expr, alias: None };
    lower(&mut whole.expr);
    let expr = conform(engine.create_logical_expr_from_sql_expr(whole, schema)?, schema)?;
    expr.get_type(schema).map(|_| expr)
}

/// A SQL expression that is true or false.
pub fn predicate(
    engine: &SessionState,
    sql: &str,
    map: &EmbedMap,
    schema: &DFSchema,
    fates: Fates<'_>,
    sink: &mut Sink,
) -> Result<Expr, Reported> {
    let expr = expression(engine, sql, map, schema, fates, sink)?;
    match expr.get_type(schema) {
        Ok(DataType::Boolean | DataType::Null) | Err(_) => Ok(expr),
        Ok(other) => {
            let wrong = Diagnostic::new(&codes::expression::NOT_BOOLEAN, map.whole(), "a condition must be true or false");
            Err(sink.error(wrong.here(format!("this is a `{}`", type_name(&other))).help("compare it with something")))
        }
    }
}

/// Spells names as the schema does, and collects what is not there.
struct Resolver<'a> {
    engine: &'a SessionState,
    schema: &'a DFSchema,
    sql: &'a str,
    map: &'a EmbedMap,
    fates: Fates<'a>,
    found: Vec<Diagnostic>,
}

impl Resolver<'_> {
    fn span(&self, span: SqlSpan) -> Span {
        to_span(span, self.sql, self.map)
    }

    /// The type of the column that a name means.
    fn resolve(&mut self, ident: &mut Ident) -> Option<DataType> {
        let Some(name) = names::column(self.schema, &ident.value) else {
            let unknown = names::unknown_column(self.span(ident.span), &ident.value, self.schema, self.fates);
            self.found.push(names::in_sql(names::or_text(unknown, &ident.value), self.map.is_exact()));
            return None;
        };
        ident.value = name.to_owned();
        ident.quote_style = Some('`');
        self.schema.fields().iter().find(|field| field.name() == name).map(|field| field.data_type().clone())
    }

    /// Fields of a struct, from the outside in.
    fn fields(&mut self, of: &DataType, path: &mut [Ident]) {
        let ([ident, rest @ ..], DataType::Struct(fields)) = (path, of) else { return };
        let found = fields.iter().find(|field| field.name().eq_ignore_ascii_case(&ident.value));
        let Some(field) = found else {
            let span = self.span(ident.span);
            let names: Vec<_> = fields.iter().map(|field| field.name().as_str()).collect();
            let message = format!("unknown field `{}`", ident.value);
            let unknown = Diagnostic::new(&codes::expression::UNKNOWN_COLUMN, span, message)
                .here("no field of that name in this struct")
                .suggest(span, &ident.value, names.iter().copied())
                .note(format!("its fields: {}", suggest::list(names.iter().copied(), 12)));
            self.found.push(names::in_sql(unknown, self.map.is_exact()));
            return;
        };
        ident.value.clone_from(field.name());
        ident.quote_style = Some('`');
        self.fields(field.data_type(), rest);
    }

    fn call(&mut self, call: &ast::Function) {
        let Some(ident) = call.name.0.first().and_then(|part| part.as_ident()) else { return };
        let (span, name) = (self.span(ident.span), function::name(call));
        if let Some(missing) = function::missing(span, call) {
            self.found.push(missing);
        } else if !function::is_known(self.engine, &name) {
            self.found.push(function::unknown(self.engine, span, &name));
        } else if function::needs_rows(self.engine, call) {
            self.found.push(function::out_of_place(span, call));
        }
    }
}

impl VisitorMut for Resolver<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut ast::Expr) -> ControlFlow<()> {
        match expr {
            ast::Expr::Identifier(ident) => drop(self.resolve(ident)),
            ast::Expr::CompoundIdentifier(parts) => {
                if let [first, fields @ ..] = parts.as_mut_slice()
                    && let Some(found) = self.resolve(first)
                {
                    self.fields(&found, fields);
                }
            }
            ast::Expr::Function(call) => self.call(call),
            ast::Expr::Subquery(query)
            | ast::Expr::Exists { subquery: query, .. }
            | ast::Expr::InSubquery { subquery: query, .. } => {
                let span = self.span(query.span());
                let wrong = Diagnostic::new(&codes::expression::SUBQUERY, span, "an expression cannot hold a query");
                self.found.push(
                    wrong
                        .here("a query")
                        .help("join the other input first, or write the whole as the query of a `sql` transform"),
                );
                return ControlFlow::Break(());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// A span of the parser as a span of the file; the whole text if it knows none.
pub(super) fn to_span(span: SqlSpan, sql: &str, map: &EmbedMap) -> Span {
    bytes(span, sql).map_or(map.whole(), |(start, end)| map.span(start, end))
}

/// One expression and nothing after it.
fn parse_expression(sql: &str, map: &EmbedMap) -> Result<ast::Expr, Box<Diagnostic>> {
    let said = |error: ParserError| Box::new(syntax_error(&error, sql, map));
    let mut parser = tokens::parser(sql, map)?;
    let expr = parser.parse_expr().map_err(said)?;
    let next = parser.peek_token();
    if next.token == Token::EOF {
        return Ok(expr);
    }
    let place = bytes(next.span, sql).unwrap_or((sql.len(), sql.len()));
    Err(Box::new(leftover(&next.to_string(), sql, place, map)))
}
