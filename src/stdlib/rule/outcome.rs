//! What came of rules, as rows of AWS's shapes: the columns of the outputs `rule_outcomes` and `aggregated_metrics`, and
//! AWS's four columns about a row.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields, Schema, SchemaRef};

/// AWS's four columns about a row.
pub const VERDICTS: [&str; 4] =
    ["DataQualityRulesPass", "DataQualityRulesFail", "DataQualityRulesSkip", "DataQualityEvaluationResult"];

/// The fields of [`VERDICTS`]: three lists of rules, and `Passed` or `Failed`.
pub fn verdict_fields() -> Vec<Field> {
    let list = DataType::List(Arc::new(Field::new("item", DataType::Utf8, true)));
    let mut fields: Vec<Field> = VERDICTS[..3].iter().map(|name| Field::new(*name, list.clone(), false)).collect();
    fields.push(Field::new(VERDICTS[3], DataType::Utf8, false));
    fields
}

/// A row a rule.
pub fn outcomes_schema() -> SchemaRef {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    Arc::new(Schema::new(vec![
        text("Rule", false),
        text("Outcome", false),
        text("FailureReason", true),
        Field::new("EvaluatedMetrics", map_type(DataType::Float64), false),
        text("EvaluatedRule", false),
        Field::new("Labels", map_type(DataType::Utf8), false),
    ]))
}

/// One row. AWS counts in floating-point numbers.
pub fn aggregated_schema() -> SchemaRef {
    let names = [
        "TotalRowsProcessed",
        "TotalRowsPassed",
        "TotalRowsFailed",
        "TotalRulesProcessed",
        "TotalRulesPassed",
        "TotalRulesFailed",
    ];
    Arc::new(Schema::new(names.map(|name| Field::new(name, DataType::Float64, false)).to_vec()))
}

fn map_type(value: DataType) -> DataType {
    DataType::Map(Arc::new(Field::new("entries", DataType::Struct(map_fields(value)), false)), false)
}

/// The fields of a map's entry.
pub fn map_fields(value: DataType) -> Fields {
    vec![Field::new("key", DataType::Utf8, false), Field::new("value", value, true)].into()
}
