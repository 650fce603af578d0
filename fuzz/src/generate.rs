//! Rulesets that mostly make sense, over the tables of [`super::evaluator`].

use super::choices::Choices;

/// Columns of the primary data set, one of another case, and at the end one that is not there.
static COLUMNS: &[&str] = &["a", "s", "d", "t", "b", "m", "y", "a", "s", "d", "a", "s", "A", "nope"];

static NUMBERS: &[&str] =
    &["0", "1", "2", "5", "0.5", "1.0", "-1", "-0", "1.5", "3 - 1 * 2", "(1 + 1)", "1 / 0", "9007199254740993", "0.1", "7"];
static TEXTS: &[&str] =
    &["\"x\"", "\"\"", "\"7\"", "\"it's\"", "\"\\\\\"", "\" \"", "\"é\"", "NULL", "EMPTY", "WHITESPACES_ONLY", "\"ab\""];
static DATES: &[&str] = &["\"2024-01-01\"", "\"2023-11-14\"", "now()", "(now() - 3 days)", "(now() + 2 hours)", "\"2024-02-30\""];
static DURATIONS: &[&str] = &["0 hours", "24 hours", "3 days", "90 minutes", "1 days"];
static PATTERNS: &[&str] = &["[a-z]+", ".*", "x", "\\d", "a|b", "", "(?!x).*", "(.)\\1", "[", "^x$", "\\p{L}+"];
static DATA_TYPES: &[&str] = &["INTEGER", "DOUBLE", "date", "TIMESTAMP", "Boolean", "LONG", "DECIMAL(4,1)", "STRING"];
static FILTERS: &[&str] = &[
    "a > 1",
    "s = 'x'",
    "d is null or a < 3",
    "b",
    "length(s) > 0",
    "true",
    "false",
    "null",
    "a in (1, 2, null)",
    "d > 0",
    "nonsense +",
    "a / 0 > 1",
    "cast(s as int) = 7",
    "a",
    "t > '2023-11-14'",
];
static QUERIES: &[&str] = &[
    "select a, s from primary where a > 1",
    "select a from primary",
    "select a from ref",
    "select s from primary where s = 'nobody'",
    "select p.a from primary p join ref r on p.a = r.a",
    "select a, d from primary order by a, d limit 3",
    "select a, count(*) from primary group by a",
    "select * from primary",
];
static FIGURES: &[&str] = &[
    "select count(*) from primary",
    "select max(a) from primary",
    "select sum(d) from ref",
    "select a from primary",
    "select 1.5",
    "select 'x'",
    "select count(*) from primary where a > (select min(a) from ref)",
];

/// A ruleset.
pub fn ruleset(choices: &mut Choices<'_>) -> Vec<String> {
    (0..=choices.below(6)).map(|_| node(choices, 0)).collect()
}

fn node(choices: &mut Choices<'_>, depth: usize) -> String {
    if depth >= 3 || choices.below(4 + depth) != 1 {
        return leaf(choices);
    }
    let operator = *choices.pick(&[" and ", " or "]);
    let parts: Vec<String> = (0..2 + choices.below(2)).map(|_| format!("({})", node(choices, depth + 1))).collect();
    parts.join(operator)
}

