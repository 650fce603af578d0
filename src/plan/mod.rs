//! From the typed program to plans of the engine, cut into stages, as plain data that prints.

mod lower;
pub mod nodes;
mod print;
pub mod quality;

use datafusion::logical_expr::LogicalPlan;

use crate::ir::NodeId;

pub use lower::{Parts, Purpose, lower, quality_output, reads_rows, wants_row_ids};
pub use print::{Unconnected, plans, scans, stages};

/// The plans of a job.
#[derive(Debug)]
pub struct JobPlan {
    /// Parts that run once for several readers, each after those it reads.
    pub stages: Vec<Stage>,
    /// What every sink writes.
    pub sinks: Vec<SinkPlan>,
}

/// A part of a job that runs once.
#[derive(Debug)]
pub struct Stage {
    /// The node whose output it is.
    pub node: NodeId,
    /// What it does.
    pub kind: StageKind,
    /// How its readers get its rows.
    pub mode: Mode,
    /// Its plan; of a quality node, the plan of its input.
    pub plan: LogicalPlan,
    /// Why it is a stage, for people.
    pub why: String,
}

/// What a stage does.
#[derive(Debug)]
pub enum StageKind {
    /// Gives out one output of a node.
    Rows {
        /// Which.
        port: usize,
    },
    /// Parts a source's rows into good and malformed ones.
    Malformed,
    /// Evaluates rules and parts the rows that pass from those that fail.
    Quality {
        /// The input once more, for passes before the main one.
        again: LogicalPlan,
        /// The other data sets.
        references: Vec<(String, LogicalPlan)>,
    },
}

/// How readers get the rows of a stage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As they are made, through queues.
    Tee,
    /// From temporary files, because they are read more than once.
    Store,
}

/// What a sink writes.
#[derive(Debug)]
pub struct SinkPlan {
    /// The sink.
    pub node: NodeId,
    /// Its rows, hidden columns left out.
    pub plan: LogicalPlan,
}
