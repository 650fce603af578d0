//! What is kept of an evaluation.

use chrono::{DateTime, Utc};

use crate::stdlib::rule::Series;

/// One evaluation of a ruleset.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluation {
    /// The run.
    pub run_id: String,
    /// Whose figures these are: `job/node`, or the name that was given to `quality eval`.
    pub context: String,
    /// Names the text of the ruleset.
    pub ruleset: String,
    /// When the run began.
    pub at: DateTime<Utc>,
    /// How it ended.
    pub status: Status,
    /// The figures, each series once.
    pub statistics: Vec<Statistic>,
}

/// How an evaluation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// The gate was open.
    Succeeded,
    /// The gate was shut. Its figures count like any others, as on AWS.
    GateFailed,
}

impl Status {
    /// As it is kept.
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::GateFailed => "gate failed",
        }
    }

    /// What was kept.
    pub fn parse(name: &str) -> Self {
        if name == Self::GateFailed.name() { Self::GateFailed } else { Self::Succeeded }
    }
}

/// A figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistic {
    /// What it is a figure of.
    pub series: Series,
    /// The columns it is about; none for the data set as a whole.
    pub columns: Vec<String>,
    /// The rule or analyzer that measured it.
    pub rule: String,
    /// The figure.
    pub value: f64,
}

/// A figure that was recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its run.
    pub run_id: String,
    /// Whose it is.
    pub context: String,
    /// Names the text of the ruleset that measured it.
    pub ruleset: String,
    /// When its run began.
    pub at: DateTime<Utc>,
    /// How the evaluation ended.
    pub status: Status,
    /// The figure.
    pub statistic: Statistic,
    /// Why it is set aside, if it is.
    pub excluded: Option<String>,
}

/// Which figures to look at.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Only of this context.
    pub context: Option<String>,
    /// Only metrics whose name contains this, in any case.
    pub metric: Option<String>,
    /// Only the newest so many evaluations of each context.
    pub runs: Option<usize>,
}

/// Which figures are set aside or taken back in.
#[derive(Debug, Clone, Default)]
pub struct Exclusion {
    /// Of this run.
    pub run_id: String,
    /// Only of this context.
    pub context: Option<String>,
    /// Only metrics whose name contains this, in any case.
    pub metric: Option<String>,
}
