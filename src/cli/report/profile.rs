//! A profile for people and as a versioned document, and recommended rules as one.

use comfy_table::Cell;
use serde::Serialize;
use serde_json::{Map, Value};

use super::json::{document, number as json_number};
use super::text::{bold, lines, number_cell, quoted, table};
use crate::cli::units;
use crate::diag::render::terminal::Style;
use crate::run::profile::recommend::Recommendation;
use crate::run::profile::{ColumnProfile, Lengths, NumberFigures, Profile, SHARES, TextFigures};

/// Values and correlations that the text shows; the document has more.
const SHOWN: usize = 8;

/// The profile for people: a table of all columns, then each of them.
pub(in crate::cli) fn text(name: &str, profile: &Profile, style: Style) -> String {
    let columns = profile.columns.len() + profile.skipped.len();
    let mut out =
        bold(&format!("{name}: {}, {}", units::counted(profile.rows, "row"), units::counted(columns as u64, "column")), style);
    out.push('\n');
    if !profile.columns.is_empty() {
        let mut table = table(&["column", "type", "nulls", "distinct", "unique", "least", "greatest"], style);
        for column in &profile.columns {
            table.add_row(row(column, profile));
        }
        out.push_str(&lines(&table));
    }
    for column in &profile.columns {
        let said = details(column);
        if !said.is_empty() {
            out.push_str(&format!("\n{}\n", bold(&one_line(&column.name), style)));
            said.iter().for_each(|line| out.push_str(&format!("  {line}\n")));
        }
    }
    let between = between_columns(profile);
    if !between.is_empty() {
        out.push('\n');
        between.iter().for_each(|line| out.push_str(&format!("{line}\n")));
    }
    out
}

fn row(column: &ColumnProfile, profile: &Profile) -> Vec<Cell> {
    let inferred = column.text.as_ref().and_then(|text| text.inferred);
    let data_type = match inferred {
        Some((inferred, _)) => format!("{} ({})", column.declared, inferred.name()),
        None => column.declared.clone(),
    };
    let nulls = match column.nulls {
        0 => "0".to_owned(),
        nulls => format!("{} ({})", units::count(nulls), units::share(nulls, profile.rows)),
    };
    let about = if column.distinct_is_exact { "" } else { "~" };
    let is_key = profile.keys.iter().any(|key| *key == [column.name.clone()]);
    let unique = match column.uniqueness {
        _ if is_key => Some("key".to_owned()),
        Some(uniqueness) => Some(percent(uniqueness)),
        None => None,
    };
    let texts = column.text.as_ref().and_then(|text| Some((text.least.clone()?, text.greatest.clone()?)));
    let (least, greatest) = match column.extremes.clone().or(texts) {
        Some((least, greatest)) => (Some(short(&least)), Some(short(&greatest))),
        None => (None, None),
    };
    vec![
        Cell::new(one_line(&column.name)),
        Cell::new(data_type),
        number_cell(Some(nulls)),
        number_cell(Some(format!("{about}{}", units::count(column.distinct)))),
        number_cell(unique),
        number_cell(least),
        number_cell(greatest),
    ]
}

fn details(column: &ColumnProfile) -> Vec<String> {
    let mut said = Vec::new();
    if let Some(numbers) = &column.numbers {
        said.extend(about_numbers(numbers));
    }
    if let Some(text) = &column.text {
        said.extend(about_text(text, column.values));
    }
    for (word, count) in column.stand_ins() {
        said.push(format!("{} say {}, which may mean no value", units::count(*count), quoted(word)));
    }
    said.extend(frequent(column));
    said
}

fn about_numbers(numbers: &NumberFigures) -> Vec<String> {
    let mut said = Vec::new();
    if let (Some(mean), Some(deviation)) = (numbers.mean, numbers.deviation) {
        said.push(format!("mean {}, standard deviation {}", figure(mean), figure(deviation)));
    }
    if let Some(quantiles) = &numbers.quantiles {
        let about = if numbers.quantiles_are_exact { "" } else { "about " };
        let at: Vec<_> =
            SHARES.iter().zip(quantiles).map(|(share, value)| format!("{} %: {}", share * 100.0, figure(*value))).collect();
        said.push(format!("quantiles {about}{}", at.join("  ")));
    }
    for (count, what) in [(numbers.nan, "not a number"), (numbers.infinite, "infinite")] {
        if count > 0 {
            said.push(format!("{} {what}", units::count(count)));
        }
    }
    said
}

