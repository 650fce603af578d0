//! A walk over a plan, from its leaves up: for each column of each part, the columns of the leaves that it depends on.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::common::DFSchemaRef;
use datafusion::logical_expr::{Distinct, Expr, JoinType, LogicalPlan, SortExpr};

use super::depend::{Direct, How, Indirect};
use super::expression::{self, Scope};
use crate::stdlib::node::keep::Keep;
use crate::stdlib::node::running::{FunctionKind, Running};

/// A column of an input of the node whose plan this is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Leaf {
    /// Which input.
    pub(super) input: usize,
    /// The column.
    pub(super) column: String,
    /// The field of it.
    pub(super) path: Vec<String>,
}

/// What something depends on.
pub(super) type Depends = BTreeSet<(Leaf, How)>;

/// A column of a part of a plan.
#[derive(Debug, Clone, Default)]
pub(super) struct FlowColumn {
    /// What it depends on.
    pub(super) depends: Depends,
    /// How it is computed from the leaves; `None` if that cannot be told in a few words.
    pub(super) expr: Option<Expr>,
    /// The fields of a structure that was put together.
    pub(super) fields: Vec<(String, FlowColumn)>,
}

/// The columns of a part of a plan, by their places, and what decides over its rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Flow {
    pub(super) columns: Vec<FlowColumn>,
    pub(super) rows: Depends,
}

/// How the name of a leaf begins; its number follows.
pub(super) const INPUT: &str = "__gc_input";

/// How often a recursive query is gone through: its dependencies only grow, and soon stay.
const ROUNDS: usize = 8;

/// Walks plans. Remembers the tables of recursive queries.
#[derive(Debug, Default)]
pub(super) struct Walk {
    tables: BTreeMap<String, Flow>,
}

