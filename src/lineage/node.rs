//! The lineage of one node, from the columns of its outputs to those of its inputs.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::common::{Column, TableReference};
use datafusion::datasource::empty::EmptyTable;
use datafusion::datasource::provider_as_source;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::depend::{Direct, How, Indirect};
use super::flow::{Depends, Flow, FlowColumn, INPUT, Leaf, Walk};
use super::text::text;
use super::{ColumnLineage, NodeLineage, Origin, OutputLineage, RuleUse};
use crate::diag::Sink;
use crate::ir::{Edge, Job, Kind, Node, NodeId};
use crate::plan::reads_rows;
use crate::stdlib::expr::{NO_FATES, is_hidden};
use crate::stdlib::rule::{Action, Actions, Among, BoundRule, Metric, RowClass, Test};
use crate::stdlib::transform::{Input, LowerCx, LowerFn, Lowering, port};

/// The lineage of a node of a checked job.
pub(super) fn lineage(job: &Job, id: NodeId, engine: &SessionState) -> NodeLineage {
    let node = job.node(id);
    match node.kind {
        Some(Kind::Source(_)) => NodeLineage { outputs: source(node), rules: Vec::new() },
        Some(Kind::Transform(def)) => match def.lowering {
            Lowering::Rows(lower) => NodeLineage { outputs: rows(job, id, lower, engine), rules: Vec::new() },
            Lowering::Quality => quality(job, id),
        },
        Some(Kind::Sink(_)) | None => NodeLineage::default(),
    }
}

/// The columns of a source come from nowhere else.
fn source(node: &Node) -> Vec<Option<OutputLineage>> {
    let column = |field: &Arc<Field>| empty_column(field);
    let output = |schema: &SchemaRef| OutputLineage { columns: schema.fields().iter().map(column).collect(), rows: Vec::new() };
    node.outputs.iter().map(|output_of| output_of.schema.as_ref().map(output)).collect()
}

fn empty_column(field: &Field) -> ColumnLineage {
    ColumnLineage {
        name: field.name().clone(),
        data_type: field.data_type().clone(),
        origins: Vec::new(),
        text: None,
        fields: Vec::new(),
    }
}

/// A node that is lowered to plans: read off them.
fn rows(job: &Job, id: NodeId, lower: LowerFn, engine: &SessionState) -> Vec<Option<OutputLineage>> {
    let node = job.node(id);
    let unknown = || vec![None; node.outputs.len()];
    let inputs: Option<Vec<Input>> = node.inputs.iter().enumerate().map(|(at, edge)| input(job, at, edge)).collect();
    let (Some(args), Some(inputs)) = (&node.args, inputs) else { return unknown() };
    // What there is to say of this node was said when it was checked.
    let mut unheard = Sink::default();
    let mut cx = LowerCx { engine, fates: NO_FATES, sink: &mut unheard, changes: Vec::new(), span: node.span };
    let Ok(plans) = lower(&mut cx, args, &inputs) else { return unknown() };
    let mut outputs: Vec<_> = plans.iter().map(|plan| Some(output(&Walk::default().plan(plan, None), plan, node))).collect();
    outputs.resize(node.outputs.len(), None);
    outputs
}

/// A stub of an input, whose scan tells which one it is. Columns have no qualifiers.
fn input(job: &Job, at: usize, edge: &Edge) -> Option<Input> {
    let from = job.node(edge.node);
    let schema = from.outputs.get(edge.port)?.schema.clone()?;
    let relation = TableReference::bare(format!("{INPUT}{at}"));
    let columns: Vec<_> = schema
        .fields()
        .iter()
        .map(|field| Expr::Column(Column::new(Some(relation.clone()), field.name())).alias(field.name()))
        .collect();
    let table = provider_as_source(Arc::new(EmptyTable::new(schema)));
    let plan = LogicalPlanBuilder::scan(relation, table, None).ok()?.project(columns).ok()?.build().ok()?;
    Some(Input { name: from.name.value.clone(), output: from.output_name(edge.port), plan, span: edge.span })
}

