//! `variables:` their types and values: `--var`, else the target's, else the default.

use std::cell::Cell;

use indexmap::IndexMap;

use super::LoadOptions;
use super::reference;
use super::sections::Sections;
use super::targets::Target;
use crate::diag::codes::project::{UNKNOWN_VARIABLE, VARIABLE_TYPE};
use crate::diag::codes::spec::WRONG_TYPE;
use crate::diag::{Diagnostic, Sink, suggest};
use crate::source::{Span, Text};
use crate::spec::param::decode::{Scope, decode_in, is_reported};
use crate::spec::param::{Param, ParamType};
use crate::syntax::yaml::{self, Entry, Node, NodeKind, Scalar, ScalarValue, Style};
use crate::world::World;

/// What a variable may say beside its default.
pub const VARIABLE: &[Param] = &[
    Param::optional("type", ParamType::OneOf(&["string", "int", "float", "bool"]), "its type; that of the default if left out"),
    Param::optional("description", ParamType::Text, "what it is for"),
];
/// What stands for it unless told otherwise.
pub const DEFAULT: &[Param] =
    &[Param::optional("default", ParamType::Text, "its value unless the target or `--var` says another")];

/// Everything that `${…}` can stand for.
pub(super) struct Values<'a> {
    pub(super) world: &'a dyn World,
    /// The target's name.
    pub(super) target: Option<String>,
    pub(super) variables: IndexMap<String, Variable>,
    /// Whether the values of variables are being read: they cannot name each other.
    pub(super) in_variables: bool,
}

/// All that the values of settings depend on: the target, and every variable with its value (`None` for one in error).
pub(super) type Stamp = (Option<String>, Vec<(String, Option<(String, ScalarValue)>)>);

impl Values<'_> {
    /// What tells these values from others; `None` if a value is missing, which is reported where it is needed first.
    pub(super) fn stamp(&self) -> Option<Stamp> {
        let value = |(name, variable): (&String, &Variable)| match &variable.state {
            State::Value(text, value) => Some((name.clone(), Some((text.clone(), value.clone())))),
            State::Reported => Some((name.clone(), None)),
            State::Missing(_) => None,
        };
        Some((self.target.clone(), self.variables.iter().map(value).collect::<Option<_>>()?))
    }

    /// The variables that have a value, with it.
    pub(super) fn known(&self) -> IndexMap<String, String> {
        let value = |(name, variable): (&String, &Variable)| match &variable.state {
            State::Value(text, _) => Some((name.clone(), text.clone())),
            State::Missing(_) | State::Reported => None,
        };
        self.variables.iter().filter_map(value).collect()
    }
}

/// A declared variable.
pub(super) struct Variable {
    /// Where it is declared.
    pub(super) name: Text,
    pub(super) ty: Type,
    pub(super) state: State,
}

/// What is known of a variable's value.
pub(super) enum State {
    /// As text, and by its type.
    Value(String, ScalarValue),
    /// Nobody gave one; set once that was reported.
    Missing(Cell<bool>),
    /// The value has an error, which was reported.
    Reported,
}

/// The type of a variable.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Type {
    String,
    Int,
    Float,
    Bool,
}

impl Type {
    fn named(name: &str) -> Self {
        match name {
            "int" => Self::Int,
            "float" => Self::Float,
            "bool" => Self::Bool,
            _ => Self::String,
        }
    }

    fn of(value: &ScalarValue) -> Self {
        match value {
            ScalarValue::Int(_) => Self::Int,
            ScalarValue::Float(_) => Self::Float,
            ScalarValue::Bool(_) => Self::Bool,
            ScalarValue::Null | ScalarValue::Str | ScalarValue::Reported => Self::String,
        }
    }

    fn describe(self) -> &'static str {
        match self {
            Self::String => "text",
            Self::Int => "a whole number",
            Self::Float => "a number",
            Self::Bool => "`true` or `false`",
        }
    }

    /// The value as this type has it.
    fn fit(self, value: &ScalarValue) -> Option<ScalarValue> {
        match (self, value) {
            (_, ScalarValue::Null | ScalarValue::Reported) => None,
            (Self::String, _) => Some(ScalarValue::Str),
            (Self::Int, ScalarValue::Int(_))
            | (Self::Float, ScalarValue::Int(_) | ScalarValue::Float(_))
            | (Self::Bool, ScalarValue::Bool(_)) => Some(value.clone()),
            (Self::Int | Self::Float | Self::Bool, _) => None,
        }
    }
}

/// Reads the variables of the project and gives each its value.
pub(super) fn resolve<'a>(
    world: &'a dyn World,
    sections: &Sections,
    target: Option<&Target>,
    options: &LoadOptions,
    sink: &mut Sink,
) -> Values<'a> {
    let mut values =
        Values { world, target: target.map(|target| target.name.value.clone()), variables: IndexMap::new(), in_variables: true };
    let mut variables = IndexMap::new();
    for entry in &sections.variables {
        if let Some(variable) = declared(entry, &values, sink) {
            variables.insert(entry.key.value.clone(), variable);
        }
    }
    // Names are checked for all targets, values are taken from the one that counts.
    for other in &sections.targets {
        let counts = target.is_some_and(|target| target.name.value == other.key.value);
        let Some(settings) = other.value.get("variables") else { continue };
        for entry in settings.entries() {
            let name = entry.key.as_str();
            match variables.get_mut(name) {
                None => sink.push(unknown(name, entry.key.span(), variables.keys())),
                Some(variable) => {
                    let state = value_of(&entry.value, variable.ty, &entry.key, &values, sink);
                    if counts {
                        variable.state = state;
                    }
                }
            }
        }
    }
    for (name, text) in &options.variables {
        from_command_line(name, text, &mut variables, sink);
    }
    values.variables = variables;
    values.in_variables = false;
    values
}

