//! The fused plan of a ruleset: what must be read before the main pass, and what the main pass is told.
//!
//! Everything that several rules need is found once: groups of a key, keys of another data set, a test, an aggregate.

use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::logical_expr::{Expr, lit};
use indexmap::{IndexMap, IndexSet};

use super::nodes::quality::keys::{Groups, KeySet};
use super::nodes::quality::{Blame, LeafSpec, RuleSpec, Spec, TallySpec, Tree};
use crate::stdlib::rule::{
    Actions, Among, BinFigure, Body, BoundRule, BoundRuleset, Distribution, Edges, FileDemand, FilePlace, FileRule, FileSet,
    Keys, Leaf, Member, Metric, QueryText, RowClass, Spread, Tally, TallyKind, Test, call,
};
use crate::syntax::dqdl::ast::Logic;

/// What a ruleset needs to know before its main pass.
#[derive(Debug, Default)]
pub struct Needs {
    /// Keys of the primary data set whose groups are to be counted, each with its `where`.
    pub groupings: IndexSet<Grouping>,
    /// What is to be read of each additional data source.
    pub references: IndexMap<String, ReferenceNeeds>,
    /// Numbers whose ends are to be found, unless earlier runs have fixed them.
    pub bounds: IndexSet<Expr>,
    /// Queries that give a number.
    pub numbers: IndexSet<QueryText>,
    /// Queries that give the rows that pass, with the columns by which they are found.
    pub row_queries: IndexMap<QueryText, Vec<Expr>>,
    /// Rules about files.
    pub files: Vec<FileRule>,
}

/// A key whose groups are to be counted, over the rows of a `where`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Grouping {
    /// The key.
    pub keys: Keys,
    /// Rows for which it is not true are left out.
    pub filter: Option<Expr>,
}

/// What is to be read of an additional data source, in one pass.
#[derive(Debug, Default)]
pub struct ReferenceNeeds {
    /// Whether its rows are to be counted.
    pub rows: bool,
    /// Aggregates.
    pub tallies: IndexSet<Tally>,
    /// Keys to be looked up: the columns, and how many of them must not be null.
    pub key_sets: IndexSet<(Vec<Expr>, usize)>,
    /// Keys that must be unique.
    pub groupings: IndexSet<Keys>,
}

/// A pass over a data set and its reason, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pass {
    /// What is read.
    pub reads: String,
    /// What for.
    pub why: String,
}

/// The passes over data that a ruleset needs, in order. However many rules there are, the last one judges them all.
pub fn passes(ruleset: &BoundRuleset) -> Vec<Pass> {
    let needs = Needs::of(ruleset);
    let mut passes = Vec::new();
    if !needs.files.is_empty() {
        let places: IndexSet<String> = needs.files.iter().flat_map(places).collect();
        passes.push(Pass { reads: shortened(places.into_iter()), why: count(needs.files.len(), "rule") + " about files" });
    }
    if !needs.groupings.is_empty() {
        let keys: IndexSet<String> = needs.groupings.iter().map(|grouping| names(&grouping.keys)).collect();
        passes.push(Pass {
            reads: format!("the columns of {} ({})", count(keys.len(), "key"), shortened(keys.iter().cloned())),
            why: "which values occur more than once".to_owned(),
        });
    }
    if !needs.bounds.is_empty() {
        let columns = needs.bounds.iter().map(column);
        passes.push(Pass {
            reads: format!("{} ({})", count(needs.bounds.len(), "column"), shortened(columns)),
            why: "where bins begin and end, unless earlier runs have fixed it".to_owned(),
        });
    }
    for (alias, needs) in &needs.references {
        passes.push(Pass { reads: format!("`{alias}`"), why: needs.why() });
    }
    for query in needs.numbers.iter().chain(needs.row_queries.keys()) {
        let sql = query.sql.split_whitespace().collect::<Vec<_>>().join(" ");
        passes.push(Pass { reads: "what a query reads".to_owned(), why: format!("CustomSql \"{sql}\"") });
    }
    let (rules, analyzers) = (ruleset.rules.len(), ruleset.analyzers.len());
    let measures = if analyzers == 0 { String::new() } else { format!(" and {}", count(analyzers, "analyzer")) };
    passes.push(Pass {
        reads: "the input".to_owned(),
        why: format!("judges {}{measures} at once and parts the rows", count(rules, "rule")),
    });
    passes
}

fn count(number: usize, word: &str) -> String {
    format!("{number} {word}{}", if number == 1 { "" } else { "s" })
}

/// The first few of a list.
fn shortened(names: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 6;
    let more = names.len().saturating_sub(SHOWN);
    let shown: Vec<String> = names.take(SHOWN).collect();
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{rest}", shown.join("; "))
}

