//! A profile: plain data, what was found in a data set.

use super::shape::Pattern;

/// What was found in a data set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Profile {
    /// How many rows there are.
    pub rows: u64,
    /// The columns of single values, in the order of the data.
    pub columns: Vec<ColumnProfile>,
    /// The columns that were not looked at, with their types: lists, structs and maps.
    pub skipped: Vec<(String, String)>,
    /// What identifies a row: single columns, or pairs where there is no single one. Never null, never twice.
    pub keys: Vec<Vec<String>>,
    /// How columns of numbers move together, the closest first.
    pub correlations: Vec<Correlation>,
    /// Columns whose values are almost all among those of another data set.
    pub memberships: Vec<Membership>,
}

/// What was found in a column.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnProfile {
    /// Its name.
    pub name: String,
    /// Its type in the project's words.
    pub declared: String,
    /// What of its values can be said.
    pub kind: Kind,
    /// How many rows have no value.
    pub nulls: u64,
    /// How many rows have one.
    pub values: u64,
    /// How many different values there are.
    pub distinct: u64,
    /// Whether they were counted; else `distinct` is an estimate.
    pub distinct_is_exact: bool,
    /// The share of values that occur exactly once; `None` where it was not worth counting.
    pub uniqueness: Option<f64>,
    /// How many values occur exactly once; `None` where they are too many to be counted in the first pass.
    pub singles: Option<u64>,
    /// The most frequent values with their counts, the most frequent first.
    pub frequent: Vec<(String, u64)>,
    /// By how much the counts can be too low.
    pub frequent_slack: u64,
    /// The least and the greatest value of what has an order and is no text.
    pub extremes: Option<(String, String)>,
    /// Of numbers.
    pub numbers: Option<NumberFigures>,
    /// Of dates and points in time: the first day, as days since 1970.
    pub first_day: Option<i64>,
    /// Of texts.
    pub text: Option<TextFigures>,
}

impl ColumnProfile {
    /// The share of rows with a value; `None` if there are no rows.
    pub fn completeness(&self) -> Option<f64> {
        let rows = self.values + self.nulls;
        (rows > 0).then(|| self.values as f64 / rows as f64)
    }

    /// Whether `frequent` holds every value with its exact count.
    pub fn lists_all(&self) -> bool {
        self.distinct_is_exact && self.frequent.len() as u64 == self.distinct
    }

    /// Frequent texts that say that there is no value, with their counts: to rules they are values.
    pub fn stand_ins(&self) -> Vec<&(String, u64)> {
        let is_word = |text: &str| STAND_INS.iter().any(|word| word.eq_ignore_ascii_case(text.trim()));
        self.frequent.iter().filter(|(value, count)| self.kind == Kind::Text && *count > 1 && is_word(value)).collect()
    }

    /// Whether no value occurs twice.
    pub fn is_unique(&self) -> bool {
        self.values > 0 && self.uniqueness.is_some_and(|uniqueness| uniqueness >= 1.0)
    }
}

/// What is written where there is nothing to write.
const STAND_INS: [&str; 12] = ["NA", "N/A", "#N/A", "null", "none", "nil", "nan", "-", "--", "?", "unknown", "missing"];

/// What can be said of the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Boolean,
    /// Whole numbers.
    Integer,
    /// Numbers with a fixed point.
    Decimal,
    /// Floating point.
    Floating,
    /// Text.
    Text,
    /// Days.
    Date,
    /// Points in time.
    Timestamp,
    /// Anything else: bytes, times of day, intervals.
    Other,
}

impl Kind {
    /// Whether the values are numbers.
    pub fn is_number(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal | Self::Floating)
    }
}

/// Figures of numbers; what is not a number, and infinity, is counted and left out.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberFigures {
    /// The least and the greatest number.
    pub range: Option<(f64, f64)>,
    /// The mean.
    pub mean: Option<f64>,
    /// The standard deviation, divided by how many there are.
    pub deviation: Option<f64>,
    /// At the shares [`SHARES`].
    pub quantiles: Option<Vec<f64>>,
    /// Whether the quantiles are exact; else they are off by less than half a percent of the rows.
    pub quantiles_are_exact: bool,
    /// How many are not a number.
    pub nan: u64,
    /// How many are infinite.
    pub infinite: u64,
}

/// The shares of [`NumberFigures::quantiles`].
pub const SHARES: [f64; 7] = [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99];

/// Figures of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct TextFigures {
    /// How many have no character.
    pub empty: u64,
    /// How many have blanks only.
    pub blank: u64,
    /// Characters of the shortest.
    pub shortest: u64,
    /// Characters of the longest.
    pub longest: u64,
    /// The first in the order of the characters.
    pub least: Option<String>,
    /// The last in the order of the characters.
    pub greatest: Option<String>,
    /// What nearly all of them can be read as, and how many can.
    pub inferred: Option<(Inferred, u64)>,
    /// The pattern that nearly all of them have.
    pub pattern: Option<Pattern>,
}

/// What text can be read as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Inferred {
    /// `true`, `no`
    Boolean,
    /// `12`
    Integer,
    /// `1.5`
    Number,
    /// `2024-01-31`
    Date,
    /// `2024-01-31 10:11:12`
    Timestamp,
}

impl Inferred {
    /// All of them.
    pub(super) const ALL: [Self; 5] = [Self::Boolean, Self::Integer, Self::Number, Self::Date, Self::Timestamp];

    /// `integer`, …
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Date => "date",
            Self::Timestamp => "timestamp",
        }
    }
}

/// How two columns of numbers move together.
#[derive(Debug, Clone, PartialEq)]
pub struct Correlation {
    /// The columns, in the order of the data.
    pub columns: (String, String),
    /// Pearson's correlation.
    pub value: f64,
    /// Over how many rows: those where both have a value.
    pub rows: u64,
}

/// A column whose values are almost all among those of another data set.
#[derive(Debug, Clone, PartialEq)]
pub struct Membership {
    /// The column.
    pub column: String,
    /// The other data set.
    pub alias: String,
    /// Its column.
    pub key: String,
    /// The share of rows whose value is among them, as `ReferentialIntegrity` measures it.
    pub share: f64,
}
