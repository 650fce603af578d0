//! Through the tree of a spec, with what every key and every value is by the tables of settings.
//!
//! In: a tree and a visitor. The visitor is called for each key, for each name that the user gave, and for each single value
//! of known type. What the tables do not know is passed over: it was reported.

use std::sync::LazyLock;

use crate::check;
use crate::source::{Span, Text};
use crate::spec::job::Role;
use crate::spec::load::{CATALOG, DEFAULT, JOB, NODE, PARTS, RULESET, SOURCE, VARIABLE, Vocabulary};
use crate::spec::param::{Param, ParamType};
use crate::syntax::yaml::{Entry, Node, NodeKind, Scalar, ScalarValue};

/// The sections of a spec.
pub static SECTIONS: &[Param] = &[
    Param::optional("version", ParamType::Int { min: 1, max: 1 }, "the version of the language: 1"),
    Param::optional("name", ParamType::Text, "the project's name"),
    Param::optional("description", ParamType::Text, "what it is for"),
    Param::optional("include", ParamType::OneOrMany(&ParamType::Path), "the files of the project, as globs"),
    Param::optional("variables", ParamType::Map(&ParamType::Text), "values with a name: `${var.NAME}`"),
    Param::optional("targets", ParamType::Map(&ParamType::Text), "environments: other values and settings by `--target`"),
    Param::optional("templates", ParamType::Map(&ParamType::Text), "settings that several nodes or jobs share: `use: NAME`"),
    Param::optional("rulesets", ParamType::Map(&ParamType::Ruleset), "DQDL by name"),
    Param::optional("catalog", ParamType::Record(CATALOG), "the tables that jobs read and write, as contracts"),
    Param::optional("jobs", ParamType::Map(&ParamType::Text), "what runs: sources, transforms, sinks"),
];

/// What a target may say.
static TARGET: &[Param] = &[
    Param::optional("default", ParamType::Bool, "whether it counts unless `--target` names another"),
    Param::optional("description", ParamType::Text, "what it is for"),
    Param::optional("variables", ParamType::Map(&ParamType::Text), "values of variables for this target"),
    Param::optional("overrides", ParamType::Map(&ParamType::Text), "values of settings for this target, by path"),
];

/// What jobs and nodes may say beside their tables.
static USE: &[Param] = &[Param::optional("use", ParamType::OneOrMany(&ParamType::Text), "templates whose settings it has")];

/// What can be said as `type:` of a node.
pub static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(check::vocabulary);

/// The types of nodes of a role, with their settings.
pub fn types(role: Role) -> &'static [(&'static str, &'static [Param])] {
    match role {
        Role::Source => &VOCABULARY.sources,
        Role::Transform => &VOCABULARY.transforms,
        Role::Sink => &VOCABULARY.sinks,
    }
}

/// The job and the node that something stands in.
#[derive(Debug, Clone, Copy, Default)]
pub struct Owner<'t> {
    /// The job's name.
    pub job: Option<&'t Text>,
    /// The node.
    pub node: Option<OwnerNode<'t>>,
}

/// A source, transform or sink, as written.
#[derive(Debug, Clone, Copy)]
pub struct OwnerNode<'t> {
    /// Its name.
    pub name: &'t Text,
    /// What it is for.
    pub role: Role,
    /// `type:`
    pub kind: Option<&'t str>,
    /// Its settings.
    pub tree: &'t Node,
}

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// `variables.x`
    Variable,
    /// `targets.x.variables.x`
    VariableOfTarget,
    /// `targets.x`
    Target,
    /// `templates.x`
    Template,
    /// `rulesets.x`
    Ruleset,
    /// `jobs.x`
    Job,
    /// `jobs.x.sources.x` and the like
    Node(Role),
    /// A key of a map of settings, with the setting.
    Key(&'static str),
}

/// Something a walk comes across.
#[derive(Debug, Clone, Copy)]
pub enum Item<'t> {
    /// A key that a table should know.
    Key {
        /// The key with its value.
        entry: &'t Entry,
        /// Its setting, if a table has it.
        param: Option<&'static Param>,
        /// What may stand there.
        tables: [&'static [Param]; 3],
        /// The whole map.
        map: &'t Node,
    },
    /// A name that the user gave.
    Name {
        /// The name with its value.
        entry: &'t Entry,
        /// What it names.
        named: Named,
    },
    /// `type:` of a node.
    Kind {
        /// The value.
        scalar: &'t Scalar,
        /// What the node is for.
        role: Role,
    },
    /// `use:`
    Use(&'t Scalar),
    /// A value.
    Value {
        /// The value.
        scalar: &'t Scalar,
        /// Its type.
        ty: &'static ParamType,
        /// The setting it is the value of, or a part of it.
        param: &'static Param,
        /// The map it stands in.
        record: &'t Node,
    },
}

impl Item<'_> {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Key { entry, .. } | Self::Name { entry, .. } => entry.key.span(),
            Self::Kind { scalar, .. } | Self::Use(scalar) | Self::Value { scalar, .. } => scalar.text.span(),
        }
    }
}

