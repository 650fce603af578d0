//! The study of the forecast (`examples/anomaly_study.rs`), small: what it says of the method must stay true.

#[expect(dead_code, reason = "an example has a `main` of its own")]
#[path = "../../examples/anomaly_study.rs"]
mod anomaly_study;

use std::path::Path;

use anomaly_study::{Options, Row, SIZES, study};
use libtest_mimic::{Failed, Trial};

/// Families whose points are as independent as the method takes them to be.
const WELL_BEHAVED: &[&str] =
    &["constant", "constant ratio", "noise", "noise around zero", "trend", "weekdays", "wandering level", "small counts"];

/// A trial for the method, one for its page.
pub fn trials(root: &Path) -> Vec<Trial> {
    let page = root.join("docs/anomalies.md");
    vec![
        Trial::test("study of anomalies: what the forecast finds", finds),
        Trial::test("study of anomalies: the page names every family", move || {
            let text = std::fs::read_to_string(&page)?;
            let missing: Vec<_> = anomaly_study::families().filter(|family| !text.contains(&format!("\n{family} "))).collect();
            if missing.is_empty() { Ok(()) } else { Err(format!("docs/anomalies.md has no row of {missing:?}").into()) }
        }),
    ]
}

fn finds() -> Result<(), Failed> {
    let rows = study(Options { series: 2, seed: 11 }, |family| WELL_BEHAVED.contains(&family) || family == "weekends");
    let good: Vec<&Row> = rows.iter().filter(|row| WELL_BEHAVED.contains(&row.family)).collect();
    assert_eq!(good.len(), WELL_BEHAVED.len());
    // Six and ten standard deviations.
    for (size, deviations) in SIZES.iter().enumerate().skip(2) {
        let (found, planted) = sum(&good, |row| (row.forecast.found[size], row.forecast.planted[size]));
        demand(found * 10 >= planted * 9 && planted >= 8, format!("{found} of {planted} of {deviations} sd are found"))?;
    }
    let (alarms, normal) = sum(&good, |row| (row.forecast.alarms, row.forecast.normal));
    demand(alarms * 100 <= normal, format!("{alarms} of {normal} ordinary points are flagged where noise is all there is"))?;
    // Where there is a week, the rules that are written by hand find next to nothing.
    let weekly: Vec<&Row> = rows.iter().filter(|row| row.family.starts_with("week")).collect();
    let (found, _) = sum(&weekly, |row| (row.forecast.found[2..].iter().sum(), 0));
    let (by_hand, _) = sum(&weekly, |row| (row.mean.found[2..].iter().sum(), 0));
    demand(weekly.len() == 2 && found > 2 * by_hand, format!("{found} are found in weeks, {by_hand} by hand"))?;
    Ok(())
}

fn sum(rows: &[&Row], of: impl Fn(&Row) -> (usize, usize)) -> (usize, usize) {
    rows.iter().map(|row| of(row)).fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
}

fn demand(holds: bool, otherwise: String) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(otherwise.into()) }
}
