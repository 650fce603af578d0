//! What an expression depends on. It is walked with a stack of its own: sums of thousands of parts are deep.

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchemaRef, ScalarValue};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{Expr, Subquery};

use super::depend::{Direct, How, Indirect};
use super::flow::{Depends, Flow, FlowColumn, Walk, field_of, indirect};

/// The columns that an expression may name.
pub(super) struct Scope<'a> {
    /// What they depend on, by their places.
    pub(super) flow: &'a Flow,
    /// Their names.
    pub(super) schema: &'a DFSchemaRef,
    /// Those of the query around a subquery.
    pub(super) outer: Option<&'a Scope<'a>>,
}

impl Scope<'_> {
    fn column(&self, column: &Column) -> Option<&FlowColumn> {
        let at = self.schema.maybe_index_of_column(column)?;
        self.flow.columns.get(at)
    }

    /// A column of the nearest query around that has it.
    fn outer_column(&self, column: &Column) -> Option<&FlowColumn> {
        let mut outer = self.outer;
        while let Some(scope) = outer {
            if let Some(found) = scope.column(column) {
                return Some(found);
            }
            outer = scope.outer;
        }
        None
    }
}

/// Texts of expressions with more parts than this are not kept: they would say little, and grow from part to part.
const LARGEST: usize = 64;

/// The column that an expression makes.
pub(super) fn column(walk: &mut Walk, expr: &Expr, scope: &Scope<'_>) -> FlowColumn {
    let plain = unaliased(expr);
    if let Expr::Column(name) = plain {
        return scope.column(name).cloned().unwrap_or_default();
    }
    let fields = structure(plain).into_iter().map(|(name, value)| (name, column(walk, value, scope))).collect();
    FlowColumn { depends: depends(walk, plain, scope), expr: inlined(plain, scope), fields }
}

/// What an expression depends on.
pub(super) fn depends(walk: &mut Walk, expr: &Expr, scope: &Scope<'_>) -> Depends {
    let mut found = Depends::new();
    // The parts to look at: how the whole depends on them, and which field of them counts, innermost last.
    let mut open: Vec<(&Expr, How, Vec<String>)> = vec![(expr, How::Direct(Direct::Identity), Vec::new())];
    while let Some((part, how, path)) = open.pop() {
        let computed = how.of(How::Direct(Direct::Expression));
        let chosen = how_chosen(how);
        match part {
            Expr::Alias(alias) => open.push((&alias.expr, how, path)),
            Expr::Column(column) => {
                if let Some(column) = scope.column(column) {
                    found.extend(leaves(column, how, &path));
                }
            }
            Expr::OuterReferenceColumn(_, column) => {
                if let Some(column) = scope.outer_column(column) {
                    found.extend(leaves(column, how, &path));
                }
            }
            Expr::Cast(cast) => open.push((&cast.expr, how.of(How::Direct(Direct::Cast)), path)),
            Expr::TryCast(cast) => open.push((&cast.expr, how.of(How::Direct(Direct::Cast)), path)),
            Expr::Case(case) => {
                open.extend(case.expr.iter().map(|value| (&**value, chosen, Vec::new())));
                open.extend(case.when_then_expr.iter().map(|(when, _)| (&**when, chosen, Vec::new())));
                let values = case.when_then_expr.iter().map(|(_, then)| &**then).chain(case.else_expr.as_deref());
                open.extend(values.map(|value| (value, computed, Vec::new())));
            }
            Expr::ScalarFunction(function) if is_cast(function) => {
                open.extend(function.args.iter().map(|value| (value, how.of(How::Direct(Direct::Cast)), path.clone())));
            }
            Expr::ScalarFunction(function) => match field(function) {
                Some((value, names)) => {
                    let mut path = path;
                    path.extend(names.into_iter().rev());
                    open.push((value, how, path));
                }
                None => match narrowed(part, &path) {
                    Some(value) => open.push((value, how, path[..path.len() - 1].to_vec())),
                    None => open.extend(function.args.iter().map(|value| (value, computed, Vec::new()))),
                },
            },
            Expr::AggregateFunction(function) => {
                let params = &function.params;
                let many = how.of(How::Direct(Direct::Aggregation));
                open.extend(params.args.iter().map(|value| (value, many, Vec::new())));
                open.extend(params.filter.iter().map(|test| (&**test, turned(how, Indirect::Filter), Vec::new())));
                open.extend(params.order_by.iter().map(|by| (&by.expr, turned(how, Indirect::Sort), Vec::new())));
            }
            Expr::WindowFunction(function) => {
                let params = &function.params;
                let many = how.of(How::Direct(Direct::Aggregation));
                open.extend(params.args.iter().map(|value| (value, many, Vec::new())));
                let around = params.partition_by.iter().chain(params.order_by.iter().map(|by| &by.expr));
                open.extend(around.map(|key| (key, turned(how, Indirect::Window), Vec::new())));
                open.extend(params.filter.iter().map(|test| (&**test, turned(how, Indirect::Filter), Vec::new())));
            }
            Expr::ScalarSubquery(query) => found.extend(subquery(walk, query, scope, computed)),
            Expr::Exists(exists) => found.extend(subquery(walk, &exists.subquery, scope, chosen)),
            Expr::InSubquery(member) => {
                open.push((&member.expr, computed, Vec::new()));
                found.extend(subquery(walk, &member.subquery, scope, chosen));
            }
            Expr::SetComparison(comparison) => {
                open.push((&comparison.expr, computed, Vec::new()));
                found.extend(subquery(walk, &comparison.subquery, scope, chosen));
            }
            other => {
                // The closure cannot fail.
                let _ = other.apply_children(|child| {
                    open.push((child, computed, Vec::new()));
                    Ok(TreeNodeRecursion::Continue)
                });
            }
        }
    }
    found
}

