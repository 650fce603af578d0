//! Keys of two data sets, brought to types in which they can be compared.

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::type_coercion::binary::comparison_coercion;
use datafusion::logical_expr::{Expr, cast};

/// Both expressions in one type; `None` if there is none.
pub(super) fn common((own, own_type): (Expr, &DataType), (other, other_type): (Expr, &DataType)) -> Option<(Expr, Expr)> {
    let is_text = DataType::is_string;
    let target = if is_text(own_type) && is_text(other_type) {
        DataType::Utf8View
    } else if own_type == other_type {
        own_type.clone()
    } else {
        comparison_coercion(own_type, other_type)?
    };
    let to = |expr: Expr, from: &DataType| if *from == target { expr } else { cast(expr, target.clone()) };
    Some((to(own, own_type), to(other, other_type)))
}
