//! A metric's history as a picture of characters: what was measured, what was expected, what was excluded.

use chrono::{DateTime, Utc};

use crate::cli::units;

/// One measurement.
#[derive(Debug, Clone, Copy)]
pub(in crate::cli) struct Mark {
    pub(in crate::cli) at: DateTime<Utc>,
    pub(in crate::cli) value: f64,
    /// Somebody said that it does not count.
    pub(in crate::cli) excluded: bool,
    /// Between what it was expected; `None` if nothing was.
    pub(in crate::cli) expected: Option<(f64, f64)>,
}

impl Mark {
    fn sign(self) -> char {
        if self.excluded {
            '×'
        } else if self.expected.is_some_and(|(lower, upper)| !(lower..=upper).contains(&self.value)) {
            '◆'
        } else {
            '●'
        }
    }
}

/// A line of blocks, one for each of the last `width` measurements: the higher the greater. `×` is excluded, `·` is no number.
pub(in crate::cli) fn sparkline(marks: &[Mark], width: usize) -> String {
    const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let marks = newest(marks, width);
    let counted = marks.iter().filter(|mark| !mark.excluded).map(|mark| mark.value);
    let range = Range::of(counted);
    let block = |mark: &Mark| match range {
        _ if mark.excluded => '×',
        Some(range) if mark.value.is_finite() => BLOCKS[range.step(mark.value, BLOCKS.len())],
        _ => '·',
    };
    marks.iter().map(block).collect()
}

/// A chart of the last measurements, one a column, `height` rows high, at most `width` columns wide with its labels.
///
/// Empty without a measurement that is a number. Bounds may reach out of the chart: it is as high as what was measured
/// demands, and half as much again either side.
pub(in crate::cli) fn chart(marks: &[Mark], width: usize, height: usize) -> String {
    let height = height.max(2);
    let (mut shown, mut drawn) = (marks, None);
    // Fewer measurements can have longer labels, and longer labels leave room for fewer measurements: twice is enough for both.
    for _ in 0..3 {
        let Some(range) = Range::of(shown.iter().map(|mark| mark.value)) else { return String::new() };
        let range = range.around(shown);
        let labels = range.labels(height);
        let gutter = labels.iter().map(|label| label.chars().count()).max().unwrap_or(0);
        let room = width.saturating_sub(gutter + 2).max(10);
        let fits = shown.len() <= room;
        drawn = Some((shown, range, labels, gutter));
        if fits {
            break;
        }
        shown = newest(shown, room);
    }
    let Some((marks, range, labels, gutter)) = drawn else { return String::new() };

    let mut out = String::new();
    for (row, label) in labels.iter().enumerate() {
        let tick = if label.is_empty() { '│' } else { '┤' };
        let line: String = marks.iter().map(|mark| cell(*mark, range, height - 1 - row, height)).collect();
        out.push_str(&format!("{label:>gutter$} {tick}{}\n", line.trim_end()));
    }
    out.push_str(&format!("{:gutter$} └{}\n", "", "─".repeat(marks.len())));
    out.push_str(&format!("{:gutter$}  {}\n", "", dates(marks)));
    if let Some(legend) = legend(marks) {
        out.push_str(&format!("{:gutter$}  {legend}\n", ""));
    }
    out
}

/// What stands in the `row`th row from below in the column of a measurement.
fn cell(mark: Mark, range: Range, row: usize, height: usize) -> char {
    if mark.value.is_finite() && range.step(mark.value, height) == row {
        return mark.sign();
    }
    let between = |(lower, upper)| range.step(lower, height) <= row && row <= range.step(upper, height);
    if mark.expected.is_some_and(between) { '░' } else { ' ' }
}

fn newest(marks: &[Mark], count: usize) -> &[Mark] {
    &marks[marks.len().saturating_sub(count)..]
}

