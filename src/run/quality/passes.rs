//! The passes before the main one: keys that occur more than once, other data sets, queries.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast as to_type;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::{Column, Result};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, cast};
use indexmap::{IndexMap, IndexSet};

use super::scan::{fold, only};
use crate::diag::Sink;
use crate::plan::nodes::quality::keys::{Account, CandidateScan, Candidates, FirstPass, GroupScan, Groups, KeySet};
use crate::plan::nodes::quality::{Accumulator, Mask};
use crate::plan::quality::{Grouping, ReferenceNeeds};
use crate::source::EmbedMap;
use crate::stdlib::expr;
use crate::stdlib::rule::{Keys, QueryText, Tally};

/// The groups of each key of the primary data set: one pass for all of them, a second for keys that are many.
pub(super) async fn groups(
    groupings: &IndexSet<Grouping>,
    input: &LogicalPlan,
    session: &SessionState,
) -> Result<IndexMap<Grouping, Arc<Groups>>> {
    if groupings.is_empty() {
        return Ok(IndexMap::new());
    }
    let all: Vec<&Grouping> = groupings.iter().collect();
    let (plan, readers) = projected(input, &all)?;
    let account = || Account::spilling(session.runtime_env(), "keys of rules");
    let start = || all.iter().map(|grouping| GroupScan::new(grouping.keys.signed_zeros).within(account())).collect::<Vec<_>>();
    let reading = readers.clone();
    let states = fold(&plan, session, start, move |scans, batch| {
        scans.iter_mut().zip(&reading).try_for_each(|(scan, reader)| scan.update(&reader.keys(&batch), &reader.mask(&batch)?))
    })
    .await?;
    let firsts = transpose(states).into_iter().map(GroupScan::merge);
    let mut found: Vec<Option<Groups>> = Vec::new();
    let mut open: Vec<(usize, Candidates)> = Vec::new();
    for (at, first) in firsts.enumerate() {
        match first? {
            FirstPass::Done(groups) => found.push(Some(*groups)),
            FirstPass::Candidates(candidates) if candidates.is_empty() => found.push(Some(candidates.finish(Vec::new()))),
            FirstPass::Candidates(candidates) => {
                open.push((at, candidates));
                found.push(None);
            }
        }
    }
    if !open.is_empty() {
        second(&all, open, input, session, &mut found).await?;
    }
    Ok(groupings.iter().cloned().zip(found.into_iter().flatten().map(Arc::new)).collect())
}

async fn second(
    all: &[&Grouping],
    open: Vec<(usize, Candidates)>,
    input: &LogicalPlan,
    session: &SessionState,
    found: &mut [Option<Groups>],
) -> Result<()> {
    let again: Vec<&Grouping> = open.iter().map(|(at, _)| all[*at]).collect();
    let (plan, readers) = projected(input, &again)?;
    let (places, candidates): (Vec<usize>, Vec<Candidates>) = open.into_iter().unzip();
    let candidates = Arc::new(candidates);
    let reading = candidates.clone();
    let account = || Account::held(session.runtime_env(), "repeated keys of rules");
    let start = || again.iter().map(|_| CandidateScan::within(account())).collect::<Vec<_>>();
    let states = fold(&plan, session, start, move |scans, batch| {
        let readers = scans.iter_mut().zip(&readers).zip(reading.iter());
        readers
            .into_iter()
            .try_for_each(|((scan, reader), candidates)| scan.update(candidates, &reader.keys(&batch), &reader.mask(&batch)?))
    })
    .await?;
    // The tasks have ended, so nobody else holds the candidates.
    let candidates = Arc::into_inner(candidates).unwrap_or_default();
    for ((place, candidates), scans) in places.into_iter().zip(candidates).zip(transpose(states)) {
        found[place] = Some(candidates.finish(scans));
    }
    Ok(())
}