/// Calls `visit` for all that stands in a spec, in its order.
pub fn walk<'t>(tree: &'t Node, visit: &mut dyn FnMut(Owner<'t>, Item<'t>)) {
    let mut walker = Walker { visit, owner: Owner::default() };
    for entry in tree.entries() {
        let param = find(&[SECTIONS], entry);
        walker.say(Item::Key { entry, param, tables: [SECTIONS, &[], &[]], map: tree });
        let Some(param) = param else { continue };
        let named = match param.name {
            "variables" => Named::Variable,
            "targets" => Named::Target,
            "templates" => Named::Template,
            "rulesets" => Named::Ruleset,
            "jobs" => Named::Job,
            _ => {
                walker.value(&entry.value, &param.ty, param, tree);
                continue;
            }
        };
        for entry in entry.value.entries() {
            walker.say(Item::Name { entry, named });
            match named {
                Named::Variable => walker.variable(entry, param),
                Named::Target => walker.target(&entry.value),
                Named::Template => walker.template(&entry.value),
                Named::Ruleset => walker.ruleset(entry, param),
                _ => walker.job(entry),
            }
        }
    }
}

struct Walker<'t, 'v> {
    visit: &'v mut dyn FnMut(Owner<'t>, Item<'t>),
    owner: Owner<'t>,
}

