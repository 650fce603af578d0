//! The rule types of DQDL: what each takes, what it measures and what it demands.
//!
//! A rule type is a `static` [`RuleDef`] in a file of its own with its page beside it and a line in [`ALL`]. In reading
//! order: [`def`] says what a declaration is, [`accept`] whether a rule has the shape its type demands, [`bind`] turns
//! what was written into [`bound`] rules, plain data that the planner fuses into as few passes as it can.

mod accept;
mod action;
mod anomaly;
mod bind;
mod bound;
mod cast;
mod condition;
mod def;
mod failure;
mod file;
mod file_tags;
mod function;
mod history;
mod keys;
mod lint;
mod literal;
mod operand;
mod outcome;
mod pattern;
mod reason;
mod values;

mod aggregate_match;
mod all_statistics;
mod column_correlation;
mod column_count;
mod column_data_type;
mod column_exists;
mod column_length;
mod column_names_match_pattern;
mod column_values;
mod completeness;
mod counting_query;
mod custom_sql;
mod data_freshness;
mod dataset_match;
mod detect_anomalies;
mod distinct_values_count;
mod distribution;
mod duplicate_row_count;
mod entropy;
mod file_freshness;
mod file_match;
mod file_size;
mod file_uniqueness;
mod interquartile_range;
mod is_complete;
mod is_primary_key;
mod is_unique;
mod kurtosis;
mod mean;
mod range;
mod referential_integrity;
mod row_count;
mod row_count_match;
mod schema_match;
mod skewness;
mod standard_deviation;
mod strictness;
mod sum;
mod unique_value_ratio;
mod uniqueness;
mod variance;
mod zeros_count;

pub use accept::accept_all;
pub use action::{Action, Actions, carries, label_of};
pub use anomaly::{Anomaly, Standing, observe};
pub use bind::{PRIMARY, Scope, bind};
pub use bound::*;
pub use cast::Target;
pub use condition::{Demand, NumberCondition};
pub use def::{Arity, Eval, ParamKind, RowClass, RuleDef, RuleParam, Takes, Usable};
pub use failure::{failure_fields, failures_type, label_fields};
pub use file::{Behind, FileDemand, FileFigure, FileFilter, FilePlace, FileRule, FileSet, HashAlgorithm, Maker, UriPattern};
pub use function::{Kernel, call};
pub use history::{History, Point, Series, evaluated};
pub use lint::{Columns, lint};
pub use outcome::{VERDICTS, aggregated_schema, map_fields, outcomes_schema, verdict_fields};
pub use reason::LENGTH;
pub use strictness::{Strictness, is_version, strictness};

use column_count::COLUMN_COUNT;
use custom_sql::CUSTOM_SQL;
use is_complete::IS_COMPLETE;
use is_unique::IS_UNIQUE;
use unique_value_ratio::UNIQUE_VALUE_RATIO;
use uniqueness::UNIQUENESS;

/// Every rule type, in the order of the reference.
static ALL: &[&RuleDef] = &[
    &completeness::COMPLETENESS,
    &IS_COMPLETE,
    &UNIQUENESS,
    &IS_UNIQUE,
    &is_primary_key::IS_PRIMARY_KEY,
    &UNIQUE_VALUE_RATIO,
    &distinct_values_count::DISTINCT_VALUES_COUNT,
    &column_values::COLUMN_VALUES,
    &column_length::COLUMN_LENGTH,
    &column_data_type::COLUMN_DATA_TYPE,
    &data_freshness::DATA_FRESHNESS,
    &referential_integrity::REFERENTIAL_INTEGRITY,
    &dataset_match::DATASET_MATCH,
    &CUSTOM_SQL,
    &row_count::ROW_COUNT,
    &row_count_match::ROW_COUNT_MATCH,
    &COLUMN_COUNT,
    &column_exists::COLUMN_EXISTS,
    &column_names_match_pattern::COLUMN_NAMES_MATCH_PATTERN,
    &schema_match::SCHEMA_MATCH,
    &mean::MEAN,
    &sum::SUM,
    &standard_deviation::STANDARD_DEVIATION,
    &variance::VARIANCE,
    &entropy::ENTROPY,
    &column_correlation::COLUMN_CORRELATION,
    &aggregate_match::AGGREGATE_MATCH,
    &zeros_count::ZEROS_COUNT,
    &range::RANGE,
    &interquartile_range::INTERQUARTILE_RANGE,
    &skewness::SKEWNESS,
    &kurtosis::KURTOSIS,
    &duplicate_row_count::DUPLICATE_ROW_COUNT,
    &detect_anomalies::DETECT_ANOMALIES,
    &file_freshness::FILE_FRESHNESS,
    &file_match::FILE_MATCH,
    &file_size::FILE_SIZE,
    &file_uniqueness::FILE_UNIQUENESS,
    &all_statistics::ALL_STATISTICS,
    &distribution::DISTRIBUTION,
];

/// Every rule type, in the order of the reference.
pub fn all() -> impl Iterator<Item = &'static RuleDef> {
    ALL.iter().copied()
}

/// The rule type of exactly that name.
pub fn find(name: &str) -> Option<&'static RuleDef> {
    all().find(|def| def.name == name)
}