/// A plan that reads only the keys and filters of some groupings, and where they are in its batches.
fn projected(input: &LogicalPlan, groupings: &[&Grouping]) -> Result<(LogicalPlan, Vec<Reader>)> {
    let mut columns: IndexSet<Expr> = IndexSet::new();
    let readers = groupings
        .iter()
        .map(|grouping| Reader {
            keys: grouping.keys.columns.iter().map(|column| columns.insert_full(column.clone()).0).collect(),
            filter: grouping.filter.as_ref().map(|filter| columns.insert_full(filter.clone()).0),
        })
        .collect();
    let columns: Vec<Expr> = columns.into_iter().collect();
    Ok((only(input.clone(), &columns)?, readers))
}

#[derive(Debug, Clone)]
struct Reader {
    keys: Vec<usize>,
    filter: Option<usize>,
}

impl Reader {
    fn keys(&self, batch: &RecordBatch) -> Vec<ArrayRef> {
        self.keys.iter().map(|at| batch.column(*at).clone()).collect()
    }

    fn mask(&self, batch: &RecordBatch) -> Result<Mask> {
        self.filter.map_or(Ok(Mask::All), |at| Mask::of(batch.column(at)))
    }
}

/// From a list a partition to a list an item.
fn transpose<T>(partitions: Vec<Vec<T>>) -> Vec<Vec<T>> {
    let mut items: Vec<Vec<T>> = Vec::new();
    for partition in partitions {
        for (at, item) in partition.into_iter().enumerate() {
            if items.len() <= at {
                items.push(Vec::new());
            }
            items[at].push(item);
        }
    }
    items
}

/// What was read of an additional data source.
#[derive(Debug, Default)]
pub(super) struct Reference {
    pub(super) rows: u64,
    pub(super) tallies: IndexMap<Tally, Option<f64>>,
    pub(super) key_sets: IndexMap<(Vec<Expr>, usize), Arc<KeySet>>,
    pub(super) groups: IndexMap<Keys, Arc<Groups>>,
}

struct ReferenceScan {
    rows: u64,
    tallies: Vec<Accumulator>,
    key_sets: Vec<KeySet>,
}

/// The memory of keys to be looked up.
fn key_set(session: &SessionState) -> Account {
    Account::held(session.runtime_env(), "keys of other data sets")
}

/// Reads all that the rules need of an additional data source in one pass.
pub(super) async fn reference(needs: &ReferenceNeeds, plan: &LogicalPlan, session: &SessionState) -> Result<Reference> {
    let mut columns: IndexSet<Expr> = IndexSet::new();
    let mut place = |expressions: &[Expr]| -> Vec<usize> {
        expressions.iter().map(|expression| columns.insert_full(expression.clone()).0).collect()
    };
    let tally_places: Vec<_> = needs.tallies.iter().map(|tally| place(&tally.arguments)).collect();
    let set_places: Vec<_> = needs.key_sets.iter().map(|(columns, _)| place(columns)).collect();
    let columns: Vec<Expr> = columns.into_iter().collect();
    let reading = only(plan.clone(), &columns)?;
    let types: Vec<DataType> = reading.schema().fields().iter().map(|field| field.data_type().clone()).collect();
    let start = || ReferenceScan {
        rows: 0,
        tallies: needs.tallies.iter().map(|tally| Accumulator::new(tally.kind)).collect(),
        key_sets: needs
            .key_sets
            .iter()
            .zip(&set_places)
            .map(|((_, not_null), places)| {
                let types: Vec<_> = places.iter().map(|at| types[*at].clone()).collect();
                KeySet::new(&types, *not_null).within(key_set(session))
            })
            .collect(),
    };
    let (tally_at, set_at) = (tally_places.clone(), set_places.clone());
    let states = fold(&reading, session, start, move |scan, batch| {
        let pick = |places: &[usize]| -> Vec<ArrayRef> { places.iter().map(|at| batch.column(*at).clone()).collect() };
        scan.rows += batch.num_rows() as u64;
        scan.tallies.iter_mut().zip(&tally_at).try_for_each(|(tally, places)| tally.update(&pick(places), &Mask::All))?;
        scan.key_sets.iter_mut().zip(&set_at).try_for_each(|(set, places)| set.update(&pick(places)))
    })
    .await?;
    let mut states = states.into_iter();
    let mut total = states.next().unwrap_or_else(start);
    for state in states {
        total.rows += state.rows;
        total.tallies.iter_mut().zip(&state.tallies).for_each(|(own, more)| own.merge(more));
        total.key_sets.iter_mut().zip(state.key_sets).for_each(|(own, more)| own.merge(more));
    }
    let groupings: IndexSet<Grouping> =
        needs.groupings.iter().map(|keys| Grouping { keys: keys.clone(), filter: None }).collect();
    let groups = groups(&groupings, plan, session).await?;
    Ok(Reference {
        rows: total.rows,
        tallies: needs.tallies.iter().cloned().zip(total.tallies.iter().map(Accumulator::value)).collect(),
        key_sets: needs.key_sets.iter().cloned().zip(total.key_sets.into_iter().map(|set| Arc::new(set.packed()))).collect(),
        groups: groups.into_iter().map(|(grouping, groups)| (grouping.keys, groups)).collect(),
    })
}

