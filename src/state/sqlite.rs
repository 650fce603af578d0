//! The store in a SQLite file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use rusqlite::{Connection, Row, TransactionBehavior, params};

use super::migrations::migrate;
use super::record::{Evaluation, Exclusion, Filter, Recorded, Statistic, Status};
use super::{Reader, Store, failure};
use crate::stdlib::failure::RunFailure;
use crate::stdlib::rule::{History, Point, Series};

/// How long to wait for another process that writes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A store in a file.
#[derive(Debug)]
pub struct SqliteStore {
    path: PathBuf,
    connection: Connection,
}

impl SqliteStore {
    /// Opens a store, and makes it if there is none.
    pub fn open(path: &Path) -> Result<Self, RunFailure> {
        let open = || -> rusqlite::Result<Result<Connection, String>> {
            let mut connection = Connection::open(path)?;
            connection.busy_timeout(PATIENCE)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            Ok(migrate(&mut connection)?.map(|()| connection))
        };
        match open() {
            Ok(Ok(connection)) => Ok(Self { path: path.to_owned(), connection }),
            Ok(Err(why)) => Err(failure(path, "used", &why)),
            Err(error) => Err(failure(path, "opened", &error.to_string())),
        }
    }

    fn read<T>(&self, result: rusqlite::Result<T>) -> Result<T, RunFailure> {
        result.map_err(|error| failure(&self.path, "read", &error.to_string()))
    }

    fn written<T>(&self, result: rusqlite::Result<T>) -> Result<T, RunFailure> {
        result.map_err(|error| failure(&self.path, "written", &error.to_string()))
    }
}

const RECORDED: &str =
    "select e.run_id, e.context, e.ruleset, e.at, e.status, s.metric, s.detail, s.columns, s.rule, s.value, s.excluded
    from evaluation e join statistic s on s.evaluation = e.id
    where (?1 is null or e.context = ?1)
      and (?2 is null or instr(lower(s.metric), lower(?2)) > 0)
      and (?3 is null or e.id in (
          select n.id from evaluation n where n.context = e.context order by n.at desc, n.id desc limit ?3))
    order by e.context, s.metric, s.detail, e.at, e.id";

/// Figures that count, oldest first. Runs that began at the same moment stand in the order in which they were recorded.
const HISTORY: &str = "select e.at, s.value from statistic s join evaluation e on s.evaluation = e.id
    where e.context = ?1 and s.metric = ?2 and s.detail = ?3 and s.excluded is null and s.value is not null
    order by e.at, e.id";

/// The figures of one run that an exclusion is about.
const CHOSEN: &str = "(?1 is null or instr(lower(metric), lower(?1)) > 0)
    and evaluation in (select id from evaluation where run_id = ?2 and (?3 is null or context = ?3))";

impl Reader for SqliteStore {
    fn contexts(&self) -> Result<Vec<String>, RunFailure> {
        let query = || -> rusqlite::Result<Vec<String>> {
            let mut statement = self.connection.prepare("select distinct context from evaluation order by context")?;
            statement.query_map([], |row| row.get(0))?.collect()
        };
        self.read(query())
    }

    fn recorded(&self, filter: &Filter) -> Result<Vec<Recorded>, RunFailure> {
        let query = || -> rusqlite::Result<Vec<Recorded>> {
            let mut statement = self.connection.prepare(RECORDED)?;
            let runs = filter.runs.map(|runs| i64::try_from(runs).unwrap_or(i64::MAX));
            statement.query_map(params![filter.context, filter.metric, runs], recorded)?.collect()
        };
        self.read(query())
    }

    fn history(&self, context: &str, wanted: &[Series]) -> Result<History, RunFailure> {
        let query = || -> rusqlite::Result<History> {
            let mut statement = self.connection.prepare(HISTORY)?;
            let mut history = History::default();
            for series in wanted {
                let point = |row: &Row<'_>| Ok(Point { at: time(row.get(0)?), value: row.get(1)? });
                let points = statement.query_map(params![context, series.metric, series.detail], point)?;
                history.insert(series.clone(), points.collect::<rusqlite::Result<_>>()?);
            }
            Ok(history)
        };
        self.read(query())
    }
}

fn recorded(row: &Row<'_>) -> rusqlite::Result<Recorded> {
    let columns: String = row.get(7)?;
    Ok(Recorded {
        run_id: row.get(0)?,
        context: row.get(1)?,
        ruleset: row.get(2)?,
        at: time(row.get(3)?),
        status: Status::parse(&row.get::<_, String>(4)?),
        statistic: Statistic {
            series: Series { metric: row.get(5)?, detail: row.get(6)? },
            columns: serde_json::from_str(&columns).unwrap_or_default(),
            rule: row.get(8)?,
            value: row.get::<_, Option<f64>>(9)?.unwrap_or(f64::NAN),
        },
        excluded: row.get(10)?,
    })
}

fn time(micros: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(micros).unwrap_or_default()
}

impl Store for SqliteStore {
    fn record(&mut self, evaluations: &[Evaluation]) -> Result<(), RunFailure> {
        let result = record(&mut self.connection, evaluations);
        self.written(result)
    }

    fn exclude(&mut self, which: &Exclusion, reason: &str) -> Result<usize, RunFailure> {
        let sql = format!("update statistic set excluded = ?4 where excluded is null and {CHOSEN}");
        self.written(self.connection.execute(&sql, params![which.metric, which.run_id, which.context, reason]))
    }

    fn include(&mut self, which: &Exclusion) -> Result<usize, RunFailure> {
        let sql = format!("update statistic set excluded = null where excluded is not null and {CHOSEN}");
        self.written(self.connection.execute(&sql, params![which.metric, which.run_id, which.context]))
    }
}

fn record(connection: &mut Connection, evaluations: &[Evaluation]) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for evaluation in evaluations {
        let added = transaction.execute(
            "insert into evaluation (run_id, context, ruleset, at, status) values (?1, ?2, ?3, ?4, ?5)
             on conflict (run_id, context) do nothing",
            params![
                evaluation.run_id,
                evaluation.context,
                evaluation.ruleset,
                evaluation.at.timestamp_micros(),
                evaluation.status.name()
            ],
        )?;
        if added == 0 {
            continue;
        }
        let id = transaction.last_insert_rowid();
        let mut insert = transaction.prepare_cached(
            "insert into statistic (evaluation, metric, detail, columns, rule, value) values (?1, ?2, ?3, ?4, ?5, ?6)
             on conflict do nothing",
        )?;
        for Statistic { series, columns, rule, value } in &evaluation.statistics {
            let columns = serde_json::to_string(columns).unwrap_or_default();
            let value = (!value.is_nan()).then_some(*value);
            insert.execute(params![id, series.metric, series.detail, columns, rule, value])?;
        }
    }
    transaction.commit()
}
