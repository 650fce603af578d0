//! What may stand as a setting's value, in the words of messages and pages: "a list of columns".

use super::ParamType;
use crate::diag::suggest;

/// One value of that type: `a column`, `a list of columns`, `` one of `inner` and `left` ``.
pub fn describe(ty: &ParamType) -> String {
    match ty {
        ParamType::Text => "text".to_owned(),
        ParamType::Bool => "`true` or `false`".to_owned(),
        ParamType::Int { min, max } => format!("a whole number{}", range(*min, *max)),
        ParamType::Float { min, max } => format!("a number{}", real_range(*min, *max)),
        ParamType::Duration => "a duration such as `30m`".to_owned(),
        ParamType::Size => "a size such as `128MiB`".to_owned(),
        ParamType::OneOf([word]) => format!("`{word}`"),
        ParamType::OneOf(words) => format!("one of {}", suggest::list(words.iter().copied(), 20)),
        ParamType::Column => "a column".to_owned(),
        ParamType::DataType => "a data type".to_owned(),
        ParamType::Expression => "a SQL expression".to_owned(),
        ParamType::Query => "a SQL query".to_owned(),
        ParamType::Ruleset => "a ruleset".to_owned(),
        ParamType::Path => "a path".to_owned(),
        ParamType::Node => "a node".to_owned(),
        ParamType::List(item) => format!("a list of {}", plural(item)),
        ParamType::OneOrMany(item) => format!("{} or a list of {}", describe(item), plural(item)),
        ParamType::Map(item) => format!("a map from names to {}", plural(item)),
        ParamType::Record(params) => format!("a map of {}", suggest::list(params.iter().map(|param| param.name), 8)),
        ParamType::Either(scalar, map) => format!("{} or {}", describe(scalar), describe(map)),
    }
}

/// Several values of that type: `columns`.
fn plural(ty: &ParamType) -> String {
    match ty {
        ParamType::Text => "texts".to_owned(),
        ParamType::Bool => "`true` or `false`".to_owned(),
        ParamType::Int { min, max } => format!("whole numbers{}", range(*min, *max)),
        ParamType::Float { min, max } => format!("numbers{}", real_range(*min, *max)),
        ParamType::Duration => "durations".to_owned(),
        ParamType::Size => "sizes".to_owned(),
        ParamType::OneOf(words) => format!("the words {}", suggest::list(words.iter().copied(), 20)),
        ParamType::Column => "columns".to_owned(),
        ParamType::DataType => "data types".to_owned(),
        ParamType::Expression => "SQL expressions".to_owned(),
        ParamType::Query => "SQL queries".to_owned(),
        ParamType::Ruleset => "rulesets".to_owned(),
        ParamType::Path => "paths".to_owned(),
        ParamType::Node => "nodes".to_owned(),
        ParamType::List(item) => format!("lists of {}", plural(item)),
        ParamType::OneOrMany(item) => format!("{} or lists of them", plural(item)),
        ParamType::Map(item) => format!("maps from names to {}", plural(item)),
        ParamType::Record(params) => format!("maps of {}", suggest::list(params.iter().map(|param| param.name), 8)),
        ParamType::Either(scalar, map) => format!("{} or {}", plural(scalar), plural(map)),
    }
}

fn real_range(min: f64, max: f64) -> String {
    if min > f64::MIN && max < f64::MAX { format!(" from {min} to {max}") } else { String::new() }
}

fn range(min: i64, max: i64) -> String {
    match (min, max) {
        (i64::MIN, i64::MAX) => String::new(),
        (min, i64::MAX) => format!(" of at least {min}"),
        (i64::MIN, max) => format!(" of at most {max}"),
        (min, max) => format!(" from {min} to {max}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Param;
    use super::*;

    const KEY: &[Param] = &[Param::required("left", ParamType::Column, ""), Param::required("right", ParamType::Column, "")];

    #[test]
    fn types_read_as_a_part_of_a_sentence() {
        let check = |ty: ParamType, expected: &str| assert_eq!(describe(&ty), expected);
        check(ParamType::List(&ParamType::Column), "a list of columns");
        check(ParamType::OneOrMany(&ParamType::Path), "a path or a list of paths");
        check(ParamType::Int { min: 1, max: i64::MAX }, "a whole number of at least 1");
        check(ParamType::Int { min: 1, max: 9 }, "a whole number from 1 to 9");
        check(ParamType::OneOf(&["inner", "left", "right"]), "one of `inner`, `left` and `right`");
        check(ParamType::Map(&ParamType::Node), "a map from names to nodes");
        check(ParamType::List(&ParamType::Record(KEY)), "a list of maps of `left` and `right`");
        check(ParamType::Either(&ParamType::Column, &ParamType::Record(KEY)), "a column or a map of `left` and `right`");
    }
}
