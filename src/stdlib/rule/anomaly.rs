//! Whether a figure is in line with its history, and the rule that would say so in numbers.

use chrono::{DateTime, Utc};

use super::history::{History, Series};
use crate::stdlib::forecast::{Forecast, LEAST_POINTS, Point, Scale, forecast};

/// What its history makes of a figure.
#[derive(Debug, Clone, PartialEq)]
pub enum Standing {
    /// So many figures were recorded, and that is too few to expect anything.
    TooFew(usize),
    /// It is where it was expected.
    InLine,
    /// It is not.
    OutOfLine(Anomaly),
}

/// A figure that is out of line.
#[derive(Debug, Clone, PartialEq)]
pub struct Anomaly {
    /// What it is a figure of.
    pub series: Series,
    /// What was measured.
    pub actual: f64,
    /// What was expected.
    pub forecast: Forecast,
    /// The rule that demands what was expected, if a rule type measures this.
    pub new_rule: Option<String>,
}

/// Compares a figure with those that were recorded before `at`.
pub fn observe(series: &Series, actual: f64, history: &History, at: DateTime<Utc>) -> Standing {
    let points: Vec<Point> = history.points(series).iter().map(|point| Point { at: point.at, value: point.value }).collect();
    let scale = Scale::of(&series.metric);
    let Some(forecast) = forecast(&points, at, scale) else { return Standing::TooFew(points.len().min(LEAST_POINTS - 1)) };
    if !forecast.is_anomaly(actual) {
        return Standing::InLine;
    }
    let new_rule = rule(series, &Limits::of(&forecast, scale));
    Standing::OutOfLine(Anomaly { series: series.clone(), actual, forecast, new_rule })
}

impl Anomaly {
    /// What is out of line and by how much, in a sentence.
    pub fn text(&self) -> String {
        let Self { series, actual, forecast, .. } = self;
        let numbers = Numbers::of(forecast, Scale::of(&series.metric));
        let [lower, expected, upper] = [forecast.lower, forecast.expected, forecast.upper].map(|value| numbers.nearest(value));
        // A figure just outside must not look as if it were just inside.
        let actual = if (*actual - actual.round()).abs() < f64::EPSILON { format!("{actual}") } else { numbers.finer(*actual) };
        let days = if forecast.seasonal { " on this day of the week" } else { "" };
        let unsettled = if forecast.unsettled { "; the figure before was out of line too" } else { "" };
        let runs = forecast.points;
        format!(
            "{} is {actual}: {expected} was expected{days}, between {lower} and {upper}, by {runs} earlier figures{unsettled}",
            series.metric
        )
    }
}

/// Limits that hold all that was expected and not much more.
#[derive(Debug, Clone, PartialEq)]
struct Limits {
    /// `None` where the metric cannot be lower.
    low: Option<Limit>,
    /// `None` where the metric cannot be greater.
    high: Option<Limit>,
}

/// One end, in DQDL's spelling.
#[derive(Debug, Clone, PartialEq)]
struct Limit {
    /// Still allowed.
    included: String,
    /// The next that is not: `between` leaves out its ends.
    excluded: String,
}

impl Limits {
    fn of(forecast: &Forecast, scale: Scale) -> Self {
        let numbers = Numbers::of(forecast, scale);
        let (lower, upper) = (numbers.steps_below(forecast.lower), numbers.steps_above(forecast.upper));
        let low = Limit { included: numbers.text(lower), excluded: numbers.text(lower - 1.0) };
        let high = Limit { included: numbers.text(upper), excluded: numbers.text(upper + 1.0) };
        let (least, most) = match scale {
            Scale::Ratio => (Some(0.0), Some(1.0)),
            Scale::Count => (Some(0.0), None),
            Scale::Free => (None, None),
        };
        Self {
            low: least.is_none_or(|least| numbers.step * lower > least).then_some(low),
            high: most.is_none_or(|most| numbers.step * upper < most).then_some(high),
        }
    }

    /// The limits as a condition; `None` if there is nothing to demand.
    fn condition(&self) -> Option<String> {
        match (&self.low, &self.high) {
            (Some(low), Some(high)) => Some(format!("between {} and {}", low.excluded, high.excluded)),
            (Some(low), None) => Some(format!(">= {}", low.included)),
            (None, Some(high)) => Some(format!("<= {}", high.included)),
            (None, None) => None,
        }
    }
}

/// Numbers with as many places as the distance of the bounds makes sense of.
#[derive(Debug, Clone, Copy)]
struct Numbers {
    /// What all of them are multiples of.
    step: f64,
    places: usize,
}

