//! What is wrong with a row, as a column: the type of `__gc_failures` and `_dq_failures`.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Fields};

/// The type of the column: a list of what is wrong.
pub fn failures_type() -> DataType {
    DataType::List(Arc::new(Field::new("item", DataType::Struct(failure_fields()), true)))
}

/// The fields of one failure.
pub fn failure_fields() -> Fields {
    let text = |name: &str, nullable| Field::new(name, DataType::Utf8, nullable);
    vec![
        text("rule_id", false),
        text("rule", false),
        text("column", true),
        text("value", true),
        text("message", false),
        Field::new("labels", DataType::List(Arc::new(Field::new("item", DataType::Struct(label_fields()), true))), false),
    ]
    .into()
}

/// The fields of one label.
pub fn label_fields() -> Fields {
    vec![Field::new("key", DataType::Utf8, false), Field::new("value", DataType::Utf8, false)].into()
}
