//! What is shared and remembered gives what each expression gives by itself.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::DFSchema;
use datafusion::execution::context::SessionContext;
use datafusion::physical_expr::PhysicalExpr;
use proptest::prelude::*;

use super::Evaluator;

const EXPRESSIONS: &[&str] = &[
    "character_length(word) > 2",
    "character_length(word) > 2 and character_length(word) < 5",
    "character_length(word) + number > 3",
    "word is not null",
    "word in ('a', 'bb', 'ccc')",
    "character_length(word)",
    "number > 1 or character_length(word) + number > 3",
    "case when number > 2 then number * 2 else character_length(word) end",
    "(number * 2) is null",
    "number = 0",
    "number = 1 or number = 3",
    "number in (0, 1)",
    "(number = 0 or number = 1) is true",
    "((number = 0 or number = 1) or number = 3) is true",
    "((number = 0 or number = 1) or number = 3) is null",
    "word",
];

fn schema() -> Schema {
    Schema::new(vec![Field::new("number", DataType::Int64, true), Field::new("word", DataType::Utf8, true)])
}

fn expressions() -> Vec<Arc<dyn PhysicalExpr>> {
    let context = SessionContext::new();
    let schema = DFSchema::try_from(schema()).unwrap();
    let expression = |sql: &&str| {
        let parsed = context.state().create_logical_expr(sql, &schema).unwrap();
        context.create_physical_expr(parsed, &schema).unwrap()
    };
    EXPRESSIONS.iter().map(expression).collect()
}

type Row = (Option<i64>, Option<String>);

fn batch(rows: &[Row]) -> RecordBatch {
    let numbers: Int64Array = rows.iter().map(|(number, _)| *number).collect();
    let words: StringArray = rows.iter().map(|(_, word)| word.as_deref()).collect();
    RecordBatch::try_new(Arc::new(schema()), vec![Arc::new(numbers), Arc::new(words)]).unwrap()
}

fn check(batches: &[RecordBatch]) {
    let expressions = expressions();
    let mut evaluator = Evaluator::new(&expressions, &schema()).unwrap();
    for batch in batches {
        let values = evaluator.evaluate(batch).unwrap();
        let single = |expression: &Arc<dyn PhysicalExpr>| -> ArrayRef {
            expression.evaluate(batch).unwrap().into_array(batch.num_rows()).unwrap()
        };
        for ((value, expression), text) in values.iter().zip(&expressions).zip(EXPRESSIONS) {
            assert_eq!(&single(expression), value, "{text}");
        }
    }
}

proptest! {
    #[test]
    fn values_are_those_of_each_expression(
        rows in proptest::collection::vec(
            (proptest::option::of(-5_i64..5), proptest::option::of("[a-c]{0,4}")),
            1..400,
        ),
        size in 1_usize..100,
    ) {
        let batches: Vec<RecordBatch> = rows.chunks(size).map(batch).collect();
        check(&batches);
    }
}

#[test]
fn columns_of_many_texts_are_given_up() {
    let words = |from: usize, to: usize| -> Vec<Row> { (from..to).map(|at| (None, Some(format!("w{at}")))).collect() };
    // Some, then too many, then some again.
    check(&[batch(&words(0, 50)), batch(&words(0, 5000)), batch(&words(0, 50))]);
}

#[test]
fn what_is_common_is_evaluated_once() {
    let evaluator = Evaluator::new(&expressions(), &schema()).unwrap();
    let shared: Vec<String> = evaluator.shared.iter().map(|part| part.expression.to_string()).collect();
    assert!(shared.iter().any(|part| part.contains("character_length")), "{shared:?}");
    let lengths = evaluator.direct.iter().filter(|direct| direct.expression.to_string().contains("character_length"));
    assert_eq!(lengths.count(), 0, "every length is read from where it was put");
}