/// The columns of a query inside an expression, and what decides over its rows.
fn subquery(walk: &mut Walk, query: &Subquery, scope: &Scope<'_>, how: How) -> Depends {
    let flow = walk.plan(&query.subquery, Some(scope));
    let values = flow.columns.iter().flat_map(|column| leaves(column, how, &[]));
    let rows = indirect(&flow.rows, Indirect::Filter);
    values.chain(rows).collect()
}

fn leaves(column: &FlowColumn, how: How, path: &[String]) -> Depends {
    let mut narrowed: Option<Depends> = None;
    let mut at = column;
    for (steps, name) in path.iter().rev().enumerate() {
        if let Some((_, field)) = at.fields.iter().find(|(known, _)| known == name) {
            at = field;
            continue;
        }
        // The rest of the way leads through a column of an input.
        let rest = FlowColumn { depends: at.depends.clone(), ..FlowColumn::default() };
        let rest = path
            .iter()
            .rev()
            .skip(steps)
            .fold(rest, |column, name| FlowColumn { depends: field_of(&column, name), ..FlowColumn::default() });
        narrowed = Some(rest.depends);
        break;
    }
    narrowed.unwrap_or_else(|| at.depends.clone()).into_iter().map(|(leaf, inner)| (leaf, how.of(inner))).collect()
}

fn how_chosen(how: How) -> How {
    turned(how, Indirect::Conditional)
}

/// An influence, unless the whole is one already.
fn turned(how: How, to: Indirect) -> How {
    match how {
        How::Direct(_) => How::Indirect(to),
        How::Indirect(_) => how,
    }
}

fn unaliased(mut expr: &Expr) -> &Expr {
    while let Expr::Alias(alias) = expr {
        expr = &alias.expr;
    }
    expr
}

/// Casts that are functions of ours.
pub(super) fn is_cast(function: &ScalarFunction) -> bool {
    function.name() == "spark_cast"
}

/// `get_field(value, 'name', …)`: a field of a field.
fn field(function: &ScalarFunction) -> Option<(&Expr, Vec<String>)> {
    let [value, names @ ..] = function.args.as_slice() else { return None };
    if function.name() != "get_field" || names.is_empty() {
        return None;
    }
    let name = |name: &Expr| match name {
        Expr::Literal(name, _) => text_of(name),
        _ => None,
    };
    Some((value, names.iter().map(name).collect::<Option<_>>()?))
}

/// The part of a structure put together here that a path asks for.
fn narrowed<'e>(expr: &'e Expr, path: &[String]) -> Option<&'e Expr> {
    let name = path.last()?;
    structure(expr).into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// The fields of a structure that an expression puts together.
fn structure(expr: &Expr) -> Vec<(String, &Expr)> {
    let Expr::ScalarFunction(function) = expr else { return Vec::new() };
    match function.name() {
        "named_struct" => {
            let pairs = function.args.chunks_exact(2).filter_map(|pair| match pair {
                [Expr::Literal(name, _), value] => Some((text_of(name)?, value)),
                _ => None,
            });
            pairs.collect()
        }
        "struct" => function.args.iter().enumerate().map(|(at, value)| (format!("c{at}"), value)).collect(),
        _ => Vec::new(),
    }
}

fn text_of(value: &ScalarValue) -> Option<String> {
    value.try_as_str().flatten().map(str::to_owned)
}

/// The expression over the columns of the leaves; `None` if it is too large to tell, or holds a query.
fn inlined(expr: &Expr, scope: &Scope<'_>) -> Option<Expr> {
    let mut parts = 0;
    let done = expr.clone().transform_down(|part| match &part {
        Expr::Column(column) => {
            let inner = scope.column(column).and_then(|column| column.expr.clone());
            Ok(inner.map_or_else(|| Transformed::no(part), |inner| Transformed::new(inner, true, TreeNodeRecursion::Jump)))
        }
        _ => Ok(Transformed::no(part)),
    });
    let done = done.ok()?.data;
    let _ = done.apply(|_| {
        parts += 1;
        Ok(if parts > LARGEST { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    (parts <= LARGEST).then_some(done)
}

/// Something that is said as a text only.
pub(super) fn note(text: &str) -> Expr {
    Expr::Column(Column::new(Some(super::text::SAID), text))
}
