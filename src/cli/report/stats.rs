//! The history of metrics: a table of series for people, every figure as JSON.

use chrono::SecondsFormat;
use comfy_table::Cell;
use serde::Serialize;
use serde_json::Value;

use super::json::{document, number};
use super::plot;
use super::text::{lines, number_cell, one_line, table};
use crate::cli::units;
use crate::diag::render::terminal::Style;
use crate::state::Recorded;
use crate::stdlib::forecast::{LEAST_POINTS, Point, Scale, forecast};

/// How many rows a chart has.
const HEIGHT: usize = 9;

/// How many figures a line of blocks has at most.
const SPARKS: usize = 20;

#[derive(Serialize)]
struct StatsView {
    version: u32,
    statistics: Vec<StatisticView>,
}

#[derive(Serialize)]
struct StatisticView {
    context: String,
    metric: String,
    /// What tells it from others of the same name: the condition of a share, the `where`, the query, the keys.
    detail: Option<String>,
    columns: Vec<String>,
    rule: String,
    run_id: String,
    at: String,
    ruleset_hash: String,
    status: &'static str,
    value: Value,
    excluded: Option<String>,
}

/// Every figure.
pub(in crate::cli) fn json(recorded: &[Recorded]) -> String {
    let view = |one: &Recorded| StatisticView {
        context: one.context.clone(),
        metric: one.statistic.series.metric.clone(),
        detail: Some(one.statistic.series.detail.clone()).filter(|detail| !detail.is_empty()),
        columns: one.statistic.columns.clone(),
        rule: one.statistic.rule.clone(),
        run_id: one.run_id.clone(),
        at: one.at.to_rfc3339_opts(SecondsFormat::Millis, true),
        ruleset_hash: one.ruleset.clone(),
        status: one.status.name(),
        value: number(one.statistic.value),
        excluded: one.excluded.clone(),
    };
    document(&StatsView { version: 1, statistics: recorded.iter().map(view).collect() })
}

/// The figures of one series, oldest first.
type SeriesOf<'a> = &'a [Recorded];

/// A table of series by context; a series alone is shown figure by figure.
pub(in crate::cli) fn text(recorded: &[Recorded], plots: bool, style: Style) -> String {
    if recorded.is_empty() {
        return "nothing is recorded of that\n".to_owned();
    }
    let same = |a: &Recorded, b: &Recorded| a.context == b.context && a.statistic.series == b.statistic.series;
    let all: Vec<SeriesOf<'_>> = recorded.chunk_by(same).collect();
    let mut out = String::new();
    for series in all.chunk_by(|a, b| a[0].context == b[0].context) {
        out.push_str(&format!("{}: {}\n", series[0][0].context, runs(series)));
        out.push_str(&overview(series, style));
    }
    if let [one] = all.as_slice() {
        out.push('\n');
        out.push_str(&figures(one, style));
        out.push_str(&picture(one, style).map(|picture| format!("\n{picture}")).unwrap_or_default());
    } else if plots {
        for one in all {
            let picture = picture(one, style).map(|picture| format!("\n{}\n{picture}", name(&one[0])));
            out.push_str(&picture.unwrap_or_default());
        }
    }
    out
}

fn runs(series: &[SeriesOf<'_>]) -> String {
    let ids: std::collections::BTreeSet<&str> = series.iter().flat_map(|one| *one).map(|one| one.run_id.as_str()).collect();
    let metrics = if series.len() == 1 { "1 metric".to_owned() } else { format!("{} metrics", series.len()) };
    let runs = if ids.len() == 1 { "1 run".to_owned() } else { format!("{} runs", ids.len()) };
    format!("{metrics} of {runs}")
}

fn overview(series: &[SeriesOf<'_>], style: Style) -> String {
    // Two figures are no picture.
    let drawn = series.iter().any(|one| one.len() >= LEAST_POINTS);
    let columns = ["metric", "runs", "last", "min", "mean", "max", "history"];
    let mut table = table(if drawn { &columns } else { &columns[..6] }, style);
    for one in series {
        let counting: Vec<f64> =
            one.iter().filter(|one| one.excluded.is_none()).map(|one| one.statistic.value).filter(|x| !x.is_nan()).collect();
        let fold = |pick: fn(f64, f64) -> f64| counting.iter().copied().reduce(pick);
        let mean = (!counting.is_empty()).then(|| counting.iter().sum::<f64>() / counting.len() as f64);
        let last = one.last().map(|one| one.statistic.value);
        let figure = |value: Option<f64>| number_cell(value.map(units::metric));
        let mut row = vec![
            Cell::new(name(&one[0])),
            number_cell(Some(one.len().to_string())),
            figure(last),
            figure(fold(f64::min)),
            figure(mean),
            figure(fold(f64::max)),
        ];
        if drawn {
            row.push(Cell::new(plot::sparkline(&marks(one, 0), SPARKS)));
        }
        table.add_row(row);
    }
    lines(&table)
}

fn name(one: &Recorded) -> String {
    let series = &one.statistic.series;
    let detail = one_line(&series.detail);
    if detail.is_empty() { series.metric.clone() } else { format!("{} {detail}", series.metric) }
}

fn figures(series: SeriesOf<'_>, style: Style) -> String {
    let mut table = table(&["run", "at", "value", "note"], style);
    for one in series {
        table.add_row(vec![
            Cell::new(&one.run_id),
            Cell::new(one.at.format("%Y-%m-%d %H:%M:%S UTC")),
            number_cell(Some(units::metric(one.statistic.value))),
            Cell::new(one.excluded.as_ref().map_or_else(String::new, |reason| format!("set aside: {}", one_line(reason)))),
        ]);
    }
    lines(&table)
}

/// The figures as a chart, each with the bounds that the ones before it gave; `None` of too few to see anything.
fn picture(series: SeriesOf<'_>, style: Style) -> Option<String> {
    if series.len() < LEAST_POINTS {
        return None;
    }
    let marks = marks(series, style.width);
    Some(plot::chart(&marks, style.width, HEIGHT)).filter(|chart| !chart.is_empty())
}

/// The figures as marks, the newest `bounded` of them with the bounds that the ones before gave them.
fn marks(series: SeriesOf<'_>, bounded: usize) -> Vec<plot::Mark> {
    let scale = Scale::of(&series[0].statistic.series.metric);
    let unbounded = series.len().saturating_sub(bounded);
    let mut before = Vec::new();
    let marks = series.iter().enumerate().map(|(at, one)| {
        let forecast = if at < unbounded { None } else { forecast(&before, one.at, scale) };
        let value = one.statistic.value;
        if one.excluded.is_none() {
            before.push(Point { at: one.at, value });
        }
        let expected = forecast.map(|forecast| (forecast.lower, forecast.upper));
        plot::Mark { at: one.at, value, excluded: one.excluded.is_some(), expected }
    });
    marks.collect()
}
