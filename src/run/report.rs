//! What a run did, as plain data. The command line draws it or writes it as JSON (`cli::report`).

use std::time::Duration;

use chrono::{DateTime, Utc};
use indexmap::IndexMap;

use crate::diag::Diagnostic;
use crate::source::Span;
use crate::state::Statistic;

/// What a run of a job did.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// The job's name.
    pub job: String,
    /// Names this run, in every quarantined row too.
    pub run_id: String,
    /// How it ended.
    pub status: Status,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// How long it took.
    pub elapsed: Duration,
    /// How many rows of each source were read at most, if this was a run on a sample: it writes and records nothing.
    pub sampled: Option<u64>,
    /// What each node did, in the order of the job.
    pub nodes: IndexMap<String, NodeReport>,
    /// What each quality node found.
    pub quality: IndexMap<String, QualityReport>,
    /// What each sink published.
    pub sinks: IndexMap<String, SinkReport>,
    /// What there is to say: why it failed, what was odd.
    pub diagnostics: Vec<Diagnostic>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Everything was published.
    Succeeded,
    /// A quality gate stopped it.
    GateFailed,
    /// It could not go on; nothing was published.
    Failed,
}

/// What a node read and gave on. `None` where it has no such side or nobody counts it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NodeReport {
    /// Rows that came in.
    pub rows_in: Option<u64>,
    /// Rows that went out, over all ports.
    pub rows_out: Option<u64>,
    /// Bytes that came in: of files for a source, of columns in memory elsewhere.
    pub bytes_in: Option<u64>,
    /// Bytes that went out: of files for a sink, of columns in memory elsewhere.
    pub bytes_out: Option<u64>,
    /// Time spent in it.
    pub elapsed: Option<Duration>,
}

/// What a quality node found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct QualityReport {
    /// A rule each, in the order of the ruleset.
    pub outcomes: Vec<RuleOutcome>,
    /// Where its rows went.
    pub rows: RowCounts,
    /// A few failed rows.
    pub samples: Vec<FailedRow>,
    /// An analyzer each, in the order of the ruleset.
    pub analyzers: Vec<AnalyzerOutcome>,
    /// Every figure that was measured, once: what is recorded of the run.
    pub statistics: Vec<Statistic>,
    /// What is odd about the figures.
    pub observations: Vec<Observation>,
}

impl QualityReport {
    /// The share of rules that hold; 1 if there are none.
    pub fn score(&self) -> f64 {
        if self.outcomes.is_empty() {
            return 1.0;
        }
        self.outcomes.iter().filter(|outcome| outcome.passed).count() as f64 / self.outcomes.len() as f64
    }
}

/// Where the rows of a quality node went: `passed + failed = input`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// All rows.
    pub input: u64,
    /// Rows of the port `passed`.
    pub passed: u64,
    /// Rows of the port `failed`.
    pub failed: u64,
}

/// What became of a rule.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleOutcome {
    /// The rule's text as AWS prints it.
    pub rule: String,
    /// The rule with the functions over earlier runs replaced by their values; `None` if it has none.
    pub evaluated: Option<String>,
    /// Whether it holds.
    pub passed: bool,
    /// Why it does not.
    pub reason: Option<String>,
    /// What there is to know of a rule that holds.
    pub note: Option<String>,
    /// Metrics by AWS's names: `Column.order_id.Completeness`.
    pub metrics: IndexMap<String, f64>,
    /// Labels of the rule.
    pub labels: IndexMap<String, String>,
    /// How many rows fail it; `None` for a rule that judges no rows.
    pub failed_rows: Option<u64>,
    /// Where it is written.
    pub place: Span,
}

/// What an analyzer measured.
#[derive(Debug, Clone, PartialEq)]
pub struct AnalyzerOutcome {
    /// The analyzer's text as AWS prints it.
    pub analyzer: String,
    /// Metrics by AWS's names.
    pub metrics: IndexMap<String, f64>,
    /// How the values of columns are spread.
    pub distributions: Vec<Spread>,
}

/// How the values of a column are spread. Nulls are left out.
#[derive(Debug, Clone, PartialEq)]
pub struct Spread {
    /// The column.
    pub column: String,
    /// Its type, as Spark's classes are called.
    pub data_type: String,
    /// What was counted.
    pub counted: Counted,
}

/// What was counted of a column's values.
#[derive(Debug, Clone, PartialEq)]
pub enum Counted {
    /// Values by interval.
    Bins {
        /// The ends, one more than there are counts; none if there is no value.
        edges: Vec<f64>,
        /// A count for each interval; what is outside is counted at the end nearest to it.
        counts: Vec<u64>,
        /// Values below the first end.
        below: u64,
        /// Values above the last end.
        above: u64,
        /// What is not a number lies nowhere.
        not_a_number: u64,
    },
    /// The most frequent values with how often each occurs.
    Values {
        /// The values.
        frequent: Vec<(String, u64)>,
        /// How many different other ones there are.
        others: u64,
        /// How many rows have them.
        other_rows: u64,
    },
}

/// Something odd about a metric. It is no verdict and changes no score.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// The rule or analyzer.
    pub rule: String,
    /// The metric.
    pub metric: String,
    /// How odd it is.
    pub strength: Strength,
    /// What is odd, in a sentence.
    pub description: String,
    /// What was measured.
    pub actual: f64,
    /// What was expected.
    pub expected: Option<f64>,
    /// What is still ordinary, from here.
    pub lower: Option<f64>,
    /// What is still ordinary, up to here.
    pub upper: Option<f64>,
    /// Rules that would say so.
    pub new_rules: Vec<String>,
}

/// How odd something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Good to know.
    Info,
    /// To be looked at.
    Strong,
}

/// A row that failed a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedRow {
    /// The rule's text.
    pub rule: String,
    /// Where the row came from: `data/orders.csv row 17`; a header is no row.
    pub place: Option<String>,
    /// The column that the rule looks at.
    pub column: Option<String>,
    /// What stands there, as text; `None` for null.
    pub value: Option<String>,
}

/// What a sink published.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SinkReport {
    /// Where.
    pub path: String,
    /// How many rows.
    pub rows: u64,
    /// How many files.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
}