impl Walk {
    /// The columns of a plan. `outer` are those that a subquery sees.
    pub(super) fn plan(&mut self, plan: &LogicalPlan, outer: Option<&Scope<'_>>) -> Flow {
        match plan {
            LogicalPlan::TableScan(scan) => {
                let name = scan.table_name.table();
                let Some(input) = name.strip_prefix(INPUT).and_then(|number| number.parse().ok()) else {
                    return self.tables.get(name).cloned().unwrap_or_else(|| nothing(&scan.projected_schema));
                };
                let column = |name: &String| {
                    let leaf = Leaf { input, column: name.clone(), path: Vec::new() };
                    FlowColumn {
                        depends: [(leaf, How::Direct(Direct::Identity))].into(),
                        expr: Some(Expr::Column(datafusion::common::Column::new_unqualified(name))),
                        fields: Vec::new(),
                    }
                };
                let columns = scan.projected_schema.fields().iter().map(|field| column(field.name())).collect();
                Flow { columns, rows: Depends::new() }
            }
            LogicalPlan::Projection(part) => {
                let input = self.plan(&part.input, outer);
                let columns = part.expr.iter().map(|expr| self.column(expr, &input, part.input.schema(), outer)).collect();
                Flow { columns, rows: input.rows }
            }
            LogicalPlan::Filter(part) => {
                let mut flow = self.plan(&part.input, outer);
                let by = self.of([&part.predicate], &flow, part.input.schema(), outer, Indirect::Filter);
                flow.rows.extend(by);
                flow
            }
            LogicalPlan::Window(part) => {
                let mut flow = self.plan(&part.input, outer);
                let schema = part.input.schema();
                let added: Vec<_> = part.window_expr.iter().map(|expr| self.column(expr, &flow, schema, outer)).collect();
                flow.columns.extend(added);
                flow
            }
            LogicalPlan::Aggregate(part) => {
                let input = self.plan(&part.input, outer);
                let schema = part.input.schema();
                let groups: Vec<&Expr> = match part.group_expr.as_slice() {
                    [Expr::GroupingSet(sets)] => sets.distinct_expr(),
                    exprs => exprs.iter().collect(),
                };
                let mut columns: Vec<_> = groups.iter().map(|expr| self.column(expr, &input, schema, outer)).collect();
                let mut rows = self.of(groups.iter().copied(), &input, schema, outer, Indirect::GroupBy);
                rows.extend(input.rows.iter().cloned());
                // Grouping sets have a column of their own that tells them apart.
                let values = part.schema.fields().len().saturating_sub(part.aggr_expr.len());
                columns.resize(values, FlowColumn::default());
                columns.extend(part.aggr_expr.iter().map(|expr| self.column(expr, &input, schema, outer)));
                Flow { columns, rows }
            }
            LogicalPlan::Sort(part) => {
                let mut flow = self.plan(&part.input, outer);
                let by = self.of(sorted(&part.expr), &flow, part.input.schema(), outer, Indirect::Sort);
                flow.rows.extend(by);
                flow
            }
            LogicalPlan::Join(part) => {
                let left = self.plan(&part.left, outer);
                let right = self.plan(&part.right, outer);
                let (of_left, of_right): (Vec<&Expr>, Vec<&Expr>) = part.on.iter().map(|(l, r)| (l, r)).unzip();
                let mut by = self.of(of_left, &left, part.left.schema(), outer, Indirect::Join);
                by.extend(self.of(of_right, &right, part.right.schema(), outer, Indirect::Join));
                let all: Vec<_> = left.columns.iter().chain(&right.columns).cloned().collect();
                if let Some(filter) = &part.filter {
                    // The condition of a semi join sees the columns of both sides.
                    let both = part.left.schema().join(part.right.schema()).map(std::sync::Arc::new);
                    let whole = Flow { columns: all.clone(), rows: Depends::new() };
                    match both {
                        Ok(schema) => by.extend(self.of([filter], &whole, &schema, outer, Indirect::Join)),
                        Err(_) => by.extend(all.iter().flat_map(|column| indirect(&column.depends, Indirect::Join))),
                    }
                }
                let mark = FlowColumn { depends: indirect(&by, Indirect::Conditional), ..FlowColumn::default() };
                let columns = match part.join_type {
                    JoinType::LeftSemi | JoinType::LeftAnti => left.columns,
                    JoinType::RightSemi | JoinType::RightAnti => right.columns,
                    JoinType::LeftMark => left.columns.into_iter().chain([mark]).collect(),
                    JoinType::RightMark => right.columns.into_iter().chain([mark]).collect(),
                    JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => all,
                };
                let rows = left.rows.into_iter().chain(right.rows).chain(by).collect();
                Flow { columns, rows }
            }
            LogicalPlan::Union(part) => {
                let flows: Vec<_> = part.inputs.iter().map(|input| self.plan(input, outer)).collect();
                flows.into_iter().reduce(united).unwrap_or_default()
            }
            LogicalPlan::Distinct(Distinct::All(input)) => {
                let mut flow = self.plan(input, outer);
                let by: Vec<_> = flow.columns.iter().flat_map(|column| indirect(&column.depends, Indirect::GroupBy)).collect();
                flow.rows.extend(by);
                flow
            }
            LogicalPlan::Distinct(Distinct::On(part)) => {
                let input = self.plan(&part.input, outer);
                let schema = part.input.schema();
                let columns = part.select_expr.iter().map(|expr| self.column(expr, &input, schema, outer)).collect();
                let mut rows = self.of(&part.on_expr, &input, schema, outer, Indirect::GroupBy);
                let order = part.sort_expr.as_deref().unwrap_or_default();
                rows.extend(self.of(sorted(order), &input, schema, outer, Indirect::Sort));
                rows.extend(input.rows);
                Flow { columns, rows }
            }
            LogicalPlan::Repartition(part) => self.plan(&part.input, outer),
            LogicalPlan::Limit(part) => self.plan(&part.input, outer),
            LogicalPlan::SubqueryAlias(part) => self.plan(&part.input, outer),
            LogicalPlan::Subquery(part) => self.plan(&part.subquery, outer),
            LogicalPlan::Unnest(part) => {
                let input = self.plan(&part.input, outer);
                let column = |(at, from): (usize, &usize)| {
                    let Some(column) = input.columns.get(*from) else { return FlowColumn::default() };
                    let name = part.schema.field(at).name();
                    if part.struct_type_columns.contains(from) {
                        // `address.city` is the field `city` of `address`.
                        let field = name.rsplit_once('.').map_or(name.as_str(), |(_, field)| field);
                        return FlowColumn { depends: field_of(column, field), ..FlowColumn::default() };
                    }
                    if part.list_type_columns.iter().any(|(list, _)| list == from) {
                        return FlowColumn { depends: direct(&column.depends, Direct::Expression), ..FlowColumn::default() };
                    }
                    column.clone()
                };
                let columns = part.dependency_indices.iter().enumerate().map(column).collect();
                Flow { columns, rows: input.rows }
            }
            LogicalPlan::RecursiveQuery(part) => {
                let mut flow = self.plan(&part.static_term, outer);
                for _ in 0..ROUNDS {
                    let before = flow.clone();
                    self.tables.insert(part.name.clone(), flow.clone());
                    flow = united(flow, self.plan(&part.recursive_term, outer));
                    if same(&before, &flow) {
                        break;
                    }
                }
                self.tables.remove(&part.name);
                flow
            }
            LogicalPlan::Extension(part) => self.own(part.node.as_ref(), outer),
            LogicalPlan::Values(_)
            | LogicalPlan::EmptyRelation(_)
            | LogicalPlan::Statement(_)
            | LogicalPlan::Explain(_)
            | LogicalPlan::Analyze(_)
            | LogicalPlan::Dml(_)
            | LogicalPlan::Ddl(_)
            | LogicalPlan::Copy(_)
            | LogicalPlan::DescribeTable(_) => nothing(plan.schema()),
        }
    }

