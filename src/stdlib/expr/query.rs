//! Whole queries over named inputs: text in, plans out.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{DataFusionError, Result as EngineResult, SchemaError};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, SubqueryAlias};
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{self, Ident, Visit, VisitMut, Visitor, VisitorMut};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::expression::to_span;
use super::fault::{engine_span, fault};
use super::function;
use super::literals;
use super::lower::{lower, units};
use super::meaning::conform_plan;
use super::mismatch::extent;
use super::names::Fates;
use super::syntax::syntax_error;
use super::tables;
use super::tokens;
use crate::diag::{Diagnostic, Reported, Sink, codes};
use crate::source::{EmbedMap, Span};

/// A whole query over named inputs.
pub fn query(
    engine: &SessionState,
    sql: &str,
    map: &EmbedMap,
    inputs: &[(String, LogicalPlan)],
    fates: Fates<'_>,
    sink: &mut Sink,
) -> Result<LogicalPlan, Reported> {
    let parsed = tokens::parser(sql, map)
        .and_then(|mut parser| parser.parse_statements().map_err(|error| Box::new(syntax_error(&error, sql, map))));
    let mut statements = parsed.map_err(|diagnostic| sink.error(*diagnostic))?;
    if statements.len() != 1 {
        return Err(sink.error(not_one(sql, map)));
    }
    let mut statement = Box::new(statements.remove(0));
    let ast::Statement::Query(_) = &*statement else {
        let wrong = Diagnostic::new(&codes::expression::NOT_A_QUERY, first_word(sql, map), "only a query can stand here");
        return Err(sink.error(wrong.here("not a `select`").help("write one `select`; what is written where is said by sinks")));
    };
    units(&mut *statement);
    let mut speller = Speller::new(inputs);
    let _ = VisitMut::visit(&mut *statement, &mut speller);
    let before = sink.len();
    for diagnostic in
        unknown_tables(&statement, inputs, sql, map).into_iter().chain(unknown_functions(engine, &statement, sql, map))
    {
        sink.error(diagnostic);
    }
    let mut found = Vec::new();
    let _ = ast::visit_expressions(&*statement, |expr| {
        literals::one(expr, sql, map, &mut found);
        ControlFlow::<()>::Continue(())
    });
    found.into_iter().for_each(|diagnostic| sink.push(diagnostic));
    if let ast::Statement::Query(query) = &*statement {
        twice(query, sql, map, sink);
    }
    if let (true, Some(reported)) = (sink.len() > before, sink.reported()) {
        return Err(reported);
    }
    let planned = |statement: &ast::Statement| {
        let mut lowered = Box::new(statement.clone());
        lower(&mut *lowered);
        let planned = tables::plan(engine, Statement::Statement(lowered), inputs);
        planned.and_then(conform_plan).and_then(|plan| with_inputs(plan, inputs))
    };
    planned(&statement).map_err(|error| {
        let mut tell = |error: &DataFusionError| sink.error(described(error, &statement, sql, map, fates));
        let reported = tell(&error);
        further_names(error, &statement, sql, &planned, &mut |error| {
            tell(error);
        });
        reported
    })
}

/// How many unknown names of a query are reported beside the first.
const MOST_NAMES: usize = 16;

/// The engine stops at the first name that it does not know. It is taken out and the rest is planned again, until all are known;
/// what else is wrong then may be so only for want of the name.
fn further_names(
    mut error: DataFusionError,
    statement: &ast::Statement,
    sql: &str,
    planned: &dyn Fn(&ast::Statement) -> EngineResult<LogicalPlan>,
    tell: &mut dyn FnMut(&DataFusionError),
) {
    let mut rest = statement.clone();
    let mut told = Vec::new();
    for at in 0..MOST_NAMES {
        let Some(name) = unknown_name(&error).filter(|_| take_out(&mut rest, &error, sql, at)) else { return };
        told.push(name.to_owned());
        match planned(&rest) {
            Err(next) => error = next,
            Ok(_) => return,
        }
        // A table within the query lacks a column because that was unknown there.
        if let Some(name) = unknown_name(&error)
            && !told.iter().any(|known| known == name)
        {
            tell(&error);
        }
    }
}

/// The name that an error says is unknown; without a table there is one thing to say.
fn unknown_name(error: &DataFusionError) -> Option<&str> {
    let DataFusionError::SchemaError(error, _) = error.find_root() else { return None };
    match &**error {
        SchemaError::FieldNotFound { field, valid_fields } if !valid_fields.is_empty() => Some(&field.name),
        _ => None,
    }
}

