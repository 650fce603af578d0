//! What may stand as a setting's value, as JSON Schema. A `${…}` may stand for every single value, never for a list or a map.

use serde_json::{Map, Value, json};

use super::required;
use crate::spec::param::{Param, ParamType, Presence};

/// Settings as properties of an object.
pub(super) fn params(params: &[Param]) -> Map<String, Value> {
    params.iter().map(|param| (param.name.to_owned(), described(&description(param), value(&param.ty)))).collect()
}

/// What is said of a setting.
fn description(param: &Param) -> String {
    match param.presence {
        Presence::Default(value) => format!("{}; `{value}` if left out", param.summary),
        Presence::Required | Presence::Optional => param.summary.to_owned(),
    }
}

/// A schema with its description before it. Draft 7 reads nothing beside a `$ref`.
pub(super) fn described(description: &str, schema: Value) -> Value {
    let mut out = Map::new();
    out.insert("description".to_owned(), json!(description));
    match schema {
        Value::Object(map) if !map.contains_key("$ref") => out.extend(map),
        other => {
            out.insert("allOf".to_owned(), json!([other]));
        }
    }
    Value::Object(out)
}

/// `${…}` somewhere in a text.
pub(super) fn reference() -> Value {
    json!({ "type": "string", "pattern": "\\$\\{" })
}

/// A value that is read as text, whatever it looks like.
pub(super) fn any_text() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

/// [`any_text`], by name.
pub(super) fn text() -> Value {
    json!({ "$ref": "#/definitions/text" })
}

/// What may stand as a value of a type.
pub(super) fn value(ty: &ParamType) -> Value {
    match ty {
        ParamType::Text => text(),
        ParamType::Bool => or_reference(json!({ "type": "boolean" })),
        ParamType::Int { min, max } => {
            let mut schema = json!({ "type": "integer" });
            if *min != i64::MIN {
                schema["minimum"] = json!(min);
            }
            if *max != i64::MAX {
                schema["maximum"] = json!(max);
            }
            or_reference(schema)
        }
        ParamType::Float { min, max } => {
            let mut schema = json!({ "type": "number" });
            if *min > f64::MIN {
                schema["minimum"] = json!(min);
            }
            if *max < f64::MAX {
                schema["maximum"] = json!(max);
            }
            or_reference(schema)
        }
        ParamType::Duration => or_reference(json!({
            "type": "string",
            "pattern": "^\\s*(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?\\s*$",
        })),
        ParamType::Size => json!({
            "anyOf": [
                { "type": "number", "exclusiveMinimum": 0 },
                { "type": "string", "pattern": "^\\s*[0-9]+(\\.[0-9]*)?\\s*([kKmMgGtT]?[iI]?[bB])?\\s*$" },
                { "$ref": "#/definitions/reference" },
            ],
        }),
        ParamType::OneOf(words) => or_reference(json!({ "enum": spellings(words) })),
        ParamType::Node => or_reference(json!({ "type": "string", "pattern": "^[^.\\s]+(\\.[^.\\s]+)?$" })),
        ParamType::Column
        | ParamType::DataType
        | ParamType::Expression
        | ParamType::Query
        | ParamType::Ruleset
        | ParamType::Path => json!({ "type": ["string", "number", "boolean"], "pattern": "\\S" }),
        ParamType::List(item) => json!({ "type": "array", "items": value(item) }),
        ParamType::OneOrMany(item) => json!({ "anyOf": [value(item), { "type": "array", "items": value(item) }] }),
        ParamType::Map(item) => json!({ "type": "object", "additionalProperties": value(item) }),
        ParamType::Record(table) => {
            let mut schema = json!({ "type": "object", "properties": params(table), "additionalProperties": false });
            let needed = required(table);
            if !needed.is_empty() {
                schema["required"] = json!(needed);
            }
            schema
        }
        ParamType::Either(scalar, map) => json!({ "anyOf": [value(scalar), value(map)] }),
    }
}

fn or_reference(schema: Value) -> Value {
    json!({ "anyOf": [schema, { "$ref": "#/definitions/reference" }] })
}

/// Words as they may be written: `true` is a boolean without quotes.
fn spellings(words: &[&str]) -> Vec<Value> {
    let bare = |word: &&str| match *word {
        "true" => Some(json!(true)),
        "false" => Some(json!(false)),
        _ => None,
    };
    words.iter().map(|word| json!(word)).chain(words.iter().filter_map(bare)).collect()
}
