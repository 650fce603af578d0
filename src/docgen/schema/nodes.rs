//! Jobs and their nodes: what a `type` takes is said by an `if` and `then` of its own.

use serde_json::{Map, Value, json};

use super::values::{described, params, text, value};
use super::{definition, map_of, named, required};
use crate::spec::load::{JOB, NODE, PARTS_LATER, RULESET, SOURCE};
use crate::spec::param::{Param, ParamType};
use crate::stdlib::connector;
use crate::stdlib::transform::{self, Arity};

/// A type of node.
struct Type {
    name: &'static str,
    summary: &'static str,
    params: &'static [Param],
    inputs: Option<Arity>,
}

/// Adds the definitions of jobs, of the three kinds of nodes, and of every type.
pub(super) fn define(all: &mut Map<String, Value>) {
    all.insert("job".to_owned(), job());
    for (role, types, common) in roles() {
        all.insert(role.to_owned(), node(role, &types, common));
        for ty in types {
            all.insert(format!("{role}.{}", ty.name), of_type(role, &ty, common));
        }
    }
}

fn roles() -> [(&'static str, Vec<Type>, &'static [Param]); 3] {
    let transforms = transform::ALL
        .iter()
        .map(|def| Type { name: def.name, summary: def.summary, params: def.params, inputs: Some(def.inputs) })
        .collect();
    let connectors = |params: fn(&connector::ConnectorDef) -> Option<&'static [Param]>| {
        let types = connector::ALL.iter().filter_map(|def| Some((def, params(def)?)));
        types
            .flat_map(|(def, params)| {
                let names = std::iter::once(def.name).chain(def.aliases.iter().copied());
                names.map(move |name| Type { name, summary: def.summary, params, inputs: None })
            })
            .collect::<Vec<_>>()
    };
    [
        ("source", connectors(|def| def.source.as_ref().map(|source| source.params)), SOURCE),
        ("transform", transforms, NODE),
        ("sink", connectors(|def| def.sink.as_ref().map(|sink| sink.params)), NODE),
    ]
}

fn job() -> Value {
    let mut keys = params(JOB);
    keys.insert("use".to_owned(), use_setting());
    for (part, role, description) in [
        ("sources", "source", "what it reads"),
        ("transforms", "transform", "what it does with it"),
        ("sinks", "sink", "what it writes"),
    ] {
        keys.insert(part.to_owned(), described(description, map_of(named(definition(role)))));
    }
    for part in PARTS_LATER {
        keys.insert((*part).to_owned(), described("a part of the language that this version ignores", json!({})));
    }
    json!({ "type": "object", "properties": keys, "additionalProperties": false })
}

/// A node: its type, and what follows from it.
fn node(role: &str, types: &[Type], common: &'static [Param]) -> Value {
    let names: Vec<_> = types.iter().map(|ty| ty.name).collect();
    let list: Vec<_> = types.iter().map(|ty| format!("- `{}`: {}", ty.name, ty.summary)).collect();
    let kind = json!({ "anyOf": [{ "enum": names }, definition("reference")] });
    let cases: Vec<_> = types
        .iter()
        .map(|ty| {
            json!({
                "if": { "properties": { "type": { "const": ty.name } }, "required": ["type"] },
                "then": definition(&format!("{role}.{}", ty.name)),
            })
        })
        .collect();
    let description = format!("what kind of {role} it is:\n{}", list.join("\n"));
    let mut schema = json!({
        "type": "object",
        "properties": { "type": described(&description, kind) },
        "allOf": cases,
    });
    unless_it_comes_from(&["use"], &mut schema, &required(common));
    schema
}

/// The settings of a node of a type.
fn of_type(role: &str, ty: &Type, common: &'static [Param]) -> Value {
    let mut keys = params(common);
    keys.insert("type".to_owned(), json!({}));
    keys.insert("use".to_owned(), use_setting());
    if let (Some(arity), Some(inputs)) = (ty.inputs, common.iter().find(|param| param.name == "inputs")) {
        keys.insert("inputs".to_owned(), described(inputs.summary, some_inputs(arity)));
    }
    keys.extend(params(ty.params));
    let mut schema = json!({
        "title": format!("{} {role}", ty.name),
        "description": ty.summary,
        "properties": keys,
        "additionalProperties": false,
    });
    unless_it_comes_from(&["use", "catalog"], &mut schema, &required(ty.params));
    schema
}

/// As many inputs as a transform takes.
fn some_inputs(arity: Arity) -> Value {
    let one = value(&ParamType::Node);
    let many = |least: usize, most: Option<usize>| {
        let mut list = json!({ "type": "array", "items": one.clone(), "minItems": least });
        if let Some(most) = most {
            list["maxItems"] = json!(most);
        }
        list
    };
    match arity {
        Arity::One => json!({ "anyOf": [one, many(1, Some(1))] }),
        Arity::Two => many(2, Some(2)),
        Arity::Some => json!({ "anyOf": [one, many(1, None)] }),
        Arity::Several => many(2, None),
    }
}

/// What must be there may come from a template, or from the table that a node names.
fn unless_it_comes_from(elsewhere: &[&str], schema: &mut Value, names: &[&'static str]) {
    if !names.is_empty() {
        let any: Vec<_> = elsewhere.iter().map(|name| json!({ "required": [name] })).collect();
        schema["if"] = json!({ "not": { "anyOf": any } });
        schema["then"] = json!({ "required": names });
    }
}

fn use_setting() -> Value {
    let names = json!({ "anyOf": [text(), { "type": "array", "items": text() }] });
    described("templates whose settings it takes over; its own count, then the earlier template's", names)
}

/// An entry of `rulesets:`: DQDL, or a map with it or with the file that holds it.
pub(super) fn ruleset() -> Value {
    json!({
        "anyOf": [
            { "type": "string" },
            {
                "type": "object",
                "properties": params(RULESET),
                "additionalProperties": false,
                "oneOf": [{ "required": ["dqdl"] }, { "required": ["file"] }],
            },
        ],
    })
}
