//! Rules for data like the data of a profile: a function of the profile alone.
//!
//! Every rule holds on the data it was made from, leaves room for tomorrow's, and carries its evidence. How much room is
//! in [`bounds`], and for people in `docs/profile.md`.

mod bounds;
mod text;
pub(super) mod words;

use super::figures::{ColumnProfile, Inferred, Kind, NumberFigures, Profile, TextFigures};
use super::shape::Lengths;
use super::value::is_cut;
pub use text::ruleset;

/// How much room rules leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strictness {
    /// Enough for data that grows and drifts.
    Usual,
    /// Little; and rules on means and deviations besides.
    Strict,
}

/// A rule, and what in the data speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommendation {
    /// Its DQDL.
    pub rule: String,
    /// What was found, in one line.
    pub evidence: String,
    /// The column it is about; `None` for rules about the data set.
    pub column: Option<String>,
    /// What it is worth: of too many rules those with the greatest numbers are left out.
    pub rank: u8,
}

/// The recommended rules, in the order in which they are written.
pub fn recommend(profile: &Profile, strictness: Strictness) -> Vec<Recommendation> {
    let mut found = data_set(profile, strictness);
    let identifies = key(profile);
    for column in &profile.columns {
        let Some(name) = words::column(&column.name) else { continue };
        let mut rules = Rules { column, name, strictness, found: Vec::new() };
        if identifies.as_ref() == Some(&column.name) {
            rules.key();
        } else {
            rules.completeness();
            rules.uniqueness();
        }
        rules.values();
        found.append(&mut rules.found);
    }
    found.extend(memberships(profile, strictness));
    found.extend(correlations(profile, strictness));
    found
}

/// Rules about the data set as a whole.
fn data_set(profile: &Profile, strictness: Strictness) -> Vec<Recommendation> {
    let say = |rule: String, evidence: String| Recommendation { rule, evidence, column: None, rank: 0 };
    let mut found = Vec::new();
    let rows = profile.rows;
    if rows > 0 {
        let (least, most) = match strictness {
            Strictness::Usual => (rows / 2, rows.saturating_mul(2)),
            Strictness::Strict => (rows - rows.div_ceil(10), rows.saturating_add(rows.div_ceil(10))),
        };
        let least = least.max(1);
        let evidence = format!("{}; from {} to {} are allowed", counted(rows, "row"), count(least), count(most));
        // `between` leaves out both ends.
        found.push(say(format!("RowCount between {} and {}", least - 1, most.saturating_add(1)), evidence));
    }
    let columns = profile.columns.len() + profile.skipped.len();
    found.push(say(format!("ColumnCount = {columns}"), counted(columns as u64, "column")));
    if let Some(key) = profile.keys.first().filter(|key| key.len() > 1) {
        let names: Option<Vec<String>> = key.iter().map(|name| words::column(name)).collect();
        if let Some(names) = names {
            let evidence = format!("no single column identifies a row; {} together do", key.join(" and "));
            found.push(say(format!("IsPrimaryKey {}", names.join(" ")), evidence));
        }
    }
    found
}

/// The single column that looks most like what rows are known by.
fn key(profile: &Profile) -> Option<String> {
    let candidates = profile.keys.iter().filter(|key| key.len() == 1).filter_map(|key| key.first());
    let column = |name: &String| profile.columns.iter().find(|column| column.name == *name);
    let worth = |name: &String| {
        let words = name.to_lowercase();
        let is_first = profile.columns.first().is_some_and(|first| first.name == *name);
        let by_name = ["id", "key", "uuid", "guid", "code", "number", "no"]
            .iter()
            .any(|word| words == *word || words.ends_with(&format!("_{word}")) || words.ends_with(&format!("-{word}")));
        let is_text = column(name).is_some_and(|column| matches!(column.kind, Kind::Text | Kind::Integer) && !is_prose(column));
        (by_name || name.ends_with("Id") || name.ends_with("ID"), is_first, is_text)
    };
    let fits = |name: &&String| {
        let (by_name, is_first, is_text) = worth(name);
        is_text && (by_name || is_first || profile.rows >= ENOUGH)
    };
    // Of equals the first in the order of the data.
    candidates.filter(fits).rev().max_by_key(|name| worth(name)).cloned()
}

/// Values that a habit has to show in, to be taken for one.
const ENOUGH: u64 = 20;
/// Values that a length, or a key without a telling name, has to show in.
const MANY: u64 = 100;

/// Whether texts have blanks in them: names and sentences.
fn is_prose(column: &ColumnProfile) -> bool {
    column.kind == Kind::Text
        && (column.frequent.iter().any(|(value, _)| value.contains(' '))
            || column.text.as_ref().is_some_and(|text| {
                text.longest > 64 || [&text.least, &text.greatest].into_iter().flatten().any(|text| text.contains(' '))
            }))
}