impl Numbers {
    fn of(forecast: &Forecast, scale: Scale) -> Self {
        if scale == Scale::Count {
            return Self { step: 1.0, places: 0 };
        }
        let width = (forecast.upper - forecast.lower).max(f64::MIN_POSITIVE);
        // A hundredth of the width, as a power of ten; more places than fifteen no double has.
        let power = (width / 100.0).log10().floor().clamp(-15.0, 300.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 15")]
        let places = (-power).max(0.0) as usize;
        Self { step: 10_f64.powf(power), places }
    }

    /// The last multiple, counted in steps, that is not above.
    fn steps_below(self, value: f64) -> f64 {
        if self.places == 0 && self.step <= 1.0 { value.ceil() } else { (value / self.step + 1e-9).floor() }
    }

    /// The first multiple, counted in steps, that is not below.
    fn steps_above(self, value: f64) -> f64 {
        if self.places == 0 && self.step <= 1.0 { value.floor() } else { (value / self.step - 1e-9).ceil() }
    }

    fn text(self, steps: f64) -> String {
        // No zero with a sign.
        trimmed(&format!("{:.*}", self.places, steps * self.step + 0.0))
    }

    fn nearest(self, value: f64) -> String {
        // Counts are expected where no count is: `4.3`.
        if self.places == 0 && self.step <= 1.0 {
            return trimmed(&format!("{value:.1}"));
        }
        self.text((value / self.step).round())
    }

    fn finer(self, value: f64) -> String {
        trimmed(&format!("{value:.*}", self.places + 2))
    }
}

/// Without zeros at the end of a fraction.
fn trimmed(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text.to_owned() }
}

/// The rule that demands of a series what was expected; `None` if no rule type measures it, or there is nothing to demand.
fn rule(series: &Series, limits: &Limits) -> Option<String> {
    let metric = series.metric.as_str();
    if metric == "Dataset.*.CustomSQL" {
        return Some(format!("CustomSql \"{}\" {}", escaped(&series.detail), limits.condition()?));
    }
    let clause = match (series.detail.as_str(), series.detail.strip_prefix("where ")) {
        ("", _) => String::new(),
        (_, Some(filter)) => format!(" where \"{}\"", escaped(filter)),
        // Something else tells it apart, which is no part of such a rule.
        _ => return None,
    };
    if let Some(name) = metric.strip_prefix("Dataset.*.") {
        return matches!(name, "RowCount" | "ColumnCount")
            .then_some(())
            .and_then(|()| Some(format!("{name} {}{clause}", limits.condition()?)));
    }
    let (columns, name) = metric.rsplit_once('.')?;
    let columns: Vec<&str> = match columns.strip_prefix("Multicolumn.") {
        Some(columns) => columns.split(',').collect(),
        None => vec![columns.strip_prefix("Column.")?],
    };
    let parameters: Vec<String> = columns.iter().map(|column| format!(" \"{}\"", escaped(column))).collect();
    let parameters = parameters.concat();
    match name {
        "Completeness"
        | "Uniqueness"
        | "UniqueValueRatio"
        | "DistinctValuesCount"
        | "Mean"
        | "Sum"
        | "StandardDeviation"
        | "Variance"
        | "Entropy"
        | "ColumnCorrelation" => Some(format!("{name}{parameters} {}{clause}", limits.condition()?)),
        // Of the shortest and the smallest, the longest and the greatest, a rule about all values can only bound one side.
        "MinimumLength" => Some(format!("ColumnLength{parameters} >= {}{clause}", limits.low.as_ref()?.included)),
        "MaximumLength" => Some(format!("ColumnLength{parameters} <= {}{clause}", limits.high.as_ref()?.included)),
        "Minimum" => Some(format!("ColumnValues{parameters} >= {}{clause}", limits.low.as_ref()?.included)),
        "Maximum" => Some(format!("ColumnValues{parameters} <= {}{clause}", limits.high.as_ref()?.included)),
        _ => None,
    }
}

