//! The tables of the store, one step a version: a step is never changed once it was released, a new one is added.

use rusqlite::{Connection, TransactionBehavior};

/// Steps in order; a store of version `n` has had the first `n`.
static STEPS: &[&str] = &[
    // 1: evaluations and their figures. Times are microseconds since 1970; a figure that is no number is NULL.
    "create table evaluation (
         id integer primary key,
         run_id text not null,
         context text not null,
         ruleset text not null,
         at integer not null,
         status text not null,
         unique (run_id, context)
     ) strict;
     create index evaluation_of_context on evaluation (context, at);
     create table statistic (
         evaluation integer not null references evaluation (id) on delete cascade,
         metric text not null,
         detail text not null,
         columns text not null,
         rule text not null,
         value real,
         excluded text,
         primary key (evaluation, metric, detail)
     ) strict, without rowid;",
];

/// Brings a store to the newest version. Several processes may try at once.
pub(super) fn migrate(connection: &mut Connection) -> rusqlite::Result<Result<(), String>> {
    let newest = STEPS.len();
    let version = |connection: &Connection| connection.pragma_query_value(None, "user_version", |row| row.get::<_, usize>(0));
    if version(connection)? == newest {
        return Ok(Ok(()));
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction)?;
    if found > newest {
        return Ok(Err(format!("it has version {found}; this release knows version {newest}")));
    }
    for step in &STEPS[found..] {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "user_version", newest)?;
    transaction.commit()?;
    Ok(Ok(()))
}
