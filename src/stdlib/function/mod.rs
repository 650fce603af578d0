//! Functions of Spark SQL. One file a small family, a line here for each function.

pub mod arithmetic;
mod array;
pub mod conversion;
mod date;
mod date_text;
pub mod def;
mod hash;
mod json;
mod math;
mod number_text;
mod regex;
mod rounding;
mod search;
pub mod spark;
mod text;

use std::collections::HashSet;
use std::sync::{Arc, LazyLock};

use datafusion::logical_expr::ScalarUDF;

use def::Function;

pub use array::GET;
pub use date::{DATE_ADD, DATE_SUB};

/// All our scalar functions; they replace the engine's of the same name.
pub static ALL: &[&Function] = &[
    &arithmetic::ADD,
    &arithmetic::SUBTRACT,
    &arithmetic::MULTIPLY,
    &arithmetic::DIVIDE,
    &arithmetic::REMAINDER,
    &arithmetic::WHOLE,
    &arithmetic::PMOD,
    &rounding::ABS,
    &rounding::NEGATIVE,
    &rounding::POSITIVE,
    &rounding::CEIL,
    &rounding::FLOOR,
    &rounding::ROUND,
    &rounding::BROUND,
    &rounding::ISNAN,
    &rounding::NANVL,
    &math::SQRT,
    &math::CBRT,
    &math::EXP,
    &math::EXPM1,
    &math::LN,
    &math::LOG,
    &math::LOG10,
    &math::LOG2,
    &math::LOG1P,
    &math::SIN,
    &math::COS,
    &math::TAN,
    &math::COT,
    &math::SEC,
    &math::CSC,
    &math::ASIN,
    &math::ACOS,
    &math::ATAN,
    &math::ATAN2,
    &math::SINH,
    &math::COSH,
    &math::TANH,
    &math::ASINH,
    &math::ACOSH,
    &math::ATANH,
    &math::DEGREES,
    &math::RADIANS,
    &math::RINT,
    &math::SIGN,
    &math::POWER,
    &math::HYPOT,
    &math::E,
    &math::FACTORIAL,
    &text::UPPER,
    &text::LOWER,
    &text::INITCAP,
    &text::LENGTH,
    &text::OCTET_LENGTH,
    &text::BIT_LENGTH,
    &text::ASCII,
    &text::CHAR,
    &text::REVERSE,
    &text::REPEAT,
    &text::SPACE,
    &text::SUBSTRING,
    &text::LEFT,
    &text::RIGHT,
    &text::SUBSTRING_INDEX,
    &text::LPAD,
    &text::RPAD,
    &text::TRIM,
    &text::BTRIM,
    &text::LTRIM,
    &text::RTRIM,
    &text::CONCAT,
    &text::CONCAT_WS,
    &text::REPLACE,
    &text::TRANSLATE,
    &text::OVERLAY,
    &text::LEVENSHTEIN,
    &search::INSTR,
    &search::LOCATE,
    &search::CONTAINS,
    &search::STARTSWITH,
    &search::ENDSWITH,
    &search::FIND_IN_SET,
    &search::SPLIT_PART,
    &regex::RLIKE,
    &regex::REGEXP_EXTRACT,
    &regex::REGEXP_EXTRACT_ALL,
    &regex::REGEXP_REPLACE,
    &regex::REGEXP_COUNT,
    &regex::REGEXP_INSTR,
    &regex::REGEXP_SUBSTR,
    &regex::SPLIT,
    &hash::MD5,
    &hash::SHA1,
    &hash::SHA2,
    &hash::HASH,
    &date::YEAR,
    &date::QUARTER,
    &date::MONTH,
    &date::DAY,
    &date::DAYOFWEEK,
    &date::WEEKDAY,
    &date::DAYOFYEAR,
    &date::WEEKOFYEAR,
    &date::YEAROFWEEK,
    &date::ISODOW,
    &date::HOUR,
    &date::MINUTE,
    &date::SECOND,
    &date::SECONDS,
    &date::UNIX_DATE,
    &date::UNIX_SECONDS,
    &date::UNIX_MILLIS,
    &date::UNIX_MICROS,
    &date::TIMESTAMP_SECONDS,
    &date::TIMESTAMP_MILLIS,
    &date::TIMESTAMP_MICROS,
    &date::DATE_FROM_UNIX_DATE,
    &date::MAKE_DATE,
    &DATE_ADD,
    &DATE_SUB,
    &date::DATEDIFF,
    &date::TIMESTAMPADD,
    &date::TIMESTAMPDIFF,
    &date::ADD_MONTHS,
    &date::MONTHS_BETWEEN,
    &date::LAST_DAY,
    &date::NEXT_DAY,
    &date::TRUNC,
    &date::DATE_TRUNC,
    &date::FROM_UTC_TIMESTAMP,
    &date::TO_UTC_TIMESTAMP,
    &GET,
    &array::ELEMENT_AT,
    &array::ARRAY_POSITION,
    &array::ARRAY_REMOVE,
    &array::ARRAY_SORT,
    &array::SORT_ARRAY,
    &json::GET_JSON_OBJECT,
    &json::JSON_ARRAY_LENGTH,
    &number_text::FORMAT_NUMBER,
    &number_text::CONV,
    &date_text::DATE_FORMAT,
    &date_text::FROM_UNIXTIME,
    &date_text::TO_DATE,
    &date_text::TO_TIMESTAMP,
    &date_text::UNIX_TIMESTAMP,
];

/// The engine's functions, made once.
static SCALAR: LazyLock<Vec<Arc<ScalarUDF>>> =
    LazyLock::new(|| ALL.iter().map(|function| Arc::new(function.udf())).chain(spark::taken()).collect());

/// All our scalar functions, for the engine.
pub fn scalar() -> Vec<Arc<ScalarUDF>> {
    SCALAR.clone()
}

/// The names of our scalar functions.
static NAMES: LazyLock<HashSet<String>> = LazyLock::new(|| {
    SCALAR.iter().flat_map(|known| std::iter::once(known.name().to_owned()).chain(known.aliases().to_vec())).collect()
});

/// Whether a name is that of one of our scalar functions.
pub fn is_ours(name: &str) -> bool {
    NAMES.contains(name)
}