impl ReferenceNeeds {
    fn why(&self) -> String {
        let parts = [(usize::from(self.rows), "row count"), (self.tallies.len(), "aggregate"), (self.key_sets.len(), "key set")];
        let counted = parts.into_iter().filter(|(number, _)| *number > 0).map(|(number, word)| count(number, word));
        counted.collect::<Vec<_>>().join(", ")
    }
}

impl Needs {
    /// What the rules of a ruleset need.
    pub fn of(ruleset: &BoundRuleset) -> Self {
        let mut needs = Self::default();
        for leaf in ruleset.leaves().filter(|leaf| leaf.broken.is_none()) {
            for metric in leaf.metrics.iter().map(|(_, metric)| metric).chain(leaf.checks.iter().map(|check| &check.metric)) {
                needs.metric(leaf, metric);
            }
            if let Some(test) = &leaf.test {
                needs.test(leaf, test);
            }
            for distribution in &leaf.distributions {
                match &distribution.spread {
                    Spread::Bins { value, .. } => {
                        needs.bounds.insert(value.clone());
                    }
                    Spread::Values(keys) => {
                        needs.groupings.insert(Grouping { keys: keys.clone(), filter: leaf.filter.clone() });
                    }
                }
            }
        }
        needs
    }

    fn metric(&mut self, leaf: &Leaf, metric: &Metric) {
        match metric {
            Metric::Groups(_, keys) => {
                self.groupings.insert(Grouping { keys: keys.clone(), filter: leaf.filter.clone() });
            }
            Metric::Reference(alias, tally) => {
                self.references.entry(alias.clone()).or_default().tallies.insert(tally.clone());
            }
            Metric::ReferenceRows(alias) => self.references.entry(alias.clone()).or_default().rows = true,
            Metric::Ratio(one, other, _) => {
                self.metric(leaf, one);
                self.metric(leaf, other);
            }
            Metric::Query(query) => {
                self.numbers.insert(query.clone());
            }
            Metric::Files(_, rule) if self.files.contains(rule) => {}
            Metric::Files(_, rule) => self.files.push((**rule).clone()),
            Metric::Rows | Metric::Share | Metric::Tally(_) | Metric::Known(_) => {}
        }
    }

    fn test(&mut self, leaf: &Leaf, test: &Test) {
        match test {
            Test::Row(_) => {}
            Test::Unique(keys) => {
                self.groupings.insert(Grouping { keys: keys.clone(), filter: leaf.filter.clone() });
            }
            Test::All(tests) => tests.iter().for_each(|test| self.test(leaf, test)),
            Test::Member(member) => match &member.among {
                Among::Query(query) => {
                    self.row_queries.insert(query.clone(), member.keys.clone());
                }
                Among::Reference { alias, columns } => {
                    let reference = self.references.entry(alias.clone()).or_default();
                    reference.key_sets.insert((columns.clone(), member.not_null));
                    if member.unique_keys {
                        reference.groupings.insert(unique_part(columns, member.not_null));
                        self.groupings.insert(Grouping { keys: unique_part(&member.keys, member.not_null), filter: None });
                    }
                }
            },
        }
    }
}

/// Where the files of a rule are, in words.
fn places(rule: &FileRule) -> Vec<String> {
    let place = |set: &FileSet| match &set.place {
        FilePlace::Source => "the files of the input".to_owned(),
        FilePlace::Path(path) => format!("`{path}`"),
    };
    let mut places = vec![place(&rule.files)];
    if let FileDemand::Same { others, .. } = &rule.demand {
        places.push(place(others));
    }
    places
}

/// A number's column, the cast around it aside.
fn column(value: &Expr) -> String {
    match value {
        Expr::Cast(cast) => cast.expr.to_string(),
        other => other.to_string(),
    }
}

fn names(keys: &Keys) -> String {
    keys.columns.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The part of a key that must be unique.
pub fn unique_part(columns: &[Expr], not_null: usize) -> Keys {
    Keys { columns: columns[..not_null].to_vec(), signed_zeros: false }
}

/// What was found out before the main pass.
#[derive(Debug, Default)]
pub struct Known {
    /// The groups of each key.
    pub groups: IndexMap<Grouping, Arc<Groups>>,
    /// Keys of the additional data sources, or why a rule about them makes no sense.
    pub key_sets: IndexMap<Member, Result<Arc<KeySet>, String>>,
    /// The ends of the bins of each column whose distribution is wanted, by the metric of its overflow.
    pub edges: IndexMap<String, Edges>,
}

impl Known {
    fn key_set(&self, member: &Member) -> Option<&Arc<KeySet>> {
        self.key_sets.get(member).and_then(|set| set.as_ref().ok())
    }
}

/// How rows are judged, as AWS's options say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowOptions<'a> {
    /// Whether a row outside a `where` passes the rule; else it is undecided.
    pub filtered_passes: bool,
    /// Whether AWS's four columns are added, and how they name rules.
    pub verdicts: Option<RuleNames>,
    /// Whether what is wrong is written on rows that stay.
    pub warnings: bool,
    /// How many failing rows of a partition are told why; all if it is not said.
    pub told: Option<usize>,
    /// What becomes of a row that fails a rule.
    pub actions: &'a Actions,
}

