//! What the tests of a project have met: nodes that had rows, rules that held and rules that did not.

use indexmap::IndexMap;

use crate::ir::Program;
use crate::run::report::RunReport;

/// What tests have met, by job.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Every job of the project.
    pub jobs: IndexMap<String, JobCoverage>,
}

/// What tests of a job have met.
#[derive(Debug, Clone, Default)]
pub struct JobCoverage {
    /// How many tests ran it.
    pub tests: usize,
    /// Its nodes.
    pub nodes: IndexMap<String, NodeCoverage>,
}

/// What tests have met at a node.
#[derive(Debug, Clone, Default)]
pub struct NodeCoverage {
    /// Whether rows came to it.
    pub reached: bool,
    /// Its rules, by their text.
    pub rules: Vec<RuleCoverage>,
}

/// What became of a rule.
#[derive(Debug, Clone)]
pub struct RuleCoverage {
    /// Its text.
    pub rule: String,
    /// Whether it held in some test.
    pub passed: bool,
    /// Whether it failed in some test, or a row did.
    pub failed: bool,
}

impl Coverage {
    /// Nothing was met yet.
    pub(super) fn of(program: &Program) -> Self {
        let node = |node: &crate::ir::Node| {
            let rules = node.quality.iter().flat_map(|quality| &quality.rules.rules);
            let rules = rules.map(|rule| RuleCoverage { rule: rule.labelled_text(), passed: false, failed: false });
            (node.name.value.clone(), NodeCoverage { reached: false, rules: rules.collect() })
        };
        let job = |job: &crate::ir::Job| {
            (job.name.value.clone(), JobCoverage { tests: 0, nodes: job.nodes.iter().map(node).collect() })
        };
        Self { jobs: program.jobs.values().map(job).collect() }
    }

    /// Takes in what a run met.
    pub(super) fn met(&mut self, run: &RunReport) {
        let Some(job) = self.jobs.get_mut(&run.job) else { return };
        job.tests += 1;
        for (name, counted) in &run.nodes {
            let Some(node) = job.nodes.get_mut(name) else { continue };
            node.reached |= counted.rows_in.or(counted.rows_out).is_some_and(|rows| rows > 0);
        }
        for (name, quality) in &run.quality {
            let Some(node) = job.nodes.get_mut(name) else { continue };
            // Both are in the order of the ruleset.
            for (rule, outcome) in node.rules.iter_mut().zip(&quality.outcomes) {
                rule.passed |= outcome.passed;
                rule.failed |= !outcome.passed || outcome.failed_rows.is_some_and(|rows| rows > 0);
            }
        }
    }
}