/// The rules for one column.
struct Rules<'a> {
    column: &'a ColumnProfile,
    /// As a parameter.
    name: String,
    strictness: Strictness,
    found: Vec<Recommendation>,
}

impl Rules<'_> {
    fn say(&mut self, rank: u8, rule: String, evidence: impl Into<String>) {
        self.found.push(Recommendation { rule, evidence: evidence.into(), column: Some(self.column.name.clone()), rank });
    }

    fn rows(&self) -> u64 {
        self.column.values + self.column.nulls
    }

    /// Nothing if all rows have a value, else the clause that leaves the others out; `None` if there are no words for it.
    fn with_value(&self) -> Option<String> {
        if self.column.nulls == 0 { Some(String::new()) } else { words::not_null(&self.column.name) }
    }

    fn completeness(&mut self) {
        let (nulls, rows) = (self.column.nulls, self.rows());
        let Some(share) = self.column.completeness() else { return };
        let evidence = format!("{} of {} {} null", count(nulls), counted(rows, "row"), if nulls == 1 { "is" } else { "are" });
        if nulls == 0 {
            self.say(1, format!("IsComplete {}", self.name), evidence);
        } else if let Some(least) = bounds::share(share, rows, self.strictness) {
            self.say(1, format!("Completeness {} >= {least}", self.name), evidence);
        }
    }

    fn key(&mut self) {
        let evidence = format!("{}, no two alike, none null", counted(self.column.values, "value"));
        self.say(1, format!("IsPrimaryKey {}", self.name), evidence);
    }

    fn uniqueness(&mut self) {
        let column = self.column;
        let Some(uniqueness) = column.uniqueness else { return };
        let inferred = column.text.as_ref().and_then(|text| text.inferred).map(|(inferred, _)| inferred);
        let is_measure = matches!(inferred, Some(Inferred::Number | Inferred::Date | Inferred::Timestamp));
        if !matches!(column.kind, Kind::Text | Kind::Integer) || is_measure || column.values < MANY || uniqueness < 0.9 {
            return;
        }
        let is_code = column.kind == Kind::Text && !is_prose(column);
        if column.is_unique() && is_code {
            self.say(2, format!("IsUnique {}", self.name), format!("{}, no two alike", counted(column.values, "value")));
        } else if let Some(least) = bounds::share(uniqueness, column.values, self.strictness) {
            let evidence = format!("{} of {} occur once", percent(uniqueness), counted(column.values, "value"));
            self.say(3, format!("Uniqueness {} >= {least}", self.name), evidence);
        }
    }

    fn values(&mut self) {
        let column = self.column;
        if column.values == 0 {
            return;
        }
        match column.kind {
            Kind::Integer | Kind::Decimal | Kind::Floating => {
                if let Some(numbers) = &column.numbers {
                    self.range(numbers);
                    self.averages(numbers);
                }
            }
            Kind::Date | Kind::Timestamp => self.first_day(),
            Kind::Text => {
                let Some(text) = &column.text else { return };
                // Numbers and days that are text are rather that than a closed list.
                let is_measure = column.distinct > 10 && !matches!(text.inferred, None | Some((Inferred::Boolean, _)));
                let found = match is_measure {
                    true => self.data_type(text) || self.categories(),
                    false => self.categories() || self.data_type(text),
                };
                if !found {
                    self.form(text);
                }
            }
            Kind::Boolean | Kind::Other => {}
        }
    }

    fn range(&mut self, numbers: &NumberFigures) {
        // What is not a number is neither above nor below.
        let Some((low, high)) = numbers.range.filter(|_| numbers.nan == 0) else { return };
        let Some(clause) = self.with_value() else { return };
        let whole = self.column.kind == Kind::Integer;
        // A value that never changes says nothing about others, only about the sign.
        let is_constant = low >= high && self.column.values > 1;
        let (bottom, top) = match is_constant {
            true => ((low >= 0.0).then(|| "0".to_owned()), None),
            false => bounds::range(low, high, whole, self.strictness),
        };
        let extremes = self.column.extremes.as_ref().map(|(least, greatest)| format!("from {least} to {greatest}"));
        let evidence = extremes.unwrap_or_default();
        // Numbers that rows are known by grow without end.
        let grows = whole && self.column.is_unique();
        let top = top.filter(|_| !grows);
        if let Some(bottom) = bottom.filter(|bottom| !grows || bottom == "0") {
            self.say(4, format!("ColumnValues {} >= {bottom}{clause}", self.name), evidence.clone());
        }
        if let Some(top) = top {
            self.say(4, format!("ColumnValues {} <= {top}{clause}", self.name), evidence);
        }
    }

    fn averages(&mut self, numbers: &NumberFigures) {
        let (Some(mean), Some(deviation)) = (numbers.mean, numbers.deviation) else { return };
        let fine = numbers.nan == 0 && numbers.infinite == 0 && self.column.values >= MANY && deviation > 0.0;
        if self.strictness != Strictness::Strict || !fine || self.column.is_unique() || mean.abs() > 1e15 || deviation > 1e15 {
            return;
        }
        let evidence = format!("mean {}, standard deviation {}", figure(mean), figure(deviation));
        let low = bounds::rounded(mean - deviation / 2.0, 3, bounds::Direction::Down);
        let high = bounds::rounded(mean + deviation / 2.0, 3, bounds::Direction::Up);
        if let (Some(low), Some(high)) = (low, high) {
            self.say(7, format!("Mean {} between {low} and {high}", self.name), evidence.clone());
        }
        if let Some(most) = bounds::rounded(deviation * 1.5, 3, bounds::Direction::Up) {
            self.say(7, format!("StandardDeviation {} <= {most}", self.name), evidence);
        }
    }

    /// Not before the year in which the data begins, less a year or as much again as the data is long.
    fn first_day(&mut self) {
        let Some(first) = self.column.first_day.and_then(day) else { return };
        let Some(clause) = self.with_value() else { return };
        let years = i32::from(self.strictness == Strictness::Usual);
        let year = first - years;
        if (1000..=9999).contains(&year) {
            let evidence = self.column.extremes.as_ref().map(|(least, greatest)| format!("from {least} to {greatest}"));
            let rule = format!("ColumnValues {} >= \"{year}-01-01\"{clause}", self.name);
            self.say(4, rule, evidence.unwrap_or_default());
        }
    }

    /// A few values that come again and again; whether a rule was made of them.
    fn categories(&mut self) -> bool {
        let column = self.column;
        let singles = column.singles.unwrap_or(0);
        // Where many values were seen only once, there are more.
        let few = column.distinct > 0 && column.distinct <= 50 && (singles <= 1 || singles * 10 <= column.distinct);
        let few = few && column.values >= ENOUGH.max(10 * column.distinct);
        if !few || !column.lists_all() || column.frequent.iter().any(|(value, _)| is_cut(value)) {
            return false;
        }
        let mut values: Vec<&str> = column.frequent.iter().map(|(value, _)| value.as_str()).collect();
        values.sort_unstable();
        let Some(mut values) = values.into_iter().map(words::value).collect::<Option<Vec<String>>>() else { return false };
        if column.nulls > 0 || values.iter().any(|value| value == "EMPTY") {
            // With EMPTY and without NULL in the list, null decides nothing.
            values.push("NULL".to_owned());
        }
        let rarest = column.frequent.iter().map(|(_, count)| *count).min().unwrap_or(0);
        // How often a value will come that was not seen: about as often as one was seen once (Good and Turing).
        let unseen = 3.0 * singles as f64 / column.values as f64;
        let threshold =
            (singles > 0 && self.strictness == Strictness::Usual).then(|| bounds::cut(1.0 - unseen.max(0.05), 2)).flatten();
        let threshold = threshold.map_or_else(String::new, |least| format!(" with threshold >= {least}"));
        let evidence = format!(
            "{} in {}, the rarest {}",
            counted(column.distinct, "value"),
            counted(self.rows(), "row"),
            if rarest == 1 { "once".to_owned() } else { format!("{} times", count(rarest)) }
        );
        self.say(3, format!("ColumnValues {} in [{}]{threshold}", self.name, values.join(", ")), evidence);
        true
    }

    /// Text that is something else; whether a rule was made of it.
    fn data_type(&mut self, text: &TextFigures) -> bool {
        let Some((inferred, matching)) = text.inferred.filter(|_| self.column.values >= ENOUGH) else { return false };
        let Some(clause) = self.with_value() else { return false };
        let word = match inferred {
            Inferred::Boolean => "BOOLEAN",
            Inferred::Integer => "LONG",
            Inferred::Number => "DOUBLE",
            Inferred::Date => "DATE",
            Inferred::Timestamp => "TIMESTAMP",
        };
        let Some((threshold, evidence)) = self.nearly_all(matching, &format!("can be read as {}", inferred.name())) else {
            return false;
        };
        self.say(3, format!("ColumnDataType {} = \"{word}\"{clause}{threshold}", self.name), evidence);
        true
    }

    /// The pattern of codes, or how long texts are.
    fn form(&mut self, text: &TextFigures) {
        let telling = text.pattern.as_ref().filter(|pattern| pattern.is_code());
        let enough = self.column.values >= ENOUGH && self.column.distinct >= 10;
        let mut is_fixed = false;
        if let (Some(pattern), true, Some(clause)) = (telling, enough, self.with_value()) {
            let lengths = if self.strictness == Strictness::Strict { Lengths::AsSeen } else { Lengths::Open };
            if let Some((threshold, evidence)) =
                self.nearly_all(pattern.matching, &format!("have the form {}", pattern.regex(Lengths::AsSeen)))
            {
                let regex = words::pattern(&pattern.regex(lengths));
                self.say(3, format!("ColumnValues {} matches {regex}{clause}{threshold}", self.name), evidence);
                is_fixed = pattern.is_fixed() && pattern.matching == self.column.values;
            }
        }
        if !is_fixed {
            self.lengths(text, telling.is_some());
        }
    }

    fn lengths(&mut self, text: &TextFigures, is_code: bool) {
        let (shortest, longest) = (text.shortest, text.longest);
        let evidence = if shortest == longest {
            format!("all have {}", counted(longest, "character"))
        } else {
            format!("{} to {} characters", count(shortest), count(longest))
        };
        if shortest == longest && is_code && self.column.values >= MANY && longest > 0 {
            self.say(5, format!("ColumnLength {} = {longest}", self.name), evidence);
            return;
        }
        let (least, most) = match self.strictness {
            Strictness::Usual => {
                ((shortest / 2).max(shortest.min(1)), bounds::rounded(longest as f64 * 2.0, 1, bounds::Direction::Up))
            }
            Strictness::Strict => (shortest, bounds::rounded(longest as f64 * 1.1, 2, bounds::Direction::Up)),
        };
        if least > 0 {
            self.say(5, format!("ColumnLength {} >= {least}", self.name), evidence.clone());
        }
        if let Some(most) = most.filter(|_| longest > 0) {
            let most = most.split('.').next().unwrap_or(&most);
            self.say(5, format!("ColumnLength {} <= {most}", self.name), evidence);
        }
    }

    /// The threshold for what `matching` of the values are, with the evidence; none if all are.
    fn nearly_all(&self, matching: u64, are: &str) -> Option<(String, String)> {
        let values = self.column.values;
        if matching == values {
            return Some((String::new(), format!("all {} {are}", counted(values, "value"))));
        }
        let least = bounds::share(matching as f64 / values as f64, values, self.strictness)?;
        Some((format!(" with threshold >= {least}"), format!("{} of {} {are}", count(matching), counted(values, "value"))))
    }
}

