//! `cast(x as type)` as Spark casts: a function whose second argument is the type's name.

use std::hash::Hash;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, plan_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::{ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::stdlib::spark::cast;
use crate::stdlib::types::type_name;

#[derive(Debug, PartialEq, Eq, Hash)]
struct Cast {
    to: DataType,
    signature: Signature,
}

/// A cast whose text that cannot be cast is NULL.
pub fn call(value: Expr, to: DataType) -> Expr {
    let function = Cast { to, signature: Signature::any(1, Volatility::Immutable) };
    Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::from(function)), vec![value]))
}

impl ScalarUDFImpl for Cast {
    fn name(&self) -> &'static str {
        "spark_cast"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn schema_name(&self, args: &[Expr]) -> Result<String> {
        let value = args.first().map(|value| value.schema_name().to_string()).unwrap_or_default();
        Ok(format!("CAST({value} AS {})", type_name(&self.to).to_uppercase()))
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        match types {
            [from] if cast::is_possible(from, &self.to) => Ok(self.to.clone()),
            [from] => plan_err!("`{}` cannot be cast to `{}`", type_name(from), type_name(&self.to)),
            _ => plan_err!("a cast takes one value"),
        }
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        match arguments.args.first() {
            Some(ColumnarValue::Array(values)) => Ok(ColumnarValue::Array(cast::array(values, &self.to, cast::clock())?)),
            Some(ColumnarValue::Scalar(value)) => Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(
                &cast::array(&value.to_array()?, &self.to, cast::clock())?,
                0,
            )?)),
            None => Ok(ColumnarValue::Scalar(ScalarValue::try_new_null(&self.to)?)),
        }
    }
}
