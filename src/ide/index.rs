//! Every name of a project with what it means: what definition, references and rename are made of.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Analysis;
use super::columns::{self, ColumnId};
use super::embedded::{self, Found, Listed, Word};
use super::scope::{self, Table};
use super::walk::{self, Item, Named, Owner};
use crate::diag::Sink;
use crate::ir::{Edge, Job, NodeId};
use crate::source::{FileId, Span, Text};
use crate::spec::load::PROJECT_FILE;
use crate::spec::param::ParamType;
use crate::spec::project::RulesetRef;
use crate::syntax::dqdl;

/// What a name means.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symbol {
    /// A job.
    Job(String),
    /// A node of a job.
    Node {
        /// The job.
        job: String,
        /// The node.
        node: String,
    },
    /// An output of a node.
    Port {
        /// The job.
        job: String,
        /// The node.
        node: String,
        /// The output.
        port: String,
    },
    /// A ruleset.
    Ruleset(String),
    /// A variable.
    Variable(String),
    /// A template.
    Template(String),
    /// A database of the catalog.
    Database(String),
    /// A table of the catalog.
    Table {
        /// Its database.
        database: String,
        /// Its name there.
        table: String,
    },
    /// A file, by its path.
    File(PathBuf),
    /// A data set of the rules of a quality node, or a table of a query.
    Alias {
        /// The job.
        job: String,
        /// The node.
        node: String,
        /// The name.
        alias: String,
    },
    /// A constant of a ruleset.
    Constant {
        /// Where the ruleset begins.
        ruleset: (FileId, u32),
        /// The name.
        name: String,
    },
    /// A column.
    Column(ColumnId),
    /// A rule type.
    RuleType(&'static str),
}

/// Where a name stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mention {
    /// Its bytes.
    pub span: Span,
    /// What it means.
    pub symbol: Symbol,
    /// Whether it is defined here.
    pub defines: bool,
    /// How to write another name here.
    pub writing: Writing,
}

/// How to write another name at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// As it is.
    Plain,
    /// With the old name behind it: an item of a `select` list whose output keeps its name.
    AsBefore,
    /// With the old name before it: an item of a `select` list whose output gets another name.
    Behind,
    /// Not at all: what stands there stands for something else too.
    Never,
}

/// All mentions, by file and place.
#[derive(Debug, Default)]
pub struct Index {
    mentions: Vec<Mention>,
}

impl Index {
    /// Collects the mentions of a project.
    pub(super) fn of(analysis: &Analysis) -> Self {
        if analysis.stale {
            return Self::default();
        }
        let mut collector = Collector { analysis, found: BTreeMap::new() };
        for (_, tree) in &analysis.trees {
            walk::walk(tree, &mut |owner, item| collector.item(owner, item));
        }
        collector.rules();
        let mut mentions: Vec<Mention> = collector.found.into_values().flatten().collect();
        mentions.dedup();
        Self { mentions }
    }

    /// What stands at a place; several if a text is evaluated by several nodes.
    pub fn at(&self, place: Span) -> impl Iterator<Item = &Mention> {
        let holds = move |span: Span| span.file == place.file && span.start <= place.start && place.end <= span.end;
        self.mentions.iter().filter(move |mention| holds(mention.span))
    }

    /// All places of a symbol.
    pub fn of_symbol<'a>(&'a self, symbol: &'a Symbol) -> impl Iterator<Item = &'a Mention> {
        self.mentions.iter().filter(move |mention| mention.symbol == *symbol)
    }

    /// Where a symbol is defined.
    pub fn definition<'a>(&'a self, symbol: &'a Symbol) -> impl Iterator<Item = &'a Mention> {
        self.of_symbol(symbol).filter(|mention| mention.defines)
    }

    /// All mentions.
    pub fn iter(&self) -> impl Iterator<Item = &Mention> {
        self.mentions.iter()
    }
}

struct Collector<'a> {
    analysis: &'a Analysis,
    /// By place, so that the order is that of the files.
    found: BTreeMap<Span, Vec<Mention>>,
}