/// `lake: { type: string, default: … }`, or short `lake: …`.
fn declared(entry: &Entry, values: &Values<'_>, sink: &mut Sink) -> Option<Variable> {
    let missing = || State::Missing(Cell::new(false));
    let (ty, default) = match &entry.value.kind {
        NodeKind::Scalar(scalar) if scalar.value != ScalarValue::Null => (None, Some(&entry.value)),
        NodeKind::Scalar(_) => (None, None),
        NodeKind::Map(_) => {
            let what = format!("variable `{}`", entry.key);
            let scope = Scope { what: &what, at: Some(entry.key.span()), elsewhere: DEFAULT };
            let args = decode_in(&entry.value, VARIABLE, scope, sink)?;
            (args.str("type").map(Type::named), entry.value.get("default"))
        }
        NodeKind::List(_) => {
            let message =
                format!("variable `{}` must be a value or a map of `type`, `default` and `description`, found a list", entry.key);
            sink.push(Diagnostic::new(&WRONG_TYPE, entry.value.span, message).here("expected a single value"));
            return Some(Variable { name: entry.key.clone(), ty: Type::String, state: State::Reported });
        }
    };
    let Some(default) = default else {
        return Some(Variable { name: entry.key.clone(), ty: ty.unwrap_or(Type::String), state: missing() });
    };
    let mut filled = default.clone();
    reference::fill(&mut filled, values, sink);
    let ty = ty.unwrap_or_else(|| match &filled.kind {
        NodeKind::Scalar(scalar) => Type::of(&scalar.value),
        NodeKind::List(_) | NodeKind::Map(_) => Type::String,
    });
    let state = value_of(default, ty, &entry.key, values, sink);
    Some(Variable { name: entry.key.clone(), ty, state })
}

fn value_of(node: &Node, ty: Type, name: &Text, values: &Values<'_>, sink: &mut Sink) -> State {
    let mut node = node.clone();
    reference::fill(&mut node, values, sink);
    if is_reported(&node) {
        return State::Reported;
    }
    if let NodeKind::Scalar(Scalar { text, value, .. }) = &node.kind
        && let Some(value) = ty.fit(value)
    {
        return State::Value(text.value.clone(), value);
    }
    let message = format!("variable `{name}` must be {}, found {}", ty.describe(), node.describe());
    let mut diagnostic = Diagnostic::new(&VARIABLE_TYPE, node.span, message).here(format!("expected {}", ty.describe()));
    if let NodeKind::Scalar(Scalar { text, style: Style::Quoted, .. }) = &node.kind
        && ty.fit(&yaml::plain_value(text.as_str())).is_some()
    {
        diagnostic = diagnostic.help("remove the quotes: what stands in quotes is text");
    }
    sink.push(diagnostic);
    State::Reported
}

fn from_command_line(name: &str, text: &str, variables: &mut IndexMap<String, Variable>, sink: &mut Sink) {
    let Some(variable) = variables.get_mut(name) else {
        let diagnostic = Diagnostic::bare(&UNKNOWN_VARIABLE, format!("the project has no variable `{name}`, which `--var` sets"));
        let names = || variables.keys().map(String::as_str);
        sink.push(match suggest::nearest(name, names()) {
            Some(near) => diagnostic.help(format!("did you mean `--var {near}={text}`?")),
            None => diagnostic.note(format!("its variables are {}", suggest::list(names(), 12))),
        });
        return;
    };
    variable.state = match variable.ty.fit(&yaml::plain_value(text)) {
        Some(value) => State::Value(text.to_owned(), value),
        // An empty text or `null` is text too.
        None if variable.ty == Type::String => State::Value(text.to_owned(), ScalarValue::Str),
        None => {
            let message = format!("`--var {name}={text}`: variable `{name}` must be {}", variable.ty.describe());
            sink.push(Diagnostic::new(&VARIABLE_TYPE, variable.name.span(), message).here("declared here"));
            State::Reported
        }
    };
}

/// The error for a name that is no variable.
pub(super) fn unknown<'n>(name: &str, at: Span, names: impl Iterator<Item = &'n String> + Clone) -> Diagnostic {
    let diagnostic =
        Diagnostic::new(&UNKNOWN_VARIABLE, at, format!("the project has no variable `{name}`")).here("unknown variable");
    if names.clone().next().is_none() {
        return diagnostic.help(format!("declare it: `variables: {{ {name}: {{ default: … }} }}`"));
    }
    diagnostic.suggest_or_list(at, name, "its variables are", names.map(String::as_str))
}
