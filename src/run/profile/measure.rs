//! What sketches only make likely is measured by the rules that will ask for it, over the columns that matter.

use chrono::{DateTime, Utc};
use datafusion::common::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::execute_stream;
use futures::StreamExt;

use super::keys::only;
use super::recommend::words;
use crate::diag::Sink;
use crate::run::quality::{Beside, QualityOptions, prepare};
use crate::source::{EmbedMap, SourceMap};
use crate::stdlib::expr::NO_FATES;
use crate::stdlib::rule::{self, Behind, Scope};
use crate::syntax::dqdl::{self, Dialect};

/// What is to be measured.
#[derive(Debug, Clone)]
pub(super) enum Question {
    /// The share of rows whose values in these columns occur once.
    Uniqueness(Vec<String>),
    /// The share of rows whose value is among those of a column of another data set.
    Membership { column: String, alias: String, key: String },
}

impl Question {
    fn columns(&self) -> Vec<&str> {
        match self {
            Self::Uniqueness(columns) => columns.iter().map(String::as_str).collect(),
            Self::Membership { column, .. } => vec![column],
        }
    }

    /// The rule whose metric is the answer; `None` if DQDL has no words for the names.
    fn rule(&self) -> Option<String> {
        match self {
            Self::Uniqueness(columns) => {
                let names: Option<Vec<String>> = columns.iter().map(|column| words::column(column)).collect();
                Some(format!("Uniqueness {} >= 0", names?.join(" ")))
            }
            Self::Membership { column, alias, key } => {
                Some(format!("ReferentialIntegrity {} >= 0", words::membership(column, alias, key)?))
            }
        }
    }
}

/// The answers, in the order of the questions; `None` where there is nothing to measure.
pub(super) async fn measure(
    questions: &[Question],
    session: &SessionState,
    primary: &LogicalPlan,
    aliases: &[(String, LogicalPlan)],
    now: DateTime<Utc>,
) -> Result<Vec<Option<f64>>> {
    let rules: Vec<Option<String>> = questions.iter().map(Question::rule).collect();
    let asked: Vec<&str> = rules.iter().flatten().map(String::as_str).collect();
    if asked.is_empty() {
        return Ok(vec![None; questions.len()]);
    }
    let text = format!("Rules = [{}]", asked.join(", "));
    let mut map = SourceMap::default();
    let file = map.add("questions.dqdl", text.as_str());
    let mut sink = Sink::default();
    let ruleset = dqdl::parse(&text, &EmbedMap::file(file, text.len()), Dialect::Superset, &mut sink);
    let names: Vec<String> = questions.iter().flat_map(Question::columns).map(str::to_owned).collect();
    let primary = only(primary, &names)?;
    let scope = Scope {
        engine: session,
        primary: &primary,
        aliases,
        fates: NO_FATES,
        behind: Behind::Files,
        now,
        has_history: false,
        dialect: Dialect::Superset,
    };
    let bound = rule::bind(&ruleset, &scope, &mut sink);
    if bound.rules.len() != asked.len() {
        return Ok(vec![None; questions.len()]);
    }
    let prepared =
        prepare(&bound, primary.clone(), primary, aliases.to_vec(), session, &QualityOptions::default(), Beside::default())
            .await?;
    let physical = session.create_physical_plan(prepared.plan()).await?;
    let mut stream = execute_stream(physical, session.task_ctx())?;
    while let Some(batch) = stream.next().await {
        batch?;
    }
    let mut outcomes = prepared.finish()?.outcomes.into_iter();
    let answer = |rule: Option<String>| rule.and_then(|_| outcomes.next()?.metrics.values().next().copied());
    Ok(rules.into_iter().map(answer).collect())
}
