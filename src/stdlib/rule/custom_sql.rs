//! `CustomSql "select …"`: one number must satisfy the condition; without a condition, the rows returned pass.

use datafusion::arrow::datatypes::DataType;

use super::bind::{Column, PRIMARY, RuleCx, reference, unquoted, value_type};
use super::bound::{Among, Check, Leaf, Member, Metric, Test};
use super::counting_query::counting_query;
use super::def::{Eval, RuleDef, RuleParam, Takes};
use crate::diag::{Diagnostic, Reported, codes, suggest};
use crate::stdlib::expr;
use crate::stdlib::types::type_name;

pub(super) static CUSTOM_SQL: RuleDef = RuleDef {
    name: "CustomSql",
    summary: "the number a query returns satisfies the condition, or the rows it returns pass",
    parameters: &[RuleParam::text("SQLStatement")],
    takes: Takes::NumberOrNothing,
    filter: false,
    threshold: true,
    eval: Eval::By(eval),
    page: include_str!("custom_sql.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let (query, plan) = cx.query(0)?;
    let schema = plan.schema();
    if cx.rule.condition.is_some() {
        let [field] = schema.fields().as_ref() else {
            let wrong = Diagnostic::new(
                &codes::quality::QUERY_SHAPE,
                query.span,
                "a query whose number is judged must return one column",
            );
            return Err(cx.error(
                wrong.here(format!("returns {} columns", schema.fields().len())).help("select the one that is to be judged"),
            ));
        };
        let data_type = field.data_type();
        if !(data_type.is_numeric() || matches!(data_type, DataType::Boolean | DataType::Null)) {
            let wrong =
                Diagnostic::new(&codes::quality::QUERY_SHAPE, query.span, "a query whose number is judged must return a number");
            return Err(cx.error(wrong.here(format!("returns a `{}`", type_name(data_type)))));
        }
        if let Some(tag) = cx.threshold_tag() {
            let idle = Diagnostic::new(&codes::quality::IDLE_THRESHOLD, tag.span, "the threshold has no effect");
            cx.say(
                idle.here("the query gives one number, which the condition judges, and no share of rows")
                    .help("leave it out; without the condition the rows that are returned pass, and it applies to their share"),
            );
        }
        // A data source may be called `primary` too, and then it is the one that is meant.
        let own = !cx.scope.aliases.iter().any(|(alias, _)| alias == PRIMARY);
        let number = counting_query(&plan).filter(|_| own).map_or(Metric::Query(query), Metric::Tally);
        return Ok(Leaf { threshold: false, ..cx.one_number("Dataset.*.CustomSQL".to_owned(), number)? });
    }
    let mut columns = Vec::new();
    for field in schema.fields() {
        let Some(name) = expr::column(cx.schema, unquoted(field.name())) else {
            let wrong = Diagnostic::new(
                &codes::quality::QUERY_SHAPE,
                query.span,
                format!("the query returns `{}`, which is no column of `{PRIMARY}`", field.name()),
            );
            let names =
                cx.schema.fields().iter().map(|field| field.name().as_str()).filter(|name| !name.starts_with(expr::HIDDEN));
            return Err(cx.error(
                wrong
                    .here("rows are found again by the columns that are returned")
                    .note(format!("columns of `{PRIMARY}`: {}", suggest::list(names, 12)))
                    .help("select columns of the primary data set only, best its key"),
            ));
        };
        let data_type = value_type(cx.schema, name);
        columns.push(Column {
            name: name.to_owned(),
            written: name.to_owned(),
            expr: reference(name),
            data_type,
            span: query.span,
        });
    }
    let keys = columns.iter().map(|column| column.expr.clone()).collect();
    let test = Test::Member(Member { keys, among: Among::Query(query), not_null: 0, unique_keys: false });
    let metrics = vec![("Dataset.*.CustomSQL.Compliance".to_owned(), Metric::Share)];
    let check = Check { metric: Metric::Share, condition: cx.threshold()? };
    cx.rows(&columns, test, metrics, vec![check], "is not returned by the query")
}
