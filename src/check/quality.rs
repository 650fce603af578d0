//! Quality nodes: the ruleset is found, parsed and typed against the node's input.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use datafusion::logical_expr::LogicalPlan;

use super::Cx;
use super::schemas::{fate, stub, stubs};
use super::{actions, maker, origin};
use crate::diag::{Diagnostic, Sink, codes};
use crate::ir::{Job, Kind, Node, NodeId, Quality};
use crate::spec::project::resolve_ruleset;
use crate::stdlib::expr::{ColumnFate, is_hidden};
use crate::stdlib::rule::{self, Actions, Behind, Scope};
use crate::stdlib::transform::{Input, port};
use crate::syntax::dqdl;

/// Where runs of a project record what they measured.
const STATE: &str = ".glue-compile/state.db";

/// Binds the rules of a quality node and fills in the schemas of its outputs.
pub(super) fn check(cx: &Cx<'_>, job: &mut Job, id: NodeId, sink: &mut Sink) {
    let inputs = stubs(job, id);
    let input = match inputs.as_deref() {
        Some([input]) => Some(input),
        _ => None,
    };
    let quality = bind(cx, job, id, input, sink);
    if let Some(quality) = &quality {
        actions::check(job.node(id), &quality.rules, sink);
    }
    job.nodes[id.0].quality = quality;
    let Some(input) = input else { return };
    let original = if job.node(id).keeps_original() { origin::columns(cx, job, id, sink) } else { None };
    let schema = input.plan.schema().as_arrow();
    let outputs = outputs(job.node(id), schema, original.as_deref().unwrap_or(schema));
    names(job, id, input, &outputs, sink);
    for (output, Columns { base, added }) in job.nodes[id.0].outputs.iter_mut().zip(outputs) {
        output.schema = Some(Arc::new(Schema::new(base.into_iter().chain(added).collect::<Vec<_>>())));
    }
}

fn bind(cx: &Cx<'_>, job: &Job, id: NodeId, input: Option<&Input>, sink: &mut Sink) -> Option<Quality> {
    let text = job.node(id).args.as_ref().and_then(|args| args.text("ruleset"))?;
    let ruleset = resolve_ruleset(cx.project, text, sink)?;
    let text = &ruleset.text;
    let parsed = dqdl::parse(text.as_str(), &text.map, dqdl::Dialect::Superset, sink);
    let input = input?;
    // An alias whose columns are not known is left out only together with the whole ruleset: a rule about it cannot be typed.
    let aliases = references(job, id)?;
    let fates = |column: &str| -> Option<ColumnFate> { fate(job, id, column) };
    let maker = maker::of(job, id);
    let scope = Scope {
        engine: cx.engine,
        primary: &input.plan,
        aliases: &aliases,
        fates: &fates,
        behind: maker.as_ref().map_or(Behind::Files, Behind::Made),
        now: cx.world.now(),
        has_history: cx.world.is_file(&cx.project.root.join(STATE)),
        dialect: dqdl::Dialect::Superset,
    };
    let rules = rule::bind(&parsed, &scope, sink);
    let columns = if is_declared(job, id) { rule::Columns::Declared } else { rule::Columns::Found };
    rule::lint(&parsed, &rules, &scope, columns, (text.as_str(), &text.map), sink);
    Some(Quality { rules, text: text.value.clone() })
}

/// Whether the columns of all sources that a node reads are declared, so that they are those of any data to come.
fn is_declared(job: &Job, id: NodeId) -> bool {
    let mut seen = HashSet::from([id]);
    let mut open = vec![id];
    while let Some(id) = open.pop() {
        let node = job.node(id);
        if let Some(Kind::Source(_)) = node.kind {
            let schema = node.args.as_ref().and_then(|args| args.record("schema"));
            if schema.is_none_or(|schema| schema.str("mode") == Some("infer") || schema.list("columns").is_empty()) {
                return false;
            }
        }
        let edges = node.inputs.iter().chain(node.references.iter().map(|(_, edge)| edge));
        open.extend(edges.map(|edge| edge.node).filter(|id| seen.insert(*id)));
    }
    true
}