impl Collector<'_> {
    fn add(&mut self, span: Span, symbol: Symbol, defines: bool) {
        self.write(span, symbol, defines, Writing::Plain);
    }

    fn write(&mut self, span: Span, symbol: Symbol, defines: bool, writing: Writing) {
        let at = self.found.entry(span).or_default();
        // A definition says more than the mention that it is too.
        if let Some(same) = at.iter_mut().find(|mention| mention.symbol == symbol) {
            same.defines |= defines;
            return;
        }
        at.push(Mention { span, symbol, defines, writing });
    }

    fn item(&mut self, owner: Owner<'_>, item: Item<'_>) {
        match item {
            Item::Name { entry, named } => self.name(&owner, &entry.key, named),
            Item::Use(scalar) => self.add(scalar.text.span(), Symbol::Template(scalar.text.value.clone()), false),
            Item::Value { scalar, ty, param, record } => {
                self.variables(&scalar.text);
                if let Some(symbol) = scope::table_ref(&owner, param, record) {
                    self.add(scalar.text.span(), symbol, false);
                }
                match ty {
                    ParamType::Node => self.node(&owner, &scalar.text),
                    ParamType::Ruleset => self.ruleset(&scalar.text),
                    ParamType::Path if param.name == "file" && owner.job.is_none() => self.file(&scalar.text),
                    ParamType::Column => self.column(&owner, &scalar.text, param),
                    ParamType::Expression | ParamType::Query => self.sql(&owner, &scalar.text),
                    ParamType::Text if scope::names_column(&owner, param) => self.made(&owner, &scalar.text),
                    ParamType::Text if matches!(param.name, "broadcast" | "aliases") => self.node(&owner, &scalar.text),
                    _ => {}
                }
            }
            Item::Kind { scalar, .. } => self.variables(&scalar.text),
            Item::Key { .. } => {}
        }
    }

    fn name(&mut self, owner: &Owner<'_>, text: &Text, named: Named) {
        let name = text.value.clone();
        if owner.job.is_none() && named == Named::Key("tables") {
            return self.table(text);
        }
        let symbol = match (named, owner.job, owner.node) {
            (Named::Variable | Named::VariableOfTarget, _, _) => Symbol::Variable(name),
            (Named::Template, _, _) => Symbol::Template(name),
            (Named::Ruleset, _, _) => Symbol::Ruleset(name),
            (Named::Job, _, _) => Symbol::Job(name),
            (Named::Node(_), Some(job), _) => Symbol::Node { job: job.value.clone(), node: name },
            (Named::Key("additional_data_sources" | "aliases"), Some(job), Some(node)) => {
                Symbol::Alias { job: job.value.clone(), node: node.name.value.clone(), alias: name }
            }
            (Named::Key("databases"), None, _) => Symbol::Database(name),
            _ => return,
        };
        self.add(text.span(), symbol, named != Named::VariableOfTarget);
    }

    /// `database.table`. A database that is not declared is defined by its tables.
    fn table(&mut self, text: &Text) {
        let Some((database, table)) = text.value.split_once('.') else { return };
        let project = self.analysis.project.as_ref();
        let is_declared = project.is_some_and(|project| project.catalog.databases.contains_key(database));
        self.add(text.map.span(0, database.len()), Symbol::Database(database.to_owned()), !is_declared);
        let symbol = Symbol::Table { database: database.to_owned(), table: table.to_owned() };
        self.add(text.map.span(database.len() + 1, text.value.len()), symbol, true);
    }

    /// `${var.x}` in a value.
    fn variables(&mut self, text: &Text) {
        for (at, name) in variables(&text.value) {
            self.add(text.map.span(at, at + name.len()), Symbol::Variable(name.to_owned()), false);
        }
    }

    /// `node` or `node.port`.
    fn node(&mut self, owner: &Owner<'_>, text: &Text) {
        let Some(job) = owner.job else { return };
        let (node, port) = text.value.split_once('.').map_or((text.as_str(), None), |(node, port)| (node, Some(port)));
        let job = job.value.clone();
        self.add(text.map.span(0, node.len()), Symbol::Node { job: job.clone(), node: node.to_owned() }, false);
        if let Some(port) = port {
            let span = text.map.span(node.len() + 1, text.value.len());
            self.add(span, Symbol::Port { job, node: node.to_owned(), port: port.to_owned() }, false);
        }
    }

    fn ruleset(&mut self, text: &Text) {
        match RulesetRef::of(text.as_str()) {
            RulesetRef::Name(name) => self.add(text.span(), Symbol::Ruleset(name.to_owned()), false),
            RulesetRef::Path(_) => self.file(text),
            RulesetRef::Inline => {}
        }
    }

    fn file(&mut self, text: &Text) {
        let Some(project) = &self.analysis.project else { return };
        self.add(text.span(), Symbol::File(project.root.join(text.as_str())), false);
    }

    fn column(&mut self, owner: &Owner<'_>, text: &Text, param: &'static crate::spec::param::Param) {
        let Some((job, node)) = scope::node_of(self.analysis, owner) else { return };
        let inputs = scope::inputs_for(job, node, param);
        if let Some(id) = inputs.iter().find_map(|edge| columns::id(job, *edge, text.as_str())) {
            self.add(text.span(), Symbol::Column(id), false);
        }
    }

    /// A name that a setting gives a column. A mapping that keeps the name only mentions it.
    fn made(&mut self, owner: &Owner<'_>, text: &Text) {
        let Some((job, node)) = scope::node_of(self.analysis, owner) else { return };
        let edge = Edge { node, port: 0, span: text.span() };
        let Some((origin, column)) = columns::origin(job, edge, text.as_str()) else { return };
        let id = ColumnId { job: job.name.value.clone(), node: job.node(origin).name.value.clone(), name: column.name };
        self.add(text.span(), Symbol::Column(id), origin == node);
    }

    fn sql(&mut self, owner: &Owner<'_>, text: &Text) {
        let Some((job, node)) = scope::node_of(self.analysis, owner) else { return };
        let tables = scope::tables(job, node);
        for found in embedded::sql(text, &tables) {
            self.word(job, node, &tables, found, None);
        }
    }

    fn word(&mut self, job: &Job, node: NodeId, tables: &[Table], found: Found, ruleset: Option<Span>) {
        let Found { span, word } = found;
        // Where the text does not stand as it is (escapes, line breaks in a folded text) the place is not exact.
        let written = self.analysis.map.text(span);
        let (job_name, node_name) = (job.name.value.clone(), job.node(node).name.value.clone());
        match word {
            Word::Column { name, table, listed } if written == name => {
                let is_query = ruleset.is_none() && job.node(node).args.as_ref().is_some_and(|args| args.get("query").is_some());
                let writing = if is_query && listed == Listed::Alone { Writing::AsBefore } else { Writing::Plain };
                if let Some(id) = column_of(job, tables, table.as_deref(), &name) {
                    self.write(span, Symbol::Column(id), false, writing);
                }
                if is_query && listed == Listed::Alone {
                    self.output(job, node, span, &name, Writing::Behind);
                }
            }
            Word::Alias(name) if written == name => self.output(job, node, span, &name, Writing::Plain),
            Word::Table(name) if written == name => {
                let Some(table) = tables.iter().find(|table| is(table, &name)) else { return };
                if table.is_node {
                    let node = job.node(table.edge.node).name.value.clone();
                    self.add(span, Symbol::Node { job: job_name, node }, false);
                } else if table.name.as_deref() != Some("primary") {
                    let alias = table.name.clone().unwrap_or_default();
                    self.add(span, Symbol::Alias { job: job_name, node: node_name, alias }, false);
                }
            }
            Word::RuleType(def) => self.add(span, Symbol::RuleType(def.name), false),
            Word::Constant { name, defined } if written == name => {
                let Some(ruleset) = ruleset else { return };
                self.add(span, Symbol::Constant { ruleset: (ruleset.file, ruleset.start), name }, defined);
            }
            Word::Column { .. } | Word::Alias(_) | Word::Table(_) | Word::Function | Word::Constant { .. } => {}
        }
    }

    /// A name that a query gives a column of its output.
    fn output(&mut self, job: &Job, node: NodeId, span: Span, name: &str, writing: Writing) {
        let edge = Edge { node, port: 0, span };
        if let Some(id) = columns::id(job, edge, name).filter(|id| id.node == job.node(node).name.value) {
            self.write(span, Symbol::Column(id), true, writing);
        }
    }

    fn rules(&mut self) {
        for rules in scope::rules(self.analysis) {
            let text = &rules.ruleset.text;
            let span = text.span();
            let from_file = self.analysis.map.file(span.file).path.extension().is_some_and(|extension| extension == "dqdl");
            if from_file {
                self.add(Span::file_start(span.file), Symbol::File(self.analysis.map.file(span.file).path.clone()), true);
                if rules.ruleset.name.span() == Span::file_start(span.file) {
                    let symbol = Symbol::Ruleset(rules.ruleset.name.value.clone());
                    self.write(Span::file_start(span.file), symbol, true, Writing::Never);
                }
            }
            let parsed = dqdl::parse(text.as_str(), &text.map, dqdl::Dialect::Superset, &mut Sink::default());
            if rules.uses.is_empty() {
                for found in embedded::dqdl(&parsed, &[]) {
                    if let Word::RuleType(def) = found.word {
                        self.add(found.span, Symbol::RuleType(def.name), false);
                    } else if let Word::Constant { name, defined } = found.word {
                        self.add(found.span, Symbol::Constant { ruleset: (span.file, span.start), name }, defined);
                    }
                }
            }
            for used in &rules.uses {
                let tables = used.tables();
                for found in embedded::dqdl(&parsed, &tables) {
                    self.word(&used.job, used.node, &tables, found, Some(span));
                }
            }
        }
    }
}