    /// The nodes of our own.
    fn own(&mut self, node: &dyn datafusion::logical_expr::UserDefinedLogicalNode, outer: Option<&Scope<'_>>) -> Flow {
        let inputs: Vec<_> = node.inputs().iter().map(|input| (self.plan(input, outer), input.schema().clone())).collect();
        let Some((mut flow, schema)) = inputs.first().cloned() else { return nothing(node.schema()) };
        let named = |flow: &Flow, name: &str| -> Depends {
            let at = schema.fields().iter().position(|field| field.name() == name);
            at.and_then(|at| flow.columns.get(at)).map(|column| column.depends.clone()).unwrap_or_default()
        };
        if let Some(keep) = node.as_any().downcast_ref::<Keep>() {
            let keys = keep.keys.iter().flat_map(|name| indirect(&named(&flow, name), Indirect::GroupBy));
            let order = keep.order.iter().flat_map(|by| indirect(&named(&flow, &by.column), Indirect::Sort));
            let rows: Vec<_> = keys.chain(order).collect();
            flow.rows.extend(rows);
            return flow;
        }
        if let Some(running) = node.as_any().downcast_ref::<Running>() {
            let around = running.keys.iter().chain(running.order.iter().map(|by| &by.column));
            let around: Depends = around.flat_map(|name| indirect(&named(&flow, name), Indirect::Window)).collect();
            let column = |function: &crate::stdlib::node::running::Function| {
                let how = match function.kind {
                    FunctionKind::First | FunctionKind::Last | FunctionKind::Lag(_) | FunctionKind::Lead(_) => Direct::Expression,
                    _ => Direct::Aggregation,
                };
                let argument = function.argument.as_ref().map(|name| direct(&named(&flow, name), how)).unwrap_or_default();
                let depends = argument.into_iter().chain(around.iter().cloned()).collect();
                FlowColumn { depends, expr: Some(expression::note(&function.call())), fields: Vec::new() }
            };
            let added: Vec<_> = running.functions.iter().map(column).collect();
            flow.columns.extend(added);
            return flow;
        }
        // What another node does is not known: its columns are those of the same name, else made of all that it names.
        let rows = inputs.iter().flat_map(|(flow, _)| flow.rows.iter().cloned()).collect();
        let exprs = node.expressions();
        let mut mentioned = Depends::new();
        for (flow, schema) in &inputs {
            for expr in &exprs {
                mentioned.extend(direct(&self.column(expr, flow, schema, outer).depends, Direct::Expression));
            }
        }
        let column = |name: &str| {
            let of = |(flow, schema): &(Flow, DFSchemaRef)| {
                let at = schema.fields().iter().position(|field| field.name() == name)?;
                flow.columns.get(at).cloned()
            };
            inputs.iter().find_map(of).unwrap_or_else(|| FlowColumn { depends: mentioned.clone(), ..FlowColumn::default() })
        };
        Flow { columns: node.schema().fields().iter().map(|field| column(field.name())).collect(), rows }
    }

