//! Functions of Spark SQL that DataFusion has not, or understands otherwise. One file a function.

mod date_format;

use std::sync::Arc;

use datafusion::logical_expr::ScalarUDF;

/// All our scalar functions; they replace DataFusion's of the same name.
pub fn scalar() -> Vec<Arc<ScalarUDF>> {
    vec![Arc::new(date_format::udf())]
}