fn leaf(choices: &mut Choices<'_>) -> String {
    let column = format!("\"{}\"", choices.pick(COLUMNS));
    match choices.below(30) {
        0 | 1 => filtered(format!("IsComplete {column}"), choices),
        2 => counted(format!("Completeness {column}"), choices),
        3 | 4 => values(choices, &column),
        5 => filtered(format!("IsUnique {}", columns(choices)), choices),
        6 => counted(format!("Uniqueness {}", columns(choices)), choices),
        7 => filtered(format!("IsPrimaryKey {}", columns(choices)), choices),
        8 => counted(format!("UniqueValueRatio {column}"), choices),
        9 => counted(format!("DistinctValuesCount {column}"), choices),
        10 => counted(format!("ColumnLength {column}"), choices),
        11 => {
            let operator = if choices.one_in(3) { "!=" } else { "=" };
            let rule = format!("ColumnDataType {column} {operator} \"{}\"", choices.pick(DATA_TYPES));
            let rule = filtered(rule, choices);
            tolerant(rule, choices)
        }
        12 => {
            let condition = condition(choices, DURATIONS);
            filtered(format!("DataFreshness {column} {condition}"), choices)
        }
        13 => format!("ReferentialIntegrity \"a\" \"ref.{}\" {}", choices.pick(&["a", "{a}", "A"]), number_condition(choices)),
        14 => format!("ReferentialIntegrity \"a,s\" \"ref.{{a,s}}\" {}", number_condition(choices)),
        15 => {
            let keys = *choices.pick(&["a", "s", "a,s", "a->a"]);
            let compared = *choices.pick(&["", " \"s\"", " \"s->s,d->d\"", " \"d\""]);
            format!("DatasetMatch \"ref\" \"{keys}\"{compared} {}", number_condition(choices))
        }
        16 => {
            let rule = format!("CustomSql \"{}\"", choices.pick(QUERIES));
            tolerant(rule, choices)
        }
        17 => format!("CustomSql \"{}\" {}", choices.pick(FIGURES), number_condition(choices)),
        18 => counted("RowCount".to_owned(), choices),
        19 => format!("RowCountMatch \"{}\" {}", choices.pick(&["ref", "none"]), number_condition(choices)),
        20 => format!("ColumnCount {}", number_condition(choices)),
        21 => format!("ColumnExists {column}"),
        22 => format!("ColumnNamesMatchPattern \"{}\"", choices.pick(PATTERNS)),
        23 => format!("SchemaMatch \"ref\" {}", number_condition(choices)),
        24 => {
            let kind = *choices.pick(&[
                "Mean",
                "Sum",
                "StandardDeviation",
                "Variance",
                "ZerosCount",
                "Range",
                "InterquartileRange",
                "Skewness",
                "Kurtosis",
            ]);
            counted(format!("{kind} {column}"), choices)
        }
        25 => counted(format!("Entropy {column}"), choices),
        26 => counted(format!("ColumnCorrelation {column} \"{}\"", *choices.pick(&["d", "a", "m"])), choices),
        27 => counted("DuplicateRowCount".to_owned(), choices),
        28 => counted(format!("DuplicateRowCount {}", columns(choices)), choices),
        _ => {
            let operands = ["sum(a)", "avg(d)", "sum(ref.a)", "avg(ref.d)", "sum(m)"];
            let (one, other) = (*choices.pick(&operands), *choices.pick(&operands));
            format!("AggregateMatch \"{one}\" \"{other}\" {}", number_condition(choices))
        }
    }
}

fn columns(choices: &mut Choices<'_>) -> String {
    (0..=choices.below(3)).map(|_| format!("\"{}\"", choices.pick(COLUMNS))).collect::<Vec<_>>().join(" ")
}

fn values(choices: &mut Choices<'_>, column: &str) -> String {
    let condition = match choices.below(6) {
        0 | 1 => number_condition(choices),
        2 => listed(choices, TEXTS),
        3 => format!("{} {}", choices.pick(&["=", "!="]), choices.pick(TEXTS)),
        4 => condition(choices, DATES),
        _ => format!("{}matches \"{}\"", choices.pick(&["", "not "]), choices.pick(PATTERNS)),
    };
    let rule = filtered(format!("ColumnValues {column} {condition}"), choices);
    tolerant(rule, choices)
}

fn counted(rule: String, choices: &mut Choices<'_>) -> String {
    let condition = number_condition(choices);
    filtered(format!("{rule} {condition}"), choices)
}

fn filtered(rule: String, choices: &mut Choices<'_>) -> String {
    if choices.one_in(3) { format!("{rule} where \"{}\"", choices.pick(FILTERS)) } else { rule }
}

fn tolerant(rule: String, choices: &mut Choices<'_>) -> String {
    if choices.one_in(3) { format!("{rule} with threshold {}", number_condition(choices)) } else { rule }
}

fn number_condition(choices: &mut Choices<'_>) -> String {
    condition(choices, NUMBERS)
}

fn condition(choices: &mut Choices<'_>, operands: &[&str]) -> String {
    match choices.below(5) {
        0..=2 => format!("{} {}", choices.pick(&["=", "!=", ">", ">=", "<", "<="]), choices.pick(operands)),
        3 => {
            let not = *choices.pick(&["", "not "]);
            format!("{not}between {} and {}", choices.pick(operands), choices.pick(operands))
        }
        _ => listed(choices, operands),
    }
}

fn listed(choices: &mut Choices<'_>, operands: &[&str]) -> String {
    let not = *choices.pick(&["", "not "]);
    let items: Vec<&str> = (0..=choices.below(4)).map(|_| *choices.pick(operands)).collect();
    format!("{not}in [{}]", items.join(", "))
}