    fn column(&mut self, expr: &Expr, input: &Flow, schema: &DFSchemaRef, outer: Option<&Scope<'_>>) -> FlowColumn {
        expression::column(self, expr, &Scope { flow: input, schema, outer })
    }

    /// All that several expressions depend on, as an influence.
    fn of<'e>(
        &mut self,
        exprs: impl IntoIterator<Item = &'e Expr>,
        input: &Flow,
        schema: &DFSchemaRef,
        outer: Option<&Scope<'_>>,
        how: Indirect,
    ) -> Depends {
        let scope = Scope { flow: input, schema, outer };
        let mut found = Depends::new();
        for expr in exprs {
            found.extend(indirect(&expression::depends(self, expr, &scope), how));
        }
        found
    }
}

fn sorted(order: &[SortExpr]) -> impl Iterator<Item = &Expr> {
    order.iter().map(|by| &by.expr)
}

/// Columns that depend on nothing.
fn nothing(schema: &DFSchemaRef) -> Flow {
    Flow { columns: vec![FlowColumn::default(); schema.fields().len()], rows: Depends::new() }
}

/// Columns whose values come from either.
fn united(one: Flow, other: Flow) -> Flow {
    let mut others = other.columns.into_iter();
    let column = |column: FlowColumn| match others.next() {
        None => column,
        Some(other) => FlowColumn {
            expr: column.expr.filter(|expr| other.expr.as_ref() == Some(expr)),
            depends: column.depends.into_iter().chain(other.depends).collect(),
            fields: Vec::new(),
        },
    };
    Flow { columns: one.columns.into_iter().map(column).collect(), rows: one.rows.into_iter().chain(other.rows).collect() }
}

fn same(one: &Flow, other: &Flow) -> bool {
    let depends = |flow: &Flow| flow.columns.iter().map(|column| column.depends.clone()).collect::<Vec<_>>();
    one.rows == other.rows && depends(one) == depends(other)
}

/// The same, as an influence.
pub(super) fn indirect(depends: &Depends, how: Indirect) -> Depends {
    depends.iter().map(|(leaf, _)| (leaf.clone(), How::Indirect(how))).collect()
}

/// The same, computed further.
fn direct(depends: &Depends, how: Direct) -> Depends {
    depends.iter().map(|(leaf, inner)| (leaf.clone(), How::Direct(how).of(*inner))).collect()
}

/// What a field of a column depends on.
pub(super) fn field_of(column: &FlowColumn, field: &str) -> Depends {
    if let Some((_, own)) = column.fields.iter().find(|(name, _)| name == field) {
        return own.depends.clone();
    }
    let narrowed = |(leaf, how): &(Leaf, How)| {
        let mut leaf = leaf.clone();
        if *how == How::Direct(Direct::Identity) {
            leaf.path.push(field.to_owned());
        }
        (leaf, *how)
    };
    column.depends.iter().map(narrowed).collect()
}
