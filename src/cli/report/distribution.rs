//! How values are spread, as bars of characters.

use super::text::one_line;
use crate::cli::units;
use crate::run::report::{Counted, Spread};

/// The longest bar, in characters.
const LONGEST: u128 = 30;
/// Labels longer than this are cut.
const LABEL: usize = 32;

/// The columns of one analyzer: one alone as a chart, several with a line each.
pub(super) fn section(spreads: &[Spread]) -> String {
    match spreads {
        [one] => chart(one),
        several => several.iter().map(line).collect(),
    }
}

/// `amount: 120 values in 4 bins, 3 below, 2 above`
fn head(spread: &Spread) -> String {
    let mut words = Vec::new();
    match &spread.counted {
        Counted::Bins { counts, below, above, not_a_number, .. } => {
            let total: u64 = counts.iter().sum();
            words.push(format!("{} in {}", units::counted(total, "value"), units::counted(counts.len() as u64, "bin")));
            let outside = [(below, "below"), (above, "above"), (not_a_number, "not a number")];
            words.extend(
                outside
                    .iter()
                    .filter(|(count, _)| **count > 0)
                    .map(|(count, place)| format!("{} {place}", units::count(**count))),
            );
        }
        Counted::Values { frequent, others, other_rows } => {
            let total = frequent.iter().map(|(_, count)| count).sum::<u64>() + other_rows;
            let different = frequent.len() as u64 + others;
            words.push(format!("{}, {} different", units::counted(total, "value"), units::count(different)));
        }
    }
    format!("  {}: {}", one_line(&spread.column), words.join(", "))
}

fn chart(spread: &Spread) -> String {
    let mut rows: Vec<(String, u64)> = match &spread.counted {
        Counted::Bins { edges, counts, .. } => {
            let label = |at: usize| format!("{} … {}", units::metric(edges[at]), units::metric(edges[at + 1]));
            counts.iter().enumerate().map(|(at, count)| (label(at), *count)).collect()
        }
        Counted::Values { frequent, .. } => frequent.iter().map(|(value, count)| (short(value), *count)).collect(),
    };
    let most = rows.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let mut bars: Vec<String> = rows.iter().map(|(_, count)| bar(*count, most)).collect();
    // Together the others may be more than any: a bar of theirs would say something about none of them.
    if let Counted::Values { others, other_rows, .. } = &spread.counted
        && *other_rows > 0
    {
        rows.push((format!("{} other values", units::count(*others)), *other_rows));
        bars.push(String::new());
    }
    let width = rows.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
    let digits = rows.iter().map(|(_, count)| units::count(*count).len()).max().unwrap_or(0);
    let mut out = head(spread) + "\n";
    for ((label, count), bar) in rows.into_iter().zip(bars) {
        let row = format!("    {label:<width$}  {:>digits$}  {bar}", units::count(count));
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// As long as the count is great; the least there is if it is not zero.
fn bar(count: u64, most: u64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (u128::from(count) * LONGEST * 8 / u128::from(most.max(1))).max(u128::from(count > 0));
    let (whole, part) = (usize::try_from(eighths / 8), usize::try_from(eighths % 8));
    "█".repeat(whole.unwrap_or(0)) + PARTS[part.unwrap_or(0)]
}

/// A column in one line: its bins as blocks, or its most frequent values.
fn line(spread: &Spread) -> String {
    let shown = match &spread.counted {
        Counted::Bins { edges, counts, .. } => match (edges.first(), edges.last()) {
            (Some(lower), Some(upper)) => {
                format!("{} {} {}", units::metric(*lower), blocks(counts), units::metric(*upper))
            }
            _ => String::new(),
        },
        Counted::Values { frequent, .. } => {
            let few = frequent.iter().take(3).map(|(value, count)| format!("{} {}", short(value), units::count(*count)));
            few.collect::<Vec<_>>().join(", ")
        }
    };
    let text = format!("{}: {shown}", head(spread));
    format!("{}\n", text.trim_end().trim_end_matches(':'))
}

/// A block for each count: the higher the greater, a blank for none.
fn blocks(counts: &[u64]) -> String {
    const EIGHTHS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = counts.iter().copied().max().unwrap_or(0).max(1);
    let block = |count: &u64| match (count * 8).div_ceil(most) {
        0 => ' ',
        eighth => EIGHTHS[usize::try_from(eighth - 1).unwrap_or(7).min(7)],
    };
    counts.iter().map(block).collect()
}

/// A value in quotes, cut if it is long.
fn short(value: &str) -> String {
    let text = format!("{:?}", value.chars().take(LABEL).collect::<String>());
    if value.chars().count() > LABEL { format!("{}…\"", text.trim_end_matches('"')) } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_counts_are_great() {
        assert_eq!([bar(0, 8), bar(1, 1000), bar(8, 8)], [String::new(), "▏".to_owned(), "█".repeat(30)]);
        assert_eq!(bar(1, 4), "███████▌");
    }

    #[test]
    fn no_count_is_hidden() {
        assert_eq!(blocks(&[0, 1, 1000, 500]), " ▁█▄");
        assert_eq!(blocks(&[]), "");
    }

    #[test]
    fn long_values_are_cut() {
        assert_eq!([short("a\nb"), short(&"x".repeat(40))], ["\"a\\nb\"".to_owned(), format!("\"{}…\"", "x".repeat(32))]);
    }
}