/// A text as it stands between quotes in DQDL.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Sink;
    use crate::source::{EmbedMap, SourceMap};
    use crate::stdlib::rule::{Point as Figure, accept_all};
    use crate::syntax::dqdl::{self, Dialect};

    fn expected(lower: f64, upper: f64) -> Forecast {
        Forecast {
            expected: f64::midpoint(lower, upper),
            lower,
            upper,
            confidence: 0.99,
            points: 12,
            seasonal: false,
            unsettled: false,
        }
    }

    fn series(metric: &str, detail: &str) -> Series {
        Series { metric: metric.to_owned(), detail: detail.to_owned() }
    }

    fn recommended(metric: &str, detail: &str, lower: f64, upper: f64) -> Option<String> {
        rule(&series(metric, detail), &Limits::of(&expected(lower, upper), Scale::of(metric)))
    }

    #[test]
    fn rules_hold_all_that_was_expected() {
        for (metric, detail, lower, upper, text) in [
            ("Dataset.*.RowCount", "", 870.0, 1130.0, "RowCount between 869 and 1131"),
            ("Dataset.*.RowCount", "", 870.2, 1130.9, "RowCount between 870 and 1131"),
            ("Dataset.*.RowCount", "", 0.0, 1130.0, "RowCount <= 1130"),
            ("Dataset.*.RowCount", "where region = 'EU'", 1.5, 9.0, "RowCount between 1 and 10 where \"region = 'EU'\""),
            ("Column.email.Completeness", "", 0.9812, 1.0, "Completeness \"email\" >= 0.9812"),
            ("Column.email.Completeness", "", 0.25, 0.75, "Completeness \"email\" between 0.249 and 0.751"),
            ("Column.a.b.Mean", "", -12.34, 56.78, "Mean \"a.b\" between -12.5 and 56.9"),
            ("Column.total.Sum", "", 123_456.0, 234_567.0, "Sum \"total\" between 122000 and 236000"),
            ("Multicolumn.a,b.Uniqueness", "", 0.5, 1.0, "Uniqueness \"a\" \"b\" >= 0.5"),
            ("Column.id.MinimumLength", "", 4.5, 6.5, "ColumnLength \"id\" >= 5"),
            ("Column.id.MaximumLength", "", 4.5, 6.5, "ColumnLength \"id\" <= 6"),
            ("Column.x.Minimum", "", 0.4, 1.2, "ColumnValues \"x\" >= 0.4"),
            ("Column.x.Maximum", "", 0.4, 1.25, "ColumnValues \"x\" <= 1.25"),
            (
                "Dataset.*.CustomSQL",
                "select count(*) from primary",
                1.0,
                2.0,
                "CustomSql \"select count(*) from primary\" between 0.99 and 2.01",
            ),
        ] {
            let text = text.to_owned();
            let found = recommended(metric, detail, lower, upper);
            let alone = format!("Rules = [ {} ]", found.clone().unwrap_or_default());
            let file = SourceMap::default().add("rules.dqdl", alone.as_str());
            let mut sink = Sink::default();
            let parsed = dqdl::parse(&alone, &EmbedMap::file(file, alone.len()), Dialect::Strict, &mut sink);
            accept_all(&parsed, Dialect::Strict, &mut sink);
            assert!(!sink.has_errors(), "{alone}");
            assert_eq!(found, Some(text));
        }
    }

    #[test]
    fn what_no_rule_type_measures_has_no_rule() {
        assert_eq!(recommended("Column.x.ColumnValues.Compliance", "", 0.5, 0.9), None);
        assert_eq!(recommended("Column.x.Completeness", "", 0.0, 1.0), None);
        assert_eq!(recommended("Dataset.other.DatasetMatch", "", 0.5, 0.9), None);
    }

    #[test]
    fn a_sentence_says_what_is_out_of_line() {
        let anomaly = |metric: &str, actual, forecast| Anomaly { series: series(metric, ""), actual, forecast, new_rule: None };
        assert_eq!(
            anomaly("Dataset.*.RowCount", 12.0, expected(870.25, 1130.75)).text(),
            "Dataset.*.RowCount is 12: 1000.5 was expected, between 870.2 and 1130.8, by 12 earlier figures"
        );
        let monday = Forecast { seasonal: true, unsettled: true, ..expected(0.9, 1.0) };
        assert_eq!(
            anomaly("Column.x.Completeness", 0.899_96, monday).text(),
            "Column.x.Completeness is 0.89996: 0.95 was expected on this day of the week, between 0.9 and 1, by 12 earlier figures; \
             the figure before was out of line too"
        );
    }

    #[test]
    fn a_figure_is_compared_with_its_own_history() {
        let day = |day: i64| DateTime::UNIX_EPOCH + chrono::Duration::days(day);
        let rows = series("Dataset.*.RowCount", "");
        let figures = |count| (0..count).map(|at| Figure { at: day(at), value: 1000.0 }).collect::<Vec<_>>();
        let mut history = History::default();
        assert_eq!(observe(&rows, 5.0, &history, day(9)), Standing::TooFew(0));
        history.insert(rows.clone(), figures(2));
        assert_eq!(observe(&rows, 5.0, &history, day(9)), Standing::TooFew(2));
        history.insert(rows.clone(), figures(20));
        assert_eq!(observe(&rows, 1001.0, &history, day(20)), Standing::InLine);
        let Standing::OutOfLine(found) = observe(&rows, 900.0, &history, day(20)) else { panic!("900 is out of line") };
        assert_eq!(found.new_rule.as_deref(), Some("RowCount between 989 and 1011"));
        assert_eq!(observe(&series("Dataset.*.RowCount", "x > 1"), 5.0, &history, day(20)), Standing::TooFew(0));
    }
}
