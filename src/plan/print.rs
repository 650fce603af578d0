//! Plans as text: `plan --view plan` and `plan --view stages`.

use std::fmt::Write as _;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::catalog::TableProvider;
use datafusion::common::{Result, internal_err};
use datafusion::datasource::empty::EmptyTable;
use datafusion::execution::SendableRecordBatchStream;

use super::nodes::meter::Counter;
use super::nodes::stage::StageOutput;
use super::{JobPlan, Mode, Parts, Purpose, StageKind, quality, wants_row_ids};
use crate::ir::{Job, NodeId};
use crate::stdlib::connector::source::{MALFORMED, ROW};
use crate::stdlib::rule::BoundRuleset;

/// Parts of plans that are only printed: sources are empty, nothing can be opened.
pub struct Unconnected<'a> {
    /// The job whose sources these are.
    pub job: &'a Job,
}

impl Parts for Unconnected<'_> {
    fn source(&mut self, node: NodeId, _: Purpose) -> Result<Arc<dyn TableProvider>> {
        let outputs = &self.job.node(node).outputs;
        let Some(schema) = outputs.first().and_then(|output| output.schema.clone()) else {
            return internal_err!("the columns of `{}` are not known", self.job.node(node).name);
        };
        // The hidden columns that a scan has in a run.
        let mut fields: Vec<_> = schema.fields().iter().cloned().collect();
        if wants_row_ids(self.job, node) {
            fields.push(Arc::new(Field::new(ROW, DataType::UInt64, false)));
        }
        if let Some(malformed) = outputs.get(1).and_then(|output| output.schema.as_ref()) {
            fields.push(Arc::new(Field::new(MALFORMED, DataType::Struct(malformed.fields().clone()), true)));
        }
        Ok(Arc::new(EmptyTable::new(Arc::new(Schema::new(fields)))))
    }

    fn stage(&mut self, _: NodeId) {}

    fn reader(&mut self, _: usize, _: usize, _: Mode) -> Arc<dyn StageOutput> {
        Arc::new(Nothing)
    }

    fn counter(&mut self, _: NodeId) -> Arc<Counter> {
        Arc::default()
    }
}

#[derive(Debug)]
struct Nothing;

impl StageOutput for Nothing {
    fn partitions(&self) -> usize {
        1
    }

    fn open(&self, _: usize) -> Result<SendableRecordBatchStream> {
        internal_err!("a plan that is only printed was run")
    }
}

/// The logical plan of every stage and sink.
pub fn plans(job: &Job, plan: &JobPlan) -> String {
    let mut out = String::new();
    for stage in &plan.stages {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "stage {}\n{}", job.node(stage.node).name, indent(&stage.plan.display_indent().to_string()));
    }
    for sink in &plan.sinks {
        let _ = writeln!(out, "sink {}\n{}", job.node(sink.node).name, indent(&sink.plan.display_indent().to_string()));
    }
    out
}

/// What runs, in order, what reads what, and why it is cut there.
pub fn stages(job: &Job, plan: &JobPlan) -> String {
    let mut out = String::new();
    for (at, stage) in plan.stages.iter().enumerate() {
        let mode = match stage.mode {
            Mode::Tee => "handed on as rows come",
            Mode::Store => "kept in temporary files, read more than once",
        };
        let _ = writeln!(out, "stage {}: {} ({mode})", at + 1, job.node(stage.node).name);
        let _ = writeln!(out, "  because {}", stage.why);
        let _ = writeln!(out, "  reads {}", leaves(&stage.plan));
        if let StageKind::Quality { references, .. } = &stage.kind {
            for (alias, plan) in references {
                let _ = writeln!(out, "  reads {} before, as `{alias}`", leaves(plan));
            }
            if let Some(quality) = &job.node(stage.node).quality {
                out.push_str(&indent(&scans(&quality.rules)));
            }
        }
    }
    for sink in &plan.sinks {
        let _ = writeln!(out, "sink {}: reads {}", job.node(sink.node).name, leaves(&sink.plan));
    }
    out
}

/// The passes over data that a ruleset needs, numbered.
pub fn scans(ruleset: &BoundRuleset) -> String {
    let passes = quality::passes(ruleset);
    let mut out = format!(
        "evaluates its rules in {} over data\n",
        if passes.len() == 1 { "1 pass".to_owned() } else { format!("{} passes", passes.len()) }
    );
    for (at, pass) in passes.iter().enumerate() {
        let _ = writeln!(out, "  {}. {}: {}", at + 1, pass.reads, pass.why);
    }
    out
}

/// The tables a plan reads.
fn leaves(plan: &datafusion::logical_expr::LogicalPlan) -> String {
    use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
    let mut names = Vec::new();
    let _ = plan.apply(|node| {
        if let datafusion::logical_expr::LogicalPlan::TableScan(scan) = node {
            names.push(scan.table_name.to_string());
        }
        Ok(TreeNodeRecursion::Continue)
    });
    if names.is_empty() { "nothing".to_owned() } else { names.join(", ") }
}

fn indent(text: &str) -> String {
    text.lines().flat_map(|line| ["  ", line, "\n"]).collect()
}