fn memberships(profile: &Profile, strictness: Strictness) -> Vec<Recommendation> {
    let rule = |membership: &super::Membership| {
        let names = words::membership(&membership.column, &membership.alias, &membership.key)?;
        let all = membership.share >= 1.0;
        let condition =
            if all { "= 1".to_owned() } else { format!(">= {}", bounds::share(membership.share, profile.rows, strictness)?) };
        let part = if all { "all".to_owned() } else { format!("{} of", percent(membership.share)) };
        Some(Recommendation {
            rule: format!("ReferentialIntegrity {names} {condition}"),
            evidence: format!(
                "{part} {} have a partner in {}.{}",
                counted(profile.rows, "row"),
                membership.alias,
                membership.key
            ),
            column: None,
            rank: 2,
        })
    };
    profile.memberships.iter().filter_map(rule).collect()
}

/// Correlations that are close enough to be meant, at most so many.
const CORRELATIONS: usize = 10;

fn correlations(profile: &Profile, strictness: Strictness) -> Vec<Recommendation> {
    let room = if strictness == Strictness::Strict { 0.05 } else { 0.1 };
    let close = profile.correlations.iter().filter(|correlation| correlation.value.abs() >= 0.9 && correlation.rows >= MANY);
    let rule = |correlation: &super::Correlation| {
        let (left, right) = (words::column(&correlation.columns.0)?, words::column(&correlation.columns.1)?);
        let bound = bounds::cut(correlation.value.abs() - room, 2)?;
        let condition = if correlation.value > 0.0 { format!(">= {bound}") } else { format!("<= -{bound}") };
        Some(Recommendation {
            rule: format!("ColumnCorrelation {left} {right} {condition}"),
            evidence: format!("correlation {:.3} over {}", correlation.value, counted(correlation.rows, "row")),
            column: None,
            rank: 6,
        })
    };
    close.take(CORRELATIONS).filter_map(rule).collect()
}

/// The year of a day.
fn day(since_1970: i64) -> Option<i32> {
    use chrono::Datelike;
    let day = chrono::DateTime::from_timestamp(since_1970.checked_mul(86_400)?, 0)?;
    Some(day.year())
}

/// `1 row`, `12,000 rows`
fn counted(number: u64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{} {noun}s", count(number)) }
}

/// `12,000`
fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `99.73 %`, cut and not rounded: less than all is not 100 %.
fn percent(share: f64) -> String {
    let text = format!("{:.2}", (share * 10_000.0).floor() / 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A figure with four digits.
fn figure(value: f64) -> String {
    if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        let text = format!("{value:.4}");
        return text.trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    format!("{value:.4e}")
}
