//! Expressions, predicates and queries: text in, typed plan pieces out.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::catalog::{
    CatalogProvider, MemoryCatalogProvider, MemoryCatalogProviderList, MemorySchemaProvider, SchemaProvider,
};
use datafusion::catalog::{CatalogProviderList, view::ViewTable};
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan};
use datafusion::sql::parser::{DFParserBuilder, Statement};
use datafusion::sql::sqlparser::ast::{self, Ident, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::dialect::DatabricksDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Span as SqlSpan, Token};
use futures::FutureExt;

use super::fault::{engine_error, offset};
use super::names::{self, Fates};
use crate::diag::{Diagnostic, Reported, Sink, codes};
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
    let mut resolver = Resolver { engine, schema, sql, map, fates, found: Vec::new() };
    let _ = VisitMut::visit(&mut parsed.expr, &mut resolver);
    let mut reported = None;
    for diagnostic in resolver.found {
        reported = Some(sink.error(diagnostic));
    }
    if let Some(reported) = reported {
        return Err(reported);
    }
    let typed = engine.create_logical_expr_from_sql_expr(parsed, schema).and_then(|expr| expr.get_type(schema).map(|_| expr));
    typed.map_err(|error| sink.error(engine_error(&error, sql, map)))
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

/// A whole query over named inputs.
pub fn query(
    engine: &SessionState,
    sql: &str,
    map: &EmbedMap,
    tables: &[(String, LogicalPlan)],
    sink: &mut Sink,
) -> Result<LogicalPlan, Reported> {
    let parsed =
        DFParserBuilder::new(sql).with_dialect(&DatabricksDialect {}).build().and_then(|mut parser| parser.parse_statements());
    let mut statements = match parsed {
        Ok(statements) => statements,
        Err(error) => return Err(sink.error(engine_error(&error, sql, map))),
    };
    let first = statements.pop_front();
    let Some(Statement::Statement(mut statement)) = first.filter(|_| statements.is_empty()) else {
        let wrong = Diagnostic::new(&codes::expression::NOT_A_QUERY, map.whole(), "expected exactly one query");
        return Err(sink.error(wrong.help("write one `select`")));
    };
    if !matches!(*statement, ast::Statement::Query(_)) {
        let wrong = Diagnostic::new(&codes::expression::NOT_A_QUERY, map.whole(), "only a query can stand here");
        return Err(sink.error(wrong.here("changes something instead of reading").help("write one `select`")));
    }
    let mut speller = Speller::new(tables);
    let _ = VisitMut::visit(&mut *statement, &mut speller);
    let unknown = unknown_tables(&statement, tables, sql, map);
    let mut reported = None;
    for diagnostic in unknown {
        reported = Some(sink.error(diagnostic));
    }
    if let Some(reported) = reported {
        return Err(reported);
    }
    let state = with_tables(engine, tables);
    // Memory catalogs answer at once; the future only looks tables up.
    let planned = state.statement_to_plan(Statement::Statement(statement)).now_or_never();
    match planned {
        Some(Ok(plan)) => Ok(plan),
        Some(Err(error)) => Err(sink.error(engine_error(&error, sql, map))),
        None => Err(sink.error(Diagnostic::new(&codes::internal::BUG, map.whole(), "planning a query had to wait"))),
    }
}

/// A session in which the inputs are tables.
fn with_tables(engine: &SessionState, tables: &[(String, LogicalPlan)]) -> SessionState {
    let schema = MemorySchemaProvider::new();
    for (name, plan) in tables {
        // A table of a name that is there already cannot be: node names are unique.
        let _ = schema.register_table(name.clone(), Arc::new(ViewTable::new(plan.clone(), None)));
    }
    let catalog = MemoryCatalogProvider::new();
    let defaults = &engine.config().options().catalog;
    let _ = catalog.register_schema(&defaults.default_schema, Arc::new(schema));
    let list = MemoryCatalogProviderList::new();
    list.register_catalog(defaults.default_catalog.clone(), Arc::new(catalog));
    SessionStateBuilder::new_from_existing(engine.clone()).with_catalog_list(Arc::new(list)).build()
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

    fn resolve(&mut self, ident: &mut Ident) {
        match names::column(self.schema, &ident.value) {
            Some(name) => {
                ident.value = name.to_owned();
                ident.quote_style = Some('`');
            }
            None => self.found.push(names::unknown_column(self.span(ident.span), &ident.value, self.schema, self.fates)),
        }
    }
}