/// When the first and the last were measured.
fn dates(marks: &[Mark]) -> String {
    let (Some(first), Some(last)) = (marks.first(), marks.last()) else { return String::new() };
    let format = if first.at.date_naive() == last.at.date_naive() { "%Y-%m-%d %H:%M" } else { "%Y-%m-%d" };
    let (first, last) = (first.at.format(format).to_string(), last.at.format(format).to_string());
    if marks.len() == 1 {
        return first;
    }
    let space = marks.len().saturating_sub(first.len() + last.len()).max(1);
    if first.len() + last.len() + 3 > marks.len() { format!("{first} … {last}") } else { first + &" ".repeat(space) + &last }
}

/// What the signs of a chart mean, if there are others than the ordinary one.
fn legend(marks: &[Mark]) -> Option<String> {
    let signs: Vec<char> = marks.iter().map(|mark| mark.sign()).collect();
    let expected = marks.iter().any(|mark| mark.expected.is_some());
    let meanings = [
        (signs.contains(&'●'), "● measured"),
        (expected, "░ expected"),
        (signs.contains(&'◆'), "◆ out of line"),
        (signs.contains(&'×'), "× excluded"),
    ];
    let shown: Vec<&str> = meanings.iter().filter(|(there, _)| *there).map(|(_, meaning)| *meaning).collect();
    (shown != ["● measured"]).then(|| shown.join("   "))
}

/// From where to where values go; `low < high`.
#[derive(Debug, Clone, Copy)]
struct Range {
    low: f64,
    high: f64,
}

impl Range {
    /// `None` without a number.
    fn of(values: impl Iterator<Item = f64>) -> Option<Self> {
        let (low, high) = values
            .filter(|value| value.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
        if low > high {
            return None;
        }
        // What never changes stands in the middle.
        let room = if low < high {
            0.0
        } else if low == 0.0 {
            1.0
        } else {
            low.abs() * 0.1
        };
        Some(Self { low: low - room, high: high + room })
    }

    /// Wide enough for the bounds too, as far as they are not too far out.
    fn around(self, marks: &[Mark]) -> Self {
        let room = (self.high - self.low) / 2.0;
        let bounds = marks.iter().filter_map(|mark| mark.expected).flat_map(|(lower, upper)| [lower, upper]);
        let (low, high) =
            bounds.filter(|bound| bound.is_finite()).fold((self.low, self.high), |(low, high), at| (low.min(at), high.max(at)));
        Self { low: low.max(self.low - room), high: high.min(self.high + room) }
    }

    /// In which of `steps` equal steps from below a value is; what is outside is at the end.
    fn step(self, value: f64, steps: usize) -> usize {
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a few steps, counted from 0")]
        let step = (share * (steps - 1) as f64).round() as usize;
        step
    }

    /// What stands left of each row: the numbers at the top, in the middle and at the bottom.
    fn labels(self, height: usize) -> Vec<String> {
        let middle = (height - 1) / 2;
        let label = |row: usize| {
            let share = (height - 1 - row) as f64 / (height - 1) as f64;
            let value = self.low + (self.high - self.low) * share;
            (row == 0 || row == height - 1 || (row == middle && height >= 5)).then(|| self.label(value))
        };
        (0..height).map(|row| label(row).unwrap_or_default()).collect()
    }

    /// A number with as many places as the range makes sense of.
    fn label(self, value: f64) -> String {
        let step = (self.high - self.low) / 100.0;
        let rounded = if step > 0.0 && step.is_finite() {
            let unit = 10_f64.powf(step.log10().floor());
            (value / unit).round() * unit
        } else {
            value
        };
        units::metric(rounded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Duration, TimeZone};

    fn day(day: i64) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 1, 5, 6, 0, 0).unwrap() + Duration::days(day)
    }

    /// A measurement a day.
    fn daily(values: &[f64]) -> Vec<Mark> {
        (0..).zip(values).map(|(at, value)| Mark { at: day(at), value: *value, excluded: false, expected: None }).collect()
    }

    #[test]
    fn a_sparkline_has_a_block_for_each_measurement() {
        assert_eq!(sparkline(&daily(&[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]), 80), "▁▂▃▄▅▆▇█");
        assert_eq!(sparkline(&daily(&[5.0, 5.0, 5.0]), 80), "▅▅▅");
        assert_eq!(sparkline(&daily(&[0.0, f64::NAN, 7.0]), 80), "▁·█");
        assert_eq!(sparkline(&[], 80), "");
    }

