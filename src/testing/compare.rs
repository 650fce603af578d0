//! Rows held against those that a test expects. Only the columns that a row of the test names are looked at.

use serde_json::Value as Json;

use super::Row;
use super::load::{Matching, Rows};
use crate::syntax::yaml::{Node as Yaml, NodeKind, Scalar, ScalarValue};

/// A row that is not as expected, is missing, or is one too many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The place of the expected row; `None` for a row too many.
    pub expected: Option<usize>,
    /// The place of the row that is there instead; `None` if there is none like it.
    pub actual: Option<usize>,
    /// The values, by the columns that are looked at.
    pub cells: Vec<Cell>,
}

/// A value in both versions, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// What is expected; `None` if the row does not say.
    pub expected: Option<String>,
    /// What is there.
    pub actual: Option<String>,
    /// Whether that is not the same.
    pub differs: bool,
}

/// What comparing rows gave.
#[derive(Debug)]
pub(super) struct Compared {
    pub(super) differences: Vec<Difference>,
    /// The columns that are looked at.
    pub(super) columns: Vec<String>,
}

/// How many columns of rows are shown where a test names none.
const SHOWN: usize = 8;

/// Holds rows against those expected.
pub(super) fn rows(expected: &Rows, actual: &[Row], matching: Matching) -> Compared {
    let columns = named(expected, actual);
    let is_match = |(wanted, row): (&Yaml, &Row)| {
        wanted.entries().iter().all(|entry| fits(&entry.value, row.get(entry.key.as_str()), matching.subset))
    };
    let pairs = if matching.ordered {
        in_order(expected, actual, matching.subset, &is_match)
    } else {
        in_any_order(expected, actual, &is_match)
    };
    let mut left: Vec<usize> = (0..actual.len()).filter(|at| !pairs.contains(&Some(*at))).collect();
    let mut differences = Vec::new();
    for (at, wanted) in expected.items.iter().enumerate().filter(|(at, _)| pairs[*at].is_none()) {
        let equal =
            |row: &Row| wanted.entries().iter().filter(|entry| fits(&entry.value, row.get(entry.key.as_str()), true)).count();
        // The nearest of the rows that are too many; in order, the one in that place.
        let near = if matching.ordered && !matching.subset {
            left.iter().position(|row| *row == at)
        } else {
            let best = left.iter().enumerate().map(|(place, row)| (equal(&actual[*row]), std::cmp::Reverse(place))).max();
            best.filter(|(count, _)| *count > 0).map(|(_, place)| place.0)
        };
        let near = near.map(|place| left.remove(place));
        differences.push(difference(Some((at, wanted)), near.map(|at| (at, &actual[at])), &columns, matching.subset));
    }
    if !matching.subset {
        differences.extend(left.into_iter().map(|at| difference(None, Some((at, &actual[at])), &columns, false)));
    }
    Compared { differences, columns }
}

fn named(expected: &Rows, actual: &[Row]) -> Vec<String> {
    let mut columns: Vec<String> = Vec::new();
    for entry in expected.items.iter().flat_map(Yaml::entries) {
        if !columns.contains(&entry.key.value) {
            columns.push(entry.key.value.clone());
        }
    }
    if columns.is_empty() {
        columns.extend(actual.iter().take(1).flat_map(Row::keys).take(SHOWN).cloned());
    }
    columns
}

/// For each expected row the actual one in its place; in a subset, the next one that fits.
fn in_order(expected: &Rows, actual: &[Row], subset: bool, is_match: &dyn Fn((&Yaml, &Row)) -> bool) -> Vec<Option<usize>> {
    let mut next = 0;
    let mut pairs = Vec::new();
    for (at, wanted) in expected.items.iter().enumerate() {
        let found = if subset {
            (next..actual.len()).find(|place| is_match((wanted, &actual[*place])))
        } else {
            actual.get(at).filter(|row| is_match((wanted, *row))).map(|_| at)
        };
        next = found.map_or(next, |place| place + 1);
        pairs.push(found);
    }
    pairs
}

/// As many pairs as there can be: a row that says little must not take the one row that another needs.
fn in_any_order(expected: &Rows, actual: &[Row], is_match: &dyn Fn((&Yaml, &Row)) -> bool) -> Vec<Option<usize>> {
    let candidates: Vec<Vec<usize>> =
        expected.items.iter().map(|wanted| (0..actual.len()).filter(|at| is_match((wanted, &actual[*at]))).collect()).collect();
    let mut owner: Vec<Option<usize>> = vec![None; actual.len()];
    for wanted in 0..candidates.len() {
        assign(wanted, &candidates, &mut owner);
    }
    (0..candidates.len()).map(|wanted| owner.iter().position(|other| *other == Some(wanted))).collect()
}

/// Finds a row for an expected one, if need be by finding another for those that stand in the way. Breadth first, without recursion.
fn assign(wanted: usize, candidates: &[Vec<usize>], owner: &mut [Option<usize>]) {
    let mut came_from: Vec<Option<usize>> = vec![None; owner.len()];
    let mut open = std::collections::VecDeque::from([wanted]);
    let mut taken_by: Vec<Option<usize>> = vec![None; candidates.len()];
    while let Some(at) = open.pop_front() {
        for row in &candidates[at] {
            if came_from[*row].is_some() {
                continue;
            }
            came_from[*row] = Some(at);
            match owner[*row] {
                Some(other) => {
                    taken_by[other] = Some(*row);
                    open.push_back(other);
                }
                None => {
                    // Back along the way, each takes the row that was found for it.
                    let mut free = Some(*row);
                    while let Some(row) = free {
                        let Some(by) = came_from[row] else { return };
                        owner[row] = Some(by);
                        free = if by == wanted { None } else { taken_by[by] };
                    }
                    return;
                }
            }
        }
    }
}