impl VisitorMut for Resolver<'_> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut ast::Expr) -> ControlFlow<()> {
        match expr {
            ast::Expr::Identifier(ident) => self.resolve(ident),
            ast::Expr::CompoundIdentifier(parts) => {
                if let Some(first) = parts.first_mut() {
                    self.resolve(first);
                }
            }
            ast::Expr::Function(function) => {
                let name = function.name.to_string().to_lowercase();
                let known = self.engine.scalar_functions().contains_key(&name)
                    || self.engine.aggregate_functions().contains_key(&name)
                    || self.engine.window_functions().contains_key(&name);
                if !known && let Some(ident) = function.name.0.first().and_then(|part| part.as_ident()) {
                    let span = self.span(ident.span);
                    let mut names: Vec<_> = self.engine.scalar_functions().keys().map(String::as_str).collect();
                    names.sort_unstable();
                    let unknown =
                        Diagnostic::new(&codes::expression::UNKNOWN_FUNCTION, span, format!("unknown function `{name}`"));
                    self.found.push(unknown.suggest(span, &name, names));
                }
            }
            ast::Expr::Subquery(_) | ast::Expr::Exists { .. } | ast::Expr::InSubquery { .. } => {
                let wrong = Diagnostic::new(&codes::expression::SUBQUERY, self.map.whole(), "an expression cannot hold a query");
                self.found.push(wrong.help("join the other input first, or use a `sql` transform"));
                return ControlFlow::Break(());
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

fn to_span(span: SqlSpan, sql: &str, map: &EmbedMap) -> Span {
    let at = |line: u64, column: u64| offset(sql, usize::try_from(line).unwrap_or(1), usize::try_from(column).unwrap_or(1));
    if span == SqlSpan::empty() {
        return map.whole();
    }
    map.span(at(span.start.line, span.start.column), at(span.end.line, span.end.column))
}

/// Spells the names of a query's columns and tables as the inputs do, where they differ in case only.
struct Speller {
    names: BTreeMap<String, Option<String>>,
}

impl Speller {
    fn new(tables: &[(String, LogicalPlan)]) -> Self {
        let mut names: BTreeMap<String, Option<String>> = BTreeMap::new();
        let columns = tables.iter().flat_map(|(name, plan)| {
            std::iter::once(name.clone()).chain(plan.schema().fields().iter().map(|field| field.name().clone()))
        });
        for name in columns {
            let lower = name.to_lowercase();
            names
                .entry(lower)
                .and_modify(|known| {
                    if known.as_ref() != Some(&name) {
                        *known = None;
                    }
                })
                .or_insert(Some(name));
        }
        Self { names }
    }

    fn spell(&self, ident: &mut Ident) {
        if let Some(Some(name)) = self.names.get(&ident.value.to_lowercase()) {
            ident.value.clone_from(name);
        }
    }
}

impl VisitorMut for Speller {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &mut ast::Expr) -> ControlFlow<()> {
        match expr {
            ast::Expr::Identifier(ident) => self.spell(ident),
            ast::Expr::CompoundIdentifier(parts) => parts.iter_mut().for_each(|part| self.spell(part)),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &mut ast::ObjectName) -> ControlFlow<()> {
        for part in &mut relation.0 {
            if let ast::ObjectNamePart::Identifier(ident) = part {
                self.spell(ident);
            }
        }
        ControlFlow::Continue(())
    }
}

/// Tables of the query that are neither inputs nor its own common table expressions.
fn unknown_tables(statement: &ast::Statement, tables: &[(String, LogicalPlan)], sql: &str, map: &EmbedMap) -> Vec<Diagnostic> {
    let mut own: Vec<String> = Vec::new();
    let _ = ast::visit_expressions(statement, |_| ControlFlow::<()>::Continue(()));
    if let ast::Statement::Query(query) = statement {
        collect_ctes(query, &mut own);
    }
    let mut found = Vec::new();
    let _ = ast::visit_relations(statement, |relation| {
        let name = relation.to_string().replace('`', "");
        let known = tables.iter().any(|(table, _)| *table == name) || own.contains(&name);
        if !known && let Some(ident) = relation.0.last().and_then(|part| part.as_ident()) {
            let span = to_span(ident.span, sql, map);
            let names: Vec<_> = tables.iter().map(|(table, _)| table.as_str()).collect();
            found.push(
                Diagnostic::new(&codes::expression::UNKNOWN_TABLE, span, format!("unknown table `{name}`"))
                    .here("no input of that name")
                    .note(format!("the inputs here: {}", crate::diag::suggest::list(names.iter().copied(), 8)))
                    .suggest(span, &name, names.iter().copied()),
            );
        }
        ControlFlow::<()>::Continue(())
    });
    found
}

fn collect_ctes(query: &ast::Query, own: &mut Vec<String>) {
    for table in query.with.iter().flat_map(|with| &with.cte_tables) {
        own.push(table.alias.name.value.clone());
        collect_ctes(&table.query, own);
    }
}

/// One expression and nothing after it.
fn parse_expression(sql: &str, map: &EmbedMap) -> Result<ast::Expr, Box<Diagnostic>> {
    let said = |error: ParserError| Box::new(engine_error(&DataFusionError::SQL(Box::new(error), None), sql, map));
    let mut parser = Parser::new(&DatabricksDialect {}).try_with_sql(sql).map_err(said)?;
    let expr = parser.parse_expr().map_err(said)?;
    let next = parser.peek_token();
    if next.token == Token::EOF {
        return Ok(expr);
    }
    let at = to_span(next.span, sql, map);
    let extra = Diagnostic::new(&codes::expression::SQL_SYNTAX, at, format!("SQL syntax: `{next}` cannot stand here"));
    Err(Box::new(extra.here("expected an operator or the end of the expression")))
}
