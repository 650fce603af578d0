//! The functions of a `window`, over rows in their order. Each gives what the engine's function of that name gives.

use super::entry::Entry;
use super::spec::Computed;
use super::values::Class;
use super::window::Rows;
use crate::stdlib::node::running::FunctionKind;

/// Where a value goes.
type Set<'a> = &'a dyn Fn(&Entry, Option<u128>);

/// Computes a function for all rows.
pub(super) fn compute(computed: &Computed, rows: Rows<'_>, set: Set<'_>) {
    let argument = |entry: &Entry| match computed.argument {
        Some(argument) => rows.parts[usize::from(entry.part)].argument(argument, entry.row),
        None => Some(0),
    };
    let class = Class::of(&computed.output).unwrap_or(Class::Signed);
    match computed.kind {
        FunctionKind::Sum => match class {
            Class::Float => fold::<FloatSum>(rows, argument, set),
            Class::Wide => fold::<WideSum>(rows, argument, set),
            Class::Signed | Class::Unsigned | Class::Boolean => fold::<Sum>(rows, argument, set),
        },
        FunctionKind::Avg => fold::<Mean>(rows, argument, set),
        FunctionKind::Count => fold::<Count>(rows, argument, set),
        FunctionKind::Min => extreme(rows, class, false, argument, set),
        FunctionKind::Max => extreme(rows, class, true, argument, set),
        FunctionKind::First => pick(rows, |at| Some(at.key.0), argument, set),
        FunctionKind::Last => pick(rows, |at| Some(at.peers.1 - 1), argument, set),
        FunctionKind::Lag(offset) => {
            pick(rows, |at| at.row.checked_sub(offset).filter(|other| *other >= at.key.0), argument, set);
        }
        FunctionKind::Lead(offset) => pick(rows, |at| Some(at.row + offset).filter(|other| *other < at.key.1), argument, set),
        FunctionKind::RowNumber => number(rows, |at| at.row - at.key.0 + 1, set),
        FunctionKind::Rank => number(rows, |at| at.peers.0 - at.key.0 + 1, set),
        FunctionKind::DenseRank => number(rows, |at| at.distinct, set),
        FunctionKind::Ntile(buckets) => number(rows, |at| bucket(at.row - at.key.0, at.key.1 - at.key.0, buckets), set),
        FunctionKind::PercentRank => share(rows, percent_rank, set),
        FunctionKind::CumeDist => share(rows, |at| (at.peers.1 - at.key.0) as f64 / (at.key.1 - at.key.0) as f64, set),
    }
}

/// Where a row stands among the sorted ones.
#[derive(Debug, Clone, Copy)]
struct At {
    row: usize,
    /// From and to where its key's rows are.
    key: (usize, usize),
    /// From and to where the rows equal to it are.
    peers: (usize, usize),
    /// How many different places the order has up to it.
    distinct: usize,
}

/// Visits every row.
fn visit(rows: Rows<'_>, mut each: impl FnMut(At)) {
    let mut peers = rows.peers.iter().map(|end| *end as usize);
    let mut start = 0;
    for end in rows.keys {
        let key = (start, *end as usize);
        let mut distinct = 0;
        while start < key.1 {
            let Some(until) = peers.next() else { return };
            distinct += 1;
            for row in start..until {
                each(At { row, key, peers: (start, until), distinct });
            }
            start = until;
        }
    }
}

fn number(rows: Rows<'_>, value: impl Fn(At) -> usize, set: Set<'_>) {
    visit(rows, |at| set(&rows.sorted[at.row], Some(value(at) as u128)));
}

fn share(rows: Rows<'_>, value: impl Fn(At) -> f64, set: Set<'_>) {
    visit(rows, |at| set(&rows.sorted[at.row], Some(u128::from(value(at).to_bits()))));
}

fn pick(rows: Rows<'_>, from: impl Fn(At) -> Option<usize>, argument: impl Fn(&Entry) -> Option<u128>, set: Set<'_>) {
    visit(rows, |at| set(&rows.sorted[at.row], from(at).and_then(|row| argument(&rows.sorted[row]))));
}

fn percent_rank(at: At) -> f64 {
    let others = at.key.1 - at.key.0 - 1;
    if others == 0 { 0.0 } else { (at.peers.0 - at.key.0) as f64 / others as f64 }
}