fn difference(expected: Option<(usize, &Yaml)>, actual: Option<(usize, &Row)>, columns: &[String], subset: bool) -> Difference {
    let cell = |column: &String| {
        let wanted = expected.and_then(|(_, row)| row.get(column));
        let there = actual.and_then(|(_, row)| row.get(column));
        let differs = match (wanted, actual) {
            (Some(wanted), Some(_)) => !fits(wanted, there, subset),
            _ => false,
        };
        Cell { expected: wanted.map(yaml_text), actual: there.map(json_text), differs }
    };
    Difference {
        expected: expected.map(|(at, _)| at),
        actual: actual.map(|(at, _)| at),
        cells: columns.iter().map(cell).collect(),
    }
}

/// Whether a value is the one that is expected. In a subset, structures may have other fields, and lists other items.
pub(super) fn fits(expected: &Yaml, actual: Option<&Json>, subset: bool) -> bool {
    let actual = actual.unwrap_or(&Json::Null);
    match (&expected.kind, actual) {
        (NodeKind::Scalar(scalar), actual) => scalar_fits(scalar, actual),
        (NodeKind::List(items), Json::Array(values)) if subset => {
            items.iter().all(|item| values.iter().any(|value| fits(item, Some(value), subset)))
        }
        (NodeKind::List(items), Json::Array(values)) => {
            items.len() == values.len() && items.iter().zip(values).all(|(item, value)| fits(item, Some(value), subset))
        }
        (NodeKind::Map(entries), Json::Object(fields)) => {
            let named = entries.iter().all(|entry| fits(&entry.value, fields.get(entry.key.as_str()), subset));
            let whole =
                || fields.iter().all(|(name, value)| value.is_null() || entries.iter().any(|entry| entry.key.value == *name));
            named && (subset || whole())
        }
        (NodeKind::List(_) | NodeKind::Map(_), _) => false,
    }
}

fn scalar_fits(scalar: &Scalar, actual: &Json) -> bool {
    let text = scalar.text.value.as_str();
    match actual {
        Json::Null => scalar.value == ScalarValue::Null,
        Json::Bool(value) => scalar.value == ScalarValue::Bool(*value) || text == value.to_string(),
        Json::Number(value) => same_number(text, &value.to_string()),
        Json::String(_) if scalar.value == ScalarValue::Null => false,
        Json::String(value) => text == value || (is_number(scalar) && same_number(text, value)) || same_moment(text, value),
        Json::Array(_) | Json::Object(_) => false,
    }
}

fn is_number(scalar: &Scalar) -> bool {
    matches!(scalar.value, ScalarValue::Int(_) | ScalarValue::Float(_))
}

fn same_number(one: &str, other: &str) -> bool {
    if one == other {
        return true;
    }
    match (one.parse::<i128>(), other.parse::<i128>()) {
        (Ok(one), Ok(other)) => one == other,
        _ => match (one.parse::<f64>(), other.parse::<f64>()) {
            (Ok(one), Ok(other)) => {
                one.to_bits() == other.to_bits() || (one - other).abs() <= f64::EPSILON * one.abs().max(other.abs())
            }
            _ => false,
        },
    }
}

/// `2026-06-02 10:00:00` and `2026-06-02T10:00:00.000Z`
fn same_moment(one: &str, other: &str) -> bool {
    let plain = |text: &str| -> Option<String> {
        let is_time = text.len() >= 19 && text.as_bytes()[4] == b'-' && matches!(text.as_bytes()[10], b'T' | b' ');
        if !is_time || !text.is_ascii() {
            return None;
        }
        let text = text.replacen('T', " ", 1);
        let text = text.trim_end_matches('Z');
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        Some(format!("{whole}.{}", fraction.trim_end_matches('0')))
    };
    plain(one).is_some_and(|one| plain(other) == Some(one))
}

/// A value of a test in one line.
pub(super) fn yaml_text(node: &Yaml) -> String {
    match &node.kind {
        NodeKind::Scalar(scalar) if scalar.value == ScalarValue::Null => "null".to_owned(),
        NodeKind::Scalar(scalar) => scalar.text.value.clone(),
        NodeKind::List(items) => format!("[{}]", items.iter().map(yaml_text).collect::<Vec<_>>().join(", ")),
        NodeKind::Map(entries) => {
            let fields: Vec<_> = entries.iter().map(|entry| format!("{}: {}", entry.key, yaml_text(&entry.value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
    }
}

/// A value of a row in one line.
pub(super) fn json_text(value: &Json) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::String(text) => text.clone(),
        Json::Array(items) => format!("[{}]", items.iter().map(json_text).collect::<Vec<_>>().join(", ")),
        Json::Object(fields) => {
            let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {}", json_text(value))).collect();
            format!("{{{}}}", fields.join(", "))
        }
        other => other.to_string(),
    }
}