fn is(table: &Table, name: &str) -> bool {
    table.name.as_deref().is_some_and(|table| table.eq_ignore_ascii_case(name))
}

/// The column that a name means among tables.
pub(super) fn column_of(job: &Job, tables: &[Table], table: Option<&str>, name: &str) -> Option<ColumnId> {
    let fits = |candidate: &&Table| match table {
        Some(wanted) => is(candidate, wanted),
        None => candidate.bare,
    };
    tables.iter().filter(fits).find_map(|table| columns::id(job, table.edge, name))
}

/// The variables that a value names, each with the place of its name.
pub(super) fn variables(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut from = 0;
    while let Some(at) = text[from..].find("${").map(|at| from + at) {
        from = at + 2;
        if text[..at].ends_with('$') {
            continue;
        }
        let Some(end) = text[from..].find(['}', '\n']).map(|end| from + end) else { break };
        let inside = &text[from..end];
        let trimmed = inside.trim_start();
        if let Some(name) = trimmed.strip_prefix("var.") {
            found.push((from + (inside.len() - trimmed.len()) + 4, name.trim_end()));
        }
        from = end;
    }
    found
}

/// Whether a path is a project file.
pub fn is_project_file(path: &std::path::Path) -> bool {
    path.file_name().is_some_and(|name| name == PROJECT_FILE)
}