fn references(job: &Job, id: NodeId) -> Option<Vec<(String, LogicalPlan)>> {
    job.node(id)
        .references
        .iter()
        .map(|(alias, edge)| {
            let schema = job.node(edge.node).outputs.get(edge.port)?.schema.clone()?;
            Some((alias.value.clone(), stub(schema)?))
        })
        .collect()
}

/// The columns of an output: those that its rows come with, and those that the node adds.
struct Columns {
    base: Vec<FieldRef>,
    added: Vec<FieldRef>,
}

/// The columns of all outputs, by their places. `original` are those of failing rows.
fn outputs(node: &Node, input: &Schema, original: &Schema) -> [Columns; port::COUNT] {
    let visible =
        |schema: &Schema| -> Vec<FieldRef> { schema.fields().iter().filter(|field| !is_hidden(field.name())).cloned().collect() };
    let fields = |fields: Vec<Field>| fields.into_iter().map(Arc::new).collect::<Vec<_>>();
    let all = |schema: SchemaRef| Columns { base: Vec::new(), added: schema.fields().iter().cloned().collect() };
    let verdicts = || fields(rule::verdict_fields());
    let actions = node.args.as_ref().map(Actions::of).unwrap_or_default();
    let annotates = node.quality.as_ref().is_some_and(|quality| quality.rules.can_annotate(&actions));
    let (passed, failed) = match (node.is_glue(), annotates) {
        (true, _) => (verdicts(), verdicts()),
        (false, true) => (fields(vec![Field::new(WARNINGS, rule::failures_type(), true)]), fields(failure_fields())),
        (false, false) => (Vec::new(), fields(failure_fields())),
    };
    [
        Columns { base: visible(input), added: passed },
        Columns { base: visible(original), added: failed },
        Columns { base: visible(input), added: Vec::new() },
        Columns { base: visible(input), added: verdicts() },
        all(rule::outcomes_schema()),
        all(rule::aggregated_schema()),
    ]
}

/// What is wrong with a row that stays.
const WARNINGS: &str = "_dq_warnings";

/// What is to be known about a failing row.
fn failure_fields() -> Vec<Field> {
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let source = Fields::from(vec![Field::new("uri", DataType::Utf8, true), Field::new("row", DataType::UInt64, true)]);
    vec![
        Field::new("_dq_failures", rule::failures_type(), true),
        text("_dq_run_id"),
        text("_dq_node"),
        text("_dq_ruleset_hash"),
        Field::new("_dq_source", DataType::Struct(source), false),
        text("_dq_event_id"),
        Field::new("_dq_quarantined_at", DataType::Timestamp(TimeUnit::Microsecond, None), false),
    ]
}

/// Reports columns that the node adds to rows that have them already, in outputs that are read.
fn names(job: &Job, id: NodeId, input: &Input, outputs: &[Columns], sink: &mut Sink) {
    let mut said: Vec<&str> = Vec::new();
    for (at, Columns { base, added }) in outputs.iter().enumerate().filter(|(at, _)| job.is_read(id, *at)) {
        let has = |name: &str| base.iter().any(|field| field.name().eq_ignore_ascii_case(name));
        let Some(twice) = added.iter().map(|field| field.name().as_str()).find(|name| has(name)) else { continue };
        if said.contains(&twice) {
            continue;
        }
        said.push(twice);
        let output = job.node(id).output_name(at);
        let message = format!("column `{twice}` would be there twice in `{output}`");
        let twice = Diagnostic::new(&codes::expression::DUPLICATE_COLUMN, input.span, message);
        sink.push(
            twice
                .here("these rows have a column of that name, and the node adds one")
                .help("drop or rename it before, with `drop_fields` or `rename_field`"),
        );
    }
}