/// How AWS's four columns name a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleNames {
    /// By its text as outcomes have it, with the labels that stand there.
    Text,
    /// By its text without labels.
    Plain,
    /// By its text with all labels that count for it.
    Labelled,
}

/// The spec of the main pass, and for each of the ruleset's leaves, in order, its place in the spec.
pub fn spec(ruleset: &BoundRuleset, known: &Known, input: &Schema, options: RowOptions<'_>) -> (Spec, Vec<LeafPlace>) {
    let mut builder = Builder {
        known,
        input,
        options,
        spec: Spec::default(),
        expressions: IndexSet::new(),
        leaves: IndexSet::new(),
        tallies: IndexSet::new(),
        places: Vec::new(),
    };
    let rules = ruleset.rules.iter().map(|rule| builder.rule(rule)).collect();
    for analyzer in &ruleset.analyzers {
        builder.leaf(&analyzer.leaf);
    }
    let Builder { mut spec, expressions, leaves, tallies, places, .. } = builder;
    spec.rules = rules;
    spec.expressions = expressions.into_iter().collect();
    spec.leaves = leaves.into_iter().collect();
    spec.tallies = tallies.into_iter().collect();
    spec.filtered_passes = options.filtered_passes;
    spec.verdicts = options.verdicts.is_some();
    spec.warnings = options.warnings;
    spec.told = options.told;
    (spec, places)
}

/// Where a leaf's counts are.
#[derive(Debug, Clone)]
pub struct LeafPlace {
    /// Its place among the spec's leaves.
    pub leaf: usize,
    /// Its aggregates' places among the spec's.
    pub tallies: Vec<(Tally, usize)>,
    /// Where the values of its distributions are counted; none without values, or if they are counted by groups.
    pub distributions: Vec<Option<usize>>,
}

struct Builder<'a> {
    known: &'a Known,
    input: &'a Schema,
    options: RowOptions<'a>,
    spec: Spec,
    expressions: IndexSet<Expr>,
    leaves: IndexSet<LeafSpec>,
    tallies: IndexSet<TallySpec>,
    places: Vec<LeafPlace>,
}