fn output(flow: &Flow, plan: &LogicalPlan, node: &Node) -> OutputLineage {
    let fields = plan.schema().fields().iter().zip(&flow.columns).filter(|(field, _)| !is_hidden(field.name()));
    OutputLineage {
        columns: fields.map(|(field, column)| column_of(field.name(), field.data_type(), column, node)).collect(),
        rows: origins(&flow.rows, node),
    }
}

fn column_of(name: &str, data_type: &DataType, column: &FlowColumn, node: &Node) -> ColumnLineage {
    let field = |(name, column): &(String, FlowColumn)| {
        let inner = match data_type {
            DataType::Struct(fields) => fields.iter().find(|field| field.name() == name).map(|field| field.data_type().clone()),
            _ => None,
        };
        column_of(name, &inner.unwrap_or(DataType::Null), column, node)
    };
    ColumnLineage {
        name: name.to_owned(),
        data_type: data_type.clone(),
        origins: origins(&column.depends, node),
        text: column.expr.as_ref().and_then(text),
        fields: column.fields.iter().map(field).collect(),
    }
}

/// Leaves as columns of nodes. Of the ways in which a value is computed from one column the least plain one counts.
fn origins(depends: &Depends, node: &Node) -> Vec<Origin> {
    let mut plainest: BTreeMap<&Leaf, Direct> = BTreeMap::new();
    for (leaf, how) in depends {
        if let How::Direct(how) = how {
            let known = plainest.entry(leaf).or_insert(*how);
            *known = (*known).max(*how);
        }
    }
    let kept = |leaf: &Leaf, how: How| match how {
        How::Direct(how) => plainest.get(leaf) == Some(&how),
        How::Indirect(_) => true,
    };
    let origin = |(leaf, how): &(Leaf, How)| {
        let edge = node.inputs.get(leaf.input)?;
        let (column, path) = (leaf.column.clone(), leaf.path.clone());
        Some(Origin { node: edge.node, port: edge.port, column, path, how: *how })
    };
    let visible = depends.iter().filter(|(leaf, how)| !is_hidden(&leaf.column) && kept(leaf, *how));
    visible.filter_map(origin).collect()
}

/// A quality node: its rows are those of its input, and its rules decide which go where.
fn quality(job: &Job, id: NodeId) -> NodeLineage {
    let node = job.node(id);
    let Some(edge) = node.inputs.first() else { return NodeLineage::default() };
    let actions = node.args.as_ref().map(Actions::of).unwrap_or_default();
    let bound = node.quality.as_ref().map(|quality| quality.rules.rules.as_slice()).unwrap_or_default();
    let rules: Vec<RuleUse> = bound.iter().map(|rule| rule_use(rule, actions.action(&rule.labels))).collect();
    let outputs = (0..node.outputs.len()).map(|at| quality_output(job, id, *edge, &rules, at)).collect();
    NodeLineage { outputs, rules }
}

fn rule_use(rule: &BoundRule, action: Action) -> RuleUse {
    let mut columns: Vec<String> = rule.body.leaves().into_iter().flat_map(|leaf| leaf.about.iter().cloned()).collect();
    columns.sort();
    columns.dedup();
    RuleUse { id: rule.id.clone(), text: rule.text.clone(), columns, class: rule.body.class(), action }
}

