//! `Distribution "col" with bins = 10`: how the values of a column are spread.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::cast;

use super::bind::{Column, RuleCx};
use super::bound::{Distribution, Keys, Leaf, Spread};
use super::def::{Eval, RuleDef, Takes, Usable};
use super::operand;
use crate::diag::{Diagnostic, Reported, codes};
use crate::syntax::dqdl::ast::{CompareOp, ConditionKind, OperandKind, Tag};

pub(super) static DISTRIBUTION: RuleDef = RuleDef {
    name: "Distribution",
    summary: "how the values of a column, or of AllColumns, are spread",
    takes: Takes::Nothing,
    filter: false,
    usable: Usable::Analyzers,
    eval: Eval::By(eval),
    page: include_str!("distribution.md"),
    ..RuleDef::BASE
};

fn eval(cx: &RuleCx<'_, '_>) -> Result<Leaf, Reported> {
    let (columns, bins, rebin) = (cx.column_or_all(), bins(cx), rebin(cx));
    let (columns, count, rebin) = (columns?, bins?, rebin?);
    if columns.iter().all(|column| !column.data_type.is_numeric()) {
        without_effect(cx, &columns);
    }
    let of = |column: &Column| Distribution {
        column: column.written.clone(),
        data_type: spark_type(&column.data_type),
        spread: if column.data_type.is_numeric() {
            Spread::Bins { value: cast(column.expr.clone(), DataType::Float64), count, rebin }
        } else {
            Spread::Values(Keys { columns: vec![column.expr.clone()], signed_zeros: false })
        },
    };
    Ok(Leaf { distributions: columns.iter().map(of).collect(), ..cx.dataset(Vec::new(), Vec::new())? })
}

/// The setting of a name; AWS has no other ones here, and takes them without a word.
fn setting<'a>(cx: &'a RuleCx<'_, '_>, name: &str) -> Option<&'a Tag> {
    cx.rule.tags.iter().find(|tag| tag.name.text == name)
}

/// What stands behind `=`.
fn written(tag: &Tag) -> Option<&str> {
    match &tag.condition.kind {
        ConditionKind::Compare(CompareOp::Eq, operand) => match &operand::bare(operand).kind {
            OperandKind::Number(text) => Some(text),
            OperandKind::String(literal) => Some(&literal.value),
            _ => None,
        },
        _ => None,
    }
}

fn bins(cx: &RuleCx<'_, '_>) -> Result<u32, Reported> {
    let Some(tag) = setting(cx, "bins") else { return Ok(Distribution::BINS) };
    let count = written(tag).and_then(|text| text.parse().ok()).filter(|count| (1..=Distribution::BINS).contains(count));
    count.ok_or_else(|| {
        let wrong = format!("`bins` is a whole number from 1 to {}", Distribution::BINS);
        cx.error(
            Diagnostic::new(&codes::quality::DISTRIBUTION_SETTING, tag.condition.span, wrong)
                .here("not one of them")
                .help("write `with bins = 10`, for example"),
        )
    })
}

fn rebin(cx: &RuleCx<'_, '_>) -> Result<bool, Reported> {
    let Some(tag) = setting(cx, "rebin") else { return Ok(true) };
    written(tag).and_then(|text| text.parse().ok()).ok_or_else(|| {
        let wrong = Diagnostic::new(&codes::quality::DISTRIBUTION_SETTING, tag.condition.span, "`rebin` is `true` or `false`");
        cx.error(wrong.here("neither").help("write `with rebin = \"false\"`, or leave it out"))
    })
}

/// `Distribution "status" with bins = 5`: only numbers are put into bins.
fn without_effect(cx: &RuleCx<'_, '_>, columns: &[Column]) {
    for tag in ["bins", "rebin"].into_iter().filter_map(|name| setting(cx, name)) {
        let name = &tag.name.text;
        let said = match columns {
            [column] => format!("`{name}` has no effect: `{}` holds no numbers", column.name),
            _ => format!("`{name}` has no effect: no column holds numbers"),
        };
        let said = Diagnostic::new(&codes::lint::WITHOUT_EFFECT, tag.span, said);
        cx.say(said.here("only numbers are put into bins").help("of other columns the most frequent values are counted"));
    }
}

/// What Spark calls the class of a type.
fn spark_type(data_type: &DataType) -> String {
    match data_type {
        DataType::Boolean => "BooleanType".to_owned(),
        DataType::Int8 => "ByteType".to_owned(),
        DataType::Int16 | DataType::UInt8 => "ShortType".to_owned(),
        DataType::Int32 | DataType::UInt16 => "IntegerType".to_owned(),
        DataType::Int64 | DataType::UInt32 => "LongType".to_owned(),
        DataType::UInt64 => "DecimalType(20,0)".to_owned(),
        DataType::Float16 | DataType::Float32 => "FloatType".to_owned(),
        DataType::Float64 => "DoubleType".to_owned(),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("DecimalType({precision},{scale})"),
        DataType::Date32 | DataType::Date64 => "DateType".to_owned(),
        DataType::Timestamp(..) => "TimestampType".to_owned(),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => "BinaryType".to_owned(),
        DataType::Null => "NullType".to_owned(),
        _ => "StringType".to_owned(),
    }
}