/// Puts a value of no type where the name stands that an error is about. `at` keeps several of them apart.
fn take_out(statement: &mut ast::Statement, error: &DataFusionError, sql: &str, at: usize) -> bool {
    let Some((start, end)) = engine_span(error, sql) else { return false };
    let nothing =
        Parser::new(&GenericDialect {}).try_with_sql(&format!("nullif(null, {at})")).and_then(|mut text| text.parse_expr());
    let Ok(nothing) = nothing else { return false };
    let done = ast::visit_expressions_mut(statement, |expr| {
        let is_name = matches!(expr, ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_));
        if is_name && extent(expr, sql).is_some_and(|(from, to)| from <= start && end <= to) {
            *expr = nothing.clone();
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    done.is_break()
}

/// Puts the inputs where a plan reads tables.
fn with_inputs(plan: LogicalPlan, tables: &[(String, LogicalPlan)]) -> EngineResult<LogicalPlan> {
    let done = plan.transform_up_with_subqueries(|plan| {
        let LogicalPlan::TableScan(scan) = &plan else { return Ok(Transformed::no(plan)) };
        let input = tables.iter().find(|(name, _)| *name == scan.table_name.table());
        match input {
            Some((_, input)) => {
                let alias = SubqueryAlias::try_new(Arc::new(input.clone()), scan.table_name.clone())?;
                Ok(Transformed::yes(LogicalPlan::SubqueryAlias(alias)))
            }
            None => Ok(Transformed::no(plan)),
        }
    })?;
    Ok(done.data)
}

/// What the engine said of a statement, at the part that it is about.
fn described(error: &DataFusionError, statement: &ast::Statement, sql: &str, map: &EmbedMap, fates: Fates<'_>) -> Diagnostic {
    let mut diagnostic = fault(error, sql, map, fates);
    let part = match diagnostic.code.number {
        // The engine points at the first name of what it cannot type.
        "GC0404" => engine_span(error, sql).and_then(|(start, _)| {
            let mut starts = Vec::new();
            let _ = ast::visit_expressions(statement, |expr| {
                let is_name = matches!(expr, ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_));
                starts.extend(extent(expr, sql).filter(|(from, _)| *from == start && !is_name));
                ControlFlow::<()>::Continue(())
            });
            starts.into_iter().min_by_key(|(_, end)| *end)
        }),
        // It does not point at a condition at all; if there is only one, it is that one.
        "GC0405" => {
            let mut conditions = Conditions(Vec::new());
            let _ = statement.visit(&mut conditions);
            match conditions.0.as_slice() {
                [only] => extent(only, sql),
                _ => None,
            }
        }
        _ => None,
    };
    if let (Some((start, end)), Some(label)) = (part, diagnostic.labels.first_mut()) {
        label.span = map.span(start, end);
    }
    diagnostic
}

/// The conditions of a statement.
struct Conditions(Vec<ast::Expr>);

impl Visitor for Conditions {
    type Break = ();

    fn pre_visit_query(&mut self, query: &ast::Query) -> ControlFlow<()> {
        if let ast::SetExpr::Select(select) = &*query.body {
            self.0.extend(select.selection.iter().chain(&select.having).cloned());
        }
        ControlFlow::Continue(())
    }
}

/// No statement, or several.
fn not_one(sql: &str, map: &EmbedMap) -> Diagnostic {
    let second = sql.match_indices(';').map(|(at, _)| at + 1).find(|at| !sql[*at..].trim().is_empty());
    let Some(second) = second else {
        let none = Diagnostic::new(&codes::expression::NOT_A_QUERY, map.whole(), "a query is missing");
        return none.here("no query here").help("write one `select`");
    };
    let start = second + (sql[second..].len() - sql[second..].trim_start().len());
    let at = map.span(start, start + sql[start..].find(char::is_whitespace).unwrap_or(sql.len() - start));
    Diagnostic::new(&codes::expression::NOT_A_QUERY, at, "more than one query")
        .here("a second one begins here")
        .help("write one `select`; a second one is a node of its own")
}

/// The first word of a text.
fn first_word(sql: &str, map: &EmbedMap) -> Span {
    let start = sql.len() - sql.trim_start().len();
    let len = sql[start..].find(|c: char| !c.is_alphanumeric()).unwrap_or(sql.len() - start);
    map.span(start, start + len)
}

/// Reports columns of the outermost `select` that have one name.
fn twice(query: &ast::Query, sql: &str, map: &EmbedMap, sink: &mut Sink) {
    let ast::SetExpr::Select(select) = &*query.body else { return };
    let mut seen: Vec<&Ident> = Vec::new();
    for item in &select.projection {
        let name = match item {
            ast::SelectItem::ExprWithAlias { alias, .. } => alias,
            ast::SelectItem::UnnamedExpr(ast::Expr::Identifier(name)) => name,
            ast::SelectItem::UnnamedExpr(ast::Expr::CompoundIdentifier(parts)) => match parts.last() {
                Some(name) => name,
                None => continue,
            },
            _ => continue,
        };
        let Some(first) = seen.iter().find(|other| other.value.eq_ignore_ascii_case(&name.value)) else {
            seen.push(name);
            continue;
        };
        let message = format!("column `{}` would be there twice", name.value);
        let twice = Diagnostic::new(&codes::expression::DUPLICATE_COLUMN, to_span(name.span, sql, map), message);
        sink.push(
            twice
                .here("the same name again")
                .also(to_span(first.span, sql, map), "first here")
                .help("give one of them another name with `as`"),
        );
    }
}

/// Functions that the engine does not have.
fn unknown_functions(engine: &SessionState, statement: &ast::Statement, sql: &str, map: &EmbedMap) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let _ = ast::visit_expressions(statement, |expr| {
        if let ast::Expr::Function(call) = expr
            && let name = function::name(call)
            && let Some(ident) = call.name.0.first().and_then(|part| part.as_ident())
        {
            let span = to_span(ident.span, sql, map);
            let unknown = || (!function::is_known(engine, &name)).then(|| function::unknown(engine, span, &name));
            found.extend(function::missing(span, call).or_else(unknown));
        }
        ControlFlow::<()>::Continue(())
    });
    found
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
            let unknown = Diagnostic::new(&codes::expression::UNKNOWN_TABLE, span, format!("unknown table `{name}`"))
                .here("no input of that name")
                .note(format!("the inputs here: {}", crate::diag::suggest::list(names.iter().copied(), 8)))
                .suggest(span, &name, names.iter().copied());
            let is_told = !unknown.helps.is_empty();
            found.push(match names.as_slice() {
                _ if is_told => unknown,
                [only] => unknown.help(format!("write `{only}`")),
                _ => unknown.help("name one of them; what else is needed is added to `inputs`"),
            });
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