fn quality_output(job: &Job, id: NodeId, edge: Edge, rules: &[RuleUse], at: usize) -> Option<OutputLineage> {
    let node = job.node(id);
    let schema = node.outputs.get(at)?.schema.as_ref()?;
    let input = job.node(edge.node).outputs.get(edge.port)?.schema.as_ref()?;
    // Failing rows may be those that their source read.
    let source = if at == port::FAILED && node.keeps_original() { reads_rows(job, id) } else { None };
    let (from, from_port, base) = match source {
        Some(source) => (source, 0, job.node(source).outputs.first()?.schema.as_ref()?),
        None => (edge.node, edge.port, input),
    };
    let of_rules = |how: How, counts: &dyn Fn(&RuleUse) -> bool| -> Vec<Origin> {
        let columns = rules.iter().filter(|rule| counts(rule)).flat_map(|rule| &rule.columns);
        let mut found: Vec<_> = columns
            .map(|column| Origin { node: edge.node, port: edge.port, column: column.clone(), path: Vec::new(), how })
            .collect();
        found.extend(references(node, counts, rules, how));
        found.sort();
        found.dedup();
        found
    };
    let judges_rows = |rule: &RuleUse| rule.class != RowClass::Dataset;
    let annotates = |rule: &RuleUse| judges_rows(rule) && rule.action == Action::Annotate;
    let routes = |rule: &RuleUse| judges_rows(rule) && rule.action == Action::Route;
    let is_rows = !matches!(at, port::RULE_OUTCOMES | port::AGGREGATED_METRICS);
    let column = |field: &Arc<Field>| {
        let own = is_rows && base.fields().iter().any(|other| other.name() == field.name());
        let origins = match field.name().as_str() {
            name if own => vec![Origin {
                node: from,
                port: from_port,
                column: name.to_owned(),
                path: Vec::new(),
                how: How::Direct(Direct::Identity),
            }],
            WARNINGS => of_rules(How::Direct(Direct::Expression), &annotates),
            name if is_rows && SAYS_WHY.contains(&name) => of_rules(How::Direct(Direct::Expression), &judges_rows),
            name if !is_rows && !IS_KNOWN.contains(&name) => of_rules(How::Direct(Direct::Aggregation), &|_| true),
            _ => Vec::new(),
        };
        ColumnLineage { origins, ..empty_column(field) }
    };
    let rows = match at {
        port::PASSED | port::FAILED => of_rules(How::Indirect(Indirect::Filter), &routes),
        _ => Vec::new(),
    };
    let visible = schema.fields().iter().filter(|field| !is_hidden(field.name()));
    Some(OutputLineage { columns: visible.map(column).collect(), rows })
}

/// The column of rows that stay although a rule speaks against them.
const WARNINGS: &str = "_dq_warnings";

/// Columns of rows that tell what rules say of them.
const SAYS_WHY: &[&str] =
    &["_dq_failures", "DataQualityRulesPass", "DataQualityRulesFail", "DataQualityRulesSkip", "DataQualityEvaluationResult"];

/// Columns about rules that are the same whatever the data is.
const IS_KNOWN: &[&str] = &["Rule", "Labels", "TotalRulesProcessed"];

/// The columns of other data sets that rules look at.
fn references(node: &Node, counts: &dyn Fn(&RuleUse) -> bool, uses: &[RuleUse], how: How) -> Vec<Origin> {
    let Some(quality) = &node.quality else { return Vec::new() };
    let mut found = Vec::new();
    for (rule, _) in quality.rules.rules.iter().zip(uses).filter(|(_, used)| counts(used)) {
        let mut said: Vec<(&str, &Expr)> = Vec::new();
        for leaf in rule.body.leaves() {
            leaf.test.iter().for_each(|test| of_test(test, &mut said));
            leaf.metrics.iter().for_each(|(_, metric)| of_metric(metric, &mut said));
        }
        for (alias, expr) in said {
            let Some((_, edge)) = node.references.iter().find(|(name, _)| name.value == alias) else { continue };
            let columns = expr.column_refs().into_iter().map(|column| column.name.clone());
            found.extend(columns.map(|column| Origin { node: edge.node, port: edge.port, column, path: Vec::new(), how }));
        }
    }
    found
}

fn of_test<'r>(test: &'r Test, said: &mut Vec<(&'r str, &'r Expr)>) {
    match test {
        Test::Member(member) => {
            if let Among::Reference { alias, columns } = &member.among {
                said.extend(columns.iter().map(|column| (alias.as_str(), column)));
            }
        }
        Test::All(tests) => tests.iter().for_each(|test| of_test(test, said)),
        Test::Row(_) | Test::Unique(_) => {}
    }
}

fn of_metric<'r>(metric: &'r Metric, said: &mut Vec<(&'r str, &'r Expr)>) {
    match metric {
        Metric::Reference(alias, tally) => said.extend(tally.arguments.iter().map(|column| (alias.as_str(), column))),
        Metric::Ratio(one, other, _) => {
            of_metric(one, said);
            of_metric(other, said);
        }
        _ => {}
    }
}