impl<'t> Walker<'t, '_> {
    fn say(&mut self, item: Item<'t>) {
        (self.visit)(self.owner, item);
    }

    fn variable(&mut self, entry: &'t Entry, param: &'static Param) {
        match entry.value.kind {
            NodeKind::Map(_) => self.settings(&entry.value, [VARIABLE, DEFAULT, &[]]),
            _ => self.value(&entry.value, &ParamType::Text, param, &entry.value),
        }
    }

    fn target(&mut self, node: &'t Node) {
        for entry in node.entries() {
            let param = find(&[TARGET], entry);
            self.say(Item::Key { entry, param, tables: [TARGET, &[], &[]], map: node });
            let Some(param) = param else { continue };
            match param.name {
                "variables" => {
                    for value in entry.value.entries() {
                        self.say(Item::Name { entry: value, named: Named::VariableOfTarget });
                        self.value(&value.value, &ParamType::Text, param, node);
                    }
                }
                "overrides" => {
                    for value in entry.value.entries() {
                        self.value(&value.value, &ParamType::Text, param, node);
                    }
                }
                _ => self.value(&entry.value, &param.ty, param, node),
            }
        }
    }

    /// What a template is for is known by its `type`, if it has one.
    fn template(&mut self, node: &'t Node) {
        let kind = scalar_of(node, "type").map(|scalar| scalar.text.as_str());
        let role = [Role::Source, Role::Transform, Role::Sink]
            .into_iter()
            .find(|role| kind.is_some_and(|kind| types(*role).iter().any(|(name, _)| *name == kind)));
        match role {
            Some(role) => self.node_settings(node, role, kind),
            None => self.settings(node, [JOB, NODE, &[]]),
        }
    }

    fn ruleset(&mut self, entry: &'t Entry, param: &'static Param) {
        match entry.value.kind {
            NodeKind::Map(_) => self.settings(&entry.value, [RULESET, &[], &[]]),
            _ => self.value(&entry.value, &ParamType::Ruleset, param, &entry.value),
        }
    }

    fn job(&mut self, entry: &'t Entry) {
        self.owner.job = Some(&entry.key);
        let map = &entry.value;
        let tables = [JOB, PARTS, USE];
        for entry in map.entries() {
            let param = find(&tables, entry);
            self.say(Item::Key { entry, param, tables, map });
            let Some(param) = param else { continue };
            let role = match param.name {
                "sources" => Role::Source,
                "transforms" => Role::Transform,
                "sinks" => Role::Sink,
                "use" => {
                    self.uses(&entry.value);
                    continue;
                }
                _ => {
                    self.value(&entry.value, &param.ty, param, map);
                    continue;
                }
            };
            for node in entry.value.entries() {
                self.node(node, role);
            }
        }
        self.owner.job = None;
    }

    fn node(&mut self, entry: &'t Entry, role: Role) {
        let kind = scalar_of(&entry.value, "type").map(|scalar| scalar.text.as_str());
        self.owner.node = Some(OwnerNode { name: &entry.key, role, kind, tree: &entry.value });
        self.say(Item::Name { entry, named: Named::Node(role) });
        self.node_settings(&entry.value, role, kind);
        self.owner.node = None;
    }

    fn node_settings(&mut self, map: &'t Node, role: Role, kind: Option<&str>) {
        let common = if role == Role::Source { SOURCE } else { NODE };
        let own = kind.and_then(|kind| types(role).iter().find(|(name, _)| *name == kind)).map_or(&[][..], |(_, table)| *table);
        let tables = [own, common, USE];
        for entry in map.entries() {
            let param = find(&tables, entry);
            self.say(Item::Key { entry, param, tables, map });
            match (param, &entry.value.kind) {
                (Some(param), NodeKind::Scalar(scalar)) if param.name == "type" => self.say(Item::Kind { scalar, role }),
                (Some(param), _) if param.name == "use" => self.uses(&entry.value),
                (Some(param), _) => self.value(&entry.value, &param.ty, param, map),
                (None, _) => {}
            }
        }
    }

    fn uses(&mut self, node: &'t Node) {
        match &node.kind {
            NodeKind::Scalar(scalar) => self.say(Item::Use(scalar)),
            NodeKind::List(items) => items.iter().for_each(|item| self.uses(item)),
            NodeKind::Map(_) => {}
        }
    }

    fn settings(&mut self, map: &'t Node, tables: [&'static [Param]; 3]) {
        for entry in map.entries() {
            let param = find(&tables, entry);
            self.say(Item::Key { entry, param, tables, map });
            if let Some(param) = param {
                // The text of a ruleset is declared as text: what is in it is read elsewhere.
                let ty = if param.name == "dqdl" { &ParamType::Ruleset } else { &param.ty };
                self.value(&entry.value, ty, param, map);
            }
        }
    }

    fn value(&mut self, node: &'t Node, ty: &'static ParamType, param: &'static Param, record: &'t Node) {
        match (ty, &node.kind) {
            (ParamType::Record(table), NodeKind::Map(_)) => self.settings(node, [table, &[], &[]]),
            (ParamType::Map(item), NodeKind::Map(entries)) => {
                for entry in entries {
                    self.say(Item::Name { entry, named: Named::Key(param.name) });
                    self.value(&entry.value, item, param, record);
                }
            }
            (ParamType::List(item) | ParamType::OneOrMany(item), NodeKind::List(items)) => {
                items.iter().for_each(|node| self.value(node, item, param, record));
            }
            (ParamType::OneOrMany(item), _) => self.value(node, item, param, record),
            (ParamType::Either(_, map), NodeKind::Map(_)) => self.value(node, map, param, record),
            (ParamType::Either(scalar, _), _) => self.value(node, scalar, param, record),
            (ParamType::Record(_) | ParamType::Map(_) | ParamType::List(_), _) => {}
            (ty, NodeKind::Scalar(scalar)) => self.say(Item::Value { scalar, ty, param, record }),
            (_, NodeKind::List(_) | NodeKind::Map(_)) => {}
        }
    }
}

/// The setting of a key.
fn find(tables: &[&'static [Param]], entry: &Entry) -> Option<&'static Param> {
    tables.iter().flat_map(|table| table.iter()).find(|param| param.name == entry.key.value)
}

/// The single value under a key of a map.
pub fn scalar_of<'t>(map: &'t Node, key: &str) -> Option<&'t Scalar> {
    match &map.get(key)?.kind {
        NodeKind::Scalar(scalar) if scalar.value != ScalarValue::Null => Some(scalar),
        _ => None,
    }
}

/// What stands at a place of a file: the smallest thing whose bytes hold it, both ends included.
pub fn at<'t>(tree: &'t Node, place: Span) -> Option<(Owner<'t>, Item<'t>)> {
    let mut found: Option<(Owner<'t>, Item<'t>)> = None;
    walk(tree, &mut |owner, item| {
        let span = item.span();
        let holds = span.file == place.file && span.start <= place.start && place.end <= span.end;
        let is_smaller = |(_, other): &(Owner<'t>, Item<'t>)| span.end - span.start <= other.span().end - other.span().start;
        if holds && found.as_ref().is_none_or(is_smaller) {
            found = Some((owner, item));
        }
    });
    found
}