fn about_text(text: &TextFigures, values: u64) -> Vec<String> {
    let mut lengths = if text.shortest == text.longest {
        format!("{} characters", units::count(text.longest))
    } else {
        format!("{} to {} characters", units::count(text.shortest), units::count(text.longest))
    };
    for (count, what) in [(text.empty, "empty"), (text.blank, "blank")] {
        if count > 0 {
            lengths.push_str(&format!(", {} {what}", units::count(count)));
        }
    }
    let mut said = vec![lengths];
    let of_all = |count: u64| if count == values { "all".to_owned() } else { units::share(count, values) };
    if let Some((inferred, count)) = text.inferred {
        said.push(format!("{} can be read as {}", of_all(count), inferred.name()));
    }
    if let Some(pattern) = &text.pattern {
        said.push(format!("{} like {}", of_all(pattern.matching), pattern.regex(Lengths::AsSeen)));
    }
    said
}

fn frequent(column: &ColumnProfile) -> Option<String> {
    let again: Vec<_> = column.frequent.iter().filter(|(_, count)| *count > 1 || column.lists_all()).collect();
    if column.distinct < 2 && !column.lists_all() || again.is_empty() || column.is_unique() {
        return None;
    }
    let about = if column.frequent_slack > 0 { "at least " } else { "" };
    let shown: Vec<_> = again
        .iter()
        .take(SHOWN)
        .map(|(value, count)| format!("{} ({about}{})", quoted(&short(value)), units::count(*count)))
        .collect();
    let more = if column.lists_all() && again.len() <= SHOWN { "" } else { ", …" };
    Some(format!("values {}{more}", shown.join(", ")))
}

fn between_columns(profile: &Profile) -> Vec<String> {
    let mut said = Vec::new();
    for key in profile.keys.iter().filter(|key| key.len() > 1) {
        said.push(format!("key: {}", key.iter().map(|name| one_line(name)).collect::<Vec<_>>().join(" and ")));
    }
    for found in &profile.memberships {
        let (column, key) = (one_line(&found.column), one_line(&found.key));
        said.push(format!("{} of the rows have their {column} in {}.{key}", percent(found.share), found.alias));
    }
    for found in profile.correlations.iter().filter(|found| found.value.abs() >= 0.7).take(SHOWN) {
        let (left, right) = (one_line(&found.columns.0), one_line(&found.columns.1));
        said.push(format!("{left} and {right} move together: correlation {:.3}", found.value));
    }
    for (name, data_type) in &profile.skipped {
        said.push(format!("{} is {data_type} and was not looked at", one_line(name)));
    }
    said
}

