//! `evaluate_data_quality`: rules over the rows of the input; rows that break one go their own way.

use super::{Arity, Lowering, Port, TransformDef};
use crate::spec::param::{Param, ParamType};

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
        Param::optional("quarantine", ParamType::Record(QUARANTINE), "limits for the rows that fail"),
    ],
    inputs: Arity::One,
    ports: &[
        Port { name: "passed", summary: "rows that break no rule" },
        Port { name: "failed", summary: "rows that break a rule, with their reasons" },
    ],
    lowering: Lowering::Quality,
    since: "0.1.0",
    page: include_str!("evaluate_data_quality.md"),
};

static QUARANTINE: &[Param] = &[
    Param::optional(
        "max_rate",
        ParamType::Float,
        "the greatest share of failing rows; above it the job fails and publishes nothing",
    ),
    Param::default("samples", ParamType::Int { min: 0, max: 1000 }, "5", "how many failing rows the report shows"),
];
