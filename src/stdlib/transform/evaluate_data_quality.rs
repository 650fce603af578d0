//! `evaluate_data_quality`: rules over the rows of the input; rows that break one go their own way.

use super::{Arity, Lowering, Port, TransformDef};
use crate::spec::param::{Param, ParamType};
use crate::stdlib::rule::Action;

/// The places of the outputs.
pub mod port {
    /// Rows that break no rule.
    pub const PASSED: usize = 0;
    /// Rows that break a rule.
    pub const FAILED: usize = 1;
    /// All rows as they came in.
    pub const ORIGINAL: usize = 2;
    /// All rows with AWS's four columns.
    pub const ROW_LEVEL: usize = 3;
    /// A row a rule.
    pub const RULE_OUTCOMES: usize = 4;
    /// One row.
    pub const AGGREGATED_METRICS: usize = 5;
    /// How many there are.
    pub const COUNT: usize = 6;
}

pub(super) static EVALUATE_DATA_QUALITY: TransformDef = TransformDef {
    name: "evaluate_data_quality",
    summary: "evaluates a DQDL ruleset and parts the rows that pass from those that fail",
    params: &[
        Param::required("ruleset", ParamType::Ruleset, "a ruleset's name, a `.dqdl` file or DQDL text"),
        Param::optional(
            "additional_data_sources",
            ParamType::Map(&ParamType::Node),
            "other data sets of the rules: `{alias: node}`",
        ),
        Param::default(
            "composite_rule_evaluation",
            ParamType::OneOf(&["column", "row"]),
            "column",
            "whether `and` and `or` join the verdicts of rules over the data set, or of each row",
        ),
        Param::default(
            "filtered_row_label",
            ParamType::OneOf(&["passed", "skipped"]),
            "passed",
            "how a rule counts a row that its `where` leaves out",
        ),
        Param::default("row_level_labels", ParamType::Bool, "false", "whether rules carry their labels in AWS's columns"),
        Param::optional(
            "actions",
            ParamType::Map(&ParamType::OneOf(Action::WORDS)),
            "what becomes of a row that fails a rule, by a label of the rule: `{label=value: action}`; `severity=warn` annotates",
        ),
        Param::default(
            "route",
            ParamType::OneOf(&["failing_rows", "only_when_rule_fails"]),
            "failing_rows",
            "whether a row fails by its own verdict alone, or only if the rule as a whole failed too",
        ),
        Param::default(
            "stop_job_on_failure",
            ParamType::OneOf(&["never", "immediate", "after_data_load"]),
            "never",
            "what a failed rule does to the job: nothing; nothing is published; everything is published and the job fails",
        ),
        Param::default(
            "observations",
            ParamType::OneOf(&["none", "all"]),
            "none",
            "whether every figure is compared with its history, also without a rule about it",
        ),
        Param::optional("quarantine", ParamType::Record(QUARANTINE), "limits for the rows that fail, and what they carry"),
        Param::optional("compat", ParamType::OneOf(&["glue"]), "whether rows carry AWS's four columns instead of ours"),
    ],
    inputs: Arity::One,
    ports: &[
        Port { name: "passed", summary: "rows that break no rule" },
        Port { name: "failed", summary: "rows that break a rule, with their reasons" },
        Port { name: "original", summary: "all rows as they came in" },
        Port { name: "row_level", summary: "all rows with AWS's four columns" },
        Port { name: "rule_outcomes", summary: "a row a rule: what came of it" },
        Port { name: "aggregated_metrics", summary: "one row: how many rows and rules passed and failed" },
    ],
    lowering: Lowering::Quality,
    since: "0.1.0",
    page: include_str!("evaluate_data_quality.md"),
};

static QUARANTINE: &[Param] = &[
    Param::optional(
        "max_rate",
        ParamType::Float { min: 0.0, max: 1.0 },
        "the greatest share of failing rows; above it the job fails and publishes nothing",
    ),
    Param::optional(
        "max_rows",
        ParamType::Int { min: 0, max: i64::MAX },
        "the greatest number of failing rows; above it the job fails and publishes nothing",
    ),
    Param::default(
        "keep",
        ParamType::OneOf(&["current", "original"]),
        "current",
        "which columns a failing row has: those of the node's input, or those that its source read",
    ),
    Param::default("samples", ParamType::Int { min: 0, max: 1000 }, "5", "how many failing rows the report shows"),
];