    #[test]
    fn a_sparkline_shows_the_newest_and_does_not_scale_by_what_is_excluded() {
        assert_eq!(sparkline(&daily(&[900.0, 0.0, 7.0, 0.0]), 3), "▁█▁");
        let mut marks = daily(&[0.0, 900.0, 7.0]);
        marks[1].excluded = true;
        assert_eq!(sparkline(&marks, 80), "▁×█");
    }

    #[test]
    fn a_chart_of_plain_values() {
        let values: Vec<f64> = (0..30).map(|at| f64::from(at % 7) * 10.0).collect();
        let expected = "\
60 ┤      ●      ●      ●      ●
   │     ●      ●      ●      ●
   │    ●      ●      ●      ●
30 ┤   ●      ●      ●      ●
   │  ●      ●      ●      ●
   │ ●      ●      ●      ●      ●
 0 ┤●      ●      ●      ●      ●
   └──────────────────────────────
    2026-01-05          2026-02-03
";
        assert_eq!(chart(&daily(&values), 80, 7), expected);
    }

    #[test]
    fn a_chart_shows_bounds_what_is_out_of_line_and_what_is_excluded() {
        let mut marks = daily(&[
            1000.0, 1020.0, 990.0, 1010.0, 1005.0, 995.0, 1015.0, 400.0, 1000.0, 990.0, 1010.0, 1005.0, 995.0, 1000.0, 700.0,
        ]);
        for mark in &mut marks[3..] {
            mark.expected = Some((940.0, 1060.0));
        }
        marks[3].expected = Some((-9000.0, 9000.0));
        marks[7].excluded = true;
        let expected = "\
1330 ┤   ░
     │   ░
     │●●●●●●●░●●●●●●░
     │   ░░░░░░░░░░░░
 710 ┤   ░          ◆
     │   ░
     │   ░   ×
     │   ░
  90 ┤   ░
     └───────────────
      2026-01-05 … 2026-01-19
      ● measured   ░ expected   ◆ out of line   × excluded
";
        assert_eq!(chart(&marks, 80, 9), expected);
    }

    #[test]
    fn a_chart_of_what_never_changes_has_it_in_the_middle() {
        let expected = "\
1.1 ┤
    │
  1 ┤●●●
    │
0.9 ┤
    └───
     2026-01-05 … 2026-01-07
";
        assert_eq!(chart(&daily(&[1.0, 1.0, 1.0]), 80, 5), expected);
    }

    #[test]
    fn a_chart_is_no_wider_than_it_may_be() {
        let values: Vec<f64> = (0..500).map(f64::from).collect();
        let drawn = chart(&daily(&values), 60, 6);
        assert!(drawn.lines().all(|line| line.chars().count() <= 60), "{drawn}");
        assert!(drawn.lines().any(|line| line.chars().count() > 55), "{drawn}");
        // The newest are shown.
        assert!(drawn.trim_start().starts_with("499 ┤"), "{drawn}");
    }

    #[test]
    fn one_day_has_times_and_one_measurement_one_time() {
        let mut marks = daily(&[1.0, 2.0]);
        marks[1].at = marks[0].at + Duration::minutes(90);
        assert!(chart(&marks, 80, 3).contains("2026-01-05 06:00 … 2026-01-05 07:30"));
        assert!(chart(&marks[..1], 80, 3).ends_with(" 2026-01-05 06:00\n"));
    }

    #[test]
    fn without_a_number_there_is_no_chart() {
        assert_eq!(chart(&[], 80, 8), "");
        assert_eq!(chart(&daily(&[f64::NAN]), 80, 8), "");
    }

    #[test]
    fn extremes_are_drawn() {
        for values in [[f64::MAX, -f64::MAX], [1e-300, 2e-300], [1e15, 1e15 + 2.0]] {
            assert!(chart(&daily(&values), 80, 4).contains('●'));
            assert_eq!(sparkline(&daily(&values), 80).chars().count(), 2);
        }
    }
}