/// Which of `buckets` the row falls into: they differ by one row at most, the first ones are greater.
fn bucket(row: usize, rows: usize, buckets: usize) -> usize {
    let (least, greater) = (rows / buckets, rows % buckets);
    let in_greater = greater * (least + 1);
    if row < in_greater { row / (least + 1) + 1 } else { greater + (row - in_greater) / least.max(1) + 1 }
}

/// What a function knows of the rows so far.
trait State: Default {
    fn add(&mut self, value: u128);
    fn value(&self) -> Option<u128>;
}

/// Goes through the rows of each key; rows that are equal in the order have one value, the one after all of them.
fn fold<S: State>(rows: Rows<'_>, argument: impl Fn(&Entry) -> Option<u128>, set: Set<'_>) {
    let mut state = S::default();
    visit_peers(rows, |peers, is_new| {
        if is_new {
            state = S::default();
        }
        peers.iter().filter_map(&argument).for_each(|value| state.add(value));
        let value = state.value();
        peers.iter().for_each(|entry| set(entry, value));
    });
}

/// Visits rows that are equal in the order together, and tells whether they are the first of their key.
fn visit_peers(rows: Rows<'_>, mut each: impl FnMut(&[Entry], bool)) {
    let mut keys = rows.keys.iter().map(|end| *end as usize).peekable();
    let (mut start, mut is_new) = (0, true);
    for end in rows.peers.iter().map(|end| *end as usize) {
        each(&rows.sorted[start..end], is_new);
        is_new = keys.next_if_eq(&end).is_some();
        start = end;
    }
}

/// The smallest or the greatest value so far.
fn extreme(rows: Rows<'_>, class: Class, greatest: bool, argument: impl Fn(&Entry) -> Option<u128>, set: Set<'_>) {
    #[expect(clippy::cast_possible_truncation, reason = "a value of one word")]
    let before = |a: u128, b: u128| match class {
        Class::Wide => a.cast_signed() < b.cast_signed(),
        _ => class.ordered(a as u64) < class.ordered(b as u64),
    };
    let mut best: Option<u128> = None;
    visit_peers(rows, |peers, is_new| {
        if is_new {
            best = None;
        }
        for value in peers.iter().filter_map(&argument) {
            let is_better = best.is_none_or(|best| if greatest { before(best, value) } else { before(value, best) });
            if is_better {
                best = Some(value);
            }
        }
        peers.iter().for_each(|entry| set(entry, best));
    });
}

/// The sum of whole numbers. It wraps, with and without a sign alike.
#[derive(Default)]
struct Sum(Option<u64>);

impl State for Sum {
    #[expect(clippy::cast_possible_truncation, reason = "a value of one word")]
    fn add(&mut self, value: u128) {
        self.0 = Some(self.0.unwrap_or_default().wrapping_add(value as u64));
    }

    fn value(&self) -> Option<u128> {
        self.0.map(u128::from)
    }
}

#[derive(Default)]
struct WideSum(Option<u128>);

impl State for WideSum {
    fn add(&mut self, value: u128) {
        self.0 = Some(self.0.unwrap_or_default().wrapping_add(value));
    }

    fn value(&self) -> Option<u128> {
        self.0
    }
}

/// The sum of doubles, in the order of the rows.
#[derive(Default)]
struct FloatSum(Option<f64>);

#[expect(clippy::cast_possible_truncation, reason = "a value of one word")]
fn double(value: u128) -> f64 {
    f64::from_bits(value as u64)
}

impl State for FloatSum {
    fn add(&mut self, value: u128) {
        self.0 = Some(self.0.unwrap_or_default() + double(value));
    }

    fn value(&self) -> Option<u128> {
        self.0.map(|sum| u128::from(sum.to_bits()))
    }
}

#[derive(Default)]
struct Mean {
    sum: f64,
    count: u64,
}

impl State for Mean {
    fn add(&mut self, value: u128) {
        self.sum += double(value);
        self.count += 1;
    }

    fn value(&self) -> Option<u128> {
        (self.count > 0).then(|| u128::from((self.sum / self.count as f64).to_bits()))
    }
}

#[derive(Default)]
struct Count(u64);

impl State for Count {
    fn add(&mut self, _: u128) {
        self.0 += 1;
    }

    fn value(&self) -> Option<u128> {
        Some(u128::from(self.0))
    }
}