impl Builder<'_> {
    fn rule(&mut self, rule: &BoundRule) -> RuleSpec {
        let decides = rule.body.leaves().iter().all(|leaf| decides_rows(leaf));
        let first = self.places.len();
        let tree = self.tree(&rule.body);
        let leaves = rule.body.leaves();
        let blames = leaves.iter().zip(&self.places[first..]).map(|(leaf, place)| self.blame(leaf, place.leaf)).collect();
        RuleSpec {
            id: rule.id.clone(),
            text: rule.text.clone(),
            shown: match self.options.verdicts {
                Some(RuleNames::Labelled) => rule.labelled_text(),
                Some(RuleNames::Plain) => rule.plain_text(),
                Some(RuleNames::Text) | None => rule.text.clone(),
            },
            labels: rule.labels.clone(),
            tree: decides.then_some(tree),
            action: self.options.actions.action(&rule.labels),
            acts: decides,
            blames,
        }
    }

    fn tree(&mut self, body: &Body) -> Tree {
        match body {
            Body::Leaf(leaf) => Tree::Leaf(self.leaf(leaf)),
            Body::Composite { operator, parts } => {
                let parts = parts.iter().map(|part| self.tree(part)).collect();
                match operator {
                    Logic::And => Tree::And(parts),
                    Logic::Or => Tree::Or(parts),
                }
            }
        }
    }

    fn leaf(&mut self, leaf: &Leaf) -> usize {
        let filter = leaf.filter.as_ref().map(|filter| self.expression(filter.clone()));
        let test = match (&leaf.broken, &leaf.test) {
            (Some(broken), _) => broken.rows_fail.then(|| lit(false)),
            (None, Some(test)) => self.test(leaf, test),
            (None, None) => None,
        };
        let test = test.map(|test| self.expression(test));
        let at = self.leaves.insert_full(LeafSpec { test, filter }).0;
        let mut wanted = IndexSet::new();
        let metrics = leaf.metrics.iter().map(|(_, metric)| metric).chain(leaf.checks.iter().map(|check| &check.metric));
        metrics.for_each(|metric| tallies_of(metric, &mut wanted));
        let tallies = wanted
            .into_iter()
            .map(|tally| {
                let arguments = tally.arguments.iter().map(|argument| self.expression(argument.clone())).collect();
                let place = self.tallies.insert_full(TallySpec { kind: tally.kind, arguments, filter }).0;
                (tally, place)
            })
            .collect();
        let distributions = leaf.distributions.iter().map(|one| self.distribution(one, filter)).collect();
        self.places.push(LeafPlace { leaf: at, tallies, distributions });
        at
    }

    fn distribution(&mut self, distribution: &Distribution, filter: Option<usize>) -> Option<usize> {
        let Spread::Bins { value, .. } = &distribution.spread else { return None };
        let edges = *self.known.edges.get(&distribution.metric(BinFigure::Overflow))?;
        let arguments = vec![self.expression(value.clone())];
        Some(self.tallies.insert_full(TallySpec { kind: TallyKind::Histogram(edges), arguments, filter }).0)
    }

    fn expression(&mut self, expression: Expr) -> usize {
        self.expressions.insert_full(expression).0
    }

    /// The test as an expression; `None` if it decides no row.
    fn test(&self, leaf: &Leaf, test: &Test) -> Option<Expr> {
        match test {
            Test::Row(expression) => Some(expression.clone()),
            Test::Unique(keys) => {
                let grouping = Grouping { keys: keys.clone(), filter: leaf.filter.clone() };
                let groups = self.known.groups.get(&grouping)?.clone();
                let key = format!("{:p}", Arc::as_ptr(&groups));
                let kernel = move |columns: &[ArrayRef]| Ok(Arc::new(groups.occurs_once(columns)?) as ArrayRef);
                Some(call("occurs_once", key, DataType::Boolean, keys.columns.clone(), Arc::new(kernel)))
            }
            Test::Member(member) => {
                let set = self.known.key_set(member)?.clone();
                let key = format!("{:p}", Arc::as_ptr(&set));
                let kernel = move |columns: &[ArrayRef]| Ok(Arc::new(set.contains(columns)?) as ArrayRef);
                Some(call("is_among", key, DataType::Boolean, member.keys.clone(), Arc::new(kernel)))
            }
            Test::All(tests) => {
                let tests: Option<Vec<Expr>> = tests.iter().map(|test| self.test(leaf, test)).collect();
                tests?.into_iter().reduce(Expr::and)
            }
        }
    }

    fn blame(&self, leaf: &Leaf, place: usize) -> Blame {
        let columns = leaf.columns.iter().filter_map(|name| self.input.index_of(name).ok()).collect();
        let (message, null_message, any_null) = messages(leaf);
        Blame { leaf: place, columns, names: leaf.columns.join(", "), message, null_message, any_null }
    }
}

/// What is said of a row that fails a leaf, and of one that is null there, and whether one null of a key is enough for that.
fn messages(leaf: &Leaf) -> (String, String, bool) {
    let message = leaf.message.clone();
    match &leaf.test {
        // A key that is unique and complete.
        Some(Test::All(tests)) => {
            let complete = tests.len() > 1;
            let null = match leaf.columns.len() {
                _ if !complete => "is null in several rows",
                0 | 1 => "is null",
                _ => "has a part that is null",
            };
            let message = message.strip_prefix("is null or ").map(str::to_owned).unwrap_or(message);
            (message, null.to_owned(), complete)
        }
        Some(Test::Unique(_)) => (message, "is null in several rows".to_owned(), false),
        _ if message.starts_with("is null") => (message.clone(), message, false),
        _ => {
            let null = match leaf.def.name {
                "ColumnValues" => "is null, which does not satisfy the condition".to_owned(),
                "DataFreshness" => "is null, so it has no age".to_owned(),
                _ => format!("is null, so it {message}"),
            };
            (message, null, false)
        }
    }
}

/// Whether a rule says of each row if it passes.
fn decides_rows(leaf: &Leaf) -> bool {
    leaf.class() != RowClass::Dataset
}

fn tallies_of(metric: &Metric, found: &mut IndexSet<Tally>) {
    match metric {
        Metric::Tally(tally) => {
            found.insert(tally.clone());
        }
        Metric::Ratio(one, other, _) => {
            tallies_of(one, found);
            tallies_of(other, found);
        }
        Metric::Rows
        | Metric::Share
        | Metric::Groups(..)
        | Metric::Reference(..)
        | Metric::ReferenceRows(_)
        | Metric::Query(_)
        | Metric::Files(..)
        | Metric::Known(_) => {}
    }
}