/// The number a query gives, or why it gives none.
pub(super) async fn number(
    query: &QueryText,
    tables: &[(String, LogicalPlan)],
    session: &SessionState,
) -> Result<Result<f64, String>> {
    let plan = match plan(query, tables, session) {
        Ok(plan) => plan,
        Err(reason) => return Ok(Err(reason)),
    };
    let states = fold(&plan, session, Vec::new, |batches: &mut Vec<RecordBatch>, batch| {
        // Two rows are as wrong as two million.
        if batches.iter().map(RecordBatch::num_rows).sum::<usize>() < 2 {
            batches.push(batch);
        }
        Ok(())
    })
    .await?;
    let batches: Vec<RecordBatch> = states.into_iter().flatten().filter(|batch| batch.num_rows() > 0).collect();
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let [batch] = batches.as_slice() else {
        return Ok(Err(if rows == 0 {
            "the query returns no row".to_owned()
        } else {
            "the query returns more than one row".to_owned()
        }));
    };
    if rows != 1 {
        return Ok(Err("the query returns more than one row".to_owned()));
    }
    let value = to_type(batch.column(0), &DataType::Float64)?;
    let value = value.as_primitive::<Float64Type>();
    Ok(if value.is_null(0) { Err("the query returns NULL".to_owned()) } else { Ok(value.value(0)) })
}

/// The rows that a query returns, as keys of the primary data set.
pub(super) async fn rows(
    query: &QueryText,
    keys: &[Expr],
    tables: &[(String, LogicalPlan)],
    primary: &LogicalPlan,
    session: &SessionState,
) -> Result<Result<Arc<KeySet>, String>> {
    let plan = match plan(query, tables, session) {
        Ok(plan) => plan,
        Err(reason) => return Ok(Err(reason)),
    };
    let own: Vec<Expr> = plan.schema().iter().map(|(qualifier, field)| Expr::Column(Column::from((qualifier, field)))).collect();
    let mut columns = Vec::new();
    let mut types = Vec::new();
    for (column, key) in own.into_iter().zip(keys) {
        let data_type = key.get_type(primary.schema())?;
        columns.push(cast(column, data_type.clone()));
        types.push(data_type);
    }
    let reading = only(plan, &columns)?;
    let start = || KeySet::new(&types, 0).within(key_set(session));
    let states = fold(&reading, session, start, |set, batch| set.update(batch.columns())).await?;
    let set = states.into_iter().reduce(|mut own, more| {
        own.merge(more);
        own
    });
    Ok(set.map(Arc::new).ok_or_else(|| "the query cannot be run".to_owned()))
}

/// The plan of a query over the data itself; it was planned once over the schemas, so faults are rare here.
fn plan(query: &QueryText, tables: &[(String, LogicalPlan)], session: &SessionState) -> Result<LogicalPlan, String> {
    let mut sink = Sink::default();
    expr::query(session, &query.sql, &EmbedMap::opaque(query.span), tables, expr::NO_FATES, &mut sink)
        .map_err(|_| sink.iter().map(|diagnostic| diagnostic.message.as_str()).collect::<Vec<_>>().join("; "))
}