/// `100 %`, `99.73 %`; never `100 %` for less.
fn percent(share: f64) -> String {
    if share >= 1.0 {
        return "100 %".to_owned();
    }
    let text = format!("{:.2}", (share * 10_000.0).floor() / 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn figure(value: f64) -> String {
    if value == 0.0 || (1e-3..1e15).contains(&value.abs()) {
        units::metric((value * 1e4).round() / 1e4)
    } else {
        format!("{value:.4e}")
    }
}

/// A value in a line of a table.
fn short(text: &str) -> String {
    const LONGEST: usize = 24;
    let line = one_line(text);
    match line.char_indices().nth(LONGEST) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

/// What would move the cursor is shown instead.
fn one_line(text: &str) -> String {
    text.chars().flat_map(|c| if c.is_control() { c.escape_default().collect::<Vec<_>>() } else { vec![c] }).collect()
}

#[derive(Serialize)]
struct ProfileView {
    version: u32,
    rows: u64,
    columns: Vec<ColumnView>,
    skipped: Vec<SkippedView>,
    keys: Vec<Vec<String>>,
    memberships: Vec<MembershipView>,
    correlations: Vec<CorrelationView>,
}

#[derive(Serialize)]
struct ColumnView {
    name: String,
    r#type: String,
    nulls: u64,
    values: u64,
    completeness: Option<f64>,
    distinct: u64,
    distinct_is_exact: bool,
    uniqueness: Option<f64>,
    is_key: bool,
    least: Option<String>,
    greatest: Option<String>,
    frequent: Vec<FrequentView>,
    frequent_error: u64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    stand_ins: Vec<FrequentView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    numbers: Option<NumbersView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<TextView>,
}

#[derive(Serialize)]
struct FrequentView {
    value: String,
    count: u64,
}

#[derive(Serialize)]
struct NumbersView {
    mean: Option<f64>,
    standard_deviation: Option<f64>,
    quantiles: Map<String, Value>,
    quantiles_are_exact: bool,
    not_a_number: u64,
    infinite: u64,
}

#[derive(Serialize)]
struct TextView {
    empty: u64,
    blank: u64,
    shortest: u64,
    longest: u64,
    inferred_type: Option<&'static str>,
    inferred_count: Option<u64>,
    pattern: Option<String>,
    pattern_count: Option<u64>,
}

#[derive(Serialize)]
struct SkippedView {
    name: String,
    r#type: String,
}

#[derive(Serialize)]
struct MembershipView {
    column: String,
    alias: String,
    key: String,
    share: f64,
}

#[derive(Serialize)]
struct CorrelationView {
    columns: [String; 2],
    correlation: f64,
    rows: u64,
}

#[derive(Serialize)]
struct RecommendationsView<'a> {
    version: u32,
    ruleset: &'a str,
    rules: Vec<RecommendationView<'a>>,
}

#[derive(Serialize)]
struct RecommendationView<'a> {
    rule: &'a str,
    evidence: &'a str,
    column: Option<&'a str>,
}

/// The document of `quality profile`.
pub(in crate::cli) fn json(profile: &Profile) -> String {
    let correlations = profile.correlations.iter().map(|found| CorrelationView {
        columns: [found.columns.0.clone(), found.columns.1.clone()],
        correlation: found.value,
        rows: found.rows,
    });
    let memberships = profile.memberships.iter().map(|found| MembershipView {
        column: found.column.clone(),
        alias: found.alias.clone(),
        key: found.key.clone(),
        share: found.share,
    });
    document(&ProfileView {
        version: 1,
        rows: profile.rows,
        columns: profile.columns.iter().map(|column| column_view(column, profile)).collect(),
        skipped: profile
            .skipped
            .iter()
            .map(|(name, r#type)| SkippedView { name: name.clone(), r#type: r#type.clone() })
            .collect(),
        keys: profile.keys.clone(),
        memberships: memberships.collect(),
        correlations: correlations.collect(),
    })
}

fn column_view(column: &ColumnProfile, profile: &Profile) -> ColumnView {
    let texts = column.text.as_ref().and_then(|text| Some((text.least.clone()?, text.greatest.clone()?)));
    let (least, greatest) = column.extremes.clone().or(texts).unzip();
    ColumnView {
        name: column.name.clone(),
        r#type: column.declared.clone(),
        nulls: column.nulls,
        values: column.values,
        completeness: column.completeness(),
        distinct: column.distinct,
        distinct_is_exact: column.distinct_is_exact,
        uniqueness: column.uniqueness,
        is_key: profile.keys.iter().any(|key| *key == [column.name.clone()]),
        least,
        greatest,
        frequent: column.frequent.iter().map(frequent_view).collect(),
        frequent_error: column.frequent_slack,
        stand_ins: column.stand_ins().into_iter().map(frequent_view).collect(),
        numbers: column.numbers.as_ref().map(numbers_view),
        text: column.text.as_ref().map(text_view),
    }
}

fn frequent_view((value, count): &(String, u64)) -> FrequentView {
    FrequentView { value: value.clone(), count: *count }
}

fn numbers_view(numbers: &NumberFigures) -> NumbersView {
    let quantiles = numbers.quantiles.iter().flat_map(|values| SHARES.iter().zip(values));
    NumbersView {
        mean: numbers.mean,
        standard_deviation: numbers.deviation,
        quantiles: quantiles.map(|(share, value)| (share.to_string(), json_number(*value))).collect(),
        quantiles_are_exact: numbers.quantiles_are_exact,
        not_a_number: numbers.nan,
        infinite: numbers.infinite,
    }
}

fn text_view(text: &TextFigures) -> TextView {
    TextView {
        empty: text.empty,
        blank: text.blank,
        shortest: text.shortest,
        longest: text.longest,
        inferred_type: text.inferred.map(|(inferred, _)| inferred.name()),
        inferred_count: text.inferred.map(|(_, count)| count),
        pattern: text.pattern.as_ref().map(|pattern| pattern.regex(Lengths::AsSeen)),
        pattern_count: text.pattern.as_ref().map(|pattern| pattern.matching),
    }
}

/// The document of `quality recommend`.
pub(in crate::cli) fn recommendations(ruleset: &str, rules: &[Recommendation]) -> String {
    let rules = rules.iter().map(|Recommendation { rule, evidence, column, .. }| RecommendationView {
        rule,
        evidence,
        column: column.as_deref(),
    });
    document(&RecommendationsView { version: 1, ruleset, rules: rules.collect() })
}
